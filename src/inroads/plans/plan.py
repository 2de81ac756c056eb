"""A firm's plan: every strategy tried at the central numbers, the best played in every draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.plans.chances import chances, worth
from inroads.plans.criteria import best_above, frontier, regrets, tail
from inroads.plans.paths import Played
from inroads.plans.plan_model import (
    expected_column,
    plan_ensemble,
    value_column,
    with_strategies,
)
from inroads.plans.strategies import Strategy, read_choices
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.uncertainty.ensemble import FAILURE, INPUT
from inroads.uncertainty.information import evpi, evppi

if TYPE_CHECKING:
    from inroads.study.load import Study

#: called with what is being done, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]
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
        deals, and whether it was played in every draw.
    answer : str
        The plan in the press: what the study asks about.
    expected : DataFrame
        A row a draw that did not fail, a column a plan: worth at the odds of its deals. Always
        among them are no deal and the plan in the press.
    value : DataFrame
        The same with the luck of talks and of politics drawn.
    inputs : DataFrame
        What was drawn, a row a draw.
    floor : float
        What a plan should be worth at least in 19 draws of 20.
    currency : str
        Of all money.
    failed : int
        Draws that could not be solved.
    """

    firm: str
    tried: pd.DataFrame
    answer: str
    expected: pd.DataFrame
    value: pd.DataFrame
    inputs: pd.DataFrame
    floor: float
    currency: str = "dollars"
    failed: int = 0

    def _card(self) -> Card:
        return Card(
            line=f"Plan of {self.firm}: {self.best}; "
            f"{counted(len(self.tried), 'plan')} tried, {len(self.expected.columns)} in "
            f"{counted(len(self.expected), 'draw')}",
            table=self.table,
            next_steps=("print(plan)", "plan.table", "plan.advice", "plan.information"),
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
        return str(self.expected.mean().idxmax())

    @property
    def best_above_floor(self) -> str | None:
        """The plan of the highest expected value among those that are worth the floor in 19 draws
        of 20; None where none is."""
        chosen = best_above(self._expected, self._value, self.floor)
        return None if chosen is None else str(self.expected.columns[chosen])

    @property
    def least_regret(self) -> str:
        """The plan by which least is missed in the draw that suits it worst."""
        return str(self.expected.columns[regrets(self._expected).argmin()])

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
                "regret": regrets(expected),
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

    @property
    def perfect_information(self) -> float:
        """What knowing everything but luck before choosing would be worth (EVPI)."""
        return evpi(self._expected)

    @cached_property
    def information(self) -> pd.DataFrame:
        """A row an uncertain input, luck left out, the most valuable first: what knowing it before
        choosing is worth (EVPPI), and the standard error."""
        rows = {}
        for name in self.inputs:
            if not str(name).startswith(("negotiation_luck", "political_luck", "shelf_luck")):
                learnt = evppi(self._expected, self.inputs[name].to_numpy())
                rows[str(name)] = {"worth": learnt.value, "standard error": learnt.standard_error}
        columns = ["worth", "standard error"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return table.rename_axis("input").sort_values("worth", ascending=False, kind="stable")

    def write(self, folder: Path | str) -> None:
        """Write plan.json, and plans.csv, tried.csv and information.csv beside it.

        Parameters
        ----------
        folder : path
            Where; made where it is not there yet.
        """
        from inroads.plans.printing import write_plan

        write_plan(self, Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values, for JSON.

        Returns
        -------
        dict
            Of numbers, text, and tables as lists of rows.
        """
        return {
            "firm": self.firm,
            "recommendation": self.recommendation,
            "currency": self.currency,
            "answer": self.answer,
            "draws": len(self.expected),
            "failed": self.failed,
            "floor": self.floor,
            "perfect_information": self.perfect_information,
        } | {
            name: _rows(table)
            for name, table in (
                ("advice", self.advice),
                ("plans", self.table),
                ("tried", self.tried),
                ("information", self.information),
            )
        }

    @property
    def _expected(self) -> Array:
        return np.asarray(self.expected, dtype=float)

    @property
    def _value(self) -> Array:
        return np.asarray(self.value, dtype=float)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.reset_index().astype(object)
    records: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return records


def plan(
    study: Study,
    firm: str | None = None,
    *,
    drawing: DrawSettings = DrawSettings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
) -> Plan:
    """What a firm of a study should do: an entrant, or a channel that negotiates.

    Every combination of its choices ([[plan]] of study.toml) is tried at the central numbers; the
    best of them, the plan in the press and no deal are played in every draw of all that is
    uncertain, the same draws for each.

    Parameters
    ----------
    study : Study
        With [entry], [firms], [negotiations] and [path].
    firm : str, optional
        An entrant or a channel; the first entrant unless given.
    drawing : DrawSettings
        How many draws (those of [[plan]] unless given), on how many processes, and where they are
        kept, so that a run that was killed goes on where it stood.
    progress : callable
        Called with what is being done, how far it is, and how far it goes.

    Returns
    -------
    Plan
        Best by expected value, under a floor, by least regret; what it is worth to know more.

    Raises
    ------
    InputError
        For a firm without anything to choose, choices that contradict each other, and more of them
        than are tried.
    InroadsError
        Where no draw could be solved.
    """
    with threadpool_limits(1):
        choices = read_choices(study, firm)
        count = choices.draws if drawing.draws is None else drawing.draws
        if count < 2:
            raise refuse(
                expected="two draws at least",
                found=str(count),
                where="draws",
                remedy="give more; 100 for a true picture.",
            )
        every, model = plan_ensemble(study, choices, seed=drawing.seed)
        central = Played(study.path().with_prices_at_launches(), choices)
        odds = chances(study, central, {})
        worths = []
        for k, strategy in enumerate(choices.strategies):
            progress("plans at the central numbers", k, len(choices.strategies))
            worths.append(worth(central, strategy, odds))
        order = sorted(range(len(worths)), key=lambda k: -worths[k])
        chosen = [choices.strategies[k] for k in order[: choices.solve]]
        none = Strategy()
        strategies = tuple(dict.fromkeys([*chosen, choices.answer, none]))
        ensemble = with_strategies(every, model, strategies)
        with drawing.drawn(ensemble, count) as wait_for:
            draws = wait_for(progress)
            columns = draws.columns([*ensemble.outputs, *(INPUT + n for n in ensemble.names)])
            failures = draws.column(FAILURE)
    solved = np.array([not text for text in failures], dtype=bool)
    if solved.sum() < 2:
        raise refuse(
            expected="two draws at least that could be solved",
            found=f"{solved.sum()} of {len(solved)}: {failures[~solved][0]}",
            where=f"plan of {choices.firm}",
            remedy="look into the failure, then narrow the inputs.",
        )
    period = study.config.study.per
    names = {s: s.label(period) for s in (*choices.strategies, none)}
    tried = pd.DataFrame(
        {
            "expected": [worths[k] for k in order],
            "played": [choices.strategies[k] in strategies for k in order],
        },
        index=pd.Index([names[choices.strategies[k]] for k in order], name="plan"),
    )
    expected, value = (
        pd.DataFrame({names[s]: columns[column(s)][solved] for s in strategies})
        for column in (expected_column, value_column)
    )
    answer = names[choices.answer]
    return Plan(
        firm=choices.firm,
        tried=tried,
        answer=answer,
        expected=expected,
        value=value,
        inputs=pd.DataFrame({n: columns[INPUT + n][solved] for n in ensemble.names}),
        floor=float(tail(value[[answer]].to_numpy())[0])
        if choices.floor is None
        else choices.floor,
        currency=study.config.words.currency,
        failed=int((~solved).sum()),
    )
