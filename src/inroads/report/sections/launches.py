"""Past launches: predicted as if new, what happened, and what that makes of entrants' forecasts."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from inroads.display import counted
from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    INK,
    ORANGE,
    PLOT,
    RULE,
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
    in_percent,
    is_order_of_magnitude,
    is_too_wide,
    list_words,
    number,
)
from inroads.report.phrases import partners_words, units_per
from inroads.report.section import Details, Figure, Paragraph, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.launches import (
    LaunchBound,
    LaunchFigure,
    LaunchMeasure,
    LaunchPopulation,
    PastLaunches,
)
from inroads.results.tree import Results

_AT_MOST = {LaunchBound.NONE: "", LaunchBound.UPPER: "at most ", LaunchBound.LOWER: "at least "}
_NUMBER, _BOUND = "a number", "a bound"
_LAUNCHED, _ANSWER, _BEFORE = "sold by a past launch", "the answer", "before past launches"


def section(results: Results) -> Section | None:
    """None without launches.csv."""
    past = results.launches
    if past is None:
        return None
    sentences = [s for s in (_how_far(past), _in_the_answer(results, past)) if s]
    warning = launch_warning(results)
    every = f"{len(past.figures)} figures: predicted, and what happened"
    return Section(
        name="launches",
        title="Past launches",
        blocks=blocks(
            Figure("launches", launches_chart(results)),
            [text(sentence) for sentence in sentences],
            Details(every, [launches_table(results), note(_small_print(past))]),
        ),
        # Where futures are drawn the first screen says how far such predictions were.
        brief=[
            *([] if results.outlook and results.outlook.draws_solved else sentences[:1]),
            *([warning.text] if warning else []),
        ],
    )


def launch_warning(results: Results) -> Paragraph | None:
    """Where the answer gives an entrant more at a channel than any past launch sold."""
    past = results.launches
    most = past.largest if past else None
    if past is None or most is None:
        return None
    clauses = [
        f"{f.manufacturer} at {' and at '.join(f.above_every_launch)}"
        for f in past.forecasts
        if f.above_every_launch
    ]
    if not clauses:
        return None
    w = results.words
    return Paragraph(
        f"More than any past launch that was measured: the model’s {w.units} of "
        f"{list_words(clauses)}. The most is {most.launch}’s, about "
        f"{count_words(most.units)} {units_per(results)} in a market of this size.",
        "warning",
    )


def _how_far(past: PastLaunches) -> str:
    population = past.population
    if population is None:
        return (
            f"{len(past.figures)} figures of past launches were predicted as if they were new: too "
            "few numbers among them to say how far off such predictions are."
        )
    low, high = (math.exp(population.mean + z * population.mean_error) for z in (-1, 1))
    return (
        f"{population.launches} past launches ({counted(population.numbers, 'number')}, "
        f"{counted(population.bounds, 'bound')}), predicted as if they were new, sold "
        f"{number(math.exp(population.mean), 1)} times what was predicted "
        f"({number(low, 1)} to {number(high, 1)}), times or divided by "
        f"{number(math.exp(population.spread), 2)} from one to the next{_by_channel(population)}."
        f"{_coverage(population)}"
    )


def _by_channel(population: LaunchPopulation) -> str:
    if population.channel_spread == 0:
        return ""
    return f" and by {number(math.exp(population.channel_spread), 2)} from channel to channel"


def _coverage(population: LaunchPopulation) -> str:
    widest = max(population.coverage, key=lambda c: c.level)
    return f" {widest.inside} of {widest.count} numbers lie where nine in ten should by all others."


def _in_the_answer(results: Results, past: PastLaunches) -> str:
    """What past launches make of the answer: its qualities and its errors have them in it."""
    clauses = []
    for forecast in past.forecasts:
        q = forecast.quantiles
        digits = 1 if is_order_of_magnitude(q.p5, q.p95) else 2
        central = "" if is_too_wide(q.p5, q.p95) else f"about {count_words(q.p50, digits)}, "
        clauses.append(
            f"{forecast.manufacturer} would sell {central}{between(q.p5, q.p95, digits)} "
            f"({count_words(forecast.units_before)})"
        )
    if not clauses:
        return ""
    return (
        f"That is in all numbers of entrants: with {partners_words(past.forecasts[0].partners)}, "
        f"at list prices, {'; '.join(clauses)} (nine chances in ten; in brackets, what "
        f"{results.words.products} on sale alone say)."
    )


def _small_print(past: PastLaunches) -> str:
    words = "Nine in ten: by the error of its quality and what all other launches say."
    population = past.population
    if population is not None and population.uniformity is not None:
        words += (
            " That each number is where those before it say has a p-value of "
            f"{number(population.uniformity, 1)}."
        )
    return words


def launches_table(results: Results) -> Table:
    """A figure a row; what happened leads to its place in the ledger."""
    past = results.launches
    heads = ("Launch", "Where", "Predicted", "Nine in ten", "Happened", "Times predicted")
    rows = []
    for k, figure in enumerate(past.figures if past else ()):
        before = past.figures[k - 1].launch if past and k else ""
        q = figure.quantiles
        rows.append((
            "" if figure.launch == before else figure.launch,
            where_words(figure),
            _amount(figure, figure.predicted, 1),
            "" if q is None else f"{_amount(figure, q.p5, 1)} to {_amount(figure, q.p95, 1)}",
            Markup('<a href="#{}">{}</a>').format(figure_id(k), happened_words(figure)),
            _AT_MOST[figure.bound] + number(math.exp(figure.log_ratio), 2),
        ))  # fmt: skip
    return Table(heads=heads, rows=rows, text_columns=2)


def figure_id(number: int) -> str:
    """The id of a figure's place in the ledger."""
    return f"launch-{number}"


def happened_words(figure: LaunchFigure) -> str:
    """What a launch sold: "at most 2.0 percent"."""
    return _AT_MOST[figure.bound] + _amount(figure, figure.happened, 2)


def where_words(figure: LaunchFigure) -> str:
    """What a figure counts, and where."""
    channels = list_words(figure.channels)
    match figure.measure:
        case LaunchMeasure.UNITS:
            return f"{channels or 'all'}, in {number(figure.months, 2)} months"
        case LaunchMeasure.SHARE_OF_CHANNEL:
            return f"share of {channels}"
        case LaunchMeasure.SHARE_OF_MEMBERS:
            return f"bought by members of {channels}"
        case LaunchMeasure.SHARE_OF_MARKET:
            return "share of the market"


def _amount(figure: LaunchFigure, value: float, digits: int) -> str:
    if figure.measure == LaunchMeasure.UNITS:
        return count_words(value, digits)
    return in_percent(value, digits)


def launches_chart(results: Results) -> Any | None:
    """Happened over predicted, a row a figure; below it entrants among launches' sizes."""
    past = results.launches
    if past is None or not past.figures:
        return None
    frame = pd.DataFrame(
        [
            {
                "what": wrapped(_name(figure)),
                "ratio": math.exp(figure.log_ratio),
                "low": figure.quantiles.p5 / figure.predicted
                if figure.quantiles and figure.predicted
                else None,
                "high": figure.quantiles.p95 / figure.predicted
                if figure.quantiles and figure.predicted
                else None,
                "is": _NUMBER if figure.is_number else _BOUND,
                "arrow": "triangle-left" if figure.bound == LaunchBound.UPPER else "circle",
            }
            for figure in past.figures
        ]
    )
    charts = [_ratios(frame), *([_sizes(results, past)] if past.forecasts else [])]
    population = past.population
    title = "Past launches beside what was predicted of them"
    if population is not None:
        title = (
            f"Past launches sold {number(math.exp(population.mean), 1)} times what was predicted, "
            f"times or divided by {number(math.exp(population.spread), 2)}"
        )
    return titled(
        alt.vconcat(*charts).resolve_scale(color="independent", shape="independent"),
        title,
        "Line: nine in ten by all other launches.",
    )


def _name(figure: LaunchFigure) -> str:
    channels = list_words(figure.channels)
    return f"{figure.launch}, {channels}" if channels else figure.launch


def _ratios(frame: pd.DataFrame) -> Any:
    values = [v for c in ("ratio", "low", "high") for v in frame[c].dropna()]
    scale, ticks = log_x([*values, 1.0])
    axis = alt.Axis(values=ticks, title="happened ÷ predicted (log scale)", format="~g")
    base = alt.Chart(frame).encode(y=alt.Y("what:N", sort=None, axis=rows_axis()))
    x = alt.X("ratio:Q", scale=scale, axis=axis)
    one = alt.Chart(pd.DataFrame([{"ratio": 1.0}])).mark_rule(color=INK).encode(x=x)
    line = base.mark_rule(strokeWidth=4, color=RULE).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
    )
    kinds = [kind for kind in (_NUMBER, _BOUND) if (frame["is"] == kind).any()]
    dot = base.mark_point(size=90, filled=True, opacity=1).encode(
        x=x,
        color=alt.Color(
            "is:N",
            title=None,
            sort=None,
            scale=alt.Scale(
                domain=kinds, range=[{_NUMBER: BLUE, _BOUND: ORANGE}[kind] for kind in kinds]
            ),
        ),
        shape=alt.Shape("arrow:N", scale=None, legend=None),
    )
    return alt.layer(line, one, dot).properties(
        title=panel("Happened ÷ predicted"), width=PLOT - 40, height=alt.Step(24)
    )


def _sizes(results: Results, past: PastLaunches) -> Any:
    """Entrants' forecasts among what launches sold, units a period."""
    rows = [
        {"what": wrapped(_name(f)), "units": f.units, "low": None, "high": None, "is": _LAUNCHED}
        for f in sorted(past.figures, key=lambda f: f.units)
        if f.is_number
    ]
    for forecast in past.forecasts:
        who = wrapped(f"{forecast.manufacturer} with {partners_words(forecast.partners)}")
        q = forecast.quantiles
        central = None if is_too_wide(q.p5, q.p95) else q.p50
        rows += [
            {"what": who, "units": central, "low": q.p5, "high": q.p95, "is": _ANSWER},
            {
                "what": who,
                "units": forecast.units_before,
                "low": None,
                "high": None,
                "is": _BEFORE,
            },
        ]
    frame = pd.DataFrame(rows)
    scale, ticks = log_x([v for c in ("units", "low", "high") for v in frame[c].dropna()])
    axis = alt.Axis(values=ticks, labelExpr=COUNTS, title=f"{units_per(results)} (log scale)")
    order = list(dict.fromkeys(frame["what"]))
    base = alt.Chart(frame).encode(y=alt.Y("what:N", sort=order, axis=rows_axis()))
    line = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=4, color=RULE)
        .encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q")
    )
    domain = [_LAUNCHED, _ANSWER, _BEFORE]
    with_units = base.transform_filter("isValid(datum.units)")
    dot = with_units.mark_point(size=90, filled=True, opacity=1).encode(
        x=alt.X("units:Q", scale=scale, axis=axis),
        color=alt.Color(
            "is:N", title=None, sort=None, scale=alt.Scale(domain=domain, range=[BLUE, ORANGE, INK])
        ),
    )
    return alt.layer(line, dot).properties(
        title=panel(f"{capitalised(results.words.units)} sold, and forecast"),
        width=PLOT - 40,
        height=alt.Step(24),
    )
