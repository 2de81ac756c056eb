"""What the search moves: free entries of sigma and pi, nesting parameters, prices beside supply."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.matrices import Design


def _no_rho() -> Array:
    return np.zeros(0)


@dataclass(frozen=True)
class Free:
    """Which entries of sigma (K2, K2) and pi (K2, D) are searched, and where the search starts.

    prices: the start of the coefficient common to all agents, searched beside supply only. rho
    (L,): that of each level of nests, outermost first; empty where none is searched.
    """

    sigma: Array
    pi: Array
    prices: float | None = None
    rho: Array = field(default_factory=_no_rho)

    @classmethod
    def of(
        cls,
        design: Design,
        sigma: ArrayLike | None = None,
        pi: ArrayLike | None = None,
        prices: float | None = None,
        rho: ArrayLike | None = None,
    ) -> Free:
        """Entries that are zero at the start stay zero; a vector is sigma's diagonal.

        rho, a number for all levels or one a level, is searched beside random coefficients or
        supply, and where a start is given; otherwise it is linear. Raises InputError for shapes
        that do not fit, numbers that are none, entries of sigma without nodes, and a start that is
        missing or of no use.
        """
        K2, D = len(design.random), len(design.people)
        S = np.zeros((K2, K2)) if sigma is None else _numbers("sigma", sigma)
        S = np.diag(S) if S.ndim == 1 else S
        P = np.zeros((K2, D)) if pi is None else _numbers("pi", pi)
        for name, found, wanted in (("sigma", S, (K2, K2)), ("pi", P, (K2, D))):
            if found.shape != wanted:
                raise _wrong(
                    f"start['{name}'] of shape {wanted}",
                    str(found.shape),
                    "give one row for each random coefficient.",
                )
        for l in np.flatnonzero((S != 0).any(axis=0) & ~design.drawn):
            raise _wrong(
                f"a column 'nodes{l}' of agents for column {l} of sigma ({design.random[l]})",
                "none",
                "add the column, or leave that column of sigma zero.",
            )
        common = None if prices is None else float(_numbers("prices", prices))
        return cls(S, P, common, _start_of_rho(design, rho))

    @property
    def start(self) -> Array:
        """theta (P,): that of prices if searched, sigma's entries and pi's row by row, rho."""
        first = [] if self.prices is None else [self.prices]
        entries = (self.sigma[self.sigma != 0], self.pi[self.pi != 0])
        return np.concatenate([first, *entries, self.rho])

    def names(self, design: Design) -> list[str]:
        """Names of theta: prices, sigma[prices], sigma[prices, sugar], pi[prices, income], rho."""
        sigma = [
            f"sigma[{design.random[k]}]"
            if k == l
            else f"sigma[{design.random[k]}, {design.random[l]}]"
            for k, l in np.argwhere(self.sigma != 0)
        ]
        pi = [f"pi[{design.random[k]}, {design.people[d]}]" for k, d in np.argwhere(self.pi != 0)]
        first = ["prices"] if self.prices is not None else []
        return [*first, *sigma, *pi, *rho_names(len(self.rho))]

    def filled(self, theta: Array) -> tuple[Array, Array]:
        """sigma and pi with theta in their free entries."""
        S, P = self.sigma.copy(), self.pi.copy()
        drawn, told, _ = self._split(theta)
        S[S != 0], P[P != 0] = drawn, told
        return S, P

    def rho_at(self, theta: Array) -> Array:
        """rho (L,) at theta; empty where none is searched."""
        return self._split(theta)[2]

    def price_at(self, theta: Array) -> float:
        """The coefficient of prices common to all agents at theta; zero where none is searched."""
        return 0.0 if self.prices is None else float(theta[0])

    @cached_property
    def columns(self) -> list[int]:
        """For each free entry of sigma and pi, the random coefficient that it moves."""
        entries = (*np.argwhere(self.sigma != 0), *np.argwhere(self.pi != 0))
        return [int(k) for k, _ in entries]

    @cached_property
    def places(self) -> slice:
        """Where in theta the entries of sigma and pi stand."""
        first = int(self.prices is not None)
        return slice(first, first + len(self.columns))

    def _split(self, theta: Array) -> tuple[Array, Array, Array]:
        drawn = int((self.sigma != 0).sum())
        first, last = self.places.start, self.places.stop
        return theta[first : first + drawn], theta[first + drawn : last], theta[last:]


def rho_names(levels: int) -> list[str]:
    """rho, or rho[0], rho[1]... outermost first where there are several levels."""
    return ["rho"] if levels == 1 else [f"rho[{level}]" for level in range(levels)]


def _start_of_rho(design: Design, rho: ArrayLike | None) -> Array:
    levels = len(design.nests)
    needed = levels > 0 and bool(design.random or design.supply)
    if (needed and rho is None) or (rho is not None and not levels):
        raise _wrong(
            "start={'rho': ...} for nests beside random coefficients or supply, and only for nests",
            "none" if rho is None else f"{rho} without nests",
            "give a value to start from, 0.5 say, or take it out.",
        )
    if rho is None:
        return np.zeros(0)
    values = _numbers("rho", rho)
    if values.shape not in ((), (levels,)):
        found, remedy = str(values.shape), "give one number, or one a level, outermost first."
        raise _wrong(f"start['rho'], one for each of {levels} level(s)", found, remedy)
    values = np.broadcast_to(values, (levels,)).copy()
    if not ((values >= 0) & (values < 1)).all() or (np.diff(values) < 0).any():
        raise _wrong(
            "start['rho'] of at least 0 and below 1, not falling from an outer to an inner level",
            str(values.tolist()),
            "order levels outermost first.",
        )
    return values


def _numbers(name: str, given: ArrayLike) -> Array:
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        found = np.full(1, np.nan)
    if not np.isfinite(found).all() or (name == "prices" and found.ndim):
        expected = "a number" if name == "prices" else "an array of numbers"
        raise _wrong(f"start['{name}'], {expected}", repr(given), "give finite numbers.")
    return found


def _wrong(expected: str, found: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found=found, where="start", remedy=remedy)
