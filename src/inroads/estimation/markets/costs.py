"""Marginal costs that make observed prices a Nash equilibrium, and how theta moves them.

With A_jk = owns_jk ds_k/dp_j, costs are p - m with A m = -s; s is observed, so that
dm = -A^-1 dA m and dc = -dm (Berry, Levinsohn and Pakes 1995; Nevo 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.model import Array
from inroads.choice.nested_rho import kernel_moved
from inroads.estimation.design.matrices import Design
from inroads.estimation.markets.market_state import Here
from inroads.estimation.markets.price_bundles import Tied
from inroads.estimation.markets.stacks import Part
from inroads.numerics.stacked_factor import Factor


def apart(design: Design, part: Part, rows: int) -> Tied | None:
    """A part's products as firms price them, None without a supply side.

    rows: of all products, those that fill markets up too. Markets with nests stay whole: within a
    nest a rival is no outside option.
    """
    if design.conduct is None or not design.supplied[part.products[0, 0]]:
        return None
    return design.conduct.widened(rows).tied(part.products, whole=bool(len(design.nests)))


@dataclass(frozen=True)
class Pricing:
    """A part whose firms set prices, in bundles of products that are priced apart.

    alpha (B, I) is du/dprices; slopes (K2,) what a column's coefficient adds to it. Of each bundle:
    probabilities P (G, S, I), factors of A (G, S, S), margins m (G, S).
    """

    here: Here
    alpha: Array
    slopes: Array
    tied: Tied
    P: Array
    factor: Factor
    m: Array

    @classmethod
    def at(cls, here: Here, design: Design, common: float, tied: Tied) -> Pricing:
        """At the part's probabilities, prices having `common` as coefficient for all agents.

        Raises numpy.linalg.LinAlgError where shares do not answer to prices.
        """
        alpha = here.part.alpha(design, here.tastes, common)
        # Money is disliked: the kernel of positive weights is the cheaper one.
        bundles = tied.bundles
        P, c = bundles.of(here.P), -(here.part.w * alpha)[bundles.origin]
        D = -here.model.kernel(P, c)
        factor = Factor.of(tied.owns * D.swapaxes(-1, -2))
        m = _finite(-factor.solve(bundles.of(here.part.S)[..., None])[..., 0])
        return cls(here, alpha, design.random_slopes, tied, P, factor, m)

    @property
    def margins(self) -> Array:
        """m (B, J), zero where nobody sets the price."""
        out = np.zeros(self.here.part.S.shape)
        self.tied.bundles.put(out, self.m)
        return out

    def money(self) -> Array:
        """w_i dalpha_i/dtheta (B, I, P)."""
        here, w = self.here, self.here.part.w[..., None]
        out = np.zeros((*w.shape[:-1], here.size))
        out[..., : here.places.start] = w
        out[..., here.places] = w * here.scaled * self.slopes[here.columns]
        return out

    def slopes_of_costs(self, ddelta: Array) -> Array:
        """dc/dtheta (B, J, P), delta moving by ddelta (B, J, P).

        Raises numpy.linalg.LinAlgError where shares answer too little to prices.
        """
        if isinstance(self.here.model, Logit):
            change = self._change(ddelta)
        else:
            change = self._change_by_entry(ddelta)
        out = np.zeros(ddelta.shape)
        self.tied.bundles.put(out, _finite(self.factor.solve(change)))
        return out

    def _change(self, ddelta: Array) -> Array:
        """dA m (G, S, P) of plain logit, all parameters at once.

        A m = (P c) m - sum_i c_i P_i M_i with M_ji = sum_k owns_jk m_k P_ki. Along theta,
        dP_ji = P_ji (ddelta_j + x_jk v_i - r_i), so that everything is a product of few matrices.
        """
        here, tied, m = self.here, self.tied, self.m[..., None]
        bundles = tied.bundles
        size, places, c = here.size, here.places, (here.part.w * self.alpha)[..., None]
        r = here.P.swapaxes(-1, -2) @ ddelta
        r[..., places] += here.scaled * here.mean
        dc, cr = self.money(), c * r
        agents = np.concatenate([dc - cr, c * here.scaled, c, dc - 2 * cr], axis=-1)[bundles.origin]
        d, x = bundles.of(ddelta), bundles.of(here.x)
        M = (tied.owns * self.m[..., None, :]) @ self.P
        M *= self.P
        of_P = self.P @ agents[..., : -size - 1]
        of_M = M @ agents[..., size:]
        # owns P c P' is diag(P c) - A: no product of P with itself is formed again.
        out = m * of_P[..., :size] - of_M[..., -size:]
        out += self.factor.A @ (m * d) - d * of_M[..., [-size - 1]]
        if here.columns:
            out[..., places] += x * (m * of_P[..., size:] - of_M[..., : -size - 1])
            out[..., places] -= self._through_rivals(x, agents[..., size : -size - 1])
        return np.asarray(out)

    def _through_rivals(self, x: Array, cV: Array) -> Array:
        """sum_ik owns_jk m_k c_i P_ji P_ki x_kn v_in (G, S, n) from x (G, S, n), c v (G, I, n)."""
        tied, P, out = self.tied, self.P, np.zeros(x.shape)
        profit = self.m[..., None] * x
        # Where each counts its own profit, a firm needs no more than its own products.
        for firms in tied.firms:
            own = firms.of(P)
            counted = (firms.of(profit) * firms.own[..., None]).swapaxes(-1, -2) @ own
            counted *= cV.swapaxes(-1, -2)[firms.origin]
            firms.put(out, own @ counted.swapaxes(-1, -2))
        if not tied.firms:
            for n in range(x.shape[-1]):
                both = (P * cV[..., None, :, n]) @ P.swapaxes(-1, -2)
                out[..., n] = ((tied.owns * both) @ profit[..., [n]])[..., 0]
        return out

    def _change_by_entry(self, ddelta: Array) -> Array:
        """dA m (G, S, P) of nested logit, one parameter after the other; bundles are markets."""
        here, model = self.here, self.here.model
        assert isinstance(model, Nested)
        c, dc = here.part.w * self.alpha, self.money()
        out = np.zeros(ddelta.shape)
        for place in range(here.size):
            level = place - here.places.stop if place >= here.places.stop else None
            dD = kernel_moved(model, here.P, c, here.moved(place, ddelta[..., place]), level)
            if dc[..., place].any():
                dD += model.kernel(here.P, dc[..., place])
            dA = self.tied.owns * dD.swapaxes(-1, -2)
            out[..., place] = (dA @ self.m[..., None])[..., 0]
        return out


def _finite(found: Array) -> Array:
    if not np.isfinite(found).all():
        raise np.linalg.LinAlgError("overflow")
    return found
