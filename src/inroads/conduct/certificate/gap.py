"""How far a price is from where it should be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array, Index


@dataclass(frozen=True)
class Gap:
    """The largest distance of any price from where it should be.

    Parameters
    ----------
    relative : float
        To the larger of the price and the money that a unit of utility is worth.
    money : float
        The same in money.
    offer : object
        Whose price: its number, or its name where there are names; -1 where there is no price.
    """

    relative: float
    money: float
    offer: Any

    def named(self, offers: list[Any]) -> Gap:
        """With the offer's name."""
        return self if self.offer == -1 else replace(self, offer=offers[self.offer])


#: no price, no gap
NO_GAP = Gap(0.0, 0.0, -1)


def largest_gap(distance: Array, prices: Array, unit: float, offers: Index | None = None) -> Gap:
    """Of distances (n,) between prices (n,) and where they should be; offers (n,): whose they are,
    each in its place unless given. What is not a number is infinitely far."""
    if not len(distance):
        return NO_GAP
    far = np.where(np.isnan(distance), np.inf, np.abs(distance))
    relative = far / np.maximum(np.abs(prices), unit)
    k = int(relative.argmax())
    return Gap(float(relative[k]), float(far[k]), k if offers is None else int(offers[k]))
