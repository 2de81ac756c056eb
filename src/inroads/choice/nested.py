"""Nested logit of one or more levels: the GEV twin of `Logit`, agent by agent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import ALL, Array, DemandCurve, Index, Mask, demand_of
from inroads.choice.logit import Logit, add_diagonal, offer_sums, product_along, weighted_product
from inroads.errors import refuse


class Nested:
    """Nested logit with nests inside nests.

    Parameters
    ----------
    nests : (J,) or (L, J) array
        The nest of each offer, at one level or at each, outermost level first. Offers in the same
        nest at one level must share it at every level further out.
    rho : float, (L,) or (L, J) array
        Nesting parameters in [0, 1), one for all, one a level, or one an offer (constant within a
        nest), never falling from an outer to an inner level. rho = 0 is plain logit.

    Raises
    ------
    InputError
        Where the tree or rho is not of this kind.

    References
    ----------
    Berry, S. (1994), Estimating discrete-choice models of product differentiation, RAND Journal of
    Economics 25(2).
    Cardell, N. S. (1997), Variance components structures for the extreme-value and logistic
    distributions, Econometric Theory 13(2).
    McFadden, D. (1978), Modeling the choice of residential location, in Karlqvist, A. (ed.),
    Spatial Interaction Theory and Planning Models (for the tree).

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.choice import Nested
    >>> P, inclusive = Nested(["north", "north", "south"], rho=0.5).evaluate(np.zeros((3, 1)))
    >>> P[:, 0].round(3)
    array([0.207, 0.207, 0.293])
    """

    def __init__(self, nests: ArrayLike, rho: ArrayLike) -> None:
        tree = np.atleast_2d(np.asarray(nests))
        levels, J = tree.shape
        r = np.asarray(rho, dtype=np.float64)
        if r.ndim == 1 and r.shape != (levels,):
            raise refuse(
                expected=f"one rho for each of {levels} level(s), outermost first",
                found=f"{r.size} values",
                where="rho",
                remedy="give a scalar, an array (L,) or an array (L, J)",
            )
        r = np.broadcast_to(r[:, None] if r.ndim == 1 else r, (levels, J))
        if not ((r >= 0) & (r < 1)).all() or (np.diff(r, axis=0) < 0).any():
            raise refuse(
                expected="0 <= rho < 1, not falling from an outer to an inner level",
                found=str(np.asarray(rho).tolist()),
                where="rho",
                remedy="order levels outermost first and keep every rho below one",
            )
        same = tree[:, :, None] == tree[:, None, :]
        nested_inside = (~same[1:] | same[:-1]).all()
        constant = np.where(same, r[:, :, None] == r[:, None, :], True).all()
        if not (nested_inside and constant):
            raise refuse(
                expected="nests inside nests, each with one rho",
                found="offers that share an inner nest but not the outer one, or not its rho",
                where="nests",
                remedy="give inner nests names of their own within each outer nest",
            )
        self.tree, self.rho, self.same = tree, r, same
        self.scale = 1.0 - r
        self.levels = [np.unique(level, return_index=True, return_inverse=True) for level in tree]
        outer = np.vstack([np.ones(J), self.scale[:-1]])
        # Who shares a nest with whom (J, J), and 1/lam_l - 1/lam_(l-1) (J,), level by level.
        self.steps = list(zip(same.astype(float), 1 / self.scale - 1 / outer, strict=True))
        self.folds = [_by_nest(level[2]) for level in self.levels]

    def subset(self, offers: Mask | Index) -> Nested:
        """The same nests with some of the offers.

        Parameters
        ----------
        offers : (J,) mask or (n,) array of int
            Which, in the order given; one may be named twice.

        Returns
        -------
        Nested
            Of n offers.
        """
        return Nested(self.tree[:, offers], self.rho[:, offers])

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Probabilities (..., J, I) and inclusive values (..., I), by log-sums up the tree."""
        u = np.asarray(utility, dtype=np.float64)
        value = u
        log_P = np.zeros_like(u)
        for level in reversed(range(len(self.levels))):
            lam = self.scale[level][:, None]
            members, (order, starts) = self.levels[level][2], self.folds[level]
            # `value` is constant within inner nests: each counts once, by its first offer.
            inner = first_offers(self.levels[level + 1]) if level + 1 < len(self.levels) else None
            top = np.maximum.reduceat(value[..., order, :], starts, axis=-2)
            top = np.where(np.isfinite(top), top, 0.0)
            e = np.exp((value - top[..., members, :]) / lam)
            counted = e if inner is None else np.where(inner[:, None], e, 0.0)
            total = np.add.reduceat(counted[..., order, :], starts, axis=-2)
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
        for same, step in self.steps:
            Q = _ratio(P, np.sqrt(same @ P))
            G -= weighted_product(Q, c) * same * step[:, None]
        add_diagonal(G, self.own_slope(P, c), ALL)
        return G

    def own_slope(self, P: Array, c: Array) -> Array:
        """sum_i c_ij P_ij / lam_j, lam that of the innermost nest."""
        return np.asarray(offer_sums(P, c) / self.scale[-1])

    def along(self, P: Array, du: Array, rows: slice | Index = ALL) -> Array:
        """dP = P (du/lam_L - sum_k P_k du_k - sum_l (1/lam_l - 1/lam_(l-1)) mean of du in l)."""
        moved = P * du
        inner = du / self.scale[-1][:, None] - moved.sum(axis=-2, keepdims=True)
        for same, step in self.steps:
            inner -= step[:, None] * _ratio(same @ moved, same @ P)
        return np.asarray((P * inner)[..., rows, :])

    def kernel_along(
        self, P: Array, c: Array, du: Array, left: Array | None = None, *, rows: slice | Index = ALL
    ) -> Array:
        """dG by the product rule on `kernel`, Q = P / P(nest) being the second factor."""
        dP = self.along(P, du)
        G = -product_along(P, dP, P, dP, c=c, left=left, rows=rows)
        for same, step in self.steps:
            N = same @ P
            Q = _ratio(P, N)
            dQ = _ratio(dP - Q * (same @ dP), N)
            products = product_along(P, dP, Q, dQ, c=c, left=left, rows=rows)
            G -= products * same[rows] * step[rows][:, None]
        add_diagonal(G, self.own_slope(dP if left is None else left * dP, c)[..., rows], rows)
        return G

    def kernel_along_own(self, P: Array, c: Array, m: Array, left: Array | None = None) -> Array:
        """As row j moves along m_j, log P_k changes by e_jk, agent by agent:

        e_jk = m_jk/lam_k - M_j - sum_l step_lk R_lj(k), with M_j the mean of m_j over all offers,
        R_lj(k) that over the nest of k at level l, and step_l = 1/lam_l - 1/lam_(l-1). The nest of
        j grows by F_lj = R_lj(j)/lam_lj - M_j - sum_(h <= l) step_hj R_hj(j).
        """
        right = P * (c if c.ndim == P.ndim else c[..., None, :])
        L = P if left is None else left * P
        lam, M = self.scale[-1], m @ P
        mass = [same @ P for same, _ in self.steps]
        mean = [_ratio((m * same) @ P, N) for (same, _), N in zip(self.steps, mass, strict=True)]
        bent = [step[:, None] * R for (_, step), R in zip(self.steps, mean, strict=True)]
        own = np.einsum("...jj->...j", m)[..., None] / lam[:, None] - M - sum(bent)
        nests = []
        for (order, starts), (_, step), N in zip(self.folds, self.steps, mass, strict=True):
            for k in np.split(order, starts[1:]):
                nests.append((k, step[k], _ratio(m[..., k] @ P[..., k, :], N[..., k[:1], :])))

        def products(X: Array, moved: Array) -> Array:
            """sum_i X_ij (moved_ij + e_jk,i) right_ik (..., J, J)."""
            out = (X * (moved - M)) @ right.swapaxes(-1, -2)
            out += (X @ right.swapaxes(-1, -2)) * m / lam
            for k, step, R in nests:
                out[..., k] -= step * ((X * R) @ right[..., k, :].swapaxes(-1, -2))
            return np.asarray(out)

        G = -products(L, own)
        for l, ((same, step), N) in enumerate(zip(self.steps, mass, strict=True)):
            grown = mean[l] / self.scale[l][:, None] - M - sum(bent[: l + 1])
            G -= same * step[:, None] * products(_ratio(L, N), own - grown)
        add_diagonal(G, offer_sums(L * own, c) / lam, ALL)
        return G


def _ratio(a: Array, b: Array) -> Array:
    """a / b, zero where b is (nobody chooses from an empty nest)."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def _by_nest(members: Index) -> tuple[Index, Index]:
    """Offers in the order of their nests, and where each nest starts, as `reduceat` takes them."""
    order = np.argsort(members, kind="stable")
    return order, np.searchsorted(members[order], np.arange(members.max() + 1))


def first_offers(level: tuple[np.ndarray, ...]) -> np.ndarray:
    """A mask (J,) of the first offer of each nest."""
    _, first, members = level
    mask = np.zeros(members.size, dtype=bool)
    mask[first] = True
    return mask
