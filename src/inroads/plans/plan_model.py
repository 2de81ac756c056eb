"""One draw of a study's uncertain inputs: what each strategy of a firm is worth at it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from inroads.errors import refuse
from inroads.plans.chances import chances, clauses_worth, launched, worth
from inroads.plans.earning_back import odds_columns, odds_terms
from inroads.plans.mandate import link_terms, term_columns
from inroads.plans.paths import DealSales, Played
from inroads.plans.strategies import Choices, Strategy
from inroads.plans.variants import LUCK, Drawn
from inroads.study.outlook.draw_model import DrawModel, talk_luck
from inroads.study.outlook.uncertainty import uncertain
from inroads.tables.naming import suggestion
from inroads.uncertainty.distributions import Uniform
from inroads.uncertainty.ensemble import Ensemble

if TYPE_CHECKING:
    from inroads.study.load import Study


#: by strategy and partner, the sales that clauses are agreed on
Agreed = Mapping[Strategy, Mapping[str, DealSales]]


@dataclass(frozen=True)
class PlanModel:
    """A draw -> each strategy's worth at the odds of its deals, and as luck has it, dollars; what
    clauses on its risk bring; the terms of the study's own deals, and what these add at their
    odds."""

    draw_model: DrawModel
    choices: Choices
    strategies: tuple[Strategy, ...]
    agreed: Agreed = field(default_factory=dict)

    @property
    def columns(self) -> list[Drawn]:
        """What is drawn of strategies."""
        columns = []
        for strategy, luck in product(self.strategies, LUCK):
            columns.append(Drawn(luck, "worth", strategy))
            if strategy.launches and self.choices.clauses:
                columns.append(Drawn(luck, "launched", strategy))
                columns += [
                    Drawn(luck, what, strategy, clauses)
                    for clauses in self.choices.clauses
                    for what in ("own", "fair")
                ]
        return columns

    def outputs(self) -> tuple[str, ...]:
        """Names of the columns of draws."""
        terms = [name for p in self.choices.answer.partners for name in term_columns(p)]
        return (*(column.name for column in self.columns), *terms, *odds_columns(self.choices))

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """Outputs by column; inputs that are left out have their central values."""
        study, model = self.draw_model.at(x)
        played = Played.of(model, self.choices)
        odds = {luck: chances(study, played, x, is_drawn=luck == "value") for luck in LUCK}
        values: dict[str, float] = {}
        for luck, strategy in product(LUCK, self.strategies):
            values[Drawn(luck, "worth", strategy).name] = worth(played, strategy, odds[luck])
            if not (strategy.launches and self.choices.clauses):
                continue
            weight = launched(played, strategy, odds[luck])
            values[Drawn(luck, "launched", strategy).name] = weight
            agreed = self.agreed[strategy]
            for clauses in self.choices.clauses:
                pair = clauses_worth(played, strategy, clauses, agreed, odds[luck])
                for what, dollars in zip(("own", "fair"), pair, strict=True):
                    values[Drawn(luck, what, strategy, clauses).name] = dollars
        agreed = self.agreed.get(self.choices.answer, {})
        for partner in self.choices.answer.partners:
            values |= link_terms(played, partner, agreed.get(partner))
        values |= odds_terms(played, odds["expected"])
        return values


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


def check_signs(choices: Choices, names: Sequence[str]) -> None:
    """Refuse signs that are none of the inputs that are drawn."""
    for sign in choices.signs:
        if sign.input not in names:
            raise refuse(
                expected="a sign that is drawn: an input of information.csv, or an assumption that "
                "study.toml varies",
                found=sign.input,
                where=f"study.toml, [[plan]] of {choices.firm}, sign",
                remedy=suggestion(sign.input, names) or f"choose from {', '.join(names)}.",
            )


def with_strategies(
    ensemble: Ensemble,
    model: PlanModel,
    strategies: tuple[Strategy, ...],
    agreed: Agreed | None = None,
) -> Ensemble:
    """The same futures with these strategies only, and the sales that clauses are agreed on."""
    few = replace(model, strategies=strategies, agreed=agreed or {})
    about = f"{ensemble.about}; {model.choices.firm}, {model.choices.campaign_cost}"
    key = hashlib.sha256(about.encode()).hexdigest()[:16]
    return replace(
        ensemble, function=few, outputs=few.outputs(), about=f"plan of {key}, {ensemble.about}"
    )
