"""Scenarios at list prices: what partners bring, and at whose cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup, escape

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    INK,
    PLOT,
    log_x,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    between,
    capitalised,
    count_words,
    dollars,
    is_order_of_magnitude,
    list_words,
    number,
    percent,
    short,
    with_unit,
)
from inroads.report.phrases import (
    assumption_words,
    at_list_prices,
    partners_words,
    ranked_sales_swings,
    sales_matter_most,
    scenario_words,
    units_per,
)
from inroads.report.section import Block, Figure, Section, blocks, note, text
from inroads.report.table import BriefTable, Column, Table
from inroads.results.market import EntrantSales, Scenario, ScenarioGroup
from inroads.results.tree import Results

ALL = "All makers"
_CHANGED = 1e-3


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entrant in one scenario, or all makers where no entrant is touched.

    title: of the scenario, on its first row; surplus: on its first row, dollars a period against
    the baseline.
    """

    title: str
    who: str
    sales: EntrantSales
    surplus: float | None
    group: ScenarioGroup
    is_headline: bool

    @property
    def digits(self) -> int:
        """How many digits of its units are known."""
        return 3 if self.who == ALL else 2

    @property
    def share_words(self) -> str:
        """Share of the market."""
        return "" if self.sales.share is None else f"{number(100 * self.sales.share, 2)}%"

    @property
    def multiple_words(self) -> str:
        """Multiple of the sales without partners."""
        return "" if self.sales.multiple is None else f"{number(self.sales.multiple, 2)}×"

    @property
    def surplus_words(self) -> str:
        """Dollars, with their sign."""
        if self.surplus is None:
            return ""
        return ("+" if self.surplus > 0 else "") + dollars(self.surplus)


def section(results: Results) -> Section | None:
    """None without scenarios."""
    rows = scenario_rows(results)
    if not rows:
        return None
    negotiated = results.negotiations is not None
    subsidise = ", and they subsidise" if results.features.members else ""
    introduction = (
        "The same deals with every price held at list. The answer above lets "
        f"{results.words.channels} set prices{subsidise}: the difference between the two is what "
        "that adds. Only here are entrants, partners, awareness and mechanisms taken apart "
        "one by one."
    )
    base = results.baseline
    price = "" if base.mean_price is None else f" at a mean price of {dollars(base.mean_price)}"
    return Section(
        name="scenarios",
        title="Scenarios at list prices" if negotiated else "Scenarios",
        blocks=blocks(
            text(introduction if negotiated else ""),
            scenarios_table(results, rows),
            note(
                f"The market as it was: {count_words(base.total_units, 3)} {units_per(results)}"
                f"{price}. Consumer surplus is the change in what all consumers together would pay "
                "to have the choice they have, against the market as it was. Empty cells: not "
                "computed for that scenario."
            ),
            _entry(results),
            _substitution(results),
        ),
        brief=(brief_table(results, rows),),
    )


def _entry(results: Results) -> list[Block]:
    chart = entry_chart(results)
    if chart is None:
        return []
    words = escape(
        "Each dot is one scenario with a single entrant; the line is what remains unknown about "
        f"{results.words.products} that were never sold in this market."
    )
    if swings := ranked_sales_swings(results):
        top = swings[0]
        label = assumption_words(results, top.assumption)
        words += Markup(
            ' They rest most on one assumption, the {}, taken as {} (<a href="#hangs">what it '
            "hangs on</a>)."
        ).format(label, with_unit(top.central, top.unit))
    return blocks(Figure("entry", chart), text(words))


def _substitution(results: Results) -> list[Block]:
    chart = substitution_chart(results)
    if chart is None:
        return []
    return blocks(
        Figure("substitution", chart),
        text(
            "Who loses what the entrants win. Rivals' prices and shelves are held as they were, so "
            "this is the loss before they answer."
        ),
    )


def scenario_rows(results: Results) -> list[Row]:
    """Scenarios of entry and those written out; the ladder of awareness is left to its chart."""
    groups = (ScenarioGroup.ENTRY, ScenarioGroup.FULL_RANGE, ScenarioGroup.WRITTEN)
    rows = []
    for scenario in results.scenarios_of(*groups):
        is_headline = (
            scenario.group == ScenarioGroup.ENTRY
            and scenario.partners == results.partners_of_answer
        )
        for k, (who, sales) in enumerate(_touched(results, scenario).items()):
            rows.append(
                Row(
                    title=scenario_words(results, scenario) if k == 0 else "",
                    who=who,
                    sales=sales,
                    surplus=scenario.outcome.consumer_surplus_change if k == 0 else None,
                    group=scenario.group,
                    is_headline=is_headline,
                )
            )
    return rows


def _touched(results: Results, scenario: Scenario) -> dict[str, EntrantSales]:
    """Its entrants; in a written scenario, those whose sales it changes; else all makers."""
    if scenario.entrants:
        return dict(scenario.entrants)
    before, after = results.baseline.units, scenario.outcome.units
    total = scenario.outcome.total_units
    changed = {}
    for name in results.entrants:
        old, new = before.get(name, 0.0), after.get(name, 0.0)
        if abs(new - old) > _CHANGED * max(old, new, 1.0):
            changed[name] = EntrantSales(units=new, share=new / total if total else None)
    return changed or {ALL: EntrantSales(units=total)}


def scenarios_table(results: Results, rows: list[Row]) -> Table:
    """An entrant and scenario a row."""
    cells = [
        (
            row.title,
            row.who,
            count_words(row.sales.units, row.digits),
            _range(row.sales),
            row.share_words,
            row.multiple_words,
            row.surplus_words,
        )
        for row in rows
    ]
    heads = (
        *("Scenario", "Who", capitalised(units_per(results)), "Range", "Share of the market"),
        "Times sales without partners",
        f"Consumer surplus, dollars a {results.study.per}",
    )
    bold = [k for k, row in enumerate(rows) if row.is_headline]
    return Table(heads=heads, rows=cells, text_columns=2, bold=bold)


def _range(sales: EntrantSales) -> str:
    low, high = sales.units_low, sales.units_high
    return "" if low is None or high is None else between(low, high)


def brief_table(results: Results, rows: list[Row]) -> BriefTable:
    """The same for the terminal; fits 100 columns."""
    w, at_list = results.words, at_list_prices(results)
    cells = []
    for row in rows:
        low, high = row.sales.units_low, row.sales.units_high
        units = short(row.sales.units, row.digits)
        if low is not None and high is not None:
            units += f" ({short(low)}–{short(high)})"
        gain = row.surplus_words.replace(" billion", "B").replace(" million", "M")
        cells.append((row.title, row.who, units, row.share_words, row.multiple_words, gain))
    heads = (capitalised(w.units), "Share", "Multiple", "Consumers")
    return BriefTable(
        columns=[
            Column(
                head="Scenario" + (", at list prices" if at_list else ""),
                is_number=False,
                wraps=True,
                min_width=20,
            ),
            Column(head="Who", is_number=False, max_width=12),
            *(Column(head=head) for head in heads),
        ],
        rows=cells,
        caption=f"{at_list.lower()}{w.units} and dollars a {results.study.per}; in brackets, the "
        f"quality of {w.products} without sales here one standard error lower and higher; multiple "
        "of the sales without partners; k thousand, M million, B billion",
        bold=[k for k, row in enumerate(rows) if row.is_headline],
        ends=[k for k in range(len(rows) - 1) if rows[k].group != rows[k + 1].group],
    )


def entry_chart(results: Results) -> Any | None:
    """Units by partners, one panel an entrant, with the range of what was never observed."""
    panels, clauses = [], []
    for name in results.entrants:
        rows = []
        full_range = results.entering_alone(name, ScenarioGroup.FULL_RANGE)
        for scenario in [*results.entering_alone(name), *full_range]:
            sales = scenario.entrants[name]
            if not sales.units:
                continue
            more = (
                f", {results.words.further_products} too"
                if scenario.group == ScenarioGroup.FULL_RANGE
                else ""
            )
            rows.append({
                "case": wrapped(partners_words(scenario.partners) + more),
                "units": sales.units,
                "low": sales.units_low or sales.units,
                "high": sales.units_high or sales.units,
                "label": _sales_words(sales),
            })  # fmt: skip
        if rows:
            panels.append((name, pd.DataFrame(rows)))
        headline = results.headline_scenario(name)
        multiple = headline.entrants[name].multiple if headline else None
        if headline is not None and multiple is not None:
            sales = headline.entrants[name]
            digits = 1 if is_order_of_magnitude(sales.units_low, sales.units_high) else 2
            clauses.append(f"{name}'s by about {number(multiple, digits)}")
    if not panels:
        return None
    values = [v for _, f in panels for v in [*f["low"], *f["high"]]]
    title = (
        f"{at_list_prices(results)}{partners_words(results.partners_of_answer)} would multiply "
        f"sales: {list_words(clauses)}"
    )
    unit = units_per(results)
    return titled(
        alt.vconcat(*(_dots(name, f, values, unit) for name, f in panels)),
        title if clauses else "Sales by partners",
        f"Each entrant alone. Line: quality of its {results.words.products} one standard error "
        "lower and higher. At the right: units, share of the market, multiple of the sales without "
        "partners. Each step of the axis multiplies." + sales_matter_most(results),
    )


def _sales_words(sales: EntrantSales) -> str:
    parts = [count_words(sales.units)]
    if sales.share is not None:
        parts.append(f"{number(100 * sales.share, 2)}%")
    if sales.multiple is not None:
        parts.append(f"{number(sales.multiple, 2)}×")
    return "  ·  ".join(parts)


def _dots(name: str, frame: pd.DataFrame, values: list[float], unit: str) -> Any:
    scale, ticks = log_x(values)
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    axis = alt.Axis(values=ticks, labelExpr=COUNTS, title=f"{unit} (log scale)")
    base = alt.Chart(frame).encode(y=y)
    line = base.mark_rule(strokeWidth=4, opacity=0.35, color=BLUE).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
    )
    dot = base.mark_circle(size=110, opacity=1, color=BLUE).encode(
        x=alt.X("units:Q", scale=scale, axis=axis)
    )
    label = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 80), text="label:N")
    reached = alt.Chart(frame).mark_point(opacity=0).encode(x=alt.value(PLOT + 75))
    return alt.layer(line, dot, label, reached).properties(
        title=panel(name), width=PLOT - 95, height=alt.Step(38)
    )


def substitution_chart(results: Results) -> Any | None:
    """Units that each maker gains or loses when all enter with the partners of the answer."""
    scenario = results.entering_together
    if scenario is None:
        return None
    before, after = results.baseline.units, scenario.outcome.units
    makers = list(dict.fromkeys([*before, *after]))
    change = {m: after.get(m, 0.0) - before.get(m, 0.0) for m in makers}
    names = list(scenario.entrants)
    others = sorted((m for m in makers if m not in names), key=lambda m: change[m])
    grown = scenario.outcome.total_units - results.baseline.total_units
    frame = pd.DataFrame(
        [{"maker": m, "change": change[m], "who": who,
          "label": ("+" if change[m] > 0 else "") + count_words(change[m])}
         for who, group in (("entrants", names), ("rivals", others)) for m in group]
    )  # fmt: skip
    gain = sum(change[m] for m in names)
    title = f"Entrants' gain of {count_words(gain)} comes out of rivals' sales"
    if others and gain > 0:
        title = (
            f"{others[0]} would lose most: {percent(-change[others[0]] / gain)} of what the "
            f"entrants gain; {percent(grown / gain)} are buyers who would have bought none"
        )
    most = max(map(abs, change.values()))
    scale = alt.Scale(domain=[min(change.values()) - 0.3 * most, max(change.values()) + 0.3 * most])
    base = alt.Chart(frame).encode(y=alt.Y("maker:N", sort=None, axis=rows_axis()))
    axis = alt.Axis(
        labelExpr=COUNTS, title=f"change in {units_per(results)}", tickCount=6, grid=False
    )
    x = alt.X("change:Q", scale=scale, axis=axis)
    colours = alt.Scale(domain=["entrants", "rivals"], range=[BLUE, "#9aa5b1"])
    bars = base.mark_bar(height=15).encode(x=x, color=alt.Color("who:N", title=None, scale=colours))
    gains = base.transform_filter("datum.change >= 0").mark_text(align="left", dx=5)
    losses = base.transform_filter("datum.change < 0").mark_text(align="right", dx=-5)
    labels = [side.encode(x=x, text="label:N") for side in (gains, losses)]
    chart = alt.layer(bars, *labels).properties(width=PLOT, height=alt.Step(22))
    subtitle = f"{scenario_words(results, scenario)}, against the market as it was"
    subtitle += ", every price at list." if results.negotiations else "."
    return titled(chart, title, subtitle + sales_matter_most(results))
