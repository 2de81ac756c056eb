"""The equations of an estimation as functions of theta: y(theta) and dy/dtheta."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inroads.choice.model import Array
from inroads.conduct.bertrand import margins, ownership
from inroads.errors import InputError
from inroads.fit.blp import Free, Markets
from inroads.fit.demand import Design
from inroads.fit.gmm import Equation
from inroads.tables.panel import Panel


class System:
    """Demand: delta(theta) = X1 beta + xi. Supply: f(c(theta)) = X3 gamma + omega."""

    def __init__(self, design: Design, panel: Panel, free: Free) -> None:
        self.design, self.panel, self.free = design, panel, free
        self.markets = Markets(design, panel, free)
        self.start = free.start
        self.equations = [Equation(design.X1, design.Z)]
        if design.supply is not None:
            self.equations.append(Equation(design.X3, design.ZS))
            firms = panel.products["firm_ids"].to_numpy()
            self.owns = [ownership(firms[b.products]) for b in panel.blocks]
        self.names = (*design.linear, *design.cost_names, *free.names(design))
        self._theta: Array | None = None
        self._y: list[Array] = []
        self._slopes: list[Array] = []
        self.costs = np.zeros(0)
        self._moved: Callable[[Array], Array] = lambda ddelta: ddelta

    def at(self, theta: Array) -> list[Array]:
        """y of each equation (N,), fixed effects taken out; kept until theta changes."""
        if self._theta is None or not np.array_equal(theta, self._theta):
            self._theta = None
            self.delta = net = self.markets.solve(theta)
            if self.free.prices is not None:
                net = net - theta[0] * self.panel.products["prices"].to_numpy()
            y = [self.design.within(net)]
            if self.design.supply is not None:
                self.costs, self._moved = self._costs(theta)
                y.append(self.design.supply.transform(self.costs)[0])
            self._theta, self._y, self._slopes = theta.copy(), y, []
        return self._y

    def slopes(self, theta: Array) -> list[Array]:
        """dy/dtheta of each equation (N, P)."""
        self.at(theta)
        if not self._slopes:
            ddelta = self.markets.derivative(theta, self.delta)
            found = ddelta.copy()
            if self.free.prices is not None:
                found[:, 0] -= self.panel.products["prices"].to_numpy()
            self._slopes = [self.design.within(found)]
            if self.design.supply is not None:
                dc = self._moved(ddelta)
                slope = self.design.supply.transform(self.costs)[1]
                self._slopes.append(slope[:, None] * dc)
        return self._slopes

    def _costs(self, theta: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Marginal costs (N,) that make prices an equilibrium, and how they move with theta."""
        prices = self.panel.products["prices"].to_numpy(float)
        costs = np.zeros(len(prices))
        kept = []
        for part, owns in zip(self.markets.parts, self.owns, strict=True):
            p = part[0]
            state = self.markets.prices_matter(theta, self.delta, part)
            margin = margins(state.jacobian, part[1], owns)
            costs[p] = prices[p] - margin
            kept.append((p, state, owns, margin))

        def moved(ddelta: Array) -> Array:
            out = np.zeros((len(prices), len(theta)))
            for p, state, owns, margin in kept:
                # (A + dA)(m + dm) = -s with s observed: dm = -A^-1 dA m, and dc = -dm.
                A = owns * state.jacobian.swapaxes(-1, -2)
                for k in range(len(theta)):
                    dA = owns * state.change(k, ddelta[p, k]).swapaxes(-1, -2)
                    out[p, k] = np.linalg.solve(A, dA @ margin[..., None])[..., 0]
            return out

        return costs, moved


class NestedRegression:
    """Berry's (1994) regression, ln s_j - ln s_0 = X beta + rho ln s_(j|g) + xi: no search."""

    def __init__(self, design: Design, panel: Panel) -> None:
        products = panel.products
        if "nesting_ids" not in products or design.random or design.supply is not None:
            raise InputError.single(
                expected="a column 'nesting_ids', and neither random coefficients nor supply",
                found=", ".join(map(str, products.columns)),
                where="products",
                remedy="add the column; with random coefficients, nests are not estimated.",
            )
        shares = products["shares"].to_numpy(float)
        nests = products.groupby(["market_ids", "nesting_ids"])["shares"].transform("sum")
        inside = products.groupby("market_ids")["shares"].transform("sum").to_numpy()
        self.design, self.start = design, np.zeros(0)
        self.within_share = np.log(shares) - np.log(nests.to_numpy())
        self.delta = np.log(shares) - np.log1p(-inside)
        column = design.within(self.within_share[:, None])
        self.equations = [Equation(np.column_stack([design.X1, column]), design.Z)]
        self.names = (*design.linear, "rho")

    def at(self, theta: Array) -> list[Array]:
        """ln s_j - ln s_0, fixed effects taken out."""
        return [self.design.within(self.delta)]

    def slopes(self, theta: Array) -> list[Array]:
        """Nothing is searched."""
        return [np.zeros((len(self.delta), 0))]
