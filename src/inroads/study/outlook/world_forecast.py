"""World shipments of several manufacturers at once: shares of a total that add up, errors that
hang together.

The total, and each manufacturer's units over those of all that are not named, are forecast as
logarithms with level, drift and season (`uncertainty.forecast`); shares follow from the ratios, so
that together they never exceed the total. Drifts fade (Gardner and McKenzie 1985): growth of the
past goes on, but not for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.uncertainty.forecast import Forecast, forecast

_TOTAL = "total"


@dataclass(frozen=True)
class WorldForecast:
    """paths: by manufacturer, draws (n, H) of units; correlation: of one-step errors of what was
    forecast, as measured."""

    paths: Mapping[str, Array]
    correlation: pd.DataFrame


def world_forecast(
    past: pd.DataFrame,
    horizon: int,
    total: pd.Series | None = None,
    *,
    damping: float,
    together: float | None,
    draws: int,
    seed: int,
) -> WorldForecast:
    """Draws of the quarters after `past` (units by quarter and manufacturer, NaN where unknown).

    total: of all manufacturers, by the same quarters; without it each is forecast by itself.
    damping: what is left of a drift after a quarter. together: correlation of errors, as measured
    in the past where None.
    """
    in_range = together is None or 0 <= together <= 1
    if not in_range or not 0 < damping <= 1 or draws < 1 or draws & (draws - 1):
        raise refuse(
            expected="draws that are a power of two, a correlation from 0 to 1, damping in (0, 1]",
            found=f"{draws}, {together} and {damping:g}",
            where="rank",
            remedy="give 16384 draws, a correlation of 0 for errors that are independent, and a "
            "damping of 1 for drifts that last.",
        )
    series = {str(m): past[m] for m in past} if total is None else _ratios(past, total)
    ahead = {
        name: forecast(values.to_numpy(float), horizon, damping=damping)
        for name, values in series.items()
    }
    errors = pd.DataFrame({name: model.errors for name, model in ahead.items()})
    count = len(ahead)
    mixed = (
        shrunk_correlation(errors)
        if together is None
        else (1 - together) * np.eye(count) + together
    )
    drawn = _drawn(ahead, mixed, draws, seed)
    if total is not None:
        level = drawn.pop(_TOTAL)
        # Units of all that are not named, of which the others are ratios.
        rest = level / (1 + sum(drawn.values()))
        drawn = {name: ratio * rest for name, ratio in drawn.items()}
    return WorldForecast(drawn, errors.corr())


def _ratios(past: pd.DataFrame, total: pd.Series) -> dict[str, pd.Series]:
    others = total.reindex(past.index) - past.sum(axis=1, skipna=False)
    if (others <= 0).any():
        quarter = others.index[others <= 0][0]
        raise refuse(
            expected="a total above the sum of the manufacturers named",
            found=f"less in {quarter}",
            where="shipments.csv",
            remedy="correct the rows of that quarter, or leave the total out.",
        )
    return {_TOTAL: total.reindex(past.index)} | {str(m): past[m] / others for m in past}


def shrunk_correlation(errors: pd.DataFrame) -> Array:
    """The correlation of columns, pulled towards none as far as few rows leave it open.

    Schäfer and Strimmer (2005): by the sum of the variances of the correlations over the sum of
    their squares. Pairs are correlated over the rows that both have; what is then no correlation
    matrix has its negative eigenvalues set to zero.
    """
    r = errors.corr().to_numpy(float, copy=True)
    r[~np.isfinite(r)] = 0.0
    pairs = errors.notna().astype(float)
    rows = (pairs.T @ pairs).to_numpy(float)
    apart = ~np.eye(len(r), dtype=bool)
    variance = (1 - r**2) ** 2 / np.maximum(rows - 1, 1)
    squares = float((r[apart] ** 2).sum())
    pull = min(1.0, float(variance[apart].sum()) / squares) if squares > 0 else 1.0
    r = np.where(apart, (1 - pull) * r, 1.0)
    values, vectors = np.linalg.eigh(r)
    r = (vectors * np.maximum(values, 0.0)) @ vectors.T
    size = np.sqrt(np.diag(r))
    return np.asarray(r / size[:, None] / size)


def _drawn(
    ahead: Mapping[str, Forecast], correlation: Array, draws: int, seed: int
) -> dict[str, Array]:
    """Paths (n, H) whose errors are correlated across series, period by period."""
    sizes = [model.uniforms for model in ahead.values()]
    sequence = qmc.Sobol(sum(sizes), scramble=True, seed=np.random.default_rng(seed))
    u = np.clip(sequence.random(draws), 2.0**-31, 1 - 2.0**-31)
    parts = np.split(u, np.cumsum(sizes)[:-1], axis=1)
    values, vectors = np.linalg.eigh(correlation)
    # The symmetric root: no series comes first.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    apart = np.stack([norm.ppf(part[:, 1:]) for part in parts])
    together = np.einsum("kl,lnh->knh", root, apart)
    return {
        name: model.paths(part, z)
        for (name, model), part, z in zip(ahead.items(), parts, together, strict=True)
    }
