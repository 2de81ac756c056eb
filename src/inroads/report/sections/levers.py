"""Subsidies and financing: how consumers pay, and what members are worth to channels."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import BLUE, INK, PLOT, log_x, rows_axis, titled, wrapped
from inroads.report.format import capitalised, count_words, money, number, unit_price
from inroads.report.section import Details, Figure, Section, blocks, note
from inroads.report.table import Table
from inroads.results.interventions import Lever, LeverKind
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None where no lever was tried."""
    rows = _levers(results)
    if not rows:
        return None
    w, per = results.words, results.study.per
    kinds = {row.kind for row in rows}
    parts = (("Subsidies", LeverKind.NO_MEMBER_VALUE), ("financing", LeverKind.NO_FINANCING))
    return Section(
        name="levers",
        title=" and ".join(name for name, kind in parts if kind in kinds).capitalize(),
        blocks=blocks(
            Figure("levers", levers_chart(results)),
            Details(
                f"{len(rows)} ways to pay",
                [
                    levers_table(results),
                    note(f"{capitalised(w.units)} and {w.currency} a {per}; prices apiece."),
                ],
            ),
        ),
    )


def _levers(results: Results) -> tuple[Lever, ...]:
    """Levers, where there is one that changes something."""
    rows = results.negotiations.levers if results.negotiations else ()
    return rows if any(row.kind != LeverKind.NONE for row in rows) else ()


def lever_words(results: Results, lever: Lever) -> str:
    """What is changed."""
    w, setting = results.words, lever.setting or 0.0
    match lever.kind:
        case LeverKind.NONE:
            return "As it is"
        case LeverKind.LONGER_FINANCING:
            return f"{capitalised(w.financing)} of {setting:.0f} months"
        case LeverKind.DOWN_PAYMENT:
            return f"{setting:.0%} of the price asked at once"
        case LeverKind.NO_FINANCING:
            return f"{capitalised(w.channels)} stop financing: everyone pays cash"
        case LeverKind.NO_MEMBER_VALUE:
            return f"Subsidies vanish: {w.channels} price {w.units} alone"
        case LeverKind.HIGHER_MEMBER_VALUE:
            return f"Subsidies return: a {w.member} counts half as much again"


def levers_table(results: Results) -> Table:
    """A lever a row."""
    heads = (
        *("Lever", "Units with partners", "Without", "Times", "Wholesale", "Retail price"),
        f"{capitalised(results.words.manufacturer)} gains",
    )
    rows = [
        (
            lever_words(results, r),
            count_words(r.units),
            count_words(r.units_without_deals),
            _multiple(r),
            unit_price(r.wholesale_price),
            unit_price(r.retail_price),
            money(r.manufacturer_gain),
        )
        for r in _levers(results)
    ]
    return Table(heads=heads, rows=rows)


def _multiple(lever: Lever) -> str:
    return "—" if lever.multiple is None else f"{number(lever.multiple, 2)}×"


def levers_chart(results: Results) -> Any | None:
    """How many times the sales without partners, under each lever."""
    rows = [r for r in _levers(results) if r.multiple is not None]
    if not rows:
        return None
    frame = pd.DataFrame(
        [{"case": wrapped(lever_words(results, r), 34), "times": r.multiple,
          "unchanged": r.kind == LeverKind.NONE,
          "label": f"{_multiple(r)}  ·  at {unit_price(r.retail_price)}"} for r in rows]
    )  # fmt: skip
    scale, ticks = log_x([*frame["times"], 1.0])
    axis = alt.Axis(values=ticks, format="~g", title="times the sales without partners (log scale)")
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("times:Q", scale=scale, axis=axis)
    stem = base.mark_rule(strokeWidth=2, color="#c3cbd3").encode(x=x, x2=alt.datum(1.0))
    dots = base.mark_circle(size=120, opacity=1).encode(
        x=x, color=alt.condition("datum.unchanged", alt.value(INK), alt.value(BLUE))
    )
    labels = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 235), text="label:N")
    reached = alt.Chart(frame).mark_point(opacity=0).encode(x=alt.value(PLOT + 20))
    w = results.words
    swing = (
        f" What matters most: what a {w.member} is worth to {w.channels}, set by their margin on "
        f"{w.goods}."
        if results.features.members
        else ""
    )
    return titled(
        alt.layer(stem, dots, labels, reached).properties(width=PLOT - 250, height=alt.Step(40)),
        _title(rows),
        f"At the right: the multiple, and the retail price through partners.{swing}",
    )


def _title(rows: list[Lever]) -> str:
    manufacturer = rows[0].manufacturer
    multiples = {r.kind: number(r.multiple, 2) for r in rows if r.multiple is not None}
    now, cash, none = (
        multiples.get(kind, "")
        for kind in (LeverKind.NONE, LeverKind.NO_FINANCING, LeverKind.NO_MEMBER_VALUE)
    )
    if now and cash:
        instead = "all the same" if cash == now else f"instead of {now}"
        return (
            f"If everyone pays cash, partners still multiply {manufacturer}'s sales by {cash} "
            f"{instead}" + (f"; without subsidies by {none}" if none else "")
        )
    if now and none:
        return (
            f"Without subsidies partners multiply {manufacturer}'s sales by {none} instead of {now}"
        )
    return f"What {manufacturer}'s partners multiply sales by hangs on how one pays"
