"""The steps of GMM: weights, searches from several starts, weights again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, InputError, one_of, refuse
from inroads.estimation.gmm.bounds import other_starts
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import EquationValues, Infeasible, Objective, Point
from inroads.estimation.gmm.trust_region import SearchResult, search
from inroads.estimation.gmm.weights import (
    ExactMomentError,
    efficient_weights,
    tsls_weight_factor,
)
from inroads.estimation.inference.covariance import Inference, MomentJacobian, infer
from inroads.estimation.problem import EstimationProblem
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
    initial_update: whether it is replaced by the efficient one at the start."""

    steps: Steps = 2
    n_starts: int = 3
    initial_weighting: ArrayLike | Literal["unscaled"] | None = None
    initial_update: bool = False
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class GmmResult:
    """Where the steps ended.

    point: theta, equations' values and slopes; solution: how the search ended; beta (K,): linear
    parameters; weight_factor L (M, M): the last, efficient or not, with the condition number of the
    covariance that it inverts; at_bounds (P,); searches: a row a start of the first step.
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
    searches: pd.DataFrame

    def with_status(self, status: Status) -> GmmResult:
        """The same with another status."""
        return replace(self, solution=replace(self.solution, status=status))


@dataclass(frozen=True)
class _Weighting:
    """A weight factor L (M, M), whether it is efficient, the condition of what it inverts."""

    factor: Array
    efficient: bool = False
    condition: float = float("nan")


def run_gmm(
    problem: EstimationProblem, options: GmmOptions, counter: EvaluationCounter
) -> GmmResult:
    """GMM by `options`. Ctrl-C during a search ends there, with the best point so far."""
    weighting, start_values = _first_weighting(problem, options)
    result, searches = _search_from_all_starts(
        problem, weighting, options, counter, start_values=start_values
    )
    step, last = 1, None
    while True:
        try:
            end = _evaluate_end(problem, weighting, result, step, searches=searches)
        except KeyboardInterrupt:
            # Once more: the best point is worth its standard errors.
            result = _interrupted(result)
            end = _evaluate_end(problem, weighting, result, step, searches=searches)
        if result.solution.status is Status.INTERRUPTED or step == options.steps:
            return end
        converged = last is not None and _largest_move(last, end) < _CONVERGED_MOVE
        if options.steps == "iterated" and converged:
            return end
        if step == _MAX_STEPS:
            return end.with_status(Status.MAX_ITERATIONS)
        weighting = _efficient_weighting(problem, end.residuals)
        last, step = end, step + 1
        counter.begin_search(step)
        try:
            result = _search_once(
                problem, weighting, result.solution.value, counter, previous=result
            )
        except KeyboardInterrupt:
            return end.with_status(Status.INTERRUPTED)
        if not np.isfinite(result.objective):
            return end.with_status(Status.STALLED)


def _search_once(
    problem: EstimationProblem,
    weighting: _Weighting,
    theta: Array,
    counter: EvaluationCounter,
    *,
    values: EquationValues | None = None,
    previous: SearchResult | None = None,
) -> SearchResult:
    """A search from theta, or from where a search with other weights ended.

    values: of the equations at theta, where they are known.
    """
    projection = Projection(problem.regressions, weighting.factor)
    objective = Objective(problem.equations, projection, counter)
    if theta.size:
        return search(objective, theta, problem.bounds, values=values, previous=previous)
    if previous is not None and previous.point is not None:
        point = objective.reweighted(previous.point)
    else:
        point = objective.point(theta, values)
    if isinstance(point, Infeasible):
        raise _start_refused(point.reason)
    solution = Solution(theta, Status.CONVERGED, 0.0, 1)
    return SearchResult(solution=solution, objective=point.objective, point=point)


def _first_weighting(
    problem: EstimationProblem, options: GmmOptions
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
        raise _start_refused(str(error)) from None
    beta = Projection(regressions, L).beta(values.y)
    return _efficient_weighting(problem, problem.residuals(values.y, beta)), values


def _efficient_weighting(problem: EstimationProblem, residuals: list[Array]) -> _Weighting:
    """Efficient weights at residuals (N,) of each equation.

    Raises InputError where moments are met exactly that no parameter is there to meet.
    """
    S = problem.moment_covariance(residuals)
    try:
        weights = efficient_weights(problem.regressions, residuals, S)
    except ExactMomentError as error:
        raise problem.exact_moment_refused(error.weights, len(residuals)) from None
    return _Weighting(weights.factor, True, weights.condition)


def _search_from_all_starts(
    problem: EstimationProblem,
    weighting: _Weighting,
    options: GmmOptions,
    counter: EvaluationCounter,
    *,
    start_values: EquationValues | None,
) -> tuple[SearchResult, pd.DataFrame]:
    """The best of the searches from all starts, and how each ended; the given start must work."""
    first, names = problem.equations.start, problem.theta_names
    count = options.n_starts if first.size else 1
    starts = [first, *other_starts(first, problem.bounds, names, count - 1, seed=options.seed)]
    results: list[SearchResult] = []
    for k, theta in enumerate(starts):
        counter.begin_search(1, k + 1, count)
        try:
            values = start_values if k == 0 else None
            results.append(_search_once(problem, weighting, theta, counter, values=values))
        except KeyboardInterrupt:
            if not results:
                raise
            results.append(_not_tried(theta, "interrupted at its start"))
        if k == 0 and not np.isfinite(results[0].objective):
            raise _start_refused(results[0].reason)
        if results[-1].solution.status is Status.INTERRUPTED:
            results += [_not_tried(later, "not tried: interrupted") for later in starts[k + 1 :]]
            break
    best = min(results, key=lambda result: result.objective)
    if any(result.solution.status is Status.INTERRUPTED for result in results):
        best = _interrupted(best)
    return best, _searches_table(results, starts, names)


def _interrupted(result: SearchResult) -> SearchResult:
    return replace(result, solution=replace(result.solution, status=Status.INTERRUPTED))


def _not_tried(theta: Array, reason: str) -> SearchResult:
    solution = Solution(theta, Status.INTERRUPTED, np.inf, 0)
    return SearchResult(solution=solution, objective=np.inf, reason=reason)


def _searches_table(
    results: Sequence[SearchResult], starts: Sequence[Array], names: Sequence[str]
) -> pd.DataFrame:
    """A row a start: how its search ended, where it began and where it ended."""
    ends = [result.solution.value for result in results]
    return pd.DataFrame(
        {
            "objective": [result.objective for result in results],
            "status": [result.solution.status.value for result in results],
            "evaluations": [result.solution.iterations for result in results],
            "reason": [result.reason for result in results],
            **{f"start_{n}": [theta[k] for theta in starts] for k, n in enumerate(names)},
            **{f"end_{n}": [theta[k] for theta in ends] for k, n in enumerate(names)},
        },
        index=pd.RangeIndex(1, len(results) + 1, name="start"),
    )


def _evaluate_end(
    problem: EstimationProblem,
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
    jacobian = MomentJacobian.at(
        regressions, residuals, point.slopes.dy, min_lengths, at_bounds=at_bounds
    )
    inference = infer(
        projection,
        jacobian,
        residuals,
        problem.moment_covariance(residuals),
        names=problem.names,
        objective=result.objective,
        efficient=weighting.efficient,
    )
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
        searches=searches,
    )


def _largest_move(last: GmmResult, end: GmmResult) -> float:
    """The largest move of a parameter, in its standard errors."""
    before, after = (np.concatenate([r.beta, r.solution.value]) for r in (last, end))
    errors = np.sqrt(np.diag(end.inference.covariance))
    moves = np.abs(after - before)[errors > 0] / errors[errors > 0]
    return float(moves.max(initial=0.0))


def _start_refused(reason: str) -> InputError:
    return refuse(
        expected="a start at which the objective can be computed",
        found=reason,
        where="start",
        remedy="start nearer to zero, or give a coefficient of prices that lets demand slope down.",
    )
