"""What entrants turn out to be, learnt from earlier entrants: random effects with heavy tails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.entry.random_effects import RandomEffects, fit_random_effects
from inroads.entry.student import StudentT, fit_tails
from inroads.errors import refuse
from inroads.tables.formulas import DesignSpec, apply, design_matrix

#: the fewest entrants to learn from, and the fewest firms once new
_FEWEST_ENTRANTS, _FEWEST_FIRMS = 10, 3


@dataclass(frozen=True, eq=False, kw_only=True)
class EntrantModel:
    """Quality (or cost) of entrants: covariates, effects of firm and period, Student's t.

    groupings: what has random effects, firm and period, and product where products are new in
    several markets at once. established: entrants of firms seen before; dof and scale are those of
    its rows' prediction by all the other rows. newcomers: entrants of firms that were new
    themselves, whose mean is all there is; its intercept has an error too, and degrees of freedom
    as there are such firms, less one. Where fewer than three firms were once new, all entrants
    stand in for theirs.
    """

    target: str
    effects: str
    spec: DesignSpec
    groupings: tuple[str, ...]
    established: RandomEffects
    levels: tuple[pd.Index, ...]
    dof: float
    scale: float
    newcomers: RandomEffects
    newcomer_dof: float
    new_firms: int

    @classmethod
    def learn(cls, entrants: pd.DataFrame, target: str, effects: str) -> EntrantModel:
        """From a table of entrants (see `Qualities`); InputError where there are too few."""
        is_new = entrants["firm_is_new"].to_numpy(bool)
        rows, firms_once_new = entrants[~is_new], entrants[is_new]
        if len(rows) < _FEWEST_ENTRANTS:
            raise refuse(
                expected=f"at least {_FEWEST_ENTRANTS} earlier entrants of firms seen before them",
                found=str(len(rows)),
                where="first",
                remedy="begin later, or give a longer panel.",
            )
        X, spec = design_matrix(effects, rows)
        pairs = entrants[["product", "market_ids"]].drop_duplicates()
        several = ("product",) if pairs["product"].duplicated().any() else ()
        groupings = ("firm", "period", *several)
        factorized = [pd.factorize(rows[name]) for name in groupings]
        y = rows[target].to_numpy(float)
        established = fit_random_effects(y, X.to_numpy(float), [codes for codes, _ in factorized])
        dof, scale = fit_tails(established.deleted_residuals)
        n_firms = int(firms_once_new["firm"].nunique())
        pool = firms_once_new if n_firms >= _FEWEST_FIRMS else entrants
        codes = [pd.factorize(pool[name])[0] for name in ("firm", *several)]
        intercept = np.ones((len(pool), 1))
        return cls(
            target=target,
            effects=effects,
            spec=spec,
            groupings=groupings,
            established=established,
            levels=tuple(pd.Index(level) for _, level in factorized),
            dof=dof,
            scale=scale,
            newcomers=fit_random_effects(pool[target].to_numpy(float), intercept, codes),
            newcomer_dof=max(pool["firm"].nunique() - 1.0, 2.1),
            new_firms=n_firms,
        )

    @property
    def coefficients(self) -> pd.DataFrame:
        """Of the covariates, with standard errors."""
        return pd.DataFrame(
            {
                "estimate": self.established.coefficients,
                "standard_error": self.established.standard_errors,
            },
            pd.Index([str(name) for name in self.spec.columns]),
        )

    @property
    def deviations(self) -> pd.Series:
        """Standard deviations: of firms' and periods' effects, of an entrant's own part."""
        variances = [*self.established.variances, self.established.residual_variance]
        return pd.Series(np.sqrt(variances), [*self.groupings, "own"], name="deviation")

    def predict(self, table: pd.DataFrame) -> StudentT:
        """The distribution of each entrant (n,): what its firm is known for, or of a new firm."""
        is_new = table["firm_is_new"].to_numpy(bool)
        mean, scale, dof = np.zeros(len(table)), np.zeros(len(table)), np.full(len(table), self.dof)
        rows = table[~is_new]
        if len(rows):
            X = apply(self.spec, rows).to_numpy(float)
            pairs = zip(self.groupings, self.levels, strict=True)
            codes = [level.get_indexer(rows[name]) for name, level in pairs]
            mean[~is_new], variance = self.established.predict(X, codes)
            scale[~is_new] = self.scale * np.sqrt(variance)
        if is_new.any():
            X, never = np.ones((int(is_new.sum()), 1)), np.full(int(is_new.sum()), -1)
            groups = [never] * len(self.newcomers.effects)
            mean[is_new], variance = self.newcomers.predict(X, groups)
            scale[is_new], dof[is_new] = np.sqrt(variance), self.newcomer_dof
        return StudentT(mean, scale, dof)


def own_correlation(quality: EntrantModel, cost: EntrantModel) -> float:
    """Between what quality and cost of earlier entrants have that nothing explains."""
    pairs = np.corrcoef(quality.established.deleted_residuals, cost.established.deleted_residuals)
    return float(pairs[0, 1])


def correlated_uniforms(n: int, correlation: float, seed: int) -> Array:
    """Pairs (n, 2) in (0, 1), spread evenly, that hang together as normals do (Gaussian copula).

    Scrambled Sobol points.
    """
    from scipy.stats import qmc

    points = qmc.Sobol(2, seed=seed).random_base2(int(np.ceil(np.log2(max(n, 2)))))
    z = norm.ppf(np.clip(points[:n], 1e-9, 1 - 1e-9))
    z[:, 1] = correlation * z[:, 0] + np.sqrt(1 - correlation**2) * z[:, 1]
    return np.asarray(norm.cdf(z))
