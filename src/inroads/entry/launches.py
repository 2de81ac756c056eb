"""What a model said of past launches and what happened, read as draws from one population.

y_i = log(happened_i / predicted_i) is what a figure of launch g was beside what a model would have
said. With a known error s_i of its report, and c_i of its prediction (that of the product's
quality, common to all figures of a launch),

    y_i = m + c_i z_g + tau e_g + omega sum_k l_ik v_gk + s_i r_i,      z, e, v, r standard normal:

tau is the spread of launches, omega that of a maker's standing from one channel to the next, l_ik
the part of the figure sold at channel k. Other makers may tell of omega too. Of bounds, the
likelihood is the probability of what lies within (a censored normal; Tobin 1958). Priors are flat,
tau and omega above 0, with which five numbers leave a posterior that has a variance (Gelman 2006),
or narrower by choice. All of it is summed over a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from inroads.choice.base import Array, Mask
from inroads.entry.launch_posterior.correction import LaunchCorrection
from inroads.entry.launch_posterior.grid import LaunchGrid
from inroads.errors import refuse
from inroads.numerics.blas_threads import on_one_blas_thread
from inroads.numerics.normal_intervals import find_quantile
from inroads.uncertainty.scores import uniformity

#: points of m and tau, and of m, tau and omega where channels differ
_GRID, _GRID_BY_CHANNEL = (161, 240, 1), (61, 40, 26)
#: how far the grid goes, in mean deviations of what was observed; that of m shrinks with root n
_MEAN_REACH, _SPREAD_REACH = 20.0, 15.0
_FEWEST, _FEWEST_WITHIN = 5, 3
_BOUNDS, _FIX = "lower bounds not above upper ones, one of each a launch", "correct the table."


@dataclass(frozen=True, eq=False, kw_only=True)
class Launches(LaunchGrid):
    """Past launches as a population of log ratios.

    Attributes
    ----------
    low, high : (n,) arrays
        What is known of each y: equal where it is a number, -inf or inf where a bound is open.
    errors : (n,) array
        Standard deviations s of what is reported.
    shared, groups : (n,) arrays
        Standard deviations c that figures of one launch have in common; one number a launch.
    loadings : (n, E) array
        l, the part of each figure at each channel.
    means : (M,) array
        m at the points of the grid.
    spreads, channel_spreads : (S,) arrays
        tau and omega at the points of the grid.
    log_prior : (M, S) array
        Of the points: the width of their cells, and what is known of other makers.
    """

    @property
    def mean(self) -> tuple[float, float]:
        """m, its posterior mean and standard deviation."""
        return self.moments(self.means[:, None])

    @property
    def spread(self) -> tuple[float, float]:
        """tau, its posterior mean and standard deviation."""
        return self.moments(self.spreads)

    @property
    def channel_spread(self) -> tuple[float, float]:
        """omega, its posterior mean and standard deviation; 0 where figures say nothing of it."""
        return self.moments(self.channel_spreads)

    @property
    def correction(self) -> LaunchCorrection:
        """What all of it says of a launch to come."""
        mean, mean_error = self.mean
        spread, by_channel = (float(np.hypot(*of)) for of in (self.spread, self.channel_spread))
        return LaunchCorrection(
            mean=mean, mean_error=mean_error, spread=spread, channel_spread=by_channel
        )

    def quantile(self, level: float, error: float = 0.0, channels: float = 1.0) -> float:
        """A quantile of the log ratio of a launch to come, m, tau and omega being uncertain.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        error : float
            Standard deviation of its own prediction, in logs.
        channels : float
            The sum of squares of the parts sold at each channel: 1 of one channel.

        Returns
        -------
        float
            A log ratio.
        """
        return find_quantile(lambda y: self.below(y, error, channels), level)

    def below(self, value: float, error: float = 0.0, channels: float = 1.0) -> float:
        """The probability that a launch to come has a log ratio below a value.

        Parameters
        ----------
        value : float
            A log ratio.
        error : float
            Standard deviation of its own prediction, in logs.
        channels : float
            As in `quantile`.

        Returns
        -------
        float
            A probability.
        """
        variance = self.spreads**2 + channels * self.channel_spreads**2 + error**2
        return float((self.weights * ndtr((value - self.means[:, None]) / variance**0.5)).sum())

    def draw(self, n: int, rng: np.random.Generator, channels: float = 1.0) -> Array:
        """Log ratios that a launch to come may have.

        Parameters
        ----------
        n : int
            How many.
        rng : Generator
            Where randomness comes from.
        channels : float
            As in `quantile`.

        Returns
        -------
        (n,) array
            What a model says is to be multiplied by their exponential.
        """
        points = rng.choice(self.weights.size, size=n, p=self.weights.ravel())
        m, s = np.unravel_index(points, self.weights.shape)
        deviation = np.sqrt(self.spreads[s] ** 2 + channels * self.channel_spreads[s] ** 2)
        return self.means[m] + deviation * rng.standard_normal(n)

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
        forecasts = [self.forecast(i, self._others(i)) for i in range(len(self.low))]
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
        """The probability (2,) that `others` (n,) give to what is below the bounds of i."""
        below = self.forecast(i, others)
        return np.array([below(self.low[i]), below(self.high[i])])

    def _others(self, i: int) -> Mask:
        return np.asarray(self.groups != self.groups[i])


@on_one_blas_thread
def read_launches(
    low: Array,
    high: Array | None = None,
    errors: Array | float = 0.0,
    groups: np.ndarray | None = None,
    shared: Array | float = 0.0,
    loadings: Array | None = None,
    others: tuple[Array, Array] | None = None,
    prior_scale: float = np.inf,
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
    loadings : (n, E) array, optional
        The part of each figure that was sold at each channel; each figure has a channel of its own
        unless given.
    others : tuple of (K,) arrays, optional
        Of other makers, how far each stands above its mean at some channels, in logs, and the sum
        of squares of their parts (1: one maker at one channel).
    prior_scale : float
        Of half-Cauchy priors of tau and omega; flat unless given, which few launches that differ
        leave too wide (Gelman 2006; Polson and Scott 2012).

    Returns
    -------
    Launches
        m, tau and omega with their errors, each launch by the others, a launch to come. Where
        figures and `others` say less than three differences between channels, omega is 0.

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
    Polson, N. G. and Scott, J. G. (2012), On the half-Cauchy prior for a global scale parameter,
    Bayesian Analysis 7(4).
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
    loads = np.eye(len(low)) if loadings is None else np.asarray(loadings, dtype=float)
    values, squares = others if others is not None else (np.zeros(0), np.zeros(0))
    is_number = low == high
    within = int(is_number.sum()) - len(np.unique(names[is_number])) + len(values)
    n_means, n_spreads, n_channels = _GRID_BY_CHANNEL if within >= _FEWEST_WITHIN else _GRID
    center = float(np.median(low[is_number]))
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    unit = float(np.abs(finite - center).mean()) + float(np.median(np.hypot(errors, shared))) + 1e-9
    reach = _MEAN_REACH * unit / np.sqrt(len(low))
    means = center + reach * np.sinh(np.linspace(-3, 3, n_means)) / np.sinh(3)
    spreads, widths = _spread_points(_SPREAD_REACH * unit, n_spreads)
    omegas, omega_widths = np.zeros(1), np.ones(1)
    if n_channels > 1:
        omegas, omega_widths = _spread_points(_SPREAD_REACH * unit, n_channels)
    tau, omega = (x.ravel() for x in np.meshgrid(spreads, omegas, indexing="ij"))
    prior = np.log(np.outer(widths, omega_widths).ravel())
    prior = prior - np.log1p((tau / prior_scale) ** 2) - np.log1p((omega / prior_scale) ** 2)
    for value, square in zip(values, squares, strict=True):
        deviation = omega * np.sqrt(square) + 1e-9
        prior = prior - 0.5 * (value / deviation) ** 2 - np.log(deviation)
    return Launches(
        low=low,
        high=high,
        errors=errors,
        shared=shared,
        groups=names,
        loadings=loads,
        means=means,
        spreads=tau,
        channel_spreads=omega,
        log_prior=np.log(np.gradient(means))[:, None] + prior,
    )


def _spread_points(reach: float, n: int) -> tuple[Array, Array]:
    """Points of a spread, crowded where it is small, and the widths of their cells."""
    edges = reach * np.linspace(0, 1, n + 1) ** 2
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


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
