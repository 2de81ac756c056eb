"""What a study forecast on its date, scored against what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.numerics.blas_threads import one_blas_thread
from inroads.study.backtest import Backtest, Forecasted, backtest, shipments_forecast, slug
from inroads.study.by_calendar import by_calendar
from inroads.study.futures import parts
from inroads.study.load import Study
from inroads.study.outlook import Drawing, Progress, looking
from inroads.study.uncertainty import uncertain
from inroads.study.world import world
from inroads.uncertainty.draw_store import Draws


def scored(
    study: Study, outcomes: pd.DataFrame, drawing: Drawing, progress: Progress = lambda *_: None
) -> Backtest:
    """Draw the study's futures and score them; see `backtest` and `forecasts`.

    outcomes: a table in the format of facts.csv. Raises InputError for a study without futures.
    """
    study = looking(study, drawing.quarters)
    part = parts(study)[2]
    count = max(2, part.draws if drawing.draws is None else drawing.draws)
    with one_blas_thread():
        ensemble = uncertain(study, seed=drawing.seed)
        with drawing.drawn(ensemble, count, progress) as draws:
            return backtest(forecasts(study, draws), outcomes, study.as_of)


def forecasts(study: Study, draws: Draws) -> list[Forecasted]:
    """Of each quarter after the date, at the odds of talks and politics: MAKER-shipments, an
    entrant's units in the study's market, and MAKER-world-shipments, where it has a world table.
    """
    entry, _, part = parts(study)
    today = pd.Period(study.as_of, freq="Q")
    quarters = pd.period_range(today + 1, periods=part.quarters, freq="Q")
    found = []
    for maker in (e.manufacturer for e in entry.entrants):
        told = by_calendar(study, draws, maker, ("units", "units alone"), quarters)
        units = np.where(told.on_sale, told.streams["units"], told.streams["units alone"])
        found += [
            Forecasted(f"{slug(maker)}-shipments", str(quarter), units[:, h])
            for h, quarter in enumerate(quarters)
        ]
    if part.rank:
        found += shipments_forecast(world(study, draws, part.rank), "in all")
    return found
