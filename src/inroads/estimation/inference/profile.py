"""The objective along one parameter, all others at their best, and the interval it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed
from inroads.errors import refuse
from inroads.estimation.gmm.moments import Equation, Projection
from inroads.estimation.gmm.objective import (
    Equations,
    EquationSlopes,
    EquationValues,
    Infeasible,
    Objective,
)
from inroads.estimation.gmm.trust_region import Bounds, search
from inroads.estimation.problem import problem_again
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# An end of the interval is found to this part of a first step; steps grow by a factor, so often.
_PRECISION = 1e-3
_GROWTH = 1.6
_MAX_STEPS = 12


@dataclass(frozen=True, kw_only=True, repr=False)
class Profile(Displayed):
    """The objective along one parameter.

    Parameters
    ----------
    parameter : str
        Its name.
    estimate : float
        Where the objective is lowest.
    level : float
        Of the interval.
    low, high : float
        The interval: values that the distance test does not reject; infinite where moments do not
        say how far the parameter may go.
    critical : float
        The quantile of chi-squared that ends it.
    frame : DataFrame
        value, objective and distance (objective above the lowest), a row a value tried.
    """

    parameter: str
    estimate: float
    level: float
    low: float
    high: float
    critical: float
    frame: pd.DataFrame

    def _card(self) -> Card:
        return Card(
            line=f"Profile of {self.parameter}: {self.level:.0%} interval from {self.low:.6g} to "
            f"{self.high:.6g}",
            table=self.frame,
            next_steps=("profile.chart()",),
        )

    def to_frame(self) -> pd.DataFrame:
        """Values tried.

        Returns
        -------
        DataFrame
            value, objective and distance, a row a value.
        """
        return self.frame.copy()

    def chart(self) -> Any:
        """The distance from the lowest objective, with what ends the interval.

        Returns
        -------
        altair.LayerChart
            Dashed: the critical value.
        """
        from inroads.charts.curve import curve_and_level

        values = self.frame["value"].rename(self.parameter)
        distance = self.frame["distance"].rename("objective above the lowest")
        return curve_and_level(values, distance, self.critical, self.estimate)


def profile(
    estimate: Estimate, parameter: str, values: Sequence[float] | None, *, level: float
) -> Profile:
    """See `Tested.profile`."""
    from scipy.special import chdtri

    _check(estimate, parameter, level)
    critical = float(chdtri(1, 1 - level))
    center = 0.0 if parameter in estimate.at_edge else float(estimate.params[parameter])
    with one_blas_thread():
        along = _Along(estimate, parameter, center)
        for value in values or ():
            along.distance(float(value))
        unit = _unit(estimate, parameter)
        low, high = (_end(along, center, unit * side, critical) for side in (-1, 1))
    frame = pd.DataFrame(sorted(along.objectives.items()), columns=["value", "objective"])
    lowest = min(estimate.objective, float(frame["objective"].min()))
    return Profile(
        parameter=parameter,
        estimate=center,
        level=level,
        low=low,
        high=high,
        critical=critical,
        frame=frame.assign(distance=frame["objective"] - lowest),
    )


def _check(estimate: Estimate, parameter: str, level: float) -> None:
    names = ", ".join(estimate.params.index)
    for holds, expected, fault, remedy in (
        (parameter in estimate.params.index, f"one of {names}", repr(parameter), "correct it."),
        (0 < level < 1, "a level above 0 and below 1", repr(level), "give 0.95, say."),
        (
            estimate.efficient,
            "efficient weights, with which distances are chi-squared",
            "others",
            "estimate with steps=2.",
        ),
        (estimate.converged, "a search that converged", "another", "start elsewhere."),
    ):
        if not holds:
            raise refuse(expected=expected, found=fault, where="profile", remedy=remedy)


def _unit(estimate: Estimate, parameter: str) -> float:
    """How far the first step goes: half of the interval that standard errors give."""
    interval = estimate.conf_int().loc[parameter]
    half = float(interval["high"] - interval["low"]) / 2
    return half if 0 < half < np.inf else max(abs(float(estimate.params[parameter])), 1.0) / 2


def _end(along: _Along, center: float, step: float, critical: float) -> float:
    """Where the distance passes `critical` on one side; else the edge, or infinity."""
    from scipy.optimize import brentq

    inside, edge = center, along.edge(step < 0)
    for _ in range(_MAX_STEPS):
        outside = max(inside + step, edge) if step < 0 else min(inside + step, edge)
        if along.distance(outside) > critical:
            tolerance = _PRECISION * abs(step)
            return float(
                brentq(lambda v: along.distance(v) - critical, inside, outside, xtol=tolerance)
                if along.distance(inside) < critical
                else inside
            )
        if outside == edge:
            return float(edge)
        inside, step = outside, _GROWTH * step
    return float(np.copysign(np.inf, step))


class _Along:
    """The lowest objective at given values of one parameter."""

    def __init__(self, estimate: Estimate, parameter: str, center: float) -> None:
        self.estimate, problem = estimate, problem_again(estimate)
        self.equations: Equations = problem.equations
        self.regressions, self.bounds = problem.regressions, estimate.bounds
        self.factor = np.asarray(np.linalg.cholesky(estimate.weights), dtype=float)
        n_linear = len(problem.names) - len(problem.theta_names)
        position = problem.names.index(parameter)
        self.linear = position if position < n_linear else None
        self.searched = None if position < n_linear else position - n_linear
        self.theta = estimate.params.to_numpy()[n_linear:]
        self.objectives = {center: estimate.objective}
        is_deviation = parameter.startswith("sigma[") and ", " not in parameter
        self._edges = (-np.inf, np.inf)
        if self.searched is not None:
            low, high = self.bounds.low[self.searched], self.bounds.high[self.searched]
            # A standard deviation has no sign: the side on which the estimate is goes from zero on.
            if is_deviation and center >= 0:
                low = max(low, 0.0)
            elif is_deviation:
                high = min(high, 0.0)
            self._edges = (float(low), float(high))

    def edge(self, lower: bool) -> float:
        """Where the parameter's domain ends."""
        return self._edges[0] if lower else self._edges[1]

    def distance(self, value: float) -> float:
        """The objective at a value, above that of the estimate."""
        if value not in self.objectives:
            self.objectives[value] = self._objective(value)
        return self.objectives[value] - self.estimate.objective

    def _objective(self, value: float) -> float:
        theta, bounds, equations = self.theta, self.bounds, self.equations
        regressions = self.regressions
        if self.searched is not None:
            theta, low, high = theta.copy(), bounds.low.copy(), bounds.high.copy()
            theta[self.searched] = low[self.searched] = high[self.searched] = value
            bounds = Bounds(low, high, bounds.length)
        else:
            assert self.linear is not None
            equations, regressions = _with_fixed(equations, regressions, self.linear, value)
        objective = Objective(equations, Projection(regressions, self.factor), lambda *_: None)
        if theta.size:
            return search(objective, theta, bounds).objective
        point = objective.point(theta)
        return np.inf if isinstance(point, Infeasible) else point.objective


def _with_fixed(
    equations: Equations, regressions: list[Equation], position: int, value: float
) -> tuple[Equations, list[Equation]]:
    """The same with one linear parameter at `value`: its column moves to the left."""
    remaining = position
    for k, equation in enumerate(regressions):
        if remaining < equation.X.shape[1]:
            column = equation.X[:, remaining]
            rest = replace(equation, X=np.delete(equation.X, remaining, axis=1))
            if equation.derived is not None:
                rest = replace(rest, derived=equation.derived.held(value))
            others = [rest if n == k else e for n, e in enumerate(regressions)]
            return _WithOffset(equations, k, column * value), others
        remaining -= equation.X.shape[1]
    raise IndexError(position)


@dataclass(frozen=True)
class _WithOffset:
    """Equations of which one has `offset` (N,) taken from its y."""

    equations: Equations
    position: int
    offset: Array

    def cold_start(self) -> Any:
        """Where an evaluation begins when nothing is known."""
        return self.equations.cold_start()

    def at(self, theta: Array, warm: Any = None) -> EquationValues:
        """y of each equation, the offset taken away."""
        values = self.equations.at(theta, warm)
        pairs = enumerate(values.y)
        y = tuple(y_e - self.offset if k == self.position else y_e for k, y_e in pairs)
        return replace(values, y=y)

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        """dy/dtheta of each equation, which the offset does not move."""
        return self.equations.jacobian(values)
