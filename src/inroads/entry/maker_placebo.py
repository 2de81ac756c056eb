"""A placebo of a line: each maker left out in turn, and its products predicted as if never seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.entry.maker_line import fit_maker_line
from inroads.errors import InputError

#: half of an interval that holds nine in ten, in standard errors
NINE_TENTHS = 1.6448536269514722


@dataclass(frozen=True, eq=False)
class MakerPlacebo:
    """Predictions of products by a line without their maker.

    Attributes
    ----------
    table : DataFrame
        A row a product that could be predicted, by its label in the data: `manufacturer`,
        `log_ratio` (predicted less calibrated quality: the logarithm of their odds at equal price)
        and `standard_error` of the prediction.
    """

    table: pd.DataFrame

    @property
    def by_maker(self) -> pd.Series:
        """Mean log ratio of each maker's products."""
        return self.table.groupby("manufacturer", sort=False)["log_ratio"].mean()

    @property
    def mean(self) -> float:
        """Mean over makers, each counting once."""
        return float(self.by_maker.mean())

    @property
    def mean_error(self) -> float:
        """Its standard error, makers being the clusters."""
        makers = self.by_maker
        return float(makers.std(ddof=1) / np.sqrt(len(makers))) if len(makers) > 1 else np.inf

    @property
    def rmse(self) -> float:
        """Root mean square of log ratios, each maker counting once."""
        square = self.table["log_ratio"] ** 2
        return float(square.groupby(self.table["manufacturer"]).mean().mean() ** 0.5)

    @property
    def z(self) -> Array:
        """Log ratios in standard errors."""
        return np.asarray(self.table["log_ratio"] / self.table["standard_error"])


def maker_placebo(
    quality: pd.Series,
    X: pd.DataFrame,
    manufacturer: pd.Series,
    population: Collection[str] | None = None,
) -> MakerPlacebo:
    """Each maker left out in turn, its products predicted as those of a maker of the population.

    Arguments as of `fit_maker_line`. Makers without whom no line can be drawn are left out.
    """
    parts = []
    for maker in pd.unique(manufacturer):
        out = manufacturer == maker
        try:
            others = fit_maker_line(quality[~out], X[~out], manufacturer[~out], population)
            predicted = others.predict(X[out], maker)
        except InputError:
            continue
        part = pd.DataFrame(
            {
                "manufacturer": maker,
                "log_ratio": predicted.mean - quality[out].to_numpy(float),
                "standard_error": predicted.standard_error,
            },
            index=quality.index[out],
        )
        parts.append(part)
    columns = ["manufacturer", "log_ratio", "standard_error"]
    return MakerPlacebo(pd.concat(parts) if parts else pd.DataFrame(columns=columns))
