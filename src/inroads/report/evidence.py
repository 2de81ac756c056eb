"""The ledger, arranged for readers: one entry a number and file, with everywhere it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from inroads.report.reading import Data
from inroads.report.words import with_unit

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def ledger_groups(data: Data) -> list[dict[str, Any]]:
    """The ledger by file: {file, entries, facts, assumed}.

    An entry is a ledger row with `places` (where in the file it is used), `anchor` (an id for a
    link, on the first entry of that number), `amount` (value and unit), `range` and `url` (only
    http and https).
    """
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    seen: set[str] = set()
    for k, row in enumerate(data.get("ledger") or []):
        file, _, place = row["where"].partition(": ")
        # Numbers written into a table have no id: each is its own entry.
        key = row["id"] or f"#{k}"
        entries = groups.setdefault(file, {})
        if key not in entries:
            first = bool(row["id"]) and row["id"] not in seen
            seen.add(row["id"] or "")
            entries[key] = row | {
                "places": [],
                "anchor": anchor(row["id"]) if first else "",
                "amount": with_unit(row["value"], row["unit"] or ""),
                "range": _range(row),
                "url": web(row["url"]),
            }
        entries[key]["places"].append(place or file)
    return [
        {
            "file": file,
            "entries": list(entries.values()),
            "facts": sum(e["kind"] == "fact" for e in entries.values()),
            "assumed": sum(e["kind"] == "assumed" for e in entries.values()),
        }
        for file, entries in groups.items()
    ]


def counts(data: Data) -> dict[str, int]:
    """How many different numbers are facts, assumptions, or given as they are."""
    kinds = {row["id"] or f"#{k}": row["kind"] for k, row in enumerate(data.get("ledger") or [])}
    return {kind: list(kinds.values()).count(kind) for kind in ("fact", "assumed", "given")}


def anchor(name: str) -> str:
    """The id of a number's place on the page."""
    return "number-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


def known(data: Data) -> set[str]:
    """Numbers that the page's ledger holds."""
    return {row["id"] for row in data.get("ledger") or [] if row["id"]}


def cross_linked(text: str, names: Iterable[str]) -> Markup:
    """Text in which every number named by its id is a link to its place; all else is escaped."""
    names = set(names)
    parts, last = [], 0
    for found in _WORD.finditer(text or ""):
        if found[0] in names:
            parts.append(escape(text[last : found.start()]))
            parts.append(Markup('<a href="#{}">{}</a>').format(anchor(found[0]), found[0]))
            last = found.end()
    return Markup("").join([*parts, escape((text or "")[last:])])


def web(url: str | None) -> str:
    """The address if a browser may safely follow it, else nothing."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return url or "" if parts.scheme in ("http", "https") and parts.netloc else ""


def _range(row: Data) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    if row["low"] == row["high"]:
        return "no range"
    unit = row["unit"] or ""
    return f"{with_unit(row['low'], unit)} to {with_unit(row['high'], unit)}"
