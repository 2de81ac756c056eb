"""Derivatives of utility in characteristics of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.formula_columns import mentions, plain_name
from inroads.tables.formulas import DesignSpec, apply

if TYPE_CHECKING:
    from inroads.estimation.priced_panel import PricedPanel


def characteristic_slopes(fitted: PricedPanel, column: str) -> Array:
    """du_ij/dx_j (N, I) of the agents of each product's market, zero beyond a market's own.

    Of formulas by central differences, extrapolated (exact to 1e-10). Raises InputError for a
    column that formulas do not use or that is no number, and where absorbed effects hold its mean.
    """
    table, explained = fitted.panel.products, fitted.explained_utility
    linear, random = explained.formulas.linear, explained.formulas.random
    used = dict.fromkeys([*linear.used, *(() if random is None else random.used)])
    specs = [spec for spec in (linear, random) if spec is not None]
    if column not in used or any(column in spec.levels for spec in specs):
        raise refuse(
            expected=f"a column of numbers that formulas use ({', '.join(used)})",
            found=column if column not in used else f"{column}, a category",
            where="of",
            remedy="name one of these.",
        )
    if column not in linear.used and fitted.design.fixed_effects is not None:
        x = table[[column]].to_numpy(float)
        left = fitted.design.without_fixed_effects(x)
        if np.linalg.norm(left) <= 1e-9 * np.linalg.norm(x):
            raise refuse(
                expected="a characteristic whose mean effect on utility is known",
                found=f"{column}, which absorbed effects hold",
                where="of",
                remedy="write it into `linear` and absorb less; fit.project says what it is.",
            )
    common = np.zeros(len(table))
    if column in linear.used:
        common = _derivative(linear, table, column) @ explained.beta
    agents = max((s.w.shape[-1] for s in fitted.market_stacks), default=1)
    slopes = np.zeros((len(table), agents)) + common[:, None]
    if random is not None and column in random.used:
        dX2 = _derivative(random, table, column)
        for s in fitted.market_stacks:
            tastes = s.tastes(fitted.design, fitted.sigma, fitted.pi)
            slopes[s.products, : s.w.shape[-1]] += tastes.sum_of(dX2[s.products])
    return slopes


def _derivative(spec: DesignSpec, table: pd.DataFrame, column: str) -> Array:
    """dX/dx (N, K) of a formula's columns."""
    x = table[column].to_numpy(float)
    size = np.where(x == 0, max(float(np.abs(x).max(initial=0.0)), 1.0), np.abs(x))

    def slope(h: Array) -> Array:
        up, down = (apply(spec, table.assign(**{column: x + s * h})) for s in (1, -1))
        return np.asarray((up.to_numpy(float) - down.to_numpy(float)) / (2 * h[:, None]))

    slopes = (4 * slope(5e-4 * size) - slope(1e-3 * size)) / 3
    moves = np.array([mentions(plain_name(str(name)), column) for name in spec.columns])
    return np.where(moves, slopes, 0.0)
