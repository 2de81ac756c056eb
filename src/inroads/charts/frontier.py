"""Value against risk: a point a choice, those on the frontier joined."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import BLUE, GREY, RED, WIDTH, plain


def value_and_risk(table: pd.DataFrame, names: tuple[str, str], marked: str) -> Any:
    """A row a choice: columns risk, value, and `on frontier`; the marked one in another colour.

    names: of the axes, of risk and value.
    """
    rows = table.rename_axis("choice").reset_index()
    rows["colour"] = [RED if choice == marked else BLUE for choice in rows["choice"]]
    x = alt.X("risk:Q", title=names[0], scale=alt.Scale(zero=False, padding=16))
    y = alt.Y("value:Q", title=names[1], scale=alt.Scale(zero=False, padding=16))
    tips: list[Any] = [
        "choice:N",
        *(alt.Tooltip(f"{c}:Q", format=".4~g") for c in ("risk", "value")),
    ]
    chart = alt.Chart(rows).encode(x=x, y=y, tooltip=tips)
    line = alt.Chart(rows[rows["on frontier"]]).mark_line(color=GREY, strokeDash=[4, 3])
    points = chart.mark_point(filled=True, size=80, opacity=1)
    labels = chart.mark_text(align="left", dx=8, fontSize=11).encode(text="choice:N")
    return plain(
        alt.layer(
            line.encode(x=x, y=y),
            points.encode(color=alt.Color("colour:N", scale=None)),
            labels,
        ).properties(width=WIDTH, height=300)
    )
