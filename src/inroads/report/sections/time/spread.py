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
from inroads.report.phrases import assumption_value, few_draws_note, input_words
from inroads.report.section import Details, note
from inroads.report.sections.time.worth import percent_cell
from inroads.report.table import Table
from inroads.results.keys import InputKey, InputKind, Quantity
from inroads.results.outlook import (
    BernoulliDistribution,
    DrawnInput,
    EntrantPath,
    NormalDistribution,
    Outlook,
    Spread,
    TogetherDistribution,
    TriangularDistribution,
    UniformDistribution,
)
from inroads.results.tree import Results

#: inputs that are shown, those with the largest part
_MOST = 8
#: of the first period, and over all of them
_QUANTITIES = (Quantity.UNITS, Quantity.VALUE_SO_FAR_AT_ODDS)


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


def contributions_table(results: Results, outlook: Outlook) -> Details | None:
    """Parts of the spread of the worth at the odds, and what a standard deviation more does."""
    contributions = outlook.contributions_to(Quantity.VALUE_SO_FAR_AT_ODDS)
    if not contributions:
        return None
    rows = [
        (
            manufacturer if k == 0 else "",
            input_words(results, row.input),
            f"{number(100 * row.first_order_index, 2)} ± {number(100 * row.standard_error, 1)}%",
            signed_money(row.slope),
        )
        for manufacturer, every in contributions.items()
        for k, row in enumerate(every[:_MOST])
    ]
    heads = ("Entrant", "Input", "Part of the spread", "One standard deviation more")
    fits = [f"{percent(every[0].r_squared)} of {m}'s" for m, every in contributions.items()]
    line = note(
        "The last column is linear, the other inputs as they fall; the line explains "
        f"{list_words(fits)} spread."
    )
    return Details(
        "What each input does to the worth at the odds",
        [Table(heads=heads, rows=rows, text_columns=2), line],
    )


def sobol_chart(results: Results, outlook: Outlook) -> Any | None:
    """The part of the spread that each input brings by itself, with how sure that is."""
    by_quantity = {q: rows for q in _QUANTITIES if (rows := outlook.contributions_to(q))}
    if not by_quantity:
        return None
    names = dict(
        zip(
            _QUANTITIES,
            (f"units in the first {results.study.per}", "worth at the odds"),
            strict=True,
        )
    )
    panels, clauses = [], []
    for manufacturer in dict.fromkeys(m for rows in by_quantity.values() for m in rows):
        of_manufacturer = {
            q: rows[manufacturer] for q, rows in by_quantity.items() if manufacturer in rows
        }
        lead = next(reversed(of_manufacturer.values()))
        frame = pd.DataFrame(
            [{"case": wrapped(input_words(results, top.input), 34), "what": names[q],
              "index": 100 * r.first_order_index,
              "low": 100 * (r.first_order_index - r.standard_error),
              "high": 100 * (r.first_order_index + r.standard_error)}
             for top in lead[:_MOST] for q, rows in of_manufacturer.items() for r in rows
             if r.input == top.input]
        )  # fmt: skip
        panels.append(_dots(manufacturer, frame, list(names.values())))
        top = lead[0]
        percentage = percent(top.first_order_index)
        clauses.append(
            f"{percentage} of {manufacturer}'s from the {input_words(results, top.input)}"
        )
    return titled(
        alt.vconcat(*panels).resolve_scale(x="shared"),
        f"What the spread in worth comes from, one input by itself: {list_words(clauses)}",
        "First-order Sobol indices: the part of the variance that would go if the input were "
        "known. What is missing to 100 percent is joint effects. Lines: how sure the index is, "
        f"from {outlook.draws_solved:,} draws; one that reaches zero says nothing. "
        f"{few_draws_note(results)}",
    )


def _dots(manufacturer: str, frame: pd.DataFrame, names: list[str]) -> Any:
    x: dict[str, Any] = {"axis": alt.Axis(title="percent of the variance", tickCount=6)}
    scale = alt.Scale(domain=names, range=[ORANGE, BLUE])
    colour = alt.Color("what:N", title=None, sort=None, scale=scale)
    shapes = alt.Scale(domain=names, range=["diamond", "circle"])
    shape = alt.Shape("what:N", title=None, sort=None, scale=shapes)
    base = alt.Chart(frame).encode(
        y=alt.Y("case:N", sort=None, axis=rows_axis()), yOffset=alt.YOffset("what:N", sort=names)
    )
    line = base.mark_rule(strokeWidth=3, opacity=0.4).encode(
        x=alt.X("low:Q", **x), x2="high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("index:Q", **x), color=colour, shape=shape
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    return alt.layer(line, zero, dots).properties(
        title=panel(manufacturer), width=PLOT, height=alt.Step(16)
    )


def inputs_table(results: Results, outlook: Outlook) -> Table:
    """What was drawn, and from which distribution."""
    rows = [
        (inputs_words(results, row.keys), distribution_words(results, row))
        for row in (outlook.draws.inputs if outlook.draws else ())
    ]
    return Table(heads=("What is drawn", "Distribution"), rows=rows, text_columns=2)


def inputs_words(results: Results, keys: tuple[InputKey, ...]) -> str:
    """Inputs that are drawn together, as one: "tastes: Habit, Price"."""
    input_names = [input_words(results, key) for key in keys]
    if len(input_names) > 1 and all(key.kind == InputKind.TASTE for key in keys):
        return "tastes: " + list_words([words.removeprefix("taste: ") for words in input_names])
    return ", ".join(input_names)


def distribution_words(results: Results, row: DrawnInput) -> str:
    """A distribution in few words: of a covariance only the standard deviations."""
    match row.distribution:
        case TriangularDistribution(low=low, mode=mode, high=high):
            unit = next((r.unit for r in results.ledger if r.id == row.keys[0].name), "")
            least, likely, most = (assumption_value(x, unit) for x in (low, mode, high))
            if least.partition(" ")[2] == most.partition(" ")[2]:
                least = least.partition(" ")[0]
            return f"triangular, {least} to {most}, most likely {likely}"
        case UniformDistribution(low=low, high=high):
            return f"uniform, {low:g} to {high:g}"
        case NormalDistribution(covariance=covariance):
            spread = [number(line[k] ** 0.5, 2) for k, line in enumerate(covariance)]
            if len(spread) > 1:
                deviations = list_words(spread)
                return f"jointly normal around the fit, standard deviations {deviations}"
            return f"normal, standard deviation {spread[0]} (in standard errors)"
        case TogetherDistribution(each=each, correlation=correlation):
            units = {entry.id: entry.unit for entry in results.ledger}
            ends = [
                f"{assumption_value(one.low, units.get(key.name, ''))} to "
                f"{assumption_value(one.high, units.get(key.name, ''))}, most likely "
                f"{assumption_value(one.mode, units.get(key.name, ''))}"
                for one, key in zip(each, row.keys, strict=True)
            ]
            return f"triangular, {'; '.join(ends)}; ranks correlated by {correlation:g}"
        case BernoulliDistribution(probability=probability):
            return f"1 with probability {probability:g}, else 0"
