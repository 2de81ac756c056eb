"""The answer in a few sentences, made of the run's numbers."""

from __future__ import annotations

from inroads.report.answer_deals import RESERVE, answer_deals
from inroads.report.answer_time import answer_time
from inroads.report.reading import (
    Data,
    decompositions,
    entrants,
    headline,
    headline_scenario,
    mechanism,
    partners_words,
    scenarios,
    swings,
    units_word,
)
from inroads.report.words import about, between, dollars, joined, percent, times, wide, with_unit

_UNKNOWN = "What the gain comes from was not taken apart."


def answer(data: Data) -> list[str]:
    """Paragraphs: what happens, and what it comes from and hangs on.

    With talks: what deals bring, terms, which would be made, what breaks them, what they are worth
    over time, then why. Numbers are rounded to two digits, to one where the range is wider than a
    factor of four. A study without entry is answered by its market and by the change that matters
    most.
    """
    strategic = answer_deals(data)
    if strategic:
        strategic += answer_time(data)
        why = _why(data, "At list prices ")
        return [*strategic, why] if why != _UNKNOWN else strategic
    entering = [
        clause
        for k, name in enumerate(entrants(data))
        if (clause := _entering(data, name, first=k == 0))
    ]
    if not entering:
        return [_market(data), _largest_change(data)]
    return [f"With {partners_words(headline(data))}, {'; '.join(entering)}.", _why(data)]


def _entering(data: Data, entrant: str, first: bool) -> str:
    scenario = headline_scenario(data, entrant)
    found = (scenario or {}).get("entrants", {}).get(entrant) or {}
    if found.get("units") is None:
        return ""
    low, high = found.get("low"), found.get("high")
    digits = 1 if wide(low, high) else 2
    verb = f"{entrant} would sell about" if first else f"{entrant} about"
    said = f"{verb} {about(found['units'], digits)}"
    said += f" {units_word(data)}" if first else ""
    if low is not None and high is not None:
        said += f" ({between(low, high, digits)})"
    if found.get("multiple") is not None:
        said += f", {times(found['multiple'], digits)} what it would sell without them"
    if found.get("share") is not None:
        said += f" and {percent(found['share'], digits)} of the market"
    if wide(low, high):
        said += RESERVE
    return said


def _why(data: Data, start: str = "") -> str:
    clauses = [c for c in (_parts(data), _hangs(data)) if c]
    if not clauses:
        return _UNKNOWN
    text = start + "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}."


def _parts(data: Data) -> str:
    """The two largest mechanisms, by their mean part of the gains."""
    found = [d for d in decompositions(data, headline(data)) if d["gain"] > 0]
    if not found:
        return ""
    names = list(found[0]["parts"])
    shares = {n: [d["parts"].get(n, 0.0) / d["gain"] for d in found] for n in names}
    largest = sorted(names, key=lambda n: -sum(shares[n]))[:2]
    who = [d["entrant"] for d in found]
    said = []
    for k, name in enumerate(largest):
        each = [percent(s) for s in shares[name]]
        if k == 0:
            each = [f"{p} of {w}'s" for p, w in zip(each, who, strict=True)]
        said.append(f"{mechanism(name).lower()} ({joined(each)})")
    return f"the gain comes mostly from {joined(said)}"


def _hangs(data: Data) -> str:
    found = swings(data)
    if not found:
        return ""
    swing = found[0]
    low, high = swing["sides"]["low"], swing["sides"]["high"]
    unit = swing["unit"] or ""
    cases = []
    for name, at_low in low["entrants"].items():
        at_high = high["entrants"][name]
        if at_low.get("units") is not None and at_high.get("units") is not None:
            cases.append(f"{name} would sell {between(at_low['units'], at_high['units'])}")
    return (
        f"the answer hangs most on the {swing['label']}, taken as "
        f"{with_unit(swing['central'], unit)}: between {with_unit(low['at'], unit)} and "
        f"{with_unit(high['at'], unit)}, {joined(cases)}"
    )


def _market(data: Data) -> str:
    base = data["baseline"]
    makers = base["shares"]["maker"]
    leader = max(makers, key=lambda name: makers[name])
    return (
        f"In {data['study']['period']} consumers bought {about(base['total_units'], 3)} "
        f"{units_word(data)} at a mean price of {dollars(base['mean_price'])}; "
        f"{leader} led with {percent(makers[leader])} of them."
    )


def _largest_change(data: Data) -> str:
    written = scenarios(data, "written")
    if not written:
        return "No change to the market was tried."
    largest = max(written, key=lambda s: abs(s["consumer_surplus_change"]))
    change = largest["consumer_surplus_change"]
    # Where nobody buys any more there is no change per buyer.
    each = largest["consumer_surplus_change_per_buyer"]
    a_buyer = "" if each is None else f" ({dollars(abs(each))} a buyer)"
    units = largest["total_units"] - data["baseline"]["total_units"]
    per = data["study"].get("per", "quarter")
    return (
        f"Of the changes tried, “{largest['label']}” matters most: consumers would be "
        f"{dollars(abs(change))} a {per} {'better' if change >= 0 else 'worse'} off"
        f"{a_buyer}, and {about(abs(units))} {'more' if units >= 0 else 'fewer'} "
        f"{data['study'].get('unit', 'units')} would be sold."
    )
