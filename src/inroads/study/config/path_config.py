"""[path] of study.toml: what happens from period to period, and what it is worth."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from inroads.study.config.config_base import (
    Cell,
    Dollars,
    Months,
    Odds,
    Periods,
    PerMonth,
    PerPeriod,
    PerYear,
    Section,
    Share,
    Unit,
    refused,
)
from inroads.study.config.moves import MovePart


class KnownPart(Section):
    """How brands become known. In a period the part `a` of a channel's members that knows a brand
    changes by (1 - a) max(background + word a + shelf s + use u, 0) - fade a. The background is
    what keeps the data's awareness where it is. Without any rate, awareness stays as it is."""

    word: PerPeriod = 0.0
    """By word of mouth, from those who know it."""
    shelf: PerPeriod = 0.0
    """By seeing it: s is the part of members' purchases made at channels that sell it."""
    use: PerPeriod = 0.0
    """By seeing it used: u is the part of members who bought it last."""
    fade: PerPeriod = 0.0
    """By forgetting."""


class LaunchPart(Section):
    """How a launch goes on, of products that come to the market on the path: they may begin below
    what follows, fade until a successor comes, and be dropped by channels with members where they
    do not sell. Left out, none of it happens."""

    ramp: Annotated[Cell, Unit("odds")] = 1.0
    """Odds of being chosen in the period of the launch, relative to those that its quality says."""
    fade: PerPeriod = 0.0
    """The part of its odds that a product loses with each period on sale."""
    drop_below: Share = 0.0
    """The part of a channel's sales below which the channel may drop a product."""
    drop_hazard: Odds = 0.0
    """That it does, in a period in which the product sells less."""


class ListingPart(Section):
    """A manufacturer's listing at the stock exchange, against which its gain is held."""

    manufacturer: str
    """An entrant."""
    low: Dollars
    """The lowest valuation spoken of."""
    high: Dollars
    """The highest."""
    multiple: Annotated[Cell, Unit("years")]
    """The years of profit that a valuation pays."""


class RankPart(Section):
    """The world table: whether `leader` passes each rival. Needs shipments.csv, and periods of a
    quarter."""

    leader: str
    """A manufacturer of shipments.csv."""
    rivals: tuple[str, ...] = Field(min_length=1)
    """Others that it may pass."""
    counted_by: str
    """Whose count is used, as in shipments.csv."""
    total: str | None = None
    """Who stands for all manufacturers together in shipments.csv: shares of it are forecast, and
    add up. Where left out each manufacturer is forecast by itself."""
    damping: PerPeriod = 1.0
    """What is left after a quarter of the growth that a forecast goes on with; 1 for all of it."""
    until: str = Field(pattern=r"^[0-9]{4}Q[1-4]$")
    """The last quarter looked at, 2025Q4."""


class PathPart(Section):
    """The path of the entrants of [entry] and [negotiations], from period to period."""

    periods: Annotated[int, Unit("periods")] = Field(default=12, ge=2, le=80)
    """How many."""
    months_between_purchases: Months | None = None
    """Of one consumer; this or `owners`. Goods bought every period or more often: everyone is in
    the market once a period, and `market.outside` says who buys none."""
    owners: Annotated[Cell, Unit("consumers")] | None = None
    """Consumers who own one. How often they buy follows from units sold, which include those that
    are bought as gifts, as second ones and to fill shelves."""
    price_decline: PerMonth = 0.0
    """The part of its price that a product loses as it ages."""
    model_life: Periods = 0.0
    """Until a product's successor comes, with a campaign and launch costs of its own; 0 for
    never."""
    awareness: KnownPart = KnownPart()
    """How brands become known."""
    launch: LaunchPart | None = None
    """How a launch goes on."""
    season: tuple[Annotated[Cell, Unit("units")], ...] = ()
    """Units of all in each period of a year, from January on; only proportions matter. The path's
    first period is the one after the study's date in which deals are launched."""
    discount_rate: PerYear
    """Of firms, for present values."""
    renegotiate: tuple[int, ...] = ()
    """Periods, counted from 0, in which entrants' terms are bargained over again."""
    decide: Annotated[int, Unit("periods")] = Field(default=4, ge=1)
    """After which an entrant with one channel stops, goes on or widens."""
    listing: ListingPart | None = None
    """A listing that a manufacturer's gain is held against."""
    stop_hazard: Odds = 0.0
    """That politics ends sales at channels after the launch."""
    draws: int = Field(default=16, ge=0)
    """How many futures a run draws, unless told otherwise."""
    rank: RankPart | None = None
    """The world table that entry may change."""
    moves: tuple[MovePart, ...] = ()
    """What else has happened by the launch, with deals and without: rivals' products that are not
    on sale in the data."""

    @model_validator(mode="after")
    def _within_the_path(self) -> PathPart:
        if (self.months_between_purchases is None) == (self.owners is None):
            raise refused("either months_between_purchases or owners, in [path]")
        if not self.decide < self.periods:
            raise refused("a decision before the last period", f"decide = {self.decide}")
        late = [q for q in self.renegotiate if not 0 <= q < self.periods]
        if late:
            raise refused(f"periods from 0 to {self.periods - 1}", f"renegotiate in {late[0]}")
        return self
