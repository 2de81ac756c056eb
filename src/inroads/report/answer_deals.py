"""The answer of a study with talks: what deals bring, on which terms, whether they hold."""

from __future__ import annotations

from inroads.report.deals import (
    headlines,
    of_headline,
    part,
    partners_gain,
    splits,
    stable,
    stays,
    strategy,
    talks,
)
from inroads.report.reading import Data, headline_scenario, partners_words, units_word
from inroads.report.words import (
    about,
    apiece,
    between,
    dollars,
    joined,
    number,
    percent,
    times,
    wide,
)

RESERVE = (
    ", an order of magnitude rather than a forecast, as the quality of its devices"
    " has never been observed in this market"
)


def answer_deals(data: Data) -> list[str]:
    """Paragraphs: units, what each side earns, terms, which deals are made, what breaks them.

    Carriers set their own retail prices here; what the same deals bring at list prices is said
    beside it. Empty where the study has no talks.
    """
    if not headlines(data):
        return []
    said = [_units(data), _money(data), _terms(data), _made(data), _breaks(data)]
    return [paragraph for paragraph in said if paragraph]


def _units(data: Data) -> str:
    found = headlines(data)
    clauses = [_entering(data, row, first=k == 0) for k, row in enumerate(found)]
    text = f"With {partners_words(found[0]['partners'])}, {'; '.join(clauses)}."
    listed = [clause for row in found if (clause := _at_list(data, row))]
    if listed:
        text += (
            " This is with carriers free to set their prices; at list prices it would be "
            f"{' and '.join(listed)}."
        )
    return text


def _entering(data: Data, row: Data, first: bool) -> str:
    digits = 1 if wide(row["low"], row["high"]) else 2
    verb = f"{row['maker']} would sell about" if first else f"{row['maker']} about"
    said = f"{verb} {about(row['units'], digits)}"
    said += f" {units_word(data)}" if first else ""
    said += f" ({between(row['low'], row['high'], digits)})"
    if row["multiple"] is not None:
        said += f", {times(row['multiple'], digits)} what it would sell without them"
    said += f" and {percent(row['share'], digits)} of the market"
    return said + (RESERVE if digits == 1 else "")


def _at_list(data: Data, row: Data) -> str:
    scenario = headline_scenario(data, row["maker"])
    each = (scenario or {}).get("entrants", {}).get(row["maker"]) or {}
    if each.get("units") is None or scenario is None:
        return ""
    if list(scenario["partners"]) != list(row["partners"]):
        return ""
    more = f" ({times(each['multiple'])})" if each.get("multiple") is not None else ""
    return f"{about(each['units'])} for {row['maker']}{more}"


def _money(data: Data) -> str:
    per = data["study"].get("per", "quarter")
    each = []
    for row in headlines(data):
        others = partners_gain(row)
        shared = (
            f"{dollars(others)} to {_together(row['partners'])}"
            if others >= 0
            else f"would cost {_together(row['partners'])} {dollars(-others)}"
        )
        each.append(f"{dollars(row['maker_gain'])} a {per} to {row['maker']} and {shared}")
    return f"These deals would be worth {'; '.join(each)}."


def _together(partners: list[str]) -> str:
    return partners_words(partners) + (" together" if len(partners) > 1 else "")


def _all(n: int) -> str:
    return "both" if n == 2 else f"all {n}"


def _terms(data: Data) -> str:
    rows = talks(data)
    gain = [row for row in rows if splits(row)]
    if not rows:
        return ""
    if not gain:
        return "In no negotiation is there anything to split: no deal would be made."
    every = _all(len(rows)) if len(gain) == len(rows) else f"{len(gain)} of {len(rows)}"
    said = [f"There is something to split in {every} negotiations." if len(rows) > 1 else ""]
    for row in (r for h in headlines(data) for r in of_headline(data, h["maker"])[:1]):
        if not splits(row):
            continue
        said.append(
            f"{row['carrier']} would buy {row['maker']}'s flagships at about "
            f"{apiece(row['wholesale'])} apiece (both gain from {apiece(row['lowest'])} to "
            f"{apiece(row['highest'])}; they cost {apiece(row['making'])} to make) and sell them "
            f"at about {apiece(row['price'])}, against {apiece(row['list_price'])} at list."
        )
    return " ".join(filter(None, said))


def _made(data: Data) -> str:
    pairs = (strategy(data).get("networks") or {}).get("pairs") or []
    found = stable(data)
    if len(pairs) < 2:
        return ""
    if not found:
        return "No set of these deals is stable: from each, somebody gains by leaving or joining."
    kept = [f"{maker}'s with {carrier}" for maker, carrier in stays(data)]
    if len(kept) == len(pairs):
        text = f"{_all(len(pairs)).capitalize()} of these deals would be made: no other set of them"
        text += " is stable"
    elif kept:
        text = (
            f"Of the {len(pairs)} possible deals, {joined(kept)} would be made in every stable set"
        )
    else:
        text = f"Several sets of the {len(pairs)} possible deals are stable, with no deal in common"
    return f"{text}{_takes(data)}."


def _takes(data: Data) -> str:
    """What deals take off each other's value."""
    effects = (strategy(data).get("networks") or {}).get("effects") or []
    lost = [1 - e["together"] / e["alone"] for e in effects if e["alone"] > 0]
    if not lost:
        return ""
    undone = sum(e["together"] < 0 for e in effects)
    end = "undoes none" if not undone else f"undoes {undone} of {len(effects)}"
    if max(lost) <= 0:
        return "; none takes anything off what another is worth to its maker"
    most = percent(max(lost))
    return f"; each takes up to {most} off what another is worth to its maker, but {end}"


def _breaks(data: Data) -> str:
    ahead = [p for p in part(data, "prospects") if p["state"] not in ("none", "collapsed")]
    if not ahead:
        return ""
    likely = sorted({round(p["probability"], 10) for p in ahead})
    limits = [p["break_even"] for p in ahead]
    chance = percent(likely[0])
    if len(likely) > 1:
        chance = f"{number(100 * likely[0], 2)} to {percent(likely[-1])}"
    p = ahead[0]
    spread = ""
    if p.get("political_low") is not None and p.get("political_high") is not None:
        spread = f" (range {100 * p['political_low']:g} to {100 * p['political_high']:g})"
    per = data["study"].get("per", "quarter")
    text = (
        "What can break them is politics: at an assumed hazard of "
        f"{100 * p['political']:g} percent a {per}{spread} a deal now in talks is launched with "
        f"probability {chance}; talks are worth their cost up to a hazard of "
        f"{number(100 * min(limits), 2)} to {percent(max(limits))}."
    )
    return text + _bans(data)


def _bans(data: Data) -> str:
    said = []
    for row in part(data, "politics"):
        if row["name"] == "barred-carriers":
            said.append(f"{row['maker']} {dollars(-row['maker_profit_change'])}")
    if not said:
        return ""
    per = data["study"].get("per", "quarter")
    return f" A bar from carriers would cost {joined(said)} a {per}."
