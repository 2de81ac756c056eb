"""Ranges with what was agreed within: wholesale prices at which both sides gain."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import BLUE, RED, ROW, SKY, WIDTH, plain


def bargaining_ranges(ranges: pd.DataFrame) -> Any:
    """A row a negotiation: columns pair, lowest (the manufacturer gains nothing), agreed, highest
    (the channel gains nothing)."""
    names = ranges["pair"].tolist()
    y = alt.Y("pair:N", sort=names, title=None)
    x = alt.X("lowest:Q", title="wholesale price", scale=alt.Scale(zero=False, padding=12))
    places = ("lowest", "agreed", "highest")
    tips: list[Any] = ["pair:N", *(alt.Tooltip(f"{place}:Q", format=".4~g") for place in places)]
    chart = alt.Chart(ranges).encode(y=y, tooltip=tips)
    bars = chart.mark_bar(color=SKY, height=12).encode(x=x, x2="highest:Q")
    ends = [
        chart.mark_tick(color=BLUE, thickness=2, height=16).encode(x=f"{end}:Q")
        for end in ("lowest", "highest")
    ]
    point = chart.mark_point(filled=True, color=RED, size=90, opacity=1).encode(x="agreed:Q")
    return plain(alt.layer(bars, *ends, point).properties(width=WIDTH, height=alt.Step(ROW)))
