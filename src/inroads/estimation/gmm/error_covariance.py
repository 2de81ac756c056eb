"""The covariance of moments under what is assumed of errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.specification.errors import Clustered, Errors, checked_errors
from inroads.tables.panel import Panel


@dataclass(frozen=True, kw_only=True)
class ErrorGroups:
    """Which errors may be correlated; independent and heteroskedastic unless something is given.

    clusters: codes (N,), of one or two columns; periods (N,) and units (N,): codes, with `lags`.
    """

    homoskedastic: bool = False
    clusters: tuple[np.ndarray, ...] = ()
    periods: np.ndarray | None = None
    units: np.ndarray | None = None
    lags: int = 0

    @classmethod
    def of(cls, errors: Errors, panel: Panel) -> ErrorGroups:
        """From names of columns; InputError where there is none, or a blank."""
        checked = checked_errors(errors)
        if isinstance(checked, str):
            return cls(homoskedastic=checked == "homoskedastic")
        if isinstance(checked, Clustered):
            return cls(clusters=tuple(_codes(panel, column) for column in checked.columns))
        units = np.zeros(len(panel), dtype=int) if checked.unit is None else None
        return cls(
            periods=_codes(panel, checked.period, sort=True),
            units=_codes(panel, str(checked.unit)) if units is None else units,
            lags=checked.lags,
        )

    def independent_groups(self) -> int | None:
        """How many groups are taken as independent, where it is a small number that matters."""
        if self.clusters:
            return min(len(np.unique(codes)) for codes in self.clusters)
        if self.periods is not None and self.units is not None and not self.units.any():
            return len(np.unique(self.periods))
        return None


def moment_covariance(
    equations: list[Equation],
    residuals: list[Array],
    groups: ErrorGroups | None = None,
    center: bool = True,
) -> Array:
    """S (M, M): covariance of the moments Z'residual / sqrt(N)."""
    groups = groups or ErrorGroups()
    N = len(residuals[0])
    if groups.homoskedastic:
        deviations = np.column_stack([r - r.mean() * center for r in residuals])
        omega = deviations.T @ deviations / N
        rows = [
            np.hstack([omega[a, b] * left.Z.T @ right.Z / N for b, right in enumerate(equations)])
            for a, left in enumerate(equations)
        ]
        return np.vstack(rows)
    pairs = zip(equations, residuals, strict=True)
    g = np.hstack([e.Z * residual[:, None] for e, residual in pairs])
    return covariance_of_rows(g - g.mean(axis=0) if center else g, groups)


def covariance_of_rows(g: Array, groups: ErrorGroups) -> Array:
    """The covariance (M, M) of sqrt(N) times the mean of g (N, M), rows correlated in groups."""
    N = len(g)
    if groups.periods is not None and groups.units is not None:
        return _over_time(g, groups.periods, groups.units, groups.lags) / N
    parts = [_clustered(g, codes) / N for codes in groups.clusters]
    if not parts:
        return np.asarray(g.T @ g / N)
    if len(parts) == 1:
        return parts[0]
    first, second = groups.clusters
    both = first * (second.max() + 1) + second
    difference = parts[0] + parts[1] - _clustered(g, both) / N
    size = np.sqrt(np.diag(parts[0] + parts[1]))
    positive = np.linalg.eigvalsh(difference / np.outer(size, size))[0] > 1e-10
    return np.asarray(difference if positive else parts[0] + parts[1])


def _clustered(g: Array, codes: np.ndarray) -> Array:
    """Sum over clusters of (sum of g)(sum of g)'."""
    sums = _sums(g, codes)[1]
    return np.asarray(sums.T @ sums)


def _sums(g: Array, codes: np.ndarray) -> tuple[np.ndarray, Array]:
    """Codes that occur, in order, and the sums of g (N, M) over each."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=np.nan))
    return codes[order][starts], np.add.reduceat(g[order], starts, axis=0)


def _over_time(g: Array, periods: np.ndarray, units: np.ndarray, lags: int) -> Array:
    """Newey and West's (1987) sum over the periods of each unit."""
    # Units are further apart than any lag, so that none meets another.
    stride = int(periods.max()) + lags + 1
    places, sums = _sums(g, units * stride + periods)
    S = sums.T @ sums
    for lag in range(1, lags + 1):
        earlier = np.searchsorted(places, places - lag)
        is_there = places[np.minimum(earlier, len(places) - 1)] == places - lag
        product = sums[is_there].T @ sums[earlier[is_there]]
        S = S + (1 - lag / (lags + 1)) * (product + product.T)
    return np.asarray(S)


def _codes(panel: Panel, column: str, *, sort: bool = False) -> np.ndarray:
    products = panel.products
    if column not in products or products[column].isna().any():
        raise refuse(
            expected=f"a column '{column}' without blanks",
            found="none" if column not in products else "blanks",
            where="products",
            remedy="add it, or name another in errors=.",
        )
    return np.asarray(pd.factorize(products[column], sort=sort)[0])
