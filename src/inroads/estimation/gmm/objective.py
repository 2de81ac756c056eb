"""The GMM objective |r(theta)|^2 of one weighting, with its Jacobian, at one point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, InputError
from inroads.estimation.gmm.moments import Projection


@dataclass(frozen=True, kw_only=True)
class EquationValues:
    """Equations at theta (P,): y of each (N,), mean utilities and marginal costs (N,).

    costs are empty without a supply side, nan for products that have none; iterations are those of
    Newton's method in the inversions.
    """

    theta: Array
    y: tuple[Array, ...]
    delta: Array
    costs: Array
    iterations: int

    def without_state(self) -> EquationValues:
        """The values without what only derivatives need."""
        return self


@dataclass(frozen=True)
class EquationSlopes:
    """dy/dtheta of each equation (N, P), and where an evaluation nearby begins."""

    dy: tuple[Array, ...]
    warm: Any


class Equations(Protocol):
    """What is searched: y(theta) = X beta + residual of each equation."""

    def cold_start(self) -> Any:
        """Where an evaluation begins when nothing is known."""
        ...

    def at(self, theta: Array, warm: Any = None) -> EquationValues:
        """y of each equation (N,); ConvergenceError or InputError outside the domain."""
        ...

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        """dy/dtheta of each equation (N, P) at values that `at` gave."""
        ...


@dataclass(frozen=True)
class Trial:
    """Residuals r (M,) at the values of a point that was tried."""

    r: Array
    values: EquationValues

    @property
    def objective(self) -> float:
        """|r|^2."""
        return float(self.r @ self.r)


@dataclass(frozen=True)
class Infeasible:
    """A point outside the domain, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Point:
    """theta (P,), residuals r (M,), their Jacobian J (M, P), equations' values and slopes.

    lengths (P,): root mean square of dy/dtheta, in units of the equations.
    """

    theta: Array
    r: Array
    J: Array
    lengths: Array
    values: EquationValues
    slopes: EquationSlopes

    @property
    def objective(self) -> float:
        """|r|^2."""
        return float(self.r @ self.r)

    @cached_property
    def g(self) -> Array:
        """J'r: half the gradient."""
        return np.asarray(self.J.T @ self.r)


@dataclass(frozen=True)
class Objective:
    """r(theta) and its Jacobian for one weighting.

    on_evaluation(objective, gain, iterations) is called after each evaluation; gain is what the
    step to it was to gain.
    """

    equations: Equations
    projection: Projection
    on_evaluation: Callable[[float, float, int], None]

    def residual(self, theta: Array, warm: Any, gain: float = np.nan) -> Trial | Infeasible:
        """r (M,) at theta, inversions beginning at `warm`."""
        try:
            with np.errstate(all="ignore"):
                values = self.equations.at(theta, warm)
        except (ConvergenceError, InputError, np.linalg.LinAlgError) as error:
            return Infeasible(str(error))
        return self.trial(values, gain)

    def trial(self, values: EquationValues, gain: float = np.nan) -> Trial | Infeasible:
        """r (M,) at values of the equations."""
        with np.errstate(all="ignore"):
            r = self.projection.residual(values.y)
        if not np.isfinite(r).all():
            return Infeasible(_NOT_FINITE)
        trial = Trial(r, values)
        self.on_evaluation(trial.objective, gain, values.iterations)
        return trial

    def complete(self, trial: Trial) -> Point | Infeasible:
        """The point of a trial; infeasible where there are no derivatives."""
        try:
            with np.errstate(all="ignore"):
                slopes = self.equations.jacobian(trial.values)
        except (ConvergenceError, InputError, np.linalg.LinAlgError) as error:
            return Infeasible(str(error))
        return self._point(trial.values.without_state(), slopes, trial.r)

    def point(self, theta: Array, values: EquationValues | None = None) -> Point | Infeasible:
        """r and J at theta, where the equations have `values` if that is known already."""
        trial = self.residual(theta, None) if values is None else self.trial(values)
        return trial if isinstance(trial, Infeasible) else self.complete(trial)

    def reweighted(self, point: Point) -> Point | Infeasible:
        """The same point under this objective's weighting, nothing being inverted again."""
        r = self.projection.residual(point.values.y)
        self.on_evaluation(float(r @ r), np.nan, 0)
        return self._point(point.values, point.slopes, r)

    def _point(
        self, values: EquationValues, slopes: EquationSlopes, r: Array
    ) -> Point | Infeasible:
        with np.errstate(all="ignore"):
            J = self.projection.jacobian(values.y, slopes.dy)
        if not (np.isfinite(J).all() and np.isfinite(r).all()):
            return Infeasible(_NOT_FINITE)
        pairs = zip(slopes.dy, self.projection.equations, strict=True)
        squares = [
            np.einsum("np,np->p", dy, dy) / e.N / e.unit**2 for dy, e in pairs if e.factor is None
        ]
        lengths = np.sqrt(np.sum(squares, axis=0))
        return Point(theta=values.theta, r=r, J=J, lengths=lengths, values=values, slopes=slopes)


_NOT_FINITE = "the objective or its derivatives are no finite numbers"
