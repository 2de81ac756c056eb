"""What study.toml may say. Numbers are cells: a number, or a reference to a fact or assumption."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from inroads.errors import InputError, Problem
from inroads.results.words import Words
from inroads.study.config.config_base import Cell, Section, refused
from inroads.study.config.moves import MovePart
from inroads.study.config.path_config import PathPart


def _folder_name(value: str) -> str:
    # Results go to out/NAME: a study must not send them elsewhere.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", value):
        raise refused("a name of letters, digits, '-', '_' and '.', starting with the first two")
    return value


class StudyInfo(Section):
    """Who asks what, as of when."""

    name: Annotated[str, AfterValidator(_folder_name)]
    title: str
    question: str
    as_of: date
    period: str
    per: str = "quarter"


class MarketSize(Section):
    """Units sold in a period, and the share of consumers in the market who buy none."""

    sales: Cell
    outside: Cell


class Income(Section):
    """An income group: its mean, its shares (added up), its odds of being short of cash."""

    label: str
    mean: Cell
    shares: tuple[Cell, ...] = Field(min_length=1)
    strained: Cell = 1.0


class SubgroupShare(Section):
    """Ownership of a brand among consumers with at least this income (dollars a year)."""

    income_from: float
    share: Cell


class Owned(Section):
    """Owners of a brand's device today; the one group without a share is the rest."""

    brand: str
    platform: str
    share: Cell | None = None
    among: SubgroupShare | None = None


class Liquidity(Section):
    """Who is short of cash, and what paying later is worth: yearly and monthly discount rates."""

    strained: Cell
    annual_rate: Cell
    strained_monthly_rate: Cell


class ConsumerPart(Section):
    """Consumers: by income, by what they own, by liquidity, by what they know."""

    income: tuple[Income, ...] = ()
    owned: tuple[Owned, ...] = ()
    liquidity: Liquidity | None = None
    awareness: dict[str, Cell] = Field(default_factory=dict)
    income_exponent: Cell = 0.0


class ParameterPart(Section):
    """A taste: searched from `start` between `low` and `high`, or fixed at `value`."""

    label: str = ""
    start: float = 0.0
    low: float = 0.0
    high: float = 10.0
    value: Cell | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ParameterPart:
        ordered = self.low <= self.start <= self.high and self.low < self.high
        if self.value is None and not ordered:
            bounds = f"low {self.low:g}, start {self.start:g}, high {self.high:g}"
            raise refused("low <= start <= high, and low below high", bounds)
        return self


class Hedonic(Section):
    """A line of quality on specifications; `like` lends unseen makers others' standing."""

    formula: str
    like: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Entrant(Section):
    """Who enters, with which devices."""

    manufacturer: str
    flagships: tuple[str, ...] = Field(min_length=1)
    midrange: tuple[str, ...] = ()


class Entry(Section):
    """The grid of scenarios: entrants alone and together, by partners.

    headline: the partners of the answer's first sentence, one of `partners`; awareness: what a deal
    brings; ladder: levels of awareness to try; vary: assumptions to move across their ranges.
    """

    entrants: tuple[Entrant, ...] = Field(min_length=1)
    partners: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = Field(min_length=1)
    headline: tuple[str, ...] = Field(min_length=1)
    awareness: Cell
    ladder: tuple[Cell, ...] = ()
    vary: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _headline_is_played(self) -> Entry:
        if self.headline not in self.partners:
            expected = "a headline that is one of the lists of partners, in the same order"
            raise refused(expected, f"headline = {list(self.headline)}")
        return self


class MakerPart(Section):
    """A maker's part of the retail price, and that of distribution and retail."""

    name: str
    capture: Cell
    distribution: Cell


class CarrierPart(Section):
    """What a subscriber pays a month and how many leave a month, on contract and prepaid."""

    name: str
    revenue: Cell
    churn: Cell
    prepaid_revenue: Cell
    prepaid_churn: Cell


class EquipmentPart(Section):
    """A carrier's revenue from equipment and what it cost: its margin is met."""

    carrier: str
    revenue: Cell
    cost: Cell


class FirmsPart(Section):
    """The firms behind the market: what carriers and makers earn on a phone and besides.

    handling: dollars that selling a phone costs a carrier; fee: part of the price that retailers
    keep in the open channel; margin: of makers without one of their own, on what they are paid.
    """

    handling: Cell
    fee: Cell
    margin: Cell
    maker: tuple[MakerPart, ...] = ()
    carrier: tuple[CarrierPart, ...] = Field(min_length=1)
    equipment: EquipmentPart


class TalksPart(Section):
    """Talks between the entrants of [entry] and these carriers.

    political, own: odds a quarter that politics, or talks themselves, end a deal before launch;
    launch_cost: dollars a carrier; to_launch, on_sale: quarters; abroad: makers whose phones a
    tariff would meet, at the rate `tariff` of customs value; down: the share of the price asked at
    once, months: the longer instalments, that are tried; vary: assumptions to move across their
    ranges, for the terms of the first deal.
    """

    carriers: tuple[str, ...] = Field(min_length=1)
    political: Cell
    own: Cell
    launch_cost: Cell
    to_launch: Cell
    on_sale: Cell
    tariff: Cell
    abroad: tuple[str, ...] = ()
    down: Cell
    months: Cell
    vary: tuple[str, ...] = ()


class ScenarioPart(Section):
    """A named set of moves on the market of the data."""

    name: str
    label: str = ""
    moves: tuple[MovePart, ...] = Field(min_length=1)


class Config(Section):
    """study.toml."""

    study: StudyInfo
    words: Words = Words()
    market: MarketSize
    consumers: ConsumerPart = ConsumerPart()
    parameters: dict[Literal["money", "inertia", "platform", "brand", "credit"], ParameterPart]
    hedonic: Hedonic | None = None
    entry: Entry | None = None
    firms: FirmsPart | None = None
    talks: TalksPart | None = None
    path: PathPart | None = None
    scenario: tuple[ScenarioPart, ...] = ()

    @model_validator(mode="after")
    def _talks_have_parties(self) -> Config:
        if self.talks and not (self.entry and self.firms):
            missing = "[entry]" if not self.entry else "[firms]"
            raise refused(f"{missing} beside [talks]", "none")
        return self

    @model_validator(mode="after")
    def _tastes_make_sense(self) -> Config:
        money, credit = self.parameters.get("money"), self.parameters.get("credit")
        if money is None:
            raise refused("an entry 'money' in [parameters]", ", ".join(self.parameters) or "none")
        if money.value is None and money.low <= 0:
            raise refused("parameters.money.low above 0", f"{money.low:g}")
        if credit and credit.value is None and not 0 <= credit.low < credit.high <= 1:
            bounds = f"low {credit.low:g}, high {credit.high:g}"
            raise refused("parameters.credit, a share, with low and high from 0 to 1", bounds)
        return self


def read_config(path: Path) -> Config:
    """study.toml, checked. Raises InputError with every problem found: TOML is only ever read."""
    if not path.is_file():
        raise InputError.single(
            expected="a study: a folder with study.toml and its tables",
            found=f"no {path.name}",
            where=str(path.parent),
            remedy="check the path, or start one with `inroads new DIR`.",
        )
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError.single(
            expected="TOML",
            found=str(error),
            where=path.name,
            remedy="correct the line named; text is quoted, lists are in [ ].",
        ) from None
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        places = [e["loc"] for e in faults]
        raise InputError(
            Problem(
                ", ".join(filter(None, (path.name, _place(e["loc"])))),
                None,
                None,
                "nothing" if e["type"] == "missing" else _shown(e),
                _plain(e["type"], e["msg"], e.get("ctx", {})) + _moved(e),
                "see the commented study that `inroads new DIR` writes.",
            )
            for e in faults
            # A list is at fault because an entry of it is: the entry is enough.
            if not any(p != e["loc"] and p[: len(e["loc"])] == e["loc"] for p in places)
        ) from None


#: entries of older studies, and where they are now
_MOVED: dict[tuple[str, ...], str] = {
    ("study", "unit"): "unit and units",
    ("entry", "alone"): "direct",
}


def _moved(error: ErrorDetails) -> str:
    place = _MOVED.get(tuple(map(str, error["loc"])))
    is_unknown = error["type"] == "extra_forbidden"
    return f", but {place} of [words]" if place and is_unknown else ""


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path if part != "[key]")


def _shown(error: ErrorDetails) -> str:
    value = error["input"]
    text = value.isoformat() if isinstance(value, date) else repr(value)
    text = error.get("ctx", {}).get("found") or text
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(kind: str, message: str, context: dict[str, Any]) -> str:
    fixed = {
        "extra_forbidden": "no such entry",
        "missing": "an entry of this name",
        "union_tag_not_found": "a move, named by its entry 'move'",
        "union_tag_invalid": f"one of the moves {context.get('expected_tags')}",
        "too_short": "at least one entry",
    }
    if kind.startswith("date"):
        return "a date, year first and without quotes: 2017-12-15"
    return fixed.get(kind, message[0].lower() + message[1:])
