"""The objective |r(theta)|^2 of a weighting, and what a search knows of one point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from inroads.choice.model import Array
from inroads.errors import ConvergenceError, InputError
from inroads.estimation.gmm.moments import Projection


class Equations(Protocol):
    """What is searched: y(theta) of each equation and its derivative, each (N, ...)."""

    def at(self, theta: Array) -> list[Array]:
        """y of each equation (N,); ConvergenceError or InputError outside the domain."""
        ...

    def slopes(self, theta: Array) -> list[Array]:
        """dy/dtheta of each equation (N, P)."""
        ...


@dataclass(frozen=True)
class Point:
    """theta (P,), residuals r (M,), their Jacobian J (M, P).

    lengths (P,): root mean square of dy/dtheta, in units of the equations.
    """

    theta: Array
    r: Array
    J: Array
    lengths: Array

    @property
    def objective(self) -> float:
        """|r|^2."""
        return float(self.r @ self.r)

    @cached_property
    def g(self) -> Array:
        """J'r: half the gradient."""
        return np.asarray(self.J.T @ self.r)


class Objective:
    """r(theta) and its Jacobian for one weighting.

    `told(objective, gain)` hears of each evaluation, and of what the step to it was to gain.
    """

    def __init__(
        self, equations: Equations, projection: Projection, told: Callable[[float, float], None]
    ) -> None:
        self.equations, self.projection, self.told = equations, projection, told
        self.evaluations, self.reason, self.gain = 0, "", np.nan

    def residual(self, theta: Array) -> Array | None:
        """r (M,), or None outside the domain, the reason being kept."""
        self.evaluations += 1
        r = self._tried(lambda: self.projection.residual(self.equations.at(theta)))
        if r is not None:
            self.told(float(r @ r), self.gain)
        return r

    def complete(self, theta: Array, r: Array) -> Point | None:
        """The point of a residual that was just computed; None where there are no derivatives."""
        slopes = self.equations.slopes
        J = self._tried(lambda: self.projection.residual(slopes(theta)))
        if J is None:
            return None
        pairs = zip(slopes(theta), self.projection.equations, strict=True)
        squares = [np.einsum("np,np->p", s, s) / len(s) / e.unit**2 for s, e in pairs]
        return Point(theta, r, J, np.sqrt(np.sum(squares, axis=0)))

    def point(self, theta: Array) -> Point | None:
        """r and J at theta."""
        r = self.residual(theta)
        return None if r is None else self.complete(theta, r)

    def _tried(self, compute: Callable[[], Array]) -> Array | None:
        try:
            with np.errstate(all="ignore"):
                found = compute()
        except (ConvergenceError, InputError, np.linalg.LinAlgError) as error:
            self.reason = str(error)
            return None
        if not np.isfinite(found).all():
            self.reason = "the objective or its derivatives are no finite numbers"
            return None
        return found
