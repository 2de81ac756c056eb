"""Charts of entry: what partners bring, and at whose cost."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.reading import (
    Data,
    alone,
    entrants,
    hangs_most,
    headline,
    headline_scenario,
    list_prices,
    partners_words,
    together,
    units_word,
)
from inroads.report.style import (
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
from inroads.report.words import about, joined, number, percent, wide


def entry_chart(data: Data) -> Any | None:
    """Units by partners, one panel an entrant, with the range of what was never observed."""
    panels, found = [], []
    for name in entrants(data):
        rows = []
        for s in [*alone(data, name), *alone(data, name, "mid-range")]:
            each = s["entrants"][name]
            if not each.get("units"):
                continue
            more = ", mid-range too" if s["group"] == "mid-range" else ""
            row = {"case": wrapped(partners_words(s["partners"]) + more), "units": each["units"]}
            row |= {"low": each.get("low") or each["units"]}
            row |= {"high": each.get("high") or each["units"], "said": _said(each)}
            rows.append(row)
        if rows:
            panels.append((name, pd.DataFrame(rows)))
        scenario = headline_scenario(data, name)
        each = scenario["entrants"][name] if scenario else {}
        if each.get("multiple") is not None:
            digits = 1 if wide(each.get("low"), each.get("high")) else 2
            found.append(f"{name}'s by about {number(each['multiple'], digits)}")
    if not panels:
        return None
    values = [v for _, f in panels for v in [*f["low"], *f["high"]]]
    title = (
        f"{list_prices(data)}{partners_words(headline(data))} would multiply sales: {joined(found)}"
    )
    return titled(
        alt.vconcat(*(_dots(name, f, values, units_word(data)) for name, f in panels)),
        title if found else "Sales by partners",
        "Each entrant alone. Line: quality of its devices one standard error lower and higher. "
        "At the right: units, share of the market, multiple of the sales without partners. "
        "Each step of the axis multiplies." + hangs_most(data),
    )


def _said(each: Data) -> str:
    parts = [about(each["units"])]
    if each.get("share") is not None:
        parts.append(f"{number(100 * each['share'], 2)}%")
    if each.get("multiple") is not None:
        parts.append(f"{number(each['multiple'], 2)}×")
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
    text = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 80), text="said:N")
    wide_enough = alt.Chart(frame).mark_point(opacity=0).encode(x=alt.value(PLOT + 75))
    return alt.layer(line, dot, text, wide_enough).properties(
        title=panel(name), width=PLOT - 95, height=alt.Step(38)
    )


def substitution_chart(data: Data) -> Any | None:
    """Units that each maker gains or loses when all enter with the partners of the answer."""
    scenario = together(data)
    if scenario is None:
        return None
    before, after = data["baseline"]["units"], scenario["units"]
    makers = list(dict.fromkeys([*before, *after]))
    change = {m: after.get(m, 0.0) - before.get(m, 0.0) for m in makers}
    names = list(scenario["entrants"])
    others = sorted((m for m in makers if m not in names), key=lambda m: change[m])
    grown = scenario["total_units"] - data["baseline"]["total_units"]
    rows = [(m, change[m], m) for m in names]
    rows += [(m, change[m], "rivals") for m in others]
    frame = pd.DataFrame(
        [{"maker": m, "change": c, "who": "entrants" if w != "rivals" else w,
          "said": ("+" if c > 0 else "") + about(c)} for m, c, w in rows]
    )  # fmt: skip
    gain = sum(change[m] for m in names)
    worst = others[0] if others else ""
    title = f"Entrants' gain of {about(gain)} comes out of rivals' sales"
    if worst and gain > 0:
        title = (
            f"{worst} would lose most: {percent(-change[worst] / gain)} of what the entrants gain; "
            f"{percent(grown / gain)} are buyers who would have bought none"
        )
    most = max(map(abs, change.values()))
    scale = alt.Scale(domain=[min(change.values()) - 0.3 * most, max(change.values()) + 0.3 * most])
    base = alt.Chart(frame).encode(y=alt.Y("maker:N", sort=None, axis=rows_axis()))
    axis = alt.Axis(
        labelExpr=COUNTS, title=f"change in {units_word(data)}", tickCount=6, grid=False
    )
    x = alt.X("change:Q", scale=scale, axis=axis)
    colour = alt.Color(
        "who:N", title=None, scale=alt.Scale(domain=["entrants", "rivals"], range=[BLUE, "#9aa5b1"])
    )
    gains = base.transform_filter("datum.change >= 0").mark_text(align="left", dx=5)
    losses = base.transform_filter("datum.change < 0").mark_text(align="right", dx=-5)
    layers = [base.mark_bar(height=15).encode(x=x, color=colour)]
    layers += [t.encode(x=x, text="said:N") for t in (gains, losses)]
    chart = alt.layer(*layers).properties(width=PLOT, height=alt.Step(22))
    words = f"{scenario['label']}, against the market as it was"
    words += ", every price at list." if list_prices(data) else "."
    return titled(chart, title, words + hangs_most(data))
