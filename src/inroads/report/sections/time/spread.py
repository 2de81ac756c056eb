"""How sure it is: intervals, where they come from, and what was drawn."""

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
    any_money,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    count_words,
    list_words,
    money,
    number,
    percent,
    signed_money,
)
from inroads.report.phrases import few_draws_note, input_words
from inroads.report.sections.time.worth import percent_cell
from inroads.report.table import Table
from inroads.results.keys import Quantity
from inroads.results.outlook import (
    EntrantPath,
    Outlook,
    Spread,
)
from inroads.results.tree import Results

#: inputs that are shown, the steepest
_MOST = 8
#: standard errors on either side of nine in ten
_SURE = 1.645


def intervals_table(outlook: Outlook, per: str) -> Table:
    """Quantiles of the first period, given a launch."""
    heads = ("Entrant", f"First {per}", "Central numbers", "5 percent", "25 percent", "Median",
             "75 percent", "95 percent", "Error of the mean")  # fmt: skip
    rows = []
    for path in outlook.paths if outlook.draws_solved else ():
        for what, central, spread, words in _numbers(outlook, path):
            if spread is None:
                continue
            q = spread.quantiles
            who = path.manufacturer if what == "units" else ""
            middle = "—" if central is None else words(central)
            cells = [words(value) for value in (q.p5, q.p25, q.p50, q.p75, q.p95)]
            error = f"± {words(spread.mean_error)}" if spread.mean_error else "—"
            rows.append((who, what, middle, *cells, error))
    return Table(heads=heads, rows=rows, text_columns=2)


def _numbers(
    outlook: Outlook, path: EntrantPath
) -> list[tuple[str, float | None, Spread | None, Callable[[float], str]]]:
    """What it is, its central number, its spread, how it is written."""
    name, first, alone = path.manufacturer, path.units[0], path.units_without_deals[0]

    def at_launch(quantity: Quantity) -> Spread | None:
        return next(iter(outlook.spread(name, quantity)), None)

    return [
        ("units", first, at_launch(Quantity.UNITS), count_words),
        ("share of sales", path.share[0], at_launch(Quantity.SALES_SHARE), percent_cell),
        ("times the units without deals", first / alone if alone else None,
         outlook.total(name, Quantity.UNITS_MULTIPLE), lambda x: f"{number(x, 2)}×"),
        ("gain", path.profit_change[0], outlook.total(name, Quantity.FIRST_PERIOD_GAIN), money),
    ]  # fmt: skip


def slopes_chart(results: Results, outlook: Outlook) -> Any | None:
    """What one standard deviation more of each input does to the worth of the deals."""
    contributions = outlook.contributions_to(Quantity.VALUE_SO_FAR_AT_ODDS)
    if not contributions:
        return None
    panels, clauses = [], []
    for manufacturer, rows in contributions.items():
        frame = pd.DataFrame(
            [{"case": wrapped(input_words(results, r.input), 34), "change": r.slope,
              "low": r.slope - _SURE * r.standard_error,
              "high": r.slope + _SURE * r.standard_error,
              "side": "more" if r.slope > 0 else "less"}
             for r in rows[:_MOST]]
        )  # fmt: skip
        panels.append(_bars(manufacturer, frame, results.words.currency))
        top = rows[0]
        change = signed_money(top.slope)
        clauses.append(f"{manufacturer}'s by {change} ({input_words(results, top.input)})")
    fits = [f"{percent(rows[0].r_squared)} of {m}'s" for m, rows in contributions.items()]
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        "One standard deviation of one input moves the worth at the odds most: "
        f"{list_words(clauses)}",
        "Change for one standard deviation more of the input, the others as they fall (linear, "
        f"which explains {list_words(fits)} spread); lines: nine in ten, from "
        f"{outlook.draws_solved:,} draws. {few_draws_note(results)}",
    )


def _bars(manufacturer: str, frame: pd.DataFrame, currency: str) -> Any:
    axis = alt.Axis(labelExpr=any_money(), title=currency, tickCount=6)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    colours = alt.Scale(domain=["more", "less"], range=[BLUE, ORANGE])
    bars = base.mark_bar(height=14).encode(
        x=alt.X("change:Q", axis=axis), color=alt.Color("side:N", legend=None, scale=colours)
    )
    sure = base.mark_rule(color=INK).encode(x=alt.X("low:Q", axis=axis), x2="high:Q")
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    return alt.layer(bars, sure, zero).properties(
        title=panel(manufacturer), width=PLOT, height=alt.Step(30)
    )
