"""Forecasts of entrants' shares, from distributions of their quality, and how they did."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.entry.qualities import Qualities
from inroads.entry.student import StudentT
from inroads.uncertainty.scores import crps_draws, crps_normal

#: central intervals, by their percent
LEVELS = (50, 80, 90)
#: equally likely values that stand for a distribution where scores need one
_MIDPOINTS = (np.arange(400) + 0.5) / 400
_STEP = 1e-4


def bounds(level: int) -> tuple[float, float]:
    """The quantiles between which the central interval of so many percent lies."""
    return 0.5 - level / 200, 0.5 + level / 200


def interval_names(name: str) -> list[str]:
    """Columns of a forecast: its median's, then the bounds of each interval."""
    sides = [f"{name}_{side}_{level}" for level in LEVELS for side in ("low", "high")]
    return [name, *sides]


def interval_quantiles() -> Array:
    """Quantiles in the order of `interval_names`."""
    return np.array([0.5, *(q for level in LEVELS for q in bounds(level))])


def forecast_entries(qualities: Qualities, rows: np.ndarray, quality: StudentT) -> pd.DataFrame:
    """Shares of the products at positions `rows` (n,) of the frame, whose quality is not known.

    A share rises in its product's quality, so that quantiles of one are those of the other, and
    what is below the outcome has the probability of what is below the quality. Columns share,
    share_low_50, ..., share_high_90, below, crps and log_score, both of log shares, and the market
    around the entrant: rivals_without, what all others would sell without it, rivals_with, beside
    it at its median; firm_without and firm_with, of these the products of its firm.
    """
    happened, base = qualities.frame["quality"].to_numpy(float)[rows], qualities.sample.xi[rows]
    log_share = qualities.frame["log_share"].to_numpy(float)[rows]
    quantiles, grid = quality.quantile(interval_quantiles()), quality.quantile(_MIDPOINTS)
    shares, log_grid, slopes = np.empty(quantiles.shape), np.empty(grid.shape), np.empty(len(rows))
    around = np.empty((len(rows), 4))
    for k, row in enumerate(rows):
        market = qualities.market(row)
        shares[k] = np.exp(market.log_shares(quantiles[k] - base[k]))
        log_grid[k] = market.log_shares(grid[k] - base[k])
        above, under = market.log_shares(happened[k] - base[k] + np.array([_STEP, -_STEP]))
        slopes[k] = (above - under) / (2 * _STEP)
        siblings = _siblings(qualities, row)
        without = market.others(None)
        beside = market.others(quantiles[k, 0] - base[k])
        beside[market.entrant] = 0.0
        around[k] = without.sum(), beside.sum(), without[siblings].sum(), beside[siblings].sum()
    forecast = pd.DataFrame(shares, columns=interval_names("share"))
    names = ["rivals_without", "rivals_with", "firm_without", "firm_with"]
    forecast[names] = around
    return forecast.assign(
        below=quality.below(happened),
        crps=crps_draws(log_share, log_grid),
        log_score=quality.log_density(happened) - np.log(slopes),
    )


def _siblings(qualities: Qualities, row: int) -> np.ndarray:
    """Which of the market's products (J,) the entrant's firm sells."""
    demand = qualities.sample.demand
    products, _ = demand.buyers_of(demand.panel.products["market_ids"].iloc[row])
    firms = qualities.frame["firm"].to_numpy()
    return np.asarray(firms[products] == firms[row])


def naive_forecasts(
    qualities: Qualities, earlier: pd.DataFrame, rows: np.ndarray
) -> dict[str, pd.DataFrame]:
    """below, crps and log_score (n,) of three forecasts that anyone can make, all normal.

    - past_entrants: mean and spread of earlier entrants' log shares;
    - zero_quality: what characteristics would sell, with the root mean square of earlier entrants'
      quality;
    - firm_mean: the mean log share of its firm's products when last seen, with the root mean square
      of how earlier entrants differed from theirs; past_entrants for firms that are new.
    """
    entrants = qualities.frame.iloc[rows]
    log_share = entrants["log_share"].to_numpy(float)
    n = len(earlier)
    mean = np.full(len(rows), earlier["log_share"].mean())
    spread = np.full(len(rows), earlier["log_share"].std() * np.sqrt(1 + 1 / n))
    differences = (earlier["log_share"] - earlier["firm_log_share"]).dropna()
    is_new = entrants["firm_is_new"].to_numpy(bool)
    firm_mean = np.where(is_new, mean, entrants["firm_log_share"])
    firm_spread = np.where(is_new, spread, np.sqrt((differences**2).mean()))
    quality_spread = np.full(len(rows), np.sqrt((earlier["quality"] ** 2).mean()))
    zero = StudentT(np.zeros(len(rows)), quality_spread, np.full(len(rows), np.inf))
    scored = forecast_entries(qualities, rows, zero)[["below", "crps", "log_score"]]
    return {
        "past_entrants": scored_normal(log_share, mean, spread),
        "zero_quality": scored,
        "firm_mean": scored_normal(log_share, firm_mean, firm_spread),
    }


def scored_normal(outcome: Array, mean: Array, spread: Array) -> pd.DataFrame:
    """below, crps and log_score (n,) of normal forecasts."""
    return pd.DataFrame(
        {
            "below": norm.cdf(outcome, mean, spread),
            "crps": crps_normal(outcome, mean, spread),
            "log_score": norm.logpdf(outcome, mean, spread),
        }
    )
