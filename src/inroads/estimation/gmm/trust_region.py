"""The search for theta: nonlinear least squares in a trust region, within bounds.

The objective is |r(theta)|^2. Its Hessian is 2 (J'J + S): J'J is computed, S, what the residuals'
own curvature adds, is learnt from the steps (Dennis, Gay and Welsch 1981); whichever of J'J and
J'J + S predicted the last step better makes the next. A step is measured by how far it moves the
unknowns of the equations, in utility, so that a far start does not run away. (SciPy's least_squares
takes J'J alone, which stalls where residuals are large, and cannot say that a minimum is one.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.estimation.gmm.objective import EquationValues, Infeasible, Objective, Point, Trial
from inroads.numerics.trust_step import at_bound, bounded_step, decrement
from inroads.solution import Solution, Status

#: a search has converged when a further step would gain less than this, relative to the
#: objective's root (or to one, where that is smaller)
TOLERANCE = 1e-7
# Where rounding hides what a step gains, this is close enough.
_LOOSE_TOLERANCE = 1e-5
# By J'J alone the gain may be this, before the rest of the Hessian is taken by differences.
_DOUBTFUL_GAIN = 1e-4
_ROUNDING = 1e-12
_FIRST_RADIUS = 0.5
_MAX_EVALUATIONS = 1000
_MAX_HESSIANS = 5
# Singular values of the Jacobian below this part of the largest leave a direction undetermined.
_RANK_TOLERANCE = 1e-6
# Utility by which parameters are moved to take differences of the gradient.
_DIFFERENCE_STEP = 1e-4


@dataclass(frozen=True)
class Bounds:
    """Bounds low <= theta <= high (P,), and the least length (P,) that a unit of theta has."""

    low: Array
    high: Array
    length: Array

    def active(self, theta: Array, g: Array) -> np.ndarray:
        """Which parameters are at a bound that the gradient g pushes against (P,)."""
        return at_bound(g, self.low - theta, self.high - theta)


@dataclass(frozen=True)
class SecantState:
    """What a search learnt and the next may start from: S (P, P), lengths D (P,)."""

    S: Array
    D: Array


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """How a search ended; the solution's residual is the gain that was left.

    point and secant: at the end, None where no point could be evaluated.
    """

    solution: Solution[Array]
    objective: float
    point: Point | None = None
    secant: SecantState | None = None
    reason: str = ""


class Curvature:
    """J'J + S: S learnt from steps, D the largest lengths of parameters so far."""

    def __init__(self, point: Point, bounds: Bounds, secant: SecantState | None) -> None:
        size = point.theta.size
        self.S = np.zeros((size, size)) if secant is None else secant.S.copy()
        self.uses_secant = secant is not None
        shortest = bounds.length if secant is None else np.maximum(bounds.length, secant.D)
        self.D = shortest.copy()
        self.lengthen(point)

    def lengthen(self, point: Point) -> None:
        """Lengths only grow: a parameter without effect at one point may have one nearby."""
        self.D = np.maximum(self.D, point.lengths)
        self.D[self.D == 0] = 1.0

    def hessian(self, J: Array) -> Array:
        """Half the objective's."""
        return np.asarray(J.T @ J + self.S if self.uses_secant else J.T @ J)

    def update(self, old: Point, new: Point, gain_is_hidden: bool) -> None:
        """The structured secant update of Dennis, Gay and Welsch, and which model to trust.

        gain_is_hidden: by rounding, so that gradients tell the models apart.
        """
        p = new.theta - old.theta
        gain = (old.objective - new.objective) / 2
        predicted = -float(old.g @ p + np.sum((old.J @ p) ** 2) / 2)
        Sp = self.S @ p
        if gain_is_hidden:
            error = (new.g - old.g - old.J.T @ (old.J @ p)) / self.D
            self.uses_secant = bool(np.linalg.norm(error - Sp / self.D) < np.linalg.norm(error))
        elif self.S.any():
            predicted_by_secant = predicted - float(p @ Sp) / 2
            self.uses_secant = abs(predicted_by_secant - gain) < 1.5 * abs(predicted - gain)
        else:
            self.uses_secant = abs(predicted - gain) > 0.25 * abs(gain)
        y = new.g - old.g
        y_S = new.g - old.J.T @ new.r
        if self.S.any():
            pSp = max(abs(float(p @ Sp)), np.finfo(float).tiny)
            self.S *= min(1.0, abs(float(p @ y_S)) / pSp)
        yp = float(y @ p)
        if yp > 1e-8 * np.linalg.norm(y / self.D) * np.linalg.norm(self.D * p):
            w = y_S - self.S @ p
            self.S += (np.outer(w, y) + np.outer(y, w)) / yp
            self.S -= (p @ w) * np.outer(y, y) / yp**2
        self.lengthen(new)


def search(
    objective: Objective,
    start: Array,
    bounds: Bounds,
    *,
    values: EquationValues | None = None,
    previous: SearchResult | None = None,
) -> SearchResult:
    """The lowest point that descent from `start` (P,) reaches within `bounds`.

    values: of the equations at the start, where they are known. previous: a search with other
    weights that ended at the start, whose values, slopes and secant state are used again.
    Converged: a further step would gain less than 1e-7 of the objective's root by the model; where
    J'J alone does not say so, the Hessian is taken by differences, and a saddle is left. A start
    outside the domain ends with an objective of infinity and the reason; Ctrl-C ends at the best
    point so far.
    """
    if previous is not None and previous.point is not None:
        point = objective.reweighted(previous.point)
    else:
        point = objective.point(start, values)
    if isinstance(point, Infeasible):
        failed = Solution(start, Status.STALLED, np.inf, 1)
        return SearchResult(solution=failed, objective=np.inf, reason=point.reason)
    descent = _Descent(objective, point, bounds, None if previous is None else previous.secant)
    try:
        status = descent.run()
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    end, curvature = descent.point, descent.curvature
    return SearchResult(
        solution=Solution(end.theta, status, descent.relative_gain(), descent.evaluations),
        objective=end.objective,
        point=end,
        secant=SecantState(curvature.S, curvature.D),
    )


class _Descent:
    """The iterations of one search: its point, curvature and radius."""

    def __init__(
        self, objective: Objective, start: Point, bounds: Bounds, secant: SecantState | None
    ) -> None:
        self.objective, self.point, self.bounds = objective, start, bounds
        self.curvature = Curvature(start, bounds, secant)
        self.radius, self.hessians_taken, self.evaluations = _FIRST_RADIUS, 0, 1
        # theta at which S was last taken by differences
        self.differenced_at: Array | None = None
        self._expected_gain = np.nan
        # Held until the next, so that the allocator reuses its pages instead of returning them.
        self._last_trial: Trial | Infeasible | None = None

    def run(self) -> Status:
        """Steps until no further one gains anything."""
        while self.evaluations < _MAX_EVALUATIONS:
            self._expected_gain = gain = self.relative_gain()
            if gain < TOLERANCE:
                if self._is_confirmed():
                    return Status.CONVERGED
            elif self._step():
                continue
            elif self.relative_gain() < _LOOSE_TOLERANCE and (
                self.differenced_at is self.point.theta or self._is_confirmed()
            ):
                return Status.CONVERGED
            if self.hessians_taken == _MAX_HESSIANS or not self._difference_hessian():
                return Status.STALLED
            if self.relative_gain() < TOLERANCE:
                return Status.CONVERGED
            self.radius = max(self.radius, 1e-2)
        return Status.MAX_ITERATIONS

    def relative_gain(self, H: Array | None = None) -> float:
        """What a further step gains by the model, relative to the objective's root."""
        point = self.point
        gain = self._gain(point.g, self.curvature.hessian(point.J) if H is None else H)
        return gain / max(1.0, float(np.linalg.norm(point.r)))

    def _gain(self, g: Array, H: Array) -> float:
        free = ~self.bounds.active(self.point.theta, self.point.g)
        return decrement(g[free], H[np.ix_(free, free)], self.curvature.D[free])

    def _try(self, theta: Array) -> Trial | Infeasible:
        """Residuals at theta, inversions beginning at the current point."""
        self.evaluations += 1
        warm = self.point.slopes.warm
        self._last_trial = self.objective.residual(theta, warm, self._expected_gain)
        return self._last_trial

    def _is_confirmed(self) -> bool:
        """Whether J'J alone, without S, sees no gain and leaves no direction undetermined."""
        point = self.point
        J = point.J / self.curvature.D
        s = np.linalg.svd(J[:, ~self.bounds.active(point.theta, point.g)], compute_uv=False)
        full_rank = not s.size or (len(s) <= len(J) and s[-1] > _RANK_TOLERANCE * s[0])
        return bool(full_rank) and self.relative_gain(point.J.T @ point.J) < _DOUBTFUL_GAIN

    def _difference_hessian(self) -> bool:
        """S from differences of the gradient in every free direction; False where that fails."""
        self.hessians_taken += 1
        point, D, bounds = self.point, self.curvature.D, self.bounds
        is_free = ~bounds.active(point.theta, point.g) & (bounds.high > bounds.low)
        free = np.flatnonzero(is_free)
        H = np.zeros((point.theta.size, point.theta.size))
        for k in free:
            up, down = point.theta.copy(), point.theta.copy()
            up[k] = min(up[k] + _DIFFERENCE_STEP / D[k], bounds.high[k])
            down[k] = max(down[k] - _DIFFERENCE_STEP / D[k], bounds.low[k])
            g_up, g_down = self._gradient(up), self._gradient(down)
            if g_up is None or g_down is None:
                return False
            H[:, k] = (g_up - g_down) / (up[k] - down[k])
        S = np.zeros_like(H)
        block = np.ix_(free, free)
        S[block] = ((H + H.T) / 2 - point.J.T @ point.J)[block]
        self.curvature.S, self.curvature.uses_secant = S, True
        self.differenced_at = point.theta
        return True

    def _gradient(self, theta: Array) -> Array | None:
        trial = self._try(theta)
        if isinstance(trial, Infeasible):
            return None
        point = self.objective.complete(trial)
        return None if isinstance(point, Infeasible) else point.g

    def _step(self) -> bool:
        """One step that lowers the objective, the radius shrinking until there is one."""
        point, curvature = self.point, self.curvature
        low, high = self.bounds.low - point.theta, self.bounds.high - point.theta
        while True:
            H = curvature.hessian(point.J)
            p = bounded_step(point.g, H, curvature.D, self.radius, low=low, high=high)
            length = float(np.linalg.norm(curvature.D * p))
            predicted = -float(point.g @ p + p @ H @ p / 2)
            if not predicted > np.finfo(float).eps * point.objective:
                return False
            trial = self._try(point.theta + p)
            gain = -np.inf
            if isinstance(trial, Trial):
                gain = (point.objective - trial.objective) / 2
            gain_is_hidden = max(predicted, abs(gain)) < _ROUNDING * point.objective
            if isinstance(trial, Trial) and (gain > 1e-4 * predicted or gain_is_hidden):
                new = self.objective.complete(trial)
                if isinstance(new, Point):
                    break
                gain = -np.inf
            if np.isfinite(gain) and not curvature.uses_secant and curvature.S.any():
                # Perhaps what was learnt predicts better how far to go.
                curvature.uses_secant = True
                continue
            self.radius = (0.25 if np.isfinite(gain) else 0.1) * min(self.radius, length)
        if gain_is_hidden and not self._gain(new.g, H) < self._gain(point.g, H):
            return False
        curvature.update(point, new, gain_is_hidden)
        self.point = new
        if gain_is_hidden:
            return True
        if gain > 0.75 * predicted and length > 0.8 * self.radius:
            self.radius *= 2.5
        elif gain < 0.25 * predicted:
            self.radius = 0.4 * length
        return True
