"""The layout of theta: entries of sigma and pi, rho, a price coefficient beside supply."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.matrices import Design


def _no_rho() -> Array:
    return np.zeros(0)


@dataclass(frozen=True)
class ParameterLayout:
    """Which entries of sigma (K2, K2) and pi (K2, D) are searched, and where the search starts.

    prices: the start of the coefficient common to all agents, searched beside supply only. rho
    (L,): that of each level of nests, outermost first; empty where none is searched.
    """

    sigma: Array
    pi: Array
    prices: float | None = None
    rho: Array = field(default_factory=_no_rho)

    @classmethod
    def from_start(
        cls,
        design: Design,
        sigma: ArrayLike | None = None,
        pi: ArrayLike | None = None,
        prices: float | None = None,
        *,
        rho: ArrayLike | None = None,
    ) -> ParameterLayout:
        """Entries that are zero at the start stay zero; a vector is sigma's diagonal.

        rho, a number for all levels or one a level, is searched beside random coefficients or
        supply, and where a start is given; otherwise it is linear. Raises InputError for shapes
        that do not fit, numbers that are none, entries of sigma without nodes, and a start that is
        missing or of no use.
        """
        K2, D = len(design.random), len(design.demographic_names)
        S = np.zeros((K2, K2)) if sigma is None else _as_numbers("sigma", sigma)
        S = np.diag(S) if S.ndim == 1 else S
        P = np.zeros((K2, D)) if pi is None else _as_numbers("pi", pi)
        for name, array, shape in (("sigma", S, (K2, K2)), ("pi", P, (K2, D))):
            if array.shape != shape:
                raise refuse(
                    expected=f"start['{name}'] of shape {shape}",
                    found=str(array.shape),
                    where="start",
                    remedy="give one row for each random coefficient.",
                )
        for l in np.flatnonzero((S != 0).any(axis=0) & ~design.has_nodes):
            raise refuse(
                expected=f"a column 'nodes{l}' of agents for column {l} of sigma "
                f"({design.random[l]})",
                found="none",
                where="start",
                remedy="add the column, or leave that column of sigma zero.",
            )
        price = None if prices is None else float(_as_numbers("prices", prices))
        return cls(S, P, price, _start_of_rho(design, rho))

    @property
    def start(self) -> Array:
        """theta (P,): that of prices if searched, sigma's entries and pi's row by row, rho."""
        price = [] if self.prices is None else [self.prices]
        entries = (self.sigma[self.sigma != 0], self.pi[self.pi != 0])
        return np.concatenate([price, *entries, self.rho])

    def names(self, design: Design) -> list[str]:
        """Names of theta: prices, sigma[prices], sigma[prices, sugar], pi[prices, income], rho."""
        sigma = [
            f"sigma[{design.random[k]}]"
            if k == l
            else f"sigma[{design.random[k]}, {design.random[l]}]"
            for k, l in np.argwhere(self.sigma != 0)
        ]
        pi = [
            f"pi[{design.random[k]}, {design.demographic_names[d]}]"
            for k, d in np.argwhere(self.pi != 0)
        ]
        price = ["prices"] if self.prices is not None else []
        return [*price, *sigma, *pi, *rho_names(len(self.rho))]

    def deviation_names(self, design: Design) -> list[str]:
        """Names of standard deviations: those of sigma's diagonal."""
        entries = np.argwhere(self.sigma != 0)
        return [f"sigma[{design.random[k]}]" for k, l in entries if k == l]

    @cached_property
    def sigma_columns(self) -> list[tuple[int, ...]]:
        """Searched entries of each column of sigma with one on its diagonal, by their positions in
        theta, that of the diagonal first."""
        entries = np.argwhere(self.sigma != 0)
        columns = []
        for l in entries[entries[:, 0] == entries[:, 1], 1]:
            own = np.flatnonzero(entries[:, 1] == l)
            first = np.argsort(entries[own, 0] != l, kind="stable")
            columns.append(tuple(int(self.theta_slice.start + n) for n in own[first]))
        return columns

    def matrices_at(self, theta: Array) -> tuple[Array, Array]:
        """sigma and pi with theta in their searched entries."""
        sigma, pi = self.sigma.copy(), self.pi.copy()
        of_sigma, of_pi, _ = self._split(theta)
        sigma[sigma != 0], pi[pi != 0] = of_sigma, of_pi
        return sigma, pi

    def rho_at(self, theta: Array) -> Array:
        """rho (L,) at theta; empty where none is searched."""
        return self._split(theta)[2]

    def price_at(self, theta: Array) -> float:
        """The coefficient of prices common to all agents at theta; zero where none is searched."""
        return 0.0 if self.prices is None else float(theta[0])

    @cached_property
    def columns(self) -> list[int]:
        """For each searched entry of sigma and pi, the random coefficient that it moves."""
        entries = (*np.argwhere(self.sigma != 0), *np.argwhere(self.pi != 0))
        return [int(k) for k, _ in entries]

    @cached_property
    def theta_slice(self) -> slice:
        """Where in theta the entries of sigma and pi stand."""
        first = int(self.prices is not None)
        return slice(first, first + len(self.columns))

    def _split(self, theta: Array) -> tuple[Array, Array, Array]:
        n_sigma = int((self.sigma != 0).sum())
        first, last = self.theta_slice.start, self.theta_slice.stop
        return theta[first : first + n_sigma], theta[first + n_sigma : last], theta[last:]


def rho_names(levels: int) -> list[str]:
    """rho, or rho[0], rho[1]... outermost first where there are several levels."""
    return ["rho"] if levels == 1 else [f"rho[{level}]" for level in range(levels)]


def _start_of_rho(design: Design, rho: ArrayLike | None) -> Array:
    levels = len(design.nests)
    needed = levels > 0 and bool(design.random or design.supply)
    if (needed and rho is None) or (rho is not None and not levels):
        raise refuse(
            expected="start={'rho': ...} for nests beside random coefficients or supply, "
            "and only for nests",
            found="none" if rho is None else f"{rho} without nests",
            where="start",
            remedy="give a value to start from, 0.5 say, or take it out.",
        )
    if rho is None:
        return np.zeros(0)
    values = _as_numbers("rho", rho)
    if values.shape not in ((), (levels,)):
        raise refuse(
            expected=f"start['rho'], one for each of {levels} level(s)",
            found=str(values.shape),
            where="start",
            remedy="give one number, or one a level, outermost first.",
        )
    values = np.broadcast_to(values, (levels,)).copy()
    if not ((values >= 0) & (values < 1)).all() or (np.diff(values) < 0).any():
        raise refuse(
            expected="start['rho'] of at least 0 and below 1, "
            "not falling from an outer to an inner level",
            found=str(values.tolist()),
            where="start",
            remedy="order levels outermost first.",
        )
    return values


def _as_numbers(name: str, start: ArrayLike) -> Array:
    try:
        numbers = np.asarray(start, dtype=float)
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)
    if not np.isfinite(numbers).all() or (name == "prices" and numbers.ndim):
        expected = "a number" if name == "prices" else "an array of numbers"
        raise refuse(
            expected=f"start['{name}'], {expected}",
            found=repr(start),
            where="start",
            remedy="give finite numbers.",
        )
    return numbers
