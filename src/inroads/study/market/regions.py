"""Local markets of one study: consumers of regions, who like products each in their own way.

An offer has one price everywhere. What products are worth besides differs by region, a
characteristic of theirs, for which consumers there have a taste of one. To meet sums of shares by
region offers stand once for each region, out of reach of everyone else: rows of arrays are (R J).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.calibration.consideration_types import ConsiderationTypes
from inroads.calibration.moments import Moment, OwnElasticity, Ratio
from inroads.choice.base import Array
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.market.consumers import TASTE_FOR
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.results.market import RegionSales

_OF_REGION = "in "


def column_of(region: str) -> str:
    """The column of products that says what more they are worth there."""
    return f"{_OF_REGION}{region}"


def tastes_of(region: str, regions: Iterable[str]) -> dict[str, float]:
    """Tastes of who lives in one region for what products are more worth in each; none where the
    study has no regions."""
    return {f"{TASTE_FOR}{column_of(name)}": float(name == region) for name in regions if name}


@dataclass(frozen=True)
class Regions:
    """Who lives where: names (R,), one without a name where the study has no regions, and which
    cells are of each (R, C)."""

    names: tuple[str, ...]
    cells: np.ndarray

    @classmethod
    def of(cls, market: Market) -> Regions:
        """The regions of a market's consumers."""
        consumers = market.labelled_consumers
        own = {n: t for n, t in consumers.tastes.items() if n.startswith(_OF_REGION)}
        if not own:
            return cls(("",), np.ones((1, len(consumers.cells)), dtype=bool))
        names = tuple(name.removeprefix(_OF_REGION) for name in own)
        return cls(names, np.stack(list(own.values())) > 0)

    def rows(self, offers: Array) -> Array:
        """Arrays (..., J, C), the same in every region, as (..., R J, C)."""
        times = (1,) * (offers.ndim - 2) + (len(self.names), 1)
        return np.tile(offers, times)

    def base(self, offers: Array) -> Array:
        """Utility (J, C) as (R J, C), -inf for who does not live there."""
        return np.concatenate([np.where(cells, offers, -np.inf) for cells in self.cells])

    def types(self, types: ConsiderationTypes) -> ConsiderationTypes:
        """What consumers within cells know, of (R J) offers."""
        return replace(types, group=np.tile(types.group, len(self.names)))

    def moment(self, moment: Moment) -> Moment:
        """A moment of (J, C) purchases as one of (R J, C)."""
        if isinstance(moment, Ratio):
            return Ratio(self.rows(moment.numerator), self.rows(moment.denominator))
        if isinstance(moment, OwnElasticity):
            offers = np.tile(moment.offers, len(self.names))
            return replace(moment, payment=self.rows(moment.payment), offers=offers)
        return moment

    def shares(self, outcome: Equilibrium) -> Array:
        """Shares of all consumers that buy each offer in each region (R, J)."""
        choices = outcome.choices
        assert isinstance(choices, ConsiderationAtPrices)
        return np.asarray((choices.purchases @ self.cells.T).T)


def units_by_region(outcome: Equilibrium) -> pd.DataFrame:
    """Units a period, and shares of what is sold there: a row a region and manufacturer; none where
    the study has no regions."""
    market = outcome.market
    regions = Regions.of(market)
    if regions.names == ("",):
        return pd.DataFrame(columns=["region", "manufacturer", "units", "share"])
    manufacturer = market.columns["manufacturer"]
    frames = [
        pd.DataFrame({"region": name, "manufacturer": manufacturer, "units": units})
        for name, units in zip(regions.names, regions.shares(outcome) * market.size, strict=True)
    ]
    by = ["region", "manufacturer"]
    sold = pd.concat(frames).groupby(by, sort=False, as_index=False)["units"].sum()
    total = sold.groupby("region")["units"].transform("sum")
    return sold.assign(share=(sold["units"] / total).where(total > 0, 0.0))


def region_sales(outcome: Equilibrium) -> dict[str, RegionSales]:
    """What each region buys, by its name."""
    market, regions = outcome.market, Regions.of(outcome.market)
    living = regions.cells @ market.labelled_consumers.columns["weight"].astype(float) * market.size
    of = dict(zip(regions.names, living, strict=True))
    return {
        str(name): RegionSales(
            consumers=of[name],
            units=dict(zip(sold["manufacturer"], sold["units"], strict=True)),
            shares=dict(zip(sold["manufacturer"], sold["share"], strict=True)),
        )
        for name, sold in units_by_region(outcome).groupby("region", sort=False)
    }
