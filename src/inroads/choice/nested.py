"""Nested logit of one or more levels: the GEV twin of `Logit`, agent by agent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.logit import Logit, offer_sums, weighted_product
from inroads.choice.model import Array, DemandCurve, demand_of
from inroads.errors import InputError


class Nested:
    """Nested logit with nests inside nests.

    nests: (J,) for one level or (L, J), outermost level first: the nest of each offer.
        Offers in the same nest at one level must share it at every level further out.
    rho: nesting parameters in [0, 1), a scalar, one a level (L,), or one an offer (L, J)
        (constant within a nest), never falling from an outer to an inner level.
        rho = 0 is plain logit (Berry 1994; Cardell 1997; McFadden 1978 for the tree).

    Raises InputError where the tree or rho is not of this kind.
    """

    def __init__(self, nests: ArrayLike, rho: ArrayLike) -> None:
        tree = np.atleast_2d(np.asarray(nests))
        levels, J = tree.shape
        r = np.asarray(rho, dtype=np.float64)
        if r.ndim == 1 and r.shape != (levels,):
            raise InputError.single(
                expected=f"one rho for each of {levels} level(s), outermost first",
                found=f"{r.size} values",
                where="rho",
                remedy="give a scalar, an array (L,) or an array (L, J)",
            )
        r = np.broadcast_to(r[:, None] if r.ndim == 1 else r, (levels, J))
        if not ((r >= 0) & (r < 1)).all() or (np.diff(r, axis=0) < 0).any():
            raise InputError.single(
                expected="0 <= rho < 1, not falling from an outer to an inner level",
                found=str(np.asarray(rho).tolist()),
                where="rho",
                remedy="order levels outermost first and keep every rho below one",
            )
        same = tree[:, :, None] == tree[:, None, :]
        nested_inside = (~same[1:] | same[:-1]).all()
        constant = np.where(same, r[:, :, None] == r[:, None, :], True).all()
        if not (nested_inside and constant):
            raise InputError.single(
                expected="nests inside nests, each with one rho",
                found="offers that share an inner nest but not the outer one, or not its rho",
                where="nests",
                remedy="give inner nests names of their own within each outer nest",
            )
        self.same = same
        self.scale = 1.0 - r
        self.levels = [np.unique(level, return_index=True, return_inverse=True) for level in tree]

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Probabilities (..., J, I) and inclusive values (..., I), by log-sums up the tree."""
        u = np.asarray(utility, dtype=np.float64)
        value = u
        log_P = np.zeros_like(u)
        for level in reversed(range(len(self.levels))):
            lam = self.scale[level][:, None]
            _, first, members = self.levels[level]
            # `value` is constant within inner nests: each counts once, by its first offer.
            inner = first_offers(self.levels[level + 1]) if level + 1 < len(self.levels) else None
            top = np.full((*u.shape[:-2], first.size, u.shape[-1]), -np.inf)
            np.maximum.at(np.moveaxis(top, -2, 0), members, np.moveaxis(value, -2, 0))
            top = np.where(np.isfinite(top), top, 0.0)
            e = np.exp((value - top[..., members, :]) / lam)
            counted = e if inner is None else np.where(inner[:, None], e, 0.0)
            total = np.zeros_like(top)
            np.add.at(np.moveaxis(total, -2, 0), members, np.moveaxis(counted, -2, 0))
            with np.errstate(divide="ignore", invalid="ignore"):
                log_total = np.log(total)[..., members, :]
                step = (value - top[..., members, :]) / lam - log_total
            log_P += np.where(np.isneginf(value), -np.inf, step)
            value = top[..., members, :] + lam * log_total
        P_nest, W = Logit().evaluate(value[..., self.levels[0][1], :], outside)
        P = P_nest[..., self.levels[0][2], :] * np.exp(log_P)
        return P, W

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        """MarketDemand at delta + mu (nothing can be taken in advance: scales differ by level)."""
        return lambda delta: demand_of(self, delta[..., None] + mu, weights, outside)

    def kernel(self, P: Array, c: Array) -> Array:
        """G_jk = sum_i c_ik dP_ij/du_ik: logit's kernel, and one product more a level.

        d log P_j/du_k = 1[j=k]/lam_L - P_k
                         - sum_l (1/lam_l - 1/lam_(l-1)) P(k|nest_l) 1[j, k in one nest_l].
        """
        G = -weighted_product(P, c)
        outer = np.ones(P.shape[-2])
        for level, same in enumerate(self.same):
            lam = self.scale[level]
            nest_P = np.einsum("jk,...ki->...ji", same.astype(float), P)
            Q = np.divide(P, np.sqrt(nest_P), out=np.zeros_like(P), where=nest_P > 0)
            G -= np.where(same, weighted_product(Q, c), 0.0) * (1 / lam - 1 / outer)[:, None]
            outer = lam
        diagonal = np.einsum("...jj->...j", G)
        diagonal += offer_sums(P, c) / outer
        return G


def first_offers(level: tuple[np.ndarray, ...]) -> np.ndarray:
    """A mask (J,) of the first offer of each nest."""
    _, first, members = level
    mask = np.zeros(members.size, dtype=bool)
    mask[first] = True
    return mask
