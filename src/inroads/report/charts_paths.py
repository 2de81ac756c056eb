"""Charts of what lies ahead of each entrant: its share, its name, and what it has earned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from inroads.report.deals import matters_most
from inroads.report.fans import DOLLARS, fan_panel, names_of
from inroads.report.inputs import input_words
from inroads.report.outlook import (
    after_words,
    awareness,
    draws,
    entries,
    fan,
    figure,
    outlook,
    rough,
    sources,
    unseen,
)
from inroads.report.reading import Data, partners_words
from inroads.report.style import PLOT, panel, titled
from inroads.report.words import joined, number, percent

_HALF = PLOT / 2 + 15


def share_chart(data: Data) -> Any | None:
    """Share of sales quarter by quarter, with deals and without."""
    found = entries(data)
    if not found:
        return None
    with_fan = draws(data) > 0
    names = names_of(with_fan, "central numbers", "without deals")
    panels = [
        _panel(
            e["maker"],
            _scaled(fan(data, e["maker"], "share"), 100),
            {"central numbers": _line(e["share"], 100),
             "without deals": _line(e["share_alone"], 100)},
            alt.Axis(title="percent of sales", tickCount=6), names, len(found),
        )
        for e in found
    ]  # fmt: skip
    said = []
    for k, e in enumerate(found):
        ends = fan(data, e["maker"], "share")[-1:]
        reach = _to(ends[0]["q5"], ends[0]["q95"]) if ends else percent(e["share"][-1])
        of = " of sales" if k == 0 else ""
        said.append(f"{e['maker']} {reach}{of} (alone {number(100 * e['share_alone'][-1], 2)})")
    start = "In nine draws of ten, deals" if with_fan else "Deals"
    return titled(
        alt.concat(*panels, columns=2),
        f"{start} bring {joined(said)} in quarter {_last(data)}",
        f"Share of all sales with {partners_words(found[0]['carriers'])}, deals launched in "
        f"quarter 1.{unseen(data)} {_hinges(data, 'share')} {rough(data)}",
    )


def known_chart(data: Data) -> Any | None:
    """What part of consumers knows each entrant, quarter by quarter, deals launched."""
    found = [e for e in entries(data) if e["awareness"]]
    if not found:
        return None
    with_fan = draws(data) > 0
    names = names_of(with_fan, "central numbers")
    panels = [
        _panel(
            e["maker"],
            _scaled(fan(data, e["maker"], "known"), 100),
            {"central numbers": _line(awareness(e), 100)},
            alt.Axis(title="percent of consumers who know it", tickCount=6), names, len(found),
        )
        for e in found
    ]  # fmt: skip
    said = []
    for e in found:
        ends = fan(data, e["maker"], "known")[-1:]
        range_ = f" ({_to(ends[0]['q5'], ends[0]['q95'])})" if ends else ""
        said.append(f"{e['maker']} {percent(awareness(e)[-1])}{range_}")
    return titled(
        alt.concat(*panels, columns=2).resolve_scale(y="shared"),
        f"What a launch makes known lasts: consumers who know each in quarter {_last(data)}, "
        f"{joined(said)}" if _lasts(found) else
        f"Consumers who know each in quarter {_last(data)}: {joined(said)}",
        "At the start of each quarter, deals launched in quarter 1. Every new generation comes "
        "with a campaign of carriers; in between shelves and devices in use keep the name known "
        "and forgetting wears it down. These rates are assumed, none is measured. "
        f"{rough(data)}",
    )  # fmt: skip


def value_chart(data: Data) -> Any | None:
    """What deals have earned so far: if launched, and at the odds that they are and stay."""
    found = entries(data)
    if not found:
        return None
    with_fan = draws(data) > 0
    lines = ("central numbers", "mean") if with_fan else ("central numbers",)
    names = names_of(with_fan, *lines)
    axis = alt.Axis(title="dollars so far", labelExpr=DOLLARS, tickCount=6)
    rows = []
    for e in found:
        maker = e["maker"]
        earned, in_all = fan(data, maker, "earned"), fan(data, maker, "in all")
        central = {"central numbers": _line(e["cumulative"])}
        both = [_panel(f"{maker}, if launched", _scaled(earned), central, axis, names, 2)]
        if in_all:
            mean = {"mean": _line([r["mean"] for r in in_all])}
            title = f"{maker}, at the odds"
            both.append(_panel(title, _scaled(in_all), mean, axis, names, 2))
        rows.append(alt.hconcat(*both).resolve_scale(y="shared"))
    chances = [figure(data, e["maker"], "pays in all") for e in found]
    back = _each([(after_words(e), e["maker"]) for e in found])
    pays = _each([(f"{100 * c['mean']:.0f} percent", c["maker"]) for c in chances if c])
    odds = f"; at the odds of a launch they pay with probability {pays}" if pays else ""
    return titled(
        alt.vconcat(*rows),
        f"If launched, deals pay for themselves after {back}{odds}",
        f"Profits added less launch costs, present value at {percent(outlook(data)['rate'])} a "
        "year. At the odds: a draw in which talks fail loses the cost of the launch, any other "
        "sells for as long as politics lets it. Each entrant has its own scale."
        f"{unseen(data)} {_hinges(data, 'earned')} {rough(data)}",
    )


def _each(said: Sequence[tuple[str, str]]) -> str:
    """What is said of makers: once where it is the same of all."""
    if len({words for words, _ in said}) == 1:
        return said[0][0]
    return joined([f"{words} ({maker})" for words, maker in said])


def _panel(
    title: str,
    rows: Sequence[Data],
    lines: dict[str, list[tuple[int, float]]],
    axis: alt.Axis,
    names: Sequence[str],
    panels: int,
) -> Any:
    last = max(x for line in lines.values() for x, _ in line)
    at = alt.X("at:Q", title="quarter after the launch", scale=alt.Scale(domain=[1, last]),
               axis=alt.Axis(values=_ticks(last), grid=False))  # fmt: skip
    layers = fan_panel(rows, lines, at, axis, names)
    width = _HALF if panels > 1 else PLOT
    return layers.properties(title=panel(title, "group"), width=width, height=220)


def _ticks(last: int) -> list[int]:
    return [1, *range(4, last + 1, 4 * max(1, round(last / 24)))]


def _line(values: Sequence[float], scale: float = 1.0) -> list[tuple[int, float]]:
    return [(k + 1, scale * value) for k, value in enumerate(values)]


def _scaled(rows: Sequence[Data], scale: float = 1.0) -> list[Data]:
    cuts = [{k: scale * v for k, v in r.items() if k.startswith("q") and k[1:].isdigit()}
            for r in rows]  # fmt: skip
    return [cut | {"at": r["quarter"] + 1} for cut, r in zip(cuts, rows, strict=True)]


def _to(low: float, high: float) -> str:
    return f"{number(100 * low, 2)} to {percent(high)}"


def _last(data: Data) -> int:
    return len(entries(data)[0]["units"])


def _lasts(found: Sequence[Data]) -> bool:
    """Whether every entrant is about as well known in the last quarter as in the first."""
    return all(awareness(e)[-1] > 0.9 * awareness(e)[0] for e in found)


def _hinges(data: Data, what: str) -> str:
    """The input with the largest part in the spread of the first entrant's output; where draws are
    too few to tell, the assumption that its first deal hangs on most."""
    found = sources(data, what)
    if not found:
        return matters_most(data, "joint")
    top = next(iter(found.values()))[0]
    return (
        f"What matters most: the {input_words(data, top['input'])} ({percent(top['first'])} of "
        f"{top['maker']}'s spread)."
    )


PATHS: dict[str, Callable[[Data], Any | None]] = {
    "value-path": value_chart,
    "share-path": share_chart,
    "known-path": known_chart,
}
