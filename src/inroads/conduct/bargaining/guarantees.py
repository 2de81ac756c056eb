"""Guarantees between a manufacturer and a channel: who bears the risk of sales."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse


def minimum_volume(units: ArrayLike, guaranteed: ArrayLike, payment: ArrayLike) -> Array:
    """What a channel pays for units that it guaranteed and did not take (take or pay).

    Between two that do not mind risk it moves the mean payment, by the option's value E[payment
    max(guaranteed - units, 0)], and the risk with it; where sales are certain and as guaranteed,
    nothing.

    Parameters
    ----------
    units : array
        Taken, in each future.
    guaranteed : array
        At least 0.
    payment : array
        Dollars for each unit not taken, at least 0.

    Returns
    -------
    array
        Dollars from the channel to the manufacturer.

    Raises
    ------
    InputError
        For guarantees and payments below 0.

    Examples
    --------
    >>> from inroads.conduct.bargaining.guarantees import minimum_volume
    >>> minimum_volume([80.0, 120.0], guaranteed=100.0, payment=5.0).tolist()
    [100.0, 0.0]
    """
    least, dollars = np.asarray(guaranteed, dtype=float), np.asarray(payment, dtype=float)
    for name, numbers in (("guaranteed", least), ("payment", dollars)):
        if not (numbers >= 0).all():
            raise refuse(
                expected="0 or more",
                found=f"{numbers.min():g}",
                where=name,
                remedy="correct the number.",
            )
    short = np.maximum(least - np.asarray(units, dtype=float), 0.0)
    return np.asarray(dollars * short)
