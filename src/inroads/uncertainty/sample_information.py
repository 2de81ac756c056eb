"""What a trial is worth before deciding (EVSI): its result reweights the draws that are there.

    EVSI = E_y[max_d E[v_d | y]] - max_d E[v_d],   E[v_d | y] = sum_n L(y | n) v_nd / sum_n L(y | n)

with L(y | n) the likelihood of a result in draw n: importance sampling with prior draws as
proposals (Menzies 2016, Medical Decision Making 36, 308-320). A result that is simulated from a
draw is judged by all other draws, and the decision it leads to by that draw: where the draw judged
itself, few draws would always look as if they taught everything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.uncertainty.information import InformationValue, table_of

# Results that are simulated from each draw.
_RESULTS = 8
# By which their noise is moved on from draw to draw: never the same points twice.
_GOLDEN = (5**0.5 - 1) / 2


def evsi(values: ArrayLike, signal: ArrayLike, noise: float) -> InformationValue:
    """Expected value of sample information: of a result seen with normal noise.

    Parameters
    ----------
    values : (n, D) array
        What each of D decisions is worth in each of n draws.
    signal : (n,) array
        The result that each draw predicts, in a scale where noise is normal (logs of sales).
    noise : float
        The standard deviation of a result about what its draw predicts, above 0.

    Returns
    -------
    InformationValue
        Its value, at least 0 and on average not above the true one, and the standard error of the
        mean over draws.

    Raises
    ------
    InputError
        For tables of unlike length, entries that are no numbers, and noise that is not above 0.

    Examples
    --------
    Worth 1 or -1 as sales are high or low, and sales are seen almost exactly:

    >>> import numpy as np
    >>> from inroads.uncertainty import evsi
    >>> sales = np.repeat([-1.0, 1.0], 50)
    >>> round(evsi(np.column_stack([sales, np.zeros(100)]), sales, noise=0.1).value, 2)
    0.5
    """
    v, s = table_of(values, "values"), table_of(np.reshape(signal, (-1, 1)), "signal")[:, 0]
    if len(s) != len(v):
        raise refuse(
            expected=f"results predicted by the {len(v)} draws of the values",
            found=f"{len(s)}",
            where="signal",
            remedy="give one for each row of values.",
        )
    gains = np.zeros(len(v))
    rows, now = np.arange(len(v)), int(v.mean(axis=0).argmax())
    for k in range(_RESULTS):
        points = norm.ppf((k + (0.5 + _GOLDEN * rows) % 1) / _RESULTS)
        likely = likelihoods(s, s + noise * points, noise)
        np.fill_diagonal(likely, 0.0)
        chosen = (likely @ v).argmax(axis=1)
        # Where no other draw is near, nothing is learnt.
        chosen = np.where(likely.sum(axis=1) > 0, chosen, now)
        gains += (v[rows, chosen] - v[:, now]) / _RESULTS
    error = float(gains.std() / np.sqrt(len(v)))
    return InformationValue(value=float(max(gains.mean(), 0.0)), standard_error=error, degree=0)


def likelihoods(signal: Array, seen: Array, noise: float) -> Array:
    """Of results seen (m,) in each draw (m, n), relative to the largest that any draw could have.

    Parameters
    ----------
    signal : (n,) array
        What each draw predicts.
    seen : (m,) array
        Results.
    noise : float
        Standard deviation of a result about what its draw predicts, above 0.

    Returns
    -------
    (m, n) array
        0 to 1; divided by their sum, a draw's probability given the result.

    Raises
    ------
    InputError
        For noise that is not above 0.
    """
    if not noise > 0:
        raise refuse(
            expected="a standard deviation above 0",
            found=f"{noise:g}",
            where="noise",
            remedy="say how far a result may be from what a draw predicts.",
        )
    return np.asarray(np.exp(-0.5 * ((np.asarray(seen)[:, None] - signal) / noise) ** 2))
