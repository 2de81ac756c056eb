"""Mixed logit: logit probabilities agent by agent, with agents' own choice sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.model import Array, DemandCurve, MarketDemand, demand_of

# Beyond this spread of utilities exp() would over- or underflow against a common reference.
_SAFE_SPREAD = 300.0


@dataclass(frozen=True)
class Logit:
    """P_ij = exp(u_ij) / (exp(u_i0) + sum_k exp(u_ik)); McFadden (1974)."""

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Probabilities (..., J, I) and inclusive values (..., I), safe from overflow."""
        u = np.asarray(utility, dtype=np.float64)
        u0 = np.asarray(outside, dtype=np.float64)
        top = np.maximum(u.max(axis=-2, initial=-np.inf), u0)
        P = np.exp(u - top[..., None, :])
        total = np.exp(u0 - top) + P.sum(axis=-2)
        P /= total[..., None, :]
        return P, top + np.log(total)

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        """MarketDemand at delta + mu with exp(mu) taken once, and no probability formed.

        With D = exp(delta), E = exp(mu) and T_i = E_i0 + sum_j D_j E_ij, shares are
        D_j sum_i E_ij w_i / T_i and the Jacobian needs one product of E: D_j D_k sum_i E_ij E_ik
        w_i / T_i^2 off the diagonal.
        """
        top = np.maximum(mu.max(axis=-2), outside)
        E, E0 = np.exp(mu - top[..., None, :]), np.exp(outside - top)
        # exp(delta) may be taken apart from exp(mu) only if no agent's best offer is lost to
        # underflow: exponents must stay within range for every delta tried.
        depth = (mu - top[..., None, :]).min(where=np.isfinite(mu), initial=0.0)
        depth = min(float(depth), float((outside - top).min()))

        def at(delta: Array) -> MarketDemand:
            high = np.maximum(delta.max(axis=-1), 0.0)[..., None]
            spread = float((high[..., 0] - np.minimum(delta.min(axis=-1), 0.0)).max())
            if spread - depth > _SAFE_SPREAD:
                return demand_of(self, delta[..., None] + mu, weights, outside)
            D = np.exp(delta - high)
            none = E0 * np.exp(-high)
            T = none + np.matmul(D[..., None, :], E)[..., 0, :]
            weighted = weights / T
            s = D * np.matmul(E, weighted[..., None])[..., 0]

            def jacobian() -> Array:
                A = E * (np.sqrt(weights) / T)[..., None, :]
                J, agents = E.shape[-2:]
                # D goes to the smaller of the two sides.
                if agents <= J:
                    A *= D[..., None]
                G = A @ A.swapaxes(-1, -2)
                if agents > J:
                    G *= D[..., None]
                    G *= D[..., None, :]
                np.negative(G, out=G)
                to_none = D * np.matmul(E, (weighted * none / T)[..., None])[..., 0]
                return _balanced(G, to_none)

            return MarketDemand(s, ((top + high + np.log(T)) * weights).sum(axis=-1), jacobian)

        return at

    def kernel(self, P: Array, c: Array) -> Array:
        """G(c) = diag(P c) - P diag(c) P'.

        The diagonal is taken from the columns' sums, sum_j G_jk = sum_i c_ik P_ik P_i0, so that
        G stays diagonally dominant where agents are nearly certain and P_ij (1 - P_ij) cancels.
        """
        P0 = np.maximum(1.0 - P.sum(axis=-2), 0.0)
        to_none = offer_sums(P, c * P0 if c.ndim < P.ndim else c * P0[..., None, :])
        return _balanced(-weighted_product(P, c), to_none)


def _balanced(G: Array, to_none: Array) -> Array:
    """G with the diagonal that makes each column sum to what goes to the outside option."""
    diagonal = np.einsum("...jj->...j", G)
    diagonal[...] = 0.0
    diagonal[...] = to_none - G.sum(axis=-2)
    return G


def offer_sums(P: Array, c: Array) -> Array:
    """sum_i c_ij P_ij (..., J) for c (..., I) or (..., J, I)."""
    if c.ndim < P.ndim:
        return np.asarray(np.matmul(P, c[..., None])[..., 0])
    return np.asarray((P * c).sum(axis=-1))


def weighted_product(P: Array, c: Array) -> Array:
    """sum_i P_ij c_ik P_ik (..., J, J); the cheap symmetric product where c >= 0 is (..., I)."""
    if c.ndim < P.ndim and (c >= 0).all():
        A = P * np.sqrt(c)[..., None, :]
        return np.asarray(A @ A.swapaxes(-1, -2))
    right = P * (c if c.ndim == P.ndim else c[..., None, :])
    return np.asarray(P @ right.swapaxes(-1, -2))
