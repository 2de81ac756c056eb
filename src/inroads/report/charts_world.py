"""Charts of the world table: how likely the leader passes each rival, and what all ship."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.fans import fan_panel, names_of
from inroads.report.outlook import draws, odds, rank, rough
from inroads.report.reading import Data, things
from inroads.report.style import BLUE, COUNTS, ORANGE, PLOT, panel, titled
from inroads.report.words import about, joined

_WIDEST = 7.0
#: scenarios: what they are called, colour, width; the widest lies lowest
_SCENARIOS: dict[str, tuple[str, str, float]] = {
    "without": ("without carriers", "#b4bec8", _WIDEST),
    "in all": ("at the odds of a launch", ORANGE, 2.5),
    "with": ("with carriers", BLUE, 2.5),
}


def passing_chart(data: Data) -> Any | None:
    """The probability that the leader ships more than each rival in a quarter."""
    found = rank(data)
    rows = [r for r in found.get("odds") or [] if r["span"] == "quarter"]
    if not rows:
        return None
    names = [name for name, _, _ in _SCENARIOS.values()]
    frame = pd.DataFrame(
        [{"rival": r["rival"], "at": _start(r["period"]), "percent": 100 * r["probability"],
          "what": _SCENARIOS[r["scenario"]][0]} for r in rows]
    )  # fmt: skip
    axis = alt.Axis(title="percent", values=[0, 25, 50, 75, 100])
    y = alt.Y("percent:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)
    scale = alt.Scale(domain=names, range=[look[1] for look in _SCENARIOS.values()])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale,
                       legend=alt.Legend(symbolType="square", symbolStrokeWidth=0))  # fmt: skip
    panels = []
    for rival in found["rivals"]:
        own = frame[frame["rival"] == rival]
        layers = [
            alt.Chart(own[own["what"] == name])
            .mark_line(strokeWidth=width, opacity=1, point=width < _WIDEST)
            .encode(x=_time(own["at"].nunique()), y=y, color=colour)
            for name, _, width in _SCENARIOS.values()
        ]
        title = panel(f"{found['leader']} before {rival}", "group")
        width = PLOT / 2 + 15 if len(found["rivals"]) > 1 else PLOT
        panels.append(alt.layer(*layers).properties(title=title, width=width, height=240))
    return titled(
        alt.concat(*panels, columns=2),
        _most(data),
        f"Probability that it ships more {things(data)} in the world in that quarter, by "
        f"{found['firm']}'s count. Forecasts go on with the growth of the past and its seasons: "
        f"with growth that fades, all of them would be lower. {_added(data)}",
    )


def _most(data: Data) -> str:
    """By how much carriers move the odds, where they move them most."""
    said = []
    for k, rival in enumerate(rank(data)["rivals"]):
        without, with_ = (odds(data, rival, s, "quarter") for s in ("without", "with"))
        most = max(with_, key=lambda p: abs(with_[p] - without[p]))
        at_most = "percent at most (" if k == 0 else "("
        from_to = f"from {100 * without[most]:.0f} to {100 * with_[most]:.0f}"
        said.append(f"{rival} {from_to} {at_most}{most})")
    return f"Carriers move the odds that {rank(data)['leader']} passes {joined(said)}"


def shipments_chart(data: Data) -> Any | None:
    """World shipments of the leader and its rivals: as counted, then the fan of the forecast."""
    found = rank(data)
    rows = [r for r in found.get("fan") or [] if r["scenario"] == "without"]
    if not rows:
        return None
    names = names_of(True, "shipped", "median with deals")
    makers = [found["leader"], *found["rivals"]]
    axis = alt.Axis(title=f"{things(data)} a quarter", labelExpr=COUNTS, tickCount=6)
    panels, said = [], []
    for k, maker in enumerate(makers):
        past = [(_start(h["quarter"]), h["units"]) for h in found["history"] if h["maker"] == maker]
        own = [r | {"at": _start(r["quarter"])} for r in rows if r["maker"] == maker]
        deals = [(_start(r["quarter"]), r["q50"]) for r in found["fan"]
                 if r["scenario"] == "with" and r["maker"] == maker]  # fmt: skip
        layers = fan_panel(own, {"shipped": past, "median with deals": deals},
                           _time(len(past) + len(own)),
                           axis if k == 0 else _BARE, names)  # fmt: skip
        panels.append(
            layers.properties(title=panel(maker, "group"), width=_width(len(makers)), height=240)
        )
        said.append((own[-1], deals[-1][1] - own[-1]["q50"]))
    last, more = said[0]
    title = (
        f"What carriers would add to {makers[0]}'s shipments in {last['quarter']}, "
        f"{about(more)}, is little beside what a forecast leaves open: {about(last['q5'])} to "
        f"{about(last['q95'])}"
    )
    if more > 0.5 * (last["q95"] - last["q5"]):
        title = (
            f"Carriers would add {about(more)} to {makers[0]}'s shipments in {last['quarter']}, "
            f"forecast at {about(last['q5'])} to {about(last['q95'])} without them"
        )
    return titled(
        alt.concat(*panels, columns=3).resolve_scale(y="shared"),
        title,
        f"World shipments by {found['firm']}'s count (lines run across quarters without a figure), "
        "and each maker's forecast by itself, without carriers. It takes the growth of the past to "
        "go on; deals change nothing elsewhere in the world. "
        f"{_added(data)}",
    )


#: beside an axis with the same scale
_BARE = alt.Axis(title=None, labelExpr="' '", ticks=False, domain=False)


def _start(quarter: str) -> str:
    """The day on which a quarter begins, as charts read it."""
    return f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02d}-01"


def _time(quarters: int) -> alt.X:
    """An axis of quarters: every year named, or every second where there are many."""
    step = 1 if quarters <= 20 else 2
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=step),
                    title=None, grid=True)  # fmt: skip
    return alt.X("at:T", axis=axis)


def _width(panels: int) -> float:
    return {1: PLOT, 2: PLOT / 2 + 15}.get(panels, PLOT / 3 + 20)


def _added(data: Data) -> str:
    """How well it is known what carriers add."""
    few = ": a rough picture" if rough(data) else ""
    return f"What carriers add is drawn {draws(data):,} times{few}."


WORLD: dict[str, Callable[[Data], Any | None]] = {
    "passing": passing_chart,
    "shipments": shipments_chart,
}
