"""The steps of GMM: weights, searches from several starts, weights again."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, one_of, refuse
from inroads.estimation.gmm.moments import Projection, regressor_moments
from inroads.estimation.gmm.objective import EquationValues, Point
from inroads.estimation.gmm.starts import (
    GmmProblem,
    first_starts,
    interrupted,
    search_from_all_starts,
    search_once,
    start_refused,
)
from inroads.estimation.gmm.trust_region import SearchResult
from inroads.estimation.gmm.weights import (
    ExactMomentError,
    efficient_weights,
    tsls_weight_factor,
)
from inroads.estimation.inference.covariance import Inference, MomentJacobian, infer
from inroads.estimation.inference.edge import SquareSlopes, is_at_edge, squares_near_zero
from inroads.estimation.progress import EvaluationCounter
from inroads.solution import Solution, Status

Steps = Literal[1, 2, "iterated"]
_MAX_STEPS = 100
# Iterated steps end when no parameter moves by more than this part of its standard error.
_CONVERGED_MOVE = 1e-4


@dataclass(frozen=True, kw_only=True)
class GmmOptions:
    """steps: of GMM; n_starts: how many points the first begins at; initial_weighting: W (M, M) to
    begin with, that of two-stage least squares where None, "unscaled" with costs in units of money;
    initial_update: whether it is replaced by the efficient one at the start; executor: who searches
    from several starts at once."""

    steps: Steps = 2
    n_starts: int = 3
    initial_weighting: ArrayLike | Literal["unscaled"] | None = None
    initial_update: bool = False
    seed: int = 0
    executor: Executor | None = None


@dataclass(frozen=True, kw_only=True)
class GmmResult:
    """Where the steps ended.

    point: theta, equations' values and slopes; solution: how the search ended; beta (K,): linear
    parameters; weight_factor L (M, M): the last, efficient or not, with the condition number of the
    covariance that it inverts; at_bounds, at_edge (P,): bounds, and standard deviations at zero;
    searches: a row a start of the first step.
    """

    point: Point
    solution: Solution[Array]
    beta: Array
    residuals: list[Array]
    objective: float
    weight_factor: Array
    efficient: bool
    condition: float
    steps: int
    inference: Inference
    at_bounds: np.ndarray
    at_edge: np.ndarray
    searches: pd.DataFrame

    @property
    def standard_errors(self) -> Array:
        """Of all parameters (K + P,); nan at the edge, where a parameter's square has one."""
        errors = np.sqrt(np.diag(self.inference.covariance))
        errors[len(self.beta) :][self.at_edge] = np.nan
        return errors

    def with_status(self, status: Status) -> GmmResult:
        """The same with another status."""
        return replace(self, solution=replace(self.solution, status=status))


@dataclass(frozen=True)
class _Weighting:
    """A weight factor L (M, M), whether it is efficient, the condition of what it inverts."""

    factor: Array
    efficient: bool = False
    condition: float = float("nan")


def run_gmm(problem: GmmProblem, options: GmmOptions, counter: EvaluationCounter) -> GmmResult:
    """GMM by `options`. Ctrl-C during a search ends there, with the best point so far."""
    weighting, start_values = _first_weighting(problem, options)
    starts = first_starts(problem, options.n_starts, options.seed)
    result, searches = search_from_all_starts(
        problem,
        weighting.factor,
        starts,
        counter,
        start_values=start_values,
        executor=options.executor,
    )
    step, last = 1, None
    while True:
        try:
            end = _evaluate_end(problem, weighting, result, step, searches=searches)
        except KeyboardInterrupt:
            # Once more: the best point is worth its standard errors.
            result = interrupted(result)
            end = _evaluate_end(problem, weighting, result, step, searches=searches)
        if result.solution.status is Status.INTERRUPTED or step == options.steps:
            return end
        converged = last is not None and _largest_move(last, end) < _CONVERGED_MOVE
        if options.steps == "iterated" and converged:
            return end
        if step == _MAX_STEPS:
            return end.with_status(Status.MAX_ITERATIONS)
        weighting = _efficient_weighting(problem, end.point.values, end.beta)
        last, step = end, step + 1
        counter.begin_search(step)
        try:
            result = search_once(
                problem, weighting.factor, result.solution.value, counter, previous=result
            )
        except KeyboardInterrupt:
            return end.with_status(Status.INTERRUPTED)
        if not np.isfinite(result.objective):
            return end.with_status(Status.STALLED)


def _first_weighting(
    problem: GmmProblem, options: GmmOptions
) -> tuple[_Weighting, EquationValues | None]:
    """Weights of the first step, and the equations' values at the start where these need them."""
    regressions, initial = problem.regressions, options.initial_weighting
    L = tsls_weight_factor(regressions)
    if isinstance(initial, str):
        one_of("initial_weighting", initial, "unscaled")
        L = tsls_weight_factor(regressions, [1.0] * len(regressions))
    elif initial is not None:
        W, M = np.asarray(initial, dtype=float), len(L)
        try:
            if W.shape != (M, M):
                raise np.linalg.LinAlgError
            L = np.linalg.cholesky((W + W.T) / 2)
        except np.linalg.LinAlgError:
            raise refuse(
                expected=f"weights ({M}, {M}), positive definite: one row for each moment",
                found=f"the shape {W.shape}",
                where="initial_weighting",
                remedy="give those of an estimate with the same instruments.",
            ) from None
    if not options.initial_update:
        return _Weighting(L), None
    try:
        values = problem.equations.at(problem.equations.start)
    except ConvergenceError as error:
        raise start_refused(str(error)) from None
    beta = Projection(regressions, L).beta(values.y)
    return _efficient_weighting(problem, values, beta), values


def _efficient_weighting(problem: GmmProblem, values: EquationValues, beta: Array) -> _Weighting:
    """Efficient weights at the equations' values and linear parameters beta (K,).

    Raises InputError where moments are met exactly that no parameter is there to meet.
    """
    residuals = problem.residuals(values.y, beta)
    S = problem.moment_covariance(values, beta)
    try:
        ZX = regressor_moments(problem.regressions, residuals, beta)
        weights = efficient_weights(problem.regressions, residuals, S, ZX)
    except ExactMomentError as error:
        raise problem.exact_moment_refused(error.weights, len(residuals)) from None
    return _Weighting(weights.factor, True, weights.condition)


def _evaluate_end(
    problem: GmmProblem,
    weighting: _Weighting,
    result: SearchResult,
    step: int,
    *,
    searches: pd.DataFrame,
) -> GmmResult:
    """Linear parameters, covariance and tests at the end of a search."""
    point, regressions = result.point, problem.regressions
    assert point is not None
    projection = Projection(regressions, weighting.factor)
    beta = projection.beta(point.values.y)
    residuals = problem.residuals(point.values.y, beta)
    at_bounds = problem.bounds.active(point.theta, point.g)
    min_lengths = problem.bounds.length if point.theta.size else np.zeros(0)
    S = problem.moment_covariance(point.values, beta)

    def inference_at(squares: SquareSlopes) -> Inference:
        dy, lengths = squares.put(point.slopes.dy, min_lengths)
        n_products = len(squares.covariances)
        at_edge = np.isin(np.arange(point.theta.size), squares.positions)
        at_edge = np.append(at_edge, np.ones(n_products, dtype=bool))
        jacobian = MomentJacobian.at(
            regressions,
            residuals,
            dy,
            lengths,
            at_bounds=np.append(at_bounds, np.zeros(n_products, dtype=bool)),
            at_edge=at_edge,
            beta=beta,
        )
        return infer(
            projection,
            jacobian,
            residuals,
            S,
            names=(*problem.names, *(f"{problem.theta_names[k]}^2" for k in squares.covariances)),
            objective=result.objective,
            efficient=weighting.efficient,
        ).of_first(len(problem.names))

    squares = SquareSlopes.none(point)
    first_order = inference = inference_at(squares)
    if result.solution.converged:
        layout = problem.equations.layout
        errors = np.sqrt(np.diag(first_order.covariance))[len(beta) :]
        squares = squares_near_zero(problem.equations, layout, point, min_lengths, errors)
    if squares.positions:
        positions = list(squares.positions)
        inference = inference_at(squares)
        of_squares, of_deviations = (
            np.sqrt(np.diag(i.covariance))[len(beta) :][positions] for i in (inference, first_order)
        )
        at_edge = is_at_edge(point.theta[positions], of_squares, of_deviations)
        squares = squares.only(at_edge)
        inference = inference_at(squares) if at_edge.any() else first_order
        at_bounds[list(squares.positions)] = False
    return GmmResult(
        point=point,
        solution=result.solution,
        beta=beta,
        residuals=residuals,
        objective=result.objective,
        weight_factor=weighting.factor,
        efficient=weighting.efficient,
        condition=weighting.condition,
        steps=step,
        inference=inference,
        at_bounds=at_bounds,
        at_edge=np.isin(np.arange(point.theta.size), squares.positions),
        searches=searches,
    )


def _largest_move(last: GmmResult, end: GmmResult) -> float:
    """The largest move of a parameter, in its standard errors."""
    before, after = (np.concatenate([r.beta, r.solution.value]) for r in (last, end))
    errors = end.standard_errors
    moves = np.abs(after - before)[errors > 0] / errors[errors > 0]
    return float(moves.max(initial=0.0))
