"""The convex program behind every inversion: damped Newton on W(A psi + mu) - T.psi = phi(psi).

Its gradient is A's - T and its Hessian A'G(w)A, so the minimiser matches the targets T = A's, and
descent with a line search finds it from anywhere. The step is Newton's on log A's = log T: as good
as Newton's on phi near the solution, and far better where a share is wrong by orders of magnitude.
Where that does not descend (the system is nearly singular where next to nobody is about to choose
otherwise), it is damped (Levenberg and Marquardt) by more and more of the contraction of Berry,
Levinsohn and Pakes, which always does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.base import Array, CellModel, DemandCurve, DemandModel, MarketDemand
from inroads.choice.nested import Nested
from inroads.solution import Solution, Status

_HALVINGS = 40
# Of Newton's steps, where the system is nearly singular, as a part of the contraction's.
_DAMPING = (0.0, 1e-8, 1e-6, 1e-4, 1e-2)
_TINY, _ROUNDING = np.finfo(float).tiny, np.finfo(float).eps
#: A psi this far out is looked at for a direction in which phi falls without bound.
FAR = 30.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where markets stand: psi, what the targets' margins are, errors in logs (all B, K), phi."""

    psi: Array
    matched: Array
    error: Array
    phi: Array
    demand: MarketDemand

    @property
    def size(self) -> Array:
        """Largest |log A's - log T| of each market."""
        return np.asarray(np.abs(self.error).max(axis=-1))


@dataclass(frozen=True, kw_only=True)
class Matching:
    """Stacked markets (B, ...): targets (B, K), mu (B, J, I), weights, outside (B, I), A (J, K)."""

    model: DemandModel
    T: Array
    mu: Array
    w: Array
    outside: Array
    A: Array | None = None

    def __getitem__(self, rows: np.ndarray) -> Matching:
        return Matching(
            model=self.model,
            T=self.T[rows],
            mu=self.mu[rows],
            w=self.w[rows],
            outside=self.outside[rows],
            A=self.A,
        )

    @property
    def pace(self) -> Array | float:
        """How much of the error a contraction takes: shares in nests answer 1 / (1 - rho)-fold."""
        if not isinstance(self.model, Nested):
            return 1.0
        innermost = self.model.scale[-1]
        return innermost if self.A is None else float(innermost.min())

    @cached_property
    def curve(self) -> DemandCurve:
        """Demand at any delta, kept: the work on mu is done once."""
        return self.model.demand(self.mu, self.w, self.outside)

    def at(self, curve: DemandCurve, psi: Array) -> Point:
        demand = curve(psi if self.A is None else psi @ self.A.T)
        matched = demand.shares if self.A is None else demand.shares @ self.A
        error = np.log(np.maximum(matched, _TINY)) - np.log(self.T)
        return Point(
            psi=psi,
            matched=matched,
            error=error,
            phi=demand.surplus() - (self.T * psi).sum(-1),
            demand=demand,
        )

    def directions(self, point: Point) -> tuple[Array, Array]:
        """A direction of descent (B, K) for every market, and the slope of phi along it."""
        H = point.demand.jacobian()
        if self.A is not None:
            H = self.A.T @ H @ self.A
        back = self.pace * point.error
        gradient = point.matched - self.T
        # The contraction of Berry, Levinsohn and Pakes: each term of its slope is negative.
        direction, slope = -back, -(gradient * back).sum(axis=-1)
        promised = slope.copy()
        open_markets = point.size < FAR
        for damping in _DAMPING:
            rows = np.flatnonzero(open_markets)
            if not len(rows):
                break
            matched = point.matched[rows]
            damped = H[rows] + damping * matched[..., None] * np.eye(matched.shape[-1])
            newton = -_solve(damped, matched * point.error[rows])
            # Where the system is singular there is no step of Newton's, and no number is trusted.
            with np.errstate(invalid="ignore"):
                newton *= (FAR / np.maximum(np.abs(newton).max(axis=-1), FAR))[:, None]
                along = (gradient[rows] * newton).sum(axis=-1)
                trusted = along < 0.1 * promised[rows]
            direction[rows[trusted]], slope[rows[trusted]] = newton[trusted], along[trusted]
            open_markets[rows[trusted]] = False
        return direction, slope

    def step(self, curve: DemandCurve, point: Point) -> tuple[Point, np.ndarray]:
        """The next point of every market, and which of them moved."""
        direction, slope = self.directions(point)
        length = np.ones(len(point.psi))
        pending = np.ones(len(point.psi), dtype=bool)
        ahead = point
        # Close in, rounding hides the fall of phi, and where shares are tiny all of it: a falling
        # residual is then the judge.
        hidden = (-slope < _ROUNDING * np.abs(point.phi)) & (point.size >= 1e-3)
        for _ in range(_HALVINGS):
            trial = np.where(pending[:, None], point.psi + length[:, None] * direction, ahead.psi)
            ahead = self.at(curve, trial)
            falls = (ahead.phi <= point.phi + 1e-4 * length * slope) & ~hidden
            nears = (ahead.size < point.size) & (hidden | (point.size < 1e-3))
            pending &= ~(falls | nears)
            if not pending.any():
                break
            length = np.where(pending, length / 2, length)
        return ahead, ~pending

    def unbounded(self, psi: Array) -> np.ndarray:
        """Which markets' phi falls for ever along psi: their targets are out of reach.

        Along psi, W grows like sum_i w_i max(0, max_j (A psi)_j over what i can choose); targets
        that ask for more than that have no solution.
        """
        far = np.abs(psi).max(axis=-1)
        if (far <= FAR).all():
            return np.zeros(len(psi), dtype=bool)
        direction = psi / np.maximum(far, 1.0)[:, None]
        v = direction if self.A is None else direction @ self.A.T
        mu, w = self.mu, self.w
        if isinstance(self.model, CellModel):
            mu, w = self.model.by_agent(mu, w)
        best = np.where(np.isneginf(mu), -np.inf, v[..., None]).max(axis=-2)
        grows = (w * np.maximum(best, 0.0)).sum(axis=-1) - (self.T * direction).sum(axis=-1)
        return np.asarray((far > FAR) & (grows < -1e-12))


def match(
    problem: Matching, start: Array, tolerance: float, max_iterations: int
) -> Solution[Array]:
    """Solve every market; the worst status and residual speak for all.

    The residual is the largest |log A's - log T|.
    """
    psi = start.copy()
    residual = np.full(len(psi), np.inf)
    status = np.full(len(psi), Status.MAX_ITERATIONS)
    active, part = np.arange(len(psi)), problem
    curve = part.curve
    point = part.at(curve, psi)
    for iterations in range(max_iterations + 1):
        psi[active], residual[active] = point.psi, point.size
        done = point.size <= tolerance
        status[active[done]] = Status.CONVERGED
        lost = ~done & part.unbounded(point.psi)
        status[active[lost]] = Status.UNREACHABLE
        going = ~(done | lost)
        if iterations == max_iterations or not going.any():
            break
        if not going.all():
            active, part = active[going], part[going]
            curve = part.curve
            point = part.at(curve, psi[active])
        point, moved = part.step(curve, point)
        if not moved.all():
            status[active[~moved]] = Status.STALLED
            psi[active[~moved]], residual[active[~moved]] = point.psi[~moved], point.size[~moved]
            if not moved.any():
                break
            active, part = active[moved], part[moved]
            curve = part.curve
            point = part.at(curve, point.psi[moved])
    return Solution(psi, worst_status(status), float(residual.max()), iterations)


def worst_status(statuses: Iterable[Status]) -> Status:
    """The one that speaks for all."""
    present = set(statuses)
    order = (Status.UNREACHABLE, Status.MAX_ITERATIONS, Status.STALLED)
    return next((status for status in order if status in present), Status.CONVERGED)


def _solve(H: Array, b: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(H, b[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.full_like(b, np.nan)
