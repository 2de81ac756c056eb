"""Entrants from period to period: what deals earn, shares of sales, who knows the names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from inroads.report.chart_style import (
    PLOT,
    FanPoint,
    any_money,
    fan_names,
    fan_panel,
    panel,
    titled,
)
from inroads.report.format import (
    digits_drawn,
    list_words,
    number,
    percent,
    percent_ends,
    signed_money,
)
from inroads.report.phrases import (
    break_even_words,
    few_draws_note,
    input_words,
    is_wide,
    joint_surplus,
    partners_words,
    terms_matter_most,
    unobserved_quality_note,
)
from inroads.results.keys import Quantity
from inroads.results.outlook import Draws, EntrantPath, Outlook, Spread
from inroads.results.tree import Results

_HALF = PLOT / 2 + 15
_CENTRAL, _WITHOUT, _MEAN = "central numbers", "without deals", "mean"


def value_chart(results: Results, outlook: Outlook) -> Any | None:
    """What deals have earned so far: if launched, and at the odds that they are and stay."""
    if not outlook.paths:
        return None
    with_fan = outlook.draws_solved > 0
    every = fan_names(with_fan, *((_CENTRAL, _MEAN) if with_fan else (_CENTRAL,)))
    axis = alt.Axis(title=f"{results.words.currency} so far", labelExpr=any_money(), tickCount=6)
    rows = []
    for path in outlook.paths:
        name = path.manufacturer
        launched = outlook.spread(name, Quantity.VALUE_SO_FAR)
        at_odds = outlook.spread(name, Quantity.VALUE_SO_FAR_AT_ODDS)
        # Odds are no error: what is launched must be known for a line to be drawn.
        names = _without_center(every, launched)
        central = {_CENTRAL: _line(path.cumulative_value)}
        both = [
            _panel(
                f"{name}, if launched",
                _fan(launched),
                central,
                axis,
                names=names,
                panels=2,
                per=results.study.per,
            )
        ]
        if at_odds:
            mean = {_MEAN: _line([row.mean for row in at_odds])}
            both.append(
                _panel(
                    f"{name}, at the odds",
                    _fan(at_odds),
                    mean,
                    axis,
                    names=names,
                    panels=2,
                    per=results.study.per,
                )
            )
        rows.append(alt.hconcat(*both).resolve_scale(y="shared"))
    chances = [outlook.total(path.manufacturer, Quantity.PAYS_AT_ODDS) for path in outlook.paths]
    back = _each(
        [(break_even_words(path, results.study.per), path.manufacturer) for path in outlook.paths]
    )
    pays = _each([(f"{100 * c.mean:.0f} percent", c.manufacturer) for c in chances if c])
    odds = f"; at the odds of a launch they pay with probability {pays}" if pays else ""
    return titled(
        alt.vconcat(*rows),
        f"If launched, deals pay for themselves after {back}{odds}",
        f"Launch costs paid.{_no_line(outlook, Quantity.VALUE_SO_FAR)}"
        f"{unobserved_quality_note(results)} "
        f"{_moves_most(results)} {few_draws_note(results)}",
    )


def share_chart(results: Results, outlook: Outlook) -> Any | None:
    """Share of sales period by period, with deals and without."""
    paths = outlook.paths
    if not paths:
        return None
    with_fan = outlook.draws_solved > 0
    every = fan_names(with_fan, _CENTRAL, _WITHOUT)
    axis = alt.Axis(title="percent of sales", tickCount=6)
    panels, clauses = [], []
    for k, path in enumerate(paths):
        name = path.manufacturer
        spread = outlook.spread(name, Quantity.SALES_SHARE)
        names = _without_center(every, spread)
        lines = {
            _CENTRAL: _line(path.share, 100),
            _WITHOUT: _line(path.share_without_deals, 100),
        }
        panels.append(
            _panel(
                name,
                _fan(spread, 100),
                lines,
                axis,
                names=names,
                panels=len(paths),
                per=results.study.per,
            )
        )
        reach = percent_of_last(spread) or percent(path.share[-1])
        suffix = " of sales" if k == 0 else ""
        without = outlook.spread(name, Quantity.SALES_SHARE_WITHOUT_DEALS)
        median = without[-1].quantiles.p50 if without else path.share_without_deals[-1]
        alone = number(100 * median, 2)
        clauses.append(f"{name} {reach}{suffix} (alone {alone})")
    start = "In nine draws of ten, deals" if with_fan else "Deals"
    return titled(
        alt.concat(*panels, columns=2),
        f"{start} bring {list_words(clauses)} in {results.study.per} {len(paths[0].units)}",
        f"Share of all sales with {partners_words(paths[0].partners)}, deals launched in "
        f"{results.study.per} 1.{_no_line(outlook, Quantity.SALES_SHARE)} "
        f"{few_draws_note(results)}",
    )


def awareness_chart(results: Results, outlook: Outlook) -> Any | None:
    """What part of consumers knows each entrant, period by period, deals launched."""
    paths = [path for path in outlook.paths if path.awareness]
    if not paths:
        return None
    names = fan_names(outlook.draws_solved > 0, _CENTRAL)
    axis = alt.Axis(title="percent of consumers who know it", tickCount=6)
    panels, clauses = [], []
    for path in paths:
        name = path.manufacturer
        spread = outlook.spread(name, Quantity.AWARENESS)
        line = {_CENTRAL: _line(path.best_known, 100)}
        panels.append(
            _panel(
                name,
                _fan(spread, 100),
                line,
                axis,
                names=names,
                panels=len(paths),
                per=results.study.per,
            )
        )
        ends = f" ({percent_of_last(spread)})" if spread else ""
        aware = spread[-1].quantiles.p50 if spread else path.best_known[-1]
        clauses.append(f"{name} {percent(aware)}{ends}")
    last = len(paths[0].units)
    title = f"Consumers who know each in {results.study.per} {last}: {list_words(clauses)}"
    if all(_lasts(path) for path in paths):
        title = (
            f"What a launch makes known lasts: consumers who know each in {results.study.per} "
            f"{last}, {list_words(clauses)}"
        )
    return titled(
        alt.concat(*panels, columns=2).resolve_scale(y="shared"),
        title,
        f"Deals launched in {results.study.per} 1; how fast names spread and fade is assumed. "
        f"{few_draws_note(results)}",
    )


def _without_center(names: Sequence[str], spread: Sequence[Spread]) -> list[str]:
    """Names of a chart less those of lines within the bands, where these end too far apart."""
    if not spread or not is_wide(spread[-1]):
        return list(names)
    return [name for name in names if name not in ("median", _CENTRAL, _MEAN)]


def _no_line(outlook: Outlook, quantity: Quantity) -> str:
    """Said where a chart has bands without a line in them."""
    spreads = [outlook.spread(path.manufacturer, quantity) for path in outlook.paths]
    if not any(spread and is_wide(spread[-1]) for spread in spreads):
        return ""
    return " Where ends lie more than a factor of ten apart, no line is drawn."


def percent_of_last(spread: Sequence[Spread]) -> str:
    """Nine draws of ten in the last period, as percentages; nothing without draws."""
    return percent_ends(spread[-1].quantiles.p5, spread[-1].quantiles.p95) if spread else ""


def _lasts(path: EntrantPath) -> bool:
    """Whether an entrant is about as well known in the last period as in the first."""
    return path.best_known[-1] > 0.9 * path.best_known[0]


def _each(words: Sequence[tuple[str, str]]) -> str:
    """What is said of entrants: once where it is the same of all."""
    if len({text for text, _ in words}) == 1:
        return words[0][0]
    return list_words([f"{text} ({name})" for text, name in words])


def _panel(
    title: str,
    fan: Sequence[FanPoint],
    lines: dict[str, list[tuple[int, float]]],
    axis: alt.Axis,
    *,
    names: Sequence[str],
    panels: int,
    per: str,
) -> Any:
    last = max(x for line in lines.values() for x, _ in line)
    x_axis = alt.X("at:Q", title=f"{per} after the launch", scale=alt.Scale(domain=[1, last]),
               axis=alt.Axis(values=_ticks(last), grid=False))  # fmt: skip
    layers = fan_panel(fan, lines, x_axis, axis, among=names)
    width = _HALF if panels > 1 else PLOT
    return layers.properties(title=panel(title, "group"), width=width, height=220)


def _ticks(last: int) -> list[int]:
    return [1, *range(4, last + 1, 4 * max(1, round(last / 24)))]


def _line(values: Sequence[float], scale: float = 1.0) -> list[tuple[int, float]]:
    return [(k + 1, scale * value) for k, value in enumerate(values)]


def _fan(spread: Sequence[Spread], scale: float = 1.0) -> list[FanPoint]:
    return [FanPoint(k + 1, row.quantiles, scale) for k, row in enumerate(spread)]


def _moves_most(results: Results) -> str:
    """The input that moves the first entrant's worth at the odds most; where draws are too few to
    tell, the assumption that its first deal hangs on most."""
    draws: Draws | None = results.outlook.draws if results.outlook else None
    rows = draws.contributions_to(Quantity.VALUE_SO_FAR_AT_ODDS) if draws else {}
    if not rows:
        return terms_matter_most(results, joint_surplus)
    top = next(iter(rows.values()))[0]
    change = signed_money(top.slope, digits_drawn(top.slope, top.standard_error))
    return (
        f"What moves {top.manufacturer}'s most, by one standard deviation more: "
        f"{input_words(results, top.input)} ({change})."
    )
