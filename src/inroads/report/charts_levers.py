"""Charts of what deals rest on: how things are paid for, and the assumptions behind the terms."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.deals import at_words, matters_most, part, reach, talks, term_swings
from inroads.report.reading import Data
from inroads.report.style import (
    BLUE,
    INK,
    MILLIONS,
    ORANGE,
    PLOT,
    RED,
    log_x,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import about, apiece, joined, money, number


def levers_chart(data: Data) -> Any | None:
    """How many times the sales without partners, under each way of paying."""
    rows = part(data, "levers")
    if not rows:
        return None
    frame = pd.DataFrame(
        [{"case": wrapped(r["label"], 34), "times": r["multiple"], "as_is": r["lever"] == "as-is",
          "said": f"{number(r['multiple'], 2)}×  ·  {about(r['units'])} at "
          f"{apiece(r['price'])}, {about(r['units_alone'])} without"} for r in rows]
    )  # fmt: skip
    scale, ticks = log_x([*frame["times"], 1.0])
    axis = alt.Axis(values=ticks, format="~g", title="times the sales without partners (log scale)")
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("times:Q", scale=scale, axis=axis)
    stem = base.mark_rule(strokeWidth=2, color="#c3cbd3").encode(x=x, x2=alt.datum(1.0))
    dots = base.mark_circle(size=120, opacity=1).encode(
        x=x, color=alt.condition("datum.as_is", alt.value(INK), alt.value(BLUE))
    )
    text = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 235), text="said:N")
    reached = alt.Chart(frame).mark_point(opacity=0).encode(x=alt.value(PLOT + 20))
    by = {r["lever"]: r for r in rows}
    title = f"What {rows[0]['maker']}'s partners multiply sales by hangs on how one pays"
    if {"as-is", "cash", "no-subsidy"} <= by.keys():
        now, cash, none = (number(by[k]["multiple"], 2) for k in ("as-is", "cash", "no-subsidy"))
        title = (
            f"If everyone pays cash, partners still multiply {rows[0]['maker']}'s sales by {cash} "
            f"instead of {now}; without subsidies by {none}"
        )
    return titled(
        alt.layer(stem, dots, text, reached).properties(width=PLOT - 250, height=alt.Step(40)),
        title,
        "At the right: multiple, units at the retail price through partners, units without them. "
        "One thing is changed at a time; carriers' retail prices and the entrant's terms answer, "
        "present makers' wholesale prices stand. What matters most: what a subscriber is worth to "
        "carriers, set by their loss on equipment.",
    )


_PANELS = {"joint": "Joint surplus of the deal", "wholesale": "Wholesale price",
           "worth": "What talks are worth to the maker"}  # fmt: skip


def terms_tornado(data: Data) -> Any | None:
    """Joint surplus, wholesale price and worth of the first deal across assumptions' ranges."""
    found = term_swings(data)
    rows = [t for t in part(data, "terms") if t["label"] == "As above"]
    if not found or not rows:
        return None
    deal = rows[0]
    ahead = next(t["ahead"] for t in talks(data)
                 if (t["maker"], t["carrier"]) == (deal["maker"], deal["carrier"]))  # fmt: skip
    central = {"joint": deal["joint"], "wholesale": deal["wholesale"], "worth": ahead["worth"]}
    panels = [
        _swing_panel(found, metric, central[metric], name) for metric, name in _PANELS.items()
    ]
    bad = [s["label"] for s in found if min(s["sides"][k]["joint"] for k in s["sides"]) < 0]
    worst = [s["label"] for s in found if min(s["sides"][k]["worth"] for k in s["sides"]) < 0]
    lowest = min(s["sides"][k]["worth"] for s in found for k in s["sides"])
    title = (
        f"No assumption alone undoes {deal['maker']} and {deal['carrier']}: talks stay worth "
        f"{money(lowest)} or more"
    )
    if bad or worst:
        title = f"{deal['maker']} and {deal['carrier']} hangs on the {joined(bad or worst)}"
    return titled(
        alt.vconcat(*(p for p in panels if p is not None)).resolve_scale(x="independent"),
        title,
        f"{deal['maker']} and {deal['carrier']} when one assumption moves to the low or high end "
        "of its range (firms and, where it matters there, the market fitted anew); the line is the "
        f"answer; labels are the assumption's value. {matters_most(data, 'joint')}",
    )


def _swing_panel(found: list[Data], metric: str, central: float, name: str) -> Any | None:
    moved = [s for s in found if reach(s, metric) > 1e-6 * max(abs(central), 1.0)]
    moved.sort(key=lambda s: -reach(s, metric))
    if not moved:
        return None
    frame = pd.DataFrame(
        [{"case": wrapped(s["label"], 34), "side": side, "value": r[metric], "said": at_words(r),
          "left": r[metric] == min(x[metric] for x in s["sides"].values())}
         for s in moved for side, r in s["sides"].items()]
    )  # fmt: skip
    low, high = min(frame["value"].min(), central), max(frame["value"].max(), central)
    room = 0.2 * (high - low)
    scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
    expr = "'$' + format(datum.value, ',.0f')" if metric == "wholesale" else MILLIONS
    unit = "dollars apiece" if metric == "wholesale" else "dollars"
    axis = alt.Axis(labelExpr=expr, title=unit, tickCount=6)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("value:Q", scale=scale, axis=axis)
    span = base.mark_rule(strokeWidth=5, color="#c3cbd3").encode(
        x=alt.X("min(value):Q", scale=scale, axis=axis), x2="max(value):Q"
    )
    colour = alt.Color("side:N", title="assumption at its",
                       scale=alt.Scale(domain=["low", "high"], range=[ORANGE, BLUE]))  # fmt: skip
    line = alt.Chart(pd.DataFrame({"value": [central]})).mark_rule(color=RED, strokeDash=[4, 3])
    layers: list[Any] = [line.encode(x=x), span]
    layers.append(base.mark_circle(size=100, opacity=1).encode(x=x, color=colour))
    ends: Any = (("datum.left", "right", -9), ("!datum.left", "left", 9))
    for test, align, dx in ends:
        text = base.transform_filter(test).mark_text(align=align, dx=dx)
        layers.append(text.encode(x=x, text="said:N"))
    return alt.layer(*layers).properties(title=panel(name), width=PLOT, height=alt.Step(30))
