"""The test of conduct: costs that models imply, against instruments that do not move costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.conduct_tests.conduct_tests import ConductTests, InstrumentSet
from inroads.estimation.conduct_tests.markup_slopes import markup_slopes
from inroads.estimation.conduct_tests.models import ConductModel, checked_models
from inroads.estimation.conduct_tests.pair_statistics import pair_statistics
from inroads.estimation.design.fixed_effects import FixedEffects
from inroads.estimation.design.formula_columns import formula_matrix, mentions_any
from inroads.estimation.design.panel_arrays import absorbed_codes
from inroads.estimation.gmm.error_covariance import ErrorGroups
from inroads.estimation.inference.influence import parameter_influence
from inroads.estimation.specification.errors import Errors
from inroads.numerics.blas_threads import one_blas_thread
from inroads.numerics.columns import independent_columns

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Residual costs closer than this, relative to their size, are the same model in these data.
_SAME = 1e-9
_EXPLAINED = 1e-9


def test_conduct(
    fit: Estimate,
    models: Mapping[str, ConductModel],
    costs: str,
    instruments: str | Sequence[str] | Mapping[str, str],
    *,
    absorb: str | None = None,
    log: bool = False,
    demand_error: bool = True,
    errors: Errors | None = None,
    seed: int = 0,
) -> ConductTests:
    """Which of several models of conduct prices speak for (Rivers and Vuong's test).

    A model implies costs p - markup; instruments that move markups and not costs must not explain
    what cost shifters leave of them. Of two models the better is the one whose costs they explain
    less. No model has to be true; with weak instruments the statistic misleads, which F says.

    Parameters
    ----------
    fit : Estimate
        Of demand, alone or with supply.
    models : mapping of str to ConductModel
        At least two, by name: `PriceSetting`, `QuantitySetting`, `MarginalCostPricing`,
        `DoubleMarginalization`, `NashBargaining`, `GivenMarkups`, `ByMarket`.
    costs : str
        Formula of cost shifters.
    instruments : str, sequence or mapping of str
        A formula of columns that move markups and not costs, or several, by name.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out of costs.
    log : bool
        Whether costs are linear in logarithms.
    demand_error : bool
        Whether the sampling error of the estimate of demand counts.
    errors : str, Clustered or NeweyWest, optional
        As in `estimate`; those of the fit unless given.
    seed : int
        Of the draws of the model confidence set.

    Returns
    -------
    ConductTests
        T of each pair, F with its critical values, p values of the model confidence set.

    Raises
    ------
    InputError
        For fewer than two models, models that imply the same costs in these data, instruments that
        costs or fixed effects explain, or that are prices or shares, and costs below zero where
        logarithms are asked for.

    References
    ----------
    Duarte, M., Magnolfi, L., Solvsten, M. and Sullivan, C. (2024), Testing firm conduct,
    Quantitative Economics 15(3).
    Rivers, D. and Vuong, Q. (2002), Model selection tests for nonlinear dynamic models,
    Econometrics Journal 5(1).
    """
    by_name = checked_models(models)
    with one_blas_thread():
        projection = _CostProjection(fit, costs, absorb)
        groups = ErrorGroups.of(fit.errors if errors is None else errors, fit.panel)
        markups = {name: model.markups(fit.fitted) for name, model in by_name.items()}
        omega, slopes = _residual_costs(fit, markups, projection, log)
        _check_different(by_name, omega)
        if demand_error:
            influence = parameter_influence(fit)
            in_params = markup_slopes(fit, list(by_name.values()))
        tests = {}
        for label, formula in _by_label(instruments).items():
            Z = _orthonormal(projection, formula)
            through_demand = [np.zeros(Z.shape) for _ in by_name]
            if demand_error:
                through_demand = [
                    -influence @ ((Z * slope[:, None]).T @ d / len(Z)).T
                    for slope, d in zip(slopes, in_params, strict=True)
                ]
            tests[label] = InstrumentSet(
                formula=formula,
                statistics=pair_statistics(Z, omega, through_demand, groups, seed=seed),
            )
    index = fit.panel.products.index
    return ConductTests(
        models=tuple(by_name),
        sets=tests,
        markups=pd.DataFrame(markups, index=index),
        costs=pd.DataFrame({n: fit.fitted.column("prices") - m for n, m in markups.items()}, index),
        demand_error=demand_error,
        errors=str(fit.errors if errors is None else errors),
    )


# pytest takes any imported name that begins with "test" for a test.
test_conduct.__test__ = False  # type: ignore[attr-defined]


class _CostProjection:
    """Columns less what cost shifters and their fixed effects explain."""

    def __init__(self, fit: Estimate, costs: str, absorb: str | None) -> None:
        self.fit, self.panel = fit, fit.panel
        codes = absorbed_codes(absorb, fit.panel)
        self.effects = None if codes is None else FixedEffects(codes)
        shifters, self.names = self.columns(costs, "costs")
        residual = self._without_effects(shifters)
        kept_columns = independent_columns(residual, np.linalg.norm(shifters, axis=0))
        self.basis = np.linalg.qr(residual[:, kept_columns])[0]

    def columns(self, formula: str, where: str) -> tuple[Array, tuple[str, ...]]:
        """Of a formula (N, K), with names; InputError for prices and shares."""
        values, names = formula_matrix(formula, self.panel.products, self.panel.rows)
        for name in names:
            if mentions_any(name, ("prices", "shares")):
                raise refuse(
                    expected="columns that prices and shares do not enter",
                    found=name,
                    where=where,
                    remedy="leave it out: they hang on conduct themselves.",
                )
        return values, names

    def residual(self, columns: Array) -> Array:
        """Columns (N, ...) less what cost shifters explain."""
        free = self._without_effects(columns)
        return np.asarray(free - self.basis @ (self.basis.T @ free))

    def _without_effects(self, columns: Array) -> Array:
        if self.effects is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return self.effects.residualize(flat).reshape(columns.shape)


def _residual_costs(
    fit: Estimate, markups: Mapping[str, Array], projection: _CostProjection, log: bool
) -> tuple[Array, list[Array]]:
    """What shifters leave of costs (M, N), and d(transformed cost)/dcost (N,) of each model."""
    prices = fit.fitted.column("prices").astype(float)
    omega, slopes = [], []
    for name, markup in markups.items():
        cost = prices - markup
        if log and not (cost > 0).all():
            raise refuse(
                expected=f"costs above 0 under '{name}', of which a logarithm can be taken",
                found=f"{int((cost <= 0).sum())} products below, the lowest {cost.min():.3g}",
                where="models",
                remedy="leave out log=True, or the model: it is at odds with prices.",
            )
        omega.append(projection.residual(np.log(cost) if log else cost))
        slopes.append(1 / cost if log else np.ones(len(cost)))
    return np.array(omega), slopes


def _check_different(models: Mapping[str, ConductModel], omega: Array) -> None:
    for (a, name_a), (b, name_b) in combinations(enumerate(models), 2):
        size = np.linalg.norm(omega[a]) + np.linalg.norm(omega[b])
        if np.linalg.norm(omega[a] - omega[b]) <= _SAME * size:
            raise refuse(
                expected="models that imply different costs in these data",
                found=f"'{name_a}' and '{name_b}', the same but for what costs explain",
                where="models",
                remedy="leave one of them out.",
            )


def _by_label(instruments: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(instruments, str):
        return {"instruments": instruments}
    if isinstance(instruments, Mapping):
        return dict(instruments)
    return {f"instruments {k + 1}": formula for k, formula in enumerate(instruments)}


def _orthonormal(projection: _CostProjection, formula: str) -> Array:
    """Instruments (N, K), free of costs, Z'Z = N; InputError where costs explain one of them."""
    values, names = projection.columns(formula, "instruments")
    constant = [k for k, name in enumerate(names) if name == "1"]
    values = np.delete(values, constant, axis=1)
    names = tuple(n for n in names if n != "1")
    residual = projection.residual(values)
    sizes = np.linalg.norm(values, axis=0)
    explained = [
        n
        for n, r, s in zip(names, np.linalg.norm(residual, axis=0), sizes, strict=True)
        if r <= _EXPLAINED * s
    ]
    if explained or not names:
        raise refuse(
            expected="instruments that cost shifters and fixed effects do not explain",
            found=explained[0] if explained else "none",
            where="instruments",
            remedy="leave it out, of these or of costs: what moves costs tells no conduct apart.",
        )
    independent = independent_columns(residual, sizes)
    return np.asarray(np.linalg.qr(residual[:, independent])[0] * np.sqrt(len(residual)))
