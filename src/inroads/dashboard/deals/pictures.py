"""The pictures of a case: who sells more or fewer, where both sides gain, whether deals hold."""

from __future__ import annotations

import altair as alt
import pandas as pd

from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.outcomes import Outcome
from inroads.dashboard.deals.study_cases import Network
from inroads.dashboard.picture import Picture, named_rows
from inroads.report.chart_style import BLUE, COUNTS, INK, ORANGE, QUIET, RED, price_axis
from inroads.report.format import list_words, signed_money, unit_price
from inroads.results.words import Words

_STROKE = "M-0.15,-1L0.15,-1L0.15,1L-0.15,1Z"
#: manufacturers in a picture, those whose numbers change most
_MOST_ROWS = 8


def ranges_picture(outcome: Outcome, words: Words) -> Picture | None:
    """Wholesale prices at which both sides of each deal gain; None without deals in which both
    do."""
    deals = outcome.deals[outcome.deals["agreed"].astype(bool)]
    if deals.empty:
        return None
    marks = {
        "costs to make": ("production_cost", INK, _STROKE),
        "wholesale price": ("wholesale", BLUE, "circle"),
        "retail price": ("retail_price", ORANGE, "diamond"),
    }
    bars = deals[["lowest", "highest"]].rename_axis("row").reset_index()
    points = pd.concat([
        pd.DataFrame({"row": deals.index, "what": what, "price": deals[column]})
        for what, (column, _, _) in marks.items()
    ])  # fmt: skip
    top = 1.06 * float(max(bars["highest"].max(), points["price"].max()))
    scale = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(
        labelExpr=price_axis(top), title=f"{words.currency} a {words.unit}", tickCount=5
    )
    y, x = named_rows(list(deals.index)), alt.X("lowest:Q", scale=scale, axis=axis)
    span = alt.Chart(bars).mark_bar(height=16, color=BLUE, opacity=0.25, cornerRadius=3)
    colours = alt.Scale(domain=list(marks), range=[colour for _, colour, _ in marks.values()])
    shapes = alt.Scale(domain=list(marks), range=[shape for _, _, shape in marks.values()])
    point = (
        alt.Chart(points)
        .mark_point(filled=True, opacity=1, size=110, strokeWidth=2.5)
        .encode(
            y=y,
            x=alt.X("price:Q", scale=scale, axis=axis),
            color=alt.Color("what:N", title=None, sort=None, scale=colours),
            shape=alt.Shape("what:N", title=None, sort=None, scale=shapes),
        )
    )
    first = deals.iloc[0]
    return Picture(
        name="ranges",
        title=f"{deals.index[0]}: both gain at wholesale prices from "
        f"{unit_price(first['lowest'])} to {unit_price(first['highest'])}, agreed at "
        f"{unit_price(first['wholesale'])}",
        note="Bar: what a unit may bring its maker, fees included, while both sides gain at these "
        "retail prices.",
        chart=alt.layer(span.encode(y=y, x=x, x2="highest:Q"), point).properties(
            height=alt.Step(38)
        ),
    )


def network_picture(case: Case, network: Network, outcome: Outcome, words: Words) -> Picture:
    """The entrant and the channels: deals that are made, and those that could be."""
    deals = network.deals
    height = {c: 1 - (k + 0.5) / len(deals) for k, c in enumerate(deals.index)}
    edges = pd.DataFrame(
        [
            {
                "x": 0.0,
                "y": 0.5,
                "x2": 1.0,
                "y2": height[str(channel)],
                "made": bool(row["made"]),
                "lx": 0.62,
                "ly": 0.5 + 0.62 * (height[str(channel)] - 0.5),
                "label": _edge_words(str(channel), row, outcome),
            }
            for channel, row in deals.iterrows()
        ]
    )
    nodes = pd.DataFrame(
        [{"name": case.entrant, "x": 0.0, "y": 0.5, "left": True}]
        + [{"name": c, "x": 1.0, "y": height[str(c)], "left": False} for c in deals.index]
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.32, 1.38], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.05, 1.05], nice=False))
    layers = []
    for is_made, thickness, colour, dash in (
        (False, 1.5, QUIET, [4, 4]),
        (True, 5, BLUE, [1, 0]),
    ):
        lines = edges[edges["made"] == is_made]
        if len(lines):
            mark = alt.Chart(lines).mark_rule(
                strokeWidth=thickness, color=colour, strokeDash=dash, opacity=0.75
            )
            layers.append(mark.encode(x=x, y=y, x2="x2", y2="y2"))
    place = {"x": alt.X("lx:Q", axis=None), "y": alt.Y("ly:Q", axis=None), "text": "label:N"}
    halo = alt.Chart(edges).mark_text(stroke="white", strokeWidth=12, strokeJoin="round")
    layers += [
        halo.encode(**place),
        alt.Chart(edges).mark_text(color=INK, fontWeight="bold").encode(**place),
        alt.Chart(nodes).mark_circle(size=260, color=INK, opacity=1).encode(x=x, y=y),
    ]
    for is_left, align, dx in ((True, "right", -13), (False, "left", 13)):
        side = alt.Chart(nodes[nodes["left"] == is_left])
        mark = side.mark_text(align=align, dx=dx, fontSize=13, fontWeight="bold", color=INK)  # type: ignore[arg-type]
        layers.append(mark.encode(x=x, y=y, text="name:N"))
    return Picture(
        name="network",
        title=network_words(case, network, words),
        note="Thick: deals of the case. On lines: the wholesale price, and what the deal, beside "
        "the others, adds to both sides' profits.",
        chart=alt.layer(*layers).properties(height=62 * max(len(deals), 2)),
    )


def _edge_words(channel: str, row: pd.Series, outcome: Outcome) -> str:
    joint = signed_money(float(row["entrant_change"] + row["channel_change"]))
    if channel in outcome.deals.index:
        return f"{unit_price(float(outcome.deals.loc[channel, 'wholesale']))} · {joint}"
    return joint


def network_words(case: Case, network: Network, words: Words) -> str:
    """Whether the deals hold."""
    undone = network.undone_by
    if undone == "surplus":
        return "One of the deals has nothing to split: it would not be made"
    if not undone:
        standing = list_words([str(c) for c in network.deals.index[network.deals["made"]]])
        return (
            f"Stable: nobody gains by leaving {standing}" if standing else "Stable without any deal"
        )
    if undone in case.partners:
        return f"Not stable: a side gains by leaving the deal with {undone}"
    return f"Not stable: {case.entrant} and {undone} both gain by a deal too"


def makers_picture(outcome: Outcome, case_a: Outcome | None, words: Words) -> Picture:
    """By how many units the deals change what manufacturers sell; beside the case that is kept."""
    tables = {"now": outcome} | ({"A": case_a} if case_a is not None else {})
    changes = pd.DataFrame({name: o.makers["units_change"] for name, o in tables.items()})
    changes = changes.fillna(0.0)
    names = changes["now"].abs().sort_values(ascending=False).index[:_MOST_ROWS]
    frame = changes.loc[names].rename_axis("row").reset_index().melt("row", None, "case", "units")
    y, x = named_rows(list(names)), alt.X("units:Q", title=f"change of {words.units}")
    x = alt.X(
        "units:Q",
        title=f"{words.units} more or fewer with the deals",
        axis=alt.Axis(labelExpr=COUNTS, tickCount=5),
    )
    bars = alt.Chart(frame)
    if case_a is None:
        colour = alt.condition("datum.units < 0", alt.value(RED), alt.value(BLUE))
        chart = bars.mark_bar(height=15).encode(y=y, x=x, color=colour)
    else:
        shades = alt.Scale(domain=["now", "A"], range=[BLUE, QUIET])
        chart = bars.mark_bar().encode(
            y=y,
            x=x,
            yOffset=alt.YOffset("case:N", sort=["now", "A"]),
            color=alt.Color("case:N", title=None, sort=["now", "A"], scale=shades),
        )
    losing = changes["now"].drop(outcome.case.entrant, errors="ignore").idxmin()
    gained = changes["now"].get(outcome.case.entrant, 0.0)
    title = f"{outcome.case.entrant} gains, {losing} loses most"
    if gained <= 0:
        title = f"{outcome.case.entrant} gains nothing"
    return Picture(
        name="makers",
        title=title,
        note=f"{words.units.capitalize()} with the deals less without them"
        + ("." if outcome.has_firms else ", at list prices."),
        chart=chart.properties(height=alt.Step(26 if case_a is None else 15)),
    )
