"""What a study forecast on its date, scored against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from inroads.numerics.blas_threads import one_blas_thread
from inroads.results.keys import DealScenario, Quantity
from inroads.study.config.path_config import PathPart
from inroads.study.outlook.backtest import (
    Backtest,
    Forecasted,
    backtest,
    shipments_forecast,
    slug,
    used_outcomes,
)
from inroads.study.outlook.calendar_time import in_calendar_time
from inroads.study.outlook.outlook_results import DrawSettings, Progress, with_horizon
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.study.outlook.rank import history
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.outlook.world_ranking import world_ranking
from inroads.uncertainty.draw_store import Draws

if TYPE_CHECKING:
    from inroads.study.load import Study

_WITH, _WITHOUT = (Quantity.UNITS, None), (Quantity.UNITS_WITHOUT_DEALS, None)


def scored(
    study: Study,
    outcomes: pd.DataFrame,
    drawing: DrawSettings,
    progress: Progress = lambda *_: None,
) -> Backtest:
    """Draw the study's futures and score them; see `backtest` and `forecasts`.

    outcomes: a table in the format of facts.csv. Raises InputError for a study without futures.
    """
    study = with_horizon(study, drawing)
    part = outlook_sections(study)[2]
    used_outcomes(forecast_keys(study), outcomes, study.as_of)
    count = max(2, part.draws if drawing.draws is None else drawing.draws)
    with one_blas_thread():
        ensemble = uncertain(study, seed=drawing.seed)
        with drawing.drawn(ensemble, count) as wait_for:
            return backtest(forecasts(study, wait_for(progress)), outcomes, study.as_of)


def forecast_keys(study: Study) -> set[tuple[str, str]]:
    """Ids and periods of what `forecasts` gives, before anything is drawn."""
    entry, _, part = outlook_sections(study)
    makers = [e.manufacturer for e in entry.entrants]
    keys = {
        (f"{slug(m)}-shipments", str(period)) for m in makers for period in _periods(study, part)
    }
    if part.rank:
        named = (part.rank.leader, *part.rank.rivals)
        last = history(study, named, part.rank.counted_by).index[-1]
        future = pd.period_range(last + 1, pd.Period(part.rank.until, freq="Q"), freq="Q")
        keys |= {(f"{slug(m)}-world-shipments", str(quarter)) for m in named for quarter in future}
    return keys


def _periods(study: Study, part: PathPart) -> pd.PeriodIndex:
    """The periods of the path, from the one after the study's date."""
    today = pd.Period(study.as_of, freq=study.config.study.frequency)
    return pd.period_range(today + 1, periods=part.periods, freq=study.config.study.frequency)


def forecasts(study: Study, draws: Draws) -> list[Forecasted]:
    """Of each period after the date, at the odds of talks and politics: MAKER-shipments, an
    entrant's units in the study's market, and MAKER-world-shipments, where it has a world table.
    """
    entry, _, part = outlook_sections(study)
    periods = _periods(study, part)
    forecasted = []
    for manufacturer in (e.manufacturer for e in entry.entrants):
        calendar = in_calendar_time(study, draws, manufacturer, (_WITH, _WITHOUT), periods=periods)
        without = calendar.streams[_WITHOUT]
        units = without + calendar.on_sale * (calendar.streams[_WITH] - without)
        forecasted += [
            Forecasted(f"{slug(manufacturer)}-shipments", str(period), units[:, h])
            for h, period in enumerate(periods)
        ]
    if part.rank:
        forecasted += shipments_forecast(
            world_ranking(study, draws, part.rank), DealScenario.AT_ODDS
        )
    return forecasted
