"""What past launches say of one to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class LaunchCorrection:
    """What past launches say of one to come, in logs of what a model says.

    Attributes
    ----------
    mean, mean_error : float
        m and its standard error.
    spread : float
        tau: from one launch to the next.
    channel_spread : float
        omega: from one channel to the next, a maker being the same. Both as root mean squares.
    """

    mean: float
    mean_error: float
    spread: float
    channel_spread: float

    @property
    def error(self) -> float:
        """Of a launch to come, at all of its channels alike."""
        return float(np.hypot(self.mean_error, self.spread))
