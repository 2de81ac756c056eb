"""What a firm would earn at other prices of its own, all other prices held.

One class a kind of demand. Closed forms spare evaluating the market anew for every price tried:
only what the moved offers are worth to each consumer changes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from inroads.choice import Logit
from inroads.choice.base import Array, Index
from inroads.conduct.consideration_demand import (
    ConsiderationAtPrices,
    ConsiderationDemand,
    group_sums,
)
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.conduct.retail_pricing import Conditions

# Numbers held at once (trials x offers x agents): what a processor's cache holds.
_AT_ONCE = 250_000


class MovedProfits(ABC):
    """Profits of firm f, given everybody else's prices `at` a point."""

    def __init__(self, at: Conditions, f: int) -> None:
        self.at, self.f = at, f

    @abstractmethod
    def alone(self, moving: Index, prices: Array) -> Array:
        """Profits (n, R) where each of the offers `moving` (R,) alone is sold at prices (n, R)."""

    @abstractmethod
    def together(self, moving: Index, prices: Array) -> Array:
        """Profits (n,) where the offers `moving` (R,) are sold at prices (n, R) at once."""

    def _odds(self, demand: PricedDemand | ConsiderationDemand, moving: Index, by: Array) -> Array:
        """By what each offer's odds change where its price moves by (n, R): (n, R, I or C)."""
        alpha = demand.alpha[moving] if demand.alpha_by_offer else demand.alpha
        return np.exp(np.minimum(-alpha * by[..., None], 700.0))

    def _margins_ahead(self, moving: Index, by: Array) -> Array:
        """By what the firm's margins rise (n, R, 1)."""
        share = self.at.retail.stakes.retail_price_share[self.f, moving]
        return np.asarray((share * by)[..., None])


def moved_profits(at: Conditions, f: int) -> MovedProfits:
    """Of the kind that goes with demand."""
    if isinstance(at.choices, ConsiderationAtPrices):
        return MovedByType(at, f)
    choices = at.choices
    # Closed forms are for utility that is linear in price.
    is_logit = type(choices) is DemandAtPrices and isinstance(choices.demand.model, Logit)
    return (MovedInLogit if is_logit else MovedInAnyModel)(at, f)


class MovedInAnyModel(MovedProfits):
    """Every price tried is a world of its own."""

    def alone(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        trial = np.tile(self.at.prices, (*prices.shape, 1))
        trial[:, np.arange(len(moving)), moving] = prices
        return self._profits(trial.reshape(-1, trial.shape[-1])).reshape(prices.shape)

    def together(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        trial = np.tile(self.at.prices, (len(prices), 1))
        trial[:, moving] = prices
        return self._profits(trial)

    def _profits(self, trial: Array) -> Array:
        choices = self.at.choices
        shelf = self.at.is_set | (choices.shares > 0)
        size = choices.P.size if isinstance(choices, DemandAtPrices) else shelf.size**2
        chunk = max(1, _AT_ONCE // size)
        return np.concatenate(
            [
                self.at.retail.conditions(prices, self.at.wholesale, shelf).profits[:, self.f]
                for prices in np.split(trial, range(chunk, len(trial), chunk))
            ]
        )


class MovedInLogit(MovedProfits):
    """Mixed logit: with e = exp(-a dp), all probabilities are over 1 + sum_k P_k (e_k - 1), k the
    offers that move."""

    def __init__(self, at: Conditions, f: int) -> None:
        super().__init__(at, f)
        assert isinstance(at.choices, DemandAtPrices)
        self.choices, own = at.choices, at.retail.stakes.agent_stakes.get(f)
        self.stake = at.margins[f][:, None] + (0.0 if own is None else own)
        self.earned = np.einsum(
            "ji,ji->i", np.broadcast_to(self.stake, at.choices.P.shape), at.choices.P
        )

    def alone(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        chunk = max(1, _AT_ONCE // (len(prices) * self.choices.P.shape[-1]))
        parts = range(chunk, len(moving), chunk)
        pairs = zip(np.split(moving, parts), np.split(prices, parts, axis=1), strict=True)
        return np.concatenate([self._few_alone(*pair) for pair in pairs], axis=1)

    def _few_alone(self, moving: Index, prices: Array) -> Array:
        more, earned = self._changes(moving, prices)
        earned += self.earned
        earned /= 1.0 + more
        return np.asarray(earned @ self.choices.demand.weights)

    def together(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        more, earned = self._changes(moving, prices)
        total = (self.earned + earned.sum(axis=1)) / (1.0 + more.sum(axis=1))
        return np.asarray(total @ self.choices.demand.weights)

    def _changes(self, moving: Index, prices: Array) -> tuple[Array, Array]:
        """What each moved offer adds to the sum of odds, and to what is earned of it (n, R, I)."""
        P, stake, by = self.choices.P[moving], self.stake[moving], prices - self.at.prices[moving]
        e = self._odds(self.choices.demand, moving, by)
        return P * (e - 1.0), P * (e * (stake + self._margins_ahead(moving, by)) - stake)


class MovedByType(MovedProfits):
    """Cells and types: x_k becomes x_k e_k, in the sums over offers and in what they bring."""

    def __init__(self, at: Conditions, f: int) -> None:
        super().__init__(at, f)
        assert isinstance(at.choices, ConsiderationAtPrices)
        self.choices, own = at.choices, at.retail.stakes.agent_stakes.get(f, 0.0)
        self.stake = np.broadcast_to(at.margins[f][:, None] + own, at.choices.x.shape)
        demand = at.choices.demand
        #: what each cell and type earns the firm, over its sum of odds (C, T)
        self.earned = np.matmul(group_sums(demand, self.stake * at.choices.x).T, demand.odds)

    def alone(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        out = np.empty(prices.shape)
        for g in np.unique(self.choices.demand.group[moving]):
            own = np.flatnonzero(self.choices.demand.group[moving] == g)
            out[:, own] = self._group_alone(int(g), moving[own], prices[:, own])
        return out

    def _group_alone(self, g: int, moving: Index, prices: Array) -> Array:
        """Of offers of one group: types that do not know it are what they were."""
        demand, D = self.choices.demand, self.choices.D
        know = demand.odds[g] > 0
        y, w, D_know = demand.odds[g, know], demand.weights[:, know], D[:, know]
        rest = float((demand.weights * self.earned / D)[:, ~know].sum())
        sums = np.stack([w * self.earned[:, know], w * y], axis=-1)
        chunk = max(1, _AT_ONCE // (len(prices) * D_know.size))
        parts = range(chunk, len(moving), chunk)
        out = []
        for own, few in zip(np.split(moving, parts), np.split(prices, parts, axis=1), strict=True):
            more, brings = (c.reshape(-1, c.shape[-1]).T for c in self._changes(own, few))
            inverse = D_know[:, None, :] + (
                more[..., None] if (y == 1).all() else more[..., None] * y
            )
            np.reciprocal(inverse, out=inverse)
            by_cell = np.matmul(inverse, sums)
            profit = by_cell[..., 0].sum(axis=0) + (by_cell[..., 1] * brings).sum(axis=0)
            out.append(profit.reshape(few.shape) + rest)
        return np.concatenate(out, axis=1)

    def together(self, moving: Index, prices: Array) -> Array:
        """See `MovedProfits`."""
        demand, total = self.choices.demand, self.choices.D
        more, brings = self._changes(moving, prices)
        by_group: list[tuple[Array, Array]] = []
        for g in np.unique(demand.group[moving]):
            own = demand.group[moving] == g
            total = total + more[:, own].sum(axis=1)[..., None] * demand.odds[g]
            by_group.append((brings[:, own].sum(axis=1), demand.odds[g]))
        per_sum = demand.weights / total
        profit = np.einsum("nct,ct->n", per_sum, self.earned)
        for earned, odds in by_group:
            profit += ((per_sum @ odds) * earned).sum(axis=-1)
        return np.asarray(profit)

    def _changes(self, moving: Index, prices: Array) -> tuple[Array, Array]:
        """What each moved offer adds to its group's sum, and to what the group brings (n, R, C)."""
        x, stake, by = self.choices.x[moving], self.stake[moving], prices - self.at.prices[moving]
        e = self._odds(self.choices.demand, moving, by)
        return x * (e - 1.0), x * (e * (stake + self._margins_ahead(moving, by)) - stake)
