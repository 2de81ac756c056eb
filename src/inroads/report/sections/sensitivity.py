"""What it hangs on: terms and sales across the range of each assumption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    ORANGE,
    PLOT,
    RED,
    log_x,
    money_axis,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    count_words,
    in_percent,
    list_words,
    money,
    number,
    unit_price,
    with_unit,
)
from inroads.report.phrases import (
    Metric,
    assumption_value,
    assumption_words,
    pair_words,
    partners_words,
    ranked_sales_swings,
    reach,
    swing_words,
    terms_swings,
    the,
    units_per,
)
from inroads.report.section import (
    Block,
    Details,
    Figure,
    Paragraph,
    Section,
    blocks,
    note,
    text,
)
from inroads.report.table import Table
from inroads.results.negotiations import TermsAtEnd, TermsSwing, TermsVariant
from inroads.results.tree import Results

_SMALL = 1e-6
#: assumptions that are shown, and that a title names
_SHOWN, _NAMED = 6, 3


def section(results: Results) -> Section | None:
    """None where nothing was varied."""
    if not results.sales_swings and not terms_swings(results):
        return None
    sales = _sales(results)
    return Section(
        name="hangs",
        title="What it hangs on",
        blocks=blocks(
            Figure("terms-tornado", terms_chart(results)),
            _corner(results),
            _terms(results),
            Details("Sales at list prices", sales) if terms_swings(results) and sales else sales,
        ),
    )


def _corner(results: Results) -> Paragraph | None:
    """Everything at its worse end at once, beside ends one at a time."""
    negotiated = results.negotiations
    corner = negotiated.worst_corner if negotiated else None
    first = negotiated.first if negotiated else None
    if negotiated is None or corner is None or first is None:
        return None
    w, end = results.words, corner.terms
    worst = min(min(s.low.expected_value, s.high.expected_value) for s in terms_swings(results))
    return text(
        f"One at a time, the worst end leaves talks of {pair_words(first)} worth {money(worst)}; "
        f"with all {len(corner.ends)} at their worse ends at once, and quality a standard error "
        f"lower, it sells {count_words(end.units)} there a {results.study.per} instead of "
        f"{count_words(first.units)}, and they are worth {money(end.expected_value)} to the "
        f"{w.manufacturer}: a bound, not a forecast."
    )


def _terms(results: Results) -> Details | None:
    table = terms_table(results)
    if not table.rows:
        return None
    explained = note(f"{capitalised(results.words.currency)} a {results.study.per} and apiece.")
    return Details(
        f"The {len(table.rows) // 2} that move talks most, at both ends", [table, explained]
    )


def _sales(results: Results) -> list[Block]:
    if not results.sales_swings:
        return []
    link = Markup('<a href="#ledger">Ranges and reasons</a>')
    return blocks(Figure("tornado", sales_chart(results)), note(link) if results.ledger else None)


def _most(swings: Sequence[TermsSwing], metric: Metric) -> list[TermsSwing]:
    """Those that move a metric most."""
    moved = [s for s in swings if reach(s, metric) > 0]
    return sorted(moved, key=lambda s: -reach(s, metric))[:_SHOWN]


def _worth(end: TermsAtEnd) -> float:
    return end.expected_value


def terms_table(results: Results) -> Table:
    """The first negotiation at the ends of the ranges that move its worth most."""
    channel = capitalised(results.words.channel)
    heads = (
        *(
            "Assumption",
            "At",
            "Joint surplus",
            "Wholesale",
            f"{capitalised(results.words.manufacturer)} gains",
            f"{channel} gains",
        ),
        "Talks are worth",
        *(("Hazard that talks bear",) if results.has_politics else ()),
    )
    rows = []
    for swing in _most(terms_swings(results), _worth):
        for end in (swing.low, swing.high):
            value = assumption_value(end.value, swing.unit)
            if swing.assumption is None:
                value = f"{end.value:+.0f} standard error"
            rows.append((
                swing_words(results, swing) if end is swing.low else "", value.replace("-", "−"),
                money(end.joint_surplus), unit_price(end.wholesale_price),
                money(end.manufacturer_gain), money(end.channel_gain), money(end.expected_value),
                *((in_percent(end.break_even_hazard),) if results.has_politics else ()),
            ))  # fmt: skip
    return Table(heads=heads, rows=rows)


def terms_chart(results: Results) -> Any | None:
    """Joint surplus, wholesale price and worth of the first deal across assumptions' ranges."""
    swings = terms_swings(results)
    negotiated = results.negotiations
    if negotiated is None or not swings:
        return None
    cases = [case for case in negotiated.terms if case.variant == TermsVariant.CENTRAL]
    deal = cases[0].negotiation if cases else None
    first = negotiated.first
    if deal is None or first is None:
        return None
    worth = negotiated.prospect_of(first).expected_value
    metrics: tuple[tuple[str, Metric, float], ...] = (
        (f"What talks are worth to the {results.words.manufacturer}", _worth, worth),
    )
    panels = [
        _swing_panel(results, swings, name, metric, central=central)
        for name, metric, central in metrics
    ]
    return titled(
        alt.vconcat(*(p for p in panels if p is not None)).resolve_scale(x="independent"),
        _terms_title(results, swings, pair_words(deal), worth),
        f"One assumption at either end of its range; line: {pair_words(deal)} as taken.",
    )


def _terms_title(results: Results, swings: Sequence[TermsSwing], pair: str, worth: float) -> str:
    """Which assumptions take the worth of talks across zero, or both sides' surplus below it."""
    ordered = sorted(swings, key=lambda s: -reach(s, _worth))
    lost = [s for s in ordered if min(s.low.joint_surplus, s.high.joint_surplus) < 0]
    below = [s for s in ordered if min(s.low.expected_value, s.high.expected_value) < 0]
    above = [s for s in ordered if max(s.low.expected_value, s.high.expected_value) > 0]
    if not lost and worth < 0:
        if not above:
            return f"Talks of {pair} are worth {money(worth)}, and no assumption alone mends that"
        return (
            f"Talks of {pair} are worth {money(worth)}; of all assumptions only "
            f"{_few(results, above)} can alone lift that above zero"
        )
    if lost or below:
        return f"{pair} hangs on {_few(results, lost or below)}"
    least = min(min(s.low.expected_value, s.high.expected_value) for s in swings)
    return f"No assumption alone undoes {pair}: talks stay worth {money(least)} or more"


def _few(results: Results, swings: Sequence[TermsSwing]) -> str:
    """The first three by name, and how many more."""
    named = [the(swing_words(results, s)) for s in swings[:_NAMED]]
    more = len(swings) - len(named)
    return list_words([*named, *([f"{more} more"] if more else [])])


#: letters of a unit that stands beside a dot; pixels of a dot with its gap, and of a letter
_SHORT, _DOT, _LETTER = 10, 18, 7


def _swing_panel(
    results: Results, swings: Sequence[TermsSwing], name: str, metric: Metric, *, central: float
) -> Any | None:
    moved = [s for s in _most(swings, metric) if reach(s, metric) > _SMALL * max(abs(central), 1.0)]
    if not moved:
        return None
    frame = pd.DataFrame(
        [{"case": wrapped(swing_words(results, s), 34), "side": side, "value": metric(end),
          "label": _end_words(s, end.value),
          "left": metric(end) == min(metric(s.low), metric(s.high))}
         for s in moved for side, end in (("low", s.low), ("high", s.high))]
    )  # fmt: skip
    low, high = min(frame["value"].min(), central), max(frame["value"].max(), central)
    room = _room(frame["label"]) * (high - low)
    scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
    axis = alt.Axis(labelExpr=money_axis(high), title=results.words.currency, tickCount=6)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("value:Q", scale=scale, axis=axis)
    span = base.mark_rule(strokeWidth=5, color="#c3cbd3").encode(
        x=alt.X("min(value):Q", scale=scale, axis=axis), x2="max(value):Q"
    )
    line = alt.Chart(pd.DataFrame({"value": [central]})).mark_rule(color=RED, strokeDash=[4, 3])
    dots = base.mark_circle(size=100, opacity=1).encode(x=x, color=_sides())
    layers: list[Any] = [line.encode(x=x), span, dots, *_end_labels(base, x, "left")]
    return alt.layer(*layers).properties(title=panel(name), width=PLOT, height=alt.Step(30))


def _end_words(swing: TermsSwing, value: float) -> str:
    if swing.assumption is None:
        return f"{'+' if value > 0 else '−'}1 s.e."
    return _short_value(value, swing.unit)


def _short_value(value: float, unit: str) -> str:
    """An assumption's value beside its dot: a unit of many words is said in the ledger only."""
    if unit.upper().startswith("USD"):
        return money(value)
    return with_unit(value, "" if len(unit) > _SHORT else unit).split(" per ")[0]


def _room(labels: pd.Series) -> float:
    """Room for labels on either side of what is drawn, in parts of it."""
    each = (_DOT + _LETTER * int(labels.str.len().max())) / PLOT
    return each / (1 - 2 * each)


def _sides() -> alt.Color:
    scale = alt.Scale(domain=["low", "high"], range=[ORANGE, BLUE])
    return alt.Color("side:N", title="assumption at its", scale=scale)


def _end_labels(base: alt.Chart, x: alt.X, is_left: str) -> list[Any]:
    """Labels outside both ends; `is_left` is the field that says which end is the left one."""
    left = base.transform_filter(f"datum.{is_left}").mark_text(align="right", dx=-9)
    right = base.transform_filter(f"!datum.{is_left}").mark_text(align="left", dx=9)
    return [side.encode(x=x, text="label:N") for side in (left, right)]


def sales_chart(results: Results) -> Any | None:
    """Units with each assumption at its low and its high, one panel an entrant."""
    swings = ranked_sales_swings(results)[:_SHOWN]
    if not swings:
        return None
    panels = []
    for name in swings[0].low.entrants:
        rows = [
            {
                "case": wrapped(assumption_words(results, s.assumption), 34),
                "side": side,
                "units": end.entrants[name].units,
                "label": _short_value(end.value, s.unit),
            }
            for s in swings
            for side, end in (("low", s.low), ("high", s.high))
        ]
        scenario = results.headline_scenario(name)
        central = scenario.entrants[name].units if scenario else None
        # A log scale has no place for nothing sold.
        if all(end.entrants[name].units > 0 for s in swings for end in (s.low, s.high)):
            panels.append((name, pd.DataFrame(rows), central))
    if not panels:
        return None
    values = [v for _, f, _ in panels for v in f["units"]]
    factors = [
        f"{number(f[:2]['units'].max() / f[:2]['units'].min(), 2)} ({n})" for n, f, _ in panels
    ]
    top = assumption_words(results, swings[0].assumption)
    at_list = " at list prices" if results.negotiations else ""
    unit = units_per(results)
    return titled(
        alt.vconcat(*(_tornado(n, f, c, values, unit=unit) for n, f, c in panels)),
        f"Most hangs on {the(top)}: across its range sales change by a factor of "
        f"{list_words(factors)}",
        f"Sales{at_list} with {partners_words(results.partners_of_answer)}, one assumption at "
        "either end of its range and the market fitted anew; line: as taken.",
    )


def _tornado(
    name: str, frame: pd.DataFrame, central: float | None, values: list[float], *, unit: str
) -> Any:
    scale, ticks = log_x([*values, *([central] if central else [])])
    low, high = scale.domain
    wider = (high / low) ** _room(frame["label"])
    scale.domain = [low / wider, high * wider]
    axis = alt.Axis(values=ticks, labelExpr=COUNTS, title=f"{unit} (log scale)")
    frame = frame.assign(left=frame.groupby("case")["units"].transform("min").eq(frame["units"]))
    x = alt.X("units:Q", scale=scale, axis=axis)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    span = base.mark_rule(strokeWidth=5, color="#c3cbd3").encode(
        x=alt.X("min(units):Q", scale=scale, axis=axis), x2="max(units):Q"
    )
    dots = base.mark_circle(size=110, opacity=1).encode(x=x, color=_sides())
    layers: list[Any] = [span, dots, *_end_labels(base, x, "left")]
    if central:
        line = alt.Chart(pd.DataFrame({"units": [central]})).mark_rule(color=RED, strokeDash=[4, 3])
        layers.insert(0, line.encode(x=x))
    return alt.layer(*layers).properties(title=panel(name), width=PLOT, height=alt.Step(38))
