"""Student's t with a place and a scale: what is said of numbers that have yet to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from inroads.choice.base import Array

#: Fewer residuals tell nothing of tails.
_FEWEST = 30
_DOF = (2.1, 200.0)


@dataclass(frozen=True)
class StudentT:
    """mean + scale e, e Student's t with dof degrees of freedom; one distribution an entry (n,)."""

    mean: Array
    scale: Array
    dof: Array

    def quantile(self, levels: Array | float) -> Array:
        """Quantiles (n, L) at levels (L,), or (n,) at one."""
        levels = np.asarray(levels, dtype=float)
        shape = (-1,) + (1,) * levels.ndim
        mean, scale, dof = (x.reshape(shape) for x in (self.mean, self.scale, self.dof))
        return np.asarray(mean + scale * t.ppf(levels, dof))

    def below(self, values: Array) -> Array:
        """The probability given to what is below values (n,)."""
        return np.asarray(t.cdf((values - self.mean) / self.scale, self.dof))

    def log_density(self, values: Array) -> Array:
        """Log of the density at values (n,)."""
        return np.asarray(t.logpdf(values, self.dof, loc=self.mean, scale=self.scale))


def fit_tails(residuals: Array) -> tuple[float, float]:
    """Degrees of freedom and scale of standardised residuals (n,), by maximum likelihood.

    Degrees of freedom from 2.1 to 200. Few residuals (below 30) give n - 1 degrees and a scale of
    1, which is the t of a normal population.
    """
    from scipy.optimize import minimize

    n = len(residuals)
    if n < _FEWEST:
        return float(max(n - 1, _DOF[0])), 1.0

    def objective(parameters: Array) -> float:
        inverse_dof, log_scale = parameters
        density = t.logpdf(residuals, 1 / inverse_dof, scale=np.exp(log_scale))
        return -float(np.sum(density))

    bounds = [(1 / _DOF[1], 1 / _DOF[0]), (-3.0, 3.0)]
    best = minimize(objective, np.array([0.1, 0.0]), method="L-BFGS-B", bounds=bounds).x
    return float(1 / best[0]), float(np.exp(best[1]))
