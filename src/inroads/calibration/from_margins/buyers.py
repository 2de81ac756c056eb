"""Consumers who have the shares that were observed, at the prices that were."""

from __future__ import annotations

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.base import Array, ChoiceModel, Index
from inroads.conduct.priced_demand import PricedDemand


def logit_or_nested(nests: Index | None, rho: Array) -> ChoiceModel:
    """The model of nests (J,) with rho (J,), plain logit without."""
    return Logit() if nests is None else Nested(nests, rho[None])


def buyers_at(
    prices: Array, shares: Array, alpha: float, nests: Index | None, *, rho: Array
) -> PricedDemand:
    """One type of consumer with these shares (J,) at these prices; what is left goes outside.

    Without an outside option the level of utilities is free: surplus is zero at these prices.
    """
    outside_share = 1.0 - float(shares.sum())
    no_outside = outside_share < 1e-12
    delta = np.log(shares) - (0.0 if no_outside else np.log(outside_share))
    if nests is not None:
        within = shares / np.bincount(nests, shares)[nests]
        delta = delta - rho * np.log(within)
    utility = delta + alpha * prices
    model = logit_or_nested(nests, rho)
    return PricedDemand(
        utility=utility[:, None],
        alpha=np.array([alpha]),
        weights=np.ones(1),
        outside=-np.inf if no_outside else 0.0,
        model=model,
    )
