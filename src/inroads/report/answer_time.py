"""What the answer says of time and risk: worth, odds, the world table, a listing."""

from __future__ import annotations

from inroads.report.answer_deals import RESERVE
from inroads.report.outlook import (
    after_words,
    digits_of,
    doubtful,
    entries,
    figure,
    interval,
    odds,
    outlook,
    rank,
    rough,
    unseen,
    years,
)
from inroads.report.reading import Data
from inroads.report.words import dollars, joined, number, percent

#: the reserve where it was said before
_AGAIN = ", again no more than an order of magnitude"


def answer_time(data: Data) -> list[str]:
    """One paragraph; none where a study has no outlook."""
    if not entries(data):
        return []
    said = [_worth(data), _odds(data), passing_words(data)]
    said += [listing_words(data, _AGAIN if unseen(data) else RESERVE), rough(data)]
    return [" ".join(s for s in said if s)]


def _worth(data: Data) -> str:
    found = outlook(data)
    clauses = []
    for k, e in enumerate(entries(data)):
        value = figure(data, e["maker"], "value")
        said = f"{dollars(e['net'], digits_of(value))} to {e['maker']}"
        if k == 0:
            said += " if they are launched"
        if value:
            said += f" ({interval(value)}{' in nine draws of ten' if k == 0 else ''})"
        back, after = e["break_even"] is not None, after_words(e)
        said += f", paid for after {after}" if back else f", {after.replace('not', 'not paid for')}"
        clauses.append(said + (RESERVE if doubtful(data, e["maker"]) else ""))
    return (
        f"Over {found['quarters']} quarters, at {percent(found['rate'])} a year, the deals are "
        f"worth {'; '.join(clauses)}."
    )


def _odds(data: Data) -> str:
    clauses: list[str] = []
    for e in entries(data):
        worth = figure(data, e["maker"], "worth")
        pays = figure(data, e["maker"], "pays in all")
        if worth is None or pays is None:
            continue
        chance = f"{100 * pays['mean']:.0f}"
        clauses.append(
            f"{dollars(worth['mean'], digits_of(worth))} to {e['maker']} ({interval(worth)}), and "
            + (f"{chance} percent of its draws pay" if not clauses else f"{chance} percent pay")
        )
    if not clauses:
        return ""
    return (
        "At the odds that talks come to a launch and politics lets it stand, they are worth on "
        f"average {'; '.join(clauses)}."
    )


def passing_words(data: Data) -> str:
    """How likely the leader passes each rival in the coming years, without carriers and with."""
    found, ahead = rank(data), years(data)
    if not ahead:
        return ""
    clauses = []
    for k, rival in enumerate(found["rivals"]):
        without, with_ = (
            joined([f"{100 * odds(data, rival, s, 'year')[y]:.0f}" for y in ahead])
            for s in ("without", "with")
        )
        start = "with probability " if k == 0 else ""
        end = (" percent without carriers", " with them") if k == 0 else (" without", " with")
        clauses.append(f"{rival} {start}{without}{end[0]}, {with_}{end[1]}")
    return f"In the world table of {joined(ahead)} {found['leader']} passes {'; '.join(clauses)}."


def listing_words(data: Data, reserve: str = RESERVE) -> str:
    """The gain as a share of the valuations spoken of; more than all of one is said to be so, and
    one that rests on a quality never observed has the reserve."""
    found = outlook(data).get("listing")
    if not found:
        return ""
    maker = found["maker"]
    said = (
        f"{maker}'s gain in the last year ({dollars(found['last_year'])}), at "
        f"{number(found['multiple'], 2)} years of profit, would be "
        f"{number(100 * found['of_high'], 2)} to {percent(found['of_low'])} of the valuations "
        f"spoken of ({dollars(found['high'])} and {dollars(found['low'])})"
    )
    all_of_it = found["of_low"] > 1
    if all_of_it:
        said += ", more than the whole of the lower one"
    if all_of_it or doubtful(data, maker):
        said += reserve
    return f"{said}."
