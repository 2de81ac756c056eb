"""Cournot where plants make several goods, within capacities, and firms may hold parts of others.

Offer j is what plant i makes of good g. Its marginal cost is c_j + d_j Q_i, Q_i all that the plant
makes, and its owner's condition is P_g + P_g' sum_k owns_jk q_k <= c_j + d_j Q_i + mu_i over offers
k of the same good, equal where q_j > 0; mu_i is what a unit more of capacity would bring.
Goods are joined by what plants make, not by buyers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.horizontal.homogeneous import InverseDemand
from inroads.numerics.complementarity import solve_complementarity
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class PlantGame:
    """demands (G,): of goods. good, plant (J,): of offers, numbered from 0.

    costs, cost_slopes (J,): c, d. capacity (I,): of plants, inf where there is no limit.
    """

    demands: Sequence[InverseDemand]
    good: Index
    plant: Index
    costs: Array
    cost_slopes: Array
    capacity: Array

    def prices(self, q: Array) -> Array:
        """P of the good of each offer (J,)."""
        return self._of_goods(q)[0]

    def marginal_costs(self, q: Array) -> Array:
        """c_j + d_j Q_i (J,)."""
        return np.asarray(self.costs + self.cost_slopes * (self._same_plant @ q))

    def wedge(self, q: Array, owns: Array) -> Array:
        """-P' times what owners count of the good (J,): price less marginal cost where free."""
        _, slope, _ = self._of_goods(q)
        return np.asarray(-slope * ((owns * self._same_good) @ q))

    def solve(self, owns: Array, start: Array, moving: Mask | None = None) -> Solution[Array]:
        """q (J,) in equilibrium of sellers that count owns (J, J), from a start (J,).

        moving (J,): outputs that are chosen, all unless given; the others stay as they begin.
        """
        chosen = np.ones(len(start), dtype=bool) if moving is None else moving
        limited = np.flatnonzero(np.isfinite(self.capacity))
        makes = (self.plant == limited[:, None]).astype(float)
        J = len(start)

        def condition(x: Array) -> tuple[Array, Array]:
            q, mu = x[:J], x[J:]
            P, slope, bend = self._of_goods(q)
            counted = owns * self._same_good
            rivals = counted @ q
            F = self.marginal_costs(q) - P - slope * rivals + makes.T @ mu
            D = (
                self.cost_slopes[:, None] * self._same_plant
                - (slope + bend * rivals)[:, None] * self._same_good
                - slope[:, None] * counted
            )
            F = np.where(chosen, F, steep[self.good] * (q - start))
            D = np.where(chosen[:, None], D, np.diag(steep[self.good]))
            priced = np.where(chosen[:, None], makes.T, 0.0)
            room = self.capacity[limited] - makes @ q
            corner = np.zeros((len(limited), len(limited)))
            return np.concatenate([F, room]), np.block([[D, priced], [-makes, corner]])

        steep = np.array([-d.slope(d.quantity) for d in self.demands])
        scale = np.concatenate([steep[self.good], np.ones(len(limited)) / steep.mean()])
        begin = np.concatenate([start, np.zeros(len(limited))])
        solution = solve_complementarity(condition, begin, scale=scale)
        return Solution(solution.value[:J], solution.status, solution.residual, solution.iterations)

    def is_full(self, q: Array) -> Mask:
        """What is made (J,) by plants at capacity."""
        return self._room(q)[self.plant] <= 1e-9

    def is_possible(self, q: Array) -> bool:
        """Whether plants can make q (J,)."""
        return bool((self._room(q) >= -1e-9).all())

    def _room(self, q: Array) -> Array:
        """What is left of capacity (I,), a fraction."""
        return 1.0 - np.bincount(self.plant, q, minlength=len(self.capacity)) / self.capacity

    @property
    def _same_good(self) -> Array:
        return np.asarray((self.good[:, None] == self.good).astype(float))

    @property
    def _same_plant(self) -> Array:
        return np.asarray((self.plant[:, None] == self.plant).astype(float))

    def _of_goods(self, q: Array) -> tuple[Array, Array, Array]:
        """P, P', P'' of the good of each offer (J,)."""
        totals = np.bincount(self.good, q, minlength=len(self.demands))
        # Demand of constant elasticity has no price at nothing.
        totals = np.maximum(totals, [1e-9 * d.quantity for d in self.demands])
        rows = [(d.at(Q), d.slope(Q), d.bend(Q)) for d, Q in zip(self.demands, totals, strict=True)]
        P, slope, bend = np.array(rows)[self.good].T
        return P, slope, bend
