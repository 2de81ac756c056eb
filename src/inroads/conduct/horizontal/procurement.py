"""A buyer's auction of one contract among firms that differ in capacity.

Waehrer and Perry (2003): a firm of capacity t draws its cost as the lowest of t draws from F, so
that it is above c with probability (1 - F(c))^t; a merger adds capacities. The buyer takes the
lowest bidder at the next one's cost, or at a reserve r, and pays v elsewhere. With T all capacity,
somebody sells with probability G(r) = 1 - (1 - F(r))^T, firm i with t_i / T of that, and i earns,
before costs are drawn, int_0^r (1 - F)^(T - t_i) - (1 - F)^T.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from inroads.choice.base import Array

#: least and most of the draws that count, where costs have no bounds
_TAIL = 1e-12
_NODES, _HALVES = np.polynomial.legendre.leggauss(120)
_X, _WEIGHTS = (_NODES + 1.0) / 2, _HALVES / 2


@dataclass(frozen=True)
class CapacityAuction:
    """costs: F, a frozen distribution of scipy.stats. capacity (F,): of firms. reserve: r."""

    costs: Any
    capacity: Array
    reserve: float

    @cached_property
    def _range(self) -> tuple[float, float]:
        total = float(self.capacity.sum())
        low, high = self.costs.ppf(_TAIL), self.costs.isf(_TAIL ** (1.0 / max(total, 1e-3)))
        return float(low), float(min(self.reserve, high))

    @cached_property
    def _survivals(self) -> tuple[Array, Array]:
        """1 - F at nodes (n,) between the lowest cost and the reserve, and their weights.

        Nodes of Gauss and Legendre, crowded at both ends, where powers of 1 - F bend.
        """
        low, high = self._range
        width = max(high - low, 0.0)
        crowded = _X**3 * (10.0 - 15.0 * _X + 6.0 * _X**2)
        slope = 30.0 * _X**2 * (1.0 - _X) ** 2
        return np.asarray(self.costs.sf(low + width * crowded)), width * slope * _WEIGHTS

    @property
    def sells(self) -> float:
        """G(r): the probability that somebody does."""
        return float(1.0 - self.costs.sf(self.reserve) ** self.capacity.sum())

    @property
    def wins(self) -> Array:
        """Of each firm (F,)."""
        return np.asarray(self.sells * self.capacity / self.capacity.sum())

    @property
    def profits(self) -> Array:
        """Of each firm, before costs are drawn (F,)."""
        S, weights = self._survivals
        total = float(self.capacity.sum())
        return np.asarray((S ** (total - self.capacity[:, None]) - S**total) @ weights)

    @property
    def lowest_cost(self) -> float:
        """Expected, where somebody sells: r less int_0^r G over G(r), by parts."""
        S, weights = self._survivals
        total, high = float(self.capacity.sum()), self._range[1]
        below = float((1.0 - S**total) @ weights)
        return float(high - below / (1.0 - float(self.costs.sf(high)) ** total))

    @property
    def margins(self) -> Array:
        """Expected price less cost of each firm where it wins (F,)."""
        return np.asarray(self.profits / self.wins)

    @property
    def prices(self) -> Array:
        """Expected where each firm wins (F,): who has the lowest cost says nothing of how low."""
        return np.asarray(self.lowest_cost + self.margins)

    @property
    def buyer_value(self) -> float:
        """v at which this reserve is the buyer's best: r + sum_i [S^(T-t_i) - S^T] / g, S = 1 - F
        and g = T f S^(T-1) at r."""
        S, total = float(self.costs.sf(self.reserve)), float(self.capacity.sum())
        density = total * float(self.costs.pdf(self.reserve)) * S ** (total - 1.0)
        return float(
            self.reserve + float((S ** (total - self.capacity) - S**total).sum()) / density
        )

    def buyer_cost(self, value: float) -> float:
        """What the buyer expects to pay, `value` where nobody sells."""
        return value * (1.0 - self.sells) + float(self.prices @ self.wins)

    def best_reserve(self, value: float) -> float:
        """r at which the buyer expects to pay least."""
        low = self._range[0]

        def cost(r: float) -> float:
            return CapacityAuction(self.costs, self.capacity, r).buyer_cost(value)

        near = low + 1e-6 * (value - low)
        best = minimize_scalar(
            cost, bounds=(near, value), method="bounded", options={"xatol": 1e-10}
        )
        return float(best.x)
