"""[path] of study.toml: what happens from quarter to quarter, and what it is worth."""

from __future__ import annotations

from pydantic import Field, model_validator

from inroads.study.config.config_base import Cell, Section, refused


class KnownPart(Section):
    """How brands become known: rates a quarter, see `dynamics.awareness_dynamics`."""

    word: Cell = 0.0
    shelf: Cell = 0.0
    use: Cell = 0.0
    fade: Cell = 0.0


class ListingPart(Section):
    """A maker's listing: the valuations spoken of, in dollars, and the years of profit paid."""

    maker: str
    low: Cell
    high: Cell
    multiple: Cell


class RankPart(Section):
    """The world table: whether `leader` passes each rival, as `firm` counts shipments."""

    leader: str
    rivals: tuple[str, ...] = Field(min_length=1)
    firm: str
    until: str = Field(pattern=r"^[0-9]{4}Q[1-4]$")


class PathPart(Section):
    """The path of the entrants of [entry] and [talks].

    quarters: how many; months: between two phones of a consumer; decline: part of its price that a
    phone loses a month; life: quarters until its successor comes, with a campaign and launch costs
    of its own; awareness: how brands become known; rate: a year; renegotiate: quarters in which
    entrants' terms are talked over again; decide: quarters after which an entrant with one carrier
    stops, goes on or widens; listing: what a maker's gain is held against; stopped: odds a quarter
    that politics ends sales at carriers after the launch; draws: how many futures a run draws
    unless told otherwise; rank: the world table that entry may change.
    """

    quarters: int = Field(default=12, ge=2, le=80)
    months: Cell
    decline: Cell = 0.0
    life: Cell = 0.0
    awareness: KnownPart = KnownPart()
    rate: Cell
    renegotiate: tuple[int, ...] = ()
    decide: int = Field(default=4, ge=1)
    listing: ListingPart | None = None
    stopped: Cell = 0.0
    draws: int = Field(default=16, ge=0)
    rank: RankPart | None = None

    @model_validator(mode="after")
    def _within_the_path(self) -> PathPart:
        if not self.decide < self.quarters:
            raise refused("a decision before the last quarter", f"decide = {self.decide}")
        late = [q for q in self.renegotiate if not 0 <= q < self.quarters]
        if late:
            raise refused(f"quarters from 0 to {self.quarters - 1}", f"renegotiate in {late[0]}")
        return self
