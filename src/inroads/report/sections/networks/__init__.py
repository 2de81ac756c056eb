"""Which deals would be made: stable networks, what one deal does to another."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    GREEN,
    INK,
    PLOT,
    QUIET,
    RED,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import money, number, signed_money, unit_price
from inroads.report.phrases import joint_surplus, pair_words, terms_matter_most
from inroads.report.section import Details, Figure, Section, blocks
from inroads.report.sections.networks import every_channel
from inroads.results.base import Deal
from inroads.results.negotiations import Negotiation
from inroads.results.networks import DealTerms
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None without negotiations."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.negotiations:
        return None
    return Section(
        name="network",
        title="Which deals would be made",
        blocks=blocks(
            Figure("network", network_chart(results)),
            every_channel.sentences(results),
            Details(
                "What deals do to each other, and what others could do",
                blocks(
                    Figure("effects", effects_chart(results)),
                    every_channel.parts(results),
                    every_channel.answers(results),
                ),
            ),
        ),
    )


def network_chart(results: Results) -> Any | None:
    """Makers and channels as points, possible deals as lines, those of stable networks thick."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.networks.deals or not negotiated.networks.networks:
        return None
    networks = negotiated.networks
    always = set(networks.always_made)
    shown = networks.first_stable
    terms: dict[tuple[str, str], DealTerms | Negotiation] = {
        (n.manufacturer, n.channel): n for n in negotiated.negotiations
    }
    terms |= {(t.manufacturer, t.channel): t for t in (shown.terms if shown else ())}
    manufacturers = list(dict.fromkeys(d.manufacturer for d in networks.deals))
    channels = list(dict.fromkeys(d.channel for d in networks.deals))
    heights = _heights(manufacturers) | _heights(channels)
    edges = []
    for k, deal in enumerate(networks.deals):
        t = terms[deal.manufacturer, deal.channel]
        along = 0.3 if k % 2 == 0 or len(channels) == 1 else 0.36
        y0, y1 = heights[deal.manufacturer], heights[deal.channel]
        joint = t.manufacturer_gain + t.channel_gain
        edges.append({
            "x": 0.0, "y": y0, "x2": 1.0, "y2": y1, "lx": along, "ly": y0 + along * (y1 - y0),
            "label": f"{unit_price(t.wholesale_price)} · {signed_money(joint)}",
            "always": deal in always,
        })  # fmt: skip
    frame = pd.DataFrame(edges)
    nodes = pd.DataFrame(
        [{"name": n, "x": 0.0, "y": heights[n]} for n in manufacturers]
        + [{"name": n, "x": 1.0, "y": heights[n]} for n in channels]
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.03, 1.03]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.12, 1.12]))
    layers = []
    for is_on, width, colour, dash in ((False, 1.5, QUIET, [4, 4]), (True, 6, BLUE, [1, 0])):
        line = alt.Chart(frame[frame["always"] == is_on]).mark_rule(
            strokeWidth=width, color=colour, strokeDash=dash, opacity=0.75
        )
        if (frame["always"] == is_on).any():
            layers.append(line.encode(x=x, y=y, x2="x2", y2="y2"))
    place = {"x": alt.X("lx:Q", axis=None), "y": alt.Y("ly:Q", axis=None), "text": "label:N"}
    labels = alt.Chart(frame)
    layers.append(
        labels.mark_text(stroke="white", strokeWidth=12, strokeJoin="round").encode(**place)
    )
    layers.append(labels.mark_text(fontWeight="bold").encode(**place))
    dots = alt.Chart(nodes)
    layers.append(dots.mark_circle(size=420, color=INK, opacity=1).encode(x=x, y=y))
    sides: Any = ((0.0, "right", -18), (1.0, "left", 18))
    for side, align, dx in sides:
        name = alt.Chart(nodes[nodes["x"] == side]).mark_text(
            align=align, dx=dx, fontSize=15, fontWeight="bold"
        )
        layers.append(name.encode(x=x, y=y, text="name:N"))
    return titled(
        alt.layer(*layers).properties(
            width=PLOT - 60, height=120 * max(len(manufacturers), len(channels))
        ),
        _network_title(len(networks.deals), len(always), len(networks.stable)),
        "Thick: deals of every stable network. Labels: wholesale price, and what the deal adds to "
        f"both sides' profits a {results.study.per} beside the others. "
        f"{terms_matter_most(results, joint_surplus)}",
    )


def _network_title(possible: int, always: int, stable: int) -> str:
    if not stable:
        return f"No network of the {possible} possible deals is stable"
    if always == possible:
        deals = {1: "The deal", 2: "Both deals"}.get(possible, f"All {possible} deals")
        return f"{deals} would be made: the only network that is stable"
    only = "the only stable network" if stable == 1 else f"each of {stable} stable networks"
    return f"{always} of {possible} possible deals are in {only}"


def _heights(names: list[str]) -> dict[str, float]:
    """Places from top to bottom; one name in the middle."""
    if len(names) == 1:
        return {names[0]: 0.5}
    return {n: 1 - k / (len(names) - 1) for k, n in enumerate(names)}


def effects_chart(results: Results) -> Any | None:
    """What each deal takes off the value of each other, in percent."""
    networks = results.negotiations.networks if results.negotiations else None
    effects = [e for e in (networks.effects if networks else ()) if e.gain_alone > 0]
    if networks is None or len(effects) < 2:
        return None
    frame = pd.DataFrame(
        [{"deal": wrapped(f"{pair_words(e.deal)}: {money(e.gain_alone)}"),
          "beside": _column(e.beside), "change": 100 * (e.gain_together / e.gain_alone - 1)}
         for e in effects]
    )  # fmt: skip
    frame["label"] = [f"{number(c, 2)}%" for c in frame["change"]]
    others = [e for e in effects if e.deal.manufacturer != e.beside.manufacturer]
    worst = min(others or effects, key=lambda e: e.gain_together / e.gain_alone)
    title = "No deal takes anything off the value of another"
    if worst.gain_together < worst.gain_alone:
        title = (
            f"{worst.beside.manufacturer}'s deal with {worst.beside.channel} takes "
            f"{number(100 * (1 - worst.gain_together / worst.gain_alone), 2)} percent off "
            f"{worst.deal.manufacturer}'s gain from {worst.deal.channel}"
        )
    x = alt.X("beside:N", sort=[_column(d) for d in networks.deals], title="beside the deal of",
              axis=alt.Axis(labelAngle=0, labelExpr="split(datum.label, '\\n')", ticks=False,
                            domain=False, labelLimit=200, labelAlign="center"))  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=alt.Y("deal:N", sort=None, axis=rows_axis()))
    most = max(1e-9, float(frame["change"].abs().max()))
    scale = alt.Scale(domain=[-most, 0, most], range=[RED, "#f4f5f6", GREEN], interpolate="rgb")
    colour = alt.Color("change:Q", legend=None, scale=scale)
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour)
    is_dark = f"abs(datum.change) > {0.7 * most}"
    labels = base.mark_text().encode(
        text="label:N", color=alt.condition(is_dark, alt.value("white"), alt.value(INK))
    )
    width = min(PLOT, 130 * frame["beside"].nunique())
    return titled(
        alt.layer(cells, labels).properties(width=width, height=alt.Step(44)),
        title,
        f"Change of what the row's deal brings its {results.words.manufacturer} (at the left: "
        f"{results.words.currency} a {results.study.per}) when the column's is made too.",
    )


def _column(deal: Deal) -> str:
    return f"{deal.manufacturer}\nand {deal.channel}"
