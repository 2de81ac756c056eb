"""The world ranking under a study's draws: what deals change of who passes whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.results.keys import DealScenario, Quantity
from inroads.results.world import PassingOdds, Shipment, ShipmentForecast, WorldRanking
from inroads.study.config.entry import Entry
from inroads.study.config.path_config import RankPart
from inroads.study.market.build_market import resolve_number
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
    total = None
    if part.total is not None:
        total = history(study, (part.total,), part.counted_by)[part.total]
    return rank(
        past,
        part.leader,
        part.until,
        scenarios,
        total=total,
        damping=growth_damping(study, part),
        together=None,
        draws=POINTS,
    )


def growth_damping(study: Study, part: RankPart) -> float:
    """What is left of growth after a quarter; InputError for what is no such part."""
    damping = resolve_number(
        study, part.damping, "path.rank.damping", "growth of shipments that is left a quarter on"
    )
    if not 0 < damping <= 1:
        raise refuse(
            expected="a part of growth, above 0 and at most 1",
            found=f"{damping:g}",
            where="study.toml, path.rank.damping",
            remedy="correct the number, or the fact that it refers to.",
        )
    return damping


def check_leader(entry: Entry, part: RankPart) -> None:
    """Refuse a leader of the world table that is no entrant."""
    manufacturers = [e.manufacturer for e in entry.entrants]
    if part.leader not in manufacturers:
        raise refuse(
            expected=f"one of the entrants: {', '.join(manufacturers)}",
            found=part.leader,
            where="study.toml, path.rank.leader",
            remedy="name the manufacturer that deals may bring further.",
        )


def world_record(study: Study, ranking: Rank, part: RankPart) -> WorldRanking:
    """The world table as results hold it."""
    past = ranking.history
    correlation = ranking.correlation.astype(object).where(ranking.correlation.notna(), None)
    return WorldRanking(
        leader=part.leader,
        rivals=part.rivals,
        research_firm=part.counted_by,
        until=part.until,
        is_shares_of_total=part.total is not None,
        damping=growth_damping(study, part),
        correlation={str(name): dict(row) for name, row in correlation.iterrows()},
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
