"""Politics: what tariffs, bars and bans do to entrants that have deals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PLOT,
    QUIET,
    millions,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    count_words,
    money,
    number,
    signed_money,
)
from inroads.report.phrases import joint_surplus, terms_matter_most
from inroads.report.section import Details, Figure, Section, blocks, note
from inroads.report.table import Table
from inroads.results.interventions import Intervention, InterventionKind
from inroads.results.tree import Results

_BASE = ", on customs value"


def section(results: Results) -> Section | None:
    """None where no intervention was tried."""
    negotiated = results.negotiations
    if negotiated is None or not negotiated.interventions:
        return None
    w, per = results.words, results.study.per
    return Section(
        name="politics",
        title="Politics",
        blocks=blocks(
            Figure("politics", politics_chart(results)),
            Details(
                f"{len(negotiated.interventions)} things that politics may do",
                [
                    politics_table(results),
                    note(
                        f"{capitalised(w.units)} a {per}, and changes in {w.currency} a {per}. "
                        "“All together” adds all firms’ profits, consumers’ surplus and the "
                        "tariff’s revenue."
                    ),
                ],
            ),
        ),
    )


def intervention_words(results: Results, row: Intervention, base: str = _BASE) -> str:
    """What politics does."""
    w, manufacturer = results.words, row.manufacturer
    rate = f"{row.tariff.rate:.0%}" if row.tariff else ""
    match row.kind:
        case InterventionKind.TARIFF_ON_ENTRANT:
            return (
                f"{rate} tariff on {manufacturer}'s {w.units}{base}, paid by the {w.manufacturer}"
            )
        case InterventionKind.TARIFF_ON_IMPORTS:
            return f"{rate} tariff on {w.units} {w.imported}{base}, paid by sellers"
        case InterventionKind.MADE_WITHIN:
            dearer = f"{row.cost_change or 0.0:.0%} dearer to make"
            others = f", {rate} tariff on others {w.imported}" if row.tariff else ""
            return f"{manufacturer}'s {w.units} made within the tariff, {dearer}{others}"
        case InterventionKind.BARRED_FROM_CHANNELS:
            return f"{manufacturer} barred from {w.channels}"
        case InterventionKind.PARTNER_WITHDRAWS:
            verb = "stays" if len(row.remaining) == 1 else "stay"
            return f"{row.withdrawn} withdraws, {' and '.join(row.remaining)} {verb}"
        case InterventionKind.BARRED_FROM_OPEN_CHANNEL:
            return f"{manufacturer} barred from selling {w.direct}, {w.channels} stay"
        case InterventionKind.BANNED:
            return f"{manufacturer} banned everywhere"


def _within(results: Results, row: Intervention) -> str:
    """The same beside the entrant's name."""
    words = intervention_words(results, row, "").removeprefix(f"{row.manufacturer} ")
    return capitalised(words.replace(f"{row.manufacturer}'s ", "its "))


def politics_table(results: Results) -> Table:
    """An intervention a row."""
    heads = (
        *(
            "Against",
            "What happens",
            "Units",
            "Before",
            f"{capitalised(results.words.manufacturer)}",
            f"Other {results.words.manufacturers}",
        ),
        *(capitalised(results.words.channels), "Consumers", "Tariff revenue", "All together"),
    )
    rows = [
        (
            r.manufacturer,
            _within(results, r),
            count_words(r.units),
            count_words(r.units_before),
            signed_money(r.manufacturer_profit_change),
            signed_money(r.rivals_profit_change),
            signed_money(r.channels_profit_change),
            signed_money(r.consumer_surplus_change),
            signed_money(r.tariff_revenue) if r.tariff else "—",
            signed_money(r.welfare_change),
        )
        for r in (results.negotiations.interventions if results.negotiations else ())
    ]
    return Table(heads=heads, rows=rows, text_columns=2)


def politics_chart(results: Results) -> Any | None:
    """What each intervention does to the manufacturer, channels, other manufacturers and
    consumers."""
    rows = results.negotiations.interventions if results.negotiations else ()
    if not rows:
        return None
    w, per = results.words, results.study.per
    who: dict[str, Callable[[Intervention], float]] = {
        f"the {w.manufacturer}": lambda r: r.manufacturer_profit_change,
        w.channels: lambda r: r.channels_profit_change,
        f"other {w.manufacturers}": lambda r: r.rivals_profit_change,
        "consumers": lambda r: r.consumer_surplus_change,
    }
    frame = pd.DataFrame(
        [{"case": wrapped(_within(results, r), 34), "manufacturer": r.manufacturer,
          "who": name, "change": change(r)}
         for r in rows for name, change in who.items()]
    )  # fmt: skip
    names = list(who)
    colours = alt.Scale(domain=names, range=[BLUE, ORANGE, QUIET, GREEN])
    shapes = alt.Scale(domain=names, range=["circle", "diamond", "square", "triangle-up"])
    panels = []
    for manufacturer, rows_of_manufacturer in frame.groupby("manufacturer", sort=False):
        base = alt.Chart(rows_of_manufacturer).encode(
            y=alt.Y("case:N", sort=None, axis=rows_axis())
        )
        axis = alt.Axis(labelExpr=millions(), tickCount=7, title=f"{w.currency} a {per}")
        x = alt.X("change:Q", axis=axis)
        span = base.mark_rule(strokeWidth=3, color="#d5dbe1").encode(
            x=alt.X("min(change):Q", axis=axis), x2="max(change):Q"
        )
        dots = base.mark_point(filled=True, size=100, opacity=1).encode(
            x=x,
            shape=alt.Shape("who:N", title=None, sort=None, scale=shapes),
            color=alt.Color("who:N", title=None, sort=None, scale=colours),
        )
        zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
        panels.append(
            alt.layer(span, zero, dots).properties(
                title=panel(str(manufacturer)), width=PLOT, height=alt.Step(38)
            )
        )
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        _title(results, rows),
        "Change against the deals with all partners of the answer; tariffs are on what a "
        f"{w.unit} costs to make. {terms_matter_most(results, joint_surplus)}",
    )


def _title(results: Results, rows: tuple[Intervention, ...]) -> str:
    w = results.words
    tariffs = [r for r in rows if r.tariff]
    lead = tariffs[0] if tariffs else rows[0]
    manufacturer = lead.manufacturer
    barred = [
        r
        for r in rows
        if r.kind == InterventionKind.BARRED_FROM_CHANNELS and r.manufacturer == manufacturer
    ]
    change = lead.manufacturer_profit_change
    if (
        not barred
        or lead.tariff is None
        or change >= 0
        or max(barred[0].manufacturer_profit_change, barred[0].channels_profit_change) >= 0
    ):
        verb = "loses" if change < 0 else "gains"
        return f"{intervention_words(results, lead)}: {manufacturer} {verb} {money(abs(change))}"
    ratio = barred[0].manufacturer_profit_change / change
    return (
        f"A bar from {w.channels} costs {manufacturer} {number(ratio, 2)} times as much as a "
        f"{lead.tariff.rate:.0%} tariff on its {w.units}, and {w.channels} "
        f"{money(-barred[0].channels_profit_change)}"
    )
