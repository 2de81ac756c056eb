"""Coordinated effects: how patient firms must be to collude, before and after a merger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.conduct.horizontal import PostedPrices
from inroads.conduct.horizontal.posted import best_answer
from inroads.errors import refuse
from inroads.mergers.calibrated.model import MarketModel, PricedModel
from inroads.mergers.calibrated.ownership import Ownership


def critical_discount_factors(
    model: MarketModel,
    ownership: Ownership,
    savings: Array | float,
    *,
    member: Mask,
    sellers: list[str],
) -> pd.DataFrame:
    """Of each firm that colludes: profits of competing, colluding, deviating, and the discount
    factor from which on colluding pays under the threat of competing ever after.

    sellers (J,): who sells what, by name. member (J,): products of firms that collude on prices
    that maximise their joint profit, others answering. The factor is (deviating -
    colluding) / (deviating - competing) (Friedman 1971); the firm with the largest is the maverick.
    Firms post prices.
    """
    if not isinstance(model, PricedModel) or not isinstance(model.conduct, PostedPrices):
        raise refuse(
            expected="firms that post prices, for coordinated effects",
            found=type(model).__name__ if not isinstance(model, PricedModel) else "another conduct",
            where="conduct",
            remedy="use conduct='bertrand'.",
        )
    costs = model.costs * (1.0 - savings)
    owns, names = ownership.owns, np.array(sellers)
    if not ((owns == 0) | (owns == 1)).all():
        raise refuse(
            expected="firms that own others wholly or not at all, for coordinated effects",
            found="parts of profits",
            where="holdings and stake",
            remedy="leave them out.",
        )
    competing = model.solve(owns, savings)
    both = member[:, None] & member
    colluding = model.solve(np.where(both, 1.0, owns), savings)
    rows = []
    for firm in dict.fromkeys(names[member].tolist()):
        own = names == firm
        deviating = _deviation(model, own, costs, colluding.prices)
        one, two = competing.profits[own].sum(), colluding.profits[own].sum()
        # Who gains nothing by deviating needs no patience.
        tempted = deviating - two > 1e-12 * abs(two)
        factor = (deviating - two) / (deviating - one) if tempted else 0.0
        rows.append((firm, one, two, deviating, factor))
    columns = ["firm", "competing", "colluding", "deviating", "critical_discount_factor"]
    return pd.DataFrame(rows, columns=columns).set_index("firm")


def _deviation(model: PricedModel, own: Mask, costs: Array, prices: Array) -> float:
    """The best profit of one firm's products (J,) against prices (J,)."""
    taxes = model.taxes
    p = best_answer(model.demand, own / (1.0 + taxes.rate), taxes.gross(costs), prices)
    return float(((taxes.net(p) - costs) * model.demand.at_prices(p).shares)[own].sum())
