"""At which price a deal earns back what is spent before it is signed.

At the table launches are paid for and gone: a manufacturer gains by any price above that of its
mandate. Before, a price p is worth E[adds + (p - w) units] on average over draws, both at the odds
of talks and politics; it is zero at

    p = (E[w units] - E[adds]) / E[units]

and with the opposite sign of `adds` for a channel, which pays the price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.plans.chances import Chances, units_at_odds, worth
from inroads.plans.mandate import ALONE, PREDICTED, agreed_price
from inroads.plans.paths import Played
from inroads.plans.strategies import Choices, Strategy

#: what the firm's worth at the odds rises by, on how many units, at which wholesale price
_NAMES = ("adds", "units at odds", "price at launch")


def odds_columns(choices: Choices) -> list[str]:
    """Columns of draws."""
    return [_column(p, beside, n) for p, beside, _ in _deals(choices) for n in _NAMES]


def odds_terms(played: Played, odds: Chances) -> dict[str, float]:
    """What each deal of the study's answer adds at its odds at one draw, launches paid, by
    column."""
    terms: dict[str, float] = {}
    for partner, beside, strategy in _deals(played.choices):
        others = strategy.only([p for p in strategy.partners if p != partner])
        numbers = (
            worth(played, strategy, odds) - worth(played, others, odds),
            units_at_odds(played, strategy, partner, odds),
            agreed_price(played.path(strategy), *played.pair(partner)),
        )
        terms |= {_column(partner, beside, n): x for n, x in zip(_NAMES, numbers, strict=True)}
    return terms


def earned_back(choices: Choices, draws: Mapping[str, Array]) -> pd.DataFrame:
    """A row a deal of the study's answer, beside the others and alone: the `price` at which it is
    worth nothing on average, and the share of draws in which it `pays` as agreed."""
    rows = {}
    for partner, beside, _ in _deals(choices):
        adds, units, price = (draws[_column(partner, beside, n)] for n in _NAMES)
        earned = (price * units).sum() + (adds if choices.is_channel else -adds).sum()
        has_units = units.sum() > 0
        rows[partner, beside] = {
            "price": earned / units.sum() if has_units else np.nan,
            "pays": float(np.mean(adds > 0)),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["partner", "deals"])


def _deals(choices: Choices) -> Iterator[tuple[str, str, Strategy]]:
    for partner in choices.answer.partners:
        yield partner, PREDICTED, choices.answer
        if len(choices.answer.partners) > 1:
            yield partner, ALONE, choices.answer.only([partner])


def _column(partner: str, beside: str, name: str) -> str:
    return f"{name}: {partner}, {beside}"
