"""Marginal costs that make observed prices a Nash equilibrium, and how theta moves them.

With A_jk = owns_jk ds_k/dp_j, costs are p - m with A m = -s; s is observed, so that
dm = -A^-1 dA m and dc = -dm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.model import Array
from inroads.choice.nested_rho import kernel_moved
from inroads.fit.demand import Design
from inroads.fit.factor import GeneralFactor
from inroads.fit.here import Here
from inroads.fit.supply import Owned


@dataclass(frozen=True)
class Pricing:
    """A part whose firms set prices: factors of A (B, J, J), margins m (B, J).

    alpha (B, I) is du/dprices; slopes (K2,) what a column's coefficient adds to it.
    """

    here: Here
    alpha: Array
    slopes: Array
    owned: Owned
    factor: GeneralFactor
    margins: Array

    @classmethod
    def at(cls, here: Here, design: Design, common: float, owned: Owned) -> Pricing:
        """At the part's probabilities, prices having `common` as coefficient for all agents.

        Raises numpy.linalg.LinAlgError where shares do not answer to prices.
        """
        alpha = here.part.alpha(design, here.tastes, common)
        # Money is disliked: the kernel of positive weights is the cheaper one.
        D = -here.model.kernel(here.P, -here.part.w * alpha)
        factor = GeneralFactor.of(owned.owns * D.swapaxes(-1, -2))
        m = _finite(-factor.solve(here.part.S[..., None])[..., 0])
        return cls(here, alpha, design.random_slopes, owned, factor, m)

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
        return _finite(self.factor.solve(change))

    def _change(self, ddelta: Array) -> Array:
        """dA m (B, J, P) of plain logit, all parameters at once.

        A m = (P c) m - sum_i c_i P_i M_i with M_ji = sum_k owns_jk m_k P_ki. Along theta,
        dP_ji = P_ji (ddelta_j + x_jk v_i - r_i), so that everything is a product of few matrices.
        """
        here, size = self.here, self.here.size
        P, m, x = here.P, self.margins[..., None], here.part.X2
        c = (here.part.w * self.alpha)[..., None]
        V = np.zeros((*c.shape[:-1], size))
        V[..., here.places] = here.scaled
        X = np.zeros((*P.shape[:-1], size))
        X[..., here.places] = x[..., here.columns]
        by_agent = P.swapaxes(-1, -2) @ np.concatenate([ddelta, X], axis=-1)
        r = by_agent[..., :size] + V * by_agent[..., size:]
        agents = np.concatenate([c * V, c * r, self.money(), c], axis=-1)
        M = self.owned.to_products(self.owned.counting(self.margins) @ P)
        M *= P
        of_P, of_M = (np.split(A @ agents, [size, 2 * size, 3 * size], axis=-1) for A in (P, M))
        cV, cr, dc, Pc = of_P
        out = m * (ddelta * Pc + X * cV - cr + dc)
        cV, cr, dc, Qc = of_M
        out -= ddelta * Qc + X * cV - 2 * cr + dc
        # owns P c P' is diag(P c) - A: no product of P with itself is formed again.
        out -= Pc * (m * ddelta) - self.factor.A @ (m * ddelta)
        if here.columns:
            out[..., here.places] -= self._through_rivals(agents[..., here.places])
        return np.asarray(out)

    def _through_rivals(self, cV: Array) -> Array:
        """sum_ik owns_jk m_k c_i P_ji P_ki x_k v_i (B, J, n), entries of sigma and pi, from c v."""
        x = self.here.part.X2[..., self.here.columns]
        count = [self.owned.counting(self.margins * x[..., n]) for n in range(x.shape[-1])]
        B, F, J = count[0].shape
        P, n = self.here.P, len(count)
        counted = (np.concatenate(count, axis=-2) @ P).reshape(B, n, F, -1)
        counted *= cV.swapaxes(-1, -2)[..., None, :]
        products = P @ counted.reshape(B, n * F, -1).swapaxes(-1, -2)
        return self.owned.own_entries(products.reshape(B, J, n, F))

    def _change_by_entry(self, ddelta: Array) -> Array:
        """dA m (B, J, P) of nested logit, one parameter after the other."""
        here, model = self.here, self.here.model
        assert isinstance(model, Nested)
        c, dc = here.part.w * self.alpha, self.money()
        out = np.zeros(ddelta.shape)
        for place in range(here.size):
            level = place - here.places.stop if place >= here.places.stop else None
            dD = kernel_moved(model, here.P, c, here.moved(place, ddelta[..., place]), level)
            if dc[..., place].any():
                dD += model.kernel(here.P, dc[..., place])
            dA = self.owned.owns * dD.swapaxes(-1, -2)
            out[..., place] = (dA @ self.margins[..., None])[..., 0]
        return out


def _finite(found: Array) -> Array:
    if not np.isfinite(found).all():
        raise np.linalg.LinAlgError("overflow")
    return found
