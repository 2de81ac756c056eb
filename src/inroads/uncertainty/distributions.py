"""What is uncertain, and how: distributions that are stated, drawn by their inverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Protocol

import numpy as np
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.errors import refuse


class Source(Protocol):
    """One uncertain input, or several that hang together."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        ...

    @property
    def stated(self) -> str:
        """The distribution in words, numbers in full."""
        ...

    def at(self, u: Array) -> Array:
        """Values of the inputs, by the inverse of their distribution.

        Parameters
        ----------
        u : (n, k) array
            Uniform and independent in (0, 1), k the number of names.

        Returns
        -------
        (n, k) array
            Values.
        """
        ...


@dataclass(frozen=True)
class Uniform:
    """Any value between low and high as likely as any other.

    Parameters
    ----------
    name : str
        Of the input.
    low, high : float
        Bounds.

    Raises
    ------
    InputError
        For bounds that are not in order.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.uncertainty import Uniform
    >>> Uniform("cost", 1.0, 3.0).at(np.array([0.5]))
    array([2.])
    """

    name: str
    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.name, self.low, self.high)

    @property
    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)

    @property
    def stated(self) -> str:
        """In words."""
        return f"uniform from {self.low!r} to {self.high!r}"

    def at(self, u: Array) -> Array:
        """low + (high - low) u."""
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class Triangular:
    """Between low and high, most likely at mode.

    Parameters
    ----------
    name : str
        Of the input.
    low, mode, high : float
        Bounds, and the value that is most likely.

    Raises
    ------
    InputError
        For numbers that are not in order.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.uncertainty import Triangular
    >>> Triangular("cost", 1.0, 2.0, 3.0).at(np.array([0.125, 0.5]))
    array([1.5, 2. ])
    """

    name: str
    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.name, self.low, self.mode, self.high)

    @property
    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)

    @property
    def stated(self) -> str:
        """In words."""
        return f"triangular from {self.low!r} over {self.mode!r} to {self.high!r}"

    def at(self, u: Array) -> Array:
        """The inverse of the distribution function: a root on each side of the mode."""
        left, right, width = self.mode - self.low, self.high - self.mode, self.high - self.low
        below = self.low + np.sqrt(np.maximum(u * width * left, 0.0))
        above = self.high - np.sqrt(np.maximum((1 - u) * width * right, 0.0))
        return np.where(u * width < left, below, above)


@dataclass(frozen=True)
class Bernoulli:
    """1 with probability p, else 0.

    Parameters
    ----------
    name : str
        Of the input.
    p : float
        From 0 to 1.

    Raises
    ------
    InputError
        For a p that is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.uncertainty import Bernoulli
    >>> Bernoulli("deal", 0.3).at(np.array([0.2, 0.7]))
    array([1., 0.])
    """

    name: str
    p: float

    def __post_init__(self) -> None:
        _ordered(self.name, 0.0, self.p, 1.0)

    @property
    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)

    @property
    def stated(self) -> str:
        """In words."""
        return f"1 with probability {self.p!r}, else 0"

    def at(self, u: Array) -> Array:
        """1 where u < p."""
        return (u < self.p).astype(float)


@dataclass(frozen=True)
class Normal:
    """Jointly normal, held within [low, high] where given.

    The covariance may be singular. Factors are in the order of the names: the first input hangs on
    its own uniform alone, the second on the first two, and so on.

    Parameters
    ----------
    labels : tuple of str
        Names of the k inputs.
    mean : tuple of float
        One an input.
    covariance : tuple of tuples of float
        k rows of k.
    low, high : tuple of float, optional
        Bounds, one an input.

    Raises
    ------
    InputError
        For sizes that differ, and for what is no covariance.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.uncertainty import Normal
    >>> both = Normal.of(["a", "b"], np.array([1.0, 2.0]), np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> both.at(np.array([[0.5, 0.5]]))
    array([[1., 2.]])
    """

    labels: tuple[str, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    _: KW_ONLY
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        V, k = np.array(self.covariance), len(self.labels)
        sides = [side for side in (self.mean, self.low, self.high) if side is not None]
        right = V.shape == (k, k) and all(len(side) == k for side in sides)
        if not (right and np.allclose(V, V.T) and np.isfinite(V).all()) or _root(V) is None:
            raise refuse(
                expected=f"{k} means, and a covariance matrix without negative variances",
                found=f"means {self.mean}, covariance {self.covariance}",
                where=f"distribution of {', '.join(self.labels)}",
                remedy="correct the covariance; variances on the diagonal, symmetric.",
            )

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        mean: Array,
        covariance: Array,
        low: Array | None = None,
        *,
        high: Array | None = None,
    ) -> Normal:
        """The same from arrays.

        Parameters
        ----------
        names : sequence of str
            Of the k inputs.
        mean : (k,) array
            Means.
        covariance : (k, k) array
            Covariance.
        low, high : (k,) array, optional
            Bounds.

        Returns
        -------
        Normal
            Of tuples of plain numbers, which can be pickled and hashed.
        """
        rows = tuple(tuple(map(float, row)) for row in covariance)
        low_side, high_side = (
            None if side is None else tuple(map(float, side)) for side in (low, high)
        )
        return cls(tuple(names), tuple(map(float, mean)), rows, low=low_side, high=high_side)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return self.labels

    @property
    def stated(self) -> str:
        """In words."""
        held = f", held from {self.low!r} to {self.high!r}" if self.low or self.high else ""
        return f"normal with means {self.mean!r} and covariance {self.covariance!r}{held}"

    def at(self, u: Array) -> Array:
        """mean + L z, z standard normal, L L' the covariance."""
        root = _root(np.array(self.covariance))
        assert root is not None
        values = np.array(self.mean) + norm.ppf(u) @ root.T
        if self.low is not None:
            values = np.maximum(values, self.low)
        return values if self.high is None else np.minimum(values, self.high)


def _root(V: Array) -> Array | None:
    """Lower triangular L with L L' = V, also where V is singular; None where it is no covariance.

    Without the choices of sign and order that an eigendecomposition would leave open.
    """
    L = np.zeros_like(V)
    for k in range(len(V)):
        left = V[k:, k] - L[k:, :k] @ L[k, :k]
        small = 1e-12 * max(V[k, k], 0.0)
        if left[0] < -1e-9 * abs(V).max(initial=0.0):
            return None
        if left[0] > small:
            L[k:, k] = left / np.sqrt(left[0])
        elif (abs(left) > 1e-6 * np.sqrt(abs(np.diag(V))[k:] * abs(V[k, k])) + 1e-300).any():
            return None
    return L


def _ordered(name: str, *values: float) -> None:
    if not np.isfinite(values).all() or list(values) != sorted(values):
        raise refuse(
            expected="finite numbers in order, the lowest first",
            found=", ".join(f"{x:g}" for x in values),
            where=f"distribution of {name}",
            remedy="put them in order.",
        )
