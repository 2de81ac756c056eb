"""What can be said of parameters at the end of a search: covariance, what is not determined, J."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from inroads.choice.base import Array
from inroads.fit.gmm import Equation, Projection, efficient_root

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
    """The moments' Jacobian in all parameters, linear ones first, then theta, for a weighting L.

    G (M, K + P) holds L' times the derivative; lengths (K + P,) what a unit of each parameter does
    to the equations, root mean square; held (K + P,) those at a bound, which count as known.
    """

    G: Array
    lengths: Array
    held: np.ndarray

    @classmethod
    def of(
        cls, projection: Projection, slopes: list[Array], lengths: Array, held: np.ndarray
    ) -> Sensitivity:
        """From dy/dtheta (N, P) of each equation, lengths (P,) and held (P,)."""
        N = len(projection.equations[0].Z)
        X = [np.sqrt(np.mean(e.X**2, axis=0)) for e in projection.equations]
        G = np.hstack([projection.BX, -projection.moments(slopes)]) / np.sqrt(N)
        known = np.concatenate([*(np.zeros(len(x), dtype=bool) for x in X), held])
        size = np.concatenate([*X, lengths])
        return cls(G, np.where(size > 0, size, 1.0), known)

    def bread(self, L: Array) -> tuple[Array, Array]:
        """How estimates answer to the moments (K + P, M), and undetermined directions (K + P, q).

        Undetermined directions, of unit length in units of `lengths`, are left out of the answer.
        """
        scaled = self.G[:, ~self.held] / self.lengths[~self.held]
        U, s, Vt = np.linalg.svd(scaled, full_matrices=True)
        rank = int((s > _FLAT * s[0]).sum()) if s.size else 0
        answer, flat = np.zeros(self.G.T.shape), np.zeros((len(self.held), Vt.shape[0] - rank))
        answer[~self.held] = (Vt[:rank].T / s[:rank]) @ U[:, :rank].T @ L.T
        flat[~self.held] = Vt[rank:].T
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
            statistic = unexplained(projection.equations, sensitivity, residuals, S, projection.L)
        except np.linalg.LinAlgError:
            # Moments that others explain: there are no efficient weights.
            statistic = np.nan
    said = ChiSquared("overidentifying moments are zero", statistic if degrees else 0.0, degrees)
    return Inference(V, _by_name(flat, sensitivity.lengths, names), said)


def unexplained(
    equations: list[Equation],
    sensitivity: Sensitivity,
    residuals: list[Array],
    S: Array,
    L: Array,
    without: np.ndarray | None = None,
) -> float:
    """N g'S^-1 g of what parameters cannot explain of the moments g, to first order.

    Only parameters in `without` (K + P,), all that are not held unless given, may move.
    """
    root = efficient_root(S)
    N = len(residuals[0])
    g = np.concatenate([e.Z.T @ r for e, r in zip(equations, residuals, strict=True)])
    r = root.T @ g / np.sqrt(N)
    free = ~sensitivity.held if without is None else without & ~sensitivity.held
    # G is L' times the derivative: L is square, and taken off again.
    G = root.T @ np.linalg.solve(L.T, sensitivity.G[:, free] / sensitivity.lengths[free])
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
