"""Costs that models imply, less what shifters explain, and instruments that shifters do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.fixed_effects import FixedEffects
from inroads.estimation.design.formula_columns import formula_matrix, mentions_any
from inroads.estimation.design.panel_arrays import absorbed_codes
from inroads.numerics.columns import independent_columns

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

_EXPLAINED = 1e-9


class CostProjection:
    """Columns less what cost shifters and their fixed effects explain."""

    def __init__(self, fit: Estimate, costs: str, absorb: str | None) -> None:
        fit.panel.require_outside("conduct")
        self.fit, self.panel = fit, fit.panel
        codes = absorbed_codes(absorb, fit.panel)
        self.effects = None if codes is None else FixedEffects(codes)
        shifters, self.names = self.columns(costs, "costs")
        residual = self._without_effects(shifters)
        kept_columns = independent_columns(residual, np.linalg.norm(shifters, axis=0))
        self.basis = np.linalg.qr(residual[:, kept_columns])[0]

    def columns(self, formula: str, where: str) -> tuple[Array, tuple[str, ...]]:
        """Of a formula (N, K), with names; InputError for prices and shares."""
        values, names = formula_matrix(formula, self.panel.products, self.panel.rows)
        for name in names:
            if mentions_any(name, ("prices", "shares")):
                raise refuse(
                    expected="columns that prices and shares do not enter",
                    found=name,
                    where=where,
                    remedy="leave it out: they hang on conduct themselves.",
                )
        return values, names

    def residual(self, columns: Array) -> Array:
        """Columns (N, ...) less what cost shifters explain."""
        free = self._without_effects(columns)
        return np.asarray(free - self.basis @ (self.basis.T @ free))

    def _without_effects(self, columns: Array) -> Array:
        if self.effects is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return self.effects.residualize(flat).reshape(columns.shape)


def residual_costs(
    fit: Estimate, markups: Mapping[str, Array], projection: CostProjection, log: bool
) -> tuple[Array, list[Array]]:
    """What shifters leave of costs (M, N), and d(transformed cost)/dcost (N,) of each model."""
    prices = fit.fitted.column("prices").astype(float)
    omega, slopes = [], []
    for name, markup in markups.items():
        cost = prices - markup
        if log and not (cost > 0).all():
            raise refuse(
                expected=f"costs above 0 under '{name}', of which a logarithm can be taken",
                found=f"{int((cost <= 0).sum())} products below, the lowest {cost.min():.3g}",
                where="models",
                remedy="leave out log=True, or the model: it is at odds with prices.",
            )
        omega.append(projection.residual(np.log(cost) if log else cost))
        slopes.append(1 / cost if log else np.ones(len(cost)))
    return np.array(omega), slopes


def orthonormal_instruments(projection: CostProjection, formula: str) -> Array:
    """Instruments (N, K), free of costs, Z'Z = N; InputError where costs explain one of them."""
    values, names = projection.columns(formula, "instruments")
    constant = [k for k, name in enumerate(names) if name == "1"]
    values = np.delete(values, constant, axis=1)
    names = tuple(n for n in names if n != "1")
    residual = projection.residual(values)
    sizes = np.linalg.norm(values, axis=0)
    explained = [
        n
        for n, r, s in zip(names, np.linalg.norm(residual, axis=0), sizes, strict=True)
        if r <= _EXPLAINED * s
    ]
    if explained or not names:
        raise refuse(
            expected="instruments that cost shifters and fixed effects do not explain",
            found=explained[0] if explained else "none",
            where="instruments",
            remedy="leave it out, of these or of costs: what moves costs tells no conduct apart.",
        )
    independent = independent_columns(residual, sizes)
    return np.asarray(np.linalg.qr(residual[:, independent])[0] * np.sqrt(len(residual)))
