"""One cell: its text, and the number or the reference that it holds."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real

from pandas import NA, NaT

KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: How programs write that there is no value. In a column of text each may be a word like any other.
MISSING = frozenset(
    {".", "..", "-", "--", "?", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN"}
    | {"-nan", "-NaN", "NULL", "null", "Null", "None", "NaT"}
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SCALES = {"million": 1e6, "billion": 1e9}
_WITH_TAX = re.compile(r"\bwith ([0-9]+(?:\.[0-9]+)?) ?(?:percent|%) tax$")


def cell_text(value: object) -> str:
    """The cell as it would stand in a CSV file: blank for a missing value, 699 for 699.0."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value is NaT or value is NA:
        return ""
    if isinstance(value, (bool, Integral)):
        return str(value)
    if isinstance(value, datetime):
        # A date column of a data frame is a column of midnights.
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Real, Decimal)):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value).strip()


def parse_number(text: str) -> float | None:
    """The finite number that the text is, in ASCII digits; None for anything else."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def parse_reference(text: str) -> tuple[str, ...] | None:
    """The ids of a reference, `@id` or `@id|@other`, in order; None when the text is none."""
    parts = [part.strip() for part in text.split("|")]
    if all(part.startswith("@") and KEBAB.fullmatch(part[1:]) for part in parts):
        return tuple(part[1:] for part in parts)
    return None


def parse_list(text: str) -> tuple[str, ...]:
    """The entries of a list separated by semicolons; empty for a blank cell."""
    return tuple(part.strip() for part in text.split(";")) if text.strip() else ()


def in_unit(raw: float, unit: str) -> float:
    """`raw` as it is used: percents as fractions, millions and billions written out, prices
    without the tax that they hold ("EUR with 19 percent tax")."""
    word = unit.strip().lower()
    if tax := _WITH_TAX.search(word):
        raw /= 1 + float(tax[1]) / 100
    # 7 / 100 is the nearest double to 0.07; 7 * 0.01 is not.
    if word.startswith("percent"):
        return raw / 100
    return raw * next((by for prefix, by in _SCALES.items() if word.startswith(prefix)), 1.0)
