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
    price_format,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    count_words,
    dollars,
    money,
    percent,
    short,
    signed_money,
    unit_price,
)
from inroads.report.phrases import pair_words, terms_matter_most
from inroads.report.section import Figure, Section, blocks, note, text
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
    profit = f"A {w.channel}’s profit counts its margin on {w.goods}"
    if results.features.members:
        profit += (
            f" and the {w.members} it wins or loses, not those it has anyway: where {w.units} are "
            "sold below cost it is negative"
        )
    subsidies = ""
    if results.features.members:
        subsidies = (
            f" Retail prices below wholesale are subsidies: {w.channels} earn on the {w.member}."
        )
    return Section(
        name="talks",
        title="The talks",
        blocks=blocks(
            text(
                f"Each row is one negotiation, the entrant’s only one: it sells {w.direct}, "
                f"and through this {w.channel} if they agree. {capitalised(w.channels)} "
                f"set retail prices and answer; a deal brings {_brings(results)}. The joint "
                "surplus is what both earn with the deal over what they earn if the talks break "
                "down; the two gains share it out. “Without” is each side’s threat point, its "
                "profit if there is no deal."
            ),
            worth_table(results, negotiated),
            note(
                f"{capitalised(w.units)} a {per}; dollars a {per}; negotiations of the answer in "
                f"bold. {profit}. Consumers: change of their surplus against the entrant selling "
                f"{w.direct} only. “Units there” are at the {w.channel}; “units without”, "
                "anywhere, if the talks break down."
            ),
            Figure("ranges", ranges_chart(results)),
            terms_table(results, negotiated),
            note(
                f"Dollars apiece, means by units sold. A {w.manufacturer} may gain even below "
                f"cost: the {w.channel}’s campaign also sells its {w.direct_products}.{subsidies}"
            ),
            text(_campaigns(results, negotiated)) if negotiated.campaigns else None,
        ),
        brief=(brief_table(results, negotiated),),
    )


def _campaigns(results: Results, negotiated: NegotiationResults) -> str:
    """What partners' campaigns bring, and whether entrants would pay for their own."""
    w, rows = results.words, negotiated.campaigns
    parts = [
        f"A {w.channel}’s campaign costs about {money(rows[0].cost)}. It is seen first by its own "
        f"{w.members if results.features.members else 'customers'}; several add, each reaching "
        "fewer who do not know the brand yet."
    ]
    for row in rows:
        text_of = (
            f"{row.manufacturer}, known to {percent(row.awareness_without)} without partners, is "
            f"known to {percent(row.awareness_with)} with all of the answer. Without them the "
            "first dollar of a campaign of its own would bring back "
            f"{dollars(row.first_dollar)}"
        )
        text_of += (
            f": it would spend {money(row.own_dollars)}, which is in its threat point."
            if row.own_dollars >= 1
            else ": it would run none."
        )
        parts.append(text_of)
    return " ".join(parts)


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
            state_words(p),
            count_words(n.units),
            count_words(n.units_without_deal),
            money(n.joint_surplus),
            money(n.manufacturer_gain),
            money(n.channel_gain),
            money(n.manufacturer_disagreement_profit),
            money(n.channel_disagreement_profit),
            signed_money(n.consumer_surplus_change),
        )
        for n, p in zip(negotiated.negotiations, negotiated.prospects, strict=True)
    ]
    heads = (
        *(
            f"{capitalised(results.words.manufacturer)}",
            channel,
            "State of talks",
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
    return Table(heads=heads, rows=rows, text_columns=3, bold=rows_of_answer(negotiated))


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
        *(("Given off both",) if gives else ()),
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
        caption=f"one negotiation a row, {results.words.channels} setting prices; dollars a "
        f"{results.study.per}, wholesale and retail prices apiece; in brackets, the wholesale "
        "prices at which both gain; launch: its probability, given how far talks have come "
        "(brackets: if they began)",
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
            {"case": c, "what": what, "dollars": price(n)}
            for c, n in zip(cases, rows, strict=True)
            for what, (price, _, _) in _MARKS.items()
        ]
    )
    edge = 0.06 * float(max(bars["high"].max(), marks["dollars"].max()))
    top = float(max(bars["high"].max(), marks["dollars"].max())) + edge
    axis = alt.Axis(format=price_format(top), title=f"dollars a {results.words.unit}", tickCount=7)
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
            x=alt.X("dollars:Q", **x),
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
        "Bar: wholesale prices at which both sides gain, at these retail prices. Below its left "
        f"end the {results.words.manufacturer}, above its right end the {results.words.channel} "
        f"would rather do without. Each negotiation is the entrant's only one. {swing}",
    )
