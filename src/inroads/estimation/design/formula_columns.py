"""Columns of formulas: how they move with prices, and whether they say anything new."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.numerics.columns import independent_columns
from inroads.tables.formulas import apply, design_matrix

#: A column is explained by others when less than this fraction of it is left.
RANK_TOLERANCE = 1e-9


def formula_matrix(
    formula: str | None, frame: pd.DataFrame | None, rows: np.ndarray | None = None
) -> tuple[Array, tuple[str, ...]]:
    """The columns of a formula (N, K) and their names; none without formula or table.

    rows (N,): what messages call the rows.
    """
    if formula is None or frame is None:
        return np.zeros((0 if frame is None else len(frame), 0)), ()
    matrix, _ = design_matrix(formula, frame, rows)
    return matrix.to_numpy(float), tuple(plain_name(str(name)) for name in matrix.columns)


def plain_name(name: str) -> str:
    """A column's name as results print it: 1 for the intercept, without the I( ) of arithmetic."""
    if name == "Intercept":
        return "1"
    arithmetic = re.fullmatch(r"I\((.*)\)", name)
    return arithmetic[1] if arithmetic else name


def mentions(name: str, column: str) -> bool:
    """Whether the name of a formula's column mentions that column of the table."""
    others = re.sub(r"`[^`]*`", "", name)
    return re.search(rf"(?<![\w.]){re.escape(column)}(?![\w.])", others) is not None


def mentions_any(name: str, columns: Sequence[str]) -> bool:
    """Whether the name of a formula's column mentions any of these columns of the table."""
    return any(mentions(name, column) for column in columns)


def price_slopes(
    formula: str | None, frame: pd.DataFrame | None, count: int, *, log: bool = False
) -> Array:
    """dx/dprices (count,) of each column of a formula; nan where that is not one number for all.

    log: dx/dln prices instead.
    """
    scale = np.log if log else np.asarray
    slopes = np.zeros(count)
    if formula is None or frame is None or not mentions(formula, "prices"):
        return slopes
    matrix, spec = design_matrix(formula, frame)
    names = [str(name) for name in matrix.columns]
    if not log and all(name == "prices" for name in names if mentions(name, "prices")):
        return np.array([float(name == "prices") for name in names])
    try:
        at_1, at_2, at_3 = (
            apply(spec, frame.assign(prices=float(p))).to_numpy(float) for p in (1, 2, 3)
        )
    except InputError:
        return np.where([mentions(name, "prices") for name in names], np.nan, 0.0)
    step = float(scale(2.0) - scale(1.0))
    slope = (at_2 - at_1)[0] / step if len(at_1) else slopes
    prices = frame["prices"].to_numpy(float)[:, None]
    for values, p in ((at_3, 3.0), (matrix.to_numpy(float), prices), (at_2, 2.0)):
        line = at_1 + slope * (scale(p) - scale(1.0))
        size = np.abs(at_1) + np.abs(values) + np.abs(slope * scale(p)) + np.finfo(float).tiny
        is_line = (np.abs(line - values) <= RANK_TOLERANCE * size).all(axis=0)
        slope = np.where(is_line, slope, np.nan)
    return np.asarray(slope)


def check_columns(
    residual: Array, raw: Array, names: Sequence[str], where: str, *, absorbed: bool
) -> None:
    """Refuse columns that others, or fixed effects, explain: no coefficient would be identified.

    residual (N, K): columns without fixed effects; raw (N, K): with them.
    """
    sizes = np.linalg.norm(raw, axis=0)
    independent = independent_columns(residual, sizes)
    dependent = [k for k in range(residual.shape[1]) if k not in independent]
    if not dependent:
        return
    k = dependent[0]
    if sizes[k] == 0:
        fault = f"{names[k]}, which is 0 in every row"
    elif absorbed and np.linalg.norm(residual[:, k]) <= RANK_TOLERANCE * sizes[k]:
        fault = f"{names[k]}, which fixed effects explain"
    else:
        others = [names[l] for l in _explaining(residual, k, independent)]
        fault = f"{names[k]}, which {', '.join(others)} explain{'s' * (len(others) == 1)}"
        fault += " beside fixed effects" if absorbed else ""
    raise refuse(
        expected="columns of which none is explained by the others",
        found=fault,
        where=where,
        remedy=f"leave out {names[k]}" + (" (write 0 + ...)." if names[k] == "1" else "."),
    )


def check_instruments(
    excluded: Array, names: Sequence[str], endogenous: Array, regressors: Sequence[str]
) -> None:
    """Refuse excluded instruments (N, M) that are an endogenous regressor (N, K) but for scale."""
    for instrument, name in zip(excluded.T, names, strict=True):
        for regressor, regressor_name in zip(endogenous.T, regressors, strict=True):
            line = np.column_stack([np.ones(len(regressor)), regressor])
            residual = instrument - line @ np.linalg.lstsq(line, instrument, rcond=None)[0]
            variation = np.linalg.norm(instrument - instrument.mean())
            if (
                variation > 0
                and np.linalg.norm(residual) <= RANK_TOLERANCE * variation
                and len(residual) > 2
            ):
                raise refuse(
                    expected="instruments that are not the endogenous column itself",
                    found=f"{name}, which is {regressor_name} but for its scale",
                    where="products",
                    remedy=f"drop {name}, or replace it by something {regressor_name} hangs on.",
                )


def _explaining(columns: Array, k: int, independent: list[int]) -> list[int]:
    """The columns before k that explain it."""
    earlier = [l for l in independent if l < k]
    sizes = np.linalg.norm(columns[:, earlier], axis=0)
    weights = np.linalg.lstsq(columns[:, earlier] / sizes, columns[:, k], rcond=None)[0]
    limit = 1e-7 * np.abs(weights).max(initial=0.0)
    return [l for l, weight in zip(earlier, weights, strict=True) if abs(weight) > limit]
