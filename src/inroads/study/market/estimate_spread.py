"""How far an estimate's covariance lets units sold at list prices be from the central ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.study.market.recalibration import linear_recalibration

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class EstimateSpread:
    """Markets of a study with the estimate one standard error lower and higher along each
    principal direction of its covariance, in units of standard errors; none without an estimate."""

    markets: tuple[tuple[Market, Market], ...] = ()

    def of_log_units(
        self, moves: Callable[[Market], Market], units: Callable[[Equilibrium], pd.Series]
    ) -> pd.Series:
        """Standard errors of the logarithms of units after moves, by central differences along
        independent directions (the delta method); 0 where nothing is sold, no rows without an
        estimate."""
        half_steps = []
        for sides in self.markets:
            low, high = (units(moves(market).solve()) for market in sides)
            half_steps.append(np.log(high / low) / 2)
        if not half_steps:
            return pd.Series(dtype=float)
        spread = np.sqrt(sum(step**2 for step in half_steps))
        return spread.where(spread > 0, 0.0)


def estimate_spread(study: Study) -> EstimateSpread:
    """The markets of a study's estimate, margins met in each."""
    if study.estimate is None or study.estimate.covariance.empty:
        return EstimateSpread()
    covariance = study.estimate.covariance
    sizes = np.sqrt(np.diag(covariance).clip(min=0.0))
    scale = np.where(sizes > 0, sizes, 1.0)
    values, vectors = np.linalg.eigh(covariance.to_numpy(float) / np.outer(scale, scale))
    recalibration = linear_recalibration(study)
    markets = []
    for value, vector in zip(values, vectors.T, strict=True):
        if value <= 1e-9 * values.max():
            continue
        step = dict(zip(map(str, covariance.index), np.sqrt(value) * vector * scale, strict=True))
        low, high = (
            recalibration.at({}, {}, {name: side * x for name, x in step.items()})[1].market
            for side in (-1.0, 1.0)
        )
        markets.append((low, high))
    return EstimateSpread(tuple(markets))
