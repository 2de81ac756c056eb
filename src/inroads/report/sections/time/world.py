"""The world ranking: how likely the leader passes each rival, and what all ship."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    ORANGE,
    PLOT,
    FanPoint,
    fan_names,
    fan_panel,
    panel,
    titled,
)
from inroads.report.format import capitalised, count_words, list_words, percent
from inroads.report.phrases import few_draws_note
from inroads.report.sections.time.worth import percent_cell
from inroads.report.table import Table
from inroads.results.keys import DealScenario
from inroads.results.tree import Results
from inroads.results.world import WorldRanking

_WIDEST = 7.0
_WITHOUT, _WITH = DealScenario.WITHOUT_DEALS, DealScenario.WITH_DEALS
_ORDER = (_WITHOUT, _WITH, DealScenario.AT_ODDS)


def passing_table(results: Results, world: WorldRanking) -> Table:
    """A rival and year a row."""
    channels = results.words.channels
    heads = ("Passes", "Year", f"Without {channels}", "With them", "At the odds of a launch")
    rows = [
        (
            rival if k == 0 else "",
            year,
            *(percent_cell(world.odds_of(rival, s, "year")[year]) for s in _ORDER),
        )
        for rival in world.rivals
        for k, year in enumerate(world.years)
    ]
    return Table(heads=heads, rows=rows, text_columns=2)


def passing_chart(results: Results, world: WorldRanking) -> Any | None:
    """The probability that the leader ships more than each rival in a period."""
    rows = [row for row in world.odds if row.span == "quarter"]
    if not rows:
        return None
    channels = results.words.channels
    # What each scenario is called, its colour and width; the widest lies lowest.
    looks = {
        _WITHOUT: (f"without {channels}", "#b4bec8", _WIDEST),
        DealScenario.AT_ODDS: ("at the odds of a launch", ORANGE, 2.5),
        _WITH: (f"with {channels}", BLUE, 2.5),
    }
    names = [name for name, _, _ in looks.values()]
    frame = pd.DataFrame(
        [{"rival": r.rival, "at": _first_day(r.period), "percent": 100 * r.probability,
          "what": looks[r.scenario][0]} for r in rows]
    )  # fmt: skip
    axis = alt.Axis(title="percent", values=[0, 25, 50, 75, 100])
    y = alt.Y("percent:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)
    scale = alt.Scale(domain=names, range=[colour for _, colour, _ in looks.values()])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale,
                       legend=alt.Legend(symbolType="square", symbolStrokeWidth=0))  # fmt: skip
    panels = []
    for rival in world.rivals:
        of_rival = frame[frame["rival"] == rival]
        layers = [
            alt.Chart(of_rival[of_rival["what"] == name])
            .mark_line(strokeWidth=width, opacity=1, point=width < _WIDEST)
            .encode(x=_time(of_rival["at"].nunique()), y=y, color=colour)
            for name, _, width in looks.values()
        ]
        title = panel(f"{world.leader} before {rival}", "group")
        width = PLOT / 2 + 15 if len(world.rivals) > 1 else PLOT
        panels.append(alt.layer(*layers).properties(title=title, width=width, height=240))
    return titled(
        alt.concat(*panels, columns=2),
        _largest_change(results, world),
        f"Probability that it ships more {results.words.units} in the world in that quarter, by "
        f"the count of {world.research_firm}. {_method(world)} {few_draws_note(results)}",
    )


def _largest_change(results: Results, world: WorldRanking) -> str:
    """By how much channels move the odds, where they move them most."""
    clauses = []
    for k, rival in enumerate(world.rivals):
        without, with_ = (world.odds_of(rival, s, "quarter") for s in (_WITHOUT, _WITH))
        most = max(with_, key=lambda p: abs(with_[p] - without[p]))
        at_most = "percent at most (" if k == 0 else "("
        places = 0 if round(100 * without[most]) != round(100 * with_[most]) else 1
        from_to = f"from {100 * without[most]:.{places}f} to {100 * with_[most]:.{places}f}"
        clauses.append(f"{rival} {from_to} {at_most}{most})")
    channels = capitalised(results.words.channels)
    return f"{channels} move the odds that {world.leader} passes {list_words(clauses)}"


def shipments_chart(results: Results, world: WorldRanking) -> Any | None:
    """World shipments of the leader and its rivals: as counted, then the fan of the forecast."""
    if not any(row.scenario == _WITHOUT for row in world.forecast):
        return None
    w = results.words
    names = fan_names(True, "shipped", "median with deals")
    manufacturers = [world.leader, *world.rivals]
    axis = alt.Axis(title=f"{w.units} a quarter", labelExpr=COUNTS, tickCount=6)
    panels = []
    for k, manufacturer in enumerate(manufacturers):
        past = [
            (_first_day(h.quarter), h.units)
            for h in world.history
            if h.manufacturer == manufacturer
        ]
        without, with_ = (_forecast(world, manufacturer, s) for s in (_WITHOUT, _WITH))
        median = [(point.at, point.quantiles.p50) for point in with_]
        layers = fan_panel(
            without,
            {"shipped": past, "median with deals": median},
            _time(len(past) + len(without)),
            axis if k == 0 else _UNLABELLED_AXIS,
            among=names,
        )
        panels.append(
            layers.properties(
                title=panel(manufacturer, "group"), width=_width(len(manufacturers)), height=240
            )
        )
    last = _forecast(world, manufacturers[0], _WITHOUT)[-1].quantiles
    more = _forecast(world, manufacturers[0], _WITH)[-1].quantiles.p50 - last.p50
    title = (
        f"What {w.channels} would add to {manufacturers[0]}'s shipments in {world.until}, "
        f"{count_words(more)}, is little beside what a forecast leaves open: "
        f"{count_words(last.p5)} to {count_words(last.p95)}"
    )
    if more > 0.5 * (last.p95 - last.p5):
        title = (
            f"{capitalised(w.channels)} would add {count_words(more)} to {manufacturers[0]}'s "
            f"shipments in {world.until}, forecast at {count_words(last.p5)} to "
            f"{count_words(last.p95)} without them"
        )
    return titled(
        alt.concat(*panels, columns=3).resolve_scale(y="shared"),
        title,
        f"By the count of {world.research_firm}, and forecasts without {w.channels}.",
    )


def _method(world: WorldRanking) -> str:
    """How shipments are forecast."""
    growth = "goes on"
    if world.damping < 1:
        growth = f"fades by {percent(1 - world.damping)} a quarter"
    return f"The growth of the past {growth}, seasons stay."


#: beside an axis with the same scale
_UNLABELLED_AXIS = alt.Axis(title=None, labelExpr="' '", ticks=False, domain=False)


def _forecast(world: WorldRanking, manufacturer: str, scenario: DealScenario) -> list[FanPoint]:
    return [
        FanPoint(_first_day(row.quarter), row.quantiles)
        for row in world.forecast
        if (row.manufacturer, row.scenario) == (manufacturer, scenario)
    ]


def _first_day(quarter: str) -> str:
    """The day on which a period begins, as charts read it."""
    return f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02d}-01"


def _time(periods: int) -> alt.X:
    """An axis of periods: every year named, or every second where there are many."""
    step = 1 if periods <= 20 else 2
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=step),
                    title=None, grid=True)  # fmt: skip
    return alt.X("at:T", axis=axis)


def _width(panels: int) -> float:
    return {1: PLOT, 2: PLOT / 2 + 15}.get(panels, PLOT / 3 + 20)
