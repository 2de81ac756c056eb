"""A plan as text, and as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inroads.display import counted
from inroads.plans.strategies import NO_DEAL
from inroads.results.plans import SURE

if TYPE_CHECKING:
    from inroads.plans.move_order import MoveOrder
    from inroads.plans.result import Plan

# Inputs that are listed by what knowing them is worth.
_LISTED = 5
# Plans that are shown.
_ROWS = 12
_SCALES = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))


class Money:
    """Amounts in one scale, so that they can be compared."""

    def __init__(self, amounts: Sequence[float], currency: str) -> None:
        largest = max(map(abs, amounts), default=0.0)
        scales = ((size, name) for size, name in _SCALES if largest >= 10 * size)
        self.size, self.name = next(scales, (1.0, ""))
        self.unit = f"{self.name}{currency}"

    def __call__(self, amount: float) -> str:
        """An amount without its unit."""
        return f"{amount / self.size:,.1f}"

    def between(self, low: float, high: float) -> str:
        """An interval without its unit."""
        return f"{self(low)} to {self(high)}"


def recommendation(plan: Plan) -> str:
    """What a firm should do, in a sentence or two, with the odds that it is right."""
    table, best, answer = plan.table, plan.best, plan.answer
    money = Money(table["expected"].tolist(), plan.currency)
    row = table.loc[best]
    text = (
        f"{plan.firm}: {best}. Expected worth {money(row['expected'])} {money.unit} "
        f"({money.between(row['low'], row['high'])})"
    )
    if best == NO_DEAL:
        text = f"{plan.firm}: {best}; no plan that was drawn is worth more than none"
    if best == answer:
        return f"{text}; it is the plan in the press."
    return (
        f"{text}. Better than the plan in the press ({answer}) by {money(row['gain'])} "
        f"{money.unit} "
        f"({money.between(row['gain low'], row['gain high'])}); better at all in "
        f"{row['better']:.0%} of draws."
    )


def plan_text(plan: Plan) -> str:
    """The recommendation, the best plan by each criterion, all plans that were drawn, and what to
    find out first."""
    table = plan.table
    money = Money([*table["expected"], *table["tail"], *table["regret"]], plan.currency)
    lines = [
        recommendation(plan),
        "",
        f"{counted(len(plan.tried), 'plan')} tried at the central numbers"
        + (
            f", {plan.combinations} with clauses on risk and signs; "
            if plan.combinations > len(plan.tried)
            else "; "
        )
        + f"{len(table)}, the plan in the press and no deal among them, in "
        f"{counted(len(plan.expected), 'draw')}"
        + (f" ({plan.failed} more could not be solved)." if plan.failed else "."),
        "",
        f"Best by expected value: {plan.best}",
        f"Best of those worth {money(plan.floor)} or more in 19 draws of 20: "
        f"{plan.best_above_floor or 'none'}",
        f"Least regret: {plan.least_regret}",
        "",
        f"Plans, in {money.unit}; 5 to 95 % of draws; * on the frontier of value and risk",
        _plans(_shown(plan), money, plan.answer),
        *([f"{len(table) - _ROWS} more in plans.csv"] if len(table) > _ROWS else []),
        "",
        *_learning(plan, money),
    ]
    return "\n".join(lines)


def _shown(plan: Plan) -> pd.DataFrame:
    """The best, with those that the text names."""
    named = {plan.best, plan.best_above_floor, plan.least_regret, plan.answer, NO_DEAL}
    table = plan.table
    others = [name for name in table.index if name not in named]
    named |= set(others[: _ROWS - len(named - {None})])
    return table[table.index.isin(named)]


def _plans(table: pd.DataFrame, money: Money, answer: str) -> str:
    rows = [
        {
            "plan": name + (" *" if row["on the frontier"] else ""),
            "expected": money(row["expected"]),
            "5 to 95 %": money.between(row["low"], row["high"]),
            "5 % with luck": money(row["tail"]),
            "loss": f"{row['odds of a loss']:.0%}",
            "regret": money(row["regret"]),
            "over the press": "" if name == answer else money(row["gain"]),
            "better": "" if name == answer else f"{row['better']:.0%}",
        }
        for name, row in table.iterrows()
    ]
    frame = pd.DataFrame(rows).set_index("plan")
    frame.index.name = None
    return str(frame.to_string())


def _learning(plan: Plan, money: Money) -> list[str]:
    worths, errors = plan.information["worth"], plan.information["standard error"]
    first = plan.information[worths > SURE * errors].head(_LISTED)
    lines = [
        f"What it is worth to know before signing, in {money.unit}: everything but luck "
        f"{money(plan.perfect_information)}"
    ]
    if first.empty:
        lines.append("No single input would surely change the plan.")
    lines += [
        f"  {row['what']}: {money(row['worth'])} (s.e. {money(row['standard error'])})"
        for _, row in first.iterrows()
    ]
    return lines + [
        f"A trial at {name}, its first sales seen, before it is paid for: {money(row['worth'])} "
        f"(s.e. {money(row['standard error'])}); {row['sold low']:,.0f} sold: "
        f"{row['plan if low']}; {row['sold high']:,.0f}: {row['plan if high']}"
        for name, row in plan.trials.iterrows()
        if row["worth"] > SURE * row["standard error"]
    ]


def order_text(order: MoveOrder) -> str:
    """What each order of moves comes to, and what the first deal does to the second's terms."""
    gains = [f"{order.first} gains", f"{order.second} gains"]
    money = Money(order.outcomes[gains].to_numpy().ravel().tolist(), order.currency)
    outcomes = order.outcomes.copy().rename_axis(None)
    outcomes[gains] = outcomes[gains].map(money)
    terms = order.terms.map(lambda price: f"{price:,.2f}").rename_axis(None)
    return "\n".join(
        [
            f"{order.first} and {order.second}, who first? Gains in {money.unit}, against no deal "
            "of either, at the central numbers",
            outcomes.to_string(),
            "",
            f"Wholesale price that {order.second} agrees on, {order.currency} a unit",
            terms.to_string(),
        ]
    )


def write_plan(plan: Plan, folder: Path) -> None:
    """plan.json, and plans.csv, tried.csv and information.csv beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = plan.record().model_dump_json(indent=1)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")
    for name, table in (
        ("plans", plan.table),
        ("tried", plan.tried),
        ("information", plan.information),
    ):
        table.to_csv(folder / f"{name}.csv", lineterminator="\n")
