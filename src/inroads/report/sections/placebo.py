"""The placebo: makers on sale, left out in turn and predicted as makers never seen are."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import BLUE, INK, PLOT, RED, log_x, rows_axis, titled
from inroads.report.format import capitalised, number, times
from inroads.report.phrases import population_words
from inroads.report.section import Details, Figure, Section, blocks, text
from inroads.report.table import Table
from inroads.results.calibration import Placebo, PlaceboProduct
from inroads.results.tree import Results

_NINE_TENTHS = 1.6448536269514722


def section(results: Results) -> Section | None:
    """None where no maker could be left out."""
    placebo = results.placebo
    if placebo is None:
        return None
    return Section(
        name="placebo",
        title=f"{capitalised(results.words.manufacturers)} on sale, predicted as if never seen",
        blocks=blocks(
            Figure("placebo", placebo_chart(results, placebo)),
            text(sentences(results, placebo)),
            Details(
                f"{len(placebo.populations)} populations that one never seen may be a draw from",
                [populations_table(results, placebo)],
            ),
        ),
        brief=(brief_line(results, placebo),),
    )


def sentences(results: Results, placebo: Placebo) -> str:
    """What the test is, and what came of it."""
    w, used = results.words, placebo.used
    return (
        f"Each of {len(used_makers(placebo))} {w.manufacturers} is left out in turn and predicted "
        f"as a draw from {population_words(results, placebo.population)}: odds are "
        f"{times(math.exp(used.mean_log_ratio))} the calibrated ones on average (between "
        f"{number(math.exp(used.mean_log_ratio - 2 * used.standard_error), 2)} and "
        f"{number(math.exp(used.mean_log_ratio + 2 * used.standard_error), 2)} by two standard "
        f"errors), a single one off by a factor of {number(math.exp(used.rmse), 2)}."
    )


def used_makers(placebo: Placebo) -> list[str]:
    """Makers that were left out."""
    return list(dict.fromkeys(p.manufacturer for p in placebo.products))


def brief_line(results: Results, placebo: Placebo) -> str:
    """One line for the terminal."""
    w, used = results.words, placebo.used
    return (
        f"placebo: {w.manufacturers} left out and predicted as never seen: odds "
        f"{times(math.exp(used.mean_log_ratio))} the calibrated on average, off by a factor of "
        f"{number(math.exp(used.rmse), 2)}; {placebo.outside} of {len(placebo.products)} "
        f"{w.products} outside of nine in ten"
    )


def interval(product: PlaceboProduct) -> tuple[float, float]:
    """Predicted over calibrated odds, the ends of an interval that should hold one nine in ten."""
    reach = _NINE_TENTHS * product.standard_error
    return math.exp(product.log_ratio - reach), math.exp(product.log_ratio + reach)


def populations_table(results: Results, placebo: Placebo) -> Table:
    """A population that makers never seen might be draws from a row, the one used in bold."""
    rows = [
        (
            capitalised(population_words(results, p.population)),
            str(len(p.manufacturers)),
            number(p.mean_log_ratio, 2),
            number(p.standard_error, 2),
            number(p.rmse, 3),
        )
        for p in placebo.populations
    ]
    heads = ("Draws from", "Of them", "Mean log ratio", "Its standard error", "Root mean square")
    bold = [k for k, p in enumerate(placebo.populations) if p.population == placebo.population]
    return Table(heads=heads, rows=rows, bold=bold)


def placebo_chart(results: Results, placebo: Placebo) -> Any:
    """Predicted over calibrated odds of every product, with its interval."""
    rows = []
    for p in placebo.products:
        low, high = interval(p)
        inside = low <= 1 <= high
        rows.append(
            {
                "case": f"{p.manufacturer}: {p.product}",
                "low": low,
                "high": high,
                "ratio": math.exp(p.log_ratio),
                "colour": BLUE if inside else RED,
            }
        )
    frame = pd.DataFrame(rows)
    scale, ticks = log_x([*frame["low"], *frame["high"]])
    axis = alt.Axis(
        values=ticks, title="predicted ÷ calibrated odds at equal price", format="~g", tickCount=7
    )
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    colour = alt.Color("colour:N", scale=None)
    line = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", color=colour
    )
    dot = base.mark_circle(size=70, opacity=1).encode(x=alt.X("ratio:Q", scale=scale), color=colour)
    one = alt.Chart(pd.DataFrame({"at": [1.0]})).mark_rule(color=INK)
    one = one.encode(x=alt.X("at:Q", scale=scale))
    off, every = placebo.outside, len(placebo.products)
    return titled(
        alt.layer(line, dot, one).properties(width=PLOT, height=alt.Step(17)),
        f"{every - off} of {every} {results.words.products} lie within what their prediction "
        "holds likely",
        "Lines should hold 1 nine times in ten; red ones do not.",
    )
