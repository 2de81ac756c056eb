"""What a model said of past launches and what happened, read as draws from one population.

y_i = log(happened_i / predicted_i) is what launch i sold beside what a model would have said. With
a known error s_i of its report, y_i ~ N(m, tau^2 + s_i^2); of launches of which only a bound is
known, the likelihood is the probability of what lies within it (a censored normal; Tobin 1958).
Several figures of one launch may have an error c_i in common, that of the product's quality: then
y_i ~ N(m + c_i z_g, tau^2 + s_i^2), z_g standard normal, one a launch. m and tau have flat priors,
tau above 0, with which five numbers leave a posterior that has a variance (Gelman 2006). All of it
is summed over a grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp, ndtr
from scipy.stats import norm

from inroads.choice.base import Array, Mask
from inroads.errors import refuse
from inroads.numerics.blas_threads import on_one_blas_thread
from inroads.numerics.normal_intervals import find_quantile, log_between
from inroads.uncertainty.scores import uniformity

_GRID = (161, 240)
#: the same where launches have errors in common, and the points of each of these
_COARSE, _NODES = (81, 120), np.linspace(-4, 4, 41)
#: how far the grid goes, in mean deviations of what was observed; that of m shrinks with root n
_MEAN_REACH, _SPREAD_REACH = 20.0, 15.0
_FEWEST = 5
_BOUNDS, _FIX = "lower bounds not above upper ones, one of each a launch", "correct the table."


@dataclass(frozen=True, eq=False, kw_only=True)
class Launches:
    """Past launches as a population of log ratios.

    Attributes
    ----------
    low, high : (n,) arrays
        What is known of each y: equal where it is a number, -inf or inf where a bound is open.
    errors : (n,) array
        Standard deviations s of what is reported.
    shared, groups : (n,) arrays
        Standard deviations c that figures of one launch have in common; one number a launch.
    mean_grid, spread_grid : (P,) arrays
        m and tau at the points of the grid.
    log_prior : (P,) array
        Of the points: the width of their cells.
    nodes, log_nodes : (Q,) arrays
        What launches have in common, z, and its log probability.
    log_likelihood : (P, n, Q) array
        Of each launch at each point and node.
    """

    low: Array
    high: Array
    errors: Array
    shared: Array
    groups: np.ndarray
    mean_grid: Array
    spread_grid: Array
    log_prior: Array
    nodes: Array
    log_nodes: Array
    log_likelihood: Array

    @cached_property
    def weights(self) -> Array:
        """Posterior probabilities (P,) of the points."""
        return _normalised(self._told_by(np.ones(len(self.low), dtype=bool)))

    @property
    def mean(self) -> tuple[float, float]:
        """m, its posterior mean and standard deviation."""
        return self._moments(self.mean_grid)

    @property
    def spread(self) -> tuple[float, float]:
        """tau, its posterior mean and standard deviation."""
        return self._moments(self.spread_grid)

    def quantile(self, level: float, error: float = 0.0) -> float:
        """A quantile of the log ratio of a launch to come, m and tau being uncertain.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        error : float
            Standard deviation of its own prediction, in logs.

        Returns
        -------
        float
            A log ratio.
        """
        return find_quantile(lambda y: self.below(y, error), level)

    def below(self, value: float, error: float = 0.0) -> float:
        """The probability that a launch to come has a log ratio below a value.

        Parameters
        ----------
        value : float
            A log ratio.
        error : float
            Standard deviation of its own prediction, in logs.

        Returns
        -------
        float
            A probability.
        """
        deviation = np.hypot(self.spread_grid, error)
        return float(self.weights @ ndtr((value - self.mean_grid) / deviation))

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
        return self.mean_grid[points] + self.spread_grid[points] * rng.standard_normal(n)

    @cached_property
    def left_out(self) -> Array:
        """What all other launches say is below each one's bounds (n, 2); twice the same number
        where it is not a bound that is known."""
        return np.array([self._below(i, self._others(i)) for i in range(len(self.low))])

    def left_out_quantiles(self, levels: tuple[float, ...]) -> Array:
        """What all other launches say of each one's log ratio.

        Parameters
        ----------
        levels : tuple of float
            Between 0 and 1.

        Returns
        -------
        (n, L) array
            Quantiles.
        """
        forecasts = [self._forecast(i, self._others(i)) for i in range(len(self.low))]
        return np.array([[find_quantile(below, q) for q in levels] for below in forecasts])

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
            expected, few = f"more than {_FEWEST} numbers", "too few to test"
            raise refuse(expected=expected, found=few, where="launches", remedy="add launches.")
        return uniformity(self.in_turn(seed))

    def _below(self, i: int, others: Mask) -> Array:
        """The probability (2,) that `others` (n,) give to what is below the bounds of launch i."""
        below = self._forecast(i, others)
        return np.array([below(self.low[i]), below(self.high[i])])

    def _others(self, i: int) -> Mask:
        return np.asarray(self.groups != self.groups[i])

    def _forecast(self, i: int, others: Mask) -> Callable[[float], float]:
        """The distribution function of launch i, given others (n,)."""
        same = others & (self.groups == self.groups[i])
        log_posterior = self._told_by(others & ~same)
        if not same.any():
            spread = np.sqrt(self.spread_grid**2 + self.errors[i] ** 2 + self.shared[i] ** 2)
            points = _normalised(log_posterior)
            return lambda y: float(points @ ndtr((y - self.mean_grid) / spread))
        at_nodes = log_posterior[:, None] + self.log_nodes
        weights = _normalised(at_nodes + self.log_likelihood[:, same].sum(axis=1))
        deviation = np.sqrt(self.spread_grid**2 + self.errors[i] ** 2)[:, None]
        center = self.mean_grid[:, None] + self.shared[i] * self.nodes
        return lambda y: float((weights * ndtr((y - center) / deviation)).sum())

    def _told_by(self, others: Mask) -> Array:
        """Log posterior (P,) of the points, not normalised, given some launches (n,)."""
        if len(self.nodes) == 1:
            return np.asarray(self.log_prior + self.log_likelihood[:, others, 0].sum(axis=1))
        total = self.log_prior
        for group in np.unique(self.groups[others]):
            figures = self.log_likelihood[:, others & (self.groups == group)].sum(axis=1)
            total = total + logsumexp(figures + self.log_nodes, axis=1)
        return np.asarray(total)

    def _moments(self, values: Array) -> tuple[float, float]:
        mean = float(self.weights @ values)
        return mean, float(np.sqrt(self.weights @ (values - mean) ** 2))


@on_one_blas_thread
def read_launches(
    low: Array,
    high: Array | None = None,
    errors: Array | float = 0.0,
    groups: np.ndarray | None = None,
    shared: Array | float = 0.0,
) -> Launches:
    """The population behind log ratios of past launches.

    Parameters
    ----------
    low, high : (n,) arrays
        Log of happened over predicted: the number itself (high left out, or the same), or bounds,
        -inf and inf where there is none on that side ("at most 35,000" is low=-inf).
    errors : (n,) array or number
        Standard deviation of the report's own error, in logs; of a bound too.
    groups : (n,) array, optional
        Figures of one launch share a number, and none is left out without the others; each is a
        launch of its own unless given.
    shared : (n,) array or number
        Standard deviation of an error that figures of one launch have in common, in logs.

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
    errors, shared = (
        np.broadcast_to(np.asarray(e, dtype=float), low.shape) for e in (errors, shared)
    )
    _check(low, high, errors + np.minimum(shared, 0))
    names = np.arange(len(low)) if groups is None else np.asarray(groups)
    alone = np.array([(names == name).sum() == 1 for name in names])
    # What a launch of one figure has in common with nothing is its own.
    errors, shared = np.hypot(errors, np.where(alone, shared, 0)), np.where(alone, 0, shared)
    nodes = _NODES if shared.any() else np.zeros(1)
    log_nodes = norm.logpdf(nodes) - logsumexp(norm.logpdf(nodes))
    numbers = low[low == high]
    center = float(np.median(numbers))
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    unit = float(np.abs(finite - center).mean()) + float(np.median(errors + shared)) + 1e-9
    n_means, n_spreads = _COARSE if shared.any() else _GRID
    means = center + _MEAN_REACH * unit / np.sqrt(len(low)) * np.linspace(-1, 1, n_means)
    # Points crowd where tau is small; the weight of each is the width of its cell.
    edges = _SPREAD_REACH * unit * np.linspace(0, 1, n_spreads + 1) ** 2
    spreads, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    mean_grid, spread_grid = (x.ravel() for x in np.meshgrid(means, spreads, indexing="ij"))
    deviation = np.sqrt(spread_grid[:, None] ** 2 + errors**2)[..., None]
    center_at = mean_grid[:, None, None] + shared[:, None] * nodes
    low_, high_ = low[:, None], high[:, None]
    z_low, z_high = ((x - center_at) / deviation for x in (low_, high_))
    log_likelihood = np.where(
        low_ == high_, norm.logpdf(z_low) - np.log(deviation), log_between(z_low, z_high)
    )
    return Launches(
        low=low,
        high=high,
        errors=errors,
        shared=shared,
        groups=names,
        mean_grid=mean_grid,
        spread_grid=spread_grid,
        log_prior=np.log(np.tile(widths, n_means)),
        nodes=nodes,
        log_nodes=log_nodes,
        log_likelihood=log_likelihood,
    )


def _normalised(log_weights: Array) -> Array:
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))


def _check(low: Array, high: Array, errors: Array) -> None:
    paired = low.shape == high.shape
    numbers = int((low == high).sum()) if paired else 0
    for valid, expected, actual in (
        (paired and (low <= high).all(), _BOUNDS, "others"),
        (numbers >= _FEWEST, f"at least {_FEWEST} launches of which a number is known", numbers),
        (((errors >= 0) & np.isfinite(errors)).all(), "errors of at least 0", "others"),
    ):
        if not valid:
            raise refuse(expected=expected, found=str(actual), where="launches", remedy=_FIX)
