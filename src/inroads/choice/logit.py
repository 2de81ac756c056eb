"""Mixed logit: logit probabilities agent by agent, with agents' own choice sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import ALL, Array, DemandCurve, Index, MarketDemand, demand_of

# Its exponential squared is far from overflow, that of its negative from underflow.
_SMALL_UTILITY = 100.0
# A smaller sum of exp(utility), against a common reference, may have lost terms to underflow.
_LEAST_TOTAL = 1e-100


@dataclass(frozen=True)
class Logit:
    """Mixed logit: P_ij = exp(u_ij) / (exp(u_i0) + sum_k exp(u_ik)), agent by agent.

    References
    ----------
    McFadden, D. (1974), Conditional logit analysis of qualitative choice behavior, in Zarembka, P.
    (ed.), Frontiers in Econometrics.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.choice import Logit
    >>> P, inclusive = Logit().evaluate(np.zeros((3, 2)))  # three offers, two agents
    >>> P[:, 0]
    array([0.25, 0.25, 0.25])
    """

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
        """MarketDemand at delta + mu with exp(mu) taken once.

        With D = exp(delta), E = exp(mu) and T_i = E_i0 + sum_j D_j E_ij, shares are
        D_j sum_i E_ij w_i / T_i and the Jacobian needs one product of E: D_j D_k sum_i E_ij E_ik
        w_i / T_i^2 off the diagonal.
        """
        top = np.maximum(mu.max(axis=-2), outside)
        if np.abs(top).max(initial=0.0) < _SMALL_UTILITY:
            # Far from overflow nothing need be taken off, which would cost another pass.
            top = np.zeros_like(top)
            E = np.exp(mu)
        else:
            E = mu - top[..., None, :]
            np.exp(E, out=E)
        E0 = np.exp(outside - top)

        def at(delta: Array) -> MarketDemand:
            high = np.maximum(delta.max(axis=-1), 0.0)[..., None]
            D = np.exp(delta - high)
            none = E0 * np.exp(-high)
            T = none + np.matmul(D[..., None, :], E)[..., 0, :]
            # exp(delta) may be taken apart from exp(mu) only if no agent's best offer is lost to
            # underflow; then nothing that is counts beside T.
            if not T.min() > _LEAST_TOTAL:
                return demand_of(self, delta[..., None] + mu, weights, outside)
            weighted = weights / T
            s = D * np.matmul(E, weighted[..., None])[..., 0]

            def surplus() -> Array:
                return np.asarray(((top + high + np.log(T)) * weights).sum(axis=-1))

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

            def probabilities() -> Array:
                P = E * D[..., None]
                P *= (1.0 / T)[..., None, :]
                return np.asarray(P)

            return MarketDemand(s, surplus, jacobian, probabilities)

        return at

    def kernel(self, P: Array, c: Array) -> Array:
        """G(c) = diag(P c) - P diag(c) P'.

        The diagonal is taken from the columns' sums, sum_j G_jk = sum_i c_ik P_ik P_i0, so that
        G stays diagonally dominant where agents are nearly certain and P_ij (1 - P_ij) cancels.
        """
        P0 = np.maximum(1.0 - P.sum(axis=-2), 0.0)
        to_none = offer_sums(P, c * P0 if c.ndim < P.ndim else c * P0[..., None, :])
        G = weighted_product(P, c)
        return _balanced(np.negative(G, out=G), to_none)

    def own_slope(self, P: Array, c: Array) -> Array:
        """sum_i c_ij P_ij."""
        return offer_sums(P, c)

    def along(self, P: Array, du: Array, rows: slice | Index = ALL) -> Array:
        """dP = P (du - sum_k P_k du_k)."""
        mean = np.einsum("...ji,...ji->...i", P, np.broadcast_to(du, P.shape))[..., None, :]
        return np.asarray(P[..., rows, :] * (du[..., rows, :] - mean))

    def kernel_along(
        self, P: Array, c: Array, du: Array, left: Array | None = None, *, rows: slice | Index = ALL
    ) -> Array:
        """dG = diag(dP c) - dP diag(c) P' - P diag(c) dP', by the product rule."""
        dP = self.along(P, du)
        G = -product_along(P, dP, P, dP, c=c, left=left, rows=rows)
        add_diagonal(G, _row_sums(dP, c, left, rows), rows)
        return G

    def kernel_along_own(self, P: Array, c: Array, m: Array, left: Array | None = None) -> Array:
        """With M_ji = sum_k m_jk P_ik, the mean of what row j moves along,

        dG_jk = 1[j=k] sum_i c_i P_ij (m_jj - M_ji) - sum_i c_i P_ij P_ik (m_jj + m_jk - 2 M_ji).
        """
        own = np.einsum("...jj->...j", m)[..., None]
        right = P * (c if c.ndim == P.ndim else c[..., None, :])
        L = P if left is None else left * P
        M = m @ P
        out = 2 * ((L * M) @ right.swapaxes(-1, -2)) - (own + m) * (L @ right.swapaxes(-1, -2))
        weighted = right if left is None else left * right
        add_diagonal(out, (weighted * (own - M)).sum(axis=-1), ALL)
        return np.asarray(out)


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


def product_along(
    P: Array, dP: Array, Q: Array, dQ: Array, *, c: Array, left: Array | None, rows: slice | Index
) -> Array:
    """d(sum_i left_ij P_ij c_ik Q_ik) (..., R, J) for dP and dQ."""
    c = c if c.ndim == P.ndim else c[..., None, :]
    P, dP = P[..., rows, :], dP[..., rows, :]
    if left is not None:
        P, dP = left[..., rows, :] * P, left[..., rows, :] * dP
    out = dP @ (c * Q).swapaxes(-1, -2)
    out += P @ (c * dQ).swapaxes(-1, -2)
    return np.asarray(out)


def _row_sums(dP: Array, c: Array, left: Array | None, rows: slice | Index) -> Array:
    """sum_i left_ij c_ij dP_ij (..., R)."""
    dP = dP[..., rows, :]
    c = c[..., rows, :] if c.ndim == dP.ndim else c
    return offer_sums(dP if left is None else left[..., rows, :] * dP, c)


def add_diagonal(G: Array, diagonal: Array, rows: slice | Index) -> None:
    """Add diagonal (..., R) to G (..., R, J), whose rows are `rows` of a square."""
    at = np.arange(G.shape[-1])[rows]
    G[..., np.arange(len(at)), at] += diagonal
