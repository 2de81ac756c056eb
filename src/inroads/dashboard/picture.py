"""Pictures: titles and notes are text, drawings fit the width they are given.

A drawing on the page takes its colours from the page's (`on_page`), light or dark; one to take away
has its title in it and is white (`to_take_away`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import vl_convert as vlc

from inroads.report.chart_style import BLUE, INK, QUIET, RED, RULE, titled

#: width of a picture to take away
_WIDE = 720
#: colours of drawings, and the page's that take their place
_PAGE_COLOURS = {
    **{INK: "--ink", QUIET: "--quiet", RULE: "--rule", "white": "--paper"},
    **{BLUE: "--accent", RED: "--loss"},
}
# Below this width a legend has fewer names side by side.
_NARROW = 460


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart with what it says."""

    name: str
    title: str
    note: str
    chart: Any

    def on_page(self, width: int) -> str:
        """As an SVG element of this width in pixels, without its title, in the page's colours."""
        spec = _fitted(titled(self.chart, self.title), width)
        # The last label of an axis reaches beyond its end.
        padding = {"left": 4, "top": 4, "right": 26, "bottom": 4}
        spec |= {"title": None, "background": None, "padding": padding}
        if width < _NARROW:
            spec["config"]["legend"]["columns"] = 2
        drawn = str(vlc.vegalite_to_svg(spec))
        for colour, variable in _PAGE_COLOURS.items():
            drawn = re.sub(rf'(fill|stroke)="{colour}"', rf'\1="var({variable}, {colour})"', drawn)
        label = self.title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        drawn = re.sub(r'\bid="', f'id="{self.name}-', drawn)
        drawn = drawn.replace("url(#", f"url(#{self.name}-")
        return drawn.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)

    def to_take_away(self, kind: Literal["svg", "png"]) -> bytes:
        """As a file, with its title and note, on white."""
        spec = _fitted(titled(self.chart, self.title, self.note), _WIDE)
        if kind == "png":
            return bytes(vlc.vegalite_to_png(spec, scale=2.0))
        return str(vlc.vegalite_to_svg(spec)).encode()


def _fitted(chart: Any, width: int) -> dict[str, Any]:
    fit = {"type": "fit-x", "contains": "padding"}
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec | {"width": width, "autosize": fit}


def named_rows(names: Sequence[str], width: int = 150) -> alt.Y:
    """The vertical axis of a picture with a row a name, in this order."""
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=False, labelLimit=width)
    return alt.Y("row:N", sort=list(names), axis=axis)
