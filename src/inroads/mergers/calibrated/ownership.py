"""Who sells what, and how much of one another's profits sellers count.

A stake is a part of a firm's profit, control a part of its decisions (O'Brien and Salop 2000): a
firm's prices maximise its shareholders' earnings, weighted by their control. Weights are relative
to that of a firm's own profit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array, Index
from inroads.errors import refuse


@dataclass(frozen=True)
class Ownership:
    """sellers (J,): firms in 0..F-1. weights (F, F): what f counts of g's profit, 1 of its own."""

    sellers: Index
    weights: Array

    @property
    def owns(self) -> Array:
        """(J, J): how much of offer k's profit the seller of offer j counts."""
        return self.weights[np.ix_(self.sellers, self.sellers)]

    def acquired(
        self, acquirer: int, targets: Sequence[int], stake: float, control: float
    ) -> Ownership:
        """Once a firm has a stake in others, with so much control; 1 and 1 is a merger.

        The acquirer earns a part of the targets' profits, and what they hold of others. Of a
        target, owners who keep 1 - stake of it have 1 - control of its decisions.
        """
        before, weights = self.weights, self.weights.copy()
        outside = np.ones(len(before), dtype=bool)
        outside[[acquirer, *targets]] = False
        for target in targets:
            weights[acquirer, target] = max(stake, before[acquirer, target])
            weights[acquirer, outside] += stake * before[target, outside]
        others = (1.0 - control) * (1.0 - stake)
        for target in targets:
            row = control * weights[acquirer] + others * before[target]
            weights[target] = row / row[target] if row[target] > 0 else before[target]
        return replace(self, weights=weights)

    def moved(self, products: Mapping[int, int]) -> Ownership:
        """Products sold to firms, product -> firm; a number beyond all is a new one's."""
        sellers, firms = self.sellers.copy(), len(self.weights)
        for product, firm in products.items():
            sellers[product] = firm
        weights = np.eye(firms + 1)
        weights[:firms, :firms] = self.weights
        return Ownership(sellers, weights)


def alone(sellers: Index) -> Ownership:
    """Firms that each own what they sell (J,)."""
    return Ownership(sellers, np.eye(int(sellers.max()) + 1))


def with_holdings(
    sellers: Index, firms: list[str], holdings: Mapping[Any, float] | None
) -> Ownership:
    """The same, some holding parts of others' profits without a say: (owner, owned) -> part."""
    owned = alone(sellers)
    for pair, part in (holdings or {}).items():
        names = [str(name) for name in pair] if isinstance(pair, tuple) else [str(pair)]
        if len(names) != 2 or names[0] == names[1] or not set(names) <= set(firms):
            raise refuse(
                expected="two firms of the table, owner and owned",
                found=" and ".join(names),
                where="holdings",
                remedy='write {("A", "B"): 0.1} where A holds a tenth of B.',
            )
        if not 0 <= float(part) <= 1:
            raise refuse(
                expected="a part of profits from 0 to 1",
                found=f"{part} of {names[1]}" + ("; percent?" if 1 < float(part) <= 100 else ""),
                where="holdings",
                remedy="give 0.1 for ten percent.",
            )
        owned.weights[firms.index(names[0]), firms.index(names[1])] = float(part)
    return owned


def check_stake(stake: float, control: float | None, holds: float) -> tuple[float, float]:
    """A stake and its control, in proportion to it unless given; `holds`: what is held already."""
    if not holds < stake <= 1:
        percent = "; percent?" if 1 < stake <= 100 else ""
        raise refuse(
            expected=f"a stake above {holds:g} and at most 1, a part of the target's profit",
            found=f"{stake:g}{percent}",
            where="stake",
            remedy="give 0.25 for a quarter, counting what is held already.",
        )
    voice = stake if control is None else control
    if not 0 <= voice <= 1 or (stake == 1 and voice < 1):
        raise refuse(
            expected="control from 0 (silent) to 1 (whole), 1 where all is bought",
            found=f"{voice:g}" + ("; percent?" if 1 < voice <= 100 else ""),
            where="control",
            remedy="leave it out for control in proportion to the stake.",
        )
    return float(stake), float(voice)
