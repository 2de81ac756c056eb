"""The negotiations: what each deal is worth to both sides, and on which terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    INK,
    ORANGE,
    PLOT,
    QUIET,
    price_axis,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    count_words,
    list_words,
    money,
    percent,
    short,
    signed_money,
    unit_price,
)
from inroads.report.phrases import pair_words, terms_matter_most
from inroads.report.section import Details, Figure, Section, blocks, note, text
from inroads.report.table import BriefTable, Column, Table
from inroads.results.negotiations import Negotiation, NegotiationResults, NegotiationState, Prospect
from inroads.results.tree import Results

#: what a state of negotiations is called
STATES = {
    NegotiationState.NONE: "none known",
    NegotiationState.RUMOURED: "rumoured",
    NegotiationState.TALKS: "in talks",
    NegotiationState.AGREED: "agreed",
    NegotiationState.LAUNCHED: "launched",
    NegotiationState.COLLAPSED: "collapsed",
}
_STROKE = "M-0.15,-1L0.15,-1L0.15,1L-0.15,1Z"
#: marks of the chart of ranges: price, colour, shape
_MARKS: dict[str, tuple[Callable[[Negotiation], float], str, str]] = {
    "what it costs to make": (lambda n: n.production_cost, INK, _STROKE),
    "agreed wholesale price": (lambda n: n.wholesale_price, BLUE, "circle"),
    "retail price that follows": (lambda n: n.retail_price, ORANGE, "diamond"),
    "list price": (lambda n: n.list_price, QUIET, "square"),
}


def section(results: Results) -> Section | None:
    """A row a negotiation; none without [talks]."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.negotiations:
        return None
    w, per = results.words, results.study.per
    profit = ""
    if results.features.members:
        profit = (
            f" A {w.channel}’s profit counts its margin on {w.goods} and the {w.members} it wins "
            "or loses, not those it has anyway."
        )
    chart = ranges_chart(results)
    return Section(
        name="talks",
        title="The talks",
        summary="" if chart else "In no negotiation do both sides gain",
        blocks=blocks(
            Figure("ranges", chart),
            text(
                f"Each negotiation is the entrant’s only one: it sells {w.direct}, and through "
                f"this {w.channel} if they agree; a deal brings {_brings(results)}."
            ),
            text(_campaigns(results, negotiated)) if negotiated.campaigns else None,
            Details(
                f"{len(negotiated.negotiations)} negotiations: worth and terms",
                [
                    worth_table(results, negotiated),
                    terms_table(results, negotiated),
                    note(
                        f"{capitalised(w.units)} and {w.currency} a {per}; prices apiece, means by "
                        f"units sold. Units without, and consumers: against selling {w.direct} "
                        f"only, all prices set anew. {capitalised(w.manufacturer)} and {w.channel} "
                        "without: what they bargain over, this talk alone broken off and all "
                        f"retail prices as with the deal.{profit}"
                    ),
                ],
            ),
        ),
        brief=(brief_table(results, negotiated),),
    )


def _campaigns(results: Results, negotiated: NegotiationResults) -> str:
    """What partners' campaigns bring, and whether entrants would pay for their own."""
    rows = negotiated.campaigns
    reached = [
        f"{row.manufacturer} known to {percent(row.awareness_with)} "
        f"({percent(row.awareness_without)} without)"
        for row in rows
    ]
    spending = [
        f"{row.manufacturer} would spend {money(row.own_dollars)} on one of its own"
        for row in rows
        if row.own_dollars >= 1
    ]
    if idle := [row.manufacturer for row in rows if row.own_dollars < 1]:
        whose = "its" if len(idle) == 1 else "their"
        spending.append(f"{list_words(idle)} would run none of {whose} own")
    return (
        f"A {results.words.channel}’s campaign costs about {money(rows[0].cost)}; all partners of "
        f"the answer together make {list_words(reached)}. Without partners {list_words(spending)}."
    )


def _brings(results: Results) -> str:
    """What comes with a deal in this market."""
    w, features = results.words, results.features
    parts = [f"the {w.channel}’s shelf"]
    parts += [f"its {w.financing}"] if features.financing else []
    parts += [w.compatible_product] if features.compatibility else []
    if len(parts) == 1:
        return f"{parts[0]} and a campaign"
    return f"{', '.join(parts)}, and a campaign"


def state_words(prospect: Prospect) -> str:
    """How far talks have come, and the day of the last event: "in talks (2017-12-15)"."""
    since = f" ({prospect.since})" if prospect.since else ""
    return STATES[prospect.state] + since


def rows_of_answer(negotiated: NegotiationResults) -> list[int]:
    """Rows of the negotiations that the answer is about."""
    pairs = {(e.manufacturer, partner) for e in negotiated.entrants for partner in e.partners}
    return [
        k for k, n in enumerate(negotiated.negotiations) if (n.manufacturer, n.channel) in pairs
    ]


def worth_table(results: Results, negotiated: NegotiationResults) -> Table:
    """What each deal is worth to both sides."""
    channel = capitalised(results.words.channel)
    rows = [
        (
            n.manufacturer,
            n.channel,
            count_words(n.units),
            count_words(n.units_without_deal),
            money(n.joint_surplus),
            money(n.manufacturer_gain),
            money(n.channel_gain),
            money(n.manufacturer_disagreement_profit),
            money(n.channel_disagreement_profit),
            signed_money(n.consumer_surplus_change),
        )
        for n in negotiated.negotiations
    ]
    heads = (
        *(
            f"{capitalised(results.words.manufacturer)}",
            channel,
            "Units there",
            "Units without",
            "Joint surplus",
        ),
        *(
            f"{capitalised(results.words.manufacturer)} gains",
            f"{channel} gains",
            f"{capitalised(results.words.manufacturer)} without",
            f"{channel} without",
            "Consumers",
        ),
    )
    return Table(heads=heads, rows=rows, text_columns=2, bold=rows_of_answer(negotiated))


def terms_table(results: Results, negotiated: NegotiationResults) -> Table:
    """The prices of each negotiation."""
    gives = any(n.given_off for n in negotiated.negotiations)
    heads = (
        *(
            f"{capitalised(results.words.manufacturer)}",
            capitalised(results.words.channel),
            "Costs to make",
            "Lowest wholesale",
        ),
        *("Agreed wholesale", "Highest wholesale", "Retail price", "List price"),
        *(("Promotion off both prices",) if gives else ()),
    )
    rows = [
        (
            n.manufacturer,
            n.channel,
            unit_price(n.production_cost),
            unit_price(n.lowest_wholesale_price),
            unit_price(n.wholesale_price),
            unit_price(n.highest_wholesale_price),
            unit_price(n.retail_price),
            unit_price(n.list_price),
            *((unit_price(n.given_off),) if gives else ()),
        )
        for n in negotiated.negotiations
    ]
    return Table(heads=heads, rows=rows, text_columns=2, bold=rows_of_answer(negotiated))


def brief_table(results: Results, negotiated: NegotiationResults) -> BriefTable:
    """Every negotiation: units, joint surplus, gains, wholesale price and range, launch odds."""
    rows = []
    for n, p in zip(negotiated.negotiations, negotiated.prospects, strict=True):
        chance = f"{100 * p.launch_probability:.0f}%"
        low, high = unit_price(n.lowest_wholesale_price), unit_price(n.highest_wholesale_price)
        rows.append((
            f"{n.manufacturer}, {n.channel}",
            short(n.units),
            money(n.joint_surplus),
            money(n.manufacturer_gain),
            money(n.channel_gain),
            f"{unit_price(n.wholesale_price)} ({low}–{high})",
            unit_price(n.retail_price),
            f"({chance})" if p.state == NegotiationState.NONE else chance,
        ))  # fmt: skip
    manufacturers = [n.manufacturer for n in negotiated.negotiations]
    heads = ("Units", "Joint", capitalised(results.words.manufacturer),
             capitalised(results.words.channel), "Wholesale", "Retail",
             "Launch")  # fmt: skip
    return BriefTable(
        columns=[
            Column(head="Talks", is_number=False, wraps=True),
            *(Column(head=h) for h in heads),
        ],
        rows=rows,
        caption=f"{results.words.currency} a {results.study.per}, prices apiece; in brackets, "
        "wholesale prices at which both gain, and the odds of a launch if talks began",
        bold=rows_of_answer(negotiated),
        ends=[
            k
            for k in range(len(manufacturers))
            if manufacturers[k : k + 2] != [manufacturers[k]] * 2
        ],
    )


def ranges_chart(results: Results) -> Any | None:
    """Wholesale prices at which both sides of each negotiation gain, and what goes with them."""
    negotiated = results.negotiations
    rows = [n for n in negotiated.negotiations if n.both_gain] if negotiated else []
    if negotiated is None or not rows:
        return None
    cases = [wrapped(pair_words(n)) for n in rows]
    bars = pd.DataFrame(
        [
            {"case": c, "low": n.lowest_wholesale_price, "high": n.highest_wholesale_price}
            for c, n in zip(cases, rows, strict=True)
        ]
    )
    marks = pd.DataFrame(
        [
            {"case": c, "what": what, "price": price(n)}
            for c, n in zip(cases, rows, strict=True)
            for what, (price, _, _) in _MARKS.items()
        ]
    )
    edge = 0.06 * float(max(bars["high"].max(), marks["price"].max()))
    top = float(max(bars["high"].max(), marks["price"].max())) + edge
    w = results.words
    axis = alt.Axis(labelExpr=price_axis(top), title=f"{w.currency} a {w.unit}", tickCount=7)
    x: dict[str, Any] = {"scale": alt.Scale(domain=[0, top], nice=False), "axis": axis}
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    span = (
        alt.Chart(bars)
        .mark_bar(height=16, color=BLUE, opacity=0.22, cornerRadius=3)
        .encode(y=y, x=alt.X("low:Q", **x), x2="high:Q")
    )
    names = list(_MARKS)
    colours = alt.Scale(domain=names, range=[colour for _, colour, _ in _MARKS.values()])
    shapes = alt.Scale(domain=names, range=[shape for _, _, shape in _MARKS.values()])
    point = (
        alt.Chart(marks)
        .mark_point(filled=True, opacity=1, size=110, strokeWidth=2.5)
        .encode(
            y=y,
            x=alt.X("price:Q", **x),
            color=alt.Color("what:N", title=None, sort=None, scale=colours),
            shape=alt.Shape("what:N", title=None, sort=None, scale=shapes),
        )
    )
    first = negotiated.first
    main = first if first is not None and first in rows else rows[0]
    n, every = len(rows), len(negotiated.negotiations)
    which = f"{n} of {every}" if n < every else {1: "the only", 2: "both"}.get(n, f"all {n}")
    noun = "negotiation" if every == 1 else "negotiations"
    low, high = unit_price(main.lowest_wholesale_price), unit_price(main.highest_wholesale_price)
    title = (
        f"Both sides gain in {which} {noun}: {pair_words(main)} from {low} to {high}, agreed at "
        f"{unit_price(main.wholesale_price)}"
    )
    swing = terms_matter_most(results, lambda end: end.wholesale_price)
    return titled(
        alt.layer(span, point).properties(width=PLOT, height=alt.Step(34)),
        title,
        f"Bar: wholesale prices at which both sides gain. {swing}",
    )
