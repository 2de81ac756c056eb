"""The equations of an estimation as functions of theta: y(theta) and dy/dtheta."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.nests import within_shares
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.gmm.parameters import Free, rho_names
from inroads.estimation.markets.costs import Pricing, apart
from inroads.estimation.markets.market_state import Here
from inroads.estimation.markets.mean_utilities import Markets
from inroads.estimation.markets.price_bundles import Tied
from inroads.estimation.specification import Supply
from inroads.tables.panel import Panel


class System:
    """Demand: delta(theta) = X1 beta + xi. Supply: f(c(theta)) = X3 gamma + omega.

    costs (N,) are those at the last theta, nan for products without a supply side; the supply
    equation is zero there, on both sides.
    """

    def __init__(self, design: Design, panel: Panel, free: Free, workers: int = 1) -> None:
        self.design, self.panel, self.free = design, panel, free
        self.markets = Markets(design, panel, free, workers, filled=_may_be_filled(design))
        self.start = free.start
        self._prices = panel.products["prices"].to_numpy(float)
        self.equations = [Equation(design.X1, design.Z)]
        self.names = (*design.linear, *design.cost_names, *free.names(design))
        self.costs = np.zeros(0)
        if design.conduct is not None:
            supply = design.supply
            money = supply is not None and not supply.log
            unit = float(np.std(self._prices[design.supplied])) if money else 1.0
            self.equations.append(Equation(design.X3, design.ZS, unit or 1.0))
        self._tied = [apart(design, part, self.markets.rows) for part in self.markets.parts]
        self._theta: Array | None = None
        self._y: list[Array] = []
        self._slopes: list[Array] = []
        self._pricing: list[Pricing | None] = []

    def at(self, theta: Array) -> list[Array]:
        """y of each equation (N,), fixed effects taken out; kept until theta changes."""
        if self._theta is None or not np.array_equal(theta, self._theta):
            self._theta = None
            common = self.free.price_at(theta) if self.design.supply is not None else 0.0

            def priced(here: Here, tied: Tied | None) -> Pricing | None:
                if tied is None:
                    return None
                with _answering(theta):
                    return Pricing.at(here, self.design, common, tied)

            self._all, self._pricing = self.markets.solve_then(theta, priced, self._tied)
            self.delta = net = self._all[: len(self.panel)]
            if self.free.prices is not None:
                net = net - theta[0] * self._prices
            y = [self.design.within(net)]
            if self.design.supply is not None:
                y.append(self._supplied(self.design.supply))
            self._theta, self._y, self._slopes = theta.copy(), y, []
        return self._y

    def slopes(self, theta: Array) -> list[Array]:
        """dy/dtheta of each equation (N, P)."""
        self.at(theta)
        if not self._slopes:

            def of_costs(slope: Array, pricing: Pricing | None) -> Array | None:
                if pricing is None:
                    return None
                with _answering(theta):
                    return pricing.slopes_of_costs(slope)

            ddelta, dcosts = self.markets.derivative_then(
                theta, self._all, self.markets.now, of_costs, self._pricing
            )
            found = ddelta[: len(self.panel)].copy()
            if self.free.prices is not None:
                found[:, 0] -= self._prices
            self._slopes = [self.design.within(found)]
            if self.design.supply is not None:
                out = self._gathered(dcosts, 0.0, len(theta))
                self._slopes.append(self._f_slope[:, None] * out)
        return self._slopes

    def _supplied(self, supply: Supply) -> Array:
        """f(c) (N,) of the marginal costs that make prices an equilibrium."""
        margins = [None if p is None else p.margins for p in self._pricing]
        self.costs = costs = self._prices - self._gathered(margins, np.nan)
        rows, y = self.design.supplied, np.zeros(len(costs))
        y[rows], slope = supply.transform(costs[rows])
        self._f_slope = np.zeros(len(costs))
        self._f_slope[rows] = slope
        return y

    def _gathered(self, found: Sequence[Array | None], none: float, *more: int) -> Array:
        """Tables of parts (B, J, ...) as one of products (N, ...), `none` where there is none."""
        out = np.full((self.markets.rows, *more), none)
        for part, table in zip(self.markets.parts, found, strict=True):
            if table is not None:
                out[part.products] = table
        return out[: len(self.panel)]


def _may_be_filled(design: Design) -> bool:
    """Whether a product that nobody notices can be added to any market of the design."""
    plain = not len(design.nests) and design.available is None
    return plain and (design.conduct is None or design.conduct.by_firm)


class NestedRegression:
    """Berry's (1994) regression, ln s_j - ln s_0 = X beta + rho within + xi: no search.

    within_share (N, L): see `within_shares`; rho[l] is the last coefficients.
    """

    def __init__(self, design: Design, panel: Panel) -> None:
        if not len(design.nests) or design.random or design.supply is not None:
            raise InputError.single(
                expected="nests, and neither random coefficients nor supply",
                found="another demand system",
                where="demand",
                remedy="search for rho: give start={'rho': ...}.",
            )
        shares = panel.products["shares"].to_numpy(float)
        inside = panel.products.groupby("market_ids")["shares"].transform("sum").to_numpy()
        self.design, self.start = design, np.zeros(0)
        self.within_share = within_shares(design, panel.products)
        self.delta = np.log(shares) - np.log1p(-inside)
        columns = design.within(self.within_share)
        self.equations = [Equation(np.column_stack([design.X1, columns]), design.Z)]
        self.names = (*design.linear, *rho_names(len(design.nests)))

    def at(self, theta: Array) -> list[Array]:
        """ln s_j - ln s_0, fixed effects taken out."""
        return [self.design.within(self.delta)]

    def slopes(self, theta: Array) -> list[Array]:
        """Nothing is searched."""
        return [np.zeros((len(self.delta), 0))]


@contextmanager
def _answering(theta: Array) -> Iterator[None]:
    """Turn the failure of linear algebra on margins into an InputError that says what it means."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except np.linalg.LinAlgError:
        raise InputError.single(
            expected="shares that answer to prices, beside supply",
            found=f"shares that do not, at {theta.tolist()}",
            where="supply",
            remedy="put prices in `linear` or `random`, or start elsewhere.",
        ) from None


def system_of(
    design: Design, panel: Panel, free: Free, workers: int = 1
) -> System | NestedRegression:
    """The regression where nesting parameters are linear, the search where they are not."""
    if len(design.nests) and not len(free.rho):
        return NestedRegression(design, panel)
    return System(design, panel, free, workers)
