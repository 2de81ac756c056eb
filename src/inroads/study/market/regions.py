"""Local markets of one study: consumers of regions, who like products each in their own way.

An offer has one price everywhere. What it is worth besides differs by region, a characteristic of
product, channel and offer, for which consumers there have a taste of one: -inf where it is not to
be had. To meet sums of shares by region offers stand once for each region that they are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.calibration.consideration_types import ConsiderationTypes
from inroads.calibration.moments import Moment, OwnElasticity, Ratio
from inroads.choice.base import Array, Mask
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.market.consumers import TASTE_FOR
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.results.market import RegionSales

_OF_REGION = "in "


def column_of(region: str) -> str:
    """The column that says what more a product, a channel or an offer is worth there."""
    return f"{_OF_REGION}{region}"


@dataclass(frozen=True)
class Place:
    """A region as consumers live in it: their part of all, and members of channels there, any
    scale."""

    part: float
    homes: Mapping[str, float]


def tastes_of(region: str, regions: Iterable[str]) -> dict[str, float]:
    """Tastes of who lives in one region for what is worth more in each; none where the study has no
    regions."""
    return {f"{TASTE_FOR}{column_of(name)}": float(name == region) for name in regions if name}


def out_of_reach(named: Iterable[Sequence[str]], regions: Iterable[str]) -> dict[str, Array]:
    """Columns of channels or offers, -inf in regions other than those that they name; blank: 0."""
    every = list(named)
    return {
        column_of(region): np.array([-np.inf if at and region not in at else 0.0 for at in every])
        for region in regions
    }


@dataclass(frozen=True)
class Regions:
    """Who lives where: names (R,), one without a name where the study has no regions; which cells
    are of each (R, C), which offers within reach there (R, J).

    Moments and margins are of N rows, the offers within reach of one region after the other.
    """

    names: tuple[str, ...]
    cells: Mask
    reach: Mask

    @classmethod
    def of(cls, market: Market) -> Regions:
        """The regions of a market's consumers."""
        consumers = market.labelled_consumers
        own = {n: t for n, t in consumers.tastes.items() if n.startswith(_OF_REGION)}
        if not own:
            everyone, every = (np.ones((1, len(x)), bool) for x in (consumers.cells, market.offers))
            return cls(("",), everyone, every)
        names = tuple(name.removeprefix(_OF_REGION) for name in own)
        worth = np.stack([market.columns[name].astype(float) for name in own])
        return cls(names, np.stack(list(own.values())) > 0, worth > -np.inf)

    def rows(self, offers: Array) -> Array:
        """Arrays (..., J, C), the same in every region, as (..., N, C)."""
        return np.concatenate([offers[..., reached, :] for reached in self.reach], axis=-2)

    def base(self, offers: Array) -> Array:
        """Utility (J, C) as (N, C), -inf for who does not live there."""
        pairs = zip(self.cells, self.reach, strict=True)
        return np.concatenate(
            [np.where(cells, offers[reached], -np.inf) for cells, reached in pairs]
        )

    def offers(self, values: np.ndarray) -> np.ndarray:
        """What offers have (J,) in every region, as (N,)."""
        return np.concatenate([values[reached] for reached in self.reach])

    def types(self, types: ConsiderationTypes) -> ConsiderationTypes:
        """What consumers within cells know, of N offers."""
        return replace(types, group=self.offers(types.group))

    def moment(self, moment: Moment) -> Moment:
        """A moment of (J, C) purchases as one of (N, C)."""
        if isinstance(moment, Ratio):
            return Ratio(self.rows(moment.numerator), self.rows(moment.denominator))
        if isinstance(moment, OwnElasticity):
            offers = self.offers(moment.offers)
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
