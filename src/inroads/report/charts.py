"""Every chart of a report, by name: data in, an Altair chart out, None where there is no data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import vl_convert as vlc

from inroads.report.charts_deals import network_chart, ranges_chart
from inroads.report.charts_effects import effects_chart, losers_chart
from inroads.report.charts_entry import entry_chart, substitution_chart
from inroads.report.charts_fit import sensitivity_chart, targets_chart
from inroads.report.charts_holds import hazard_chart, politics_chart
from inroads.report.charts_levers import levers_chart, terms_tornado
from inroads.report.charts_paths import PATHS
from inroads.report.charts_spread import SPREAD
from inroads.report.charts_why import awareness_chart, decomposition_chart, tornado_chart
from inroads.report.charts_world import WORLD
from inroads.report.reading import Data

CHARTS: dict[str, Callable[[Data], Any | None]] = {
    "ranges": ranges_chart,
    "network": network_chart,
    "effects": effects_chart,
    "losers": losers_chart,
    "hazard": hazard_chart,
    "politics": politics_chart,
    "levers": levers_chart,
    **PATHS,
    **WORLD,
    **SPREAD,
    "terms-tornado": terms_tornado,
    "entry": entry_chart,
    "substitution": substitution_chart,
    "decomposition": decomposition_chart,
    "awareness": awareness_chart,
    "targets": targets_chart,
    "sensitivity": sensitivity_chart,
    "tornado": tornado_chart,
}


def drawn(chart: Any, name: str) -> str:
    """A chart as an SVG element; `name` keeps its ids apart from other charts' on a page."""
    svg = str(vlc.vegalite_to_svg(chart.to_dict(validate=False)))
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-")
    return svg.replace("<svg ", f'<svg role="img" aria-labelledby="title-{name}" ', 1)


def title_of(chart: Any) -> str:
    """The finding that a chart states as its title."""
    return " ".join(chart.to_dict(validate=False)["title"]["text"])
