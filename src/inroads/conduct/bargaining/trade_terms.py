"""Terms of a deal beside its wholesale price: who bears the risk that less is sold than expected.

Arrays end with periods (..., T): a stream of dollars for each future. Effects come on top of
wholesale price times units sold. What one side gains the other loses, but for what is really lost:
units made and never sold.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse


class Effects(NamedTuple):
    """Dollars that terms bring either side, by future and period (..., T)."""

    manufacturer: Array
    channel: Array

    @property
    def joint(self) -> Array:
        """To both together (..., T): 0 but for what is really lost."""
        return np.asarray(self.manufacturer + self.channel)


def minimum_volume(units: ArrayLike, guaranteed: ArrayLike, payment: ArrayLike) -> Effects:
    """A guarantee: the channel pays for units that it promised to take and did not (take or pay).

    What is short is counted over all periods so far (Bassok and Anupindi 1997, total minimum
    commitment); what is made up for later is paid back. Of two that do not mind risk it moves the
    option's value E[payment max(guaranteed - units, 0)], and the risk with it; where sales are
    certain and as guaranteed, nothing.

    Parameters
    ----------
    units : (..., T) array
        Sold in each period of each future.
    guaranteed : (T,) array
        Units promised for each period, at least 0.
    payment : array
        Dollars for each unit short, at least 0.

    Returns
    -------
    Effects
        On either side; their sum is 0.

    Raises
    ------
    InputError
        For guarantees and payments below 0.

    Examples
    --------
    Fifty are promised for each of two periods; the second makes up for the first:

    >>> from inroads.conduct.bargaining.trade_terms import minimum_volume
    >>> minimum_volume([40.0, 70.0], [50.0, 50.0], payment=5.0).manufacturer.tolist()
    [50.0, -50.0]
    """
    sold, least = np.asarray(units, dtype=float), np.asarray(guaranteed, dtype=float)
    dollars = np.asarray(payment, dtype=float)
    _at_least_zero(guaranteed=least, payment=dollars)
    short = np.maximum(np.cumsum(least - sold, axis=-1), 0.0)
    paid = dollars * np.diff(short, axis=-1, prepend=0.0)
    return Effects(paid, -paid)


def first_order(
    units: ArrayLike,
    ordered: ArrayLike,
    wholesale: ArrayLike,
    cost: ArrayLike,
    *,
    protection: ArrayLike = 0.0,
    buy_back: ArrayLike = 0.0,
) -> Effects:
    """An order before it is known what sells, against ordering as it sells.

    What the first period leaves of the order is stock: paid for at the first wholesale price, sold
    in later periods instead of new units, worth nothing after the last. Price protection pays the
    channel the fall of the wholesale price on its stock (Lee, Padmanabhan, Taylor and Whang 2000):
    in full, the stock costs it no more than ordering as it sells. A buy-back is credited for what
    is unsold and taken back as it sells, so that it stands whenever sales end (Pasternack 1985;
    Cachon 2003, section 3). Both move money, the order itself also loses the cost of units that
    are made early or never sold.

    Parameters
    ----------
    units : (..., T) array
        Sold in each period of each future, from the delivery on.
    ordered : array
        Units, at least 0.
    wholesale, cost : (..., T) array
        The wholesale price and what a unit costs to make, dollars.
    protection : array
        The part of each fall of the wholesale price that is paid, 0 to 1.
    buy_back : array
        Dollars for each unit unsold, at least 0.

    Returns
    -------
    Effects
        On either side.

    Raises
    ------
    InputError
        For numbers below 0, and more protection than the fall.

    Examples
    --------
    Of ten ordered four are sold; a unit costs 3 to make and 5 to buy, and is bought back at 4:

    >>> from inroads.conduct.bargaining.trade_terms import first_order
    >>> effects = first_order([4.0], 10.0, [5.0], [3.0], buy_back=4.0)
    >>> effects.manufacturer.tolist(), effects.channel.tolist(), effects.joint.tolist()
    ([-12.0], [-6.0], [-18.0])
    """
    sold, order = np.asarray(units, dtype=float), np.asarray(ordered, dtype=float)
    share, credit = np.asarray(protection, dtype=float), np.asarray(buy_back, dtype=float)
    _at_least_zero(ordered=order, protection=share, buy_back=credit)
    if not (share <= 1).all():
        raise refuse(
            expected="a part of the fall, at most 1",
            found=f"{share.max():g}",
            where="protection",
            remedy="correct the number.",
        )
    w, c = (np.broadcast_to(np.asarray(a, dtype=float), sold.shape) for a in (wholesale, cost))
    left = np.maximum(order[..., None] - np.cumsum(sold, axis=-1), 0.0)
    # Into the stock after the first period, out of it as it sells.
    into = np.diff(left, axis=-1, prepend=0.0)
    falls = np.maximum(-np.diff(w, axis=-1), 0.0) * left[..., :-1]
    protected = share[..., None] * np.concatenate([np.zeros_like(left[..., :1]), falls], axis=-1)
    channel = (credit[..., None] - w) * into + protected
    return Effects(np.asarray(-c * into - channel), np.asarray(channel))


def _at_least_zero(**numbers: Array) -> None:
    for name, values in numbers.items():
        if not (values >= 0).all():
            raise refuse(
                expected="0 or more",
                found=f"{values.min():g}",
                where=name,
                remedy="correct the number.",
            )
