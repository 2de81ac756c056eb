"""Strategies as drawn, each with the clauses and signs that may come beside it.

A clause is paid for: those who gain by it pay a fee, due with the first delivery, at which the firm
has in the mean over draws its part of what the clause brings both (nothing, but for what is really
lost). What is left of it is the risk that it moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.plans.clauses import Clauses, Sign
from inroads.plans.strategies import Choices, Strategy
from inroads.uncertainty.ensemble import INPUT

#: worth at the odds of deals, and as luck has it
LUCK = ("expected", "value")


@dataclass(frozen=True)
class Drawn:
    """A number of a draw: with luck or at the odds; what it is; of which strategy and clauses."""

    luck: str
    what: str
    strategy: Strategy
    clauses: Clauses | None = None

    @property
    def name(self) -> str:
        """Its column."""
        beside = f" ({self.clauses.label()})" if self.clauses else ""
        return f"{self.luck}, {self.what}: {self.strategy.label()}{beside}"


@dataclass(frozen=True)
class Variant:
    """A strategy with what comes beside it."""

    strategy: Strategy
    clauses: Clauses | None = None
    sign: Sign | None = None

    def label(self, period: str) -> str:
        """What it is called."""
        parts = [self.strategy.label(period)]
        parts += [beside.label() for beside in (self.clauses, self.sign) if beside]
        return ", ".join(parts)


def variants(choices: Choices, strategies: Sequence[Strategy]) -> Iterator[Variant]:
    """All of some strategies, those with nothing beside first; a sign goes with strategies that
    launch when it is seen."""
    for sign, clauses in product((None, *choices.signs), (None, *choices.clauses)):
        for strategy in strategies:
            is_bare = sign is None and clauses is None
            is_seen = sign is None or strategy.begins >= sign.after
            if is_bare or (strategy.launches and is_seen):
                yield Variant(strategy, clauses, sign)


def worths(
    choices: Choices, strategies: Sequence[Strategy], drawn: Mapping[str, Array], period: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What all variants of strategies are worth, a row a draw, a column each by its name: at the
    odds of deals, and as luck has it."""
    tables: dict[str, dict[str, Array]] = {luck: {} for luck in LUCK}
    for variant in variants(choices, strategies):
        launches = np.ones(len(next(iter(drawn.values()))))
        if variant.sign is not None:
            launches = variant.sign.is_seen(drawn[INPUT + variant.sign.input]) * launches
            if not launches.any():
                continue
        of = {
            (luck, what): launches * drawn[Drawn(luck, what, variant.strategy, beside).name]
            for luck in LUCK
            for what, beside in _needed(variant)
        }
        fee = 0.0
        if variant.clauses:
            fair, own, paid = (of["expected", what].mean() for what in ("fair", "own", "launched"))
            fee = (fair - own) / paid if paid > 0 else 0.0
        for luck, table in tables.items():
            worth = of[luck, "worth"]
            if variant.clauses:
                worth = worth + of[luck, "own"] + fee * of[luck, "launched"]
            table[variant.label(period)] = worth
    expected, value = (pd.DataFrame(table) for table in tables.values())
    return expected, value


def _needed(variant: Variant) -> list[tuple[str, Clauses | None]]:
    if not variant.clauses:
        return [("worth", None)]
    more = [("launched", None), ("own", variant.clauses), ("fair", variant.clauses)]
    return [("worth", None), *more]
