"""Searches of one step of GMM: from one point, or from several, here or elsewhere at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.gmm.bounds import other_starts
from inroads.estimation.gmm.moments import Equation, Projection
from inroads.estimation.gmm.objective import EquationValues, Infeasible, Objective
from inroads.estimation.gmm.trust_region import Bounds, SearchResult, search
from inroads.estimation.progress import EvaluationCounter
from inroads.numerics.blas_threads import one_blas_thread
from inroads.solution import Solution, Status


class GmmProblem(Protocol):
    """What the steps need to know: equations, bounds, names, residuals and their moments."""

    @property
    def equations(self) -> Any:
        """`gmm.objective.Equations`, with a start."""
        ...

    @property
    def regressions(self) -> list[Equation]:
        """X, Z and unit of each equation."""
        ...

    @property
    def bounds(self) -> Bounds:
        """Of theta."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of linear parameters, then of theta."""
        ...

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Of theta."""
        ...

    def residuals(self, y: Sequence[Array], beta: Array) -> list[Array]:
        """Of each equation (N,)."""
        ...

    def moment_covariance(self, values: EquationValues, beta: Array) -> Array:
        """S (M, M), centred."""
        ...

    def exact_moment_refused(self, weights: Array, n_equations: int) -> InputError:
        """The error that a combination of moments is met exactly."""
        ...


def search_once(
    problem: GmmProblem,
    weight_factor: Array,
    theta: Array,
    counter: Callable[[float, float, int], None],
    *,
    values: EquationValues | None = None,
    previous: SearchResult | None = None,
) -> SearchResult:
    """A search from theta, or from where a search with other weights ended.

    values: of the equations at theta, where they are known.
    """
    projection = Projection(problem.regressions, weight_factor)
    objective = Objective(problem.equations, projection, counter)
    if theta.size:
        return search(objective, theta, problem.bounds, values=values, previous=previous)
    if previous is not None and previous.point is not None:
        point = objective.reweighted(previous.point)
    else:
        point = objective.point(theta, values)
    if isinstance(point, Infeasible):
        raise start_refused(point.reason)
    solution = Solution(theta, Status.CONVERGED, 0.0, 1)
    return SearchResult(solution=solution, objective=point.objective, point=point)


def first_starts(problem: GmmProblem, count: int, seed: int) -> list[Array]:
    """The given start and random ones around it, `count` in all; one where nothing is searched."""
    first = problem.equations.start
    others = count - 1 if first.size else 0
    return [first, *other_starts(first, problem.bounds, problem.theta_names, others, seed=seed)]


def search_from_all_starts(
    problem: GmmProblem,
    weight_factor: Array,
    starts: Sequence[Array],
    counter: EvaluationCounter,
    *,
    start_values: EquationValues | None,
    executor: Executor | None,
) -> tuple[SearchResult, pd.DataFrame]:
    """The best of the searches from all starts, and how each ended; the given start must work."""
    if executor is None or len(starts) == 1:
        results = _one_by_one(problem, weight_factor, starts, counter, start_values=start_values)
    else:
        results = _at_once(problem, weight_factor, starts, counter, executor=executor)
    best = min(results, key=lambda result: result.objective)
    if best.point is None:
        # It was found elsewhere: its state is made here.
        projection = Projection(problem.regressions, weight_factor)
        point = Objective(problem.equations, projection, counter).point(best.solution.value)
        if isinstance(point, Infeasible):
            raise start_refused(point.reason)
        best = replace(best, point=point, objective=point.objective)
    if any(result.solution.status is Status.INTERRUPTED for result in results):
        best = interrupted(best)
    return best, _searches_table(results, starts, problem.theta_names)


def _one_by_one(
    problem: GmmProblem,
    weight_factor: Array,
    starts: Sequence[Array],
    counter: EvaluationCounter,
    *,
    start_values: EquationValues | None,
) -> list[SearchResult]:
    results: list[SearchResult] = []
    for k, theta in enumerate(starts):
        counter.begin_search(1, k + 1, len(starts))
        try:
            values = start_values if k == 0 else None
            results.append(search_once(problem, weight_factor, theta, counter, values=values))
        except KeyboardInterrupt:
            if not results:
                raise
            results.append(_not_tried(theta, "interrupted at its start"))
        if k == 0 and not np.isfinite(results[0].objective):
            raise start_refused(results[0].reason)
        if results[-1].solution.status is Status.INTERRUPTED:
            results += [_not_tried(later, "not tried: interrupted") for later in starts[k + 1 :]]
            break
    return results


def _at_once(
    problem: GmmProblem,
    weight_factor: Array,
    starts: Sequence[Array],
    counter: EvaluationCounter,
    *,
    executor: Executor,
) -> list[SearchResult]:
    futures = [executor.submit(search_elsewhere, problem, weight_factor, x) for x in starts]
    results = []
    try:
        results = [future.result() for future in futures]
    except KeyboardInterrupt:
        for future in futures:
            future.cancel()
        results = [
            future.result()
            if future.done() and not future.cancelled()
            else _not_tried(theta, "not tried: interrupted")
            for future, theta in zip(futures, starts, strict=True)
        ]
        if not any(np.isfinite(result.objective) for result in results):
            raise
    counter.add(sum(result.solution.iterations for result in results))
    if results[0].solution.status is not Status.INTERRUPTED and not np.isfinite(
        results[0].objective
    ):
        raise start_refused(results[0].reason)
    return results


def search_elsewhere(problem: GmmProblem, weight_factor: Array, theta: Array) -> SearchResult:
    """A search in another process, which brings back theta without the state there."""
    with one_blas_thread():
        result = search_once(problem, weight_factor, theta, lambda *_: None)
    return replace(result, point=None)


def interrupted(result: SearchResult) -> SearchResult:
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


def start_refused(reason: str) -> InputError:
    return refuse(
        expected="a start at which the objective can be computed",
        found=reason,
        where="start",
        remedy="start nearer to zero, or give a coefficient of prices that lets demand slope down.",
    )
