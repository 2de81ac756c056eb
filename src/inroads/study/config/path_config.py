"""[path] of study.toml: what happens from period to period, and what it is worth."""

from __future__ import annotations

from pydantic import Field, model_validator

from inroads.study.config.config_base import Cell, Section, refused


class KnownPart(Section):
    """How brands become known: rates a period, see `dynamics.awareness_dynamics`."""

    word: Cell = 0.0
    shelf: Cell = 0.0
    use: Cell = 0.0
    fade: Cell = 0.0


class ListingPart(Section):
    """A manufacturer's listing: the valuations spoken of, and the years of profit paid."""

    manufacturer: str
    low: Cell
    high: Cell
    multiple: Cell


class RankPart(Section):
    """The world table: whether `leader` passes each rival, as `counted_by` counts shipments."""

    leader: str
    rivals: tuple[str, ...] = Field(min_length=1)
    counted_by: str
    until: str = Field(pattern=r"^[0-9]{4}Q[1-4]$")


class PathPart(Section):
    """The path of the entrants of [entry] and [negotiations].

    periods: how many; months_between_purchases: of a consumer; price_decline: part of its price
    that a product loses a month; model_life: periods until its successor comes, with a campaign and
    launch costs of its own, 0 for never; awareness: how brands become known; discount_rate: a year;
    renegotiate: periods in which entrants' terms are bargained over again; decide: periods after
    which an entrant with one channel stops, goes on or widens; listing: what a manufacturer's gain
    is held against; stop_hazard: odds a period that politics ends sales at channels after the
    launch; draws: how many futures a run draws unless told otherwise; rank: the world table that
    entry may change, where periods are quarters.
    """

    periods: int = Field(default=12, ge=2, le=80)
    months_between_purchases: Cell
    price_decline: Cell = 0.0
    model_life: Cell = 0.0
    awareness: KnownPart = KnownPart()
    discount_rate: Cell
    renegotiate: tuple[int, ...] = ()
    decide: int = Field(default=4, ge=1)
    listing: ListingPart | None = None
    stop_hazard: Cell = 0.0
    draws: int = Field(default=16, ge=0)
    rank: RankPart | None = None

    @model_validator(mode="after")
    def _within_the_path(self) -> PathPart:
        if not self.decide < self.periods:
            raise refused("a decision before the last period", f"decide = {self.decide}")
        late = [q for q in self.renegotiate if not 0 <= q < self.periods]
        if late:
            raise refused(f"periods from 0 to {self.periods - 1}", f"renegotiate in {late[0]}")
        return self
