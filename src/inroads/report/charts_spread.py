"""Charts of where the spread of the draws comes from: slopes and first-order Sobol indices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.fans import DOLLARS
from inroads.report.inputs import input_words
from inroads.report.outlook import draws, rough, sources
from inroads.report.reading import Data
from inroads.report.style import (
    BLUE,
    INK,
    ORANGE,
    PLOT,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import gained, joined, percent

#: inputs that are shown, those with the largest part
_MOST = 8
_WHATS = {"units": "units in the first quarter", "earned": "worth if launched"}


def slopes_chart(data: Data) -> Any | None:
    """What one standard deviation more of each input does to the worth of the deals."""
    found = sources(data, "earned")
    if not found:
        return None
    panels, said = [], []
    for maker, rows in found.items():
        most = sorted(rows, key=lambda r: -abs(r["slope"]))[:_MOST]
        frame = pd.DataFrame(
            [{"case": wrapped(input_words(data, r["input"]), 34), "change": r["slope"],
              "side": "more" if r["slope"] > 0 else "less", "said": gained(r["slope"])}
             for r in most]
        )  # fmt: skip
        panels.append(_bars(maker, frame))
        top = most[0]
        said.append(f"{maker}'s by {gained(top['slope'])} ({input_words(data, top['input'])})")
    fits = joined([f"{percent(rows[0]['r_squared'])} of {m}'s" for m, rows in found.items()])
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        f"One standard deviation of one input moves the worth of the deals most: {joined(said)}",
        "Worth if launched, present value after the last quarter: change for one standard "
        "deviation more of the input, the others as they fall (linear; the line explains "
        f"{fits} spread). {draws(data):,} draws from the stated distributions. {rough(data)}",
    )


def _bars(maker: str, frame: pd.DataFrame) -> Any:
    most = float(frame["change"].abs().max()) or 1.0
    low, high = (float(f(0.0, end)) for f, end in
                 ((min, frame["change"].min()), (max, frame["change"].max())))  # fmt: skip
    scale = alt.Scale(domain=[low - 0.25 * most, high + 0.25 * most])
    axis = alt.Axis(labelExpr=DOLLARS, title="dollars", tickCount=6)
    x = alt.X("change:Q", scale=scale, axis=axis)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    colour = alt.Color("side:N", legend=None,
                       scale=alt.Scale(domain=["more", "less"], range=[BLUE, ORANGE]))  # fmt: skip
    bars = base.mark_bar(height=16).encode(x=x, color=colour)
    right = base.transform_filter("datum.change >= 0").mark_text(align="left", dx=5)
    left = base.transform_filter("datum.change < 0").mark_text(align="right", dx=-5)
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    texts = [side.encode(x=x, text="said:N") for side in (left, right)]
    return alt.layer(bars, zero, *texts).properties(
        title=panel(maker), width=PLOT, height=alt.Step(30)
    )


def sobol_chart(data: Data) -> Any | None:
    """The part of the spread that each input brings by itself, with how sure that is."""
    by_what = {what: found for what in _WHATS if (found := sources(data, what))}
    if not by_what:
        return None
    panels, said = [], []
    for maker in dict.fromkeys(m for found in by_what.values() for m in found):
        own = {what: found[maker] for what, found in by_what.items() if maker in found}
        lead = next(reversed(own.values()))
        names = [r["input"] for r in lead[:_MOST]]
        frame = pd.DataFrame(
            [{"case": wrapped(input_words(data, name), 34), "what": _WHATS[what],
              "part": 100 * r["first"], "low": 100 * (r["first"] - r["error"]),
              "high": 100 * (r["first"] + r["error"])}
             for name in names for what, rows in own.items() for r in rows if r["input"] == name]
        )  # fmt: skip
        panels.append(_dots(maker, frame))
        top = lead[0]
        said.append(
            f"{percent(top['first'])} of {maker}'s from the {input_words(data, top['input'])}"
        )
    return titled(
        alt.vconcat(*panels).resolve_scale(x="shared"),
        f"What the spread in worth comes from, one input by itself: {joined(said)}",
        "First-order Sobol indices: the part of the variance that would go if the input were "
        "known. What is missing to 100 percent is joint effects. Lines: how sure the index is, "
        f"from {draws(data):,} draws; one that reaches zero says nothing. {rough(data)}",
    )


def _dots(maker: str, frame: pd.DataFrame) -> Any:
    names = list(_WHATS.values())
    x: dict[str, Any] = {"axis": alt.Axis(title="percent of the variance", tickCount=6)}
    scale = alt.Scale(domain=names, range=[ORANGE, BLUE])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale)
    shape = alt.Shape("what:N", title=None, sort=None,
                      scale=alt.Scale(domain=names, range=["diamond", "circle"]))  # fmt: skip
    base = alt.Chart(frame).encode(
        y=alt.Y("case:N", sort=None, axis=rows_axis()), yOffset=alt.YOffset("what:N", sort=names)
    )
    line = base.mark_rule(strokeWidth=3, opacity=0.4).encode(
        x=alt.X("low:Q", **x), x2="high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("part:Q", **x), color=colour, shape=shape
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    return alt.layer(line, zero, dots).properties(
        title=panel(maker), width=PLOT, height=alt.Step(16)
    )


SPREAD: dict[str, Callable[[Data], Any | None]] = {
    "slopes": slopes_chart,
    "sobol": sobol_chart,
}
