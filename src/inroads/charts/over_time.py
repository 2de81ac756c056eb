"""Lines over periods, and a fan of what may come."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import BLUE, WIDTH, plain, series

_HEIGHT = 240
_OUTER, _INNER = "#cfe3f1", "#8fc1e3"


def lines(table: pd.DataFrame, title: str) -> Any:
    """A line a column of a table whose rows are periods."""
    names = [str(column) for column in table.columns]
    periods = table.set_axis(names, axis=1).rename_axis("period").reset_index()
    long = periods.melt("period", names, "series", "value")
    chart = alt.Chart(long).mark_line(point=True, strokeWidth=2)
    return plain(
        chart.encode(
            x=_periods(table.index),
            y=alt.Y("value:Q", title=title),
            color=series(names),
            tooltip=["series:N", "period:Q", alt.Tooltip("value:Q", format=".4~g")],
        ).properties(width=WIDTH, height=_HEIGHT)
    )


def fan(quantiles: pd.DataFrame, title: str) -> Any:
    """Median, half and nine of ten draws: columns p5, p25, p50, p75, p95, rows periods."""
    data = quantiles.rename_axis("period").reset_index()
    x = _periods(quantiles.index)
    chart = alt.Chart(data).encode(x=x)
    bands = [
        chart.mark_area(color=colour).encode(y=alt.Y(f"{low}:Q", title=title), y2=f"{high}:Q")
        for low, high, colour in (("p5", "p95", _OUTER), ("p25", "p75", _INNER))
    ]
    tips = [alt.Tooltip(f"{c}:Q", format=".4~g") for c in quantiles]
    median = chart.mark_line(color=BLUE, point=True, strokeWidth=2)
    middle = median.encode(y="p50:Q", tooltip=["period:Q", *tips])
    return plain(alt.layer(*bands, middle).properties(width=WIDTH, height=_HEIGHT))


def _periods(index: pd.Index) -> alt.X:
    return alt.X("period:Q", title="period", axis=alt.Axis(tickMinStep=1, grid=False))
