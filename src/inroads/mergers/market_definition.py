"""The hypothetical monopolist: which products are a market of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice import diversion_ratios
from inroads.choice.base import Array, Mask
from inroads.errors import refuse
from inroads.mergers.calibrated.model import MarketModel


@dataclass(frozen=True)
class MarketTest:
    """rises (J,): of prices under one seller of the candidate products, fractions; passes: whether
    one that counts rises by the threshold."""

    rises: Array
    passes: bool


def monopolist_outcome(
    model: MarketModel, candidate: Mask, counts: Mask, threshold: float = 0.05
) -> MarketTest:
    """The test of candidate products (J,), all other prices held.

    counts (J,): products of which one must rise by the threshold: all by the Merger Guidelines of
    2023 (section 4.3), those of the merging firms by those of 2010 (section 4.1.1).
    """
    rises = model.monopolist(candidate) / model.before.prices - 1.0
    return MarketTest(rises, bool(rises[candidate & counts].max(initial=-np.inf) >= threshold))


def smallest_market(model: MarketModel, start: Mask, counts: Mask, threshold: float) -> Mask:
    """The first candidate market that passes, closest substitutes of `start` joining one by one.

    The next is what most of the sales that candidates lose go to. Raises InputError where all
    products together do not pass.
    """
    candidate = start.copy()
    D, q = model.jacobian, model.before.quantities
    while not monopolist_outcome(model, candidate, counts, threshold).passes:
        if candidate.all():
            raise refuse(
                expected=f"a price that one seller of everything would raise by {threshold:.0%}",
                found="none",
                where="smallest_market",
                remedy="give a lower threshold, or more products: the market is wider.",
            )
        to = q if D is None else (diversion_ratios(D)[:, :-1] * q[:, None])[candidate].sum(axis=0)
        candidate[int(np.where(candidate, -np.inf, to).argmax())] = True
    return candidate
