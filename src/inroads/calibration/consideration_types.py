"""A choice model of cells whose consumers differ in what they consider, and how purchases move.

Utilities are taken for `ConsiderationDemand` at minus their mean utilities for prices, money
weighing one: so one kernel serves calibration and conduct.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, DemandCurve, Index, MarketDemand
from inroads.conduct.consideration_demand import (
    ConsiderationAtPrices,
    ConsiderationDemand,
    group_sums,
)


@dataclass(frozen=True, kw_only=True)
class ConsiderationTypes:
    """Types T within cells C: how often each is in a cell (C, T), the group of each offer (J,), and
    the utility that a type adds to a group (G, T), see `ConsiderationDemand`.

    A `CellModel`: in place of agents it takes cells, mu (J, C) and weights (C,).
    """

    probability: Array
    group: Index
    taste: Array

    @classmethod
    def none(cls, offers: int, cells: int) -> ConsiderationTypes:
        """Everyone considers every offer: a cell is an agent."""
        return cls(
            probability=np.ones((cells, 1)),
            group=np.zeros(offers, dtype=np.intp),
            taste=np.zeros((1, 1)),
        )

    def split(self, weights: Array) -> Array:
        """Weights (C,) of cells, split among types (C, T)."""
        return np.asarray(weights[:, None] * self.probability)

    def choices(self, mu: Array, weights: Array, delta: Array) -> ConsiderationAtPrices:
        """What is chosen at mean utilities delta (J,)."""
        demand = ConsiderationDemand(
            utility=mu,
            alpha=np.ones(mu.shape[-1]),
            weights=self.split(weights),
            group=self.group,
            taste=self.taste,
        )
        return demand.at_prices(-delta)

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        """Demand of one market (a leading axis of one) as a function of mean utilities."""
        cells, cell_weights = mu[0], weights[0]

        def at(delta: Array) -> MarketDemand:
            choices = self.choices(cells, cell_weights, delta[0])
            return MarketDemand(
                choices.shares[None],
                lambda: np.atleast_1d(choices.surplus),
                lambda: -choices.jacobian[None],
                lambda: choices.P[None],
            )

        return at

    def by_agent(self, mu: Array, weights: Array) -> tuple[Array, Array]:
        """mu (1, J, C) and weights (1, C) with an agent for each cell and type."""
        demand = self.choices(mu[0], weights[0], np.zeros(mu.shape[-2])).demand.by_agent
        return demand.utility[None], demand.weights[None]


def squares(choices: ConsiderationAtPrices) -> Array:
    """S = sum_t w_t P_t^2 (J, C): x^2 Z_gg."""
    group = choices.demand.group
    return np.asarray(choices.x**2 * choices.together[group, group])


def along(choices: ConsiderationAtPrices, du: Array, dw: Array) -> tuple[Array, Array]:
    """dQ and dS (J, C) as utilities of cells move along du (J, C), alike for all types, and weights
    along dw (C, T)."""
    demand, x, D = choices.demand, choices.x, choices.D
    group, odds, w = demand.group, demand.odds, demand.weights
    # Sums over offers, relative to what they are.
    dD = np.matmul(group_sums(demand, x * du).T, odds) / D
    dA = np.matmul((dw - w * dD) / D, odds.T).T
    dZ = np.matmul((dw - 2.0 * w * dD) / D**2, odds.T**2).T
    dQ = du * choices.purchases + x * dA[group]
    dS = 2.0 * du * squares(choices) + x**2 * dZ[group]
    return dQ, dS
