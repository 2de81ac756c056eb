"""Will it hold? The odds that a deal is launched, and what is known of the talks."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from inroads.display import counted
from inroads.report.chart_style import (
    BLUE,
    ORANGE,
    PLOT,
    QUIET,
    RED,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import capitalised, in_percent, money, number, percent
from inroads.report.phrases import pair_words, terms_matter_most
from inroads.report.section import Details, Figure, Section, blocks, note, text
from inroads.report.sections.negotiations import rows_of_answer, state_words
from inroads.report.table import Table
from inroads.results.negotiations import NegotiationResults, NegotiationState, Prospect
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None without negotiations."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.negotiations:
        return None
    chart = hazard_chart(results)
    likely = sorted({round(p.launch_probability, 10) for p in negotiated.prospects})
    chances = " to ".join(percent(p) for p in dict.fromkeys((likely[0], likely[-1])))
    return Section(
        name="breakdown",
        title="Will it hold?",
        summary="" if chart else f"Deals are launched with probability {chances}",
        blocks=blocks(
            Figure("hazard", chart),
            text(_explained(results, negotiated)),
            Details(
                f"{len(negotiated.prospects)} negotiations: odds and worth",
                blocks(
                    prospects_table(results, negotiated),
                    note(
                        "Over the time on sale, of one generation and one deal by itself, "
                        "undiscounted. Where no talks are known: if they began."
                    ),
                ),
            ),
            _events(negotiated),
        ),
    )


def _explained(results: Results, negotiated: NegotiationResults) -> str:
    """What the odds are of, and what talks are worth."""
    risks = "the talks themselves do not"
    if negotiated.has_politics:
        risks = "neither politics nor the talks themselves"
    return (
        f"A deal is launched if {risks} end it before, given how far talks have come. Talks are "
        "worth what it then brings at those odds, less the launch cost, which is spent either way."
    )


def prospects_table(results: Results, negotiated: NegotiationResults) -> Table:
    """What each deal is expected to bring."""
    channel = results.words.channel
    heads = [
        *(
            f"{capitalised(results.words.manufacturer)}",
            capitalised(channel),
            "State of talks",
            "Launched with probability",
        ),
        *("Worth if launched", "Talks are worth", f"To the {channel}"),
        *(["Hazard that talks bear"] if negotiated.has_politics else ()),
    ]
    rows = []
    for n, p in zip(negotiated.negotiations, negotiated.prospects, strict=True):
        condition = "if begun: " if p.state == NegotiationState.NONE else ""
        row = [
            n.manufacturer, n.channel, state_words(p), condition + in_percent(p.launch_probability),
            money(p.value_if_launched), money(p.expected_value), money(p.channel_expected_value),
        ]  # fmt: skip
        if negotiated.has_politics:
            row.append(in_percent(p.break_even_hazard) if n.both_gain else "none")
        rows.append(row)
    return Table(heads=heads, rows=rows, text_columns=3, bold=rows_of_answer(negotiated))


def _on_sale(prospect: Prospect, per: str) -> str:
    """Periods on sale, and what they are worth where launches fade."""
    text = f"{number(prospect.periods_on_sale, 2)} {per}s on sale"
    if abs(prospect.worth_periods - prospect.periods_on_sale) < 1e-9:
        return text
    return f"{text}, worth {number(prospect.worth_periods, 2)} of the first"


def _events(negotiated: NegotiationResults) -> Details | None:
    if not negotiated.events:
        return None
    rows = [
        (
            e.date,
            f"{e.manufacturer}, {e.channel}",
            Markup('<a href="#{}">{}</a>').format(event_id(k), e.state.value),
        )
        for k, e in enumerate(negotiated.events)
    ]
    table = Table(heads=("Date", "Who", "State"), rows=rows, text_columns=3, style="")
    return Details(f"What is known of the talks: {counted(len(rows), 'event')}", [table])


def event_id(number: int) -> str:
    """The id of an event's place in the ledger."""
    return f"talks-{number}"


def hazard_chart(results: Results) -> Any | None:
    """The political hazard up to which talks are worth their cost, against the one assumed."""
    negotiated = results.negotiations
    pairs = zip(negotiated.negotiations, negotiated.prospects, strict=True) if negotiated else ()
    rows = [(n, p) for n, p in pairs if n.both_gain]
    if negotiated is None or not rows or not negotiated.has_politics:
        return None
    per = results.study.per
    frame = pd.DataFrame(
        [{"case": wrapped(pair_words(n)), "limit": 100 * p.break_even_hazard,
          "known": "no talks known" if p.state == NegotiationState.NONE else "talks known",
          "label": f"{number(100 * p.break_even_hazard, 2)}%  ·  worth {money(p.expected_value)}"}
         for n, p in rows]
    )  # fmt: skip
    first = rows[0][1]
    hazard, low, high = (
        first.political_hazard, first.political_hazard_low, first.political_hazard_high,
    )  # fmt: skip
    odds = f"odds a {per} that politics stops the deal, percent"
    x: dict[str, Any] = {"scale": alt.Scale(domain=[0, 100]), "axis": alt.Axis(title=odds)}
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    layers = []
    assumed = f"Dashed: the hazard assumed, {100 * hazard:g} percent"
    if low is not None and high is not None:
        band = pd.DataFrame([{"low": 100 * low, "high": 100 * high}])
        shade = alt.Chart(band).mark_rect(color=ORANGE, opacity=0.15)
        layers.append(shade.encode(x=alt.X("low:Q", **x), x2="high:Q"))
        assumed += f"; shaded: its range, {100 * low:g} to {100 * high:g}"
    line = alt.Chart(pd.DataFrame([{"at": 100 * hazard}]))
    layers.append(line.mark_rule(color=RED, strokeDash=[4, 3]).encode(x=alt.X("at:Q", **x)))
    base = alt.Chart(frame).encode(y=y, x=alt.X("limit:Q", **x))
    colour = alt.Color("known:N", title=None, sort=None, scale=alt.Scale(
        domain=["talks known", "no talks known"], range=[BLUE, QUIET]))  # fmt: skip
    layers.append(base.mark_circle(size=120, opacity=1).encode(color=colour))
    layers.append(base.mark_text(align="left", dx=10).encode(text="label:N"))
    limits = [p.break_even_hazard for _, p in rows]
    title = (
        f"Talks bear a political hazard of up to {number(100 * min(limits), 2)} to "
        f"{number(100 * max(limits), 2)} percent a {per}; assumed: {100 * hazard:g}"
    )
    if min(limits) < hazard:
        bad = sum(limit < hazard for limit in limits)
        title = (
            f"At the hazard assumed, {bad} of {len(limits)} negotiations are not worth their cost"
        )
    return titled(
        alt.layer(*layers).properties(width=PLOT, height=alt.Step(30)),
        title,
        f"{assumed}. Beside each point: what talks are then worth to the "
        f"{results.words.manufacturer} ({_on_sale(first, per)}; launch "
        f"{money(first.launch_cost)}). "
        f"{terms_matter_most(results, lambda end: end.expected_value)}",
    )
