"""Mean utilities delta(theta) of random-coefficients demand, and their derivative.

mu_ij = sum_k x_jk g_k(sum_l sigma_kl nu_il + sum_d pi_kd D_id), g the identity or, lognormal, the
exponential: Berry, Levinsohn and Pakes (1995), Nevo (2001). By the implicit function theorem
ddelta/dtheta = -G^-1 ds/dtheta, G = ds/ddelta.

Everything is a function of values: `solve(theta, warm)` gives a `PanelState`, `derivative(state)`
its slopes and the `WarmStart` from which a solve nearby begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, invert
from inroads.choice.base import Array
from inroads.choice.inversion.accelerated import contract
from inroads.choice.inversion.slopes import LARGE, solve_kernel
from inroads.errors import ConvergenceError
from inroads.estimation.design.berry import log_share_ratios
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.without_outside import check_searched
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.stacks import (
    STACK_BYTES,
    MarketStack,
    StackExecutor,
    market_stacks,
)
from inroads.estimation.markets.warm_inversion import invert_from
from inroads.numerics.stacked_factor import StackedFactor
from inroads.solution import Solution, Status
from inroads.tables.panel import Panel

#: An error in log shares from which an ended search is not worth going on.
_FAR = 1.0
_TOLERANCE = 1e-13


@dataclass(frozen=True)
class WarmStart:
    """Where a solve begins: theta, delta (rows,), ddelta/dtheta (rows, P), G of each stack.

    Without slopes and factors it begins at delta itself.
    """

    theta: Array
    delta: Array
    slope: Array | None = None
    factors: tuple[StackedFactor | None, ...] | None = None

    def delta_at(self, theta: Array) -> Array:
        """delta (rows,) at theta by the tangent."""
        if self.slope is None:
            return self.delta
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.delta + self.slope @ (theta - self.theta))


@dataclass(frozen=True)
class StackSolution:
    """A stack at theta: how its inversion ended, and the state there."""

    solution: Solution[Array]
    state: MarketState


@dataclass(frozen=True)
class StackSlope:
    """ddelta/dtheta (B, J, P) of a stack and the factor of its G, none of large markets."""

    slope: Array
    factor: StackedFactor | None


@dataclass(frozen=True)
class PanelState:
    """All markets at theta: delta (rows,), the state of each stack, Newton iterations taken."""

    theta: Array
    delta: Array
    states: tuple[MarketState, ...]
    iterations: int


class MeanUtilities:
    """delta(theta) of every market of a panel, in stacks that `workers` threads share.

    The answer does not depend on the number of workers. max_bytes: of a stack's largest arrays.
    padded: whether markets are padded to common sizes (see `market_stacks`); arrays over products
    then have `rows` rows, N and those of padding.
    """

    def __init__(
        self,
        design: Design,
        panel: Panel,
        layout: ParameterLayout,
        workers: int = 1,
        *,
        max_bytes: int = STACK_BYTES,
        padded: bool = False,
    ) -> None:
        self.design, self.panel, self.layout = design, panel, layout
        self.executor = StackExecutor(workers)
        if not design.outside:
            check_searched(design, panel, layout)
        self.stacks = tuple(
            market_stacks(design, panel, max_bytes, padded=padded, compared=not design.outside)
        )
        last = max(int(stack.products.max()) for stack in self.stacks)
        self.rows = max(last + 1, len(panel))

    def cold_start(self) -> WarmStart:
        """Mean utilities of plain logit, log s - log s_0."""
        delta = np.empty(self.rows)
        for stack in self.stacks:
            stack.put(delta, log_share_ratios(stack.S))
        return WarmStart(self.layout.start, delta)

    def solve(self, theta: Array, warm: WarmStart | None = None) -> PanelState:
        """Every market at theta; ConvergenceError names the market that is furthest off."""
        warm_start = warm or self.cold_start()
        starts = warm_start.delta_at(theta)
        solutions = self.executor.map(
            lambda stack, factor: self.solve_stack(stack, theta, warm_start, starts, factor=factor),
            self.stacks,
            self.factors(warm_start),
        )
        return self.gather(theta, solutions)

    def factors(self, warm: WarmStart) -> Sequence[StackedFactor | None]:
        """The factor of each stack's Jacobian at a warm start, None where there is none."""
        return warm.factors or [None] * len(self.stacks)

    def solve_stack(
        self,
        stack: MarketStack,
        theta: Array,
        warm: WarmStart,
        starts: Array,
        *,
        factor: StackedFactor | None,
    ) -> StackSolution:
        """Invert the shares of one stack at theta, from `starts` (rows,)."""
        layout = self.layout
        rho = layout.rho_at(theta)
        model = stack.choice_model(rho)
        tastes = stack.tastes(self.design, *layout.matrices_at(theta))
        mu = stack.mu(tastes)
        demand_at = model.demand(mu, stack.w, np.zeros(stack.w.shape))
        start = stack.utilities_of(starts)
        if factor is None:
            contraction = contract(demand_at, model, stack.S, start, tolerance=_TOLERANCE / 2)
            solution, demand = contraction.solution(_TOLERANCE), contraction.demand
        else:
            solution, demand = invert_from(demand_at, stack.S, start, factor)
        if not solution.converged:
            # A tangent followed too far, or a contraction that ran astray, are no place to begin.
            near = factor is not None and solution.residual < _FAR
            solution = invert(
                stack.S,
                mu,
                stack.w,
                model=model,
                start=solution.value if near else stack.utilities_of(warm.delta),
                # Within a nest utilities are divided by 1 - rho, and rounding with them.
                tolerance=_TOLERANCE / (1.0 - float(rho.max(initial=0.0))),
                throw=False,
            )
            demand = demand_at(solution.value)
        P = demand.probabilities()
        state = MarketState.from_probabilities(
            stack, self.design, layout, model, tastes=tastes, P=P
        )
        return StackSolution(solution, state)

    def gather(self, theta: Array, solutions: Sequence[StackSolution]) -> PanelState:
        """The stacks' solutions as one state of the panel; ConvergenceError where one failed."""
        delta = np.empty(self.rows)
        for stack, solved in zip(self.stacks, solutions, strict=True):
            if not solved.solution.converged:
                raise self._inversion_failure(stack, theta, solved.solution)
            stack.put(delta, solved.solution.value)
        states = tuple(solved.state for solved in solutions)
        iterations = sum(solved.solution.iterations for solved in solutions)
        return PanelState(theta.copy(), delta, states, iterations)

    def state_at(self, theta: Array, delta: Array) -> PanelState:
        """Every market at theta and a given delta (rows,)."""
        states = self.executor.map(
            lambda stack: MarketState.at(
                stack, self.design, self.layout, theta, delta=stack.utilities_of(delta)
            ),
            self.stacks,
        )
        return PanelState(theta.copy(), delta, tuple(states), 0)

    def derivative(self, state: PanelState) -> WarmStart:
        """ddelta/dtheta (rows, P) at a state, with the factors: where a solve nearby begins."""
        return self.gather_slopes(state, self.executor.map(self.stack_slope, state.states))

    def stack_slope(self, state: MarketState) -> StackSlope | None:
        """-G^-1 ds/dtheta of one stack; None where shares do not answer to utilities."""
        if not state.n_parameters:
            return StackSlope(np.zeros((*state.stack.S.shape, 0)), None)
        if state.P.shape[-2] >= LARGE and isinstance(state.model, Logit):
            solved = solve_kernel(state.P, state.stack.w, state.share_slopes())
            if solved is not None:
                return StackSlope(-solved, None)
        try:
            factor = StackedFactor.factorize(state.kernel())
        except np.linalg.LinAlgError:
            return None
        return StackSlope(-factor.solve(state.share_slopes()), factor)

    def gather_slopes(self, state: PanelState, slopes: Sequence[StackSlope | None]) -> WarmStart:
        """The stacks' slopes as one of the panel; ConvergenceError where there is none."""
        ddelta = np.zeros((len(state.delta), len(state.theta)))
        factors = []
        for stack, stack_slope in zip(self.stacks, slopes, strict=True):
            if stack_slope is None:
                raise ConvergenceError(
                    f"expected shares that answer to utilities at {state.theta.tolist()}; found "
                    "none, to rounding. Remedy: start elsewhere, or bound the parameters.",
                    Solution(state.delta, Status.STALLED, np.inf, 0),
                )
            stack.put(ddelta, stack_slope.slope)
            factors.append(stack_slope.factor)
        return WarmStart(state.theta, state.delta, ddelta, tuple(factors))

    def _inversion_failure(
        self, stack: MarketStack, theta: Array, solution: Solution[Array]
    ) -> ConvergenceError:
        """The error that names the market of a stack whose shares are furthest off."""
        state = MarketState.at(stack, self.design, self.layout, theta, delta=solution.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = np.matmul(state.P, stack.w[..., None])[..., 0]
            errors = np.nan_to_num(np.abs(np.log(s) - np.log(stack.S)), nan=np.inf).max(axis=-1)
        market = self.panel.products["market_ids"].iloc[stack.products[int(np.argmax(errors)), 0]]
        return ConvergenceError(
            f"expected shares that can be inverted at {theta.tolist()}; found market {market}, "
            f"where log shares stay {errors.max():.3g} off (status '{solution.status.value}'). "
            "Remedy: start elsewhere, or bound the parameters.",
            solution,
        )
