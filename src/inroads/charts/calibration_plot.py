"""Are intervals as wide as they should be? Predicted quantiles beside how often they held."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import beta

from inroads.charts.style import BLUE, GREY


def calibration_plot(frame: pd.DataFrame) -> alt.LayerChart:
    """The share of outcomes below each predicted quantile, less that quantile.

    The band holds 95 percent of points of calibrated, independent forecasts (order statistics of
    the uniform distribution).
    """
    below = np.sort(frame["below"].to_numpy(float))
    n = len(below)
    rank = np.arange(1, n + 1)
    place = rank / (n + 1)
    data = pd.DataFrame(
        {
            "quantile": place,
            "difference": place - below,
            "low": place - beta.ppf(0.975, rank, n + 1 - rank),
            "high": place - beta.ppf(0.025, rank, n + 1 - rank),
        }
    )
    x = alt.X("quantile:Q", title="Share of entries", axis=alt.Axis(format="%"))
    y = alt.Y("difference:Q", title="Excess over predicted probability")
    layers = [
        alt.Chart(data).mark_area(color=GREY, opacity=0.2).encode(x=x, y="low:Q", y2="high:Q"),
        alt.Chart(data).mark_rule(color=GREY, strokeDash=[4, 3]).encode(y=alt.datum(0)),
        alt.Chart(data).mark_line(color=BLUE).encode(x=x, y=y),
    ]
    return alt.LayerChart(layer=layers, width=480, height=260)
