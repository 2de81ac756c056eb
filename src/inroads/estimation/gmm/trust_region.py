"""The search for theta: nonlinear least squares in a trust region, within bounds.

The objective is |r(theta)|^2. Its Hessian is 2 (J'J + S): J'J is known, S, what the residuals'
own curvature adds, is learnt from the steps (Dennis, Gay and Welsch 1981); whichever of J'J and
J'J + S foretold the last step better makes the next. A step is as long as it moves the unknowns of
the equations, in utility, so that a far start does not run away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.model import Array
from inroads.estimation.gmm.objective import Objective, Point
from inroads.numerics.trust_step import at_bound, bounded_step, decrement
from inroads.solution import Solution, Status

#: a search has converged when a further step would gain less than this, relative to the
#: objective's root (or to one, where that is smaller)
CLOSE = 1e-7
# Where rounding hides what a step gains, this is close enough.
_LOOSE = 1e-5
# By the known part of the Hessian alone the gain may be this, before the rest is looked at.
_DOUBTFUL = 1e-4
_ROUNDING = 1e-12
_FIRST_RADIUS = 0.5
_MOST_EVALUATIONS = 1000
_MOST_LOOKS = 5
# Singular values of the Jacobian below this part of the largest leave a direction undetermined.
_FLAT = 1e-6
# Utility by which parameters are moved to take differences of the gradient.
_NUDGE = 1e-4


@dataclass(frozen=True)
class Limits:
    """Bounds low <= theta <= high (P,), and the least length (P,) that a unit of theta has."""

    low: Array
    high: Array
    length: Array

    def held(self, theta: Array, g: Array) -> np.ndarray:
        """Which parameters are at a bound that the gradient g pushes against (P,)."""
        return at_bound(g, self.low - theta, self.high - theta)


@dataclass(frozen=True)
class Memory:
    """What a search learnt and the next may start from: S (P, P), lengths D (P,)."""

    S: Array
    D: Array


@dataclass(frozen=True)
class Ended:
    """How a search ended; the solution's residual is the gain that was left."""

    solution: Solution[Array]
    objective: float
    memory: Memory | None = None
    reason: str = ""


class Curvature:
    """J'J + S: S learnt from steps, D the lengths of parameters seen so far."""

    def __init__(self, here: Point, limits: Limits, memory: Memory | None) -> None:
        size = here.theta.size
        self.S = np.zeros((size, size)) if memory is None else memory.S.copy()
        self.augmented = memory is not None
        floor = limits.length if memory is None else np.maximum(limits.length, memory.D)
        self.D = floor.copy()
        self.see(here)

    def see(self, point: Point) -> None:
        """Lengths only grow: a parameter that does nothing here may do something nearby."""
        self.D = np.maximum(self.D, point.lengths)
        self.D[self.D == 0] = 1.0

    def hessian(self, J: Array) -> Array:
        """Half the objective's."""
        return np.asarray(J.T @ J + self.S if self.augmented else J.T @ J)

    def learn(self, old: Point, new: Point, hidden: bool) -> None:
        """The structured secant update of Dennis, Gay and Welsch, and which model to trust.

        hidden: whether rounding hides what was gained, so that gradients tell the models apart.
        """
        p = new.theta - old.theta
        gained = (old.objective - new.objective) / 2
        plain = -float(old.g @ p + np.sum((old.J @ p) ** 2) / 2)
        Sp = self.S @ p
        if hidden:
            off = (new.g - old.g - old.J.T @ (old.J @ p)) / self.D
            self.augmented = bool(np.linalg.norm(off - Sp / self.D) < np.linalg.norm(off))
        elif self.S.any():
            learnt = plain - float(p @ Sp) / 2
            self.augmented = abs(learnt - gained) < 1.5 * abs(plain - gained)
        else:
            self.augmented = abs(plain - gained) > 0.25 * abs(gained)
        y = new.g - old.g
        bent = new.g - old.J.T @ new.r
        if self.S.any():
            ahead = max(abs(float(p @ Sp)), np.finfo(float).tiny)
            self.S *= min(1.0, abs(float(p @ bent)) / ahead)
        curved = float(y @ p)
        if curved > 1e-8 * np.linalg.norm(y / self.D) * np.linalg.norm(self.D * p):
            w = bent - self.S @ p
            self.S += (np.outer(w, y) + np.outer(y, w)) / curved
            self.S -= (p @ w) * np.outer(y, y) / curved**2
        self.see(new)


def search(
    objective: Objective, start: Array, limits: Limits, memory: Memory | None = None
) -> Ended:
    """The lowest point that descent from `start` (P,) reaches within `limits`.

    `memory` is that of a search with other weights. Converged: a further step would gain less than
    1e-7 of the objective's root by the model; where J'J alone does not say so, the Hessian is
    taken by differences, and a saddle is left. A start outside the domain ends with an objective
    of infinity and the reason; Ctrl-C ends at the best point so far.
    """
    here = objective.point(start)
    if here is None:
        failed = Solution(start, Status.STALLED, np.inf, objective.evaluations)
        return Ended(failed, np.inf, reason=objective.reason)
    path = _Path(objective, here, limits, memory)
    try:
        status = path.descend()
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    here = path.here
    solution = Solution(here.theta, status, path.left(), objective.evaluations)
    return Ended(solution, here.objective, Memory(path.curvature.S, path.curvature.D))


class _Path:
    """Where a search stands."""

    def __init__(
        self, objective: Objective, here: Point, limits: Limits, memory: Memory | None
    ) -> None:
        self.objective, self.here, self.limits = objective, here, limits
        self.curvature = Curvature(here, limits, memory)
        self.radius, self.looks = _FIRST_RADIUS, 0
        # Where S was last taken by differences.
        self.known: Array | None = None

    def descend(self) -> Status:
        """Steps until no further one gains anything."""
        while self.objective.evaluations < _MOST_EVALUATIONS:
            self.objective.gain = self.left()
            if self.objective.gain < CLOSE:
                if self._sure():
                    return Status.CONVERGED
            elif self._step():
                continue
            elif self.left() < _LOOSE and (self.known is self.here.theta or self._sure()):
                return Status.CONVERGED
            if self.looks == _MOST_LOOKS or not self._look():
                return Status.STALLED
            if self.left() < CLOSE:
                return Status.CONVERGED
            self.radius = max(self.radius, 1e-2)
        return Status.MAX_ITERATIONS

    def left(self, H: Array | None = None) -> float:
        """What a further step gains by the model, relative to the objective's root."""
        here = self.here
        gain = self._gain(here.g, self.curvature.hessian(here.J) if H is None else H)
        return gain / max(1.0, float(np.linalg.norm(here.r)))

    def _gain(self, g: Array, H: Array) -> float:
        free = ~self.limits.held(self.here.theta, self.here.g)
        return decrement(g[free], H[np.ix_(free, free)], self.curvature.D[free])

    def _sure(self) -> bool:
        """Whether J'J alone, with nothing learnt, sees no gain and leaves no direction open."""
        J = self.here.J / self.curvature.D
        s = np.linalg.svd(J[:, ~self.limits.held(self.here.theta, self.here.g)], compute_uv=False)
        enough = not s.size or (len(s) <= len(J) and s[-1] > _FLAT * s[0])
        return bool(enough) and self.left(self.here.J.T @ self.here.J) < _DOUBTFUL

    def _look(self) -> bool:
        """S from differences of the gradient in every free direction; False where that fails."""
        self.looks += 1
        here, D, limits = self.here, self.curvature.D, self.limits
        free = np.flatnonzero(~limits.held(here.theta, here.g) & (limits.high > limits.low))
        H = np.zeros((here.theta.size, here.theta.size))
        for k in free:
            up, down = here.theta.copy(), here.theta.copy()
            up[k] = min(up[k] + _NUDGE / D[k], limits.high[k])
            down[k] = max(down[k] - _NUDGE / D[k], limits.low[k])
            above, below = self.objective.point(up), self.objective.point(down)
            if above is None or below is None:
                return False
            H[:, k] = (above.g - below.g) / (up[k] - down[k])
        S = np.zeros_like(H)
        inside = np.ix_(free, free)
        S[inside] = ((H + H.T) / 2 - here.J.T @ here.J)[inside]
        self.curvature.S, self.curvature.augmented = S, True
        self.known = here.theta
        return True

    def _step(self) -> bool:
        """One step that lowers the objective, the radius shrinking until there is one."""
        here, curvature = self.here, self.curvature
        low, high = self.limits.low - here.theta, self.limits.high - here.theta
        while True:
            H = curvature.hessian(here.J)
            p = bounded_step(here.g, H, curvature.D, self.radius, low, high)
            length = float(np.linalg.norm(curvature.D * p))
            foretold = -float(here.g @ p + p @ H @ p / 2)
            if not foretold > np.finfo(float).eps * here.objective:
                return False
            r = self.objective.residual(here.theta + p)
            gained = -np.inf if r is None else (here.objective - float(r @ r)) / 2
            hidden = max(foretold, abs(gained)) < _ROUNDING * here.objective
            if r is not None and (gained > 1e-4 * foretold or hidden):
                new = self.objective.complete(here.theta + p, r)
                if new is not None:
                    break
                gained = -np.inf
            if np.isfinite(gained) and not curvature.augmented and curvature.S.any():
                # Perhaps what was learnt knows better how far to go.
                curvature.augmented = True
                continue
            self.radius = (0.25 if np.isfinite(gained) else 0.1) * min(self.radius, length)
        if hidden and not self._gain(new.g, H) < self._gain(here.g, H):
            return False
        curvature.learn(here, new, hidden)
        self.here = new
        if hidden:
            return True
        if gained > 0.75 * foretold and length > 0.8 * self.radius:
            self.radius *= 2.5
        elif gained < 0.25 * foretold:
            self.radius = 0.4 * length
        return True
