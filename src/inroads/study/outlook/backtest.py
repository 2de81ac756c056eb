"""Forecasts against what happened: coverage of intervals, log score, CRPS."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.study.outlook.rank import Rank
from inroads.tables.cells import in_unit
from inroads.tables.dates import known_on
from inroads.tables.schema import check_table, complete
from inroads.tables.schemas import FACTS

LEVELS = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Forecasted:
    """What was said of one number: draws, or a normal's mean and standard deviation.

    Parameters
    ----------
    id, period : str
        Those of the outcome's row, in plain units.
    draws : (n,) array, optional
        Two or more.
    mean, sd : float
        Of a normal, where there are no draws.

    Raises
    ------
    InputError
        For neither.

    Examples
    --------
    >>> from inroads.study import Forecasted
    >>> round(Forecasted("units", "2018", mean=10.0, sd=2.0).quantile(0.9), 2)
    12.56
    """

    id: str
    period: str
    draws: Array | None = None
    _: KW_ONLY
    mean: float = np.nan
    sd: float = np.nan

    def __post_init__(self) -> None:
        d = self.draws
        fine = self.sd > 0 and np.isfinite(self.mean) if d is None else np.isfinite(d).all()
        if not fine or (d is not None and len(d) < 2):
            raise refuse(
                expected="two finite draws or more, or a normal's mean and standard deviation",
                found="neither",
                where=f"forecast of {self.id} in {self.period}",
                remedy="leave out draws that failed.",
            )

    def quantile(self, level: float) -> float:
        """The value that outcomes stay below with a probability.

        Parameters
        ----------
        level : float
            The probability.

        Returns
        -------
        float
            In the outcome's unit.
        """
        if self.draws is None:
            return float(norm.ppf(level, self.mean, self.sd))
        return float(np.quantile(self.draws, level))

    def below(self, outcome: float) -> float:
        """The probability given to what is below the outcome (half of that of ties).

        Parameters
        ----------
        outcome : float
            In its unit.

        Returns
        -------
        float
            From 0 to 1.
        """
        if self.draws is None:
            return float(norm.cdf(outcome, self.mean, self.sd))
        return float(((self.draws < outcome).mean() + (self.draws <= outcome).mean()) / 2)

    def log_density(self, outcome: float) -> float:
        """Log of the density at the outcome; of draws, by a Gaussian kernel.

        The bandwidth is Silverman's, 0.9 min(sd, IQR / 1.34) n^(-1/5).

        Parameters
        ----------
        outcome : float
            In its unit.

        Returns
        -------
        float
            Minus infinity where all draws are one number that is not the outcome.
        """
        if self.draws is None:
            return float(norm.logpdf(outcome, self.mean, self.sd))
        x = self.draws
        spread = float(x.std(ddof=1))
        middle = float(np.subtract(*np.quantile(x, [0.75, 0.25]))) / 1.34
        width = 0.9 * (min(spread, middle) or spread) * len(x) ** -0.2
        if width == 0:
            return np.inf if (x == outcome).all() else -np.inf
        logs = norm.logpdf((outcome - x) / width)
        return float(np.logaddexp.reduce(logs) - np.log(len(x) * width))

    def crps(self, outcome: float) -> float:
        """Continuous ranked probability score, exact for draws and for a normal.

        It is ``E|X - y| - E|X - X'| / 2``.

        Parameters
        ----------
        outcome : float
            In its unit.

        Returns
        -------
        float
            In the outcome's unit; 0 is perfect.

        References
        ----------
        Gneiting, T. and Raftery, A. (2007), Strictly proper scoring rules, prediction, and
        estimation, Journal of the American Statistical Association 102(477).
        """
        if self.draws is None:
            z = (outcome - self.mean) / self.sd
            inner = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
            return float(self.sd * inner)
        x, n = np.sort(self.draws), len(self.draws)
        apart = 2 * float(((2 * np.arange(1, n + 1) - n - 1) * x).sum()) / n**2
        return float(abs(x - outcome).mean() - apart / 2)


@dataclass(frozen=True)
class Backtest:
    """How forecasts did; `backtest` makes it.

    Parameters
    ----------
    table : DataFrame
        A row for each forecast with an outcome: id, period, outcome, median, low and high of each
        level's central interval, whether the outcome is `inside`, `below` (its probability integral
        transform), `log_score` (higher is better), `crps` (lower), `how` the density was found.
    coverage : DataFrame
        By level, how many intervals of how many held, and a 95 % interval of the share.
    left_out : DataFrame
        Outcomes known at the date already, or of nothing that was forecast.
    """

    table: pd.DataFrame
    coverage: pd.DataFrame
    left_out: pd.DataFrame

    @property
    def log_score(self) -> float:
        """Mean log score."""
        return float(self.table["log_score"].mean())

    @property
    def crps(self) -> float:
        """Mean CRPS; of use where all outcomes have one unit."""
        return float(self.table["crps"].mean())


def backtest(
    forecasts: Sequence[Forecasted],
    outcomes: pd.DataFrame,
    as_of: date,
    levels: Sequence[float] = LEVELS,
) -> Backtest:
    """Score forecasts against outcomes.

    Of several rows of one id and period the first published after the date counts: forecasts are of
    first releases.

    Parameters
    ----------
    forecasts : sequence of Forecasted
        One for each id and period.
    outcomes : DataFrame
        In the format of facts.csv.
    as_of : date
        When forecasts were made.
    levels : sequence of float
        Of central intervals.

    Returns
    -------
    Backtest
        Coverage, log scores and CRPS.

    Raises
    ------
    InputError
        For a table that is wrong, or that holds no outcome of any forecast.
    """
    by_key = {(f.id, f.period): f for f in forecasts}
    if len(by_key) < len(forecasts):
        raise refuse(
            expected="one forecast for each id and period",
            found=f"{len(forecasts)} for {len(by_key)}",
            where="forecasts",
            remedy="leave out the doubles.",
        )
    used, left = used_outcomes(by_key.keys(), outcomes, as_of)
    table = pd.DataFrame([_scored(by_key[r["id"], r["period"]], r, levels) for r in _dicts(used)])
    coverage = pd.DataFrame(
        [_covered(level, table[f"inside {level:.0%}"]) for level in levels]
    ).set_index("level")
    return Backtest(table, coverage, left)


def used_outcomes(
    forecast: Collection[tuple[str, str]], outcomes: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of outcomes that can be scored, forecast (ids and periods) and published after the date,
    and the others with why they cannot; InputError where none can, or the table is wrong."""
    if problems := check_table(outcomes, FACTS, "outcomes"):
        raise InputError(problems)
    rows = complete(outcomes, FACTS)
    rows = rows.assign(known=[known_on(text) for text in rows["published"]])
    is_known = [day <= as_of for day in rows["known"]]
    is_forecast = [key in forecast for key in zip(rows["id"], rows["period"], strict=True)]
    why = np.where(is_known, "known at the date", np.where(is_forecast, "", "not forecast"))
    used = rows[why == ""].sort_values("known", kind="stable").drop_duplicates(["id", "period"])
    if used.empty:
        ids = sorted({id for id, _ in forecast})
        periods = sorted({period for _, period in forecast})
        pairs = zip(rows["id"], rows["period"], strict=True)
        named = dict.fromkeys(f"{id} of {period}" for id, period in pairs)
        raise refuse(
            expected=f"an outcome of something forecast, published after {as_of}",
            found=", ".join([*named][:6]) or "no row",
            where="outcomes",
            remedy=f"forecast are {', '.join(ids[:6])}, of {periods[0]} to {periods[-1]}.",
        )
    left = rows.assign(why=why)[why != ""][["id", "period", "published", "why"]]
    return used, left.reset_index(drop=True)


def shipments_forecast(rank: Rank, scenario: str) -> list[Forecasted]:
    """World shipments of each manufacturer and quarter, as `manufacturer-world-shipments`."""
    return [
        Forecasted(f"{slug(manufacturer)}-world-shipments", quarter, drawn[:, h])
        for manufacturer, drawn in rank.units[scenario].items()
        for h, quarter in enumerate(rank.quarters())
    ]


def slug(manufacturer: str) -> str:
    """A manufacturer's name as ids write it."""
    return manufacturer.lower().replace(" ", "-")


def _dicts(frame: pd.DataFrame) -> list[dict[str, str]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _scored(
    forecast: Forecasted, row: dict[str, str], levels: Sequence[float]
) -> dict[str, object]:
    outcome = in_unit(float(row["value"]), row["unit"])
    scores: dict[str, object] = {
        "id": forecast.id,
        "period": forecast.period,
        "outcome": outcome,
        "median": forecast.quantile(0.5),
    }
    for level in levels:
        low, high = forecast.quantile((1 - level) / 2), forecast.quantile((1 + level) / 2)
        scores |= {f"low {level:.0%}": low, f"high {level:.0%}": high}
        scores[f"inside {level:.0%}"] = low <= outcome <= high
    return scores | {
        "below": forecast.below(outcome),
        "log_score": forecast.log_density(outcome),
        "crps": forecast.crps(outcome),
        "how": "normal" if forecast.draws is None else "kernel",
    }


def _covered(level: float, inside: pd.Series) -> dict[str, float]:
    inside_count, count = int(inside.sum()), len(inside)
    bounds = binomtest(inside_count, count).proportion_ci(0.95)
    return {
        "level": level,
        "held": inside_count,
        "of": count,
        "share": inside_count / count,
        "low": float(bounds.low),
        "high": float(bounds.high),
    }
