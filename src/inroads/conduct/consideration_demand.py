"""Demand of cells of consumers who differ, within a cell, in which offers they consider.

A consumer of cell c and type t has utility v_jc - alpha_jc p_j + tau_gt for an offer j of group g
(a brand that not everyone knows, or 0: all others), tau being -inf where it does not know the
group. With x_jc = exp(v_jc - alpha_jc p_j) and y_gt = exp(tau_gt),

    P_jct = x_jc y_gt / D_ct,        D_ct = 1 + sum_g y_gt X_gc,        X_gc = sum_{j in g} x_jc.

So sums over consumers need the probabilities of no consumer: types enter by
A_gc = sum_t w_ct y_gt / D_ct and Z_ghc = sum_t w_ct y_gt y_ht / D_ct^2 alone, and the work grows
with cells plus types, not with their product. It is `PricedDemand` with cells x types agents,
number by number (`ConsiderationDemand.by_agent`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inroads.choice.base import ALL, Array, Index, Mask
from inroads.conduct.priced_demand import PricedDemand, select_worlds

# Beyond these odds, in logarithms, an offer that few know is not told apart from better ones.
_MOST = 300.0
# What is left of a sum once offers are gone, below which it is not right to the last digits.
_LEAST = 1e-250


@dataclass(frozen=True, kw_only=True)
class ConsiderationDemand:
    """Cells C, types T of consideration, offers J in groups G.

    utility (J, C): v, at price zero; -inf where an offer cannot be used. alpha (C,) or (J, C):
    marginal utility of money. weights (..., C, T): of cells and types, summing to one. group (J,):
    of each offer, in 0..G-1; group 0 is known to all. taste (G, T): utility that a type adds to a
    group, -inf where it does not know it; zero for group 0. The outside option has utility zero.
    """

    utility: Array
    alpha: Array
    weights: Array
    group: Index
    taste: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(J,)."""
        return self.utility.shape[:-1]

    @property
    def alpha_by_offer(self) -> bool:
        """Whether alpha differs from offer to offer."""
        return self.alpha.ndim == self.utility.ndim

    @property
    def money_per_util(self) -> float:
        """The money that a unit of utility is worth, at the mean marginal utility of money."""
        return float(1.0 / np.mean(self.alpha))

    def select(self, worlds: Mask) -> ConsiderationDemand:
        """Demand in some of the worlds (...), which become one leading axis."""
        return replace(self, weights=select_worlds(self.weights, worlds, 2))

    @cached_property
    def odds(self) -> Array:
        """y (G, T)."""
        return np.asarray(np.exp(self.taste))

    @cached_property
    def pair_odds(self) -> Array:
        """y_gt y_ht (T, G G)."""
        y = self.odds
        return np.ascontiguousarray((y[:, None] * y).reshape(-1, y.shape[1]).T)

    @cached_property
    def members(self) -> list[Index]:
        """The offers of each group."""
        return [np.flatnonzero(self.group == g) for g in range(len(self.taste))]

    @cached_property
    def membership(self) -> Array:
        """(G, J): one where offer j is of group g."""
        return np.asarray((np.arange(len(self.taste))[:, None] == self.group).astype(float))

    @cached_property
    def by_agent(self) -> PricedDemand:
        """The same with an agent for each cell and type, cells first (I = C T)."""
        types = self.taste.shape[1]
        utility = np.repeat(self.utility, types, axis=-1)
        utility = utility + np.tile(self.taste[self.group], self.utility.shape[-1])
        weights = self.weights.reshape(*self.weights.shape[:-2], -1)
        return PricedDemand(
            utility=utility, alpha=np.repeat(self.alpha, types, axis=-1), weights=weights
        )

    def at_prices(self, prices: Array, present: Mask | None = None) -> ConsiderationAtPrices:
        """What consumers choose at prices (..., J), of the offers `present` (..., J)."""
        alpha = self.alpha if self.alpha_by_offer else self.alpha[None, :]
        u = self.utility - alpha * prices[..., None]
        if present is not None:
            u = np.where(present[..., None], u, -np.inf)
        # What everyone knows bounds every type's sum from below.
        top = np.maximum(u[..., self.members[0], :].max(axis=-2, initial=0.0), 0.0)
        x = np.exp(np.minimum(u - top[..., None, :], _MOST))
        none = np.exp(-top)
        X = group_sums(self, x)
        D = none[..., None] + np.matmul(X.swapaxes(-1, -2), self.odds)
        return ConsiderationAtPrices(demand=self, prices=prices, x=x, none=none, D=D)


@dataclass(frozen=True, kw_only=True)
class ConsiderationAtPrices:
    """Choices at prices (..., J): x (..., J, C), of which none (..., C) is that of the outside
    option, and D (..., C, T), all relative to the same factor of each cell."""

    demand: ConsiderationDemand
    prices: Array
    x: Array
    none: Array
    D: Array

    def among(self, present: Mask, demand: ConsiderationDemand) -> ConsiderationAtPrices:
        """The same at the same prices where only `present` (..., J) are on the shelf, of those here
        already, for the same cells with other weights: what is left of each sum is summed anew."""
        x = self.x * present[..., None]
        X = group_sums(demand, x)
        D = self.none[..., None] + np.matmul(X.swapaxes(-1, -2), demand.odds)
        prices = np.broadcast_to(self.prices, present.shape)
        if not D.min(initial=1.0) > _LEAST:
            return demand.at_prices(prices, present)
        return ConsiderationAtPrices(demand=demand, prices=prices, x=x, none=self.none, D=D)

    @property
    def alpha(self) -> Array:
        """(C,) or (J, C)."""
        return self.demand.alpha

    @property
    def by_offer(self) -> Array:
        """alpha as (1, C) or (J, C)."""
        return self.alpha if self.demand.alpha_by_offer else self.alpha[None, :]

    @cached_property
    def _per_sum(self) -> Array:
        """w / D (..., C, T)."""
        return np.asarray(self.demand.weights / self.D)

    @cached_property
    def _chosen(self) -> Array:
        """A (..., G, C)."""
        return np.asarray(np.matmul(self.demand.odds, self._per_sum.swapaxes(-1, -2)))

    @cached_property
    def together(self) -> Array:
        """Z (..., G, G, C): how far types that choose of two groups are the same."""
        return self._pairs(self._per_sum / self.D)

    def _pairs(self, weights: Array) -> Array:
        """sum_t weights_ct y_gt y_ht (..., G, G, C)."""
        sums = np.matmul(weights, self.demand.pair_odds).swapaxes(-1, -2)
        groups = len(self.demand.taste)
        return np.ascontiguousarray(sums).reshape(*sums.shape[:-2], groups, groups, sums.shape[-1])

    @cached_property
    def purchases(self) -> Array:
        """Purchases by cell (..., J, C): probabilities times weights, types summed."""
        return np.asarray(self.x * self._chosen[..., self.demand.group, :])

    @cached_property
    def shares(self) -> Array:
        """s (..., J)."""
        return np.asarray(self.purchases.sum(axis=-1))

    @property
    def none_share(self) -> Array:
        """The share (...) that chooses no offer."""
        return np.asarray((self._per_sum * self.none[..., None]).sum(axis=(-1, -2)))

    @property
    def P(self) -> Array:
        """Probabilities by agent (..., J, I), as `ConsiderationDemand.by_agent` has them."""
        y = self.demand.odds[self.demand.group]
        P = self.x[..., None] * (y[:, None, :] / self.D[..., None, :, :])
        return np.asarray(P.reshape(*P.shape[:-2], -1))

    @cached_property
    def inclusive(self) -> Array:
        """Inclusive values by agent (..., I)."""
        values = np.log(self.D / self.none[..., None])
        return np.asarray(values.reshape(*values.shape[:-2], -1))

    @property
    def surplus(self) -> Array:
        """Consumer surplus in money per consumer (...), at alpha of cash."""
        alpha = self.alpha.max(axis=0) if self.demand.alpha_by_offer else self.alpha
        by_cell = (self.demand.weights * np.log(self.D / self.none[..., None])).sum(axis=-1)
        return np.asarray((by_cell / alpha).sum(axis=-1))

    @cached_property
    def _slopes(self) -> Array:
        """`own_slope` by cell (..., J, C)."""
        return np.asarray(self.by_offer * self.purchases)

    @cached_property
    def own_slope(self) -> Array:
        """(..., J), positive: how fast shares fall in own price, other offers apart."""
        return np.asarray(self._slopes.sum(axis=-1))

    @cached_property
    def _money(self) -> Array:
        """alpha x (..., J, C)."""
        return np.asarray(self.by_offer * self.x)

    def _beside(self, g: int) -> Array:
        """alpha_k x_k Z_g,g(k) (..., J, C)."""
        if g not in self._besides:
            self._besides[g] = self.together[..., g, :, :].take(self.demand.group, axis=-2)
            self._besides[g] *= self._money
        return self._besides[g]

    @cached_property
    def _besides(self) -> dict[int, Array]:
        return {}

    @cached_property
    def jacobian(self) -> Array:
        """ds_j/dp_k (..., J, J), row j the share; the diagonal from what goes to no offer."""
        d, J = self.demand, self.x.shape[-2]
        out = np.empty((*self.x.shape[:-2], J, J))
        for g, members in enumerate(d.members):
            if len(members):
                right = self._beside(g).swapaxes(-1, -2)
                out[..., members, :] = np.matmul(self.x[..., members, :], right)
        to_none = np.matmul(self._per_sum / self.D, d.odds.T).swapaxes(-1, -2)
        to_none = to_none[..., d.group, :] * self.none[..., None, :]
        diagonal = np.einsum("...jj->...j", out)
        diagonal[...] = 0.0
        diagonal[...] = -(self._money * to_none).sum(axis=-1) - out.sum(axis=-2)
        return out

    def mean(self, stake: Array) -> Array:
        """The mean (...) of a stake (..., J, C) in what is bought."""
        return np.asarray(np.einsum("...jc,...jc->...", self.purchases, stake))

    def gradient(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d mean(stake) / dp (..., R), the stakes (..., J, C) held."""
        S = group_sums(self.demand, stake * self.x)
        own = np.einsum("...jc,...jc->...j", stake[..., rows, :], self._slopes[..., rows, :])
        return np.asarray(self._lost(S, rows) - own)

    def gradient_of_margins(self, margins: Array) -> Array:
        """`gradient` (..., J) of stakes (..., J) that are alike for all cells."""
        S = np.matmul(margins[..., None, :] * self.demand.membership, self.x)
        return np.asarray(self._lost(S, ALL) - margins * self.own_slope)

    def _lost(self, S: Array, rows: Index | slice) -> Array:
        """sum_c alpha_k x_k sum_h Z_g(k),h S_h (..., R): what buyers of k would have brought."""
        mean = np.einsum("...ghc,...hc->...gc", self.together, S)
        mean = mean.take(self.demand.group[rows], axis=-2)
        return np.asarray(np.einsum("...jc,...jc->...j", self._money[..., rows, :], mean))

    def _net(self, stake: Array, rows: Index | slice, group: Index) -> Array:
        """What is earned by a purchase, less what its buyers would have brought (..., R, C)."""
        S = group_sums(self.demand, stake * self.x)
        mean = np.einsum("...ghc,...hc->...gc", self.together, S)
        return np.asarray(stake[..., rows, :] * self._chosen[..., group, :] - mean[..., group, :])

    def curvature(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d gradient(stake)_k / dp_l (..., R, J), the stakes (..., J, C) held."""
        d, R = self.demand, np.arange(self.x.shape[-2])[rows]
        S = group_sums(d, stake * self.x)
        mean = np.matmul(S.swapaxes(-1, -2), d.odds) / self.D
        U = self._pairs(self._per_sum / self.D * mean)
        out = np.empty((*self.x.shape[:-2], len(R), self.x.shape[-2]))
        staked = self._money * stake
        for g in np.unique(d.group[R]):
            of_group = np.flatnonzero(d.group[R] == g)
            j = R[of_group]
            beside = self._beside(int(g))
            more = (2.0 * U[..., g, :, :]).take(d.group, axis=-2)
            more *= self._money
            np.subtract(stake * beside, more, out=more)
            out[..., of_group, :] = -(
                np.matmul(staked[..., j, :], beside.swapaxes(-1, -2))
                + np.matmul(self._money[..., j, :], more.swapaxes(-1, -2))
            )
        own = self._net(stake, R, d.group[R]) * self._money[..., R, :]
        alpha = self.by_offer[R] if d.alpha_by_offer else self.by_offer
        out[..., np.arange(len(R)), R] += (alpha * own).sum(axis=-1)
        return out

    def own_curvature(self, stakes: Array) -> Array:
        """The curvature (..., J, J) whose row k is taken for the stakes (..., J, J) of its own."""
        J = self.x.shape[-2]
        out = np.empty((*self.x.shape[:-2], J, J))
        rows_by_stake: dict[bytes, list[int]] = {}
        for k in range(J):
            rows_by_stake.setdefault(stakes[..., k, :].tobytes(), []).append(k)
        for rows in rows_by_stake.values():
            stake = np.broadcast_to(stakes[..., rows[0], :, None], self.x.shape)
            out[..., rows, :] = self.curvature(stake, np.array(rows))
        return out


def group_sums(demand: ConsiderationDemand, values: Array) -> Array:
    """(..., J, C) summed to (..., G, C)."""
    return np.asarray(np.matmul(demand.membership, values))
