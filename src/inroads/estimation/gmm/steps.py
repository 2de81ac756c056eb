"""The steps of GMM: weights, searches from several starts, weights again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.model import Array
from inroads.errors import ConvergenceError, InputError, one_of
from inroads.estimation.gmm.bounds import other_starts
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import Objective
from inroads.estimation.gmm.trust_region import Ended, search
from inroads.estimation.gmm.weights import ExactMomentError, efficient_weights, two_stage_root
from inroads.estimation.inference.covariance import Inference, Sensitivity, inference
from inroads.estimation.problem import Setting
from inroads.estimation.progress import Watch
from inroads.solution import Solution, Status

Steps = Literal[1, 2, "iterated"]
_MOST_STEPS = 100
# Iterated steps end when no parameter moves by more than this part of its standard error.
_SETTLED = 1e-4


@dataclass(frozen=True)
class Plan:
    """steps: of GMM; starts: how many points the first begins at; weights: W (M, M) to begin with,
    those of two-stage least squares where None, "unscaled" with costs in units of money;
    update_first: whether these are replaced by efficient ones at the start."""

    steps: Steps = 2
    starts: int = 3
    weights: ArrayLike | Literal["unscaled"] | None = None
    update_first: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Found:
    """Where the steps ended: theta and how, linear parameters, objective, the last weighting L
    (M, M), whether it was efficient, the condition number of the covariance that it inverts, what
    follows, and each start's search."""

    solution: Solution[Array]
    beta: Array
    objective: float
    L: Array
    efficient: bool
    condition: float
    steps: int
    inference: Inference
    held: np.ndarray
    searches: pd.DataFrame


def run(setting: Setting, plan: Plan, watch: Watch) -> Found:
    """GMM as planned. Ctrl-C during a search ends there, with what was found so far."""
    L, condition = _first_weights(setting, plan)
    efficient = plan.update_first
    ended, searches = _from_all_starts(setting, L, plan, watch)
    step, last = 1, None
    while True:
        try:
            found = _at(setting, L, ended, step, efficient, condition, searches)
        except KeyboardInterrupt:
            # Once more: what was found is worth its standard errors.
            ended = replace(ended, solution=replace(ended.solution, status=Status.INTERRUPTED))
            found = _at(setting, L, ended, step, efficient, condition, searches)
        if ended.solution.status is Status.INTERRUPTED or step == plan.steps:
            return found
        if plan.steps == "iterated" and last is not None and _moved(last, found) < _SETTLED:
            return found
        if step == _MOST_STEPS:
            return replace(found, solution=replace(found.solution, status=Status.MAX_ITERATIONS))
        L, condition = _efficient(setting, ended.solution.value, found.beta)
        efficient, last, step = True, found, step + 1
        watch.begin(step)
        objective = Objective(setting.system, Projection(setting.system.equations, L), watch)
        try:
            ended = _one(objective, ended.solution.value, setting, ended)
        except KeyboardInterrupt:
            return replace(found, solution=replace(found.solution, status=Status.INTERRUPTED))
        if not np.isfinite(ended.objective):
            return replace(found, solution=replace(found.solution, status=Status.STALLED))


def _one(objective: Objective, theta: Array, setting: Setting, before: Ended | None) -> Ended:
    if not theta.size:
        r = objective.residual(theta)
        assert r is not None
        return Ended(Solution(theta, Status.CONVERGED, 0.0, 1), float(r @ r))
    return search(objective, theta, setting.limits, None if before is None else before.memory)


def _first_weights(setting: Setting, plan: Plan) -> tuple[Array, float]:
    equations = setting.system.equations
    L = two_stage_root(equations)
    if isinstance(plan.weights, str):
        one_of("weights", plan.weights, "unscaled")
        L = two_stage_root(equations, [1.0] * len(equations))
    elif plan.weights is not None:
        W, M = np.asarray(plan.weights, dtype=float), len(L)
        try:
            if W.shape != (M, M):
                raise np.linalg.LinAlgError
            L = np.linalg.cholesky((W + W.T) / 2)
        except np.linalg.LinAlgError:
            raise InputError.single(
                expected=f"weights ({M}, {M}), positive definite: one row for each moment",
                found=f"the shape {W.shape}",
                where="weights",
                remedy="give those of an estimate with the same instruments.",
            ) from None
    if not plan.update_first:
        return L, float("nan")
    theta = setting.system.start
    try:
        beta = Projection(equations, L).beta(setting.system.at(theta))
    except ConvergenceError as error:
        raise _refused(str(error)) from None
    return _efficient(setting, theta, beta)


def _efficient(setting: Setting, theta: Array, beta: Array) -> tuple[Array, float]:
    """Efficient weights L (M, M) at theta, and the condition number of what they invert.

    Raises InputError where moments are met exactly that no parameter is there to meet.
    """
    residuals = setting.residuals(theta, beta)
    S = setting.moment_covariance(theta, beta)
    try:
        weights = efficient_weights(setting.system.equations, residuals, S)
    except ExactMomentError as error:
        raise setting.without_variance(error.weights, residuals) from None
    return weights.L, weights.condition


def _from_all_starts(
    setting: Setting, L: Array, plan: Plan, watch: Watch
) -> tuple[Ended, pd.DataFrame]:
    """The best of the searches from all starts, and how each ended; the given start must work."""
    first = setting.system.start
    count = plan.starts if first.size else 1
    names = setting.names[len(setting.names) - first.size :]
    tries = [first, *other_starts(first, setting.limits, names, count - 1, plan.seed)]
    ended: list[Ended] = []
    projection = Projection(setting.system.equations, L)
    for k, theta in enumerate(tries):
        watch.begin(1, k + 1, count)
        try:
            ended.append(_one(Objective(setting.system, projection, watch), theta, setting, None))
        except KeyboardInterrupt:
            if not ended:
                raise
            ended.append(_cut(theta, "interrupted at its start"))
        if k == 0 and not np.isfinite(ended[0].objective):
            raise _refused(ended[0].reason)
        if ended[-1].solution.status is Status.INTERRUPTED:
            ended += [_cut(later, "not tried: interrupted") for later in tries[k + 1 :]]
            break
    best = min(ended, key=lambda one: one.objective)
    if any(one.solution.status is Status.INTERRUPTED for one in ended):
        best = replace(best, solution=replace(best.solution, status=Status.INTERRUPTED))
    return best, _table(ended, tries, names)


def _cut(theta: Array, reason: str) -> Ended:
    return Ended(Solution(theta, Status.INTERRUPTED, np.inf, 0), np.inf, reason=reason)


def _table(ended: Sequence[Ended], tries: Sequence[Array], names: Sequence[str]) -> pd.DataFrame:
    """A row a start: how its search ended, where it began and where it ended."""
    return pd.DataFrame(
        {
            "objective": [one.objective for one in ended],
            "status": [one.solution.status.value for one in ended],
            "evaluations": [one.solution.iterations for one in ended],
            "reason": [one.reason for one in ended],
            **{f"start {n}": [t[k] for t in tries] for k, n in enumerate(names)},
            **{f"end {n}": [one.solution.value[k] for one in ended] for k, n in enumerate(names)},
        },
        index=pd.RangeIndex(1, len(ended) + 1, name="start"),
    )


def _at(
    setting: Setting,
    L: Array,
    ended: Ended,
    step: int,
    efficient: bool,
    condition: float,
    searches: pd.DataFrame,
) -> Found:
    """Linear parameters and what follows, at the end of a search."""
    system, theta = setting.system, ended.solution.value
    projection = Projection(system.equations, L)
    y = system.at(theta)
    beta = projection.beta(y)
    slopes = system.slopes(theta)
    g = projection.residual(slopes).T @ projection.residual(y)
    held = setting.limits.held(theta, g)
    least = np.zeros(0) if ended.memory is None else setting.limits.length
    residuals = setting.residuals(theta, beta)
    S = setting.moment_covariance(theta, beta)
    said = inference(
        projection,
        Sensitivity.of(system.equations, residuals, slopes, least, held),
        residuals,
        S,
        setting.names,
        ended.objective,
        efficient,
    )
    return Found(
        ended.solution, beta, ended.objective, L, efficient, condition, step, said, held, searches
    )


def _moved(last: Found, found: Found) -> float:
    """The largest move of a parameter, in its standard errors."""
    before, now = (np.concatenate([f.beta, f.solution.value]) for f in (last, found))
    errors = np.sqrt(np.diag(found.inference.covariance))
    moves = np.abs(now - before)[errors > 0] / errors[errors > 0]
    return float(moves.max(initial=0.0))


def _refused(reason: str) -> InputError:
    return InputError.single(
        expected="a start at which the objective can be computed",
        found=reason,
        where="start",
        remedy="start nearer to zero, or give a coefficient of prices that lets demand slope down.",
    )
