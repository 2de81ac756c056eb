"""What a model said of past launches and what happened, read as draws from one population.

y_i = log(happened_i / predicted_i) is what launch i sold beside what a model would have said. With
a known error s_i of its report, y_i ~ N(m, tau^2 + s_i^2); of launches of which only a bound is
known, the likelihood is the probability of what lies within it (a censored normal; Tobin 1958). m
and tau have flat priors, tau above 0, with which five numbers leave a posterior that has a variance
(Gelman 2006); it is summed over a grid, so that nothing is approximated but by the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from inroads.choice.base import Array, Mask
from inroads.errors import InputError, refuse
from inroads.uncertainty.scores import uniformity

_GRID = (161, 240)
#: how far the grid goes, in mean deviations of what was observed; that of m shrinks with root n
_MEAN_REACH, _SPREAD_REACH = 20.0, 15.0
_FEWEST = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Launches:
    """Past launches as a population of log ratios.

    Attributes
    ----------
    low, high : (n,) arrays
        What is known of each y: equal where it is a number, -inf or inf where a bound is open.
    errors : (n,) array
        Standard deviations s of what is reported.
    mean_grid, spread_grid : (P,) arrays
        m and tau at the points of the grid.
    log_prior : (P,) array
        Of the points: the width of their cells.
    log_likelihood : (P, n) array
        Of each launch at each point.
    """

    low: Array
    high: Array
    errors: Array
    mean_grid: Array
    spread_grid: Array
    log_prior: Array
    log_likelihood: Array

    @cached_property
    def weights(self) -> Array:
        """Posterior probabilities (P,) of the points."""
        return _normalised(self.log_prior + self.log_likelihood.sum(axis=1))

    @property
    def mean(self) -> tuple[float, float]:
        """m, its posterior mean and standard deviation."""
        return self._moments(self.mean_grid)

    @property
    def spread(self) -> tuple[float, float]:
        """tau, its posterior mean and standard deviation."""
        return self._moments(self.spread_grid)

    def quantile(self, level: float) -> float:
        """A quantile of the log ratio of a launch to come, m and tau being uncertain.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        float
            A log ratio.
        """
        from scipy.optimize import brentq

        reach = 40 * (np.abs(self.mean_grid).max() + self.spread_grid.max())
        return float(brentq(lambda y: float(self.below(y)) - level, -reach, reach, xtol=1e-10))

    def below(self, value: float) -> float:
        """The probability that a launch to come has a log ratio below a value.

        Parameters
        ----------
        value : float
            A log ratio.

        Returns
        -------
        float
            A probability.
        """
        return float(self.weights @ norm.cdf((value - self.mean_grid) / self.spread_grid))

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Log ratios that a launch to come may have.

        Parameters
        ----------
        n : int
            How many.
        rng : Generator
            Where randomness comes from.

        Returns
        -------
        (n,) array
            What a model says is to be multiplied by their exponential.
        """
        points = rng.choice(len(self.weights), size=n, p=self.weights)
        noise = rng.standard_normal(n)
        return np.asarray(self.mean_grid[points] + self.spread_grid[points] * noise)

    @cached_property
    def left_out(self) -> Array:
        """What all other launches say is below each one's bounds (n, 2); twice the same number
        where it is not a bound that is known."""
        n = len(self.low)
        return np.array([self._below(i, np.arange(n) != i) for i in range(n)])

    def in_turn(self, seed: int = 0) -> Array:
        """What the launches before it, in the order given, say is below each one.

        From the sixth number on. Unlike `left_out` these are independent of each other: of numbers
        without errors exactly, the predictive being Student's t.

        Parameters
        ----------
        seed : int
            Within bounds a draw, which is uniform if all is right (Brockwell 2007).

        Returns
        -------
        array
            Probabilities.
        """
        first = int(np.flatnonzero(np.cumsum(self.low == self.high) > _FEWEST)[0])
        order = np.arange(len(self.low))
        sides = np.array([self._below(i, order < i) for i in order[first:]])
        u = np.random.default_rng(seed).uniform(size=len(sides))
        return np.asarray(sides[:, 0] + u * (sides[:, 1] - sides[:, 0]))

    def uniformity(self, seed: int = 0) -> float:
        """Whether launches `in_turn` are where those before say (Kolmogorov, exact).

        Parameters
        ----------
        seed : int
            As in `in_turn`.

        Returns
        -------
        float
            A p-value.

        Raises
        ------
        InputError
            For five numbers or fewer.
        """
        if (self.low == self.high).sum() <= _FEWEST:
            raise _refused(f"more than {_FEWEST} numbers", "too few to test", "add launches.")
        return uniformity(self.in_turn(seed))

    def _below(self, i: int, others: Mask) -> Array:
        """The probability (2,) that `others` (n,) give to what is below the bounds of launch i."""
        weights = _normalised(self.log_prior + self.log_likelihood[:, others].sum(axis=1))
        deviation = np.sqrt(self.spread_grid**2 + self.errors[i] ** 2)
        bounds = np.array([self.low[i], self.high[i]])
        return np.asarray(
            weights @ norm.cdf((bounds - self.mean_grid[:, None]) / deviation[:, None])
        )

    def _moments(self, values: Array) -> tuple[float, float]:
        mean = float(self.weights @ values)
        return mean, float(np.sqrt(self.weights @ (values - mean) ** 2))


def read_launches(low: Array, high: Array | None = None, errors: Array | float = 0.0) -> Launches:
    """The population behind log ratios of past launches.

    Parameters
    ----------
    low, high : (n,) arrays
        Log of happened over predicted: the number itself (high left out, or the same), or bounds,
        -inf and inf where there is none on that side ("at most 35,000" is low=-inf).
    errors : (n,) array or number
        Standard deviation of the report's own error, in logs; of a bound too.

    Returns
    -------
    Launches
        m and tau with their errors, each launch by the others, a launch to come.

    Raises
    ------
    InputError
        For fewer than five launches of which a number is known, bounds out of order, and errors
        below zero.

    References
    ----------
    Tobin, J. (1958), Estimation of relationships for limited dependent variables, Econometrica
    26(1).
    Gelman, A. (2006), Prior distributions for variance parameters in hierarchical models, Bayesian
    Analysis 1(3).
    Brockwell, A. E. (2007), Universal residuals: a multivariate transformation, Statistics &
    Probability Letters 77(14).

    Examples
    --------
    >>> import numpy as np
    >>> past = read_launches(np.log([0.5, 0.8, 2.0, 0.3, 1.1, 0.7]))
    >>> round(float(np.exp(past.quantile(0.5))), 2)
    0.75
    """
    low = np.asarray(low, dtype=float)
    high = low if high is None else np.asarray(high, dtype=float)
    errors = np.broadcast_to(np.asarray(errors, dtype=float), low.shape)
    _check(low, high, errors)
    numbers = low[low == high]
    center = float(np.median(numbers))
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    unit = float(np.abs(finite - center).mean()) + float(np.median(errors)) + 1e-9
    n_means, n_spreads = _GRID
    means = center + _MEAN_REACH * unit / np.sqrt(len(low)) * np.linspace(-1, 1, n_means)
    # Points crowd where tau is small; the weight of each is the width of its cell.
    edges = _SPREAD_REACH * unit * np.linspace(0, 1, n_spreads + 1) ** 2
    spreads, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    mean_grid, spread_grid = (x.ravel() for x in np.meshgrid(means, spreads, indexing="ij"))
    deviation = np.sqrt(spread_grid[:, None] ** 2 + errors**2)
    z_low, z_high = ((x - mean_grid[:, None]) / deviation for x in (low, high))
    log_likelihood = np.where(
        low == high, norm.logpdf(z_low) - np.log(deviation), _log_between(z_low, z_high)
    )
    return Launches(
        low=low,
        high=high,
        errors=errors,
        mean_grid=mean_grid,
        spread_grid=spread_grid,
        log_prior=np.log(np.tile(widths, n_means)),
        log_likelihood=log_likelihood,
    )


def _log_between(low: Array, high: Array) -> Array:
    """log of the probability between two standardised bounds, from the tail where it is small."""
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    log_a, log_b = norm.logcdf(a), norm.logcdf(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(log_b + np.log1p(-np.exp(np.minimum(log_a - log_b, 0.0))))


def _normalised(log_weights: Array) -> Array:
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))


def _check(low: Array, high: Array, errors: Array) -> None:
    numbers = int((low == high).sum()) if low.shape == high.shape else 0
    ordered = low.shape == high.shape and bool((low <= high).all())
    faults = [
        (
            not ordered,
            "lower bounds that are not above upper ones, one of each a launch",
            "others, or blanks",
            "correct the bounds.",
        ),
        (
            numbers < _FEWEST,
            f"at least {_FEWEST} launches of which a number is known, not a bound",
            str(numbers),
            "add launches.",
        ),
        (
            not ((errors >= 0) & np.isfinite(errors)).all(),
            "errors of at least 0",
            "others",
            "correct the errors.",
        ),
    ]
    for wrong, expected, actual, remedy in faults:
        if wrong:
            raise _refused(expected, actual, remedy)


def _refused(expected: str, actual: str, remedy: str) -> InputError:
    return refuse(expected=expected, found=actual, where="launches", remedy=remedy)
