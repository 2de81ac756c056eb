"""Inputs that hang together: each as distributed by itself, their ranks correlated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.uncertainty.distributions import Triangular


@dataclass(frozen=True)
class Together:
    """Triangular inputs whose ranks hang together: a Gaussian copula with one correlation.

    Parameters
    ----------
    each : tuple of Triangular
        Two or more, each as distributed by itself.
    correlation : float
        Of the normals behind any two of them, from 0 to 1.

    Raises
    ------
    InputError
        For fewer than two inputs, and a correlation out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.uncertainty import Together, Triangular
    >>> both = Together((Triangular("a", 0.0, 1.0, 2.0), Triangular("b", 0.0, 10.0, 20.0)), 1.0)
    >>> both.at(np.array([[0.125, 0.9]])).round(6)
    array([[0.5, 5. ]])
    """

    each: tuple[Triangular, ...]
    correlation: float

    def __post_init__(self) -> None:
        if len(self.each) < 2 or not 0 <= self.correlation <= 1:
            raise refuse(
                expected="two inputs or more, and a correlation from 0 to 1",
                found=f"{len(self.each)} and {self.correlation:g}",
                where="inputs that hang together",
                remedy="name them all, or leave the group out.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(one.name for one in self.each)

    @property
    def stated(self) -> str:
        """In words."""
        each = "; ".join(one.stated for one in self.each)
        return f"{each}; ranks correlated by {self.correlation!r}"

    def at(self, u: Array) -> Array:
        """Each by its own inverse, at uniforms whose normals are correlated."""
        hanging = self.uniforms(u, self.correlation)
        return np.column_stack([one.at(hanging[:, k]) for k, one in enumerate(self.each)])

    @staticmethod
    def uniforms(u: Array, correlation: float) -> Array:
        """Uniforms that hang together.

        Parameters
        ----------
        u : (n, k) array
            Uniform and independent in (0, 1).
        correlation : float
            Of the normals behind any two of them.

        Returns
        -------
        (n, k) array
            Uniform in (0, 1), the first column as it was.
        """
        z, k = norm.ppf(u), u.shape[1]
        matrix = np.full((k, k), correlation) + (1 - correlation) * np.eye(k)
        root = np.zeros((k, k))
        # Cholesky's factor, also where the correlation is one.
        for j in range(k):
            left = matrix[j:, j] - root[j:, :j] @ root[j, :j]
            root[j:, j] = left / np.sqrt(left[0]) if left[0] > 1e-12 else 0.0
        return np.asarray(norm.cdf(z @ root.T))
