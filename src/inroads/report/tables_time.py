"""Rows of tables about time and risk: what deals are worth, options, the world table, intervals."""

from __future__ import annotations

from collections.abc import Callable

from inroads.report.inputs import named, stated
from inroads.report.outlook import (
    CUTS,
    after_words,
    draws,
    ensemble,
    entries,
    fan,
    figure,
    interval,
    odds,
    outlook,
    rank,
    years,
)
from inroads.report.reading import Data, partners_words
from inroads.report.sheet import Sheet
from inroads.report.words import about, dollars, gained, money, number

_NONE = "—"
#: firms that gain or lose most
_MOST = 8


def time_sheets(data: Data) -> dict[str, Sheet]:
    """Every table of the outlook that has rows, by name."""
    made = {name: make(data) for name, make in TIME.items()}
    return {name: sheet for name, sheet in made.items() if sheet.rows}


def _value(data: Data) -> Sheet:
    heads = ["Entrant", "Worth if launched", "Pays for itself after"]
    if draws(data):
        heads += ["Nine draws of ten", "It pays, if launched", "Launched", "Worth at the odds"]
        heads += ["Nine draws of ten", "It pays, at the odds"]
    rows = []
    for e in entries(data):
        value, worth = (figure(data, e["maker"], what) for what in ("value", "worth"))
        row = [e["maker"], dollars(e["net"]), after_words(e)]
        if value and worth:
            row += [
                interval(value, 2),
                _chance(data, e["maker"], "pays if launched"),
                _chance(data, e["maker"], "launched"),
                dollars(worth["mean"]),
                interval(worth, 2),
                _chance(data, e["maker"], "pays in all"),
            ]
        rows.append(row)
    return Sheet(heads, rows)


def _points(data: Data) -> Sheet:
    heads = (
        *(
            "Entrant",
            "Deals without campaigns",
            "With campaigns",
            "A point may cost in campaigns",
        ),
        "A point may cost in all of entry",
    )
    rows = [
        (
            e["maker"],
            money(e["campaign"]["quiet"]),
            money(e["campaign"]["loud"]),
            _point(e["campaign"]["point"]),
            _point(e["point"]),
        )
        for e in entries(data)
    ]
    return Sheet(heads, rows)


def _firms(data: Data) -> Sheet:
    """Who gains and who loses over all quarters, those with most at stake first."""
    found = entries(data)
    firms = {f for e in found for f in e["firms"]}
    net = {f: [(e["firms"].get(f) or {}).get("net") for e in found] for f in firms}
    most = sorted(net, key=lambda f: (-max(abs(x or 0.0) for x in net[f]), f))[:_MOST]
    heads = ["Firm", *(f"{e['maker']} with {partners_words(e['carriers'])}" for e in found)]
    return Sheet(heads, [[f, *(_NONE if x is None else gained(x) for x in net[f])] for f in most])


def _options(data: Data) -> Sheet:
    rows = outlook(data).get("widening") or []
    plans = list(dict.fromkeys(name for w in rows for name in w["plans"]))
    heads = ["Entrant", *map(_plan_words, plans), "Free to decide later", "Freedom is worth"]
    return Sheet(
        heads,
        [
            [w["maker"], *(money(w["plans"][name]) for name in plans), money(w["free"]),
             money(w["flexibility"])]
            for w in rows
        ],
    )  # fmt: skip


def _plan_words(name: str) -> str:
    """A plan as the head of a column."""
    return {"out": "Stay out", "both": "Both at once"}.get(name, name[:1].upper() + name[1:])


def _passing(data: Data) -> Sheet:
    heads = ("Passes", "Year", "Without carriers", "With them", "At the odds of a launch")
    rows = [
        (
            rival if k == 0 else "",
            year,
            *(_percent(odds(data, rival, s, "year")[year]) for s in ("without", "with", "in all")),
        )
        for rival in rank(data).get("rivals") or []
        for k, year in enumerate(years(data))
    ]
    return Sheet(heads, rows, 2)


def _intervals(data: Data) -> Sheet:
    heads = ("Entrant", "First quarter", "Central numbers", *map(_cut, CUTS))
    rows = []
    for e in entries(data) if draws(data) else ():
        first, alone = e["units"][0], e["units_alone"][0]
        numbers: list[tuple[str, float | None, Data | None, Callable[[float], str]]] = [
            ("units", first, _first(data, e, "units"), about),
            ("share of sales", e["share"][0], _first(data, e, "share"), _percent),
            ("times the units without deals", first / alone if alone else None,
             figure(data, e["maker"], "multiple"), lambda x: f"{number(x, 2)}×"),
            ("gain", e["profit"][0], figure(data, e["maker"], "gain"), money),
        ]  # fmt: skip
        for what, central, row, said in numbers:
            if row is not None:
                cells = [said(row[cut]) for cut in CUTS]
                who = e["maker"] if what == "units" else ""
                rows.append((who, what, _NONE if central is None else said(central), *cells))
    return Sheet(heads, rows, 2)


def _first(data: Data, entry: Data, what: str) -> Data | None:
    return next(iter(fan(data, entry["maker"], what)), None)


def _cut(name: str) -> str:
    return "Median" if name == "q50" else f"{name[1:]} percent"


def _inputs(data: Data) -> Sheet:
    rows = [(named(data, r["input"]), stated(data, r)) for r in ensemble(data).get("inputs") or []]
    return Sheet(("What is drawn", "Distribution"), rows, 2)


def _chance(data: Data, maker: str, what: str) -> str:
    found = figure(data, maker, what)
    return _NONE if found is None else _percent(found["mean"])


def _percent(part: float) -> str:
    return f"{number(100 * part, 2)}%" if part < 0.1 else f"{100 * part:.0f}%"


def _point(price: float | None) -> str:
    """Dollars a point of awareness; nothing where none was raised."""
    return _NONE if price is None else money(price)


TIME: dict[str, Callable[[Data], Sheet]] = {
    "value": _value,
    "points": _points,
    "firms_ahead": _firms,
    "options": _options,
    "passing": _passing,
    "intervals": _intervals,
    "inputs": _inputs,
}
