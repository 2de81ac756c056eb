"""A merger along a vertical chain: manufacturers, channels, or one of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.merger_data import vertical_market_from_margins
from inroads.calibration.from_margins.vertical import VerticalFit
from inroads.choice import diversion_ratios
from inroads.choice.base import Array
from inroads.conduct.screens import hhi
from inroads.display import Card, Displayed
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Merge
from inroads.market.output.workbooks import UNITS
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
        blank where an offer is of no such kind: vGUPPIu, what the merged channel earns of each unit
        that a rival channel loses, over the wholesale price; vGUPPId, what the merged manufacturer
        earns of each unit that the merged channel loses to rivals, over price; EDM, the double
        margin that goes, over price.
    summary : Series
        HHI of manufacturers and of channels before and after, compensating variation (positive is
        harm), the change of all profits.
    before, after : Equilibrium
        The two.
    fit : VerticalFit
        Demand, bargaining weights and costs that margins told.
    """

    parties: list[str]
    offers: pd.DataFrame
    summary: pd.Series
    before: Equilibrium
    after: Equilibrium
    fit: VerticalFit

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
            next_steps=("m.summary", "m.offers", "m.after.frame", "m.after.links"),
        )


def chain_merger(
    table: TableSource,
    parties: Sequence[object],
    *,
    power: Power = "one",
    rho: Any = None,
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
        Nesting parameter, where the table has nesting_ids.
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
    market, fit = vertical_market_from_margins(
        table, power=power, outside=outside, rho=rho, size=size
    )
    contracts = market.contracts
    makers, sellers = (contracts[side].astype(str) for side in ("manufacturer", "seller"))
    names = merging_firms(parties, list(dict.fromkeys([*makers, *sellers])))
    merged = market.after(Merge(*names, savings=savings))
    before, after = market.solve(), merged.solve()
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
        }
    ).join(_vertical_pressure(before, makers, sellers, names))
    harm = before.consumer_surplus - after.consumer_surplus
    summary = pd.Series(
        {
            **_concentration("manufacturers", market, merged, before, after),
            **_concentration("channels", market, merged, before, after),
            "compensating_variation": harm,
            "producer_surplus": float(after.profits.sum() - before.profits.sum()),
        },
        name="merger",
    )
    return ChainMerger(
        parties=names, offers=offers, summary=summary, before=before, after=after, fit=fit
    )


def _concentration(
    level: str, market: Market, merged: Market, before: Equilibrium, after: Equilibrium
) -> dict[str, float]:
    """HHI of a level before, and after with the shares of the new equilibrium."""
    is_making = level == "manufacturers"
    side: Literal["manufacturer", "seller"] = "manufacturer" if is_making else "seller"
    now, then = (pd.factorize(m.owner(side))[0] for m in (market, merged))
    return {
        f"hhi_{level}_before": hhi(before.shares.to_numpy(float), now),
        f"hhi_{level}_after": hhi(after.shares.to_numpy(float), then),
    }


def _vertical_pressure(
    before: Equilibrium, makers: pd.Series, sellers: pd.Series, names: list[str]
) -> pd.DataFrame:
    """vGUPPIu, vGUPPId and EDM (J,), nan where an offer is not of that kind."""
    D = diversion_ratios(before.jacobian())[:, :-1].copy()
    np.fill_diagonal(D, 0.0)
    makes, sells = makers.isin(names).to_numpy(), sellers.isin(names).to_numpy()
    frame = before.frame
    p, w = frame["price"].to_numpy(float), frame["wholesale"].to_numpy(float)
    channel = frame["channel_margin"].to_numpy(float)
    maker = frame["manufacturer_margin"].to_numpy(float)
    to_own_shelf = D @ np.where(sells, channel, 0.0)
    to_own_goods = D @ np.where(makes & ~sells, np.nan_to_num(maker), 0.0)

    def where(kind: Array, value: Array) -> Array:
        return np.where(kind & makes.any() & sells.any(), value, np.nan)

    return pd.DataFrame(
        {
            "vGUPPIu": where(makes & ~sells, to_own_shelf / w),
            "vGUPPId": where(sells, to_own_goods / p),
            "EDM": where(makes & sells, maker / p),
        },
        index=frame.index,
    )
