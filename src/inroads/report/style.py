"""How charts look: one colour a mechanism, colours that colour-blind readers tell apart."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from inroads.report.reading import MECHANISMS, mechanism

#: inches do not matter here: pixels; a chart with its labels stays within the page's 900
PLOT = 560
LABELS = 190
INK, QUIET, RULE = "#1c2733", "#5b6875", "#d9dee3"
# Okabe and Ito's palette, without its yellow, which is unreadable on white.
BLUE, ORANGE, GREEN, PINK, SKY, RED = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00",
)  # fmt: skip
# One family of fonts of equal widths: what measures the text is not what draws it.
FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
_MECHANISM = dict(zip(MECHANISMS, (ORANGE, BLUE, GREEN, PINK), strict=True))
#: mechanisms whose colour is too light for white text
DARK_TEXT = ("financing", "awareness")

#: ticks of counts: 20 thousand, 1 million
COUNTS = (
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~g') + ' million' :"
    " abs(datum.value) >= 10 ? format(datum.value, ',.0f') : format(datum.value, '~g')"
)

#: ticks of money in millions
MILLIONS = "(datum.value < 0 ? '−$' : '$') + format(abs(datum.value) / 1e6, ',~g') + 'M'"


def mechanism_scale(names: Sequence[str]) -> alt.Scale:
    """One colour a mechanism, whichever of them a study has."""
    spare = iter([SKY, RED, QUIET, INK] * len(names))
    return alt.Scale(
        domain=[mechanism(n) for n in names],
        range=[_MECHANISM.get(n) or next(spare) for n in names],
    )


def wrapped(text: str, width: int = 30) -> str:
    """Text with line breaks, as `LINES` shows it."""
    return "\n".join(textwrap.wrap(text, width, max_lines=2, placeholder=" …")) or text


#: an axis label of several lines
LINES = "split(datum.label, '\\n')"
# Vega centres the first line of a label on its row; this centres all of them.
_MIDDLE: Any = {
    "condition": {"test": "indexof(datum.value, '\\n') >= 0", "value": -7}, "value": 0,
}  # fmt: skip


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
    return (
        chart.properties(title=text, background="white", padding=10)
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=QUIET, gridColor=RULE, domainColor=RULE, tickColor=RULE,
            labelFontSize=12.5, titleFontSize=12.5, titleFontWeight="normal", titlePadding=8,
        )
        .configure_header(
            labelFontSize=14, labelFontWeight="bold", labelColor=INK, labelAnchor="start"
        )
        .configure_legend(
            labelFontSize=12.5, titleFontSize=12.5, labelColor=INK, titleColor=QUIET,
            orient="top", titleFontWeight="normal", titleOrient="left", labelLimit=400,
            symbolSize=120, symbolOpacity=1,
        )
        .configure_text(fontSize=12.5, color=INK)
    )  # fmt: skip
