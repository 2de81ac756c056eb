"""Distributions side by side: costs, markups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from inroads.charts.style import BLUE, GREY, plain

_BARS, _FEW = 24, 25


def histograms(values: Mapping[str, Sequence[float] | np.ndarray]) -> Any:
    """A panel each, the median marked: bars, of few numbers a tick each.

    Numbers that are not finite are left out.
    """
    panels = [_histogram(name, np.asarray(numbers, float)) for name, numbers in values.items()]
    return plain(alt.hconcat(*panels))


def _histogram(name: str, numbers: np.ndarray) -> Any:
    finite = numbers[np.isfinite(numbers)]
    if len(finite) < _FEW:
        ticks = alt.Chart(pd.DataFrame({"tick": finite}))
        place = alt.X("tick:Q", title=name, scale=alt.Scale(zero=False))
        shape = ticks.mark_tick(color=BLUE, thickness=2, size=60).encode(x=place)
    else:
        counts, edges = np.histogram(finite, bins=_BARS)
        bars = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "count": counts, "zero": 0})
        columns = alt.Chart(bars).mark_rect(color=BLUE, stroke="white", strokeWidth=1)
        x = alt.X("low:Q", title=name, scale=alt.Scale(zero=False, nice=False))
        y = alt.Y("count:Q", title="products")
        shape = columns.encode(x=x, x2="high:Q", y=y, y2="zero:Q")
    middle = pd.DataFrame({"median": [float(np.median(finite))] if finite.size else []})
    rule = alt.Chart(middle).mark_rule(color=GREY, strokeDash=[4, 3], strokeWidth=2)
    height = 60 if len(finite) < _FEW else 180
    return (shape + rule.encode(x="median:Q")).properties(width=240, height=height)
