"""Partial collusion: firms count a part of one another's profits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.horizontal.base import Conduct, Demand
from inroads.solution import Solution


@dataclass(frozen=True)
class Colluding(Conduct):
    """A conduct in which each seller counts `weight`, in [0, 1], of all others' profits."""

    conduct: Conduct
    weight: float

    def _counted(self, owns: Array) -> Array:
        return np.asarray(owns + self.weight * (1.0 - owns))

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """Of the conduct, with others' profits counted."""
        return self.conduct.margins(demand, prices, self._counted(owns))

    def solve(self, demand: Demand, owns: Array, costs: Array, start: Array) -> Solution[Array]:
        """See `Conduct.solve`."""
        return self.conduct.solve(demand, self._counted(owns), costs, start)
