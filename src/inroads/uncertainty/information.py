"""What it is worth to know before deciding: of everything (EVPI), of some inputs (EVPPI).

    EVPI = E[max_d v_d] - max_d E[v_d],   EVPPI(x) = E[max_d E[v_d | x]] - max_d E[v_d]

The inner mean is a regression of values on the inputs over the draws that are there: no draw is
made for it (Strong, Oakley and Brennan 2014, Medical Decision Making 34, 311-326).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse

# Of draws to coefficients: with fewer, a regression follows luck.
_DRAWS_A_COEFFICIENT = 5


@dataclass(frozen=True, kw_only=True)
class InformationValue:
    """What knowing more before the decision is worth; `evppi` and `evsi` make it.

    Parameters
    ----------
    value : float
        In the unit of the values, at least 0.
    standard_error : float
        Of the regression's coefficients (`evppi`) and of the mean over draws, decisions as they
        are; 0 where no decision would change.
    degree : int
        Of the regression's polynomial; 0 where values do not hang on these inputs.
    """

    value: float
    standard_error: float
    degree: int


def evpi(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Expected value of perfect information.

    Parameters
    ----------
    values : (n, D) array
        What each of D decisions is worth in each of n states, or draws.
    weights : (n,) array, optional
        Probabilities of the states; equal unless given.

    Returns
    -------
    float
        The most that may be paid to learn the state before deciding (Raiffa and Schlaifer 1961,
        ch. 4), at least 0.

    Raises
    ------
    InputError
        For values that are no table of numbers, and weights that are no probabilities.

    Examples
    --------
    Drilling gains 60 where there is oil and loses 40 where not; oil is as likely as not:

    >>> from inroads.uncertainty import evpi
    >>> evpi([[60.0, 0.0], [-40.0, 0.0]])
    20.0
    """
    v = table_of(values, "values")
    w = np.full(len(v), 1 / len(v)) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (len(v),) or not (w >= 0).all() or not np.isclose(w.sum(), 1.0):
        raise refuse(
            expected=f"{len(v)} probabilities that sum to 1",
            found=f"{w.size} that sum to {w.sum():g}",
            where="weights",
            remedy="give one for each row of values.",
        )
    return float(max(w @ v.max(axis=1) - (w @ v).max(), 0.0))


def evppi(values: ArrayLike, inputs: ArrayLike, *, max_degree: int = 3) -> InformationValue:
    """Expected value of perfect information on some inputs.

    Values are regressed on all products of the inputs up to a degree, which Schwarz's criterion
    chooses among 0 to `max_degree` (as far as there are five draws a coefficient).

    Parameters
    ----------
    values : (n, D) array
        What each of D decisions is worth in each of n draws.
    inputs : (n,) or (n, k) array
        The inputs that would be known, drawn.
    max_degree : int
        The highest degree tried.

    Returns
    -------
    InformationValue
        Its value and standard error.

    Raises
    ------
    InputError
        For tables of unlike length, and for entries that are no numbers.
    """
    v = table_of(values, "values")
    x = np.asarray(inputs, dtype=float)
    x = table_of(x[:, None] if x.ndim == 1 else x, "inputs")
    if len(x) != len(v):
        raise refuse(
            expected=f"inputs of the {len(v)} draws of the values",
            found=f"{len(x)} rows",
            where="inputs",
            remedy="give the inputs that the values were drawn with.",
        )
    best = int(v.mean(axis=0).argmax())
    # Only differences between decisions matter.
    v = v - v[:, [best]]
    degree, basis = min(_bases(x, max_degree), key=lambda candidate: _schwarz(v, candidate[1]))
    fitted = basis @ (basis.T @ v)
    chosen = fitted.argmax(axis=1)
    gain = fitted.max(axis=1)
    n, columns = basis.shape
    residual = v - fitted
    covariance = residual.T @ residual / max(n - columns, 1)
    slope = np.array([basis[chosen == d].sum(axis=0) / n for d in range(v.shape[1])])
    variance = float(np.sum(covariance * (slope @ slope.T))) + float(gain.var()) / n
    return InformationValue(
        value=float(max(gain.mean(), 0.0)), standard_error=float(np.sqrt(variance)), degree=degree
    )


def _bases(x: Array, max_degree: int) -> Iterator[tuple[int, Array]]:
    """Orthonormal bases (n, p) of the polynomials of each degree."""
    n = len(x)
    spread = x.std(axis=0)
    varied = spread > 1e-12 * np.maximum(1.0, np.abs(x).max(axis=0))
    z = (x[:, varied] - x[:, varied].mean(axis=0)) / spread[varied]
    columns = [np.ones(n)]
    yield 0, np.full((n, 1), n**-0.5)
    for degree in range(1, max_degree + 1):
        terms = combinations_with_replacement(range(z.shape[1]), degree)
        columns += [np.prod(z[:, term], axis=1) for term in terms]
        if not z.shape[1] or len(columns) * _DRAWS_A_COEFFICIENT > n:
            return
        left, singular, _ = np.linalg.svd(np.column_stack(columns), full_matrices=False)
        yield degree, left[:, singular > 1e-10 * singular[0]]


def _schwarz(v: Array, basis: Array) -> float:
    """Schwarz's criterion (1978) of a regression, its squares summed over decisions."""
    n, columns = basis.shape
    squares = float(((v - basis @ (basis.T @ v)) ** 2).sum())
    return float(n * np.log(max(squares, 1e-300)) + columns * np.log(n))


def table_of(values: ArrayLike, where: str) -> Array:
    """A table of numbers (n, D), of a row at least; InputError for any other."""
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise refuse(
            expected="a table of numbers, a row a draw",
            found=f"shape {table.shape}" if table.ndim != 2 or not table.size else "NaN or inf",
            where=where,
            remedy="leave out draws that failed.",
        )
    return table
