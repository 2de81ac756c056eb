"""What study.toml may say. Numbers are cells: a number, or a reference to a fact or assumption."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inroads.errors import InputError, Problem

Cell = float | str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class About(_Part):
    """Who asks what, as of when."""

    name: str
    title: str
    question: str
    as_of: date
    period: str
    unit: str = "units"
    per: str = "quarter"


class Size(_Part):
    """Units sold in a period, and the share of consumers in the market who buy none."""

    sales: Cell
    outside: Cell


class Income(_Part):
    """An income group: its mean, its shares (added up), its odds of being short of cash."""

    label: str
    mean: Cell
    shares: tuple[Cell, ...] = Field(min_length=1)
    strained: Cell = 1.0


class Among(_Part):
    """Ownership of a brand among consumers with at least this income (dollars a year)."""

    income_from: float
    share: Cell


class Owned(_Part):
    """Owners of a brand's device today; the one group without a share is the rest."""

    brand: str
    platform: str
    share: Cell | None = None
    among: Among | None = None


class Liquidity(_Part):
    """Who is short of cash, and what paying later is worth: yearly and monthly discount rates."""

    strained: Cell
    annual_rate: Cell
    strained_monthly_rate: Cell


class ConsumerPart(_Part):
    """Consumers: by income, by what they own, by liquidity, by what they know."""

    income: tuple[Income, ...] = ()
    owned: tuple[Owned, ...] = ()
    liquidity: Liquidity | None = None
    awareness: dict[str, Cell] = {}
    income_exponent: Cell = 0.0


class ParameterPart(_Part):
    """A taste: searched from `start` between `low` and `high`, or fixed at `value`."""

    label: str = ""
    start: float = 0.0
    low: float = 0.0
    high: float = 10.0
    value: Cell | None = None


class Hedonic(_Part):
    """A line of quality on specifications; `like` lends unseen makers others' standing."""

    formula: str
    like: dict[str, tuple[str, ...]] = {}


class Entrant(_Part):
    """Who enters, with which devices."""

    manufacturer: str
    flagships: tuple[str, ...] = Field(min_length=1)
    midrange: tuple[str, ...] = ()


class Entry(_Part):
    """The grid of scenarios: entrants alone and together, by partners.

    headline: the partners of the answer's first sentence, one of `partners`; awareness: what a deal
    brings; alone: words for no partner; ladder: levels of awareness to try; vary: assumptions to
    move across their ranges.
    """

    entrants: tuple[Entrant, ...] = Field(min_length=1)
    partners: tuple[tuple[str, ...], ...] = Field(min_length=1)
    headline: tuple[str, ...] = Field(min_length=1)
    awareness: Cell
    alone: str = "in the open channel only"
    ladder: tuple[Cell, ...] = ()
    vary: tuple[str, ...] = ()


class LaunchPart(_Part):
    move: Literal["launch"]
    device: str
    channel: str | None = None
    price: Cell | None = None


class WithdrawPart(_Part):
    move: Literal["withdraw"]
    device: str
    channel: str | None = None


class DealPart(_Part):
    move: Literal["deal"]
    manufacturer: str
    channel: str
    devices: tuple[str, ...] | None = None
    price: Cell | None = None


class NoDealPart(_Part):
    move: Literal["no deal"]
    manufacturer: str
    channel: str


class BanPart(_Part):
    move: Literal["ban"]
    manufacturer: str
    channel: str | None = None


class CampaignPart(_Part):
    move: Literal["campaign"]
    brand: str
    awareness: Cell
    carriers: tuple[str, ...] | None = None


class FinancingPart(_Part):
    move: Literal["financing"]
    months: int
    down: Cell | None = None
    manufacturer: str | None = None
    device: str | None = None
    channel: str | None = None


class PricePart(_Part):
    move: Literal["price"]
    device: str
    price: Cell | None = None
    by: float | None = None
    channel: str | None = None


MovePart = Annotated[
    LaunchPart
    | WithdrawPart
    | DealPart
    | NoDealPart
    | BanPart
    | CampaignPart
    | FinancingPart
    | PricePart,
    Field(discriminator="move"),
]


class ScenarioPart(_Part):
    """A named set of moves on the market of the data."""

    name: str
    label: str = ""
    moves: tuple[MovePart, ...] = Field(min_length=1)


class Config(_Part):
    """study.toml."""

    study: About
    market: Size
    consumers: ConsumerPart = ConsumerPart()
    parameters: dict[Literal["money", "inertia", "platform", "brand", "credit"], ParameterPart]
    hedonic: Hedonic | None = None
    entry: Entry | None = None
    scenario: tuple[ScenarioPart, ...] = ()


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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError.single(
            expected="TOML",
            found=str(error),
            where=path.name,
            remedy="correct the line named; text is quoted, lists are in [ ].",
        ) from None
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise InputError(
            Problem(
                path.name,
                None,
                ".".join(str(part) for part in e["loc"]) or None,
                "nothing" if e["type"] == "missing" else _shown(e["input"]),
                _plain(e["msg"]),
                "see the commented study that `inroads new DIR` writes.",
            )
            for e in error.errors(include_url=False)
        ) from None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(message: str) -> str:
    fixed = {
        "Extra inputs are not permitted": "no such entry",
        "Field required": "an entry of this name",
    }
    return fixed.get(message, message[0].lower() + message[1:])
