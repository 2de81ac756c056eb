"""What a study forecast on its date, scored against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from inroads.numerics.blas_threads import one_blas_thread
from inroads.results.keys import DealScenario, Quantity
from inroads.study.outlook.backtest import Backtest, Forecasted, backtest, shipments_forecast, slug
from inroads.study.outlook.calendar_time import in_calendar_time
from inroads.study.outlook.outlook_results import DrawSettings, Progress, with_horizon
from inroads.study.outlook.path_numbers import outlook_sections
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
    study = with_horizon(study, drawing.periods)
    part = outlook_sections(study)[2]
    count = max(2, part.draws if drawing.draws is None else drawing.draws)
    with one_blas_thread():
        ensemble = uncertain(study, seed=drawing.seed)
        with drawing.drawn(ensemble, count, progress) as draws:
            return backtest(forecasts(study, draws), outcomes, study.as_of)


def forecasts(study: Study, draws: Draws) -> list[Forecasted]:
    """Of each period after the date, at the odds of talks and politics: MAKER-shipments, an
    entrant's units in the study's market, and MAKER-world-shipments, where it has a world table.
    """
    entry, _, part = outlook_sections(study)
    calendar_of = study.config.study.frequency
    today = pd.Period(study.as_of, freq=calendar_of)
    periods = pd.period_range(today + 1, periods=part.periods, freq=calendar_of)
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
