"""Standard deviations at zero, the edge of the model.

At sigma = 0 moments do not answer to sigma but to its square: utility moves by sigma nu, of mean
zero. So the derivative of mean utilities in sigma vanishes there (or is what draws nu are off their
mean, which says nothing), while that in sigma^2 does not: (d^2 delta / d sigma^2) / 2. With it the
square has a normal limit, cut off at zero (Andrews 1999), and other parameters have the standard
errors of a model in which the square is not known.

With covariances sigma is triangular, and its column k moves utility by v'x nu: moments answer to
v v'. Where the edge of covariance matrices is met at one point of it, the last column is zero, of
one entry: a square like any other. Where a column v of several entries is zero, they answer to its
squares and products; the squares of the others than the first are those of later columns.
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
# Utility that an entry beside covariances moves where it is zero.
_ZERO = 0.01 / 10
# It is zero where its square is below this part of the square's standard error.
_EDGE = 0.02


@dataclass(frozen=True)
class SquareSlopes:
    """Positions in theta, and dy/dsigma^2 (N, n) of each equation at sigma = 0.

    covariances: positions of entries below a diagonal entry of these, in whose product with others
    of the column products (N, q) are the slopes.
    """

    positions: tuple[int, ...]
    dy: tuple[Array, ...]
    covariances: tuple[int, ...]
    products: tuple[Array, ...]

    @classmethod
    def none(cls, point: Point) -> SquareSlopes:
        """Of no position."""
        nothing = tuple(dy[:, :0] for dy in point.slopes.dy)
        return cls((), nothing, (), nothing)

    def put(self, dy: tuple[Array, ...], min_lengths: Array) -> tuple[tuple[Array, ...], Array]:
        """dy/dtheta (N, P + q) and min_lengths (P + q,): squares in place of standard deviations,
        products last."""
        replaced = tuple(columns.copy() for columns in dy)
        for columns, squares in zip(replaced, self.dy, strict=True):
            columns[:, list(self.positions)] = squares
        lengths = min_lengths.copy()
        lengths[list(self.positions)] **= 2
        both = tuple(np.hstack(pair) for pair in zip(replaced, self.products, strict=True))
        return both, np.concatenate([lengths, min_lengths[list(self.covariances)] ** 2])

    def only(self, chosen: np.ndarray) -> SquareSlopes:
        """Those of `chosen` (n,)."""
        positions = tuple(p for p, c in zip(self.positions, chosen, strict=True) if c)
        squares = tuple(dy[:, chosen] for dy in self.dy)
        return SquareSlopes(positions, squares, self.covariances, self.products)


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
    positions: list[int] = []
    covariances: dict[tuple[int, int], int] = {}
    squares: list[list[Array]] = [[] for _ in point.slopes.dy]
    products: list[list[Array]] = [[] for _ in point.slopes.dy]
    # Where the square is not zero, or the deviation is better known, no slope is asked for.
    is_off_zero = np.abs(theta) > np.sqrt(_EDGE) * of_deviations
    for column in _near_zero(layout, theta, lengths):
        if is_off_zero[column[0]]:
            continue
        for n, k in enumerate(column[: max(1, len(column) - 1)]):
            # A pair of characteristics is one covariance, in whichever column they meet.
            pairs = {(_moved(layout, k), _moved(layout, l)): l for l in column[n + 1 :]}
            later = {pair: l for pair, l in pairs.items() if pair not in covariances}
            step = _DIFFERENCE / lengths[k]
            try:
                up, down = (_slopes_at(equations, theta, k, point, at) for at in (step, -step))
            except (ConvergenceError, InputError, np.linalg.LinAlgError):
                break
            if n == 0:
                positions.append(k)
            covariances |= later
            for e, (u, d) in enumerate(zip(up, down, strict=True)):
                difference = (u - d) / (2 * step)
                squares[e] += [difference[:, k] / 2] if n == 0 else []
                products[e] += [difference[:, l] for l in later.values()]
    triples = zip(squares, products, point.slopes.dy, strict=True)
    columns = [(_columns(s, len(own)), _columns(p, len(own))) for s, p, own in triples]
    return SquareSlopes(
        tuple(positions),
        tuple(s for s, _ in columns),
        tuple(covariances.values()),
        tuple(p for _, p in columns),
    )


def _moved(layout: ParameterLayout, position: int) -> int:
    """The random coefficient that an entry moves."""
    return int(layout.columns[position - layout.theta_slice.start])


def _columns(columns: list[Array], rows: int) -> Array:
    return np.column_stack(columns) if columns else np.zeros((rows, 0))


def _near_zero(layout: ParameterLayout, theta: Array, lengths: Array) -> list[tuple[int, ...]]:
    """Columns of sigma that are near zero, as positions, those of the diagonal first.

    One of a single entry counts from further away than one with covariances, which is near zero
    where all of it is.
    """
    utility = np.abs(theta) * lengths
    columns = []
    for column in layout.sigma_columns:
        limit = _NEAR if len(column) == 1 else _ZERO
        if (lengths[list(column)] > 0).all() and (utility[list(column)] < limit).all():
            columns.append(column)
    return columns


def _slopes_at(
    equations: Equations, theta: Array, k: int, point: Point, value: float
) -> tuple[Array, ...]:
    moved = theta.copy()
    moved[k] = value
    return equations.jacobian(equations.at(moved, point.slopes.warm)).dy
