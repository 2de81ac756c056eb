"""A solved market as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from inroads.display import Displayed
from inroads.errors import refuse

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium


class EquilibriumCharts(Displayed):
    """An equilibrium that draws itself: `Equilibrium` is one. Charts are Altair's."""

    def elasticity_chart(self, most: int = 30) -> Any:
        """Elasticities as a heat map.

        Parameters
        ----------
        most : int
            Offers shown, those that sell most.

        Returns
        -------
        altair.LayerChart or altair.Chart
            Row j, column k: percent change of j's share for one percent on k's price.
        """
        from inroads.charts.heat_map import heat_map

        equilibrium = cast("Equilibrium", self)
        table = equilibrium.elasticities().set_axis(equilibrium.offers, axis=1)
        rows = _best_sellers(equilibrium, most)
        return heat_map(table.iloc[rows, rows], "Elasticities", rows="share of", columns="price of")

    def diversion_chart(self, most: int = 30) -> Any:
        """Diversion as a heat map.

        Parameters
        ----------
        most : int
            Offers shown, those that sell most.

        Returns
        -------
        altair.LayerChart or altair.Chart
            Row j, column k: the fraction of j's lost buyers that goes to k; last to none.
        """
        from inroads.charts.heat_map import heat_map

        equilibrium = cast("Equilibrium", self)
        table, rows = equilibrium.diversion(), _best_sellers(equilibrium, most)
        shown = table.iloc[rows, [*rows, table.shape[1] - 1]]
        return heat_map(shown, "Diversion", rows="from", columns="to")

    def margin_chart(self) -> Any:
        """Distributions of prices, and of margins as fractions of price.

        Returns
        -------
        altair.HConcatChart
            Of sellers; of manufacturers too, where they sell through others.

        Raises
        ------
        InputError
            At list prices: nothing is known of margins.
        """
        from inroads.charts.distributions import histograms

        frame = cast("Equilibrium", self).frame
        margins = {
            f"{side} margin / price": (frame[f"{side}_margin"] / frame["price"]).to_numpy()
            for side in ("channel", "manufacturer")
            if frame[f"{side}_margin"].notna().any()
        }
        if not margins:
            raise refuse(
                expected="a market in which firms set prices",
                found="list prices: nothing is known of margins",
                where="margin_chart",
                remedy="give pricing=Bertrand(), or derive costs with market.with_firms(...).",
            )
        return histograms({"price": frame["price"].to_numpy(), **margins})

    def bargaining_chart(self) -> Any:
        """Each negotiation's range: the wholesale prices at which both sides gain.

        At retail prices, sales and fees as they are: the lowest leaves the manufacturer, the
        highest the channel, what it would earn without the deal.

        Returns
        -------
        altair.LayerChart
            A row a negotiation, what was agreed marked.

        Raises
        ------
        InputError
            Where nobody bargains.
        """
        from inroads.charts.ranges import bargaining_ranges

        equilibrium = cast("Equilibrium", self)
        links = equilibrium.links
        if links.empty:
            raise refuse(
                expected="a market in which wholesale prices are bargained",
                found="no negotiation",
                where="bargaining_chart",
                remedy="give pricing=Vertical(BargainingTerms(...)).",
            )
        frame = equilibrium.frame
        by_pair = frame.groupby(["manufacturer", "channel"], observed=True)["units"].sum()
        pairs = list(zip(links["manufacturer"], links["channel"], strict=True))
        units = np.array([by_pair.get(pair, np.nan) for pair in pairs])
        agreed = links["wholesale"].to_numpy(float)
        return bargaining_ranges(
            pd.DataFrame(
                {
                    "pair": [f"{manufacturer}, {channel}" for manufacturer, channel in pairs],
                    "lowest": agreed - links["manufacturer_gain"].to_numpy(float) / units,
                    "agreed": agreed,
                    "highest": agreed + links["channel_gain"].to_numpy(float) / units,
                }
            )
        )

    def network_chart(self) -> Any:
        """Who sells through whom, lines as wide as units sold.

        Returns
        -------
        altair.LayerChart
            Manufacturers on the left, channels on the right.
        """
        from inroads.charts.network import network

        frame = cast("Equilibrium", self).frame
        units = frame.groupby(["manufacturer", "channel"], observed=True, sort=False)["units"].sum()
        links = units.rename("weight").reset_index()
        return network(links.assign(made=links["weight"] > 0), "Units sold")


def _best_sellers(equilibrium: Equilibrium, most: int) -> list[int]:
    """Positions of the offers that sell most, in the order of the market."""
    order = np.argsort(-equilibrium.shares.to_numpy(), kind="stable")[: max(most, 1)]
    return sorted(int(place) for place in order)
