"""The world table under a study's draws: what an entrant's carriers change of who passes whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.study.by_calendar import by_calendar
from inroads.study.futures import change_of
from inroads.study.load import Study
from inroads.study.path_config import RankPart
from inroads.study.rank import LEVELS, Rank, history, rank
from inroads.study.summing import cut
from inroads.uncertainty.draw_store import Draws

#: points of the forecast, a power of two
POINTS = 2**14


def world(study: Study, draws: Draws, part: RankPart) -> Rank:
    """The world table without the leader's carriers, with them, and at the odds of a launch.

    What carriers bring is drawn with everything else; forecasts of shipments are drawn besides.
    """
    makers = (part.leader, *part.rivals)
    past = history(study, makers, part.firm)
    future = pd.period_range(past.index[-1] + 1, pd.Period(part.until, freq="Q"), freq="Q")
    of = {rival: change_of(rival) for rival in part.rivals}
    told = by_calendar(study, draws, part.leader, ("units", "units alone", *of.values()), future)
    gained = {part.leader: told.streams["units"] - told.streams["units alone"]}
    gained |= {rival: told.streams[what] for rival, what in of.items()}
    again = np.arange(POINTS) % len(told.launched)
    increments: dict[str, dict[str, Array]] = {
        scenario: {maker: (change * on)[again] for maker, change in gained.items()}
        for scenario, on in (("with", told.launched), ("in all", told.on_sale))
    }
    scenarios = {"without": {}, **increments}
    return rank(past, part.leader, part.until, scenarios, draws=POINTS)


def rank_as_data(found: Rank, part: RankPart) -> dict[str, Any]:
    """The world table as results.json has it; units a quarter."""
    past = found.history
    fan = found.fan.rename(columns={level: cut(level) for level in LEVELS})
    return {
        "leader": part.leader,
        "rivals": list(part.rivals),
        "firm": part.firm,
        "until": part.until,
        "history": [
            {"maker": maker, "quarter": str(quarter), "units": float(units)}
            for maker in past
            for quarter, units in past[maker].dropna().items()
        ],
        "odds": found.odds.to_dict("records"),
        "fan": fan.to_dict("records"),
        "points": POINTS,
    }
