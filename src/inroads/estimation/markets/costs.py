"""Marginal costs that make observed prices a Nash equilibrium, and how theta moves them.

With A_jk = owns_jk ds_k/dp_j, costs are c = p - m with A m = -s; s is observed, so that
dm = -A^-1 dA m and dc = -dm (Berry, Levinsohn and Pakes 1995; Nevo 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.base import Array, ChoiceModel
from inroads.choice.nested_derivatives import kernel_moved
from inroads.estimation.design.matrices import Design
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.price_bundles import PriceBundles, price_bundles
from inroads.estimation.markets.stacks import MarketStack
from inroads.numerics.stacked_factor import StackedFactor


def bundles_of(design: Design, stack: MarketStack, rows: int) -> PriceBundles | None:
    """A stack's products as firms price them, None without a supply side.

    rows: of all products, those that pad markets too. Markets with nests stay whole: within a nest
    a rival is no outside option.
    """
    if design.conduct is None or not design.supplied[stack.products[0, 0]]:
        return None
    owns = design.conduct.padded(rows).ownership_or_firms(stack.products)
    return price_bundles(owns, whole_markets=bool(len(design.nests)))


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """A stack whose firms set prices, in bundles of products that are priced independently.

    price_coefficients (B, I) or (B, J, I) are du/dprices; random_slopes (K2,) what a column's
    coefficient adds to them. Of each bundle: probabilities P (G, S, I), the factor of A (G, S, S),
    margins m (G, S).
    """

    state: MarketState
    price_coefficients: Array
    random_slopes: Array
    bundles: PriceBundles
    P: Array
    factor: StackedFactor
    m: Array

    @classmethod
    def at(
        cls, state: MarketState, design: Design, mean_coefficient: float, bundles: PriceBundles
    ) -> Pricing:
        """At the stack's probabilities, prices having `mean_coefficient` for all agents.

        Raises numpy.linalg.LinAlgError where shares do not answer to prices.
        """
        stack = state.stack
        coefficients = stack.price_coefficients(design, state.tastes, mean_coefficient)
        c = _weighted(stack.w, coefficients)
        P, factor, m = bundle_margins(state.model, state.P, -c, stack.S, bundles=bundles)
        return cls(
            state=state,
            price_coefficients=coefficients,
            random_slopes=design.random_slopes,
            bundles=bundles,
            P=P,
            factor=factor,
            m=m,
        )

    @property
    def margins(self) -> Array:
        """p - c (B, J), zero where nobody sets the price."""
        margins = np.zeros(self.state.stack.S.shape)
        self.bundles.rows.put(margins, self.m)
        return margins

    def weighted_price_slopes(self) -> Array:
        """w_i dalpha_i/dtheta (B, I, P), alpha_i the price coefficient."""
        state, w = self.state, self.state.stack.w[..., None]
        slopes = np.zeros((*w.shape[:-1], state.n_parameters))
        slopes[..., : state.theta_slice.start] = w
        through_prices = self.random_slopes[state.columns]
        slopes[..., state.theta_slice] = w * state.coefficient_slopes * through_prices
        return slopes

    def cost_slopes(self, ddelta: Array) -> Array:
        """dc/dtheta (B, J, P), delta moving by ddelta (B, J, P).

        Raises numpy.linalg.LinAlgError where shares answer too little to prices.
        """
        if isinstance(self.state.model, Logit) and not self.state.slopes_by_product:
            dA_m = self._logit_dA_m(ddelta)
        else:
            dA_m = self._dA_m_one_by_one(ddelta)
        slopes = np.zeros(ddelta.shape)
        self.bundles.rows.put(slopes, _finite(self.factor.solve(dA_m)))
        return slopes

    def _logit_dA_m(self, ddelta: Array) -> Array:
        """dA m (G, S, P) of plain logit, all parameters at once.

        A m = (P c) m - sum_i c_i P_i M_i with M_ji = sum_k owns_jk m_k P_ki. Along theta,
        dP_ji = P_ji (ddelta_j + x_jk v_i - r_i), so that everything is a product of few matrices.
        """
        state, owns, m = self.state, self.bundles.owns, self.m[..., None]
        rows, n, searched = self.bundles.rows, state.n_parameters, state.theta_slice
        v, c = state.coefficient_slopes, (state.stack.w * self.price_coefficients)[..., None]
        r = state.P.swapaxes(-1, -2) @ ddelta
        r[..., searched] += v * state.mean_characteristics
        dc, cr = self.weighted_price_slopes(), c * r
        by_agent = np.concatenate([dc - cr, c * v, c, dc - 2 * cr], axis=-1)[rows.market]
        d, x = rows.take(ddelta), rows.take(state.x)
        M = (owns * self.m[..., None, :]) @ self.P
        M *= self.P
        of_P = self.P @ by_agent[..., : -n - 1]
        of_M = M @ by_agent[..., n:]
        # owns P c P' is diag(P c) - A: no product of P with itself is formed again.
        dA_m = m * of_P[..., :n] - of_M[..., -n:]
        dA_m += self.factor.A @ (m * d) - d * of_M[..., [-n - 1]]
        if state.columns:
            dA_m[..., searched] += x * (m * of_P[..., n:] - of_M[..., : -n - 1])
            dA_m[..., searched] -= self._through_rivals(x, by_agent[..., n : -n - 1])
        return np.asarray(dA_m)

    def _through_rivals(self, x: Array, cv: Array) -> Array:
        """sum_ik owns_jk m_k c_i P_ji P_ki x_kn v_in (G, S, n) from x (G, S, n), c v (G, I, n)."""
        bundles, P, total = self.bundles, self.P, np.zeros(x.shape)
        m_x = self.m[..., None] * x
        # Where each counts its own profit, a firm needs no more than its own products.
        for firms in bundles.firms:
            P_firm = firms.take(P)
            m_x_firm = firms.take(m_x) * firms.belongs[..., None]
            by_agent = m_x_firm.swapaxes(-1, -2) @ P_firm
            by_agent *= cv.swapaxes(-1, -2)[firms.market]
            firms.put(total, P_firm @ by_agent.swapaxes(-1, -2))
        if not bundles.firms:
            for n in range(x.shape[-1]):
                PP = (P * cv[..., None, :, n]) @ P.swapaxes(-1, -2)
                total[..., n] = ((bundles.owns * PP) @ m_x[..., [n]])[..., 0]
        return total

    def _dA_m_one_by_one(self, ddelta: Array) -> Array:
        """dA m (G, S, P), one parameter after the other: in nests, or where tastes differ by
        product."""
        state, model, bundles = self.state, self.state.model, self.bundles
        assert isinstance(model, Logit | Nested)
        first, last = state.theta_slice.start, state.theta_slice.stop
        c = _in_bundles(_weighted(state.stack.w, self.price_coefficients), bundles)
        dc = self.weighted_price_slopes()
        dA_m = np.zeros((*self.m.shape, ddelta.shape[-1]))
        for k in range(state.n_parameters):
            dP = bundles.rows.take(state.probability_slope(k, ddelta[..., k]))
            dD = kernel_moved(model, self.P, c, dP, level=k - last if k >= last else None)
            moved = dc[..., k]
            if k - first in state.slopes_by_product:
                slope = self.random_slopes[state.columns[k - first]]
                moved = _weighted(state.stack.w, slope * state.slopes_by_product[k - first])
            if moved.any():
                dD += model.kernel(self.P, _in_bundles(moved, bundles))
            dA = bundles.owns * dD.swapaxes(-1, -2)
            dA_m[..., k] = (dA @ self.m[..., None])[..., 0]
        return dA_m


def _weighted(w: Array, values: Array) -> Array:
    """w_i a_i (B, I), or w_i a_ij (B, J, I)."""
    return np.asarray((w if values.ndim == w.ndim else w[..., None, :]) * values)


def _in_bundles(c: Array, bundles: PriceBundles) -> Array:
    """Of agents (B, I) or of products and agents (B, J, I), in each bundle."""
    return np.asarray(c[bundles.rows.market] if c.ndim == 2 else bundles.rows.take(c))


def bundle_margins(
    model: ChoiceModel, P: Array, c: Array, S: Array, *, bundles: PriceBundles
) -> tuple[Array, StackedFactor, Array]:
    """Of each bundle: probabilities (G, S, I), the factor of A (G, S, S), margins (G, S).

    P (B, J, I), shares S (B, J) and c (B, I) or (B, J, I), agents' weights times marginal utilities
    of money: the kernel of positive weights is the cheaper one. Raises numpy.linalg.LinAlgError
    where shares do not answer to prices.
    """
    rows = bundles.rows
    P = rows.take(P)
    D = -model.kernel(P, _in_bundles(c, bundles))
    factor = StackedFactor.factorize(bundles.owns * D.swapaxes(-1, -2))
    return P, factor, _finite(-factor.solve(rows.take(S)[..., None])[..., 0])


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise np.linalg.LinAlgError("overflow")
    return values
