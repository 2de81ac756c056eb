"""A study's past launches, predicted in its market as if they were new, as one population."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.entry.launches import Launches, read_launches
from inroads.market.market import Market
from inroads.study.launches.channel_effects import channel_effects
from inroads.study.launches.launch_predictions import Prediction, predict_figures
from inroads.study.launches.launch_table import LaunchFigure, read_launch_figures

if TYPE_CHECKING:
    from inroads.study.load import Study

#: numbers without which there is no population
_FEWEST = 5
#: of half-Cauchy priors of spreads, in logs: launches with numbers are few
_PRIOR_SCALE = 1.0
Compared = list[tuple[LaunchFigure, Prediction]]


@dataclass(frozen=True)
class PastLaunches:
    """Figures known at the study's date, oldest launch first, with what its market predicts, and
    the population behind them (None with fewer than five numbers)."""

    compared: Compared
    population: Launches | None


def past_launches(study: Study) -> PastLaunches:
    """Of a study; its launches are predicted in the market as fitted."""
    compared = compare_launches(study, study.fitted.market)
    if [figure.bound for figure, _ in compared].count("none") < _FEWEST:
        return PastLaunches(compared, None)
    return PastLaunches(compared, population_of(compared, channel_effects(study)))


def compare_launches(study: Study, market: Market) -> Compared:
    """Figures known at the study's date, oldest launch first, with what a market predicts."""
    figures = sorted(read_launch_figures(study), key=lambda figure: figure.launched)
    if not figures:
        return []
    return list(zip(figures, predict_figures(study, market, figures), strict=True))


def population_of(compared: Compared, others: tuple[Array, Array] | None = None) -> Launches:
    """Compared launches as one population; others: what makers on sale say of channels."""
    ratios = np.array([log_ratio(figure, prediction) for figure, prediction in compared])
    bounds = [figure.bound for figure, _ in compared]
    channels = dict.fromkeys(channel for _, p in compared for channel in p.parts)
    return read_launches(
        np.where([bound == "upper" for bound in bounds], -np.inf, ratios),
        np.where([bound == "lower" for bound in bounds], np.inf, ratios),
        np.array([figure.error for figure, _ in compared]),
        groups=np.array([figure.launch for figure, _ in compared]),
        shared=np.array([prediction.error for _, prediction in compared]),
        loadings=np.array([[p.parts.get(c, 0.0) for c in channels] for _, p in compared]),
        others=others,
        prior_scale=_PRIOR_SCALE,
    )


def log_ratio(figure: LaunchFigure, prediction: Prediction) -> float:
    """log(happened / predicted)."""
    return math.log(figure.value / prediction.predicted)
