"""Sums over the consumers of a stack of markets, and what moves them.

A sum is N = sum_i w_i sum_j P_ij W_ij, j from 0, the outside option; if utilities move by a_ij (and
a_i0 = 0), dN = sum_ij Q_ij a_ij with Q_ij = w_i P_ij (W_ij - sum_k P_ik W_ik). Those over first and
second choices are `second_choices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.choice import Nested
from inroads.choice.base import Array
from inroads.estimation.markets.market_state import MarketState


@dataclass(frozen=True)
class ChoiceWeights:
    """W_ij = by_product_j by_agent_i of products, and of the outside option.

    by_product (B, J); by_agent and outside (B, I); by_choice (B, J, I) multiplies W where it is no
    such product; or what broadcasts to these.
    """

    by_product: Array
    by_agent: Array
    outside: Array
    by_choice: Array | None = None

    def __mul__(self, other: Any) -> ChoiceWeights:
        both = [c for c in (self.by_choice, other.by_choice) if c is not None]
        return ChoiceWeights(
            self.by_product * other.by_product,
            self.by_agent * other.by_agent,
            self.outside * other.outside,
            None if not both else both[0] if len(both) == 1 else both[0] * both[1],
        )

    @property
    def lowest(self) -> float:
        """The lowest W."""
        products = [float(np.min(x)) for x in (self.by_product, self.by_agent)]
        choices = [] if self.by_choice is None else [float(np.min(self.by_choice))]
        return min(*products, float(np.min(self.outside)), *choices)

    def _chosen(self, state: MarketState) -> Array:
        """P_ij, times what is no product (B, J, I)."""
        return state.P if self.by_choice is None else state.P * self.by_choice

    def _mean(self, state: MarketState) -> Array:
        """sum_j P_ij W_ij (B, I)."""
        by_product = np.broadcast_to(self.by_product, state.P.shape[:-1])
        inside = np.matmul(by_product[..., None, :], self._chosen(state))[..., 0, :]
        return np.asarray(self.by_agent * inside + self.outside * state.none)

    def sum_of(self, state: MarketState) -> float:
        """N."""
        return float((state.stack.w * self._mean(state)).sum())

    def slopes(self, state: MarketState, ddelta: Array) -> Array:
        """dN/dtheta (P,), delta moving by ddelta (B, J, P)."""
        w, P, chosen = state.stack.w, state.P, self._chosen(state)
        if isinstance(state.model, Nested) or state.slopes_by_product:
            W = np.asarray(self.by_product)[..., None] * np.asarray(self.by_agent)[..., None, :]
            W = W if self.by_choice is None else W * self.by_choice
            gain = w[..., None, :] * (W - np.asarray(self.outside)[..., None, :])
            dP = (state.probability_slope(k, ddelta[..., k]) for k in range(state.n_parameters))
            return np.array([float((gain * dP_k).sum()) for dP_k in dP])
        # Q_ji = w_i (W_ji - mean_i) P_ji, never formed.
        wu, wm = (w * x for x in (self.by_agent, self._mean(state)))
        Q_j = self.by_product * (chosen @ wu[..., None])[..., 0] - (P @ wm[..., None])[..., 0]
        slopes = np.einsum("bj,bjp->p", Q_j, ddelta)
        if state.columns:
            x = state.x * np.asarray(self.by_product)[..., None]
            moved = wu[..., None] * (chosen.swapaxes(-1, -2) @ x)
            moved -= wm[..., None] * state.mean_characteristics
            slopes[state.theta_slice] += (moved * state.coefficient_slopes).sum(axis=(0, 1))
        return np.asarray(slopes)
