"""What a firm should do, as `ir.plan` finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.plans.criteria import best, best_above, frontier, regrets, tail
from inroads.plans.mandate import Mandate
from inroads.results.keys import InputKey
from inroads.results.plans import FirmPlan
from inroads.results.study import Lock
from inroads.uncertainty.information import evpi, evppi
from inroads.uncertainty.sample_information import evsi, likelihoods

LEVELS = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan(Displayed):
    """What a firm should do; `plan` makes it. Money is dollars at the present, against no deal.

    Parameters
    ----------
    firm : str
        Whose.
    tried : DataFrame
        A row a plan tried at the central numbers, the best first: its worth at the odds of its
        deals, and whether it was played in every draw. Without clauses on risk and signs, which
        need no path.
    combinations : int
        Plans tried, with these.
    answer : str
        The plan in the press: what the study asks about.
    expected : DataFrame
        A row a draw that did not fail, a column a plan: worth at the odds of its deals. Always
        among them are no deal and the plan in the press.
    value : DataFrame
        The same with the luck of talks and of politics drawn.
    inputs : DataFrame
        What was drawn, a row a draw.
    priced : frozenset of str
        Plans with clauses on risk. Their fees are fair by what is known before signing: nobody
        sells them at these after, so that they are nothing to choose once more is known.
    first_sales : DataFrame
        What a deal by itself sells in its first period, a row a draw, a column a partner.
    trial_noise : float
        How far sales of a trial may be from that, in logs, one standard deviation.
    labels : mapping
        By input, what it is in words.
    floor : float
        What a plan should be worth at least in 19 draws of 20.
    mandates : mapping
        By partner of the study's answer, what a negotiator takes along.
    earned_back : DataFrame
        A row a partner, beside the other deals and alone: the wholesale `price` at which the deal
        earns back, on average and at its odds, what is spent before it is signed; and the share of
        draws in which it `pays` as agreed.
    lock : Lock
        What it was made of and with.
    as_of : date
        The last day whose facts count.
    currency : str
        Of all money.
    failed : int
        Draws that could not be solved.
    """

    firm: str
    tried: pd.DataFrame
    combinations: int
    answer: str
    expected: pd.DataFrame
    value: pd.DataFrame
    inputs: pd.DataFrame
    priced: frozenset[str]
    first_sales: pd.DataFrame
    trial_noise: float
    labels: Mapping[str, str]
    floor: float
    mandates: Mapping[str, Mandate]
    earned_back: pd.DataFrame
    lock: Lock
    as_of: date
    currency: str = "dollars"
    failed: int = 0

    def _card(self) -> Card:
        return Card(
            line=f"Plan of {self.firm}: {self.best}; "
            f"{counted(len(self.tried), 'plan')} tried, {len(self.expected.columns)} in "
            f"{counted(len(self.expected), 'draw')}",
            table=self.table,
            next_steps=("print(plan)", "plan.table", "plan.frontier_chart()", "plan.mandates"),
        )

    def __str__(self) -> str:
        from inroads.plans.printing import plan_text

        return plan_text(self)

    @property
    def recommendation(self) -> str:
        """What the firm should do, in a sentence or two, with the odds that it is right."""
        from inroads.plans.printing import recommendation

        return recommendation(self)

    @property
    def best(self) -> str:
        """The plan of the highest expected value."""
        return str(self.expected.columns[best(self._expected)])

    @property
    def best_above_floor(self) -> str | None:
        """The plan of the highest expected value among those that are worth the floor in 19 draws
        of 20; None where none is."""
        chosen = best_above(self._expected, self._value, self.floor)
        return None if chosen is None else str(self.expected.columns[chosen])

    @property
    def least_regret(self) -> str:
        """The plan by which least is missed in the draw that suits it worst."""
        return str(self.expected.columns[regrets(self._expected, self._unpriced).argmin()])

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a plan played in every draw, the best first.

        `expected` and its 5 and 95 % quantiles, over what is uncertain but luck; `tail`, its 5 %
        quantile with luck; `odds of a loss` with luck; `regret`, the largest in any draw;
        `on the frontier` of expected value and tail; `gain` over the plan in the press, with its
        quantiles, and the odds that it is `better`.
        """
        expected, value = self._expected, self._value
        gain = expected - self.expected[[self.answer]].to_numpy()
        low, high = (np.quantile(expected, level, axis=0) for level in LEVELS)
        gain_low, gain_high = (np.quantile(gain, level, axis=0) for level in LEVELS)
        rows = pd.DataFrame(
            {
                "expected": expected.mean(axis=0),
                "low": low,
                "high": high,
                "tail": tail(value),
                "odds of a loss": (value < 0).mean(axis=0),
                "regret": regrets(expected, self._unpriced),
                "on the frontier": frontier(expected, value),
                "gain": gain.mean(axis=0),
                "gain low": gain_low,
                "gain high": gain_high,
                "better": (gain > 0).mean(axis=0),
            },
            index=pd.Index(self.expected.columns, name="plan"),
        )
        return rows.sort_values("expected", ascending=False, kind="stable")

    @property
    def advice(self) -> pd.DataFrame:
        """The best plan by each criterion: its name, expected value, tail and regret."""
        chosen = {
            "expected value": self.best,
            "floor": self.best_above_floor,
            "least regret": self.least_regret,
        }
        rows = {name: {"plan": plan} for name, plan in chosen.items()}
        for name, plan in chosen.items():
            if plan is not None:
                rows[name] |= self.table.loc[plan, ["expected", "tail", "regret"]].to_dict()
        return pd.DataFrame(rows).T.rename_axis("criterion")

    def frontier_chart(self) -> Any:
        """Expected value against what a plan is worth in 19 draws of 20, the plan in the press in
        another colour, the frontier joined.

        Returns
        -------
        altair.Chart
            Altair's.
        """
        from inroads.charts.frontier import value_and_risk

        table = self.table[["tail", "expected", "on the frontier"]]
        table = table.set_axis(["risk", "value", "on frontier"], axis=1)
        axes = (f"worth in 19 draws of 20, {self.currency}", f"expected, {self.currency}")
        return value_and_risk(table, axes, self.answer)

    @property
    def perfect_information(self) -> float:
        """What knowing everything but luck before choosing would be worth (EVPI)."""
        return evpi(self._unpriced)

    @cached_property
    def information(self) -> pd.DataFrame:
        """A row an uncertain input, luck left out, the most valuable first: what it is, what
        knowing it before choosing is worth (EVPPI), and the standard error."""
        rows = {}
        for name in map(str, self.inputs):
            if not InputKey.of(name).is_luck:
                learnt = evppi(self._unpriced, self.inputs[name].to_numpy())
                rows[name] = (self.labels[name], learnt.value, learnt.standard_error)
        columns = ["what", "worth", "standard error"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return table.rename_axis("input").sort_values("worth", ascending=False, kind="stable")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row a partner, the most telling first: what the first period's sales of a trial there
        would be worth to know before choosing (EVSI), and the standard error; the plan that is best
        after sales that are low (`sold low`, exceeded in 19 draws of 20) and high. Before the trial
        is paid for, and the time that it takes."""
        rows = {}
        for partner, sales in self.first_sales.items():
            learnt = evsi(self._unpriced, np.log(sales.to_numpy()), self.trial_noise)
            row = {"worth": learnt.value, "standard error": learnt.standard_error}
            for name, level in zip(("low", "high"), LEVELS, strict=True):
                sold = float(np.quantile(sales, level))
                after = self.given_sales(str(partner), sold)
                chosen = after.drop(list(self.priced)).idxmax()
                row |= {f"sold {name}": sold, f"plan if {name}": chosen}
            rows[str(partner)] = row
        columns = ["worth", "standard error", "sold low", "plan if low", "sold high"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=[*columns, "plan if high"])
        return table.rename_axis("partner").sort_values("worth", ascending=False, kind="stable")

    def given_sales(self, partner: str, units: float) -> pd.Series:
        """What each plan is expected to be worth once a trial's first period has sold so much.

        Parameters
        ----------
        partner : str
            Where.
        units : float
            Sold in the first period, above 0.

        Returns
        -------
        Series
            By plan: draws weighted by how likely they make these sales.

        Raises
        ------
        InputError
            For another partner, and sales that no draw is near.
        """
        if partner not in self.first_sales or not units > 0:
            raise refuse(
                expected=f"a partner ({', '.join(self.first_sales)}) and units above 0",
                found=f"{partner}, {units:g}",
                where="given_sales",
                remedy="name one of these.",
            )
        sales = np.log(self.first_sales[partner].to_numpy())
        weights = likelihoods(sales, np.array([np.log(units)]), self.trial_noise)[0]
        # Farther than three standard deviations from every draw.
        if weights.max() < np.exp(-4.5):
            low, high = self.first_sales[partner].min(), self.first_sales[partner].max()
            raise refuse(
                expected=f"sales that a draw is near, {low:,.0f} to {high:,.0f}",
                found=f"{units:,.0f}",
                where="given_sales",
                remedy="look for what the study has wrong: it thought this impossible.",
            )
        return (weights / weights.sum()) @ self.expected

    def write(self, folder: Path | str) -> None:
        """Write plan.json, and plans.csv, tried.csv and information.csv beside it; `inroads plan`
        also writes pages.

        Parameters
        ----------
        folder : path
            Where; made where it is not there yet.
        """
        from inroads.plans.printing import write_plan

        write_plan(self, Path(folder))

    def record(self) -> FirmPlan:
        """The plan as results.json and plan.json hold it.

        Returns
        -------
        FirmPlan
            A frozen record.
        """
        from inroads.plans.record import plan_record

        return plan_record(self)

    @property
    def _expected(self) -> Array:
        return np.asarray(self.expected, dtype=float)

    @property
    def _unpriced(self) -> Array:
        """Of plans that may be chosen once more is known."""
        return np.asarray(self.expected.drop(columns=list(self.priced)), dtype=float)

    @property
    def _value(self) -> Array:
        return np.asarray(self.value, dtype=float)
