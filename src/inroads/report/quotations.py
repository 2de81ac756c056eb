"""Numbers quoted in a text, each with where in a run it comes from, so that they can be renewed.

A quotation is `<!--=FORM PATH ...-->what is read<!--/-->`: invisible marks around what is read. A
path goes down results.json by keys, separated by "/"; on a list, KEY=VALUE keeps the rows that have
it, until one is left, and a number counts from 0; "+" stands for a space. Forms are the keys of
`FORMS`; some need two paths.
    python -m inroads.report.quotations out/us-2018 docs/us-2018.md
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inroads.errors import refuse
from inroads.report.format import (
    count_words,
    dollars,
    in_currency,
    list_words,
    number,
    percent,
    times,
    unit_price,
    with_unit,
)
from inroads.results.files import read_results
from inroads.results.tree import Results

MARK = re.compile(r"<!--=(\S+) (.*?)-->(.*?)<!--/-->", re.DOTALL)

#: what a number or row is said as
FORMS: dict[str, Callable[..., str]] = {
    "units": count_words,
    "times": times,
    "dollars": dollars,
    "cost": lambda x: dollars(-x),
    "apiece": unit_price,
    "percent": percent,
    "number": lambda x: number(x, 2),
    "count": lambda rows: str(len(rows)),
    "given": lambda row: with_unit(row["value"], row["unit"] or ""),
    "range": lambda row: f"{row['low']:,.10g} to {with_unit(row['high'], row['unit'] or '')}",
    "ends": lambda low, high: f"{100 * low:g} and {100 * high:g} percent",
    "lost": lambda x: count_words(-x),
    "share": lambda numerator, whole: percent(numerator / whole),
    "ratio": lambda a, b: number(a / b, 2),
    "odds": lambda x: number(math.exp(x), 2),
    "low": lambda row: f"{row['low']:,.10g}",
    "high": lambda row: f"{row['high']:,.10g}",
    "more": lambda before, after: percent(after / before - 1),
    "less": lambda before, after: percent(1 - after / before),
    "deals": lambda rows: list_words([_name(row) for row in rows]),
}


def refresh(text: str, results: Results) -> str:
    """The text with every quotation as the run has it. Raises InputError for one it cannot find."""
    with in_currency(results.words.currency_sign):
        return refresh_content(text, results.model_dump(mode="json"))


def refresh_content(text: str, content: Any) -> str:
    """The same from the content of results.json."""

    def quoted(match: re.Match[str]) -> str:
        form, paths, _ = match.groups()
        values = [look_up(content, path) for path in paths.split()]
        if form not in FORMS:
            raise refuse(
                expected=f"a form, one of {', '.join(FORMS)}",
                found=match[0],
                where="quotations",
                remedy="correct the path, or run the study again.",
            )
        try:
            words = FORMS[form](*values)
        except (TypeError, ZeroDivisionError, KeyError):
            raise refuse(
                expected=f"what can be said as {form}",
                found=match[0],
                where="quotations",
                remedy="correct the path, or run the study again.",
            ) from None
        return f"<!--={form} {paths}-->{words}<!--/-->"

    return MARK.sub(quoted, text)


def look_up(content: Any, path: str) -> Any:
    """What stands in the content of results.json under a path."""
    node = content
    for step in path.replace("+", " ").split("/"):
        key, is_filter, value = step.partition("=")
        if isinstance(node, list):
            if is_filter:
                node = [row for row in node if _name(row.get(key)) == value]
                continue
            if step.isdigit() and int(step) < len(node):
                node = node[int(step)]
                continue
            if len(node) != 1:
                raise refuse(
                    expected=f"one row before '{step}', not {len(node)}",
                    found=path,
                    where="quotations",
                    remedy="correct the path, or run the study again.",
                )
            node = node[0]
        if not isinstance(node, dict) or step not in node:
            raise refuse(
                expected=f"'{step}' in the results",
                found=path,
                where="quotations",
                remedy="correct the path, or run the study again.",
            )
        node = node[step]
    # A path that ends with a filter means its row; one fact is used in many places of the ledger.
    is_row = isinstance(node, list) and "=" in path.rpartition("/")[2] and node
    return node[0] if is_row else node


def _name(value: Any) -> str:
    """What a filter compares: a deal is "MANUFACTURER-CHANNEL"."""
    if isinstance(value, dict) and value.keys() == {"manufacturer", "channel"}:
        return f"{value['manufacturer']}-{value['channel']}"
    return str(value)


if __name__ == "__main__":
    run, document = map(Path, sys.argv[1:3])
    document.write_text(
        refresh(document.read_text(encoding="utf-8"), read_results(run)), encoding="utf-8"
    )
