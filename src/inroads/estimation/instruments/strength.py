"""How strongly excluded instruments move prices: the first stage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.formula_columns import names_column
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.design.nests import within_shares
from inroads.estimation.gmm.parameters import rho_names
from inroads.estimation.specification import Demand
from inroads.tables.formulas import design_matrix
from inroads.tables.panel import Panel

#: A column is explained by others when less than this fraction of it is left.
EXPLAINED = 1e-9
BEYOND = "beyond fixed effects and exogenous columns"


def first_stage(panel: Panel, demand: Demand) -> pd.DataFrame:
    """How strongly excluded instruments move each column of `linear` in which prices stand.

    A row a column: F, of the hypothesis that the excluded instruments (demand_instruments0...)
    have no effect, with homoskedastic errors; robust_F, the same with White's (1980) covariance
    times N / degrees (not a number where instruments fit some products exactly); partial_R2, the
    part of the variance they explain; instruments, how many are counted once those that others
    explain are left out; degrees, of freedom that remain. Fixed effects and exogenous columns are
    taken out first (Frisch and Waugh 1933). With several rows, each F may be high though the
    instruments move all columns only together. When `nested`, the logarithm of the share within
    the nest is endogenous too: its row is called rho (rho[0], ... by level).

    Raises InputError for formulas and columns at fault, and where nothing is to be instrumented,
    or there is nothing to do it with.
    """
    plain = replace(demand, random=None, demographics=None, lognormal=())
    arrays = unchecked_design(plain, panel)
    raw = design_matrix(demand.linear, panel.products)[0].to_numpy(float)
    X1, columns = arrays.X1, list(arrays.linear)
    endogenous = np.array([names_column(name, "prices") for name in columns], dtype=bool)
    if len(arrays.nests):
        within = within_shares(arrays, panel.products)
        X1, raw = np.hstack([X1, arrays.within(within)]), np.hstack([raw, within])
        columns += rho_names(len(arrays.nests))
        endogenous = np.concatenate([endogenous, np.ones(len(arrays.nests), dtype=bool)])
    if not endogenous.any():
        raise _nothing("a column with prices", "linear", "add prices to the linear formula.")
    excluded = [name.startswith("demand_instruments") for name in arrays.instruments]
    W = _basis(X1[:, ~endogenous], np.linalg.norm(raw[:, ~endogenous], axis=0))
    Z = arrays.Z[:, excluded]
    Q = _basis(_without(W, Z), np.linalg.norm(Z, axis=0))
    degrees = len(Z) - W.shape[1] - Q.shape[1] - arrays.absorbed_rank
    if not Q.shape[1] or degrees <= 0:
        wanted = f"excluded instruments that vary {BEYOND}, and more products than all of these"
        raise _nothing(wanted, "products", "add other instruments, or absorb fewer fixed effects.")
    names = [name for name, e in zip(columns, endogenous, strict=True) if e]
    X = _without(W, X1[:, endogenous])
    fixed = np.linalg.norm(X, axis=0) <= EXPLAINED * np.linalg.norm(raw[:, endogenous], axis=0)
    if fixed.any():
        wanted = f"{names[int(np.argmax(fixed))]} to vary {BEYOND}"
        raise _nothing(wanted, "products", "absorb fewer fixed effects, or drop the column.")
    strength = [_strength(x, Q, degrees) for x in X.T]
    found = pd.DataFrame(strength, names, ["F", "robust_F", "partial_R2"])
    return found.assign(instruments=Q.shape[1], degrees=degrees)


def _basis(columns: Array, sizes: Array) -> Array:
    """Orthonormal columns that span those of `columns` (N, K) which are more than rounding."""
    kept = columns[:, np.linalg.norm(columns, axis=0) > EXPLAINED * sizes]
    if not kept.shape[1]:
        return kept
    left, lengths, _ = np.linalg.svd(kept / np.linalg.norm(kept, axis=0), full_matrices=False)
    return np.asarray(left[:, lengths > EXPLAINED * lengths[0]])


def _without(Q: Array, columns: Array) -> Array:
    return np.asarray(columns - Q @ (Q.T @ columns))


def _strength(x: Array, Q: Array, degrees: int) -> tuple[float, float, float]:
    """F, robust F and partial R squared of x (N,) on orthonormal columns Q (N, M)."""
    b = Q.T @ x
    rest = x - Q @ b
    explained, left = float(b @ b), float(rest @ rest)
    if left <= EXPLAINED**2 * (explained + left):
        return np.inf, np.inf, 1.0
    scores = Q * rest[:, None]
    S = scores.T @ scores * (len(x) / degrees)
    exact = np.linalg.eigvalsh(S)[0] <= EXPLAINED * left / degrees
    robust = np.nan if exact else float(b @ np.linalg.solve(S, b)) / len(b)
    return explained / len(b) / (left / degrees), robust, explained / (explained + left)


def _nothing(expected: str, where: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found="none", where=where, remedy=remedy)
