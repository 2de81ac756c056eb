"""Before and after, an offer a row."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import ORANGE, ROW, RULE, WIDTH, plain, series, texts_of

BEFORE, AFTER = "before", "after"


def before_after(before: pd.Series, after: pd.Series, title: str) -> Any:
    """Two points an offer, joined: hardly moved ones hide under one another."""
    names = texts_of(before.index)
    wide = pd.DataFrame({"offer": names, "before": before.to_numpy(), "after": after.to_numpy()})
    long = wide.melt("offer", [BEFORE, AFTER], "series", "value")
    y = alt.Y("offer:N", sort=names, title=None, axis=alt.Axis(grid=True))
    x_scale = alt.Scale(zero=False, nice=True, padding=12)
    line = alt.Chart(wide).mark_rule(color=ORANGE, strokeWidth=3, opacity=0.5)
    joined = line.encode(y=y, x=alt.X("before:Q", title=title, scale=x_scale), x2="after:Q")
    dots = alt.Chart(long).mark_point(filled=True, size=90, opacity=1, stroke=RULE)
    points = dots.encode(
        y=y,
        x=alt.X("value:Q", title=title, scale=x_scale),
        color=series([BEFORE, AFTER]),
        tooltip=["offer:N", "series:N", alt.Tooltip("value:Q", format=".4~g")],
    )
    return plain((joined + points).properties(width=WIDTH, height=alt.Step(ROW)))
