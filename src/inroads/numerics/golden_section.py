"""Maxima of many functions of one number at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inroads.numerics.arrays import Array

_RATIO = (np.sqrt(5.0) - 1.0) / 2.0


def golden_section(
    values: Callable[[Array], Array], low: Array, high: Array, iterations: int = 40
) -> Array:
    """Where each of n functions is largest between low and high (n,).

    values takes n numbers, one for each function, and gives n. Of a function with one peak between
    the two the peak is found to 0.618^iterations of the distance; of others a peak is.
    """
    left, right = high - _RATIO * (high - low), low + _RATIO * (high - low)
    at_left, at_right = values(left), values(right)
    for _ in range(iterations):
        rises = at_right > at_left
        low, high = np.where(rises, left, low), np.where(rises, high, right)
        trial = np.where(rises, low + _RATIO * (high - low), high - _RATIO * (high - low))
        at_trial = values(trial)
        left, right = np.where(rises, right, trial), np.where(rises, trial, left)
        at_left, at_right = np.where(rises, at_right, at_trial), np.where(rises, at_trial, at_left)
    return np.asarray(np.where(at_right > at_left, right, left))
