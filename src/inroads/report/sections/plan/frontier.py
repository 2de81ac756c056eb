"""Value against risk: every plan that was played, by its letter in the table below it."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import BLUE, INK, PLOT, QUIET, RED, any_money, titled
from inroads.report.format import in_percent, money
from inroads.report.table import Table
from inroads.results.plans import FirmPlan


def letters(plan: FirmPlan) -> list[str]:
    """What plans are called in the chart."""
    count = len(ascii_uppercase)
    return [
        ascii_uppercase[k % count] + (str(k // count) if k >= count else "")
        for k in range(len(plan.plans))
    ]


def frontier_chart(plan: FirmPlan) -> Any:
    """Expected worth against what a plan is worth in 19 draws of 20, the frontier joined."""
    frame = pd.DataFrame(
        [{"plan": one.name, "letter": letter, "expected": one.expected, "tail": one.tail,
          "frontier": one.on_frontier, "colour": RED if one.name == plan.press else BLUE}
         for letter, one in zip(letters(plan), plan.plans, strict=True)]
    )  # fmt: skip
    across, up = (
        alt.Axis(title=title, labelExpr=any_money(), tickCount=6)
        for title in ("worth in 19 draws of 20, luck included", "worth on average")
    )
    scale = alt.Scale(zero=False, padding=24)
    x, y = alt.X("tail:Q", scale=scale, axis=across), alt.Y("expected:Q", scale=scale, axis=up)
    points = alt.Chart(frame).encode(x=x, y=y)
    joined = alt.Chart(frame[frame["frontier"]]).mark_line(color=QUIET, strokeDash=[4, 3])
    layers = [
        joined.encode(x=x, y=y),
        points.mark_point(filled=True, size=110, opacity=1).encode(
            color=alt.Color("colour:N", scale=None)
        ),
        points.mark_text(dx=12, dy=-9, fontWeight="bold", color=INK).encode(text="letter:N"),
    ]
    return titled(
        alt.layer(*layers).properties(width=PLOT, height=300),
        _title(plan),
        "Up: worth more on average; right: less to lose. Joined: no other plan is better in one "
        f"and as good in the other; red: the plan in the press. {plan.draws} draws, letters as in "
        "the table.",
    )


def _title(plan: FirmPlan) -> str:
    on = [one.name for one in plan.plans if one.on_frontier]
    if on == [plan.best]:
        return f"{plan.firm}: {plan.best} is worth most on average, and risks least"
    safest = max(plan.plans, key=lambda one: one.tail)
    return (
        f"{plan.firm}: {plan.best} is worth most on average, {safest.name} risks least: "
        f"{money(safest.tail)} or more in 19 draws of 20"
    )


def plans_table(plan: FirmPlan) -> Table:
    """A plan a row, the best first and bold."""
    heads = (
        *("", "Plan", "On average", "Nine draws of ten", "19 of 20, with luck", "Loses"),
        *("Misses at most", "Over the press", "Better in"),
    )
    rows = []
    for letter, one in zip(letters(plan), plan.plans, strict=True):
        is_press = one.name == plan.press
        rows.append(
            (
                letter,
                f"{one.name} (the press)" if is_press else one.name,
                money(one.expected),
                f"{money(one.low)} to {money(one.high)}" if one.low < one.high else "—",
                money(one.tail),
                in_percent(one.loss_odds),
                money(one.regret),
                "" if is_press else money(one.gain),
                "" if is_press else in_percent(one.better),
            )
        )
    best = [k for k, one in enumerate(plan.plans) if one.name == plan.best]
    return Table(heads=heads, rows=rows, text_columns=2, bold=best)
