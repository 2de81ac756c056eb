"""Which plan is best: by expected value, under a floor on losses, by least regret.

Arrays are (n, D): n draws, D plans. `expected` is worth at the odds of deals, `value` as luck has
it.
"""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array

#: the draws in which a plan may be worth less than the floor
TAIL = 0.05


def regrets(expected: Array, unpriced: Array | None = None) -> Array:
    """The most that is missed in any draw by choosing a plan and not the best of that draw (D,)
    (Savage 1951), the best of those (n, K) that could be had knowing it, all unless given."""
    best = (expected if unpriced is None else unpriced).max(axis=1, keepdims=True)
    return np.asarray((best - expected).max(axis=0))


def tail(value: Array) -> Array:
    """What a plan is worth in all but the worst twentieth of draws (D,)."""
    return np.asarray(np.quantile(value, TAIL, axis=0))


def best(expected: Array) -> int:
    """The plan of the highest mean; of several, the first."""
    return int(means(expected).argmax())


def means(expected: Array) -> Array:
    """Means (D,) to nine digits of the largest: a clause at its fair price changes none."""
    mean = expected.mean(axis=0)
    scale = float(np.abs(mean).max())
    return np.asarray(np.round(mean / scale, 9) * scale if scale > 0 else mean)


def best_above(expected: Array, value: Array, floor: float) -> int | None:
    """The plan of the highest mean among those whose tail is not below a floor."""
    allowed = tail(value) >= floor
    return int(np.where(allowed, means(expected), -np.inf).argmax()) if allowed.any() else None


def frontier(expected: Array, value: Array) -> Array:
    """Whether no other plan is better in mean or tail and as good in the other (D,)."""
    mean, low = means(expected), tail(value)
    as_good = (mean[:, None] >= mean) & (low[:, None] >= low)
    better = as_good & ((mean[:, None] > mean) | (low[:, None] > low))
    return np.asarray(~better.any(axis=0))
