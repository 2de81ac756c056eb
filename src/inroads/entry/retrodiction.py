"""Past entries, predicted and happened: scores beside naive forecasts, and a picture of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.entry.entrant_prior import EntrantPrior
from inroads.entry.entry_forecasts import LEVELS, bounds
from inroads.errors import refuse
from inroads.uncertainty.scores import coverage_interval, uniformity

if TYPE_CHECKING:
    import altair

#: the model, and forecasts that anyone can make (see `entry_forecasts.naive_forecasts`), by what
#: their columns begin with
FORECASTS = {
    "model": "",
    "past_entrants": "past_entrants_",
    "zero_quality": "zero_quality_",
    "firm_mean": "firm_mean_",
}
#: where firms set prices
PRICE_FORECASTS = {"price": "price_", "price_firm_mean": "price_firm_mean_"}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Retrodiction(Displayed):
    """Entries predicted from what came before them, and what happened.

    Attributes
    ----------
    frame : DataFrame
        A row an entry: period, market, product, firm, firm_is_new; happened, its share; share, the
        predicted median, and share_low_50, share_high_50, ..., the central intervals of 50, 80 and
        90 percent; below, the probability given to less than happened; crps and log_score of the
        log share; quality and quality_happened, xi; rivals_without and rivals_with, what all other
        products would sell without the entrant and beside it, firm_without and firm_with, of these
        its firm's; the same scores of naive forecasts with their names in front. Where firms set
        prices: price and its intervals, price_happened, set_share and its intervals (see
        `price_forecasts.forecast_prices`).
    parameters : DataFrame
        The estimates that predictions rest on, a row for each period in which there was a new one:
        parameters, objective, whether the search converged.
    prior : EntrantPrior
        What the next entrant may be, learnt from all entries of the panel.
    """

    frame: pd.DataFrame
    parameters: pd.DataFrame
    prior: EntrantPrior

    @property
    def scores(self) -> pd.DataFrame:
        """Of the model and of naive forecasts, a row each (see `scores_of`)."""
        return scores_of(self.frame, FORECASTS)

    @property
    def price_scores(self) -> pd.DataFrame:
        """Of log prices that firms set and of the naive forecast; refused without supply."""
        if "price" not in self.frame:
            raise refuse(
                expected="a retrodiction with supply",
                found="demand alone: prices are taken as they are",
                where="price_scores",
                remedy="give retrodict supply.",
            )
        return scores_of(self.frame, PRICE_FORECASTS)

    def scores_by(self, column: str) -> pd.DataFrame:
        """The same for each value of a column of the frame.

        Parameters
        ----------
        column : str
            firm_is_new, or period.

        Returns
        -------
        DataFrame
            Rows by value and forecast.
        """
        groups = self.frame.groupby(column)
        return pd.concat(
            {value: scores_of(group, FORECASTS) for value, group in groups}, names=[column]
        )

    @property
    def uniformity(self) -> float:
        """The p-value that `below` is uniform (Kolmogorov); entries of one period hang together,
        which this test does not know."""
        return uniformity(self.frame["below"].to_numpy(float))

    def calibration_plot(self) -> altair.LayerChart:
        """How often outcomes came below each predicted quantile, beside how often they should.

        Returns
        -------
        LayerChart
            Of Altair; the band holds 95 percent of points of calibrated, independent forecasts.
        """
        from inroads.charts.calibration_plot import calibration_plot

        return calibration_plot(self.frame)

    def _card(self) -> Card:
        return Card(
            line=f"Retrodiction of {counted(len(self.frame), 'entry', 'entries')}, p of uniformity "
            f"{self.uniformity:.3g}",
            table=self.scores,
            next_steps=("r.frame", "r.calibration_plot()", "r.prior"),
        )

    def __str__(self) -> str:
        count = len(self.frame)
        table = self.scores.round(3).to_string()
        return f"{count} entries; p of uniformity {self.uniformity:.3g}\n{table}"


def scores_of(frame: pd.DataFrame, forecasts: Mapping[str, str]) -> pd.DataFrame:
    """A row a forecast, the first being the model, by what their columns begin with; columns

    - entries; crps, mean, of logs; gain, by which fraction the model's is lower, and its standard
      error, clustered by period (nan for one period); log_score, mean, of forecasts with density;
    - coverage_50, coverage_80, coverage_90, each with the exact 95 percent interval of Clopper and
      Pearson, coverage_50_low and so on.
    """
    rows = {}
    crps = frame[f"{next(iter(forecasts.values()))}crps"].to_numpy(float)
    clusters, periods = pd.factorize(frame["period"])
    for name, prefix in forecasts.items():
        below = frame[f"{prefix}below"].to_numpy(float)
        other = frame[f"{prefix}crps"].to_numpy(float)
        gain = 1 - crps.mean() / other.mean()
        influence = (crps.mean() / other.mean() * other - crps) / other.mean()
        of_periods = (np.bincount(clusters, influence) ** 2).sum() / len(frame) ** 2
        G = len(periods)
        row = {
            "entries": len(frame),
            "crps": other.mean(),
            "gain": gain,
            "gain_error": np.sqrt(of_periods * G / (G - 1)) if G > 1 else np.nan,
            "log_score": frame.get(f"{prefix}log_score", pd.Series(dtype=float)).mean(),
        }
        for level in LEVELS:
            low, high = bounds(level)
            inside = int(((low <= below) & (below <= high)).sum())
            interval = coverage_interval(inside, len(frame))
            row[f"coverage_{level}"] = inside / len(frame)
            row[f"coverage_{level}_low"], row[f"coverage_{level}_high"] = interval
        rows[name] = row
    return pd.DataFrame(rows).T.astype({"entries": int}).rename_axis("forecast")
