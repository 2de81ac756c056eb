"""A merger screened and simulated: what practitioners put in a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.conduct.screens import (
    compensating_cost_reductions,
    compensating_variation,
    gross_upward_pricing_pressure,
    hhi,
    hypothetical_monopolist,
    upward_pricing_pressure,
)
from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves.ownership import Merge


@dataclass(frozen=True)
class Screening:
    """A merger of sellers: first screens at prices as they are, then the equilibrium after it.

    offers: a row an offer: price before and after and its change, share before and after, UPP
    (money), GUPPI and CMCR (fractions of price and of cost). hhi_before, hhi_after: at shares
    before the merger, the usual screen. Money is for the whole market: compensating_variation
    positive is harm, producer_surplus the change of all owners' profits.
    """

    offers: pd.DataFrame
    hhi_before: float
    hhi_after: float
    compensating_variation: float
    producer_surplus: float
    before: Equilibrium
    after: Equilibrium


def screen_merger(market: Market, merge: Merge) -> Screening:
    """Screen and simulate a merger of firms that sell what they make.

    Prices are those of the equilibrium. Raises InputError for vertical markets (solve them before
    and after the merger instead), ConvergenceError where there is no equilibrium.
    """
    merged = market.after(merge)
    if not (market.owner("manufacturer") == market.owner("seller")).all():
        raise refuse(
            expected="firms that sell what they make",
            found="offers sold by another firm",
            where="screening",
            remedy="compare(market.solve(), market.after(merge).solve()).",
        )
    before, after = market.solve(), merged.solve()
    e = before.arrays
    firms = pd.factorize(market.owner("seller"))[0]
    owners = pd.factorize(merged.owner("seller"))[0]
    J, p = e.conditions.choices.jacobian, e.prices
    margins = (before.frame["channel_margin"]).to_numpy(float)
    offers = pd.DataFrame(
        {
            "price_before": before.prices,
            "price_after": after.prices,
            "price_change": after.prices / before.prices - 1,
            "share_before": before.shares,
            "share_after": after.shares,
            "UPP": upward_pricing_pressure(J, margins, firms, owners),
            "GUPPI": gross_upward_pricing_pressure(J, p, margins, firms, owners),
            "CMCR": compensating_cost_reductions(J, e.shares, p, firms, owners),
        }
    )
    harm = compensating_variation(market.demand, p, after.arrays.prices)
    return Screening(
        offers,
        hhi(e.shares, firms),
        hhi(e.shares, owners),
        harm * market.size,
        float(after.profits.sum() - before.profits.sum()),
        before,
        after,
    )


def monopolist_test(
    market: Market, offers: list[object], *, uniform: bool = False
) -> tuple[pd.Series, bool]:
    """The hypothetical-monopolist test of a candidate market: rises as fractions of price, and
    whether one of them is 5 percent or more (see `conduct.screens.hypothetical_monopolist`)."""
    e = market.solve().arrays
    if not offers:
        raise refuse(
            expected="the offers of a candidate market",
            found="none",
            where="monopolist_test",
            remedy="name one or more.",
        )
    candidate = np.zeros(len(market.offers), dtype=bool)
    for offer in offers:
        candidate |= market.select(offer=offer)
    cost = market.column("production_cost") + market.column("retail_cost")
    test = hypothetical_monopolist(market.demand, e.prices, cost, candidate, uniform=uniform)
    return pd.Series(test.rises, market.contracts.index, name="price_change"), test.passes()
