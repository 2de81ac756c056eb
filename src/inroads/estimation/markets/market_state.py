"""A stack of markets at one theta and delta: probabilities, and how theta moves shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice import Nested
from inroads.choice.base import Array, ChoiceModel
from inroads.choice.nested_derivatives import along_rho
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.markets.stacks import MarketStack
from inroads.estimation.markets.tastes import Tastes


@dataclass(frozen=True, kw_only=True)
class MarketState:
    """Choice model, probabilities P (B, J, I) and tastes of a stack.

    coefficient_slopes (B, I, n): dbeta_ik/dtheta of each searched entry of sigma and pi, so that it
    moves utility by x_jk v_i; of entries that move it by x_jk v_ij, zero here, v is in
    slopes_by_product, {n: (B, J, I)}. `columns` (n,) are the coefficients k; theta_slice is where
    these entries stand in theta, the `levels` nesting parameters come after.
    """

    stack: MarketStack
    model: ChoiceModel
    P: Array
    tastes: Tastes
    coefficient_slopes: Array
    slopes_by_product: Mapping[int, Array]
    columns: list[int]
    theta_slice: slice
    levels: int

    @classmethod
    def at(
        cls,
        stack: MarketStack,
        design: Design,
        layout: ParameterLayout,
        theta: Array,
        *,
        delta: Array,
    ) -> MarketState:
        """The stack at theta (P,) and delta (B, J)."""
        tastes = stack.tastes(design, *layout.matrices_at(theta))
        model = stack.choice_model(layout.rho_at(theta))
        P, _ = model.evaluate(delta[..., None] + stack.mu(tastes))
        return cls.from_probabilities(stack, design, layout, model, tastes=tastes, P=P)

    @classmethod
    def from_probabilities(
        cls,
        stack: MarketStack,
        design: Design,
        layout: ParameterLayout,
        model: ChoiceModel,
        *,
        tastes: Tastes,
        P: Array,
    ) -> MarketState:
        """The stack at probabilities P (B, J, I)."""
        of_pi = [d for _, d in np.argwhere(layout.pi != 0)]
        v = [stack.nodes[..., l] for _, l in np.argwhere(layout.sigma != 0)]
        n_sigma = len(v)
        v += [stack.demographics[..., d] for d in of_pi]
        of_products = stack.by_product
        by_product = {n_sigma + n: of_products[d] for n, d in enumerate(of_pi) if d in of_products}
        for n, k in enumerate(layout.columns):
            if design.lognormal[k]:
                if n in by_product or k in tastes.by_product:
                    by_product[n] = by_product.get(n, v[n][..., None, :]) * tastes.of(k)
                v[n] = v[n] * tastes.common[..., k]
        return cls(
            stack=stack,
            model=model,
            P=P,
            tastes=tastes,
            coefficient_slopes=np.stack(v, axis=-1) if v else np.zeros((*stack.w.shape, 0)),
            slopes_by_product=by_product,
            columns=layout.columns,
            theta_slice=layout.theta_slice,
            levels=len(layout.rho),
        )

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return int(self.theta_slice.stop) + self.levels

    @property
    def x(self) -> Array:
        """The characteristic of each searched entry of sigma and pi (B, J, n)."""
        return self.stack.X2[..., self.columns]

    def utility_slope(self, n: int) -> Array:
        """du_ij/dtheta of a searched entry of sigma and pi, what broadcasts to (B, J, I)."""
        own = self.slopes_by_product.get(n)
        if own is None:
            return np.asarray(self.x[..., [n]] * self.coefficient_slopes[..., None, :, n])
        return self.stack.compared(self.stack.characteristics[..., [self.columns[n]]] * own)

    @cached_property
    def mean_characteristics(self) -> Array:
        """sum_j P_ji x_j: of what each agent chooses (B, I, n)."""
        return np.asarray(self.P.swapaxes(-1, -2) @ self.x)

    @cached_property
    def none(self) -> Array:
        """1 - sum_j P_ji: who buys nothing (B, I)."""
        return np.asarray(1.0 - self.P.sum(axis=-2))

    def kernel(self) -> Array:
        """G = ds/ddelta (B, J, J)."""
        return self.model.kernel(self.P, self.stack.w)

    def share_slopes(self) -> Array:
        """ds_j/dtheta (B, J, P) with delta held fixed."""
        P, x, w = self.P, self.stack.X2, self.stack.w[..., None]
        slopes = np.zeros((*P.shape[:-1], self.n_parameters))
        weighted = w * self.coefficient_slopes
        if isinstance(self.model, Nested):
            for k in set(self.columns):
                entries = [n for n, column in enumerate(self.columns) if column == k]
                ds = self.model.along(P, x[..., [k]]) @ weighted[..., entries]
                slopes[..., [self.theta_slice.start + n for n in entries]] = ds
            if self.levels:
                ds = np.moveaxis(along_rho(self.model, P) @ w, 0, -1)
                slopes[..., self.theta_slice.stop :] = ds[..., 0, :]
        else:
            # sum_i w_i P_ij v_i (x_jk - sum_l P_il x_lk), all entries at once.
            both = np.concatenate([weighted, weighted * self.mean_characteristics], axis=-1)
            direct, substitution = np.split(P @ both, 2, axis=-1)
            slopes[..., self.theta_slice] = self.x * direct - substitution
        for n in self.slopes_by_product:
            along = self.model.along(P, self.utility_slope(n))
            slopes[..., self.theta_slice.start + n] = (along @ w)[..., 0]
        return slopes

    def probability_slope(self, position: int, ddelta: Array) -> Array:
        """dP (B, J, I) along theta[position], delta moving by ddelta (B, J)."""
        dP = self.model.along(self.P, ddelta[..., None])
        n = position - self.theta_slice.start
        if 0 <= n < len(self.columns):
            if n in self.slopes_by_product:
                return np.asarray(dP + self.model.along(self.P, self.utility_slope(n)))
            x = self.x[..., [n]]
            return dP + self.model.along(self.P, x) * self.coefficient_slopes[..., None, :, n]
        if position >= self.theta_slice.stop and isinstance(self.model, Nested):
            return np.asarray(dP + along_rho(self.model, self.P)[position - self.theta_slice.stop])
        return dP
