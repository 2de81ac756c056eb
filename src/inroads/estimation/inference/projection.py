"""Absorbed effects on characteristics, by minimum distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.design.absorbed_effects import absorbed_columns
from inroads.estimation.design.formula_columns import check_columns, formula_matrix
from inroads.estimation.design.panel_arrays import absorbed_codes
from inroads.estimation.gmm.error_covariance import ErrorGroups, covariance_of_rows
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.influence import parameter_influence
from inroads.estimation.problem import problem_again
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.cells import cell_text
from inroads.tables.formulas import DesignSpec, apply, design_matrix

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# A characteristic that varies within an effect by more than this part of its size is none of it.
_WITHIN = 1e-6


@dataclass(frozen=True, kw_only=True, repr=False)
class ProjectedEffects(Displayed):
    """Absorbed effects on characteristics; `Estimate.project`.

    Parameters
    ----------
    params, standard_errors : Series
        Of the formula's columns.
    covariance : DataFrame
        Theirs.
    effects : Series
        The effects, by id, in utility.
    residuals : Series
        What characteristics leave of them.
    fit : ChiSquared
        That characteristics explain all of the effects but sampling error.
    R2 : float
        The part of the effects' weighted variation around their mean that they explain.
    weights : (K, F) array
        What coefficients are of the effects.
    columns : DesignSpec
        The formula, as it was fixed on the effects' products.
    """

    params: pd.Series
    standard_errors: pd.Series
    covariance: pd.DataFrame
    effects: pd.Series
    residuals: pd.Series
    fit: ChiSquared
    R2: float
    weights: Array
    columns: DesignSpec

    def _card(self) -> Card:
        return Card(
            line=f"ProjectedEffects of {counted(len(self.effects), 'effect')} on "
            f"{counted(len(self.params), 'column')}, R2 {self.R2:.3f}",
            table=self.to_frame(),
        )

    def to_frame(self) -> pd.DataFrame:
        """Coefficients as a table.

        Returns
        -------
        DataFrame
            estimate and standard_error, a row a column of the formula.
        """
        return pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors})

    @property
    def used(self) -> tuple[str, ...]:
        """Characteristics that the formula uses."""
        return self.columns.used

    def effect_of(
        self, characteristics: Mapping[str, Any], effects: pd.Series | None = None
    ) -> float:
        """The effect that a product's characteristics promise; ``Launch(effect=...)`` asks for it.

        Parameters
        ----------
        characteristics : mapping
            All that the formula uses.
        effects : Series, optional
            Effects by id at other parameters, projected with the same weights; those of the
            estimate unless given.

        Returns
        -------
        float
            In utility.

        Raises
        ------
        InputError
            For characteristics that are missing.
        """
        params = self.params.to_numpy(float)
        if effects is not None:
            params = self.weights @ effects[list(map(cell_text, self.effects.index))].to_numpy(
                float
            )
        row = apply(self.columns, pd.DataFrame([dict(characteristics)]))
        return float(row.to_numpy(float)[0] @ params)


def project(estimate: Estimate, formula: str) -> ProjectedEffects:
    """See `Tested.project`."""
    estimate.panel.require_outside("project")
    codes, ids = _effects(estimate)
    if len(estimate.design.nests) and not len(estimate.layout.rho):
        raise refuse(
            expected="nesting parameters that are searched",
            found="a regression that has them beside beta",
            where="project",
            remedy="give start={'rho': 0.5} to estimate.",
        )
    X, names = _characteristics(estimate, formula, codes)
    with one_blas_thread():
        effects, V = _effects_and_covariance(estimate, codes, len(ids))
    size = np.sqrt(np.diag(V))
    try:
        factor = np.linalg.cholesky(V + 1e-10 * np.diag(size**2))
    except np.linalg.LinAlgError:
        raise refuse(
            expected="effects whose sampling covariance can be inverted",
            found="one that cannot: fewer products than effects and parameters tell apart",
            where="project",
            remedy="estimate on more markets, or absorb fewer effects.",
        ) from None
    weighted_X, weighted_d = np.linalg.solve(factor, X), np.linalg.solve(factor, effects)
    covariance = np.linalg.inv(weighted_X.T @ weighted_X)
    beta = covariance @ weighted_X.T @ weighted_d
    distance = float(np.sum((weighted_d - weighted_X @ beta) ** 2))
    one = np.linalg.solve(factor, np.ones(len(effects)))
    around_mean = weighted_d - one * (one @ weighted_d) / (one @ one)
    index, of = pd.Index(names), pd.Index(ids, name=absorbed_columns(estimate.demand.absorb)[0])
    return ProjectedEffects(
        params=pd.Series(beta, index, name="estimate"),
        standard_errors=pd.Series(np.sqrt(np.diag(covariance)), index, name="standard_error"),
        covariance=pd.DataFrame(covariance, index, index),
        effects=pd.Series(effects, of, name="effect"),
        residuals=pd.Series(effects - X @ beta, of, name="residual"),
        weights=np.linalg.solve(factor.T, weighted_X @ covariance).T,
        columns=design_matrix(formula, estimate.panel.products, estimate.panel.rows)[1],
        fit=ChiSquared("characteristics explain the effects", distance, len(effects) - X.shape[1]),
        R2=1.0 - distance / float(around_mean @ around_mean),
    )


def _effects(estimate: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """The effect of each product as a code (N,), and ids of the effects."""
    codes = absorbed_codes(estimate.demand.absorb, estimate.panel)
    if codes is None or codes.shape[1] != 1:
        raise refuse(
            expected="one absorbed effect",
            found="none" if codes is None else f"{codes.shape[1]} of them",
            where="project",
            remedy="estimate with absorb='product_ids', say.",
        )
    column = absorbed_columns(estimate.demand.absorb)[0]
    first = np.unique(codes[:, 0], return_index=True)[1]
    return codes[:, 0], estimate.panel.products[column].to_numpy()[first]


def _characteristics(
    estimate: Estimate, formula: str, codes: np.ndarray
) -> tuple[Array, tuple[str, ...]]:
    """Columns of the formula, a row an effect; InputError for those that vary within one."""
    rows, names = formula_matrix(formula, estimate.panel.products, estimate.panel.rows)
    X = _means(rows, codes)
    varies = np.abs(rows - X[codes]).max(axis=0) > _WITHIN * np.abs(rows).max(axis=0)
    if varies.any():
        raise refuse(
            expected=f"characteristics that do not vary within {estimate.demand.absorb}",
            found=names[int(np.argmax(varies))],
            where="project",
            remedy="put it into `linear`: what varies is no part of the effects.",
        )
    check_columns(X, X, names, "project", absorbed=False)
    return X, names


def _effects_and_covariance(
    estimate: Estimate, codes: np.ndarray, count: int
) -> tuple[Array, Array]:
    """Effects (F,), means of delta - x beta, and their covariance (F, F).

    Their errors are means of xi and what the error of estimates does to delta - x beta.
    """
    problem = problem_again(estimate)
    n_linear = len(problem.names) - len(problem.theta_names)
    theta = estimate.params.to_numpy()[n_linear:]
    raw, names = formula_matrix(estimate.demand.linear, estimate.panel.products)
    raw = raw[:, [names.index(name) for name in estimate.design.linear]]
    N, K1 = raw.shape
    values = problem.equations.at(theta)
    warm = problem.equations.jacobian(values).warm
    slopes = np.zeros((N, len(estimate.params)))
    slopes[:, :K1] = -raw
    if theta.size and warm is not None:
        slopes[:, n_linear:] = warm.slope[:N]
    left = estimate.delta[:N] - raw @ estimate.params.to_numpy()[:K1]
    if estimate.design.searches_prices:
        prices = estimate.panel.products["prices"].to_numpy(float)
        left -= estimate.params["prices"] * prices
        slopes[:, n_linear] -= prices
    of_products = np.bincount(codes)
    rows = parameter_influence(estimate) @ _means(slopes, codes).T
    rows[np.arange(N), codes] += estimate.xi * N / of_products[codes]
    groups = ErrorGroups.of(estimate.errors, estimate.panel)
    return _means(left[:, None], codes)[:, 0], covariance_of_rows(rows, groups) / N


def _means(rows: Array, codes: np.ndarray) -> Array:
    """Means of rows (N, K) over each code (F, K)."""
    sums = np.zeros((int(codes.max()) + 1, rows.shape[1]))
    np.add.at(sums, codes, rows)
    return np.asarray(sums / np.bincount(codes)[:, None])
