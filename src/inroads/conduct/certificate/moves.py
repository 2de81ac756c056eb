"""Proof of a point by moves, each with a value of its own: outputs, bids, Nash products.

Posted prices are proved by `certificate`; here is what a move is in other conduct, and the same
search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.certificate.deviations import Deviation, search_lines
from inroads.conduct.certificate.gap import Gap
from inroads.display import Card, Displayed

#: Of a price's size, and of a value. Solvers end at a thousandth of it.
TOLERANCE = 1e-9
_STEP = 1e-4


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines along which somebody moves.

    value(k, steps): values (n, R) at steps (n, R) along lines k (R,), in units of `size` (K,); -inf
    where a move cannot be made. at (K,): what moves, before. firm, offer (K,): whose it is; offer
    -1 where all of a firm's move by one factor.
    """

    value: Callable[[Index, Array], Array]
    at: Array
    size: Array
    firm: list[Any]
    offer: list[Any]


@dataclass(frozen=True, kw_only=True, repr=False)
class MoveProof(Displayed):
    """What speaks for a point being an equilibrium of firms that set outputs, bid or bargain.

    Parameters
    ----------
    move : str
        What is moved: "output", "bid" or "price".
    aim : str
        What it is to make larger: "profit" or "Nash product".
    residual : Gap
        Of a price from what the conditions of the conduct ask for.
    deviation : Deviation
        The best found; its `price` is where what moves goes, its gain relative to the value before.
    tolerance : float
        What both may be off, relative to sizes.
    """

    move: str
    aim: str
    residual: Gap
    deviation: Deviation
    tolerance: float = TOLERANCE

    def is_equilibrium(self) -> bool:
        """Whether conditions hold, and no move pays.

        Returns
        -------
        bool
            Both to the tolerance.
        """
        return not self.refutation

    @property
    def status(self) -> str:
        """ "equilibrium" or "no equilibrium"."""
        return "no equilibrium" if self.refutation else "equilibrium"

    @property
    def refutation(self) -> str:
        """What speaks most against the point, expected and found; empty where nothing does."""
        gap, d = self.residual, self.deviation
        if not gap.relative <= self.tolerance:
            return (
                f"expected prices that meet the conditions of their conduct; found that of offer "
                f"{gap.offer} {gap.money:.3g} away, {gap.relative:.3g} of its size"
            )
        if not d.gain <= self.tolerance:
            what, to = f"the {self.move} of offer {d.offer}", f"to {d.price:.6g}"
            if d.offer == -1:
                what, to = f"each {self.move} of its own", f"by a factor {d.price:.6g}"
            return (
                f"expected an equilibrium in which no move pays; found that firm {d.firm} gains "
                f"{d.gain:.3g} of its {self.aim} by moving {what} {to}"
            )
        return ""

    def _card(self) -> Card:
        worst = (
            f"worst residual {self.residual.money:.2g}, best {self.move} {self.deviation.gain:.2g}"
        )
        return Card(
            line=f"MoveProof: {self.refutation or f'{self.status}, {worst} of a {self.aim}'}",
            next_steps=("c.residual", "c.deviation", "c.refutation"),
        )


@np.errstate(all="ignore")
def best_move(lines: Lines) -> Deviation:
    """The most that anybody gains along a line, from -95 percent to sevenfold."""
    k = np.arange(len(lines.at))
    around = lines.value(k, np.array([[-_STEP], [0.0], [_STEP]]) * np.ones(len(k)))
    low, base, high = around
    slope, bend = (high - low) / (2 * _STEP), (high - 2 * base + low) / _STEP**2
    step, value = search_lines(lines.value, slope, bend, base)
    gain = (value - base) / np.maximum(np.abs(base), 1e-300)
    best = int(gain.argmax())
    to = float(lines.at[best] + step[best] * lines.size[best])
    return Deviation(
        float(gain[best]),
        lines.firm[best],
        lines.offer[best],
        to,
        float(value[best] - base[best]),
    )
