"""Financing: what a price weighs for someone who would rather pay later."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array


def payment_factor(
    rate: ArrayLike, months: ArrayLike, down: ArrayLike = 0.0, later: ArrayLike = 1.0
) -> Array:
    """Present value of paying a price of 1 as `down` now and the rest in equal monthly parts.

    Arrays broadcast.

    Parameters
    ----------
    rate : array
        The buyer's own monthly discount rate (0.015 for 1.5 percent).
    months : array
        Number of interest-free payments, the first due in a month; 0 for cash.
    down : array
        Share paid at once.
    later : array
        What a dollar due later weighs beside one due now, before discounting: below 1 for buyers
        who see the monthly payment rather than the price (quasi-hyperbolic discounting).

    Returns
    -------
    array
        1 for cash or a patient buyer, less for an impatient one.

    References
    ----------
    Laibson, D. (1997), Golden eggs and hyperbolic discounting, Quarterly Journal of Economics
    112(2). Argyle, B., T. Nadauld and C. Palmer (2020), Monthly payment targeting and the demand
    for maturity, Review of Financial Studies 33(11).

    Examples
    --------
    >>> from inroads.choice import payment_factor
    >>> float(payment_factor(0.015, 24).round(3))
    0.835
    """
    r, n, d, beta = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (rate, months, down, later))
    )
    spread = np.ones(r.shape)
    np.divide(-np.expm1(-n * np.log1p(r)), n * r, out=spread, where=(n > 0) & (r > 0))
    return d + (1.0 - d) * np.where(n > 0, beta, 1.0) * spread
