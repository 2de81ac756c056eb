"""A curve with a level that it is held against: the profile of an objective."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import BLUE, GREY, plain


def curve_and_level(x: pd.Series, y: pd.Series, level: float, mark: float) -> Any:
    """y over x with its points; a dashed line at `level`, another at x = `mark`."""
    table = pd.DataFrame({"x": x, "y": y})
    place = alt.X("x:Q", title=str(x.name), scale=alt.Scale(zero=False))
    # Far from the minimum a profile is so high that what matters would be flat.
    height = alt.Y("y:Q", title=str(y.name), scale=alt.Scale(domain=[0, 3 * level], clamp=True))
    points = alt.Chart(table).mark_line(color=BLUE, point=True).encode(x=place, y=height)
    rule = alt.Chart(pd.DataFrame({"y": [level]})).mark_rule(color=GREY, strokeDash=[4, 3])
    estimate = alt.Chart(pd.DataFrame({"x": [mark]})).mark_rule(color=GREY)
    return plain((points + rule.encode(y="y:Q") + estimate.encode(x="x:Q")).properties(width=320))
