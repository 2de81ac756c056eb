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
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from inroads.errors import InputError, Problem, refuse
from inroads.results.study import MONTHS, PeriodName
from inroads.results.words import Words
from inroads.study.config.config_base import Cell, Section, Share, Unit, refused
from inroads.study.config.consumers import ConsumerPart
from inroads.study.config.demand import DemandPart
from inroads.study.config.entry import Entry
from inroads.study.config.firms import FirmsPart
from inroads.study.config.moves import MovePart
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.config.path_config import PathPart
from inroads.study.config.plan import PlanPart, check_plans


def _folder_name(value: str) -> str:
    # Results go to out/NAME: a study must not send them elsewhere.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", value):
        raise refused("a name of letters, digits, '-', '_' and '.', starting with the first two")
    return value


class StudyInfo(Section):
    """The question, and as of when it is asked."""

    name: Annotated[str, AfterValidator(_folder_name)]
    """Results go to out/NAME. Letters, digits, '-', '_', '.' and blanks, a letter or digit
    first."""
    title: str
    """The heading of the page."""
    question: str
    """What the study is asked, in a sentence or two."""
    as_of: date
    """A date without quotes. Facts and events published later are not known."""
    period: str
    """The period of the data: 2024, 2024Q1, 2024-06, 2024-06-08."""
    per: PeriodName = "quarter"
    """How long a period is."""

    @property
    def months_per_period(self) -> float:
        """How long a period is."""
        return MONTHS[self.per]

    @property
    def frequency(self) -> str:
        """The calendar of its periods, as pandas calls it."""
        return self.per[0].upper()


class RegionPart(Section):
    """A local market: a city, a region."""

    name: str = Field(min_length=1)
    """As `region` of margins.csv, and `regions`, name it."""
    consumers: Share
    """The part of consumers in the market who live there, any scale: only proportions between
    regions matter."""


class MarketSize(Section):
    """How large the market is."""

    sales: Annotated[Cell, Unit("units a period")]
    """Units sold in the period of the data."""
    outside: Share
    """The part of consumers in the market, those who look for one in the period, who buy none;
    above 0 and below 1. How many are in the market follows: sales / (1 - outside)."""
    region: tuple[RegionPart, ...] = ()
    """Local markets, each a table [[market.region]], which share tastes. What is bought differs as
    `region` of margins.csv asks, and `regions` says which income groups, channels and offers are
    in which."""

    @field_validator("region")
    @classmethod
    def _each_region_once(cls, regions: tuple[RegionPart, ...]) -> tuple[RegionPart, ...]:
        names = [region.name for region in regions]
        doubled = [name for name in names if names.count(name) > 1]
        if doubled:
            raise refused("each region once", f"{doubled[0]} twice")
        return regions


class ParameterPart(Section):
    """A taste: searched between `low` and `high` so that targets.csv is met, or fixed at
    `value`."""

    label: str = ""
    """What the page calls it: a name, a colon, what it is."""
    start: float = 0.0
    """Where the search begins."""
    low: float = 0.0
    """The lowest value looked at; of `money` above 0, 0.01 unless given."""
    high: float = 10.0
    """The highest; of `credit` at most 1, and 1 unless given."""
    value: Cell | None = None
    """Instead of a search: the taste itself."""

    @model_validator(mode="after")
    def _in_order(self) -> ParameterPart:
        ordered = self.low <= self.start <= self.high and self.low < self.high
        if self.value is None and not ordered:
            bounds = f"low {self.low:g}, start {self.start:g}, high {self.high:g}"
            raise refused("low <= start <= high, and low below high", bounds)
        return self


class Hedonic(Section):
    """The quality of products never sold, from a line through those that are sold."""

    formula: str
    """Columns of products.csv after `price`, and `age` (years since launch), as R writes them:
    "log(size) + age"."""
    like: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """For a manufacturer with nothing on sale, those whose standing it is taken to have."""


class ScenarioPart(Section):
    """A named set of moves on the market of the data."""

    name: str
    """Lower-case words joined by hyphens, as other scenarios are named."""
    label: str = ""
    """What the page calls it; its name unless given."""
    moves: tuple[MovePart, ...] = Field(min_length=1)
    """What is done, in this order."""


class TogetherPart(Section):
    """Assumptions that are high together or low together: one does not vary without the others."""

    assumptions: tuple[str, ...] = Field(min_length=2)
    """Their ids; none in two groups."""
    correlation: float = Field(ge=0, le=1)
    """Of any two of them, 0 to 1; of their ranks, by a Gaussian copula."""


class Config(Section):
    """study.toml."""

    study: StudyInfo
    words: Words = Words()
    market: MarketSize
    consumers: ConsumerPart = ConsumerPart()
    demand: DemandPart | None = None
    parameters: dict[Literal["money", "inertia", "platform", "brand", "credit"], ParameterPart] = (
        Field(default_factory=dict)
    )
    """What buyers want, in units of utility: `money` (of $100 at $60,000 a year; always there,
    unless [demand] says it; the own-price elasticity of a product at price p is about
    -money p / 100),
    `inertia` (one's own channel), `platform` and `brand` (as owned now), `credit` (the part of
    those short of cash that may pay over time). A taste left out is 0."""
    hedonic: Hedonic | None = None
    entry: Entry | None = None
    firms: FirmsPart | None = None
    negotiations: NegotiationsPart | None = None
    path: PathPart | None = None
    plan: tuple[PlanPart, ...] = ()
    together: tuple[TogetherPart, ...] = ()
    scenario: tuple[ScenarioPart, ...] = ()

    @property
    def searches(self) -> bool:
        """Whether a taste is to be found."""
        return any(part.value is None for part in self.parameters.values())

    @model_validator(mode="after")
    def _parts_have_what_they_need(self) -> Config:
        needs = (
            ("negotiations", self.negotiations, (("entry", self.entry), ("firms", self.firms))),
            ("path", self.path, (("negotiations", self.negotiations),)),
            ("[plan]", self.plan, (("path", self.path),)),
        )
        for name, part, others in needs:
            for other, present in others:
                if part and not present:
                    raise refused(f"[{other}] beside [{name}]", "none")
        if self.path and self.path.rank and self.study.per != "quarter":
            raise refused("[path.rank] where periods are quarters", f"per = {self.study.per}")
        if self.plan and self.entry and self.negotiations and self.path:
            makers = [entrant.manufacturer for entrant in self.entry.entrants]
            check_plans(self.plan, makers, self.negotiations.channels, self.path.periods)
        return self

    @model_validator(mode="after")
    def _tastes_said_once(self) -> Config:
        """What an estimate gives is said nowhere else."""
        if self.demand is None:
            return self
        doubled = (
            ("[parameters] without 'money'", "money", "money" in self.parameters),
            ("no income_exponent", "one", self.consumers.income_exponent != 0.0),
            (
                "no [[consumers.income]], as [demand] names a market",
                "income groups",
                bool(self.consumers.income) and self.demand.market is not None,
            ),
        )
        for expected, actual, is_doubled in doubled:
            if is_doubled:
                raise refused(f"{expected}: the estimate of [demand] says it", actual)
        return self

    @field_validator("together")
    @classmethod
    def _each_in_one_group(cls, groups: tuple[TogetherPart, ...]) -> tuple[TogetherPart, ...]:
        ids = [id for group in groups for id in group.assumptions]
        doubled = [id for id in ids if ids.count(id) > 1]
        if doubled:
            raise refused("each assumption once in [[together]]", f"{doubled[0]} twice")
        return groups

    @field_validator("parameters", mode="before")
    @classmethod
    def _with_bounds_of_their_own(cls, parts: object) -> object:
        """What is left out of `money` and `credit` is what they may be."""
        if not isinstance(parts, dict):
            return parts
        own: dict[str, dict[str, float]] = {"money": {"low": 0.01}, "credit": {"high": 1.0}}
        return {
            name: {**own.get(name, {}), **part} if isinstance(part, dict) else part
            for name, part in parts.items()
        }

    @model_validator(mode="after")
    def _tastes_make_sense(self) -> Config:
        money, credit = self.parameters.get("money"), self.parameters.get("credit")
        if money is None and self.demand is None:
            raise refused("an entry 'money' in [parameters]", ", ".join(self.parameters) or "none")
        if money and money.value is None and money.low <= 0:
            raise refused("parameters.money.low above 0", f"{money.low:g}")
        if credit and credit.value is None and not 0 <= credit.low < credit.high <= 1:
            bounds = f"low {credit.low:g}, high {credit.high:g}"
            raise refused("parameters.credit, a share, with low and high from 0 to 1", bounds)
        return self


def read_config(path: Path) -> Config:
    """study.toml, checked. Raises InputError with every problem found: TOML is only ever read."""
    if not path.is_file():
        raise refuse(
            expected="a study: a folder with study.toml and its tables",
            found=f"no {path.name}",
            where=str(path.parent),
            remedy="check the path, or start one with `inroads new DIR`.",
        )
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise refuse(
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
                file=", ".join(filter(None, (path.name, _place(e["loc"])))),
                row=None,
                column=None,
                value="nothing" if e["type"] == "missing" else _shown(e),
                expected=_plain(e["type"], e["msg"], e.get("ctx", {})),
                remedy="see docs/study.md, or the study that `inroads new DIR --full` writes.",
            )
            for e in faults
            # A list is at fault because an entry of it is: the entry is enough.
            if not any(p != e["loc"] and p[: len(e["loc"])] == e["loc"] for p in places)
        ) from None


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
