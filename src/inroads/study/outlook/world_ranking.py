"""The world ranking under a study's draws: what deals change of who passes whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.results.keys import DealScenario, Quantity
from inroads.results.outlook import PassingOdds, Shipment, ShipmentForecast, WorldRanking
from inroads.study.config.path_config import RankPart
from inroads.study.outlook.calendar_time import Stream, in_calendar_time
from inroads.study.outlook.rank import Rank, history, rank
from inroads.study.outlook.summarise_draws import quantiles
from inroads.uncertainty.draw_store import Draws

if TYPE_CHECKING:
    from inroads.study.load import Study

#: points of the forecast, a power of two
POINTS = 2**14


def world_ranking(study: Study, draws: Draws, part: RankPart) -> Rank:
    """The world table without the leader's deals, with them, and at the odds of a launch.

    What deals bring is drawn with everything else; forecasts of shipments are drawn besides.
    """
    manufacturers = (part.leader, *part.rivals)
    past = history(study, manufacturers, part.counted_by)
    future = pd.period_range(past.index[-1] + 1, pd.Period(part.until, freq="Q"), freq="Q")
    with_: Stream = (Quantity.UNITS, None)
    without: Stream = (Quantity.UNITS_WITHOUT_DEALS, None)
    rivals: dict[str, Stream] = {r: (Quantity.RIVAL_UNITS_CHANGE, r) for r in part.rivals}
    streams = (with_, without, *rivals.values())
    calendar = in_calendar_time(study, draws, part.leader, streams, periods=future)
    gained = {part.leader: calendar.streams[with_] - calendar.streams[without]}
    gained |= {rival: calendar.streams[stream] for rival, stream in rivals.items()}
    again = np.arange(POINTS) % len(calendar.launched)
    scenarios: dict[str, dict[str, Array]] = {DealScenario.WITHOUT_DEALS: {}}
    for scenario, on in (
        (DealScenario.WITH_DEALS, calendar.launched),
        (DealScenario.AT_ODDS, calendar.on_sale),
    ):
        scenarios[scenario] = {
            manufacturer: (change * on)[again] for manufacturer, change in gained.items()
        }
    return rank(past, part.leader, part.until, scenarios, draws=POINTS)


def world_record(ranking: Rank, part: RankPart) -> WorldRanking:
    """The world table as results hold it."""
    past = ranking.history
    return WorldRanking(
        leader=part.leader,
        rivals=part.rivals,
        research_firm=part.counted_by,
        until=part.until,
        history=tuple(
            Shipment(manufacturer=manufacturer, quarter=str(quarter), units=float(units))
            for manufacturer in past
            for quarter, units in past[manufacturer].dropna().items()
        ),
        odds=tuple(
            PassingOdds(
                rival=row["rival"],
                scenario=DealScenario(row["scenario"]),
                span=row["span"],
                period=row["period"],
                probability=row["probability"],
            )
            for row in ranking.odds.to_dict("records")
        ),
        forecast=tuple(
            ShipmentForecast(
                scenario=DealScenario(row["scenario"]),
                manufacturer=row["manufacturer"],
                quarter=row["quarter"],
                quantiles=quantiles(row),
            )
            for row in ranking.fan.to_dict("records")
        ),
        points=POINTS,
    )
