"""Reading the strategic part of a run: talks, terms, networks, what the terms hang on."""

from __future__ import annotations

from inroads.report.reading import Data, assumption_words
from inroads.report.words import dollars, with_unit

#: what a state of talks is called
STATES = {
    "none": "none known",
    "rumoured": "rumoured",
    "talks": "in talks",
    "agreed": "agreed",
    "launched": "launched",
    "collapsed": "collapsed",
}
QUALITY = "quality-of-devices-without-sales"


def strategy(data: Data) -> Data:
    """The strategic part; empty where the study has none."""
    return data.get("strategy") or {}


def part(data: Data, name: str) -> list[Data]:
    """A list of the strategic part; empty where there is none."""
    return list(strategy(data).get(name) or [])


def talks(data: Data) -> list[Data]:
    """Every negotiation, with how its talks stand."""
    ahead = {(p["maker"], p["carrier"]): p for p in part(data, "prospects")}
    return [t | {"ahead": ahead[t["maker"], t["carrier"]]} for t in part(data, "talks")]


def headlines(data: Data) -> list[Data]:
    """Each entrant's deals with the partners of the answer."""
    return part(data, "headline")


def of_headline(data: Data, maker: str) -> list[Data]:
    """A maker's talks with the partners of the answer, one by one."""
    partners = {p for h in headlines(data) if h["maker"] == maker for p in h["partners"]}
    return [t for t in talks(data) if t["maker"] == maker and t["carrier"] in partners]


def partners_gain(row: Data) -> float:
    """What a maker's deals bring its partners together, a period."""
    return float(sum(row["shelves"][p]["profit"] for p in row["partners"]))


def splits(row: Data) -> bool:
    """Whether both sides of a deal gain."""
    return bool(row["maker_gain"] >= 0 and row["carrier_gain"] >= 0)


def pair_words(row: Data) -> str:
    """ "Huawei and AT&T"."""
    return f"{row['maker']} and {row['carrier']}"


def stable(data: Data) -> list[list[str]]:
    """Names of the deals of each stable network."""
    return list((strategy(data).get("networks") or {}).get("stable") or [])


def network(data: Data, deals: list[str]) -> Data | None:
    """The network with these deals."""
    rows = (strategy(data).get("networks") or {}).get("rows") or []
    return next((row for row in rows if set(row["deals"]) == set(deals)), None)


def stays(data: Data) -> list[tuple[str, str]]:
    """Pairs whose deal is in every stable network."""
    pairs = (strategy(data).get("networks") or {}).get("pairs") or []
    found = stable(data)
    held = [p for p in pairs if found and all(p["deal"] in deals for deals in found)]
    return [(p["maker"], p["carrier"]) for p in held]


def term_swings(data: Data) -> list[Data]:
    """What the terms of the first deal hang on: {assumption, label, unit, central, sides}."""
    found: dict[str, Data] = {}
    for row in part(data, "sensitivity"):
        name = row["assumption"]
        about = {k: row[k] for k in ("assumption", "unit", "central", "reason")}
        swing = found.setdefault(name, about | {"label": label_of(data, name), "sides": {}})
        swing["sides"][row["side"]] = row
    return [s for s in found.values() if {"low", "high"} <= s["sides"].keys()]


def label_of(data: Data, name: str) -> str:
    """An assumption in words."""
    if name == QUALITY:
        return "quality of devices without sales"
    return assumption_words(data, name)


def reach(swing: Data, metric: str) -> float:
    """How far a metric moves across an assumption's range."""
    low, high = (swing["sides"][side][metric] for side in ("low", "high"))
    return abs(float(high) - float(low))


def value_words(value: float, unit: str) -> str:
    """An assumption's value in few words: shares and probabilities as percentages."""
    if unit.startswith(("share", "probability", "percent")):
        scale = 1.0 if unit.startswith("percent") else 100.0
        return f"{with_unit(round(scale * value, 6), '')} percent"
    if unit.upper().startswith("USD"):
        return dollars(value)
    return with_unit(value, unit.split(" per ")[0].split(" of ")[0])


def at_words(row: Data) -> str:
    """The value at which an assumption was tried."""
    if row["assumption"] == QUALITY:
        return f"{'+' if row['at'] > 0 else '−'}1 s.e."
    return value_words(row["at"], row["unit"] or "")


def range_words(swing: Data) -> str:
    """The range of an assumption that was moved."""
    if swing["assumption"] == QUALITY:
        return "one standard error lower and higher"
    low, high = (value_words(swing["sides"][s]["at"], swing["unit"] or "") for s in ("low", "high"))
    unit = low.partition(" ")[1:]
    same = "".join(unit) if unit == high.partition(" ")[1:] else ""
    return f"{low.removesuffix(same)} to {high}"


def matters_most(data: Data, metric: str) -> str:
    """A sentence: the assumption across whose range the metric of the first deal moves most."""
    found = [s for s in term_swings(data) if reach(s, metric) > 0]
    if not found:
        return ""
    top = max(found, key=lambda s: reach(s, metric))
    label = top["label"][0].lower() + top["label"][1:]
    return f"What matters most: the {label} ({range_words(top)})."


def first(data: Data) -> Data | None:
    """The negotiation that sensitivities and other terms are about."""
    found = headlines(data)
    rows = of_headline(data, found[0]["maker"]) if found else []
    return rows[0] if rows else None
