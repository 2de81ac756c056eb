"""The posterior of past launches' population over a grid, and what it says of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import logsumexp, ndtr

from inroads.choice.base import Array, Mask
from inroads.entry.launch_posterior.figures import Conditioned, ahead, condition


@dataclass(frozen=True, eq=False, kw_only=True)
class LaunchGrid:
    """Figures of past launches, and the points at which their population is looked at: attributes
    as of `Launches`."""

    low: Array
    high: Array
    errors: Array
    shared: Array
    groups: np.ndarray
    loadings: Array
    means: Array
    spreads: Array
    channel_spreads: Array
    log_prior: Array
    _log_likelihoods: dict[tuple[int, ...], Array] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def weights(self) -> Array:
        """Posterior probabilities (M, S) of the points."""
        return normalised(self.told_by(np.ones(len(self.low), dtype=bool)))

    def moments(self, values: Array) -> tuple[float, float]:
        """Posterior mean and standard deviation of what has these values at the points."""
        mean = float((self.weights * values).sum())
        return mean, float(np.sqrt((self.weights * (values - mean) ** 2).sum()))

    def told_by(self, others: Mask) -> Array:
        """Log posterior (M, S) of the points, not normalised, given some figures (n,)."""
        total = self.log_prior
        for group in np.unique(self.groups[others]):
            members = self._ordered(others & (self.groups == group))
            total = total + self._log_likelihood(members)
        return np.asarray(total)

    def forecast(self, i: int, others: Mask) -> Callable[[float], float]:
        """The distribution function of figure i, given others (n,)."""
        same = others & (self.groups == self.groups[i])
        log_points = self.told_by(others & ~same)[..., None]
        members = self._ordered(same)
        row = self._factor((*members, i))[:, -1]
        if members:
            before = self._condition(members)
            center, deviation = ahead(before, self.means, row)
            log_points = log_points + before.log_weights
        else:
            center, deviation = self.means[:, None, None], row[:, -1]
        weights = normalised(log_points)
        # What hardly any of the probability is at makes no difference.
        m, s, r = np.nonzero(weights > 1e-12)
        weights = weights[m, s, r]
        center = np.broadcast_to(center, log_points.shape)[m, s, r]
        return lambda y: float(weights @ ndtr((y - center) / deviation[s]))

    def _ordered(self, which: Mask) -> tuple[int, ...]:
        """Figures of a mask (n,), numbers first; the order of a table makes no difference."""
        bounds = which & (self.low != self.high)
        numbers, bounded = (map(int, np.flatnonzero(w)) for w in (which & ~bounds, bounds))
        return (*numbers, *sorted(bounded, key=lambda i: (self.low[i], self.high[i])))

    def _log_likelihood(self, members: tuple[int, ...]) -> Array:
        if members not in self._log_likelihoods:
            self._log_likelihoods[members] = self._condition(members).log_likelihood
        return self._log_likelihoods[members]

    def _condition(self, members: tuple[int, ...]) -> Conditioned:
        of = list(members)
        return condition(self.means, self._factor(members), self.low[of], self.high[of])

    def _factor(self, members: tuple[int, ...]) -> Array:
        """Of the covariance of a launch's figures, at the points (S, n, n)."""
        of = list(members)
        load, c = self.loadings[of], self.shared[of]
        V = (
            np.outer(c, c)
            + np.diag(self.errors[of] ** 2 + 1e-18)
            + self.spreads[:, None, None] ** 2
            + self.channel_spreads[:, None, None] ** 2 * (load @ load.T)
        )
        return np.asarray(np.linalg.cholesky(V), dtype=np.float64)


def normalised(log_weights: Array) -> Array:
    """Probabilities with these logarithms, up to a constant."""
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))
