"""A choice of a firm, played in the first draws of its plan beside what the plan recommends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from threadpoolctl import threadpool_limits

from inroads.errors import InroadsError
from inroads.plans.chances import chances, worth
from inroads.plans.criteria import TAIL
from inroads.plans.paths import Played
from inroads.plans.plan_model import PlanModel, plan_ensemble
from inroads.plans.strategies import Choices, Strategy, read_choices
from inroads.report.output import plans_in
from inroads.results.plans import FirmPlan
from inroads.study.lock import lock_of
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.uncertainty.ensemble import Ensemble

if TYPE_CHECKING:
    from inroads.study.load import Study

#: draws of the plan's that a choice is played in
DRAWS = 24
#: with fewer nothing is said of averages
FEW = 8
#: the choice on the screen, and what it is compared with
CHOSEN, RECOMMENDED, PRESS = "this choice", "the recommendation", "the plan in the press"


@dataclass(frozen=True)
class PlanCase:
    """What a firm does."""

    firm: str
    strategy: Strategy


@dataclass(frozen=True, kw_only=True)
class PlanAnswer:
    """What is known of a case so far.

    compared: strategies by what they are on the screen; central: worth of each at the central
    numbers, dollars; expected, value: a row a draw, at the odds and as luck has it; next_draw: the
    first that was not tried yet. problem: why nothing more is known.
    """

    case: PlanCase
    compared: dict[str, Strategy]
    central: dict[str, float] = field(default_factory=dict)
    expected: tuple[dict[str, float], ...] = ()
    value: tuple[dict[str, float], ...] = ()
    next_draw: int = 0
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.problem) or self.next_draw >= DRAWS

    @property
    def table(self) -> pd.DataFrame:
        """A row a strategy that is compared: mean, 5 and 95 % quantiles, 5 % quantile with luck,
        and the share of draws in which the choice is worth more; no row with few draws."""
        if len(self.expected) < FEW:
            return pd.DataFrame()
        expected, value = pd.DataFrame(list(self.expected)), pd.DataFrame(list(self.value))
        return pd.DataFrame(
            {
                "expected": expected.mean(),
                "low": expected.quantile(0.05),
                "high": expected.quantile(0.95),
                "tail": value.quantile(TAIL),
                "choice better": expected.rsub(expected[CHOSEN], axis=0).gt(0).mean(),
            }
        )


@dataclass(frozen=True)
class PlanCases:
    """The plans of a study's firms, tried by hand.

    folder: of a run, where plans that were made lie.
    """

    study: Study
    folder: Path
    _ensembles: dict[str, tuple[Ensemble, PlanModel]] = field(default_factory=dict, repr=False)

    @property
    def has_path(self) -> bool:
        """Whether the study has what a plan needs."""
        config = self.study.config
        parts = (config.entry, config.firms, config.negotiations, config.path)
        return all(part is not None for part in parts)

    @cached_property
    def firms(self) -> tuple[str, ...]:
        """Who may choose: entrants, and channels that negotiate."""
        entry, negotiations = self.study.config.entry, self.study.config.negotiations
        assert entry is not None
        assert negotiations is not None
        return (*(e.manufacturer for e in entry.entrants), *negotiations.channels)

    def choices(self, firm: str) -> Choices:
        """What a firm may choose."""
        return read_choices(self.study, firm)

    def made_plan(self, firm: str) -> FirmPlan | None:
        """The plan of a firm that was made of the same inputs; None without one."""
        lock = lock_of(self.study, DrawSettings())
        every = plans_in(self.folder, lock, self.study.as_of)
        return next((plan for plan in every if plan.firm == firm), None)

    def begin(self, case: PlanCase) -> PlanAnswer:
        """A case at the central numbers, beside the plan in the press and the recommendation."""
        choices, plan = self.choices(case.firm), self.made_plan(case.firm)
        compared = {CHOSEN: case.strategy, PRESS: choices.answer}
        per = self.study.config.study.per
        for strategy in (Strategy(), *choices.strategies):
            if plan is not None and strategy.label(per) == plan.best:
                compared[RECOMMENDED] = strategy
        answer = PlanAnswer(case=case, compared=compared)
        try:
            with threadpool_limits(1):
                played = Played.of(
                    self.study.path().with_prices_at_launches(), self._with_case(choices, case)
                )
                odds = chances(self.study, played, {})
                return replace(answer, central={n: worth(played, s, odds) for n, s in
                                                compared.items()})  # fmt: skip
        except InroadsError as error:
            return replace(answer, problem=str(error))

    def go_on(self, answer: PlanAnswer) -> PlanAnswer:
        """The same with one draw more; those that cannot be solved are left out."""
        case, k = answer.case, answer.next_draw
        choices = self.choices(case.firm)
        ensemble, model = self._futures(case.firm)
        point = ensemble.inputs(ensemble.points(k, k + 1))[0]
        x = dict(zip(ensemble.names, map(float, point), strict=True))
        onward = replace(answer, next_draw=k + 1)
        try:
            with threadpool_limits(1):
                study, path = model.draw_model.at(x)
                played = Played.of(path, self._with_case(choices, case))
                rows = []
                for is_drawn in (False, True):
                    odds = chances(study, played, x, is_drawn=is_drawn)
                    rows.append({n: worth(played, s, odds) for n, s in answer.compared.items()})
        except InroadsError:
            return onward
        return replace(onward, expected=(*answer.expected, rows[0]), value=(*answer.value, rows[1]))

    def _futures(self, firm: str) -> tuple[Ensemble, PlanModel]:
        """The draws of a firm's plan."""
        if firm not in self._ensembles:
            self._ensembles[firm] = plan_ensemble(self.study, self.choices(firm), seed=0)
        return self._ensembles[firm]

    def _with_case(self, choices: Choices, case: PlanCase) -> Choices:
        return replace(choices, strategies=(*choices.strategies, case.strategy))


def waits_of(choices: Choices) -> tuple[int, ...]:
    """Periods in which partners may be launched."""
    return tuple(sorted({0, *(q for s in choices.strategies for _, q in s.launches)}))
