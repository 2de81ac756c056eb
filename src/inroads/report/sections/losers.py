"""Who loses to entrants' deals: present manufacturers' units, other channels' shelves."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    GREEN,
    ORANGE,
    PINK,
    PLOT,
    rows_axis,
    titled,
)
from inroads.report.format import (
    capitalised,
    count_words,
    list_words,
    number,
    price_change,
    signed_money,
)
from inroads.report.phrases import partners_words, terms_matter_most
from inroads.report.section import Details, Figure, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.tree import Results

#: losses below this part of the largest are left to the tables
_SMALL = 0.005


def section(results: Results) -> Section | None:
    """None without negotiations."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.negotiations:
        return None
    w, per = results.words, results.study.per
    chart, table = losers_chart(results), shelves_table(results)
    shelves = Details(
        f"What {w.channels} do to the others’ {w.units}",
        [
            table,
            note(
                f"Against the entrant selling {w.direct} only; {w.currency} apiece, {w.units} and "
                f"{w.currency} a {per}."
            ),
        ],
    )
    if chart is None and not table.rows:
        return None
    return Section(
        name="losers",
        title="Who loses, and to whom",
        blocks=blocks(
            Figure("losers", chart),
            text(
                f"{capitalised(w.channels)} answer with the prices of all other {w.units}: a "
                "partner may raise them, for it would rather sell the newcomer’s; one that loses "
                "customers may cut them."
            ),
            shelves if table.rows else None,
        ),
    )


def shelves_table(results: Results) -> Table:
    """By channel, what an entrant's deals do to the others' offers."""
    channel = capitalised(results.words.channel)
    heads = ("Entrant", channel, "Price of the others", "Units of the others", "Its profit")
    rows = []
    for entrant in results.negotiations.entrants if results.negotiations else ():
        who = f"{entrant.manufacturer} with {partners_words(entrant.partners)}"
        for k, (name, response) in enumerate(entrant.channel_responses.items()):
            change = response.price_change
            rows.append((
                "" if k else who,
                name + (" (partner)" if name in entrant.partners else ""),
                price_change(change),
                count_words(response.units_change),
                signed_money(response.profit_change),
            ))  # fmt: skip
    return Table(heads=heads, rows=rows, text_columns=2)


def losers_chart(results: Results) -> Any | None:
    """Units that each present manufacturer loses to each entrant's deals."""
    negotiated = results.negotiations
    entrants = [e for e in (negotiated.entrants if negotiated else ()) if e.rival_units_change]
    if not entrants:
        return None
    frame = pd.DataFrame(
        [
            {"who": manufacturer, "change": change, "entrant": f"to {entrant.manufacturer}"}
            for entrant in entrants
            for manufacturer, change in sorted(
                entrant.rival_units_change.items(), key=lambda item: item[1]
            )
        ]
    )
    total = frame.groupby("who")["change"].sum().sort_values()
    order = [who for who in total.index if abs(total[who]) > _SMALL * abs(total.min())]
    frame = frame[frame["who"].isin(order)]
    worst, shares = [], []
    for entrant in entrants:
        lost = entrant.rival_units_change
        first = min(lost, key=lambda manufacturer: lost[manufacturer])
        gain = entrant.units - entrant.units_without_deals
        if not (lost[first] < 0 < gain):
            continue
        worst.append(first)
        percentage = number(-100 * lost[first] / gain, 2)
        shares.append(f"{percentage} percent of {entrant.manufacturer}'s gain")
    names = list(dict.fromkeys(worst))
    lead = f"{list_words(names)} {'loses' if len(names) == 1 else 'lose'} most"
    heading = f"{lead}: {' and '.join(shares)}" if names else "Whose units deals change"
    domain = [f"to {entrant.manufacturer}" for entrant in entrants]
    scale = alt.Scale(domain=domain, range=[BLUE, ORANGE, GREEN, PINK])
    title = f"change in {results.words.units} a {results.study.per}"
    axis = alt.Axis(labelExpr=COUNTS, title=title, tickCount=6)
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("who:N", sort=order, axis=rows_axis()),
            x=alt.X("change:Q", axis=axis, scale=alt.Scale(nice=False)),
            yOffset=alt.YOffset("entrant:N", sort=None),
            color=alt.Color("entrant:N", title=None, scale=scale, sort=None),
        )
    )
    return titled(
        bars.properties(width=PLOT, height=alt.Step(13)),
        heading,
        "Each entrant's deals with the partners of the answer, against selling without. "
        f"{terms_matter_most(results, lambda end: end.units)}",
    )
