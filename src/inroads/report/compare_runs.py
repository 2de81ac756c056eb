"""Two runs side by side: headline numbers, inputs, parameters, terms of deals, the outlook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TypeVar

from inroads.report.comparison import Line, different
from inroads.report.format import money, with_unit
from inroads.report.phrases import (
    joint_surplus,
    pair_words,
    partners_words,
    range_words,
    reach,
    swing_words,
    terms_swings,
)
from inroads.results.keys import DealScenario, Quantity
from inroads.results.market import EntrantSales
from inroads.results.negotiations import EntrantDeals, Negotiation, Prospect
from inroads.results.study import LedgerEntry
from inroads.results.tree import Results

Record = TypeVar("Record")
Value = TypeVar("Value")


def compare_runs(one: Results, other: Results) -> tuple[list[tuple[str, list[Line]]], list[str]]:
    """Lines by heading, and notes."""
    a, b = one.study, other.study
    about = [
        Line("Study", a.name, b.name, "text"),
        Line("As known on", a.as_of.isoformat(), b.as_of.isoformat(), "text"),
        Line("Market of", a.period, b.period, "text"),
        Line("inroads", one.inroads_version, other.inroads_version, "text"),
    ]
    inputs, same = _inputs(one, other)
    sections = [
        ("What was run", about),
        ("Headline", _headline(one, other)),
        ("Why: facts and assumptions that differ", inputs),
        ("Parameters", different(_parameters(one, other))),
        ("Terms of deals", different(_terms(one, other))),
        ("Time and risk", _outlook(one, other)),
    ]
    notes = _explained(one, inputs)
    if same:
        notes.append(f"Numbers with the same value from another source: {same}.")
    if not inputs and not same:
        notes.append("Every fact and assumption is the same in both.")
    return sections, notes + _events(one, other)


def _events(one: Results, other: Results) -> list[str]:
    """What is known of talks in one of the runs only."""
    a, b = (r.negotiations.events if r.negotiations else () for r in (one, other))
    return [
        f"Known in {name} only: {e.date}, {e.manufacturer} and {e.channel}, {e.state.value}: "
        f"{e.event}"
        for name, these, those in (("A", a, b), ("B", b, a))
        for e in these
        if e not in those
    ]


def _headline(one: Results, other: Results) -> list[Line]:
    lines = []
    for manufacturer in dict.fromkeys([*one.entrants, *other.entrants]):
        a, b = (_entrant(results, manufacturer) for results in (one, other))
        entrant = a or b
        label = f"{manufacturer} with {partners_words(entrant.partners)}" if entrant else ""
        for name, number, form in _OF_ENTRANT if entrant else ():
            lines.append(Line(f"{label}: {name}", _of(a, number), _of(b, number), form))
        c, d = (
            scenario.entrants[manufacturer] if scenario else None
            for scenario in (
                one.headline_scenario(manufacturer),
                other.headline_scenario(manufacturer),
            )
        )
        for name, value, form in _OF_SALES:
            label = f"{manufacturer}, at list prices: {name}"
            lines.append(Line(label, _of(c, value), _of(d, value), form))
    return lines


def _of(row: Record | None, value: Callable[[Record], Value]) -> Value | None:
    """What a row says; None without a row."""
    return None if row is None else value(row)


def _entrant(results: Results, manufacturer: str) -> EntrantDeals | None:
    entrants = results.negotiations.entrants if results.negotiations else ()
    return next((e for e in entrants if e.manufacturer == manufacturer), None)


_OF_ENTRANT: tuple[tuple[str, Callable[[EntrantDeals], float | None], str], ...] = (
    ("units", lambda e: e.units, "units"),
    ("times the units without", lambda e: e.multiple, "number"),
    ("gain to it", lambda e: e.manufacturer_gain, "money"),
)
_OF_SALES: tuple[tuple[str, Callable[[EntrantSales], float | None], str], ...] = (
    ("units", lambda e: e.units, "units"),
    ("times", lambda e: e.multiple, "number"),
)
_OF_NEGOTIATION: tuple[tuple[str, Callable[[Negotiation], float], str], ...] = (
    ("joint surplus", lambda n: n.joint_surplus, "money"),
    ("wholesale price", lambda n: n.wholesale_price, "dollars"),
    ("retail price", lambda n: n.retail_price, "dollars"),
    ("units", lambda n: n.units, "units"),
)
_OF_PROSPECT: tuple[tuple[str, Callable[[Prospect], float | str], str], ...] = (
    ("state of talks", lambda p: p.state.value, "text"),
    ("probability of launch", lambda p: p.launch_probability, "share"),
    ("worth of talks", lambda p: p.expected_value, "money"),
)


def _terms(one: Results, other: Results) -> list[Line]:
    both = [_pairs(results) for results in (one, other)]
    lines = []
    for pair in dict.fromkeys([*both[0], *both[1]]):
        a, b = (rows.get(pair) for rows in both)
        n, m = (_of(row, lambda both: both[0]) for row in (a, b))
        for name, number, form in _OF_NEGOTIATION:
            lines.append(Line(f"{pair}: {name}", _of(n, number), _of(m, number), form))
        p, q = (_of(row, lambda both: both[1]) for row in (a, b))
        for name, value, form in _OF_PROSPECT:
            lines.append(Line(f"{pair}: {name}", _of(p, value), _of(q, value), form))
    return lines


def _pairs(results: Results) -> dict[str, tuple[Negotiation, Prospect]]:
    negotiated = results.negotiations
    if negotiated is None:
        return {}
    both = zip(negotiated.negotiations, negotiated.prospects, strict=True)
    return {pair_words(n): (n, p) for n, p in both}


def _parameters(one: Results, other: Results) -> list[Line]:
    a, b = ({p.name: p for p in results.calibration.parameters} for results in (one, other))
    lines = []
    for name in dict.fromkeys([*a, *b]):
        x, y = a.get(name), b.get(name)
        label = (x or b[name]).label
        lines.append(Line(label, _of(x, lambda p: p.value), _of(y, lambda p: p.value)))
    return lines


def _inputs(one: Results, other: Results) -> tuple[list[Line], int]:
    """The first place at which each number is used that differs between the two, and how many more
    have the same value from another source."""
    ledgers = [_ledger(results) for results in (one, other)]
    lines: dict[tuple[str | None, str | None], Line] = {}
    same = 0
    for place in dict.fromkeys([*ledgers[0], *ledgers[1]]):
        a, b = (rows.get(place, {}) for rows in ledgers)
        alone = [[k for k in rows if k not in others] for rows, others in ((a, b), (b, a))]
        pairs: list[tuple[str | None, str | None]] = [(k, k) for k in a if k in b]
        pairs += list(zip_longest(alone[0], alone[1]))
        for left, right in pairs:
            x, y = a.get(left or ""), b.get(right or "")
            line = Line(place, _number_words(x), _number_words(y), "text")
            if not line.differs or (left, right) in lines:
                continue
            if x and y and _amount(x) == _amount(y):
                same += 1
            else:
                lines[left, right] = line
    return list(lines.values()), same


def _ledger(results: Results) -> dict[str, dict[str, LedgerEntry]]:
    """Rows of the ledger that were used, by place and id; a plain number has its place for one."""
    rows: dict[str, dict[str, LedgerEntry]] = {}
    for row in results.ledger:
        if not row.named_by:
            place = f"{row.file}: {row.use or row.place}"
            rows.setdefault(place, {})[row.id or place] = row
    return rows


def _number_words(row: LedgerEntry | None) -> str | None:
    if row is None:
        return None
    return f"{_amount(row)} ({row.id}, {row.kind})" if row.id else _amount(row)


def _amount(row: LedgerEntry) -> str:
    return with_unit(row.value, row.unit)


def _explained(results: Results, inputs: Sequence[Line]) -> list[str]:
    """What the first run knows of the assumptions that differ: what they do to its first deal."""
    named = " ".join(str(line.a) for line in inputs)
    deal = results.negotiations.first if results.negotiations else None
    notes = []
    for swing in terms_swings(results) if deal else ():
        if deal is None or f"({swing.assumption}, " not in named:
            continue
        moves = reach(swing, joint_surplus) > 0
        what = "the joint surplus" if moves else "the worth of the talks"
        low, high = (
            money(end.joint_surplus if moves else end.expected_value)
            for end in (swing.low, swing.high)
        )
        notes.append(
            f"In the first run {what} of {pair_words(deal)} goes from {low} to {high} with the "
            f"{swing_words(results, swing)} ({range_words(swing)})."
        )
    return notes


_LISTING = "Listing: the gain as a share of the lower valuation"
_TOTALS = (
    ("worth at the odds", Quantity.VALUE_AT_ODDS, "money"),
    ("launched", Quantity.LAUNCHED, "share"),
    ("it pays, at the odds", Quantity.PAYS_AT_ODDS, "share"),
)


def _outlook(one: Results, other: Results) -> list[Line]:
    """What deals are worth over time; none where one has no outlook."""
    a, b = one.outlook, other.outlook
    if a is None or b is None or not (a.paths and b.paths):
        return []
    lines = [
        Line(f"{one.study.per.capitalize()}s", a.periods, b.periods, "count"),
        Line("Draws", a.draws_solved or None, b.draws_solved or None, "count"),
    ]
    paths = [{path.manufacturer: path for path in outlook.paths} for outlook in (a, b)]
    for manufacturer in (m for m in paths[0] if m in paths[1]):
        left, right = (by_manufacturer[manufacturer] for by_manufacturer in paths)
        worth = f"{manufacturer}: worth if launched"
        lines.append(Line(worth, left.net_value, right.net_value, "money"))
        for name, quantity, form in _TOTALS:
            x, y = (outlook.total(manufacturer, quantity) for outlook in (a, b))
            if x and y:
                lines.append(Line(f"{manufacturer}: {name}", x.mean, y.mean, form))
        back = f"{manufacturer}: {one.study.per}s until paid back"
        lines.append(Line(back, left.periods_to_break_even, right.periods_to_break_even, "count"))
    if a.listing and b.listing:
        lines.append(Line(_LISTING, a.listing.share_of_low, b.listing.share_of_low, "share"))
    return lines + _passing(one, other)


def _passing(one: Results, other: Results) -> list[Line]:
    """The last year that both forecast, by rival."""
    worlds = [results.outlook.world if results.outlook else None for results in (one, other)]
    a, b = worlds
    if a is None or b is None or a.leader != b.leader:
        return []
    shared = [year for year in a.years if year in b.years]
    if not shared:
        return []
    lines = []
    channels = one.words.channels
    for rival in (r for r in a.rivals if r in b.rivals):
        for scenario, words in (
            (DealScenario.WITHOUT_DEALS, f"without {channels}"),
            (DealScenario.WITH_DEALS, "with them"),
        ):
            x, y = (world.odds_of(rival, scenario, "year")[shared[-1]] for world in (a, b))
            name = f"{a.leader} passes {rival} in {shared[-1]}, {words}"
            lines.append(Line(name, x, y, "share"))
    return lines
