"""A number and where it comes from: a row of facts.csv, of assumptions.csv, or its author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from inroads.tables.cells import in_unit
from inroads.tables.dates import known_on, period_end


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number and its origin.

    Only an assumption has bounds and a reason; a number given by the study's author has neither id
    nor source.

    Parameters
    ----------
    value : float
        As used: percents as fractions, millions written out.
    raw : float
        As written, in `unit`.
    unit : str
        Of `raw`.
    kind : {"fact", "assumed", "given"}
        Where it comes from: facts.csv, assumptions.csv, or the study's author.
    id : str
        Of its row.
    low, high : float, optional
        Bounds of an assumption, as used.
    reason : str
        Of an assumption.
    source, url, published, quote, period : str
        Of a fact: who says so, where, when, in which words, and for which time.
    """

    value: float
    raw: float
    unit: str
    kind: Literal["fact", "assumed", "given"]
    id: str = ""
    low: float | None = None
    high: float | None = None
    reason: str = ""
    source: str = ""
    url: str = ""
    published: str = ""
    quote: str = ""
    period: str = ""


def latest_of(rows: pd.DataFrame) -> dict[str, Quantity]:
    """For each id, its row of the latest period, of these the latest published."""
    chosen: dict[str, tuple[tuple[date, date], Quantity]] = {}
    for row in rows.to_dict("records"):
        age = (period_end(row["period"]), known_on(row["published"]))
        if row["id"] not in chosen or age > chosen[row["id"]][0]:
            chosen[row["id"]] = (age, _fact(row))
    return {id: quantity for id, (_, quantity) in chosen.items()}


def _fact(row: Mapping[Any, str]) -> Quantity:
    raw, unit = float(row["value"]), row["unit"]
    return Quantity(
        value=in_unit(raw, unit),
        raw=raw,
        unit=unit,
        kind="fact",
        id=row["id"],
        source=row["source"],
        url=row["url"],
        published=row["published"],
        quote=row["quote"],
        period=row["period"],
    )


def assumed(row: Mapping[Any, str]) -> Quantity:
    """The number of a row of assumptions.csv."""
    raw, unit = float(row["value"]), row["unit"]
    low, high = (in_unit(float(row[name]), unit) for name in ("low", "high"))
    return Quantity(
        value=in_unit(raw, unit),
        raw=raw,
        unit=unit,
        kind="assumed",
        id=row["id"],
        low=low,
        high=high,
        reason=row["reason"],
    )
