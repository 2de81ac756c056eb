"""What a case comes to, as tables: who sells how many, who earns what, on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.dashboard.deals.cases import Case
from inroads.market.equilibrium import Equilibrium


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A case solved: with the entrant's partners, and without any. Money is dollars a period.

    At list prices nobody answers, and nothing is known of profits and terms.
    """

    case: Case
    before: Equilibrium
    after: Equilibrium

    @property
    def has_firms(self) -> bool:
        """Whether firms set prices."""
        return self.after.market.has_firms

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The figures of the screen: the entrant's units, share and gain, its partners' gain,
        consumers' surplus."""
        entrant, makers = self.case.entrant, self.makers
        row = makers.loc[entrant]
        numbers = {
            "units": row["units"],
            "units_without": row["units_without"],
            "share": row["share"],
            "share_without": row["share_without"],
            "consumer_surplus_change": self.after.consumer_surplus - self.before.consumer_surplus,
        }
        if self.has_firms:
            gains = self.sellers["profit_change"]
            numbers |= {
                "entrant_gain": row["profit_change"],
                "partners_gain": float(gains.reindex(list(self.case.partners)).sum()),
                "rivals_gain": float(makers["profit_change"].drop(entrant).sum()),
            }
        return {name: float(number) for name, number in numbers.items()}

    @cached_property
    def makers(self) -> pd.DataFrame:
        """A row a manufacturer: units and shares of sales with the deals and without, change of
        profit; largest first."""
        with_deals, without = self.after.sales(), self.before.sales()
        table = pd.DataFrame(
            {
                "units": with_deals,
                "units_without": without.reindex(with_deals.index, fill_value=0.0),
            }
        )
        table["units_change"] = table["units"] - table["units_without"]
        table["share"] = table["units"] / table["units"].sum()
        table["share_without"] = table["units_without"] / table["units_without"].sum()
        if self.has_firms:
            table["profit_change"] = self._profit_changes().reindex(table.index)
        return table.sort_values("units", ascending=False).rename_axis("manufacturer")

    @cached_property
    def sellers(self) -> pd.DataFrame:
        """A row a channel with members: units and mean price with the deals and without, change of
        profit."""
        channels = self.after.market.channels
        names = channels.index[channels["has_members"]]
        after, before = (self._by_seller(e).reindex(names) for e in (self.after, self.before))
        table = after.assign(units_without=before["units"], mean_price_without=before["mean_price"])
        if self.has_firms:
            table["profit_change"] = self._profit_changes().reindex(names)
        return table.rename_axis("channel")

    @cached_property
    def offers(self) -> pd.DataFrame:
        """The entrant's offers, a row a product and channel: units, share of consumers, prices and
        margins of both sides."""
        frame = self.after.frame
        own = frame[frame["manufacturer"].eq(self.case.entrant)]
        columns = ["price", "wholesale", "share", "units", "channel_margin", "manufacturer_margin"]
        return own[columns].dropna(axis="columns", how="all")

    @cached_property
    def deals(self) -> pd.DataFrame:
        """A row a deal: units, retail and wholesale price, fee, what each side gains over its
        disagreement profit, and the wholesale prices between which both gain, retail prices
        held."""
        columns = (
            *("channel", "units", "retail_price", "wholesale", "fixed_fee", "lowest", "highest"),
            *("entrant_gain", "channel_gain", "joint_gain", "agreed", "production_cost"),
        )
        if not self.has_firms or self.after.links.empty:
            return pd.DataFrame(columns=list(columns)).set_index("channel")
        frame, contracts, rows = self.after.frame, self.after.market.contracts, []
        for link in self.after.links.to_dict("records"):
            own = frame["manufacturer"].eq(link["manufacturer"]) & frame["seller"].eq(
                link["channel"]
            )
            units = frame["units"][own]
            sold = float(units.sum())
            # A fee is so much a unit of what is sold.
            paid = link["wholesale"] + link["fixed_fee"] / sold
            values = (
                *(link["channel"], sold, float(frame["price"][own] @ units / sold)),
                *(link["wholesale"], link["fixed_fee"]),
                *(paid - link["manufacturer_gain"] / sold, paid + link["channel_gain"] / sold),
                *(link["manufacturer_gain"], link["channel_gain"], link["joint_gain"]),
                link["agreed"],
                float(contracts["production_cost"][own] @ units / sold),
            )
            rows.append(dict(zip(columns, values, strict=True)))
        return pd.DataFrame(rows).set_index("channel")

    def _profit_changes(self) -> pd.Series:
        after, before = self.after.profits, self.before.profits
        return after - before.reindex(after.index, fill_value=0.0)

    @staticmethod
    def _by_seller(equilibrium: Equilibrium) -> pd.DataFrame:
        frame = equilibrium.frame
        grouped = frame.assign(paid=frame["price"] * frame["units"]).groupby("seller")
        sums = grouped[["units", "paid"]].sum()
        mean_price = sums["paid"] / sums["units"].where(sums["units"] > 0, np.nan)
        return pd.DataFrame({"units": sums["units"], "mean_price": mean_price})
