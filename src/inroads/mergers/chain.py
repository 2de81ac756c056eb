"""A merger along a vertical chain: manufacturers, channels, or one of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.auction_chain import AuctionChainFit
from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.doubts import warn_of
from inroads.calibration.from_margins.margin_columns import read_chain
from inroads.calibration.from_margins.merger_data import vertical_market_from_margins
from inroads.calibration.from_margins.vertical import VerticalFit
from inroads.choice import diversion_ratios
from inroads.choice.base import Array, Mask
from inroads.conduct.screens import hhi
from inroads.display import Card, Displayed
from inroads.errors import one_of
from inroads.market.equilibrium import Equilibrium
from inroads.market.moves import Merge
from inroads.market.output.workbooks import UNITS
from inroads.mergers.chain_auction import BidOutcome, calibrate_bids, merged_bidders, solve_bids
from inroads.mergers.inputs import merging_firms
from inroads.tables.read import TableSource
from inroads.tables.workbook import write_workbook


@dataclass(frozen=True, kw_only=True, repr=False)
class ChainMerger(Displayed):
    """A merger along a chain; `ir.chain_merger` makes one.

    Parameters
    ----------
    parties : list of str
        Firms that merge.
    offers : DataFrame
        A row an offer: retail and wholesale prices before and after, changes, shares of units, both
        margins (money), and for mergers along the chain the screens of Moresi and Salop (2013),
        blank where an offer is of no such kind and where channels bid: vGUPPIu, what the merged
        channel earns of each unit that a rival channel loses, over the wholesale price; vGUPPId,
        what the merged manufacturer earns of each unit that the merged channel loses to rivals,
        over price; EDM, the double margin that goes, over price.
    summary : Series
        HHI of manufacturers and of channels before and after, compensating variation (positive is
        harm), the change of all profits.
    before, after : Equilibrium or BidOutcome
        The two.
    fit : VerticalFit or AuctionChainFit
        Demand, bargaining weights and costs that margins told.
    """

    parties: list[str]
    offers: pd.DataFrame
    summary: pd.Series
    before: Equilibrium | BidOutcome
    after: Equilibrium | BidOutcome
    fit: VerticalFit | AuctionChainFit

    def to_excel(self, path: str | PathLike[str]) -> None:
        """Write a workbook: offers, and what is one number for the market, with their units.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        market = self.summary.to_frame().T.reset_index(drop=True)
        write_workbook(path, {"offers": self.offers, "market": market}, UNITS)

    def price_chart(self) -> Any:
        """Retail prices before and after, an offer a row.

        Returns
        -------
        altair.LayerChart
            Altair's.
        """
        from inroads.charts.changes import before_after

        return before_after(self.offers["price_before"], self.offers["price_after"], "price")

    def _card(self) -> Card:
        return Card(
            line=f"Merger of {' and '.join(self.parties)} along a chain: compensating variation "
            f"{self.summary['compensating_variation']:.4g}",
            table=self.offers,
            next_steps=("m.summary", "m.offers", "m.after.frame", "m.fit"),
        )


def chain_merger(
    table: TableSource,
    parties: Sequence[object],
    *,
    power: Power = "one",
    rho: Any = None,
    retail: Literal["bertrand", "second score"] = "bertrand",
    outside: Literal["rest", "none"] = "rest",
    savings: float = 0.0,
    size: float = 1.0,
) -> ChainMerger:
    """Calibrate a chain that bargains over wholesale prices, and merge firms in it.

    Parameters
    ----------
    table : path or table
        As `vertical_market_from_margins` takes it.
    parties : sequence of str
        Firms that merge, manufacturers, channels, or both.
    power : {"one", "manufacturer", "channel", "pair"}
        Whether all bargains share a weight, or those of a manufacturer, a channel, a pair.
    rho : float or array, optional
        Nesting parameter, where the table has nesting_ids; margins tell one for all unless given.
    retail : {"bertrand", "second score"}
        Whether channels post prices, or bid for each buyer: then choice follows wholesale prices,
        and what a channel adds to it is its margin.
    outside : {"rest", "none"}
        Whether the outside option has what shares leave of one, or there is none.
    savings : float
        The fraction by which unit costs of the parties' offers fall, on the side each stands on.
    size : float
        Consumers in the market.

    Returns
    -------
    ChainMerger
        Prices at both levels, screens, what consumers and firms gain.

    Raises
    ------
    InputError
        As `vertical_market_from_margins` does, and where the parties are no merger.
    ConvergenceError
        Where there is no equilibrium.

    References
    ----------
    Moresi, S. and Salop, S. (2013), vGUPPI: scoring unilateral pricing incentives in vertical
    mergers, Antitrust Law Journal 79(1).
    Sheu, G. and Taragin, C. (2021), Simulating mergers in a vertical supply chain with bargaining,
    RAND Journal of Economics 52(3).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["aR", "bR", "aS", "bS"], "firm_ids": ["A", "B", "A", "B"],
    ...     "channel_ids": ["R", "R", "S", "S"], "prices": [2.0, 2.1, 2.0, 2.2],
    ...     "wholesale": [1.2, 1.2, 1.1, 1.3], "shares": [0.15, 0.1, 0.2, 0.1],
    ...     "channel_margins": [0.3, None, None, None],
    ...     "manufacturer_margins": [0.4, None, None, None],
    ... })
    >>> m = ir.chain_merger(table, ("A", "R"))
    >>> m.offers["price_after"].round(2).to_dict()
    {'aR': 1.72, 'bR': 2.29, 'aS': 2.14, 'bS': 2.14}
    """
    one_of("retail", retail, "bertrand", "second score")
    data = read_chain(table)
    makers, sellers = data.manufacturers.astype(str), data.channels.astype(str)
    names = merging_firms(parties, list(dict.fromkeys([*makers, *sellers])))
    before: Equilibrium | BidOutcome
    after: Equilibrium | BidOutcome
    fit: VerticalFit | AuctionChainFit
    if retail == "bertrand":
        market, fit = vertical_market_from_margins(
            table, power=power, outside=outside, rho=rho, size=size
        )
        before, after = market.solve(), market.after(Merge(*names, savings=savings)).solve()
        diversion = diversion_ratios(before.jacobian())[:, :-1].copy()
        pressure = _vertical_pressure(before.frame, diversion, makers, sellers, names)
    else:
        fit = calibrate_bids(data, power, outside, rho)
        warn_of(fit.doubts)
        firms = sorted(set(makers) | set(sellers))
        after_merger = merged_bidders(fit.chain, [firms.index(name) for name in names], savings)
        before = solve_bids(fit.chain, data, firms, size)
        after = solve_bids(after_merger, data, firms, size)
        pressure = pd.DataFrame(np.nan, before.frame.index, ["vGUPPIu", "vGUPPId", "EDM"])
    now, then = before.frame, after.frame
    offers = pd.DataFrame(
        {
            "manufacturer": makers,
            "channel": sellers,
            "price_before": now["price"],
            "price_after": then["price"],
            "price_change": then["price"] / now["price"] - 1.0,
            "wholesale_before": now["wholesale"],
            "wholesale_after": then["wholesale"],
            "share_before": now["share"],
            "share_after": then["share"],
            "channel_margin_before": now["channel_margin"],
            "channel_margin_after": then["channel_margin"],
            "manufacturer_margin_before": now["manufacturer_margin"],
            "manufacturer_margin_after": then["manufacturer_margin"],
        },
        index=now.index,
    ).join(pressure)
    summary = pd.Series(
        {
            **_concentration("manufacturers", makers, names, offers),
            **_concentration("channels", sellers, names, offers),
            "compensating_variation": before.consumer_surplus - after.consumer_surplus,
            "producer_surplus": float(after.profits.sum() - before.profits.sum()),
        },
        name="merger",
    )
    return ChainMerger(
        parties=names, offers=offers, summary=summary, before=before, after=after, fit=fit
    )


def _concentration(
    level: str, firms: np.ndarray, parties: list[str], offers: pd.DataFrame
) -> dict[str, float]:
    """HHI of a level before, and after with the shares of the new equilibrium."""
    together = np.where(np.isin(firms, parties), parties[0], firms)
    return {
        f"hhi_{level}_before": hhi(offers["share_before"].to_numpy(float), firms),
        f"hhi_{level}_after": hhi(offers["share_after"].to_numpy(float), together),
    }


def _vertical_pressure(
    frame: pd.DataFrame, D: Array, makers: np.ndarray, sellers: np.ndarray, names: list[str]
) -> pd.DataFrame:
    """vGUPPIu, vGUPPId and EDM (J,), nan where an offer is not of that kind; D: diversion."""
    np.fill_diagonal(D, 0.0)
    makes, sells = np.isin(makers, names), np.isin(sellers, names)
    p, w = frame["price"].to_numpy(float), frame["wholesale"].to_numpy(float)
    channel = frame["channel_margin"].to_numpy(float)
    maker = frame["manufacturer_margin"].to_numpy(float)
    to_own_shelf = D @ np.where(sells, channel, 0.0)
    to_own_goods = D @ np.where(makes & ~sells, np.nan_to_num(maker), 0.0)

    def where(kind: Mask, value: Array) -> Array:
        return np.where(kind & makes.any() & sells.any(), value, np.nan)

    return pd.DataFrame(
        {
            "vGUPPIu": where(makes & ~sells, to_own_shelf / w),
            "vGUPPId": where(sells, to_own_goods / p),
            "EDM": where(makes & sells, maker / p),
        },
        index=frame.index,
    )
