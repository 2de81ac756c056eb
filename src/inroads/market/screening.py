"""A merger screened and simulated: what practitioners put in a table."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

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
from inroads.display import Card, Displayed
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves.ownership import Merge
from inroads.market.names import select_offers
from inroads.market.output.workbooks import UNITS
from inroads.tables.workbook import write_workbook


@dataclass(frozen=True, kw_only=True, repr=False)
class Screening(Displayed):
    """A merger of sellers: first screens at prices as they are, then the equilibrium after it.

    Money is for the whole market.

    Parameters
    ----------
    offers : DataFrame
        A row an offer: price before and after and its change, share before and after, UPP (money),
        GUPPI and CMCR (fractions of price and of cost).
    hhi_before, hhi_after : float
        At shares before the merger, the usual screen; 0 to 10,000.
    compensating_variation : float
        Of consumers; positive is harm.
    producer_surplus : float
        The change of all owners' profits.
    before, after : Equilibrium
        The two.
    """

    offers: pd.DataFrame
    hhi_before: float
    hhi_after: float
    compensating_variation: float
    producer_surplus: float
    before: Equilibrium
    after: Equilibrium

    def to_excel(self, path: str | PathLike[str]) -> None:
        """Write a workbook: offers, and what is one number for the market, with their units.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        names = ("hhi_before", "hhi_after", "compensating_variation", "producer_surplus")
        market = pd.DataFrame({name: [getattr(self, name)] for name in names})
        write_workbook(path, {"offers": self.offers, "market": market}, UNITS)

    def price_chart(self) -> Any:
        """Prices before and after, an offer a row.

        Returns
        -------
        altair.LayerChart
            Altair's.
        """
        return self._chart("price", "price")

    def share_chart(self) -> Any:
        """Shares before and after, an offer a row.

        Returns
        -------
        altair.LayerChart
            Altair's.
        """
        return self._chart("share", "share of consumers in the market")

    def _chart(self, what: str, title: str) -> Any:
        from inroads.charts.changes import before_after

        return before_after(self.offers[f"{what}_before"], self.offers[f"{what}_after"], title)

    def _card(self) -> Card:
        return Card(
            line=f"Screening of a merger: HHI {self.hhi_before:,.0f} to {self.hhi_after:,.0f}, "
            f"compensating variation {self.compensating_variation:.4g}",
            table=self.offers,
            next_steps=("s.offers", "s.price_chart()", "s.after.frame", "s.before.diversion()"),
        )


def screen_merger(market: Market, merge: Merge) -> Screening:
    """Screen and simulate a merger of firms that sell what they make.

    Parameters
    ----------
    market : Market
        At costs at which its prices are an equilibrium.
    merge : Merge
        Who merges.

    Returns
    -------
    Screening
        Prices are those of the equilibrium.

    Raises
    ------
    InputError
        For vertical markets (solve them before and after the merger instead).
    ConvergenceError
        Where there is no equilibrium.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> screening = ir.screen_merger(market, ir.Merge("A", "B"))
    >>> round(screening.hhi_before), round(screening.hhi_after)
    (3889, 7222)
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
            "GUPPI": gross_upward_pricing_pressure(J, p, margins, firms, after=owners),
            "CMCR": compensating_cost_reductions(J, e.shares, p, firms, after=owners),
        }
    )
    harm = compensating_variation(conduct_arrays.demand_by_agent(market), p, after.arrays.prices)
    return Screening(
        offers=offers,
        hhi_before=hhi(e.shares, firms),
        hhi_after=hhi(e.shares, owners),
        compensating_variation=harm * market.size,
        producer_surplus=float(after.profits.sum() - before.profits.sum()),
        before=before,
        after=after,
    )


def monopolist_test(
    market: Market, offers: list[object], *, uniform: bool = False
) -> tuple[pd.Series, bool]:
    """The hypothetical-monopolist test of a candidate market.

    Prices of other offers are held.

    Parameters
    ----------
    market : Market
        In which firms set prices.
    offers : list
        Of the candidate market, by name.
    uniform : bool
        Whether all prices rise by the same fraction.

    Returns
    -------
    rises : Series
        By offer, the rise that pays a sole seller best, as a fraction of the price.
    passes : bool
        Whether one of them is 5 percent or more.

    Raises
    ------
    InputError
        Without offers.
    UnreachableError
        Where there is no best rise: nobody has anywhere else to go.

    References
    ----------
    U.S. Department of Justice and Federal Trade Commission (2023), Merger Guidelines, section 4.3.
    """
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
        candidate |= select_offers(market, offer=offer)
    cost = market.column("production_cost") + market.column("retail_cost")
    test = hypothetical_monopolist(
        conduct_arrays.demand_by_agent(market), e.prices, cost, candidate, uniform=uniform
    )
    return pd.Series(test.rises, market.contracts.index, name="price_change"), test.passes()
