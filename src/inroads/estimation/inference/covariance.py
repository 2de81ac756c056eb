"""What can be said of parameters at the end of a search: covariance, what is not determined, J."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, qr

from inroads.choice.model import Array
from inroads.estimation.gmm.moments import Equation, Projection
from inroads.estimation.gmm.weights import ExactMomentError, efficient_weights, standard_weights

# Parameters are compared by what they do to the equations, where a singular value of the moments'
# Jacobian below this part of the largest leaves a direction undetermined.
_FLAT = 1e-6
# A parameter with less than this weight in such a direction is determined.
_TOUCHED = 1e-3


@dataclass(frozen=True)
class ChiSquared:
    """A statistic that is chi-squared with `degrees` of freedom where `name` holds, and its p."""

    name: str
    statistic: float
    degrees: int

    @property
    def p(self) -> float:
        """Probability of a larger statistic; nan where nothing is tested."""
        from scipy.special import chdtrc

        return float(chdtrc(self.degrees, self.statistic)) if self.degrees else float("nan")

    def __str__(self) -> str:
        if not self.degrees:
            return f"{self.name}: nothing to test"
        return f"{self.name}: chi2({self.degrees}) = {self.statistic:.6g}, p = {self.p:.4g}"


@dataclass(frozen=True)
class Sensitivity:
    """The moments' Jacobian in all parameters, linear ones first, then theta.

    G (M, K + P) is the derivative of Z'residual / N; standard (M, M) weights moments by what
    independent residuals of the equations' sizes would give them; lengths (K + P,) what a unit of
    each parameter does to residuals, in their own size; held (K + P,) are those at a bound, which
    count as known.
    """

    G: Array
    standard: Array
    lengths: Array
    held: np.ndarray

    @classmethod
    def of(
        cls,
        equations: list[Equation],
        residuals: list[Array],
        slopes: list[Array],
        least: Array,
        held: np.ndarray,
    ) -> Sensitivity:
        """From dy/dtheta (N, P) of each equation; least (P,): lengths of theta at the least."""
        N = len(residuals[0])
        sizes = [float(np.sqrt(np.mean(r**2))) for r in residuals]
        sizes = [s if s > 0 else e.unit for s, e in zip(sizes, equations, strict=True)]
        pairs = list(zip(equations, sizes, slopes, strict=True))
        linear = np.concatenate([np.sqrt(np.mean(e.X**2, axis=0)) / s for e, s, _ in pairs])
        moved = np.sqrt(sum(np.mean(d**2, axis=0) / s**2 for _, s, d in pairs))
        searched = np.maximum(moved, least / sizes[0])
        G = np.hstack(
            [
                block_diag(*(e.Z.T @ e.X for e in equations)),
                -np.vstack([e.Z.T @ d for e, _, d in pairs]),
            ]
        )
        length = np.concatenate([linear, searched])
        known = np.concatenate([np.zeros(len(linear), dtype=bool), held])
        standard = standard_weights(equations, residuals)
        return cls(G / N, standard, np.where(length > 0, length, 1.0), known)

    def _directions(self) -> tuple[Array, Array]:
        """Of free parameters in units of `lengths`: those that moments answer to, and others."""
        scaled = self.standard.T @ self.G[:, ~self.held] / self.lengths[~self.held]
        _, s, Vt = np.linalg.svd(scaled, full_matrices=True)
        rank = int((s > _FLAT * s[0]).sum()) if s.size else 0
        return Vt[:rank].T, Vt[rank:].T

    def bread(self, L: Array) -> tuple[Array, Array]:
        """How estimates answer to the moments (K + P, M), and undetermined directions (K + P, q).

        Undetermined directions, of unit length in units of `lengths`, are left out of the answer.
        """
        V, rest = self._directions()
        answer, flat = np.zeros(self.G.T.shape), np.zeros((len(self.held), rest.shape[1]))
        weighed = L.T @ (self.G[:, ~self.held] / self.lengths[~self.held]) @ V
        answer[~self.held] = V @ np.linalg.pinv(weighed, rcond=1e-13) @ L.T
        flat[~self.held] = rest
        return answer / self.lengths[:, None], flat

    def silent(self, names: Sequence[str], added: Sequence[str]) -> list[str]:
        """Those of `added` parameters that an undetermined direction moves."""
        moved = np.linalg.norm(self.bread(np.eye(len(self.G)))[1], axis=1) > _TOUCHED
        return [n for n, m in zip(names, moved, strict=True) if m and n in added]


@dataclass(frozen=True)
class Inference:
    """Covariance (K + P, K + P); flat directions by name; the test of overidentification.

    Variances are nan for parameters at a bound and for those that a flat direction moves; others
    are as if the former were known.
    """

    covariance: Array
    flat: tuple[Mapping[str, float], ...]
    overidentification: ChiSquared


def inference(
    projection: Projection,
    sensitivity: Sensitivity,
    residuals: list[Array],
    S: Array,
    names: Sequence[str],
    objective: float,
    efficient: bool,
) -> Inference:
    """From residuals (N,) of each equation and the moments' covariance S (M, M).

    The test is the objective itself where the weights are `efficient` (Hansen 1982); otherwise the
    objective that one Gauss-Newton step with efficient weights would reach, which has the same
    distribution.
    """
    N = len(residuals[0])
    answer, flat = sensitivity.bread(projection.L)
    V = answer @ S @ answer.T / N
    unknown = sensitivity.held | (np.linalg.norm(flat, axis=1) > _TOUCHED)
    V[unknown], V[:, unknown] = np.nan, np.nan
    degrees = len(S) - int((~sensitivity.held).sum()) + flat.shape[1]
    statistic = objective
    if not efficient:
        try:
            statistic = unexplained(projection.equations, sensitivity, residuals, S)
        except (ExactMomentError, np.linalg.LinAlgError):
            # Moments that others explain: there are no efficient weights.
            statistic = np.nan
    said = ChiSquared("overidentifying moments are zero", statistic if degrees else 0.0, degrees)
    return Inference(V, _by_name(flat, sensitivity.lengths, names), said)


def unexplained(
    equations: list[Equation],
    sensitivity: Sensitivity,
    residuals: list[Array],
    S: Array,
    without: np.ndarray | None = None,
) -> float:
    """N g'S^-1 g of what parameters cannot explain of the moments g, to first order.

    Only parameters in `without` (K + P,), all that are not held unless given, may move.
    """
    root = efficient_weights(equations, residuals, S).L
    N = len(residuals[0])
    g = np.concatenate([e.Z.T @ r for e, r in zip(equations, residuals, strict=True)])
    r = root.T @ g / np.sqrt(N)
    free = ~sensitivity.held if without is None else without & ~sensitivity.held
    G = root.T @ sensitivity.G[:, free] / sensitivity.lengths[free]
    U, s, _ = np.linalg.svd(G, full_matrices=False)
    U = U[:, s > _FLAT * s[0]] if s.size else U
    return float(np.sum((r - U @ (U.T @ r)) ** 2))


def _by_name(flat: Array, lengths: Array, names: Sequence[str]) -> tuple[Mapping[str, float], ...]:
    """Directions as few parameters each: {parameter: how far it moves beside the first by one}."""
    q = flat.shape[1]
    if not q:
        return ()
    leaders = qr(flat.T, mode="r", pivoting=True)[1][:q]
    found = []
    for leader, column in zip(leaders, (flat @ np.linalg.inv(flat[leaders])).T, strict=True):
        moved = np.flatnonzero(np.abs(column) > _TOUCHED)
        size = column * lengths[leader] / lengths
        order = [leader, *(k for k in moved if k != leader)]
        found.append({names[k]: float(size[k]) for k in order})
    return tuple(found)
