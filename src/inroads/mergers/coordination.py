"""Coordinated effects: how patient firms must be to collude, before and after a merger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import PostedPrices
from inroads.errors import refuse
from inroads.mergers.model import MarketModel, PricedModel
from inroads.numerics.newton import newton_by_differences


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
        rows.append((firms[f], one, two, deviating, (deviating - two) / (deviating - one)))
    columns = ["firm", "competing", "colluding", "deviating", "critical_discount_factor"]
    return pd.DataFrame(rows, columns=columns).set_index("firm")


def _deviation(model: PricedModel, own: Mask, costs: Array, prices: Array) -> float:
    """The best profit of one firm's products (J,) against prices (J,)."""
    owns = ownership(own.astype(float))

    def gap(x: Array) -> Array:
        p = prices.copy()
        p[own] = x
        return (p - costs - model.conduct.margins(model.demand, p, owns))[own]

    x = newton_by_differences(gap, prices[own], model.demand.money_per_util).unwrap()
    p = prices.copy()
    p[own] = x
    return float(((p - costs) * model.demand.at_prices(p).shares)[own].sum())
