"""Rows of tables about what deals rest on: breakdown, politics, levers, assumptions, firms."""

from __future__ import annotations

from collections.abc import Callable

from inroads.report.deals import part, splits, strategy, talks, term_swings, value_words
from inroads.report.reading import Data
from inroads.report.sheet import Sheet
from inroads.report.tables_deals import DEALS, in_the_answer, state_words
from inroads.report.words import about, apiece, gained, money, number, percent


def sheets(data: Data) -> dict[str, Sheet]:
    """Every strategic table that has rows, by name."""
    made = {name: make(data) for name, make in (DEALS | HOLDS).items()}
    return {name: sheet for name, sheet in made.items() if sheet.rows}


def _prospects(data: Data) -> Sheet:
    heads = (
        *("Maker", "Carrier", "State of talks", "Launched with probability", "Worth if launched"),
        *("Talks are worth", "To the carrier", "Hazard that talks bear"),
    )
    rows = []
    for t in talks(data):
        p = t["ahead"]
        begun = "if begun: " if p["state"] == "none" else ""
        rows.append((
            t["maker"], t["carrier"], state_words(p), begun + percent(p["probability"]),
            money(p["value"]), money(p["worth"]), money(p["carrier_worth"]),
            percent(p["break_even"]) if splits(t) else "none",
        ))  # fmt: skip
    return Sheet(heads, rows, 3, in_the_answer(data))


def _politics(data: Data) -> Sheet:
    heads = (
        *("Against", "What happens", "Units", "Before", "Maker", "Other makers", "Carriers"),
        *("Consumers", "Tariff revenue", "All together"),
    )
    rows = [
        (
            r["maker"],
            r["label"],
            about(r["units"]),
            about(r["units_before"]),
            gained(r["maker_profit_change"]),
            gained(r["rivals_profit_change"]),
            gained(r["carriers_profit_change"]),
            gained(r["consumer_surplus_change"]),
            gained(r["tariff_revenue"]) if r["tariff"] else "—",
            gained(r["welfare_change"]),
        )
        for r in part(data, "politics")
    ]
    return Sheet(heads, rows, 2)


def _levers(data: Data) -> Sheet:
    heads = (
        *("Lever", "Units with partners", "Without", "Times", "Wholesale", "Retail price"),
        "Maker gains",
    )
    rows = [
        (
            r["label"],
            about(r["units"]),
            about(r["units_alone"]),
            f"{number(r['multiple'], 2)}×",
            apiece(r["wholesale"]),
            apiece(r["price"]),
            money(r["maker_gain"]),
        )
        for r in part(data, "levers")
    ]
    return Sheet(heads, rows)


def _swings(data: Data) -> Sheet:
    heads = (
        *("Assumption", "At", "Joint surplus", "Wholesale", "Maker gains", "Carrier gains"),
        *("Talks are worth", "Hazard that talks bear"),
    )
    rows = []
    for swing in term_swings(data):
        for side in ("low", "high"):
            r = swing["sides"][side]
            at = f"{r['at']:+.0f} standard error" if swing["unit"] == "standard errors" else (
                value_words(r["at"], swing["unit"] or ""))  # fmt: skip
            rows.append((
                swing["label"] if side == "low" else "", at.replace("-", "−"), money(r["joint"]),
                apiece(r["wholesale"]), money(r["maker_gain"]), money(r["carrier_gain"]),
                money(r["worth"]), percent(r["break_even"]),
            ))  # fmt: skip
    return Sheet(heads, rows)


def _carriers(data: Data) -> Sheet:
    firms = strategy(data).get("firms") or {}
    sold = firms.get("equipment") or {}
    heads = (
        *("Carrier", "Counts a subscriber at", "One without credit at", "Margin on equipment"),
        *("Target", "Its weight, mean of makers"),
    )
    rows = []
    for c in firms.get("carriers") or []:
        own = [p for p in firms["pairs"] if p["carrier"] == c["carrier"]]
        units = sum(p["units"] for p in own)
        weight = sum(p["power"] * p["units"] for p in own) / units if units else None
        target = percent(sold["target"]) if sold.get("carrier") == c["carrier"] else "—"
        rows.append((
            c["carrier"], apiece(c["subscriber"]), apiece(c["prepaid"]),
            percent(c["equipment_margin"]), target, "—" if weight is None else f"{weight:.2f}",
        ))  # fmt: skip
    return Sheet(heads, rows)


def _materials(data: Data) -> Sheet:
    heads = ("Device", "Bill of materials", "Implied cost to make", "From", "To")
    rows = [
        (m["device"], *(apiece(m[k]) for k in ("bill", "making", "low", "high")))
        for m in (strategy(data).get("firms") or {}).get("materials") or []
    ]
    return Sheet(heads, rows)


HOLDS: dict[str, Callable[[Data], Sheet]] = {
    "prospects": _prospects,
    "politics": _politics,
    "levers": _levers,
    "term_swings": _swings,
    "carriers": _carriers,
    "materials": _materials,
}
