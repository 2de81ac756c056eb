"""Mixed logit: logit probabilities agent by agent, with agents' own choice sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.model import Array, Evaluator

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

    def prepare(self, mu: Array, outside: Array) -> Evaluator:
        """Evaluate at delta + mu with exp(mu) taken once: only J exponentials a call."""
        outside = np.broadcast_to(outside, np.broadcast_shapes(mu[..., 0, :].shape, outside.shape))
        top = np.maximum(mu.max(axis=-2), outside)
        E = np.exp(mu - top[..., None, :])
        E0 = np.exp(outside - top)
        # exp(delta) may be taken apart from exp(mu) only if no agent's best offer is lost to
        # underflow: its exponent must stay within the range for every delta tried.
        lowest = float(
            (np.minimum(mu, top[..., None, :]) - top[..., None, :]).min(
                where=np.isfinite(mu), initial=0.0
            )
        )
        lowest = min(lowest, float((outside - top).min()))

        def at(delta: Array) -> tuple[Array, Array]:
            high = np.maximum(delta.max(axis=-1), 0.0)
            spread = float((high - np.minimum(delta.min(axis=-1), 0.0)).max())
            if spread - lowest > _SAFE_SPREAD:
                return self.evaluate(delta[..., None] + mu, outside)
            P = E * np.exp(delta - high[..., None])[..., None]
            total = E0 * np.exp(-high)[..., None] + P.sum(axis=-2)
            P /= total[..., None, :]
            return P, top + high[..., None] + np.log(total)

        return at

    def kernel(self, P: Array, c: Array) -> Array:
        """G(c) = diag(P c) - P diag(c) P'.

        The diagonal is taken from the columns' sums, sum_j G_jk = sum_i c_ik P_ik P_i0, so that
        G stays diagonally dominant where agents are nearly certain and P_ij (1 - P_ij) cancels.
        """
        G = -weighted_product(P, c)
        diagonal = np.einsum("...jj->...j", G)
        diagonal[...] = 0.0
        P0 = np.maximum(1.0 - P.sum(axis=-2), 0.0)
        diagonal[...] = offer_sums(P, (c * P0 if c.ndim < P.ndim else c * P0[..., None, :])) - (
            G.sum(axis=-2)
        )
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
