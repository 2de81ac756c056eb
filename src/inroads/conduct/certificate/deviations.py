"""The best that a firm can do by moving one of its prices, or all of them, others' held.

A search along one line a price: a coarse grid far out, the second-order step near the point, and
golden sections wherever else profit peaks between the points of the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.certificate.moved_profits import moved_profits
from inroads.conduct.retail_pricing import Conditions
from inroads.numerics.golden_section import golden_section

# Far enough to reach the consumers whom a seller has given up on, or to give up on some.
_STEPS = np.array(
    [
        *(-0.95, -0.85, -0.75, -0.65, -0.5, -0.3, -0.1),
        *(0.0, 0.1, 0.3, 0.6, 1.0, 1.8, 3.0, 6.0),
    ]
)
_UNMOVED = int(np.flatnonzero(_STEPS == 0.0)[0])
_TRIED = np.delete(_STEPS, _UNMOVED)[:, None]
# As far as a parabola through the point is taken for the profit.
_NEAR = 0.005


@dataclass(frozen=True)
class Deviation:
    """The best one-sided move.

    Parameters
    ----------
    gain : float
        Relative to the firm's profit.
    firm : object
        Who moves: its number, or its name where there are names.
    offer : object
        Whose price, by number or by name; -1 where all of the firm's prices move together.
    price : float
        What is asked then; the factor, where all move.
    money : float
        What is gained, in the unit of profits.
    """

    gain: float
    firm: Any
    offer: Any
    price: float
    money: float


def best_deviation(at: Conditions, jacobian: Array) -> Deviation:
    """The most that a firm gains by moving one of its prices, or all together.

    jacobian (J, J): `Conditions.foc_jacobian`. Prices move from -95 percent to sevenfold, of the
    larger of the price and the money that a unit of utility is worth.
    """
    best = Deviation(-np.inf, -1, -1, np.nan, -np.inf)
    for f, rows in at.retail.price_setters:
        on_shelf = rows[at.is_set[rows]]
        if len(on_shelf):
            best = max(best, *_of_firm(at, f, on_shelf, jacobian), key=lambda d: d.gain)
    return best


def _of_firm(at: Conditions, f: int, rows: Index, jacobian: Array) -> list[Deviation]:
    """The best by one of the prices `rows` (R,) that f sets, and by all together."""
    profits, now = moved_profits(at, f), at.prices[rows]
    size = np.maximum(np.abs(now), at.retail.demand.money_per_util)
    slope, bend = at.foc()[rows] * size, jacobian[np.ix_(rows, rows)] * np.outer(size, size)
    base = float(at.profits[f])

    def alone(k: Index, steps: Array) -> Array:
        return profits.alone(rows[k], now[k] + steps * size[k])

    def together(_: Index, steps: Array) -> Array:
        prices = now + steps.reshape(-1, 1) * size
        return profits.together(rows, prices).reshape(steps.shape)

    def deviation(gained: float, offer: int, price: float) -> Deviation:
        return Deviation(gained / max(abs(base), 1e-300), f, offer, price, gained)

    step, value = search_lines(alone, slope, np.diagonal(bend), base)
    k = int(value.argmax())
    price = float(now[k] + step[k] * size[k])
    best = [deviation(float(value[k]) - base, int(rows[k]), price)]
    if len(rows) > 1:
        step, value = search_lines(together, np.array([slope.sum()]), np.array([bend.sum()]), base)
        best.append(deviation(float(value[0]) - base, -1, 1.0 + float(step[0])))
    return best


def search_lines(
    profit: Callable[[Index, Array], Array], slope: Array, bend: Array, base: Array | float
) -> tuple[Array, Array]:
    """The best step (R,) along each line, and the profit there.

    profit(k, steps) gives profits (n, R) at steps (n, R) along the lines k (R,); slope and bend
    (R,) are its derivatives where nothing moves, base the profit, of all lines or of each (R,).
    """
    line = np.arange(len(slope))
    tried = profit(line, np.broadcast_to(_TRIED, (len(_TRIED), len(line))))
    values = np.insert(tried, _UNMOVED, base, axis=0)
    top = values.argmax(axis=0)
    step, best = _STEPS[top], values[top, line]
    # Near the point: a parabola has its peak where Newton steps to.
    with np.errstate(divide="ignore", invalid="ignore"):
        near = -slope / bend
        gain = slope * near / 2
    is_peak = (bend < 0) & (np.abs(near) <= _NEAR)
    better = is_peak & (base + gain > best)
    step, best = np.where(better, near, step), np.where(better, base + gain, best)
    # Between the points of the grid: wherever else there is a peak.
    peaks = (values[1:-1] >= values[:-2]) & (values[1:-1] >= values[2:]) & np.isfinite(values[1:-1])
    peaks[_UNMOVED - 1] &= ~is_peak
    n, k = np.nonzero(peaks)
    if len(n):

        def on_lines(steps: Array) -> Array:
            return np.asarray(profit(k, steps[None])[0])

        x = golden_section(on_lines, _STEPS[n], _STEPS[n + 2])
        value = on_lines(x)
        for place in np.argsort(value):
            if value[place] > best[k[place]]:
                step[k[place]], best[k[place]] = x[place], value[place]
    return step, best
