"""Coordinated effects: how patient firms must be to collude, before and after a merger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.horizontal import PostedPrices
from inroads.conduct.horizontal.posted import best_answer
from inroads.errors import refuse
from inroads.mergers.model import MarketModel, PricedModel


def critical_discount_factors(
    model: MarketModel, owner: Index, savings: Array | float, member: Mask, firms: list[str]
) -> pd.DataFrame:
    """Of each firm that colludes: profits of competing, colluding, deviating, and the discount
    factor from which on colluding pays under the threat of competing ever after.

    member (J,): products of firms that collude on prices that maximise their joint profit, others
    answering. The factor is (deviating - colluding) / (deviating - competing) (Friedman 1971); the
    firm with the largest is the maverick. Firms post prices.
    """
    if not isinstance(model, PricedModel) or not isinstance(model.conduct, PostedPrices):
        raise refuse(
            expected="firms that post prices, for coordinated effects",
            found=type(model).__name__ if not isinstance(model, PricedModel) else "another conduct",
            where="conduct",
            remedy="use conduct='bertrand'.",
        )
    costs = model.costs * (1.0 - savings)
    competing = model.solve(owner, savings)
    joint = np.where(member, -1, owner)
    colluding = model.solve(np.unique(joint, return_inverse=True)[1], savings)
    rows = []
    for f in np.unique(owner[member]):
        own = owner == f
        deviating = _deviation(model, own, costs, colluding.prices)
        one, two = competing.profits[own].sum(), colluding.profits[own].sum()
        # Who gains nothing by deviating needs no patience.
        tempted = deviating - two > 1e-12 * abs(two)
        factor = (deviating - two) / (deviating - one) if tempted else 0.0
        rows.append((firms[f], one, two, deviating, factor))
    columns = ["firm", "competing", "colluding", "deviating", "critical_discount_factor"]
    return pd.DataFrame(rows, columns=columns).set_index("firm")


def _deviation(model: PricedModel, own: Mask, costs: Array, prices: Array) -> float:
    """The best profit of one firm's products (J,) against prices (J,)."""
    p = best_answer(model.demand, own, costs, prices)
    return float(((p - costs) * model.demand.at_prices(p).shares)[own].sum())
