"""Inference at the end of a search: covariance, unidentified directions, overidentification.

With G the derivative of the moments Z'residual / N in all parameters and S their covariance,
V = (G'WG)^-1 G'W S W G (G'WG)^-1 / N (Hansen 1982).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import qr

from inroads.choice.base import Array
from inroads.estimation.gmm.moments import (
    Equation,
    Projection,
    regressor_moments,
    slopes_of,
)
from inroads.estimation.gmm.weights import (
    ExactMomentError,
    efficient_weights,
    residual_sizes,
    standard_weights,
)

# Parameters are compared by what they do to the equations, where a singular value of the moments'
# Jacobian below this part of the largest leaves a direction undetermined.
_RANK_TOLERANCE = 1e-6
# A parameter with less than this weight in such a direction is determined.
_MIN_WEIGHT = 1e-3


@dataclass(frozen=True)
class ChiSquared:
    """A statistic that is chi-squared where a hypothesis holds, and its `p`.

    Parameters
    ----------
    name : str
        The hypothesis in words.
    statistic : float
        Its value.
    degrees : int
        Of freedom.
    """

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
class MomentJacobian:
    """The moments' Jacobian in all parameters, linear ones first, then theta.

    G (M, K + P) is the derivative of Z'residual / N; standard_factor (M, M) weights moments by what
    independent residuals of the equations' sizes would give them; lengths (K + P,) what a unit of
    each parameter does to residuals, in their own size; fixed (K + P,) are those at a bound, which
    count as known; edges (K + P,) are standard deviations at zero, whose columns are in the square.
    """

    G: Array
    standard_factor: Array
    lengths: Array
    fixed: np.ndarray
    edges: np.ndarray

    @classmethod
    def at(
        cls,
        equations: list[Equation],
        residuals: list[Array],
        dy: Sequence[Array],
        min_lengths: Array,
        *,
        at_bounds: np.ndarray,
        at_edge: np.ndarray | None = None,
        beta: Array | None = None,
    ) -> MomentJacobian:
        """From dy/dtheta (N, P) of each equation; min_lengths (P,): of theta, at the least.

        at_bounds, at_edge (P,); at the edge dy is in the parameter's square. beta (K,): linear
        parameters, on which only derived residuals hang.
        """
        N = equations[0].N
        sizes = residual_sizes(equations, residuals)
        triples = list(zip(equations, sizes, dy, strict=True))
        linear = np.concatenate([np.sqrt(np.sum(e.X**2, axis=0) / N) / s for e, s, _ in triples])
        products = [(s, d) for e, s, d in triples if e.factor is None]
        effect = np.sqrt(sum(np.sum(d**2, axis=0) / N / s**2 for s, d in products))
        searched = np.maximum(effect, min_lengths / sizes[0])
        at = np.zeros(len(linear)) if beta is None else beta
        slopes = slopes_of(equations, residuals, at, dy)
        in_theta = np.vstack([e.Z.T @ d for e, d in zip(equations, slopes, strict=True)])
        G = np.hstack([regressor_moments(equations, residuals, at), -in_theta])
        lengths = np.concatenate([linear, searched])
        none = np.zeros(len(linear), dtype=bool)
        edge = np.zeros(len(at_bounds), dtype=bool) if at_edge is None else at_edge
        return cls(
            G=G / N,
            standard_factor=standard_weights(equations, residuals),
            lengths=np.where(lengths > 0, lengths, 1.0),
            fixed=np.concatenate([none, at_bounds & ~edge]),
            edges=np.concatenate([none, edge]),
        )

    def _directions(self) -> tuple[Array, Array]:
        """Of free parameters in units of `lengths`: identified directions, and unidentified."""
        scaled = self.standard_factor.T @ self.G[:, ~self.fixed] / self.lengths[~self.fixed]
        _, s, Vt = np.linalg.svd(scaled, full_matrices=True)
        rank = int((s > _RANK_TOLERANCE * s[0]).sum()) if s.size else 0
        return Vt[:rank].T, Vt[rank:].T

    def bread(self, L: Array) -> tuple[Array, Array]:
        """(G'WG)^-1 G'W (K + P, M), and unidentified directions (K + P, q).

        Unidentified directions, of unit length in units of `lengths`, are left out of the former.
        """
        V, complement = self._directions()
        bread = np.zeros(self.G.T.shape)
        unidentified = np.zeros((len(self.fixed), complement.shape[1]))
        LGV = L.T @ (self.G[:, ~self.fixed] / self.lengths[~self.fixed]) @ V
        bread[~self.fixed] = V @ np.linalg.pinv(LGV, rcond=1e-13) @ L.T
        unidentified[~self.fixed] = complement
        return bread / self.lengths[:, None], unidentified

    def unidentified(self, names: Sequence[str], added: Sequence[str]) -> list[str]:
        """Those of `added` parameters that an unidentified direction moves."""
        directions = self.bread(np.eye(len(self.G)))[1]
        is_moved = np.linalg.norm(directions, axis=1) > _MIN_WEIGHT
        return [n for n, m in zip(names, is_moved, strict=True) if m and n in added]


@dataclass(frozen=True)
class Inference:
    """Covariance (K + P, K + P); unidentified directions by name; the test of overidentification.

    Variances are nan for parameters at a bound and for those that an unidentified direction moves;
    others are as if the former were known. Those of standard deviations at the edge are of squares.
    """

    covariance: Array
    unidentified_directions: tuple[Mapping[str, float], ...]
    overidentification: ChiSquared

    def of_first(self, n: int) -> Inference:
        """That of the first n parameters; what is said is as if the others were not known."""
        return replace(self, covariance=self.covariance[:n, :n])


def infer(
    projection: Projection,
    jacobian: MomentJacobian,
    residuals: list[Array],
    S: Array,
    *,
    names: Sequence[str],
    objective: float,
    efficient: bool,
) -> Inference:
    """From residuals (N,) of each equation and the moments' covariance S (M, M).

    The test is the objective itself where the weights are `efficient` (Hansen 1982); otherwise the
    objective that one Gauss-Newton step with efficient weights would reach, which has the same
    distribution.
    """
    N = projection.equations[0].N
    bread, unidentified = jacobian.bread(projection.weight_factor)
    V = bread @ S @ bread.T / N
    unknown = jacobian.fixed | (np.linalg.norm(unidentified, axis=1) > _MIN_WEIGHT)
    V[unknown], V[:, unknown] = np.nan, np.nan
    free = ~jacobian.fixed & ~jacobian.edges
    degrees = len(S) - int(free.sum()) + unidentified.shape[1]
    statistic = objective
    if not efficient:
        try:
            statistic = efficient_objective(
                projection.equations, jacobian, residuals, S, may_move=free
            )
        except (ExactMomentError, np.linalg.LinAlgError):
            # Moments that others explain: there are no efficient weights.
            statistic = np.nan
    name = "overidentifying moments are zero"
    test = ChiSquared(name, statistic if degrees else 0.0, degrees)
    return Inference(V, _directions_by_name(unidentified, jacobian.lengths, names), test)


def efficient_objective(
    equations: list[Equation],
    jacobian: MomentJacobian,
    residuals: list[Array],
    S: Array,
    *,
    may_move: np.ndarray | None = None,
) -> float:
    """N g'S^-1 g of what parameters cannot explain of the moments g, to first order.

    Only parameters in `may_move` (K + P,), all that are not at a bound unless given, may move.
    """
    N, n_linear = equations[0].N, sum(e.X.shape[1] for e in equations)
    L = efficient_weights(equations, residuals, S, N * jacobian.G[:, :n_linear]).factor
    g = np.concatenate([e.Z.T @ r for e, r in zip(equations, residuals, strict=True)])
    r = L.T @ g / np.sqrt(N)
    free = ~jacobian.fixed if may_move is None else may_move & ~jacobian.fixed
    G = L.T @ jacobian.G[:, free] / jacobian.lengths[free]
    U, s, _ = np.linalg.svd(G, full_matrices=False)
    U = U[:, s > _RANK_TOLERANCE * s[0]] if s.size else U
    return float(np.sum((r - U @ (U.T @ r)) ** 2))


def _directions_by_name(
    directions: Array, lengths: Array, names: Sequence[str]
) -> tuple[Mapping[str, float], ...]:
    """Directions as few parameters each: {parameter: how far it moves beside the first by one}."""
    q = directions.shape[1]
    if not q:
        return ()
    leaders = qr(directions.T, mode="r", pivoting=True)[1][:q]
    columns = (directions @ np.linalg.inv(directions[leaders])).T
    by_name = []
    for leader, column in zip(leaders, columns, strict=True):
        touched = np.flatnonzero(np.abs(column) > _MIN_WEIGHT)
        moves = column * lengths[leader] / lengths
        order = [leader, *(k for k in touched if k != leader)]
        by_name.append({names[k]: float(moves[k]) for k in order})
    return tuple(by_name)
