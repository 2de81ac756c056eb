"""Charts of scenarios at list prices: what partners bring, and at whose cost."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

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
    count_words,
    is_order_of_magnitude,
    is_too_wide,
    list_words,
    number,
    percent,
)
from inroads.report.phrases import (
    at_list_prices,
    partners_words,
    sales_matter_most,
    scenario_words,
    units_per,
)
from inroads.results.market import EntrantSales, ScenarioGroup
from inroads.results.tree import Results


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
                "units": None if is_loose(sales) else sales.units,
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
            if is_loose(sales):
                continue
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
        "partners." + sales_matter_most(results),
    )


def is_loose(sales: EntrantSales) -> bool:
    """Whether the range of an entrant's sales is too wide for a number within it."""
    return is_too_wide(sales.units_low, sales.units_high)


def _sales_words(sales: EntrantSales) -> str:
    low, high = sales.units_low, sales.units_high
    if low is not None and high is not None and is_loose(sales):
        return between(low, high, 1)
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
    with_units = base.transform_filter("isValid(datum.units)")
    dot = with_units.mark_circle(size=110, opacity=1, color=BLUE).encode(
        x=alt.X("units:Q", scale=scale, axis=axis)
    )
    label = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 80), text="label:N")
    reached = alt.Chart(frame).mark_point(opacity=0).encode(x=alt.value(PLOT + 75))
    return alt.layer(line, dot, label, reached).properties(
        title=panel(name), width=PLOT - 95, height=alt.Step(38)
    )


def substitution_chart(results: Results) -> Any | None:
    """Units that each manufacturer gains or loses when all enter with the partners of the
    answer."""
    scenario = results.entering_together
    if scenario is None:
        return None
    before, after = results.baseline.units, scenario.outcome.units
    manufacturers = list(dict.fromkeys([*before, *after]))
    change = {m: after.get(m, 0.0) - before.get(m, 0.0) for m in manufacturers}
    names = list(scenario.entrants)
    others = sorted((m for m in manufacturers if m not in names), key=lambda m: change[m])
    grown = scenario.outcome.total_units - results.baseline.total_units
    frame = pd.DataFrame(
        [{"manufacturer": m, "change": change[m], "who": who,
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
    base = alt.Chart(frame).encode(y=alt.Y("manufacturer:N", sort=None, axis=rows_axis()))
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
    return titled(chart, title, subtitle)
