"""Financing: what a price weighs for someone who would rather pay later."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array


def payment_factor(rate: ArrayLike, months: ArrayLike, down: ArrayLike = 0.0) -> Array:
    """Present value of paying a price of 1 as `down` now and the rest in equal monthly parts.

    rate: the buyer's own monthly discount rate (0.015 for 1.5 percent); months: number of
    interest-free payments, the first due in a month, 0 for cash; down: share paid at once.
    Arrays broadcast. 1 for cash or a patient buyer, less for an impatient one.
    """
    r, n, d = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (rate, months, down)))
    spread = np.ones(r.shape)
    np.divide(-np.expm1(-n * np.log1p(r)), n * r, out=spread, where=(n > 0) & (r > 0))
    return d + (1.0 - d) * spread
