"""Standard errors of whatever follows from estimates: elasticities, margins, merger prices.

The delta method takes central differences along the principal directions of the covariance of
estimates, mean utilities being solved for again at each; the parametric bootstrap draws estimates
from their normal distribution. A standard deviation at zero moves by its square, which has a normal
limit cut off at zero: differences in it are one-sided, draws below zero count as zero. Costs and
prices in equilibrium follow, where they are asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import ConvergenceError, InputError, one_of, refuse
from inroads.estimation.design.berry import panel_log_share_ratios, within_shares
from inroads.estimation.design.panel_formulas import ExplainedUtility
from inroads.estimation.markets.mean_utilities import MeanUtilities, WarmStart
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.priced_panel import price_coefficient
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult

#: a step of the delta method, in standard errors
_STEP = 1e-3
# So many parts draws are sent out in.
_TASKS = 16
_NORMAL_95 = 1.959963984540054

DerivedQuantity = Callable[[FittedDemand], "ArrayLike | pd.Series"]


class DemandAtParameters:
    """Demand at other parameter values, each inversion started from the estimate's."""

    def __init__(self, estimate: DemandResult) -> None:
        self.estimate = estimate
        design, panel, layout = estimate.design, estimate.panel, estimate.layout
        self.mean_utilities = MeanUtilities(design, panel, layout)
        self.n_linear = len(estimate.params) - len(layout.start)
        self.warm: WarmStart | None = None
        if len(layout.start) or not len(design.nests):
            theta = estimate.params.to_numpy()[self.n_linear :]
            state = self.mean_utilities.state_at(theta, estimate.delta)
            self.warm = self.mean_utilities.derivative(state)

    def at(self, params: Array) -> FittedDemand:
        """Demand at params (in the order of the estimate's)."""
        e, design = self.estimate, self.estimate.design
        levels = len(design.nests)
        theta = params[self.n_linear :]
        if len(theta) or not levels:
            delta = self.mean_utilities.solve(theta, self.warm).delta
            rho = e.layout.rho_at(theta)
        else:
            # Nests alone: mean utilities are linear in rho (Berry 1994).
            rho = params[len(design.linear) : len(design.linear) + levels]
            delta = panel_log_share_ratios(e.panel) - within_shares(design, e.panel.products) @ rho
        sigma, pi = e.layout.matrices_at(theta)
        if design.searches_prices:
            price = e.layout.price_at(theta)
        else:
            price = price_coefficient(design, params[: len(design.linear)])
        return FittedDemand(
            panel=e.panel,
            design=design,
            delta=delta,
            sigma=sigma,
            pi=pi,
            price_coefficient=price,
            rho=np.asarray(rho),
            explained=ExplainedUtility(e.formulas, pd.Series(params, e.params.index)),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class DerivedEstimate(Displayed):
    """Numbers that follow from an estimate, with their sampling error.

    Parameters
    ----------
    values : (n,) array
        The numbers.
    root : (K, n) array
        A root of their covariance, a row a direction of the estimates' or a draw.
    low, high : (n,) array
        95 percent intervals.
    failed : int
        Bootstrap draws at which there is no equilibrium or mean utility, or nobody minds paying;
        they are left out.
    index : Index
        Names of the numbers.
    """

    values: Array
    root: Array
    low: Array
    high: Array
    failed: int
    index: pd.Index

    @property
    def covariance(self) -> Array:
        """Of the numbers (n, n)."""
        return np.asarray(self.root.T @ self.root)

    @property
    def standard_errors(self) -> Array:
        """Of each number (n,)."""
        return np.asarray(np.sqrt((self.root**2).sum(axis=0)))

    def _card(self) -> Card:
        return Card(
            line=f"DerivedEstimate of {counted(len(self.values), 'number')}", table=self.to_frame()
        )

    def to_frame(self) -> pd.DataFrame:
        """Numbers with their sampling error as a table.

        Returns
        -------
        DataFrame
            estimate, standard_error, low and high (95 percent), a row a value.
        """
        return pd.DataFrame(
            {
                "estimate": self.values,
                "standard_error": self.standard_errors,
                "low": self.low,
                "high": self.high,
            },
            self.index,
        )


def standard_errors_of(
    estimate: DemandResult,
    quantity: DerivedQuantity,
    *,
    method: Literal["delta", "bootstrap"] = "delta",
    draws: int = 200,
    seed: int = 0,
    executor: Executor | None = None,
) -> DerivedEstimate:
    """What sampling error does to numbers that follow from an estimate.

    quantity: a function of `FittedDemand` that gives a number, an array or a Series. method:
    "delta", with normal intervals, or "bootstrap", with quantiles of `draws` draws, made by
    `executor` where there is one (`quantity` must then be one that can be sent to it). Raises
    InputError where estimates have no covariance, ConvergenceError where the delta method meets a
    point at which `quantity` fails.
    """
    one_of("method", method, "delta", "bootstrap")
    V = _known_covariance(estimate)
    center = estimate.params.to_numpy()
    values_at = _ValuesAt(estimate, quantity)
    root = _root(V)

    with one_blas_thread(), warnings.catch_warnings():
        first = quantity(values_at.demand.at(center))
        # What is to be said of the estimate has been said.
        warnings.simplefilter("ignore", UserWarning)
        values = np.atleast_1d(np.asarray(first, dtype=float)).ravel()
        index = first.index if isinstance(first, pd.Series) else pd.RangeIndex(len(values))
        if method == "delta":
            in_squares = values_at.square_slopes(center, V)
            differences = [
                (values_at(center + _STEP * r) - values_at(center - _STEP * r)) / (2 * _STEP)
                + in_squares @ squares
                for r, squares in values_at.split(root.T)
            ]
            slopes = np.array(differences).reshape(len(differences), len(values))
            half_width = _NORMAL_95 * np.sqrt((slopes**2).sum(axis=0))
            return DerivedEstimate(
                values=values,
                root=slopes,
                low=values - half_width,
                high=values + half_width,
                failed=0,
                index=index,
            )
        rng = np.random.default_rng(seed)
        points = drawn_parameters(estimate, draws, rng)
        if executor is None:
            drawn = values_at.many(points)
        else:
            parts = np.array_split(points, min(_TASKS, draws))
            futures = [executor.submit(values_at.many, part) for part in parts]
            drawn = [values for future in futures for values in future.result()]
        successes = [values for values in drawn if values is not None]
        failed = draws - len(successes)
    if len(successes) < 2:
        raise refuse(
            expected="draws of estimates at which these numbers exist",
            found=f"{len(successes)} of {draws}",
            where="bootstrap",
            remedy="use method='delta', and look at the standard errors.",
        )
    at_draws = np.array(successes)
    low, high = np.quantile(at_draws, [0.025, 0.975], axis=0)
    around = (at_draws - at_draws.mean(axis=0)) / np.sqrt(len(at_draws) - 1)
    return DerivedEstimate(
        values=values, root=around, low=low, high=high, failed=failed, index=index
    )


class _ValuesAt:
    """What a quantity is at other parameters; to another process it goes without its state."""

    def __init__(self, estimate: DemandResult, quantity: DerivedQuantity) -> None:
        self.estimate, self.quantity = estimate, quantity
        self.demand = DemandAtParameters(estimate)

    def __reduce__(self) -> tuple[type, tuple[DemandResult, DerivedQuantity]]:
        return _ValuesAt, (self.estimate, self.quantity)

    def __call__(self, params: Array) -> Array:
        value = self.quantity(self.demand.at(params))
        return np.atleast_1d(np.asarray(value, dtype=float)).ravel()

    @property
    def edges(self) -> list[int]:
        """Positions of standard deviations at zero."""
        return _edges(self.estimate)

    def split(self, moves: Array) -> Iterator[tuple[Array, Array]]:
        """Each move (K,) without squares at the edge, and those squares."""
        for move in moves:
            others = move.copy()
            others[self.edges] = 0.0
            yield others, move[self.edges]

    def square_slopes(self, center: Array, V: Array) -> Array:
        """Derivatives (n, q) in squares at the edge, from above."""
        first, slopes = self(center), []
        for k in self.edges:
            point, square = center.copy(), _STEP * np.sqrt(V[k, k])
            point[k] = np.sqrt(center[k] ** 2 + square)
            slopes.append((self(point) - first) / square)
        return np.array(slopes).reshape(len(slopes), len(first)).T

    def many(self, points: Array) -> list[Array | None]:
        """At each of `points`, None where the quantity does not exist."""
        values: list[Array | None] = []
        with one_blas_thread():
            for params in points:
                try:
                    values.append(self(params))
                except (ConvergenceError, InputError):
                    values.append(None)
        return values


def drawn_parameters(estimate: DemandResult, draws: int, rng: np.random.Generator) -> Array:
    """Parameters (draws, K) from their normal distribution, cut off where sigma's square is zero.

    Raises InputError where estimates have no covariance.
    """
    center, root = estimate.params.to_numpy(), _root(_known_covariance(estimate))
    moves = rng.standard_normal((draws, len(center))) @ root.T
    points, edges = center + moves, _edges(estimate)
    points[:, edges] = np.sqrt(np.maximum(center[edges] ** 2 + moves[:, edges], 0.0))
    return np.asarray(points)


def _edges(estimate: DemandResult) -> list[int]:
    """Positions of standard deviations at zero."""
    return [k for k, name in enumerate(estimate.params.index) if name in estimate.at_edge]


def _root(V: Array) -> Array:
    """A root (K, K) of the covariance, its principal directions as columns."""
    variances, directions = np.linalg.eigh((V + V.T) / 2)
    return np.asarray(directions * np.sqrt(np.maximum(variances, 0.0)))


def _known_covariance(estimate: DemandResult) -> Array:
    """The covariance of estimates, what is at a bound counting as known."""
    V = estimate.covariance.to_numpy()
    fixed = [name in estimate.at_bounds for name in estimate.params.index]
    V = np.where(np.logical_or.outer(fixed, fixed), 0.0, V)
    if not np.isfinite(V).all():
        raise refuse(
            expected="a finite covariance of estimates",
            found="none",
            where="estimate",
            remedy="see the undetermined directions in its summary; fix a parameter.",
        )
    return V
