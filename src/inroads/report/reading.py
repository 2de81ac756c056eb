"""Reading a run's results: which scenarios are the headline, and what its names mean."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from inroads.report.words import joined, with_unit

Data = dict[str, Any]

#: mechanisms of a decomposition: what they are called and what they are
MECHANISMS = {
    "financing": (
        "Financing",
        "the partners' instalments: the price is paid over months instead of at once",
    ),
    "shelf": ("Shelf", "a place where the partners' own customers already shop"),
    "network": ("Network", "devices that work on the partners' networks, wherever they are bought"),
    "awareness": ("Awareness", "the campaign that comes with a deal: more consumers know the name"),
}


def mechanism(name: str) -> str:
    """What a mechanism is called."""
    return MECHANISMS.get(name, (name.capitalize(), ""))[0]


def units_word(data: Data) -> str:
    """What is counted, over which time: "phones a quarter"."""
    return f"{data['study'].get('unit', 'units')} a {data['study'].get('per', 'quarter')}"


def things(data: Data) -> str:
    """What is sold: "phones"."""
    return str(data["study"].get("unit", "units"))


def thing(data: Data) -> str:
    """One of them: "phone"."""
    return things(data).removesuffix("s")


def scenarios(data: Data, *groups: str) -> list[Data]:
    """The scenarios of some groups, in the order of the run."""
    return [s for s in data.get("scenarios") or [] if s["group"] in groups]


def entrants(data: Data) -> list[str]:
    """Everyone who enters in a scenario of entry, first come first."""
    names = (name for s in scenarios(data, "entry") for name in s.get("entrants") or {})
    return list(dict.fromkeys(names))


def headline(data: Data) -> list[str]:
    """The partners of the answer: those the run names, or the last but one it tried."""
    if data.get("headline"):
        return list(data["headline"])
    tried = dict.fromkeys(tuple(s["partners"]) for s in scenarios(data, "entry") if s["partners"])
    return list([*tried][-2:][0]) if tried else []


def alone(data: Data, entrant: str, group: str = "entry") -> list[Data]:
    """The scenarios of a group in which only this entrant enters."""
    return [s for s in scenarios(data, group) if list(s.get("entrants") or {}) == [entrant]]


def headline_scenario(data: Data, entrant: str) -> Data | None:
    """The entrant alone, with the partners of the answer."""
    partners = headline(data)
    return next((s for s in alone(data, entrant) if list(s["partners"]) == partners), None)


def together(data: Data) -> Data | None:
    """All entrants at once with the partners of the answer; with one entrant, it alone."""
    names, partners = entrants(data), headline(data)
    found = (
        s
        for s in scenarios(data, "entry")
        if list(s["entrants"]) == names and list(s["partners"]) == partners
    )
    return next(found, None)


def partners_words(partners: Iterable[str]) -> str:
    """Partners in words; none is "no partner"."""
    return joined(list(partners)) or "no partner"


def decompositions(data: Data, partners: list[str] | None = None) -> list[Data]:
    """The decompositions that share out a gain, of all partners or of some."""
    found = [d for d in data.get("decomposition") or [] if d.get("parts")]
    return [d for d in found if partners is None or list(d["partners"]) == partners]


def assumption_words(data: Data, name: str) -> str:
    """What an assumption is: the label of its target, or where the ledger says it is used."""
    targets = {t["name"]: t["label"] for t in (data.get("calibration") or {}).get("targets") or []}
    if name in targets:
        return str(targets[name])
    for row in data.get("ledger") or []:
        file, _, place = row["where"].partition(": ")
        if row["id"] == name and file.endswith(".toml") and place:
            return str(place)
    return name.replace("-", " ")


def swings(data: Data) -> list[Data]:
    """Assumptions that were varied, the one with the widest answers first.

    Each: assumption, label, unit, central, reason, sides {low, high: {at, entrants}}, and spread:
    the mean over entrants of log(most units / fewest units).
    """
    found: dict[str, Data] = {}
    for row in data.get("sensitivity") or []:
        name = row["assumption"]
        about = {k: row.get(k) for k in ("assumption", "unit", "central", "reason")}
        swing = found.setdefault(name, about | {"label": assumption_words(data, name), "sides": {}})
        swing["sides"][row["side"]] = {"at": row["at"], "entrants": row["entrants"]}
    complete = [s for s in found.values() if {"low", "high"} <= s["sides"].keys()]
    for swing in complete:
        swing["spread"] = _spread(swing["sides"])
    return sorted(complete, key=lambda s: -s["spread"])


def list_prices(data: Data) -> str:
    """What the older charts say first where carriers set prices elsewhere: "At list prices, "."""
    return "At list prices, " if (data.get("strategy") or {}).get("talks") else ""


def hangs_most(data: Data) -> str:
    """A sentence: the assumption that sales at list prices hang on most; nothing if none moved."""
    found = swings(data)
    if not found:
        return ""
    unit, sides = found[0]["unit"] or "", found[0]["sides"]
    low, high = (with_unit(sides[s]["at"], unit) for s in ("low", "high"))
    return f" What matters most: the {found[0]['label']} ({low} to {high})."


def _spread(sides: Data) -> float:
    logs = []
    for name in sides["low"]["entrants"]:
        low, high = (sides[s]["entrants"][name].get("units") or 0.0 for s in ("low", "high"))
        if low > 0 and high > 0:
            logs.append(abs(math.log(high / low)))
    return sum(logs) / len(logs) if logs else 0.0


def is_percent(data: Data, name: str) -> bool:
    """Whether the ledger states a target as a percentage (results hold fractions)."""
    where = f"targets.csv: {name}: value"
    units = (row["unit"] for row in data.get("ledger") or [] if row["where"] == where)
    return next(units, "").startswith("percent")
