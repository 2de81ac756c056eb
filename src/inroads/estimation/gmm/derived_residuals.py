"""Residuals that follow from those of demand and supply: their product, innovations of xi.

They are not linear in the parameters that are concentrated out, so that `gmm.moments` asks what
small moves of the others do to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from inroads.choice.base import Array, Index


class DerivedResidual(Protocol):
    """A residual (N,) of those of the first equations, and of coefficients of its own (K,)."""

    def of(self, residuals: Sequence[Array], own: Array) -> Array:
        """Its values (N,)."""
        ...

    def along(self, residuals: Sequence[Array], own: Array, moves: Sequence[Array]) -> Array:
        """What small `moves` (N, ...) of the residuals do to it (N, ...)."""
        ...

    def own_columns(self, residuals: Sequence[Array]) -> Array:
        """Less its derivative in its own coefficients (N, K)."""
        ...

    def held(self, value: float) -> DerivedResidual:
        """The same with its own coefficient known."""
        ...


@dataclass(frozen=True)
class ErrorProduct:
    """xi omega, of mean zero where demand's errors tell nothing of costs' (MacKay and Miller)."""

    def of(self, residuals: Sequence[Array], own: Array) -> Array:
        """xi omega (N,)."""
        return residuals[0] * residuals[1]

    def along(self, residuals: Sequence[Array], own: Array, moves: Sequence[Array]) -> Array:
        """omega dxi + xi domega."""
        xi, omega = (
            r.reshape(-1, *(1,) * (move.ndim - 1))
            for r, move in zip(residuals[:2], moves, strict=False)
        )
        return np.asarray(omega * moves[0] + xi * moves[1])

    def own_columns(self, residuals: Sequence[Array]) -> Array:
        """It has none."""
        return np.zeros((len(residuals[0]), 0))

    def held(self, value: float) -> ErrorProduct:
        """There is nothing to hold."""
        return self


@dataclass(frozen=True)
class Innovation:
    """xi_t - phi xi_(t-1), zero for products without a predecessor.

    previous (N,): rows of predecessors, -1 where there is none; phi: None where it is estimated.
    """

    previous: Index
    phi: float | None = None

    def of(self, residuals: Sequence[Array], own: Array) -> Array:
        """Innovations (N,)."""
        return self._quasi_differenced(residuals[0], own)

    def along(self, residuals: Sequence[Array], own: Array, moves: Sequence[Array]) -> Array:
        """Innovations of the moves of xi."""
        return self._quasi_differenced(moves[0], own)

    def own_columns(self, residuals: Sequence[Array]) -> Array:
        """xi_(t-1) (N, 1), none where phi is known."""
        lagged = np.where(self.previous >= 0, residuals[0][self.previous], 0.0)
        return lagged[:, None] if self.phi is None else np.zeros((len(lagged), 0))

    def held(self, value: float) -> Innovation:
        """The same with phi known."""
        return replace(self, phi=value)

    def _quasi_differenced(self, columns: Array, own: Array) -> Array:
        phi = float(own[0]) if self.phi is None else self.phi
        differences = columns - phi * columns[self.previous]
        differences[self.previous < 0] = 0.0
        return np.asarray(differences)
