"""Sums over first choices j and second choices k: what would be chosen without j.

Who chose j and would then choose k is who chooses k without j, less who chooses k anyway:
N = sum_i w_i sum_jk W_jk P_ik (c_ijk - 1), P_ik c_ijk being the probability of k where j is not for
sale. In plain logit c_ij = 1 / (1 - P_ij). With nests (levels l = 1, 2, ..., L from outside, scales
lam_l, lam_0 = 1; l = 0 is everything), of the sum in its nest at level l j takes the part d_l,

    d_L = P_j / N_L,  d_l = (N_(l+1) / N_l) (1 - r_(l+1)),  r_l = (1 - d_l)^(lam_l / lam_(l-1)),

N_l being the probability of that nest, N_0 = 1. For k in j's nest down to level m, and no further,
log c = -log(1 - d_0) + sum_(1 <= l <= m) (lam_l / lam_(l-1) - 1) log(1 - d_l).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.choice import Nested
from inroads.choice.base import Array
from inroads.estimation.markets.market_state import MarketState


@dataclass(frozen=True)
class SecondChoiceWeights:
    """W_jk (B, J, J) of first choices j and second choices k, times `by_agent` (B, I) or less.

    nothing (B, J): W_j0, of those who would then buy nothing.
    """

    pairs: Array
    nothing: Array
    by_agent: Array

    def __mul__(self, other: Any) -> SecondChoiceWeights:
        return SecondChoiceWeights(
            self.pairs * other.pairs, self.nothing * other.nothing, self.by_agent * other.by_agent
        )

    def sum_of(self, state: MarketState) -> float:
        """N."""
        if isinstance(state.model, Nested):
            return _InNests.of(self, state).total
        return float(self._chosen(state)[0].sum())

    def slopes(self, state: MarketState, ddelta: Array) -> Array:
        """dN/dtheta (P,), delta moving by ddelta (B, J, P)."""
        if isinstance(state.model, Nested):
            in_P, in_rho = _InNests.of(self, state).slopes()
            dP = (state.probability_slope(k, ddelta[..., k]) for k in range(state.n_parameters))
            slopes = np.array([float((in_P * dP_k).sum()) for dP_k in dP])
            slopes[state.theta_slice.stop :] += in_rho[: state.levels]
            return slopes
        first, second, others = self._chosen(state)
        both = (first * others + first).sum(axis=-2, keepdims=True)
        return _along(state, first * others + second - state.P * both, ddelta)

    def pairs_of(self, state: MarketState) -> Array:
        """W_jk without j = k (B, J, J)."""
        J = state.P.shape[-2]
        shape = (*state.P.shape[:-1], J)
        return np.asarray(np.broadcast_to(self.pairs, shape) * (1 - np.eye(J)))

    def _chosen(self, state: MarketState) -> tuple[Array, Array, Array]:
        """sum_k and sum_j of w_i W_jk P_ij P_ik / (1 - P_ij) (B, J, I), and 1 / (1 - P_ij)."""
        P, w, W = state.P, (state.stack.w * self.by_agent)[..., None, :], self.pairs_of(state)
        others = 1.0 / (1.0 - P)
        none = state.none[..., None, :] * self.nothing[..., None]
        return w * P * others * (W @ P + none), w * P * (W.swapaxes(-1, -2) @ (P * others)), others


def _along(state: MarketState, Q: Array, ddelta: Array) -> Array:
    """sum_ij Q_ij da_ij/dtheta (P,) of a stack, a being utilities: delta, and searched tastes."""
    slopes = np.einsum("bj,bjp->p", Q.sum(axis=-1), ddelta)
    if state.columns:
        moved = np.einsum("bjn,bji->bin", state.x, Q)
        slopes[state.theta_slice] += (moved * state.coefficient_slopes).sum(axis=(0, 1))
    for n in state.slopes_by_product:
        slopes[state.theta_slice.start + n] += float((Q * state.utility_slope(n)).sum())
    return np.asarray(slopes)


@dataclass(frozen=True)
class _InNests:
    """The sum of a nested logit, and what it is made of (see above).

    P (B, J, I) and w (B, 1, I); W (L + 1, B, J, J): pairs that share a nest down to level m and no
    further, and their second choices (L + 1, B, J, I): sum_k W_jk P_k, W_j0 P_0 beside the first;
    N, d, r and log_c (L + 1, B, J, I) of levels 0 to L; powers (L, 1, J, 1): lam_l / lam_(l-1).
    """

    model: Nested
    P: Array
    w: Array
    W: Array
    nothing: Array
    second: Array
    N: Array
    d: Array
    r: Array
    powers: Array
    log_c: Array

    @classmethod
    def of(cls, weights: SecondChoiceWeights, state: MarketState) -> _InNests:
        """From weights over choices and a stack of markets."""
        model, P = state.model, state.P
        assert isinstance(model, Nested)
        same, L = model.same.astype(float), len(model.same)
        alone = (same.sum(axis=-1) == 1)[:, None, :, None]
        within = np.concatenate([np.ones((1, *same.shape[1:])), same, np.zeros_like(same[:1])])
        W = weights.pairs_of(state) * (within[:-1] - within[1:])[:, None]
        nothing = np.broadcast_to(weights.nothing, P.shape[:-1])[..., None]
        second = W @ P
        second[0] += nothing * state.none[..., None, :]
        N = np.concatenate([np.ones((1, *P.shape)), same[:, None] @ P])
        N = np.where(N > 0, N, 1.0)
        powers = (model.scale / _outer(model.scale))[:, None, :, None]
        d, r = np.empty_like(N), np.empty_like(N)
        r_inner, inner = 0.0, P
        for l in range(L, 0, -1):
            part = inner / N[l] * (1.0 - r_inner)
            # Of those who leave nothing nobody goes on within the nest: any number stands for c.
            gone = alone[l - 1] | (part >= 1.0)
            d[l] = np.where(gone, 0.0, part)
            r[l] = np.where(gone, 0.0, np.exp(powers[l - 1] * np.log1p(-d[l])))
            r_inner, inner = r[l], N[l]
        d[0] = r[0] = N[1] * (1.0 - r[1])
        steps = [-np.log1p(-d[0]), *((powers - 1) * np.log1p(-d[1:]))]
        w = (state.stack.w * weights.by_agent)[..., None, :]
        log_c = np.cumsum(steps, axis=0)
        return cls(model, P, w, W, nothing, second, N, d, r, powers, log_c)

    @property
    def total(self) -> float:
        """N."""
        return float((self.w * np.expm1(self.log_c) * self.second).sum())

    def slopes(self) -> tuple[Array, Array]:
        """dN/dP (B, J, I), and what rho (L,) moves beside P: from N back to what it is made of."""
        same, L = self.model.same.astype(float), len(self.model.same)
        more = self.w * np.expm1(self.log_c)
        in_P = (self.W.swapaxes(-1, -2) @ more).sum(axis=0)
        in_P -= (more[0] * self.nothing).sum(axis=-2, keepdims=True)
        # Of those with a second choice at level m or further in.
        in_log_c = self.w * np.exp(self.log_c) * self.second
        at_least = np.cumsum(in_log_c[::-1], axis=0)[::-1]
        in_N, in_powers = np.zeros_like(self.N), np.empty_like(self.d[1:])
        in_d = at_least[0] / (1.0 - self.d[0])
        in_N[1], in_r = in_d * (1.0 - self.r[1]), -in_d * self.N[1]
        for l in range(1, L + 1):
            power, log_left = self.powers[l - 1], np.log1p(-self.d[l])
            in_powers[l - 1] = (at_least[l] + in_r * self.r[l]) * log_left
            in_d = -((power - 1) * at_least[l] + in_r * power * self.r[l]) / (1.0 - self.d[l])
            in_d = np.where(self.r[l] == 0, 0.0, in_d)
            in_N[l] -= in_d * self.d[l] / self.N[l]
            r_inner, inner = (self.r[l + 1], self.N[l + 1]) if l < L else (0.0, self.P)
            in_inner, in_r = in_d * (1.0 - r_inner) / self.N[l], -in_d * inner / self.N[l]
            if l < L:
                in_N[l + 1] += in_inner
            else:
                in_P += in_inner
        in_P += (same[:, None] @ in_N[1:]).sum(axis=0)
        by_power = in_powers.sum(axis=(1, 3))
        scale, outer = self.model.scale, _outer(self.model.scale)
        in_rho = -(by_power / outer).sum(axis=-1)
        in_rho[:-1] += (by_power[1:] * scale[1:] / outer[1:] ** 2).sum(axis=-1)
        return in_P, in_rho


def _outer(scale: Array) -> Array:
    """lam_(l-1) (L, J) of levels 1 to L."""
    return np.vstack([np.ones(scale.shape[1]), scale[:-1]])
