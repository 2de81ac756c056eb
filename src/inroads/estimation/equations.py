"""The equations of an estimation as functions of theta: values y(theta) and slopes dy/dtheta.

Demand: delta(theta) = X1 beta + xi. Supply: f(c(theta)) = X3 gamma + omega, c the marginal costs
that make observed prices a Nash equilibrium. Values and slopes are frozen; nothing is remembered
between calls but what the caller passes on as a warm start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.berry import panel_log_share_ratios, within_shares
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.derived_residuals import ErrorProduct, Innovation
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.gmm.objective import EquationSlopes, EquationValues
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.markets.costs import Pricing, bundles_of
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.mean_utilities import (
    MeanUtilities,
    PanelState,
    StackSlope,
    StackSolution,
    WarmStart,
)
from inroads.estimation.markets.price_bundles import PriceBundles
from inroads.estimation.markets.stacks import MarketStack
from inroads.estimation.micro.compile import sample_moments, weighted_at_start
from inroads.estimation.micro.moments import SampleMoment
from inroads.numerics.stacked_factor import StackedFactor
from inroads.tables.panel import Panel


@dataclass(frozen=True, kw_only=True)
class NonlinearValues(EquationValues):
    """Values with the state of each stack: its probabilities, its prices' conditions."""

    state: PanelState
    pricing: tuple[Pricing | None, ...]
    #: f'(c) (N,), zero for products without a supply side
    cost_transform_slope: Array

    def without_state(self) -> EquationValues:
        """The values alone, the large arrays behind them freed."""
        return EquationValues(
            theta=self.theta,
            y=self.y,
            delta=self.delta,
            costs=self.costs,
            iterations=self.iterations,
        )


class NonlinearEquations:
    """Demand by inversion of shares, supply from Nash-equilibrium prices, moments of micro data.

    The supply equation is zero, on both sides, for products without a supply side.
    """

    def __init__(
        self,
        design: Design,
        panel: Panel,
        layout: ParameterLayout,
        workers: int = 1,
        *,
        micro: Sequence[SampleMoment] = (),
        micro_covariance: ArrayLike | None = None,
    ) -> None:
        self.design, self.panel, self.layout = design, panel, layout
        self.mean_utilities = MeanUtilities(
            design, panel, layout, workers, padded=_may_be_padded(design)
        )
        self.start = layout.start
        prices = panel.products.get("prices", 0.0)
        self._prices = np.broadcast_to(np.asarray(prices, dtype=float), (len(panel),))
        self.regressions = [Equation(design.X1, design.Z)]
        if design.conduct is not None:
            supply = design.supply
            in_money = supply is not None and not supply.log
            unit = float(np.std(self._prices[design.supplied])) if in_money else 1.0
            self.regressions.append(Equation(design.X3, design.ZS, unit or 1.0))
        derived, own_names = derived_equations(design, self.regressions[-1].unit)
        self.regressions += derived
        self.derived = len(derived)
        self.names = (*design.linear, *design.cost_names, *own_names, *layout.names(design))
        rows, stacks = self.mean_utilities.rows, self.mean_utilities.stacks
        self.bundles = tuple(bundles_of(design, stack, rows) for stack in stacks)
        self.micro = sample_moments(micro, panel, stacks, micro_covariance) if micro else None
        if self.micro is not None:
            self.micro = weighted_at_start(self.micro, self.mean_utilities)
            self.regressions.append(self.micro.equation)

    def cold_start(self) -> WarmStart:
        """Where inversions begin when nothing is known: plain logit."""
        return self.mean_utilities.cold_start()

    def at(self, theta: Array, warm: WarmStart | None = None) -> NonlinearValues:
        """y of each equation (N,), fixed effects taken out.

        Raises ConvergenceError where shares cannot be inverted, InputError where no costs follow.
        """
        inversion = self.mean_utilities
        warm_start = warm or self.cold_start()
        starts = warm_start.delta_at(theta)
        price = self.layout.price_at(theta) if self.design.supply is not None else 0.0

        def evaluate_stack(
            stack: MarketStack, factor: StackedFactor | None, bundles: PriceBundles | None
        ) -> tuple[StackSolution, Pricing | None]:
            solved = inversion.solve_stack(stack, theta, warm_start, starts, factor=factor)
            if bundles is None or not solved.solution.converged:
                return solved, None
            with _costs_exist(theta):
                return solved, Pricing.at(solved.state, self.design, price, bundles)

        columns = (inversion.stacks, inversion.factors(warm_start), self.bundles)
        evaluated = inversion.executor.map(evaluate_stack, *columns)
        state = inversion.gather(theta, [solved for solved, _ in evaluated])
        pricing = tuple(stack_pricing for _, stack_pricing in evaluated)
        delta = state.delta[: len(self.panel)]
        y, costs, cost_slope = [self._demand_values(theta, delta)], np.zeros(0), np.zeros(0)
        if self.design.supply is not None:
            margins = [None if p is None else p.margins for p in pricing]
            costs = self._prices - self._by_product(margins, np.nan)
            supply_y, cost_slope = self._supply_values(costs)
            y.append(self.design.without_supply_effects(supply_y))
        y += [np.zeros(len(delta))] * self.derived
        if self.micro is not None:
            y.append(self.micro.y(state))
        return NonlinearValues(
            theta=state.theta,
            y=tuple(y),
            delta=delta,
            costs=costs,
            iterations=state.iterations,
            state=state,
            pricing=pricing,
            cost_transform_slope=cost_slope,
        )

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        """dy/dtheta of each equation (N, P), and the warm start that they give."""
        assert isinstance(values, NonlinearValues)
        inversion, theta = self.mean_utilities, values.theta

        def stack_slopes(
            state: MarketState, pricing: Pricing | None
        ) -> tuple[StackSlope | None, Array | None]:
            in_delta = inversion.stack_slope(state)
            if in_delta is None or pricing is None:
                return in_delta, None
            with _costs_exist(theta):
                return in_delta, pricing.cost_slopes(in_delta.slope)

        slopes = inversion.executor.map(stack_slopes, values.state.states, values.pricing)
        warm = inversion.gather_slopes(values.state, [in_delta for in_delta, _ in slopes])
        assert warm.slope is not None
        ddelta = warm.slope[: len(self.panel)].copy()
        if self.layout.prices is not None:
            ddelta[:, 0] -= self._prices
        dy = [self.design.without_fixed_effects(ddelta)]
        if self.design.supply is not None:
            dcosts = self._by_product([in_costs for _, in_costs in slopes], 0.0, len(theta))
            in_transformed = values.cost_transform_slope[:, None] * dcosts
            dy.append(self.design.without_supply_effects(in_transformed))
        dy += [np.zeros_like(ddelta)] * self.derived
        if self.micro is not None:
            in_stacks = [slope.slope for slope, _ in slopes if slope is not None]
            dy.append(self.micro.dy(values.state, in_stacks))
        return EquationSlopes(tuple(dy), warm)

    def mean_utility(self, values: EquationValues, beta: Array) -> Array:
        """delta (N,) at linear parameters beta (K,)."""
        return values.delta

    def _demand_values(self, theta: Array, delta: Array) -> Array:
        """delta (N,) less what a searched price coefficient explains, without fixed effects."""
        net = delta if self.layout.prices is None else delta - theta[0] * self._prices
        return self.design.without_fixed_effects(net)

    def _supply_values(self, costs: Array) -> tuple[Array, Array]:
        """f(c) (N,) and f'(c) (N,), zero for products without a supply side."""
        supply, rows = self.design.supply, self.design.supplied
        assert supply is not None
        y, slope = np.zeros(len(costs)), np.zeros(len(costs))
        y[rows], slope[rows] = supply.transform(costs[rows])
        return y, slope

    def _by_product(self, tables: Sequence[Array | None], fill: float, *shape: int) -> Array:
        """Tables of stacks (B, J, ...) as one of products (N, ...), `fill` where there is none."""
        combined = np.full((self.mean_utilities.rows, *shape), fill)
        for stack, table in zip(self.mean_utilities.stacks, tables, strict=True):
            if table is not None:
                combined[stack.products] = table
        return combined[: len(self.panel)]


def _may_be_padded(design: Design) -> bool:
    """Whether a product of negligible share can be added to any market of the design."""
    plain_logit = not len(design.nests) and design.available is None and design.outside
    return plain_logit and (design.conduct is None or design.conduct.by_firm)


class LinearNestedEquations:
    """Berry's (1994) regression, ln s_j - ln s_0 = X beta + rho within + xi: no search.

    within (N, L): see `within_shares`; rho are the last L coefficients.
    """

    def __init__(self, design: Design, panel: Panel, layout: ParameterLayout) -> None:
        self.design, self.layout, self.start = design, layout, np.zeros(0)
        self.within_shares = within_shares(design, panel.products)
        self.log_share_ratios = panel_log_share_ratios(panel)
        columns = design.without_fixed_effects(self.within_shares)
        self.regressions = [Equation(np.column_stack([design.X1, columns]), design.Z)]
        derived, own_names = derived_equations(design, 1.0)
        self.regressions += derived
        self.names = (*design.linear, *rho_names(len(design.nests)), *own_names)

    def cold_start(self) -> None:
        """Nothing is inverted."""
        return

    def at(self, theta: Array, warm: object = None) -> EquationValues:
        """ln s_j - ln s_0, fixed effects taken out."""
        y = self.design.without_fixed_effects(self.log_share_ratios)
        derived = [np.zeros(len(y))] * (len(self.regressions) - 1)
        return EquationValues(
            theta=theta,
            y=(y, *derived),
            delta=self.log_share_ratios,
            costs=np.zeros(0),
            iterations=0,
        )

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        """Nothing is searched."""
        return EquationSlopes(
            (np.zeros((len(self.log_share_ratios), 0)),) * len(self.regressions), None
        )

    def mean_utility(self, values: EquationValues, beta: Array) -> Array:
        """delta (N,) at linear parameters beta (K,), rho the last of them."""
        first = len(self.design.linear)
        rho = beta[first : first + self.within_shares.shape[1]]
        return np.asarray(values.delta - self.within_shares @ rho)


def derived_equations(design: Design, cost_unit: float) -> tuple[list[Equation], tuple[str, ...]]:
    """Equations of innovations of xi and of xi omega, and names of their own coefficients."""
    equations, names = [], []
    if design.innovation_instruments:
        own = np.zeros((len(design.ZI), 1))
        equations.append(Equation(own, design.ZI, derived=Innovation(design.previous)))
        names.append("phi")
    if design.covariance_instruments:
        none = np.zeros((len(design.ZC), 0))
        equations.append(Equation(none, design.ZC, cost_unit, derived=ErrorProduct()))
    return equations, tuple(names)


EstimationEquations = NonlinearEquations | LinearNestedEquations


@contextmanager
def _costs_exist(theta: Array) -> Iterator[None]:
    """Turn the failure of linear algebra on margins into an InputError that says what it means."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except np.linalg.LinAlgError:
        raise refuse(
            expected="shares that answer to prices, beside supply",
            found=f"shares that do not, at {theta.tolist()}",
            where="supply",
            remedy="put prices in `linear` or `random`, or start elsewhere.",
        ) from None


def build_equations(
    design: Design,
    panel: Panel,
    layout: ParameterLayout,
    workers: int = 1,
    *,
    micro: Sequence[SampleMoment] = (),
    micro_covariance: ArrayLike | None = None,
) -> EstimationEquations:
    """The regression where nesting parameters are linear, the search where they are not."""
    if micro and not (design.random and layout.start.size):
        raise refuse(
            expected="random coefficients that are searched, of which micro data speak",
            found="none",
            where="micro",
            remedy="add `random`, and start={'sigma': ..., 'pi': ...}.",
        )
    if len(design.nests) and not len(layout.rho):
        return LinearNestedEquations(design, panel, layout)
    return NonlinearEquations(
        design, panel, layout, workers, micro=micro, micro_covariance=micro_covariance
    )
