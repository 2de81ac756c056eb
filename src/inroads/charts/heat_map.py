"""A square of numbers as colours: elasticities, diversion."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from inroads.charts.style import plain, texts_of

#: cells up to so many columns are wide enough for their number
_NUMBERED = 16
_CELL = 38


def heat_map(table: pd.DataFrame, title: str, *, rows: str, columns: str) -> Any:
    """A table (J, K) as cells; small numbers keep their colour beside large ones (symmetric log).

    rows, columns: what these are.
    """
    row_names, column_names = texts_of(table.index), texts_of(table.columns)
    values = table.to_numpy(float)
    cells = pd.DataFrame(
        {
            "row": np.repeat(row_names, len(column_names)),
            "column": column_names * len(row_names),
            "value": values.ravel(),
        }
    )
    within = np.abs(values[values != 0.0])
    scale = alt.Scale(
        type="symlog",
        constant=float(np.median(within)) if within.size else 1.0,
        scheme="blueorange",
        domain=[-float(within.max(initial=1.0)), float(within.max(initial=1.0))],
    )
    size = _CELL if len(column_names) <= _NUMBERED else max(8, 640 // len(column_names))
    chart = alt.Chart(cells).encode(
        x=alt.X("column:N", sort=column_names, title=columns, axis=alt.Axis(orient="top")),
        y=alt.Y("row:N", sort=row_names, title=rows),
        tooltip=["row:N", "column:N", alt.Tooltip("value:Q", format=".3~g")],
    )
    marks = chart.mark_rect().encode(
        color=alt.Color("value:Q", scale=scale, legend=None),
    )
    if len(column_names) <= _NUMBERED:
        dark = alt.expr.abs(alt.datum.value) > 0.6 * float(within.max(initial=1.0))
        colour = alt.condition(dark, alt.value("white"), alt.value("black"))
        numbers = chart.mark_text(fontSize=11).encode(
            text=alt.Text("value:Q", format=".2f"), color=colour
        )
        marks = marks + numbers
    return plain(marks.properties(title=title, width=alt.Step(size), height=alt.Step(size - 10)))
