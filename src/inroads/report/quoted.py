"""Numbers quoted in a text, each with where in a run it comes from, so that they can be renewed.

A quotation is `<!--=FORM PATH ...-->what is read<!--/-->`: invisible marks around what is read. A
path goes down results.json by keys, separated by "/"; on a list, KEY=VALUE keeps the rows that have
it, until one is left, and a number counts from 0; "+" stands for a space. Forms are the keys of
`FORMS`; some need two paths.
    python -m inroads.report.quoted out/us-2018/results.json docs/us-2018.md
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inroads.errors import InputError
from inroads.report.reading import Data
from inroads.report.words import (
    about,
    apiece,
    dollars,
    joined,
    number,
    percent,
    times,
    with_unit,
)

MARK = re.compile(r"<!--=(\S+) (.*?)-->(.*?)<!--/-->", re.DOTALL)

#: what a number or row is said as
FORMS: dict[str, Callable[..., str]] = {
    "units": about,
    "times": times,
    "dollars": dollars,
    "cost": lambda x: dollars(-x),
    "apiece": apiece,
    "percent": percent,
    "number": lambda x: number(x, 2),
    "count": lambda rows: str(len(rows)),
    "given": lambda row: with_unit(row["value"], row["unit"] or ""),
    "range": lambda row: f"{row['low']:,.10g} to {with_unit(row['high'], row['unit'] or '')}",
    "ends": lambda low, high: f"{100 * low:g} and {100 * high:g} percent",
    "lost": lambda x: about(-x),
    "share": lambda part, whole: percent(part / whole),
    "ratio": lambda a, b: number(a / b, 2),
    "less": lambda before, after: percent(1 - after / before),
    "names": joined,
}


def renewed(text: str, data: Data) -> str:
    """The text with every quotation as the run has it. Raises InputError for one it cannot find."""

    def said(found: re.Match[str]) -> str:
        form, paths, _ = found.groups()
        values = [at(data, path) for path in paths.split()]
        if form not in FORMS:
            raise _lost(found[0], f"a form, one of {', '.join(FORMS)}")
        try:
            words = FORMS[form](*values)
        except (TypeError, ZeroDivisionError, KeyError):
            raise _lost(found[0], f"what can be said as {form}") from None
        return f"<!--={form} {paths}-->{words}<!--/-->"

    return MARK.sub(said, text)


def at(data: Data, path: str) -> Any:
    """What stands in the results under a path."""
    found: Any = data
    for step in path.replace("+", " ").split("/"):
        key, is_filter, value = step.partition("=")
        if isinstance(found, list):
            if is_filter:
                found = [row for row in found if str(row.get(key)) == value]
                continue
            if step.isdigit() and int(step) < len(found):
                found = found[int(step)]
                continue
            if len(found) != 1:
                raise _lost(path, f"one row before '{step}', not {len(found)}")
            found = found[0]
        if not isinstance(found, dict) or step not in found:
            raise _lost(path, f"'{step}' in the results")
        found = found[step]
    # A path that ends with a filter means its row; one fact is used in many places of the ledger.
    is_row = isinstance(found, list) and "=" in path.rpartition("/")[2] and found
    return found[0] if is_row else found


def _lost(found: str, expected: str) -> InputError:
    remedy = "correct the path, or run the study again."
    return InputError.single(expected=expected, found=found, where="quoted", remedy=remedy)


if __name__ == "__main__":
    results, document = map(Path, sys.argv[1:3])
    given = json.loads(results.read_text(encoding="utf-8"))
    document.write_text(renewed(document.read_text(encoding="utf-8"), given), encoding="utf-8")
