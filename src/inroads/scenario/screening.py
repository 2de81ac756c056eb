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
from inroads.errors import InputError
from inroads.scenario.industry import Industry
from inroads.scenario.industry_moves import Merge
from inroads.scenario.settlement import Settlement


@dataclass(frozen=True)
class Screening:
    """A merger of sellers: first screens at prices as they are, then the equilibrium after it.

    offers: a row an offer: price before and after and its rise, share before and after, UPP
    (money), GUPPI and CMCR (fractions of price and of cost). hhi_before, hhi_after: at shares
    before the merger, the usual screen. Money is for the whole market: compensating_variation
    positive is harm, producer_surplus the change of all owners' profits.
    """

    offers: pd.DataFrame
    hhi_before: float
    hhi_after: float
    compensating_variation: float
    producer_surplus: float
    before: Settlement
    after: Settlement


def screen(industry: Industry, merge: Merge) -> Screening:
    """Screen and simulate a merger of firms that sell what they make.

    Prices are those of the industry's equilibrium. Raises InputError for chains (solve them before
    and after the merger instead), ConvergenceError where there is no equilibrium.
    """
    joined = industry.after(merge)
    if not (industry.owner("maker") == industry.owner("shop")).all():
        raise InputError.single(
            expected="firms that sell what they make",
            found="offers sold through another firm's shop",
            where="screening",
            remedy="compare industry.solve() with industry.after(merge).solve().",
        )
    before, after = industry.solve(), joined.solve()
    e = before.equilibrium
    firms = pd.factorize(industry.owner("shop"))[0]
    owners = pd.factorize(joined.owner("shop"))[0]
    J, p = e.conditions.choices.jacobian, e.prices
    margins = (before.frame["shop margin"]).to_numpy(float)
    offers = pd.DataFrame(
        {
            "price before": before.prices,
            "price after": after.prices,
            "rise": after.prices / before.prices - 1,
            "share before": before.shares,
            "share after": after.shares,
            "UPP": upward_pricing_pressure(J, margins, firms, owners),
            "GUPPI": gross_upward_pricing_pressure(J, p, margins, firms, owners),
            "CMCR": compensating_cost_reductions(J, e.shares, p, firms, owners),
        }
    )
    harm = compensating_variation(industry.present_buyers, p, after.equilibrium.prices)
    return Screening(
        offers,
        hhi(e.shares, firms),
        hhi(e.shares, owners),
        harm * industry.size,
        float(after.profits.sum() - before.profits.sum()),
        before,
        after,
    )


def monopolist_test(
    industry: Industry, offers: list[object], *, uniform: bool = False
) -> tuple[pd.Series, bool]:
    """The hypothetical-monopolist test of a candidate market: rises as fractions of price, and
    whether one of them is 5 percent or more (see `conduct.screens.hypothetical_monopolist`)."""
    e = industry.solve().equilibrium
    if not offers:
        raise InputError.single(
            expected="the offers of a candidate market",
            found="none",
            where="monopolist_test",
            remedy="name one or more.",
        )
    candidate = np.zeros(len(industry.offers), dtype=bool)
    for offer in offers:
        candidate |= industry.select(offer=offer)
    cost = industry.column("making") + industry.column("handling")
    found = hypothetical_monopolist(
        industry.present_buyers, e.prices, cost, candidate, uniform=uniform
    )
    return pd.Series(found.rises, industry.offers.index, name="rise"), found.passes()
