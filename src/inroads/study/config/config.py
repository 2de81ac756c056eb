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

from inroads.errors import InputError, Problem, refuse
from inroads.results.study import MONTHS, PeriodName
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
    per: PeriodName = "quarter"

    @property
    def months_per_period(self) -> float:
        """How long a period is."""
        return MONTHS[self.per]

    @property
    def frequency(self) -> str:
        """The calendar of its periods, as pandas calls it."""
        return self.per[0].upper()


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
    """Owners of a brand's product today; the one group without a share is the rest."""

    brand: str
    platform: str
    share: Cell | None = None
    among: SubgroupShare | None = None


class Liquidity(Section):
    """Who is short of cash, and what paying later is worth: yearly and monthly discount rates."""

    strained: Cell
    annual_rate: Cell
    strained_monthly_rate: Cell


class SelectivePart(Section):
    """Whether who knows a little-known brand likes such brands more than others would.

    sigma: standard deviation of the taste for brands that not everyone knows, in utility; rho:
    correlation of that taste with knowing them, from 0 to below 1; nodes: points of the taste that
    consumers are split by (a run's time grows with them). See
    `choice.consideration.SelectiveAwareness`.
    """

    sigma: Cell
    rho: Cell
    nodes: int = Field(default=5, ge=2, le=15)


class ConsumerPart(Section):
    """Consumers: by income, by what they own, by liquidity, by what they know."""

    income: tuple[Income, ...] = ()
    owned: tuple[Owned, ...] = ()
    liquidity: Liquidity | None = None
    awareness: dict[str, Cell] = Field(default_factory=dict)
    selective: SelectivePart | None = None
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
    """A line of quality on specifications; `like` lends unseen manufacturers others' standing."""

    formula: str
    like: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Entrant(Section):
    """Who enters, with which products."""

    manufacturer: str
    main_products: tuple[str, ...] = Field(min_length=1)
    further_products: tuple[str, ...] = ()


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


class ManufacturerPart(Section):
    """A manufacturer's margin on what it is paid; or the parts of the retail price that it keeps
    (`capture`) and that distribution and retail keep, from which the margin follows."""

    name: str
    margin: Cell | None = None
    capture: Cell | None = None
    distribution: Cell | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ManufacturerPart:
        parts = [self.capture, self.distribution]
        whole = all(cell is not None for cell in parts)
        if (self.margin is not None and parts != [None, None]) or (
            self.margin is None and not whole
        ):
            raise refused("either margin, or both capture and distribution")
        return self


class ChannelPart(Section):
    """What a member is worth to a channel, in money: as a number; or by what it pays a month and
    the share of members that leaves a month. `cash_` of a member who may not pay over time (the
    same as the others unless given). A channel that is not listed earns nothing on its members."""

    name: str
    member_value: Cell | None = None
    revenue: Cell | None = None
    churn: Cell | None = None
    cash_member_value: Cell | None = None
    cash_revenue: Cell | None = None
    cash_churn: Cell | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ChannelPart:
        for prefix in ("", "cash_"):
            value, revenue, churn = (
                getattr(self, f"{prefix}{key}") for key in ("member_value", "revenue", "churn")
            )
            if (revenue is None) != (churn is None) or None not in (value, revenue):
                raise refused(
                    f"either {prefix}member_value, or both {prefix}revenue and {prefix}churn"
                )
            if not prefix and value is None and revenue is None:
                raise refused("member_value, or revenue and churn")
        return self

    @property
    def has_cash_members(self) -> bool:
        """Whether something is said of members who may not pay over time."""
        return self.cash_member_value is not None or self.cash_revenue is not None


class MarginTargetPart(Section):
    """A channel's revenue from what it sells and what that cost it: the value of members is scaled
    until the channel's margin is met."""

    channel: str
    revenue: Cell
    cost: Cell


class FirmsPart(Section):
    """The firms behind the market.

    retail_cost: what selling a unit costs a channel with members; open_channel_cut: part of the
    price that retailers keep in the open channel; manufacturer_margin: of manufacturers without one
    of their own, as a fraction of what they are paid; margin_target: what the value of members is
    scaled to (as given where left out).
    """

    manufacturer_margin: Cell
    retail_cost: Cell = 0.0
    open_channel_cut: Cell = 0.0
    manufacturer: tuple[ManufacturerPart, ...] = ()
    channel: tuple[ChannelPart, ...] = ()
    margin_target: MarginTargetPart | None = None

    @model_validator(mode="after")
    def _target_has_members(self) -> FirmsPart:
        if self.margin_target and not self.channel:
            raise refused("[[firms.channel]] beside margin_target", "none")
        return self


class NegotiationsPart(Section):
    """Negotiations between the entrants of [entry] and these channels.

    breakdown_hazard, political_hazard: odds a period that negotiations themselves, or politics, end
    a deal before launch (no politics where the latter is left out); launch_cost: money a channel;
    periods_to_launch, periods_on_sale; imported: manufacturers that a tariff would meet, at the
    rate `tariff` of customs value; down_payment: the share of the price asked at once, months: the
    longer financing, that are tried; vary: assumptions to move across their ranges, for the terms
    of the first deal.
    """

    channels: tuple[str, ...] = Field(min_length=1)
    breakdown_hazard: Cell = 0.0
    political_hazard: Cell | None = None
    launch_cost: Cell = 0.0
    periods_to_launch: Cell = 0.0
    periods_on_sale: Cell
    tariff: Cell | None = None
    imported: tuple[str, ...] = ()
    down_payment: Cell | None = None
    months: Cell | None = None
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
    negotiations: NegotiationsPart | None = None
    path: PathPart | None = None
    scenario: tuple[ScenarioPart, ...] = ()

    @model_validator(mode="after")
    def _parts_have_what_they_need(self) -> Config:
        needs = (
            ("negotiations", self.negotiations, (("entry", self.entry), ("firms", self.firms))),
            ("path", self.path, (("negotiations", self.negotiations),)),
        )
        for name, part, others in needs:
            for other, present in others:
                if part and not present:
                    raise refused(f"[{other}] beside [{name}]", "none")
        if self.path and self.path.rank and self.study.per != "quarter":
            raise refused("[path.rank] where periods are quarters", f"per = {self.study.per}")
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
                expected=_plain(e["type"], e["msg"], e.get("ctx", {})) + _moved(e),
                remedy="see the commented study that `inroads new DIR` writes.",
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
