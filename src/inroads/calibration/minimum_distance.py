"""Calibration of one market: margins met exactly, a few parameters by minimum distance.

Mean utilities psi(theta) meet the margins for every theta (inversion on margins); theta brings the
named moments as near their targets as their standard errors ask. The Jacobian is analytic, through
psi by the implicit function theorem. Sensitivity is that of Andrews, Gentzkow and Shapiro (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from inroads.calibration.consideration_types import ConsiderationTypes, along, squares
from inroads.calibration.moments import Moment
from inroads.choice import invert_aggregates
from inroads.choice.base import Array
from inroads.errors import ConvergenceError, UnreachableError, refuse
from inroads.solution import Solution, Status

# So near to its bound a parameter is at it.
_AT_BOUND = 1e-9


@dataclass(frozen=True)
class Parameter:
    """A number to be found: where the search starts, and where it must stay."""

    start: float
    low: float
    high: float


@dataclass(frozen=True)
class Target:
    """What a moment should be, and its standard error in the same unit."""

    moment: Moment
    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """A market as a function of parameters theta (K,) and mean utilities psi (M,).

    u = A psi + base + sum_k theta_k X_k and w = w0 + sum_k theta_k W_k by cell; what types within
    cells consider is `types`. base (J, C) holds what is known, with -inf for what a cell cannot
    choose; X (K, J, C); w0 (C,); W (K, C); A (J, M).
    """

    base: Array
    X: Array
    w0: Array
    W: Array
    A: Array
    margins: Array
    types: ConsiderationTypes

    def mu(self, theta: Array) -> Array:
        """Utility apart from A psi (J, C)."""
        return self.base + np.tensordot(theta, self.X, axes=1)

    def weights(self, theta: Array) -> Array:
        """Weights of cells (C,), summing to one."""
        return np.asarray(self.w0 + theta @ self.W)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Calibrated parameters, with how each target was met and what each parameter depends on.

    names, value (K,) and covariance (K, K) of the parameters; targets, fitted and error (T,) of the
    moments; sensitivity (K, T): by how much a parameter moves when a target moves by one;
    psi (M,); unidentified_directions: combinations of parameters that the targets leave (almost)
    undetermined. The solution's residual is what a further step would gain, in standard errors of
    the targets; `distance` is half the sum of squared standardised residuals.
    """

    names: tuple[str, ...]
    value: Array
    covariance: Array
    target_names: tuple[str, ...]
    target: Array
    error: Array
    fitted: Array
    sensitivity: Array
    psi: Array
    unidentified_directions: tuple[Mapping[str, float], ...]
    distance: float
    solution: Solution[Array]

    @property
    def standard_error(self) -> Array:
        """Standard errors of the parameters (K,), from the targets' own."""
        return np.sqrt(np.diag(self.covariance))


def calibrate(
    model: Model,
    parameters: Mapping[str, Parameter],
    targets: Mapping[str, Target],
    *,
    margin_names: Sequence[str] = (),
    tolerance: float = 1e-6,
    throw: bool = True,
    callback: Callable[[int, float], None] | None = None,
) -> Calibration:
    """Find theta, and psi(theta), for `model`.

    `callback(evaluation, distance)` is called as the search goes. Raises InputError where there are
    fewer targets than parameters, UnreachableError (margins named) where the margins cannot be met,
    ConvergenceError where the search ends short of `tolerance`, unless throw=False.
    """
    if len(targets) < len(parameters):
        raise refuse(
            expected=f"at least {len(parameters)} targets for {len(parameters)} parameters",
            found=str(len(targets)),
            where="targets",
            remedy="add targets, or fix a parameter at an assumed value",
        )
    search = _Search(model, targets, margin_names, callback)
    if not parameters:
        return _nothing_searched(search, targets)
    start = np.array([p.start for p in parameters.values()])
    bounds = (
        np.array([p.low for p in parameters.values()]),
        np.array([p.high for p in parameters.values()]),
    )
    # In units of its start: a taste for money may be a hundredth where goods cost thousands.
    scale = np.where(start == 0, 0.1, np.abs(start))
    result = least_squares(
        search.residuals,
        start,
        search.jacobian,
        bounds,
        x_scale=scale,
        ftol=None,
        xtol=min(max(1e-2 * tolerance, 1e-12), 1e-3),
        gtol=1e-11,
        method="dogbox",
        max_nfev=100,
    )
    J, residuals = np.asarray(result.jac), np.asarray(result.fun)
    free = (result.x > bounds[0] + _AT_BOUND) & (result.x < bounds[1] - _AT_BOUND)
    # What a further Gauss-Newton step would gain, in standard errors: free of units.
    step = np.linalg.lstsq(J[:, free], residuals, rcond=None)[0]
    residual = float(np.linalg.norm(J[:, free] @ step))
    status = Status.CONVERGED if residual <= tolerance else Status.STALLED
    solution = Solution(result.x, status, residual, int(result.nfev))
    if throw and not solution.converged:
        raise ConvergenceError(
            f"expected a calibrated market; found the search ended {residual:.2g} standard errors "
            f"from a minimum after {result.nfev} evaluations (distance {result.cost:.4g}). "
            "Remedy: widen the parameters' bounds, or look at targets that cannot hold together.",
            solution,
        )
    names = tuple(parameters)
    covariance, sensitivity = _inference(J, free, search.error)
    return Calibration(
        names=names,
        value=result.x,
        covariance=covariance,
        target_names=tuple(targets),
        target=search.target,
        error=search.error,
        fitted=search.values(result.x),
        sensitivity=sensitivity,
        psi=search.psi,
        unidentified_directions=_unidentified_directions(
            J * np.maximum(np.abs(result.x), np.minimum(scale, 0.1)), names, free
        ),
        distance=float(result.cost),
        solution=solution,
    )


def _nothing_searched(search: _Search, targets: Mapping[str, Target]) -> Calibration:
    """Where all tastes are known: psi alone, and what the targets would have been."""
    none = np.zeros(0)
    residuals = search.residuals(none)
    return Calibration(
        names=(),
        value=none,
        covariance=np.zeros((0, 0)),
        target_names=tuple(targets),
        target=search.target,
        error=search.error,
        fitted=search.values(none),
        sensitivity=np.zeros((0, len(targets))),
        psi=search.psi,
        unidentified_directions=(),
        distance=float(residuals @ residuals / 2),
        solution=Solution(none, Status.CONVERGED, 0.0, 0),
    )


class _Search:
    """Moments and their Jacobian as the search walks, each inversion started from the last."""

    def __init__(
        self,
        model: Model,
        targets: Mapping[str, Target],
        margin_names: Sequence[str],
        callback: Callable[[int, float], None] | None,
    ) -> None:
        self.model, self.margin_names, self.callback = model, margin_names, callback
        self.moments = [t.moment for t in targets.values()]
        self.target = np.array([t.value for t in targets.values()])
        self.error = np.array([t.error for t in targets.values()])
        self.psi = np.zeros(model.A.shape[1])
        self.solved_at: Array | None = None
        self.evaluations = 0

    def solve(self, theta: Array) -> None:
        if self.solved_at is not None and np.array_equal(self.solved_at, theta):
            return
        mu, weights = self.model.mu(theta), self.model.weights(theta)
        types = self.model.types
        try:
            self.psi = invert_aggregates(
                self.model.A, self.model.margins, mu, weights, model=types, start=self.psi
            ).value
        except UnreachableError as error:
            raise _with_names(error, self.margin_names) from None
        self.choices = types.choices(mu, weights, self.model.A @ self.psi)
        self.Q, self.S = self.choices.purchases, squares(self.choices)
        self.solved_at = theta.copy()

    def values(self, theta: Array) -> Array:
        self.solve(theta)
        return np.array([m.value(self.Q, self.S, theta) for m in self.moments])

    def residuals(self, theta: Array) -> Array:
        residuals = np.asarray((self.values(theta) - self.target) / self.error)
        self.evaluations += 1
        if self.callback:
            self.callback(self.evaluations, float(residuals @ residuals / 2))
        return residuals

    def jacobian(self, theta: Array) -> Array:
        """d residuals / d theta (T, K), psi answering to theta so that margins still hold."""
        self.solve(theta)
        model, choices = self.model, self.choices
        # Utility falls one for one in "prices": see `ConsiderationTypes`.
        H = -model.A.T @ choices.jacobian @ model.A
        gradients = [m.gradient(self.Q, self.S, theta) for m in self.moments]
        in_Q = np.stack([dQ for dQ, _, _ in gradients]).reshape(len(gradients), -1)
        jacobian = np.stack([dtheta for _, _, dtheta in gradients])
        for k, X in enumerate(model.X):
            dw = model.types.split(model.W[k])
            direct = along(choices, X, dw)[0].sum(axis=-1)
            dpsi = -np.linalg.lstsq(H, model.A.T @ direct, rcond=1e-13)[0]
            dQ, dS = along(choices, X + (model.A @ dpsi)[:, None], dw)
            jacobian[:, k] += in_Q @ dQ.ravel()
            jacobian[:, k] += np.array(
                [0.0 if g is None else float(np.vdot(g, dS)) for _, g, _ in gradients]
            )
        return np.asarray(jacobian / self.error[:, None])


def _inference(J: Array, free: np.ndarray, error: Array) -> tuple[Array, Array]:
    """Covariance (K, K) and sensitivity (K, T) of the parameters not at a bound."""
    covariance = np.zeros((J.shape[1], J.shape[1]))
    F = J[:, free]
    covariance[np.ix_(free, free)] = np.linalg.pinv(F.T @ F, hermitian=True)
    return covariance, covariance @ J.T / error


def _unidentified_directions(
    J: Array, names: tuple[str, ...], free: np.ndarray, relative: float = 1e-3
) -> tuple[Mapping[str, float], ...]:
    """Directions in which all moments together barely move, as weights on named parameters."""
    free_names = [n for n, f in zip(names, free, strict=True) if f]
    if not free_names:
        return ()
    _, size, V = np.linalg.svd(J[:, free], full_matrices=False)
    return tuple(
        {n: round(float(x), 3) for n, x in zip(free_names, v, strict=True) if abs(x) > 0.1}
        for s, v in zip(size, V, strict=True)
        if s < relative * size[0]
    )


def _with_names(error: UnreachableError, names: Sequence[str]) -> UnreachableError:
    if error.direction is None or len(names) != len(error.direction):
        return error
    order = np.argsort(-np.abs(error.direction))
    worst = [
        f"{names[k]} ({error.direction[k]:+.2g})"
        for k in order[:6]
        if abs(error.direction[k]) > 1e-6
    ]
    return UnreachableError(
        "expected margins that can hold together; found that these cannot: "
        f"{', '.join(worst)}. Remedy: correct one of them in margins.csv, or widen what consumers "
        "can choose.",
        error.direction,
    )
