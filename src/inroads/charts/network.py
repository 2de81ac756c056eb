"""Who deals with whom: manufacturers on the left, channels on the right, a line a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from inroads.charts.style import BLUE, GREY, RULE, plain

_WIDTH, _ROW = 260, 42
_WIDEST = 9.0


def network(links: pd.DataFrame, title: str = "") -> Any:
    """A panel: columns manufacturer, channel, weight (the line's width), made (else dotted)."""
    return plain(_panel(links, title))


def networks(panels: Mapping[str, pd.DataFrame], columns: int = 3) -> Any:
    """Several side by side, each under its title."""
    charts = [_panel(links, title) for title, links in panels.items()]
    return plain(alt.concat(*charts, columns=columns))


def _panel(links: pd.DataFrame, title: str) -> Any:
    left, right = (list(dict.fromkeys(links[side])) for side in ("manufacturer", "channel"))
    rows = max(len(left), len(right))

    def places(names: list[str]) -> dict[str, float]:
        return {name: (k + 0.5) * rows / len(names) for k, name in enumerate(names)}

    at_left, at_right = places(left), places(right)
    largest = float(links["weight"].max()) or 1.0
    lines = links.assign(
        x=0.0,
        x2=1.0,
        y=links["manufacturer"].map(at_left),
        y2=links["channel"].map(at_right),
        width=1.0 + (_WIDEST - 1.0) * links["weight"] / largest,
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.6, 1.6]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[rows, 0]))
    tips: list[Any] = ["manufacturer:N", "channel:N", alt.Tooltip("weight:Q", format=".4~g")]
    base = alt.Chart(lines).encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tips)
    solid = base.transform_filter("datum.made").mark_rule(color=BLUE, opacity=0.75)
    dotted = base.transform_filter("!datum.made").mark_rule(color=GREY, strokeDash=[2, 4])
    layers = [dotted, solid.encode(strokeWidth=alt.StrokeWidth("width:Q", scale=None))]
    for side, spots in ((0.0, at_left), (1.0, at_right)):
        frame = pd.DataFrame({"name": list(spots), "x": side, "y": list(spots.values())})
        nodes = alt.Chart(frame).encode(x=x, y=y)
        layers.append(nodes.mark_point(filled=True, size=120, color=GREY, opacity=1, stroke=RULE))
        outwards: dict[str, Any] = (
            {"align": "left", "dx": 9} if side else {"align": "right", "dx": -9}
        )
        layers.append(nodes.mark_text(fontSize=12, **outwards).encode(text="name:N"))
    return alt.layer(*layers).properties(title=title, width=_WIDTH, height=_ROW * rows)
