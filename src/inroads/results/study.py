"""What a run was of: the study, what its market has, every number that went in, its lock."""

from __future__ import annotations

from datetime import date
from typing import Literal

from inroads.results.base import IfDefined, Record

PeriodName = Literal["week", "month", "quarter", "year"]
#: how long a period is
MONTHS: dict[PeriodName, float] = {"week": 12 / 52, "month": 1, "quarter": 3, "year": 12}


class StudyInfo(Record):
    """The question of a study, and the date on which it is asked."""

    name: str
    title: str
    question: str
    as_of: date
    """The last day whose facts count."""
    period: str
    """The period of the market of the data, "2017Q3"."""
    per: PeriodName = "quarter"
    """What a period is: units and money are counted per period."""


class Features(Record):
    """What the market of a study has; the page has no word of what it has not."""

    financing: bool
    """Whether some offers are paid over time."""
    compatibility: bool
    """Whether products may not work with what a channel offers."""
    members: bool
    """Whether a consumer who stays with a channel is worth something to it."""
    successors: bool = False
    """Whether products age over the periods to come, and others take their place."""
    fading: bool = False
    """Whether a launch sells less from period to period."""
    dropping: bool = False
    """Whether channels may drop what does not sell."""
    seasons: bool = False
    """Whether periods to come differ in how many buy."""


class LedgerEntry(Record):
    """A number where it went in: a fact with its source, an assumption with its range, or plain."""

    file: str
    """The file that uses it; "" for a fact that only the reason of an assumption names."""
    place: str
    """The place in the file, one of its own for each number: row and column of a table, path in
    study.toml."""
    use: str = ""
    """What it is used for, in words; "" where the place says it."""
    id: str
    """Its row in facts.csv or assumptions.csv; "" for a number written where it is used."""
    kind: Literal["fact", "assumed", "given"]
    value: float
    """As written, in `unit`."""
    unit: str
    low: IfDefined = None
    """The ends of an assumption's range, as written."""
    high: IfDefined = None
    reason: str = ""
    period: str = ""
    published: str = ""
    source: str = ""
    url: str = ""
    quote: str = ""
    named_by: str = ""
    """The assumption whose reason names this fact; "" for a number that was used."""


class Lock(Record):
    """What a run was made of and with: inputs by their hashes, options, and the programs that
    computed. Where all of it is the same, so are the numbers."""

    inputs: dict[str, str]
    """SHA-256 of study.toml and of each table, of what was read; the day it was asked on is
    `study.as_of`."""
    draws: int | None = None
    """How many futures were asked for; None for what study.toml says."""
    periods: int | None = None
    """How far ahead; None for what study.toml says."""
    seed: int = 0
    """Of the draws."""
    code: str
    """SHA-256 of inroads' own source."""
    python: str
    """Its version."""
    packages: dict[str, str]
    """Versions of what computes."""
    blas: str
    """Which library does linear algebra, and its version; "" where that is not known."""
    machine: str
    """System and processor."""
