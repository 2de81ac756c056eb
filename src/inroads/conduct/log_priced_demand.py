"""Demand in which utility falls linearly in the logarithm of price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import ALL, Array, Index, Mask
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand

_SMALLEST = float(np.finfo(float).tiny)


@dataclass(frozen=True, kw_only=True, repr=False)
class LogPricedDemand(PricedDemand):
    """Agents with u_ij = v_ij - alpha_i ln p_j, v being utility at a price of one.

    Money buys less the dearer it is spent, so that surplus in money is not defined (nan).
    """

    @property
    def money_per_util(self) -> float:
        """None: prices are measured by themselves."""
        return _SMALLEST

    def at_prices(self, prices: Array, present: Mask | None = None) -> LogDemandAtPrices:
        """See `PricedDemand.at_prices`."""
        p = np.maximum(prices, _SMALLEST)[..., None]
        alpha = self.alpha if self.alpha_by_offer else self.alpha[..., None, :]
        u = self.utility - alpha * np.log(p)
        if present is not None:
            u = np.where(present[..., None], u, -np.inf)
        P, inclusive = self.model.evaluate(u, self.outside)
        slope = np.broadcast_to(alpha / p, P.shape)
        tangent = PricedDemand(
            utility=u + slope * p,
            alpha=slope,
            weights=self.weights,
            outside=self.outside,
            model=self.model,
        )
        return LogDemandAtPrices(tangent, P, inclusive, np.asarray(prices, dtype=float))


@dataclass(frozen=True, repr=False)
class LogDemandAtPrices(DemandAtPrices):
    """What agents choose at some prices (..., J); `demand` is the tangent there.

    Slopes are the tangent's; curvature has d(alpha / p)/dp = -alpha / p^2 beside its own.
    """

    prices: Array

    @property
    def surplus(self) -> Array:
        """nan (...): no unit of utility has a price of its own."""
        return np.full(self.inclusive.shape[:-1], np.nan)

    def curvature(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """See `DemandAtPrices.curvature`."""
        out = super().curvature(stake, rows)
        columns = np.arange(self.prices.shape[-1])[rows]
        bend = self.gradient(stake, rows) / self.prices[..., columns]
        out[..., np.arange(len(columns)), columns] -= bend
        return out

    def own_curvature(self, stakes: Array) -> Array:
        """See `DemandAtPrices.own_curvature`."""
        out = super().own_curvature(stakes)
        bend = np.einsum("...kj,...jk->...k", stakes, self.jacobian) / self.prices
        own = np.arange(self.prices.shape[-1])
        out[..., own, own] -= bend
        return out
