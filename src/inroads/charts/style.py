"""Colours that colour-blind readers tell apart, and names of offers as labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

# Okabe and Ito's palette, without its yellow, which is unreadable on white.
BLUE, ORANGE, GREEN, PINK, SKY, RED = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"),
)
GREY, RULE = "#5b6875", "#d9dee3"
SERIES = (BLUE, ORANGE, GREEN, PINK, SKY, RED, GREY)
WIDTH, ROW = 480, 24


def text_of(name: object) -> str:
    """A name as a label: "Ale, North" for (Ale, North)."""
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def texts_of(names: Iterable[object]) -> list[str]:
    """Names as labels."""
    return [text_of(name) for name in names]


def series(names: list[str]) -> alt.Color:
    """One colour a name, in this order."""
    colours = [SERIES[k % len(SERIES)] for k in range(len(names))]
    scale = alt.Scale(domain=names, range=colours)
    return alt.Color("series:N", title=None, scale=scale, legend=alt.Legend(orient="top"))


def plain(chart: Any) -> Any:
    """A chart without a frame, its long labels whole."""
    return chart.configure_view(stroke=None).configure_axis(labelLimit=320, gridColor=RULE)
