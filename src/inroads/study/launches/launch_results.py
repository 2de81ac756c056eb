"""Past launches into the results: predicted, compared, and what that says of entrants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from inroads.entry.launches import Launches
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.results import launches as records
from inroads.results.base import Quantiles
from inroads.results.tree import Results
from inroads.study.launches.past_launches import Compared, PastLaunches, log_ratio
from inroads.study.market.hedonic import Unsold
from inroads.uncertainty.scores import coverage_interval

#: numbers, more than which a population is tested
_FEWEST = 5
_LEVELS = (0.5, 0.8, 0.9)
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def launch_results(
    launches: PastLaunches, results: Results, outcomes: Mapping[str, Equilibrium], unsold: Unsold
) -> records.PastLaunches | None:
    """The record of past launches; None where there are none.

    results: of the same run, so far; outcomes: its scenarios at list prices, in whose market
    products without sales have qualities of `unsold`.
    """
    compared, past = launches.compared, launches.population
    if not compared:
        return None
    by_others = past.left_out_quantiles(_QUANTILES) if past else None
    below = _below(past, compared) if past else None
    figures = []
    for k, (figure, prediction) in enumerate(compared):
        quantiles = None if by_others is None else prediction.predicted * np.exp(by_others[k])
        figures.append(
            records.LaunchFigure(
                launch=figure.launch,
                manufacturer=figure.manufacturer,
                channels=figure.channel,
                measure=records.LaunchMeasure(figure.measure),
                months=figure.months,
                predicted=prediction.predicted,
                prediction_error=prediction.error,
                happened=figure.value,
                bound=records.LaunchBound(figure.bound),
                report_error=figure.error,
                log_ratio=log_ratio(figure, prediction),
                quantiles=None if quantiles is None else _quantiles(quantiles),
                below=None if below is None else float(below[k]),
                units=figure.value * prediction.units,
                published=figure.published,
                source=figure.source,
                url=figure.url,
                quote=figure.quote,
                note=figure.note,
            )
        )
    listed = records.PastLaunches(figures=tuple(figures))
    if past is None:
        return listed
    return records.PastLaunches(
        figures=listed.figures,
        population=_population(past, listed.figures),
        forecasts=tuple(_forecasts(listed, results, outcomes, unsold)),
    )


def _below(past: Launches, compared: Compared) -> np.ndarray:
    """What all other launches say is below each figure, or its bound."""
    sides = past.left_out
    lower = np.array([figure.bound == "lower" for figure, _ in compared])
    return np.where(lower, sides[:, 0], sides[:, 1])


def _population(
    past: Launches, figures: tuple[records.LaunchFigure, ...]
) -> records.LaunchPopulation:
    numbers = [f.below for f in figures if f.is_number and f.below is not None]
    coverage = []
    for level in _LEVELS:
        inside = sum(abs(below - 0.5) < level / 2 for below in numbers)
        low, high = coverage_interval(inside, len(numbers))
        coverage.append(
            records.LaunchCoverage(
                level=level, inside=inside, count=len(numbers), low=low, high=high
            )
        )
    (mean, mean_error), (spread, spread_error) = past.mean, past.spread
    channel_spread, channel_spread_error = past.channel_spread
    return records.LaunchPopulation(
        mean=mean,
        mean_error=mean_error,
        spread=spread,
        spread_error=spread_error,
        channel_spread=channel_spread,
        channel_spread_error=channel_spread_error,
        spread_drawn=past.correction.spread,
        channel_spread_drawn=past.correction.channel_spread,
        launches=len({figure.launch for figure in figures}),
        numbers=len(numbers),
        bounds=len(figures) - len(numbers),
        uniformity=past.uniformity() if len(numbers) > _FEWEST else None,
        coverage=tuple(coverage),
        factor=_quantiles(np.exp([past.quantile(level) for level in _QUANTILES])),
    )


def _forecasts(
    listed: records.PastLaunches,
    results: Results,
    outcomes: Mapping[str, Equilibrium],
    unsold: Unsold,
) -> list[records.LaunchForecast]:
    """Each entrant with the partners of the answer."""
    largest = listed.largest
    rows = []
    for name in results.entrants:
        scenario = results.headline_scenario(name)
        if largest is None or scenario is None or not scenario.entrants[name].units > 0:
            continue
        sales, outcome = scenario.entrants[name], outcomes[scenario.name]
        deals, sold = None, _units_by_channel(outcome, name)
        if negotiated := results.negotiations:
            deals = next((e for e in negotiated.entrants if e.manufacturer == name), None)
        if negotiated and deals:
            sold = {n.channel: n.units for n in negotiated.of_answer(deals)}
        ends = (sales.units_low, sales.units_high)
        rows.append(
            records.LaunchForecast(
                manufacturer=name,
                partners=scenario.partners,
                units=sales.units,
                units_before=_before(outcome.market, name, unsold),
                units_at_channels_prices=deals.units if deals else None,
                quantiles=_within(sales.units, ends, scenario.outcome.total_units),
                above_every_launch=tuple(
                    p for p in scenario.partners if sold.get(p, 0.0) > largest.units
                ),
            )
        )
    return rows


def _before(market: Market, manufacturer: str, unsold: Unsold) -> float:
    """Units by the line alone, before past launches are looked at."""
    assert unsold.correction is not None
    quality = market.products["quality"] - unsold.correction.mean * (unsold.error > 0)
    alone = replace(market, products=market.products.assign(quality=quality))
    alone.__dict__["arrays"] = market.arrays
    return float(alone.solve().sales()[manufacturer])


def _within(units: float, ends: tuple[float | None, float | None], total: float) -> Quantiles:
    """Units when the odds of their share in all sales are normal with the errors of the answer.

    A share this large has room for odds, not for multiples; of small ones it makes no difference.
    """
    low, high = ends
    error = 0.0
    if low is not None and high is not None and 0 < low < high < total:
        error = (_log_odds(high / total) - _log_odds(low / total)) / 2
    center = _log_odds(min(units / total, 1 - 1e-9))
    shifted = [center + float(ndtri(level)) * error for level in _QUANTILES]
    return _quantiles(np.array([total / (1 + math.exp(-x)) for x in shifted]))


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _units_by_channel(outcome: Equilibrium, manufacturer: str) -> dict[str, float]:
    market = outcome.market
    own = market.table["manufacturer"].eq(manufacturer).to_numpy()
    units = (outcome.shares * market.size).to_numpy()[own]
    table = market.table[own].assign(units=units)
    return {str(k): float(v) for k, v in table.groupby("channel")["units"].sum().items()}


def _quantiles(values: np.ndarray) -> Quantiles:
    names = ("p5", "p25", "p50", "p75", "p95")
    return Quantiles(**dict(zip(names, map(float, values), strict=True)))
