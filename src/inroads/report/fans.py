"""How a fan of draws is drawn: bands, the median, and lines beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.reading import Data
from inroads.report.style import BLUE, GREEN, INK, ORANGE, QUIET

#: by name: colour, dashes
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
_BANDS = {"nine draws of ten": ("q5", "q95"), "half of the draws": ("q25", "q75")}

#: ticks of money that may be billions
DOLLARS = (
    "(datum.value < 0 ? '−$' : '$') + (abs(datum.value) >= 1e9 ?"
    " format(abs(datum.value) / 1e9, ',~g') + 'B' : abs(datum.value) >= 1e6 ?"
    " format(abs(datum.value) / 1e6, ',~g') + 'M' : format(abs(datum.value), ',~g'))"
)

Line = Sequence[tuple[Any, float]]


def fan_panel(
    rows: Sequence[Data], lines: Mapping[str, Line], at: alt.X, axis: alt.Axis, among: Sequence[str]
) -> Any:
    """Bands and median of rows {at, q5 .. q95}, lines by name; `among` are the names of the chart.

    Without rows there are lines only.
    """
    scale = alt.Scale(domain=list(among), range=[LOOKS[name][0] for name in among])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale,
                       legend=alt.Legend(symbolType="square", symbolStrokeWidth=0))  # fmt: skip
    layers = []
    for name, (low, high) in _BANDS.items() if rows else ():
        frame = pd.DataFrame(
            [{"at": r["at"], "low": r[low], "high": r[high], "what": name} for r in rows]
        )
        y = alt.Y("low:Q", axis=axis)
        area = alt.Chart(frame).mark_area(opacity=1).encode(x=at, y=y, y2="high:Q", color=colour)
        layers.append(area)
    middle = {"median": [(r["at"], r["q50"]) for r in rows]} if rows else {}
    for name, line in {**lines, **middle}.items():
        frame = pd.DataFrame([{"at": x, "value": y, "what": name} for x, y in line])
        width = 2 if name in ("median", "without deals") else 2.5
        mark = alt.Chart(frame).mark_line(strokeWidth=width, strokeDash=LOOKS[name][1])
        layers.append(mark.encode(x=at, y=alt.Y("value:Q", axis=axis), color=colour))
    return alt.layer(*layers)


def names_of(has_fan: bool, *lines: str) -> list[str]:
    """What a chart's legend lists."""
    return [*(_BANDS if has_fan else ()), *(("median",) if has_fan else ()), *lines]
