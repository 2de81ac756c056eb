"""How well the market is matched: margins, targets, checks, parameters and what pins them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import BLUE, INK, LINES, PLOT, RED, rows_axis, titled, wrapped
from inroads.report.format import number
from inroads.report.phrases import fraction_words
from inroads.report.section import (
    Block,
    Details,
    Figure,
    Heading,
    Paragraph,
    Section,
    blocks,
    note,
    text,
)
from inroads.report.table import Table
from inroads.results.calibration import Calibration, Parameter
from inroads.results.tree import Results


def section(results: Results) -> Section:
    """Always there."""
    fitted = results.calibration
    sensitivity = sensitivity_chart(fitted)
    chart = targets_chart(fitted)
    tables = blocks(
        _checks(fitted),
        _parameters(fitted),
        _estimated(fitted),
        Figure("sensitivity", sensitivity),
    )
    return Section(
        name="match",
        title="How well the market is matched",
        blocks=blocks(
            Figure("targets", chart),
            text(_summary(results)),
            [
                Paragraph(
                    f"The targets do not pin this combination of parameters: {_direction(weights)}."
                    " Answers that depend on it are not identified.",
                    "warning",
                )
                for weights in fitted.unidentified
            ],
            Details("Checks and parameters", tables),
        ),
        brief=(_status(results),),
    )


def _summary(results: Results) -> str:
    fitted, w = results.calibration, results.words
    parts = []
    if fitted.margins:
        worst = max(abs(m.fitted - m.observed) for m in fitted.margins)
        parts.append(
            f"{len(fitted.margins)} observed shares (of {w.manufacturers}, channels and "
            f"{w.products}) are met to {worst:.0e} of the market"
        )
    start = ", and the model returns" if parts else "The model returns"
    parts.append(f"{start} the market of the data to {results.baseline.reproduced_to:.0e}.")
    if fitted.parameters:
        parts.append(
            f" {len(fitted.parameters)} parameters come as near as possible to "
            f"{len(fitted.targets)} targets (search {fitted.status}; half the sum of squared "
            f"misses, in standard errors: {fitted.distance:.2f})."
        )
    if fitted.estimated:
        parts.append(
            f" {len(fitted.estimated)} tastes are those of an estimate ({fitted.estimate}), as "
            "uncertain as it says."
        )
    return "".join(parts)


def _status(results: Results) -> str:
    """How sound the run is, in one line."""
    fitted = results.calibration
    searched = (
        f"calibration {fitted.status}, distance {fitted.distance:.2f} (half the sum of squared "
        f"misses of {len(fitted.targets)} targets, in standard errors)"
        if fitted.targets
        else f"tastes from {fitted.estimate or 'study.toml'}"
    )
    return (
        f"{searched}; market of the data "
        f"reproduced to {results.baseline.reproduced_to:.0e}; as known on {results.study.as_of}"
    )


def _checks(fitted: Calibration) -> list[Block]:
    rows = [
        (c.label, *(fraction_words(x, c.in_percent) for x in (c.value, c.fitted)))
        for c in fitted.checks
    ]
    if not rows:
        return []
    table = Table(heads=("Seen elsewhere", "Value", "In the model"), rows=rows)
    return [Heading("Checks that were not fitted"), table]


def _parameters(fitted: Calibration) -> list[Block]:
    if not fitted.parameters:
        return []
    return [
        Heading("Parameters"),
        _parameter_table(fitted.parameters, how_well_known),
        note("Tastes are in units of utility: one multiplies the odds of a choice by 2.7."),
    ]


def _estimated(fitted: Calibration) -> list[Block]:
    if not fitted.estimated:
        return []
    return [
        Heading("Tastes from an estimate"),
        _parameter_table(fitted.estimated, how_well_estimated),
        note(
            f"From {fitted.estimate}, in its own units: tastes are utility for one unit more, "
            "spreads their standard deviations among consumers."
        ),
    ]


def _parameter_table(
    parameters: tuple[Parameter, ...], in_words: Callable[[Parameter], str]
) -> Table:
    rows = [
        (
            p.label,
            number(p.value),
            "—" if p.standard_error is None else number(p.standard_error, 2),
            in_words(p),
        )
        for p in parameters
    ]
    heads = ("Parameter", "Value", "Standard error", "In words")
    return Table(heads=heads, rows=rows, numbers=(1, 2))


def how_well_estimated(parameter: Parameter) -> str:
    """The same of a parameter of an estimate; without an error it counts as known there."""
    return "taken as known" if parameter.standard_error == 0 else how_well_known(parameter)


def how_well_known(parameter: Parameter) -> str:
    """How well a parameter is known, in words."""
    value, error = parameter.value, parameter.standard_error
    if error is None or not math.isfinite(error):
        return "not known from these targets"
    if error == 0:
        return "at an end of what was looked at"
    if abs(value) < 2 * error:
        return "cannot be told from zero with confidence"
    relative = error / abs(value)
    if relative < 0.1:
        return "known sharply"
    return "known fairly well" if relative < 0.25 else "known loosely"


def _direction(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{number(w, 2)} × {name}" for name, w in weights.items())


def hundredths(x: float) -> str:
    """Two decimals, with a true minus sign, and none before zero."""
    return f"{x:.2f}".replace("-", "−").replace("−0.00", "0.00")


def targets_chart(fitted: Calibration) -> Any | None:
    """How far the fitted value of each target is from it, in standard errors of the target."""
    targets = fitted.targets
    if not targets:
        return None
    rows = [
        {
            "case": wrapped(t.label),
            "miss": t.misses_by,
            "label": f"target {fraction_words(t.target, t.in_percent)} ± "
            f"{fraction_words(t.error, t.in_percent)}, fitted "
            f"{fraction_words(t.fitted, t.in_percent)}",
        }
        for t in targets
    ]
    worst = max(targets, key=lambda t: abs(t.misses_by))
    miss = abs(worst.misses_by)
    size = number(miss, 2) if miss > 0.005 else "0"
    title = f"The worst miss of {len(targets)} targets is {size} standard errors"
    if miss > 0.05:
        title += f": “{worst.label}”"
    reach = max(2.5, 1.1 * miss)
    frame = pd.DataFrame(rows)
    axis = alt.Axis(title="fitted minus target, in standard errors of the target", tickCount=6)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    bands = pd.DataFrame({"from": [-2.0, -1.0], "to": [2.0, 1.0]})
    shade = alt.Chart(bands).mark_rect(opacity=0.1, color=BLUE)
    band = shade.encode(x=alt.X("from:Q", scale=scale, axis=axis), x2="to:Q")
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("miss:Q", scale=scale, axis=axis)
    stem = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=x, x2=alt.datum(0.0))
    dot = base.mark_circle(size=110, opacity=1, color=BLUE).encode(x=x)
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    label = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 205), text="label:N")
    chart = alt.layer(band, zero, stem, dot, label)
    return titled(
        chart.properties(width=PLOT - 220, height=alt.Step(38)),
        title,
        "Shaded: within one and within two standard errors of the target.",
    )


def sensitivity_chart(fitted: Calibration) -> Any | None:
    """How far each parameter moves when a target moves, in standard errors of both."""
    labels = {t.name: t.label for t in fitted.targets}
    rows = []
    for p in fitted.parameters:
        for name, value in fitted.sensitivity.get(p.name, {}).items():
            if value is None or not p.standard_error:
                continue
            rows.append({
                "parameter": wrapped(p.label),
                "target": "\n".join(textwrap.wrap(labels.get(name, name), 13)),
                "moves": value / p.standard_error, "label": hundredths(value / p.standard_error),
            })  # fmt: skip
    if not rows:
        return None
    frame = pd.DataFrame(rows)
    strong = frame.loc[frame["moves"].abs().groupby(frame["parameter"]).idxmax()]
    alone = int((strong["moves"].abs() > 0.9).sum())
    columns = frame["target"].nunique()
    x = alt.X("target:N", sort=None, title="target", axis=alt.Axis(
        labelAngle=0, labelFontSize=11.5, labelExpr=LINES, ticks=False, domain=False,
        labelLimit=200, labelAlign="center"))  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=alt.Y("parameter:N", sort=None, axis=rows_axis()))
    scale = alt.Scale(
        domain=[-1, 0, 1], range=[RED, "#f4f5f6", BLUE], clamp=True, interpolate="rgb"
    )
    colour = alt.Color("moves:Q", legend=None, scale=scale)
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour)
    label = base.mark_text().encode(
        text="label:N",
        color=alt.condition("abs(datum.moves) > 0.7", alt.value("white"), alt.value(INK)),
    )
    chart = alt.layer(cells, label).properties(width=min(PLOT, 100 * columns), height=alt.Step(42))
    return titled(
        chart,
        f"{alone} of {len(strong)} parameters are pinned almost alone by one target",
        "One standard error more in a column's target moves a row's parameter by so many of its "
        "own (Andrews, Gentzkow and Shapiro 2017).",
    )
