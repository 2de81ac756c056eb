"""Standard deviations at zero, the edge of the model.

At sigma = 0 moments do not answer to sigma but to its square: utility moves by sigma nu, of mean
zero. So the derivative of mean utilities in sigma vanishes there (or is what draws nu are off their
mean, which says nothing), while that in sigma^2 does not: (d^2 delta / d sigma^2) / 2. With it the
square has a normal limit, cut off at zero (Andrews 1999), and other parameters have the standard
errors of a model in which the square is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, InputError
from inroads.estimation.gmm.objective import Equations, Point
from inroads.estimation.gmm.parameters import ParameterLayout

# Utility (root mean square) that a standard deviation moves: below the first it may be zero, by
# the second it is moved for differences. Bounds' lengths are a tenth of utility a unit.
_NEAR = 0.5 / 10
_DIFFERENCE = 0.02 / 10
# It is zero where its square is below this part of the square's standard error.
_EDGE = 0.02


@dataclass(frozen=True)
class SquareSlopes:
    """Positions in theta, and dy/dsigma^2 (N, n) of each equation at sigma = 0."""

    positions: tuple[int, ...]
    dy: tuple[Array, ...]

    @classmethod
    def none(cls, point: Point) -> SquareSlopes:
        """Of no position."""
        return cls((), tuple(dy[:, :0] for dy in point.slopes.dy))

    def put(self, dy: tuple[Array, ...], min_lengths: Array) -> tuple[tuple[Array, ...], Array]:
        """dy/dtheta (N, P) and min_lengths (P,) with squares in place of standard deviations."""
        replaced = tuple(columns.copy() for columns in dy)
        for columns, squares in zip(replaced, self.dy, strict=True):
            columns[:, list(self.positions)] = squares
        lengths = min_lengths.copy()
        lengths[list(self.positions)] **= 2
        return replaced, lengths

    def only(self, chosen: np.ndarray) -> SquareSlopes:
        """Those of `chosen` (n,)."""
        positions = tuple(p for p, c in zip(self.positions, chosen, strict=True) if c)
        return SquareSlopes(positions, tuple(dy[:, chosen] for dy in self.dy))


def is_at_edge(theta: Array, of_squares: Array, of_deviations: Array) -> np.ndarray:
    """Which standard deviations theta (n,) are zero and told by their squares alone (n,).

    of_squares, of_deviations (n,): standard errors by the one derivative and by the other, nan
    where it tells nothing. Few draws have a mean, by which moments may answer to sigma more
    than to its square.
    """
    with np.errstate(invalid="ignore"):
        is_zero = theta**2 <= _EDGE * of_squares
        return np.asarray(is_zero & ~(of_deviations < np.sqrt(of_squares)))


def edge_interval(theta: float, of_square: float, quantile: float) -> tuple[float, float]:
    """Of a standard deviation at zero: its square's, cut off at zero (half-normal limit)."""
    return 0.0, float(np.sqrt(theta**2 + quantile * of_square))


def reaches_zero(theta: float, error: float, quantile: float) -> bool:
    """Whether the interval of the square holds zero.

    Were the standard deviation zero its square would be normal, with the error 2 theta `error`,
    while it would itself be twice as many of its own errors from zero as the square of its.
    """
    return abs(theta) <= 2 * quantile * error


def squares_near_zero(
    equations: Equations,
    layout: ParameterLayout,
    point: Point,
    lengths: Array,
    of_deviations: Array,
) -> SquareSlopes:
    """Slopes in the squares of standard deviations that `is_at_edge` may find at zero.

    lengths (P,): a tenth of utility; of_deviations (P,): standard errors, nan where unknown.
    """
    theta = point.theta
    positions, slopes = [], []
    # Where the square is not zero, or the deviation is better known, no slope is asked for.
    is_off_zero = np.abs(theta) > np.sqrt(_EDGE) * of_deviations
    for k in _near_zero(layout, theta, lengths):
        if is_off_zero[k]:
            continue
        step = _DIFFERENCE / lengths[k]
        try:
            up, down = (_slopes_at(equations, theta, k, point, at) for at in (step, -step))
        except (ConvergenceError, InputError, np.linalg.LinAlgError):
            continue
        positions.append(k)
        slopes.append([(u[:, k] - d[:, k]) / (4 * step) for u, d in zip(up, down, strict=True)])
    columns = zip(*slopes, strict=True) if slopes else [()] * len(point.slopes.dy)
    dy = tuple(
        np.column_stack(c) if c else np.zeros((len(own), 0))
        for c, own in zip(columns, point.slopes.dy, strict=True)
    )
    return SquareSlopes(tuple(positions), dy)


def _near_zero(layout: ParameterLayout, theta: Array, lengths: Array) -> list[int]:
    """Positions of standard deviations near zero; none beside covariances, whose edge is a cone."""
    entries = np.argwhere(layout.sigma != 0)
    if (entries[:, 0] != entries[:, 1]).any():
        return []
    positions = layout.theta_slice.start + np.arange(len(entries))
    return [int(k) for k in positions if lengths[k] > 0 and abs(theta[k]) * lengths[k] < _NEAR]


def _slopes_at(
    equations: Equations, theta: Array, k: int, point: Point, value: float
) -> tuple[Array, ...]:
    moved = theta.copy()
    moved[k] = value
    return equations.jacobian(equations.at(moved, point.slopes.warm)).dy
