"""How charts look: one colour a mechanism, colours that colour-blind readers tell apart."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.format import currency_sign
from inroads.results.base import Quantiles
from inroads.results.market import Mechanism

#: inches do not matter here: pixels; a chart with its labels stays within the page's 900
PLOT = 560
LABELS = 190
INK, QUIET, RULE = "#1c2733", "#5b6875", "#d9dee3"
# Okabe and Ito's palette, without its yellow, which is unreadable on white.
BLUE, ORANGE, GREEN, PINK, SKY, RED = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00",
)  # fmt: skip
# Fonts of equal widths: text is measured by vl-convert's Liberation Sans and drawn by the page's
# Arimo.
FONT = "Arimo, Arial, Liberation Sans, sans-serif"
_MECHANISM = dict(zip(Mechanism, (ORANGE, BLUE, GREEN, PINK), strict=True))
#: mechanisms whose colour is too light for white text
DARK_TEXT = (Mechanism.FINANCING, Mechanism.AWARENESS)

#: ticks of counts: 20 thousand, 1 million
COUNTS = (
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~g') + ' million' :"
    " abs(datum.value) >= 10 ? format(datum.value, ',.0f') : format(datum.value, '~g')"
)


def mechanism_scale(names: Mapping[Mechanism, str]) -> alt.Scale:
    """One colour a mechanism, by what it is called."""
    return alt.Scale(domain=list(names.values()), range=[_MECHANISM[m] for m in names])


def wrapped(text: str, width: int = 30) -> str:
    """Text with line breaks, as `LINES` shows it."""
    return "\n".join(textwrap.wrap(text, width, max_lines=2, placeholder=" …")) or text


#: an axis label of several lines
LINES = "split(datum.label, '\\n')"
# Vega centres the first line of a label on its row; this centres all of them.
_MIDDLE: Any = {
    "condition": {"test": "indexof(datum.value, '\\n') >= 0", "value": -7}, "value": 0,
}  # fmt: skip


def _signed() -> str:
    sign = currency_sign()
    return f"(datum.value < 0 ? {json.dumps(f'−{sign}')} : {json.dumps(sign)})"


def price_axis(highest: float) -> str:
    """Ticks of prices up to this one: with cents below 20."""
    return f"{_signed()} + format(abs(datum.value), '{',.2f' if highest < 20 else ',.0f'}')"


def millions() -> str:
    """Ticks of money in millions."""
    unit = "(datum.value == 0 ? '' : 'M')"
    return f"{_signed()} + format(abs(datum.value) / 1e6, ',~g') + {unit}"


def any_money() -> str:
    """Ticks of money that may be billions."""
    return (
        f"{_signed()} + (abs(datum.value) >= 1e9 ?"
        " format(abs(datum.value) / 1e9, ',~g') + 'B' : abs(datum.value) >= 1e6 ?"
        " format(abs(datum.value) / 1e6, ',~g') + 'M' : format(abs(datum.value), ',~g'))"
    )


def money_axis(highest: float) -> str:
    """Ticks of money up to so much: in thousands below a million."""
    if highest >= 1e6:
        return millions()
    return f"{_signed()} + format(abs(datum.value) / 1e3, ',~g') + 'k'"


def rows_axis() -> alt.Axis:
    """An axis of names: no ticks, wrapped labels."""
    return alt.Axis(
        title=None, labelExpr=LINES, ticks=False, domain=False, labelLimit=260, grid=False,
        labelPadding=8, minExtent=LABELS, maxExtent=LABELS + 80, labelOffset=_MIDDLE,
    )  # fmt: skip


def nice_log(values: Sequence[float]) -> list[float]:
    """Ticks of a log scale from below the smallest positive value to above the largest: 1, 2, 5."""
    positive = [v for v in values if v > 0]
    steps = [m * 10.0**e for e in range(-3, 13) for m in (1, 2, 5)]
    low = max((s for s in steps if s <= min(positive)), default=steps[0])
    high = min((s for s in steps if s >= max(positive)), default=steps[-1])
    inside = [s for s in steps if low <= s <= high]
    if len(inside) > 7:
        inside = [s for s in inside if f"{s:e}"[0] == "1"]
    return inside


def log_x(values: Sequence[float]) -> tuple[alt.Scale, list[float]]:
    """A log scale that holds all values, with its ticks."""
    positive = [v for v in values if v > 0]
    domain = [min(positive) / 1.15, max(positive) * 1.15]
    ticks = [t for t in nice_log(positive) if domain[0] <= t <= domain[1]]
    return alt.Scale(type="log", domain=domain, nice=False), ticks


def panel(name: str, frame: Any = "bounds") -> alt.TitleParams:
    """The title of one panel of a chart, above its labels; above its plot with frame "group"."""
    return alt.TitleParams(name, anchor="start", fontSize=14, color=INK, offset=6, frame=frame)


def titled(chart: Any, title: str, subtitle: str = "") -> Any:
    """A chart under its finding, in the house style."""
    text = alt.TitleParams(
        text=textwrap.wrap(title, 88),
        subtitle=textwrap.wrap(subtitle, 122) if subtitle else alt.Undefined,
        anchor="start", fontSize=17, fontWeight="bold", color=INK, subtitleColor=QUIET,
        subtitleFontSize=12.5, offset=14, lineHeight=21, subtitlePadding=6, frame="bounds",
    )  # fmt: skip
    # At once: each step of altair's copies the chart.
    return chart.properties(title=text, background="white", padding=10, config=_house_style())


def _house_style() -> alt.Config:
    return alt.Config(
        font=FONT,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=INK, titleColor=QUIET, gridColor=RULE, domainColor=RULE, tickColor=RULE,
            labelFontSize=12.5, titleFontSize=12.5, titleFontWeight="normal", titlePadding=8,
        ),
        # Where ticks would run into each other, some are left without a number.
        axisQuantitative=alt.AxisConfig(
            labelOverlap="greedy", labelSeparation=8, labelFlush=False
        ),
        header=alt.HeaderConfig(
            labelFontSize=14, labelFontWeight="bold", labelColor=INK, labelAnchor="start"
        ),
        legend=alt.LegendConfig(
            labelFontSize=12.5, titleFontSize=12.5, labelColor=INK, titleColor=QUIET,
            orient="top", titleFontWeight="normal", titleOrient="left", labelLimit=400,
            symbolSize=120, symbolOpacity=1,
        ),
        text=alt.MarkConfig(fontSize=12.5, color=INK),
    )  # fmt: skip


#: lines and bands of a fan: colour, dashes
LOOKS: dict[str, tuple[str, list[int]]] = {
    "nine draws of ten": ("#cfe3f1", [1, 0]),
    "half of the draws": ("#8fc1e3", [1, 0]),
    "median": (BLUE, [1, 0]),
    "central numbers": (ORANGE, [1, 0]),
    "mean": (GREEN, [1, 0]),
    "without deals": (QUIET, [5, 3]),
    "shipped": (INK, [1, 0]),
    "median with deals": (ORANGE, [1, 0]),
}
_OUTER, _INNER = "nine draws of ten", "half of the draws"

Line = Sequence[tuple[Any, float]]


@dataclass(frozen=True)
class FanPoint:
    """Quantiles at a place on the horizontal axis, times a scale."""

    at: Any
    quantiles: Quantiles
    scale: float = 1.0

    def band(self, name: str) -> tuple[float, float]:
        """The ends of a band."""
        q = self.quantiles
        low, high = (q.p5, q.p95) if name == _OUTER else (q.p25, q.p75)
        return self.scale * low, self.scale * high


def fan_panel(
    fan: Sequence[FanPoint],
    lines: Mapping[str, Line],
    at: alt.X,
    axis: alt.Axis,
    *,
    among: Sequence[str],
) -> Any:
    """Bands and median of a fan, lines by name; `among` are the names of the chart, of which those
    missing are not drawn.

    Without a fan there are lines only.
    """
    scale = alt.Scale(domain=list(among), range=[LOOKS[name][0] for name in among])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale,
                       legend=alt.Legend(symbolType="square", symbolStrokeWidth=0))  # fmt: skip
    layers = []
    for name in (_OUTER, _INNER) if fan else ():
        ends = [(point.at, *point.band(name)) for point in fan]
        frame = pd.DataFrame([{"at": x, "low": a, "high": b, "what": name} for x, a, b in ends])
        y = alt.Y("low:Q", axis=axis)
        area = alt.Chart(frame).mark_area(opacity=1).encode(x=at, y=y, y2="high:Q", color=colour)
        layers.append(area)
    median = {"median": [(p.at, p.scale * p.quantiles.p50) for p in fan]} if fan else {}
    for name, line in {**lines, **median}.items():
        if name not in among:
            continue
        frame = pd.DataFrame([{"at": x, "value": y, "what": name} for x, y in line])
        width = 2 if name in ("median", "without deals") else 2.5
        mark = alt.Chart(frame).mark_line(strokeWidth=width, strokeDash=LOOKS[name][1])
        layers.append(mark.encode(x=at, y=alt.Y("value:Q", axis=axis), color=colour))
    return alt.layer(*layers)


def fan_names(has_fan: bool, *lines: str) -> list[str]:
    """What a chart's legend lists."""
    return [*((_OUTER, _INNER, "median") if has_fan else ()), *lines]
