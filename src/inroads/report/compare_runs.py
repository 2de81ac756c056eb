"""Two runs side by side: headline numbers, what went in, parameters, terms of deals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from inroads.report.compare_lines import Line, different
from inroads.report.compare_outlook import outlook_lines
from inroads.report.deals import first as first_deal
from inroads.report.deals import headlines, part, range_words, reach, talks, term_swings
from inroads.report.reading import Data, entrants, headline_scenario, partners_words
from inroads.report.words import money, with_unit


def runs(one: Data, other: Data) -> tuple[list[tuple[str, list[Line]]], list[str]]:
    """Lines by heading, and notes."""
    about = [
        Line(name, one["study"].get(key), other["study"].get(key), "text")
        for name, key in (("Study", "name"), ("As known on", "as_of"), ("Market of", "period"))
    ]
    about.append(Line("inroads", one.get("inroads"), other.get("inroads"), "text"))
    inputs, same = _inputs(one, other)
    sections = [
        ("What was run", about),
        ("Headline", _headline(one, other)),
        ("Why: facts and assumptions that differ", inputs),
        ("Parameters", different(_parameters(one, other))),
        ("Terms of deals", different(_terms(one, other))),
        ("Time and risk", outlook_lines(one, other)),
    ]
    notes = _explained(one, inputs)
    if same:
        notes.append(f"Numbers with the same value from another source: {same}.")
    if not inputs and not same:
        notes.append("Every fact and assumption is the same in both.")
    return sections, notes + _events(one, other)


def _events(one: Data, other: Data) -> list[str]:
    """What is known of talks in one of the runs only."""
    a, b = part(one, "events"), part(other, "events")
    return [
        f"Known in {name} only: {e['date']}, {e['maker']} and {e['channel']}, {e['state']}: "
        f"{e['event']}"
        for name, these, those in (("A", a, b), ("B", b, a))
        for e in these
        if e not in those
    ]


def _headline(one: Data, other: Data) -> list[Line]:
    lines = []
    for maker in dict.fromkeys([*entrants(one), *entrants(other)]):
        rows = [next((h for h in headlines(d) if h["maker"] == maker), {}) for d in (one, other)]
        partners = partners_words((rows[0] or rows[1]).get("partners", []))
        for name, key, how in (
            ("units", "units", "units"), ("times the units without", "multiple", "number"),
            ("gain to it", "maker_gain", "money"),
        ):  # fmt: skip
            if any(rows):
                label = f"{maker} with {partners}: {name}"
                lines.append(Line(label, rows[0].get(key), rows[1].get(key), how))
        for name, key, how in (("units", "units", "units"), ("times", "multiple", "number")):
            a, b = (
                ((headline_scenario(d, maker) or {}).get("entrants") or {}).get(maker, {}).get(key)
                for d in (one, other)
            )
            lines.append(Line(f"{maker}, at list prices: {name}", a, b, how))
    return lines


def _terms(one: Data, other: Data) -> list[Line]:
    found = [{(t["maker"], t["carrier"]): t for t in talks(d)} for d in (one, other)]
    lines = []
    for pair in dict.fromkeys([*found[0], *found[1]]):
        a, b = (f.get(pair) for f in found)
        for name, key, how in (
            ("joint surplus", "joint", "money"), ("wholesale price", "wholesale", "dollars"),
            ("retail price", "price", "dollars"), ("units", "units", "units"),
        ):  # fmt: skip
            label = f"{pair[0]} and {pair[1]}: {name}"
            lines.append(Line(label, _of(a, key), _of(b, key), how))
        for name, key, how in (
            ("state of talks", "state", "text"), ("probability of launch", "probability", "share"),
            ("worth of talks", "worth", "money"),
        ):  # fmt: skip
            label = f"{pair[0]} and {pair[1]}: {name}"
            lines.append(Line(label, _of(a, "ahead", key), _of(b, "ahead", key), how))
    return lines


def _parameters(one: Data, other: Data) -> list[Line]:
    found = [{p["name"]: p for p in d["calibration"].get("parameters") or []} for d in (one, other)]
    names = dict.fromkeys([*found[0], *found[1]])
    return [
        Line((found[0].get(n) or found[1][n])["label"], *(f.get(n, {}).get("value") for f in found))
        for n in names
    ]


def _inputs(one: Data, other: Data) -> tuple[list[Line], int]:
    """The first place at which each number is used that differs between the two, and how many more
    have the same value from another source."""
    found = [_ledger(d) for d in (one, other)]
    lines: dict[tuple[str | None, str | None], Line] = {}
    same = 0
    for where in dict.fromkeys([*found[0], *found[1]]):
        a, b = (f.get(where, {}) for f in found)
        alone = [[k for k in rows if k not in others] for rows, others in ((a, b), (b, a))]
        pairs: list[tuple[str | None, str | None]] = [(k, k) for k in a if k in b]
        pairs += list(zip_longest(alone[0], alone[1]))
        for left, right in pairs:
            rows = a.get(left or ""), b.get(right or "")
            line = Line(where, _said(rows[0]), _said(rows[1]), "text")
            if not line.differs or (left, right) in lines:
                continue
            if None not in rows and _amount(rows[0]) == _amount(rows[1]):
                same += 1
            else:
                lines[left, right] = line
    return list(lines.values()), same


def _ledger(data: Data) -> dict[str, dict[str, Data]]:
    """Rows of the ledger that were used, by place and id; a plain number has its place for one."""
    found: dict[str, dict[str, Data]] = {}
    for row in data["ledger"]:
        if not row["where"].startswith("named by "):
            found.setdefault(row["where"], {})[row["id"] or row["where"]] = row
    return found


def _said(row: Data | None) -> str | None:
    if row is None:
        return None
    return f"{_amount(row)} ({row['id']}, {row['kind']})" if row["id"] else _amount(row)


def _amount(row: Data | None) -> str:
    return "" if row is None else with_unit(row["value"], row["unit"] or "")


def _explained(data: Data, inputs: Sequence[Line]) -> list[str]:
    """What the first run knows of the assumptions that differ: what they do to its first deal."""
    named, deal = " ".join(str(line.a) for line in inputs), first_deal(data)
    if deal is None:
        return []
    who, notes = f"{deal['maker']} and {deal['carrier']}", []
    for swing in term_swings(data):
        if f"({swing['assumption']}, " in named:
            metric = "joint" if reach(swing, "joint") > 0 else "worth"
            what = "the joint surplus" if metric == "joint" else "the worth of the talks"
            low, high = (money(swing["sides"][side][metric]) for side in ("low", "high"))
            notes.append(
                f"In the first run {what} of {who} goes from {low} to {high} with the "
                f"{swing['label']} ({range_words(swing)})."
            )
    return notes


def _of(row: Data | None, *path: str) -> float | str | None:
    """What a row says under a path of keys; None without a row."""
    found: Any = row
    for key in path if row is not None else ():
        found = found[key]
    value: float | str | None = found
    return value
