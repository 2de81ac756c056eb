"""Columns of formulas: how they move with prices, and whether they say anything new."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from inroads.choice.independence import independent_columns
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.tables.formulas import apply, design_matrix

#: A column is explained by others when less than this fraction of it is left.
EXPLAINED = 1e-9


def matrix(
    formula: str | None, frame: pd.DataFrame | None, rows: np.ndarray | None = None
) -> tuple[Array, tuple[str, ...]]:
    """The columns of a formula (N, K) and their names; none without formula or table.

    rows (N,): what messages call the rows.
    """
    if formula is None or frame is None:
        return np.zeros((0 if frame is None else len(frame), 0)), ()
    found, _ = design_matrix(formula, frame, rows)
    return found.to_numpy(float), tuple(plain(str(name)) for name in found.columns)


def plain(name: str) -> str:
    """A column's name as it is told: 1 for the intercept, without the I( ) of arithmetic."""
    if name == "Intercept":
        return "1"
    inside = re.fullmatch(r"I\((.*)\)", name)
    return inside[1] if inside else name


def names_column(name: str, column: str) -> bool:
    """Whether the name of a formula's column mentions that column of the table."""
    return re.search(rf"(?<![A-Za-z0-9_.]){re.escape(column)}(?![A-Za-z0-9_.])", name) is not None


def price_slopes(formula: str | None, frame: pd.DataFrame | None, count: int) -> Array:
    """dx/dprices (count,) of each column of a formula; nan where that is not one number for all."""
    slopes = np.zeros(count)
    if formula is None or frame is None or not names_column(formula, "prices"):
        return slopes
    found, spec = design_matrix(formula, frame)
    names = [str(name) for name in found.columns]
    if all(name == "prices" for name in names if names_column(name, "prices")):
        return np.array([float(name == "prices") for name in names])
    try:
        one, two, three = (
            apply(spec, frame.assign(prices=float(p))).to_numpy(float) for p in (1, 2, 3)
        )
    except InputError:
        return np.where([names_column(name, "prices") for name in names], np.nan, 0.0)
    slope = (two - one)[0] if len(one) else slopes
    prices = frame["prices"].to_numpy(float)[:, None]
    for real, at in ((three, 3.0), (found.to_numpy(float), prices), (two, 2.0)):
        line = one + slope * (at - 1.0)
        size = np.abs(one) + np.abs(real) + np.abs(slope * at) + np.finfo(float).tiny
        slope = np.where((np.abs(line - real) <= EXPLAINED * size).all(axis=0), slope, np.nan)
    return np.asarray(slope)


def check_columns(
    within: Array, raw: Array, names: Sequence[str], where: str, absorbed: bool
) -> None:
    """Refuse columns that others, or fixed effects, explain: no coefficient could be told.

    within (N, K): columns without fixed effects; raw (N, K): with them.
    """
    sizes = np.linalg.norm(raw, axis=0)
    kept = independent_columns(within, sizes)
    lost = [k for k in range(within.shape[1]) if k not in kept]
    if not lost:
        return
    k = lost[0]
    if sizes[k] == 0:
        found = f"{names[k]}, which is 0 in every row"
    elif absorbed and np.linalg.norm(within[:, k]) <= EXPLAINED * sizes[k]:
        found = f"{names[k]}, which fixed effects explain"
    else:
        others = [names[l] for l in _explaining(within, k, kept)]
        found = f"{names[k]}, which {', '.join(others)} explain{'s' * (len(others) == 1)}"
        found += " beside fixed effects" if absorbed else ""
    raise InputError.single(
        expected="columns of which none is explained by the others",
        found=found,
        where=where,
        remedy=f"leave out {names[k]}" + (" (write 0 + ...)." if names[k] == "1" else "."),
    )


def check_instruments(
    excluded: Array, names: Sequence[str], endogenous: Array, regressors: Sequence[str]
) -> None:
    """Refuse excluded instruments (N, M) that are an endogenous regressor (N, K) but for scale."""
    for instrument, name in zip(excluded.T, names, strict=True):
        for regressor, called in zip(endogenous.T, regressors, strict=True):
            line = np.column_stack([np.ones(len(regressor)), regressor])
            rest = instrument - line @ np.linalg.lstsq(line, instrument, rcond=None)[0]
            moves = np.linalg.norm(instrument - instrument.mean())
            if moves > 0 and np.linalg.norm(rest) <= EXPLAINED * moves and len(rest) > 2:
                raise InputError.single(
                    expected="instruments that are not the endogenous column itself",
                    found=f"{name}, which is {called} but for its scale",
                    where="products",
                    remedy=f"drop {name}, or replace it by something {called} hangs on.",
                )


def _explaining(columns: Array, k: int, kept: list[int]) -> list[int]:
    """The columns before k that explain it."""
    before = [l for l in kept if l < k]
    sizes = np.linalg.norm(columns[:, before], axis=0)
    weights = np.linalg.lstsq(columns[:, before] / sizes, columns[:, k], rcond=None)[0]
    limit = 1e-7 * np.abs(weights).max(initial=0.0)
    return [l for l, weight in zip(before, weights, strict=True) if abs(weight) > limit]
