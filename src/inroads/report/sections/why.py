"""Why partners matter: what a deal's gain is made of, and what being known is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    DARK_TEXT,
    INK,
    ORANGE,
    PLOT,
    log_x,
    mechanism_scale,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    list_words,
    number,
    percent,
    rounded_to_sum,
)
from inroads.report.phrases import (
    mechanism_words,
    partners_words,
    sales_matter_most,
    units_per,
)
from inroads.report.section import Details, Figure, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.market import Decomposition, Mechanism, ScenarioGroup
from inroads.results.tree import Results

#: a part that is smaller than this share of the largest gain has no label
_ROOM = 0.06


def section(results: Results) -> Section | None:
    """None without a decomposition or a ladder of awareness."""
    ladder = awareness_chart(results)
    gains = decomposed(results)
    if not gains:
        if ladder is None:
            return None
        return Section(name="why", title="Being known", blocks=[Figure("awareness", ladder)])
    parts = [f"{mechanism_words(results, m)}: {_definition(results, m)}" for m in gains[0].parts]
    return Section(
        name="why",
        title=f"Why partners matter{', at list prices' if results.negotiations else ''}",
        blocks=blocks(
            Figure("decomposition", decomposition_chart(results)),
            text(f"{'; '.join(parts)}."),
            Details(
                f"{len(gains)} deals by mechanism, and being known",
                blocks(
                    gains_table(results),
                    note(f"{capitalised(units_per(results))} over entering without partners."),
                    Figure("awareness", ladder),
                ),
            ),
        ),
    )


def _definition(results: Results, mechanism: Mechanism) -> str:
    """What a mechanism is."""
    w = results.words
    match mechanism:
        case Mechanism.FINANCING:
            return f"the partners' {w.financing}"
        case Mechanism.SHELF:
            return "a place where the partners' own customers already shop"
        case Mechanism.COMPATIBILITY:
            return f"{w.compatible_products}, wherever they are bought"
        case Mechanism.AWARENESS:
            return "the campaign that comes with it"


def decomposed(results: Results) -> list[Decomposition]:
    """Decompositions, with the mechanisms that the market has."""
    missing = set()
    if not results.features.financing:
        missing.add(Mechanism.FINANCING)
    if not results.features.compatibility:
        missing.add(Mechanism.COMPATIBILITY)
    return [
        d.model_copy(update={"parts": {m: v for m, v in d.parts.items() if m not in missing}})
        for d in results.decompositions
        if d.parts
    ]


@dataclass(frozen=True)
class Gain:
    """A deal's gain by mechanism, in units rounded so that the parts add up to the gain."""

    decomposition: Decomposition
    parts: list[float]

    @property
    def total(self) -> float:
        """Of the rounded parts."""
        return sum(self.parts)


def rounded_gains(results: Results) -> list[Gain]:
    """Every decomposition, rounded."""
    return [Gain(d, rounded_to_sum(list(d.parts.values()))) for d in decomposed(results)]


def gains_table(results: Results) -> Table:
    """A deal a row, a mechanism a column."""
    gains = rounded_gains(results)
    mechanisms = list(gains[0].decomposition.parts) if gains else []
    rows = []
    for gain in gains:
        d = gain.decomposition
        cells = [f"{x:,.0f}".replace("-", "−") for x in (*gain.parts, gain.total)]
        rows.append((d.manufacturer, partners_words(d.partners), *cells))
    heads = ("Entrant", "Partners", *(mechanism_words(results, m) for m in mechanisms), "Gain")
    partners = results.partners_of_answer
    bold = [k for k, gain in enumerate(gains) if gain.decomposition.partners == partners]
    return Table(heads=heads, rows=rows, text_columns=2, bold=bold, name="gains")


def decomposition_chart(results: Results) -> Any | None:
    """The gain of each deal by mechanism, stacked, one panel an entrant."""
    gains = decomposed(results)
    if not gains:
        return None
    names = {m: mechanism_words(results, m) for m in gains[0].parts}
    panels = []
    for who in dict.fromkeys(d.manufacturer for d in gains):
        of_entrant = [d for d in gains if d.manufacturer == who]
        largest = max(d.gain for d in of_entrant)
        rows = []
        for d in of_entrant:
            start = 0.0
            for k, mechanism in enumerate(names):
                units = d.parts.get(mechanism, 0.0)
                roomy = d.gain > 0 and abs(units) > _ROOM * largest
                rows.append({
                    "case": wrapped(partners_words(d.partners)), "mechanism": names[mechanism],
                    "order": k, "from": start, "to": start + units, "middle": start + units / 2,
                    "label": f"{100 * units / d.gain:.0f}%" if roomy else "",
                    "dark": mechanism in DARK_TEXT,
                })  # fmt: skip
                start += units
        panels.append(_stack(who, pd.DataFrame(rows), names, units_per(results)))
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        _largest_part(results, names),
        "What each deal adds to the entrant's sales, by mechanism (Shapley)."
        f"{sales_matter_most(results)}",
    )


def _stack(who: str, frame: pd.DataFrame, names: Mapping[Mechanism, str], unit: str) -> Any:
    axis = alt.Axis(labelExpr=COUNTS, title=f"{unit} gained", tickCount=6)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    bars = base.mark_bar(height=24, stroke="white", strokeWidth=1).encode(
        x=alt.X("from:Q", axis=axis), x2="to:Q",
        color=alt.Color("mechanism:N", title=None, scale=mechanism_scale(names), sort=None),
    )  # fmt: skip
    labels = base.mark_text(fontWeight="bold").encode(
        x=alt.X("middle:Q", axis=axis), text="label:N",
        color=alt.condition("datum.dark", alt.value(INK), alt.value("white")),
    )  # fmt: skip
    return alt.layer(bars, labels).properties(title=panel(who), width=PLOT, height=alt.Step(40))


def _largest_part(results: Results, names: Mapping[Mechanism, str]) -> str:
    partners = results.partners_of_answer
    gains = [d for d in decomposed(results) if d.partners == partners and d.gain > 0]
    if not gains:
        return "Where the gain comes from"
    share = {m: sum(d.parts.get(m, 0.0) / d.gain for d in gains) for m in names}
    top = max(names, key=lambda m: share[m])
    shares = [f"{percent(d.parts[top] / d.gain)} for {d.manufacturer}" for d in gains]
    return f"{names[top]} is the largest part of the gain: {list_words(shares)}"


def awareness_chart(results: Results) -> Any | None:
    """Units against awareness, with and without partners, one panel an entrant."""
    partners = partners_words(results.partners_of_answer)
    series = {True: f"with {partners}", False: "without partners"}
    panels, clauses = [], []
    for name in results.entrants:
        rows = []
        for scenario in results.entering_alone(name, ScenarioGroup.AWARENESS):
            sales, deal = scenario.entrants[name], bool(scenario.partners)
            if scenario.awareness is not None and sales.units:
                rows.append({
                    "known": 100 * scenario.awareness, "with": series[deal], "deal": deal,
                    "units": sales.units, "low": sales.units_low, "high": sales.units_high,
                })  # fmt: skip
        if not rows:
            continue
        frame = pd.DataFrame(rows)
        panels.append((name, frame))
        first = frame[frame["known"] == frame["known"].min()].set_index("deal")["units"]
        if {True, False} <= set(first.index):
            clauses.append(f"{number(first[True] / first[False], 2)} times the sales for {name}")
    if not panels:
        return None
    lowest = min(f["known"].min() for _, f in panels)
    title = f"Known to {lowest:.0f} percent either way, partners still bring {list_words(clauses)}"
    unit, names = units_per(results), list(series.values())
    return titled(
        alt.hconcat(*(_ladder(name, f, names, unit) for name, f in panels)),
        title if clauses else "Sales by awareness",
        "Sales if this percentage of consumers knew the entrant, at no cost. Band: quality one "
        "standard error lower and higher.",
    )


def _ladder(name: str, frame: pd.DataFrame, series: list[str], unit: str) -> Any:
    scale, ticks = log_x([v for k in ("units", "low", "high") for v in frame[k].dropna()])
    title = f"{unit} (log scale)"
    y = alt.Y("units:Q", scale=scale, axis=alt.Axis(values=ticks, labelExpr=COUNTS, title=title))
    x = alt.X("known:Q", title="percent of consumers who know it",
              scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=5))  # fmt: skip
    colour = alt.Color("with:N", title=None, scale=alt.Scale(domain=series, range=[BLUE, ORANGE]))
    base = alt.Chart(frame).encode(x=x, color=colour)
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", scale=scale, title=title), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=60)).encode(y=y)
    return alt.layer(band, line).properties(title=panel(name), width=PLOT / 2 + 15, height=260)
