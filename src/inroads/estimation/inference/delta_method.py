"""Standard errors of whatever follows from estimates: elasticities, margins, merger prices.

The delta method takes central differences along the principal directions of the covariance of
estimates, mean utilities being solved for again at each; the parametric bootstrap draws estimates
from their normal distribution. Costs and prices in equilibrium follow, where they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.model import Array
from inroads.errors import ConvergenceError, InputError, one_of
from inroads.estimation.design.nests import within_shares
from inroads.estimation.markets.mean_utilities import Markets
from inroads.estimation.post_estimation import After, price_coefficient
from inroads.threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

#: a step of the delta method, in standard errors
_STEP = 1e-3
_HALF = 1.959963984540054

Derived = Callable[[After], "ArrayLike | pd.Series"]


class Elsewhere:
    """Demand at other parameter values, each inversion started from the estimate's."""

    def __init__(self, estimate: Estimate) -> None:
        self.estimate = estimate
        design, panel, free = estimate.design, estimate.panel, estimate.free
        self.markets = Markets(design, panel, free)
        self.markets.delta = estimate.delta.copy()
        self.first = len(estimate.params) - len(free.start)
        if len(free.start) or not len(design.nests):
            self.markets.derivative(estimate.params.to_numpy()[self.first :], estimate.delta)

    def at(self, params: Array) -> After:
        """Demand at params (in the order of the estimate's)."""
        e, design = self.estimate, self.estimate.design
        levels = len(design.nests)
        theta = params[self.first :]
        if len(theta) or not levels:
            delta, rho = self.markets.solve(theta), e.free.rho_at(theta)
        else:
            # Nests alone: mean utilities are linear in rho (Berry 1994).
            rho = params[self.first - levels : self.first]
            shares = e.panel.products["shares"].to_numpy(float)
            inside = e.panel.products.groupby("market_ids")["shares"].transform("sum")
            within = within_shares(design, e.panel.products)
            delta = np.log(shares) - np.log1p(-inside.to_numpy()) - within @ rho
        sigma, pi = e.free.filled(theta)
        if design.searches_prices:
            common = e.free.price_at(theta)
        else:
            common = price_coefficient(design, params[: len(design.linear)])
        return After(e.panel, design, delta, sigma, pi, common, np.asarray(rho))


@dataclass(frozen=True)
class Spread:
    """Values at the estimate (n,), their covariance (n, n), and how many draws failed (bootstrap:
    draws at which there is no equilibrium or mean utility, or nobody minds paying: left out)."""

    values: Array
    covariance: Array
    low: Array
    high: Array
    failed: int
    index: pd.Index

    def to_frame(self) -> pd.DataFrame:
        """Estimate, standard error and 95 percent interval, a row a value."""
        error = np.sqrt(np.diag(self.covariance))
        return pd.DataFrame(
            {
                "estimate": self.values,
                "standard error": error,
                "low": self.low,
                "high": self.high,
            },
            self.index,
        )


def spread(
    estimate: Estimate,
    of: Derived,
    *,
    method: Literal["delta", "bootstrap"] = "delta",
    draws: int = 200,
    seed: int = 0,
) -> Spread:
    """What sampling error does to numbers that follow from an estimate.

    of: a function of `After` that gives a number, an array or a Series. method: "delta", with
    normal intervals, or "bootstrap", with quantiles of `draws` draws. Raises InputError where
    estimates have no covariance, ConvergenceError where the delta method meets a point at which
    `of` fails.
    """
    V = estimate.covariance.to_numpy()
    # What is at a bound counts as known.
    held = [name in estimate.at_bounds for name in estimate.params.index]
    V = np.where(np.logical_or.outer(held, held), 0.0, V)
    if not np.isfinite(V).all():
        raise InputError.single(
            expected="a finite covariance of estimates",
            found="none",
            where="estimate",
            remedy="see the flat directions in its summary; fix a parameter.",
        )
    one_of("method", method, "delta", "bootstrap")
    center = estimate.params.to_numpy()
    elsewhere = Elsewhere(estimate)
    scale, directions = np.linalg.eigh((V + V.T) / 2)
    root = directions * np.sqrt(np.maximum(scale, 0.0))

    def at(params: Array) -> Array:
        return np.atleast_1d(np.asarray(of(elsewhere.at(params)), dtype=float)).ravel()

    with one_blas_thread():
        first = of(elsewhere.at(center))
        values = np.atleast_1d(np.asarray(first, dtype=float)).ravel()
        index = first.index if isinstance(first, pd.Series) else pd.RangeIndex(len(values))
        if method == "delta":
            moved = [
                (at(center + _STEP * r) - at(center - _STEP * r)) / (2 * _STEP) for r in root.T
            ]
            slopes = np.array(moved).reshape(len(moved), len(values))
            covariance = slopes.T @ slopes
            half = _HALF * np.sqrt(np.diag(covariance))
            return Spread(values, covariance, values - half, values + half, 0, index)
        rng = np.random.default_rng(seed)
        found, failed = [], 0
        for z in rng.standard_normal((draws, len(center))):
            try:
                found.append(at(center + root @ z))
            except (ConvergenceError, InputError):
                failed += 1
    if len(found) < 2:
        raise InputError.single(
            expected="draws of estimates at which these numbers exist",
            found=f"{len(found)} of {draws}",
            where="bootstrap",
            remedy="use method='delta', and look at the standard errors.",
        )
    table = np.array(found)
    low, high = np.quantile(table, [0.025, 0.975], axis=0)
    covariance = np.atleast_2d(np.cov(table, rowvar=False))
    return Spread(values, covariance, low, high, failed, index)
