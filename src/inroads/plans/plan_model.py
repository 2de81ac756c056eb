"""One draw of a study's uncertain inputs: what each strategy of a firm is worth at it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from inroads.plans.chances import chances, worth
from inroads.plans.clauses import DealSales
from inroads.plans.mandate import link_terms, term_columns
from inroads.plans.paths import Played
from inroads.plans.strategies import Choices, Strategy
from inroads.study.outlook.draw_model import DrawModel, talk_luck
from inroads.study.outlook.uncertainty import uncertain
from inroads.uncertainty.distributions import Uniform
from inroads.uncertainty.ensemble import Ensemble

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class PlanModel:
    """A draw -> each strategy's worth at the odds of its deals (`expected`), and as luck has it
    (`value`), dollars; and the terms of the study's own deals, whose clauses are agreed on sales by
    partner (`agreed`)."""

    draw_model: DrawModel
    choices: Choices
    strategies: tuple[Strategy, ...]
    agreed: Mapping[str, DealSales] = field(default_factory=dict)

    def outputs(self) -> tuple[str, ...]:
        """Names of the columns of draws."""
        names = [f(s) for s in self.strategies for f in (expected_column, value_column)]
        return (*names, *(n for p in self.choices.answer.partners for n in term_columns(p)))

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """Outputs by column; inputs that are left out have their central values."""
        study, model = self.draw_model.at(x)
        played = Played(model, self.choices)
        odds, luck = (chances(study, played, x, is_drawn=drawn) for drawn in (False, True))
        values: dict[str, float] = {}
        for strategy in self.strategies:
            values[expected_column(strategy)] = worth(played, strategy, odds)
            values[value_column(strategy)] = worth(played, strategy, luck)
        for partner in self.choices.answer.partners:
            values |= link_terms(played, partner, self.agreed.get(partner))
        return values


def expected_column(strategy: Strategy) -> str:
    """The column of what a strategy is worth at the odds of its deals."""
    return f"expected: {strategy.label()}"


def value_column(strategy: Strategy) -> str:
    """The column of what a strategy is worth as luck has it."""
    return f"value: {strategy.label()}"


def plan_ensemble(study: Study, choices: Choices, *, seed: int) -> tuple[Ensemble, PlanModel]:
    """The study's futures, in which all of a firm's strategies are tried; the strategies that go
    into every draw are set by `with_strategies`."""
    base = uncertain(study, seed=seed)
    assert isinstance(base.function, DrawModel)
    model = PlanModel(base.function, choices, choices.strategies)
    pairs = [
        (p, choices.firm) if choices.is_channel else (choices.firm, p) for p in choices.partners
    ]
    lucks = [talk_luck(*pair).column for pair in pairs]
    more = tuple(Uniform(name, 0.0, 1.0) for name in lucks if name not in base.names)
    return replace(
        base, sources=(*base.sources, *more), function=model, outputs=model.outputs()
    ), model


def with_strategies(
    ensemble: Ensemble,
    model: PlanModel,
    strategies: tuple[Strategy, ...],
    agreed: Mapping[str, DealSales] | None = None,
) -> Ensemble:
    """The same futures with these strategies only, and the sales that clauses are agreed on."""
    few = replace(model, strategies=strategies, agreed=agreed or {})
    about = f"{ensemble.about}; {model.choices.firm}, {model.choices.campaign_cost}"
    key = hashlib.sha256(about.encode()).hexdigest()[:16]
    return replace(
        ensemble, function=few, outputs=few.outputs(), about=f"plan of {key}, {ensemble.about}"
    )
