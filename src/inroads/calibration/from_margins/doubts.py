"""What makes a calibration doubtful: numbers that end at a bound, margins that are missed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from inroads.choice.base import Array
from inroads.errors import CalibrationWarning
from inroads.numerics.box_least_squares import EDGE

#: a margin that is missed by more is told of, as a fraction of price
MISSED = 0.1
_REMEDY = (
    "Remedy: look at fit.residuals; check that margins are prices less marginal costs, fix what is "
    "at a bound at several values to see what hangs on it, or choose another demand or conduct."
)


def doubts(
    searched: Mapping[str, float], fitted: Array, target: Array, names: Sequence[object]
) -> tuple[str, ...]:
    """A sentence for each number between 0 and 1 that was searched for and ended at a bound, and
    one for margins (M,) that are missed, target nan where there is none."""
    sentences = [
        f"margins are met best with {what} at its bound of {value:.0f}"
        for what, value in searched.items()
        if min(value, 1 - value) <= 2 * EDGE
    ]
    missed = np.nan_to_num(np.abs(fitted - target))
    if missed.max(initial=0.0) > MISSED:
        k = int(missed.argmax())
        sentences.append(
            f"margins are missed by up to {100 * missed[k]:.0f} points of a hundred: "
            f"{fitted[k]:.2f} in place of {target[k]:.2f} for {names[k]}"
        )
    return tuple(sentences)


def warn_of(sentences: Iterable[str]) -> None:
    """A `CalibrationWarning` where there are any, as if from the caller of the caller."""
    text = "; ".join(sentences)
    if text:
        warnings.warn(f"{text}. {_REMEDY}", CalibrationWarning, stacklevel=3)
