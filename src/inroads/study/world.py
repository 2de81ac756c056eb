"""The world table under a study's draws: what an entrant's carriers change of who passes whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.scenario.batches import Draws
from inroads.study.futures import change_of, named, parts
from inroads.study.load import Study
from inroads.study.path_config import RankPart
from inroads.study.rank import LEVELS, Rank, history, rank
from inroads.study.summing import cut

#: points of the forecast, a power of two
POINTS = 2**14


def world(study: Study, draws: Draws, part: RankPart) -> Rank:
    """The world table without the leader's carriers, with them, and at the odds of a launch.

    What carriers bring is drawn with everything else; forecasts of shipments are drawn besides.
    """
    makers = (part.leader, *part.rivals)
    past = history(study, makers, part.firm)
    future = pd.period_range(past.index[-1] + 1, pd.Period(part.until, freq="Q"), freq="Q")
    scenarios = {"without": {}, **_increments(study, draws, part, future)}
    return rank(past, part.leader, part.until, scenarios, draws=POINTS)


def _increments(
    study: Study, draws: Draws, part: RankPart, future: pd.PeriodIndex
) -> dict[str, dict[str, Array]]:
    """Units a quarter (POINTS, H) that the leader's carriers add to each maker's shipments.

    After the last quarter of the path they stay as they are.
    """
    quarters, maker = parts(study)[2].quarters, part.leader
    names = {w: [named(w, maker, q) for q in range(quarters)] for w in
             ("units", "units alone", *map(change_of, part.rivals))}  # fmt: skip
    once = [named(w, maker) for w in ("begins", "launched", "stops")]
    columns = draws.columns([*once, *(name for some in names.values() for name in some)])
    fine = ~np.isnan(columns[once[0]])
    some = np.flatnonzero(fine)[np.arange(POINTS) % fine.sum()]
    begins, launched, stops = (columns[name][some] for name in once)
    stream = {w: np.column_stack([columns[n][some] for n in each]) for w, each in names.items()}
    gained = {maker: stream["units"] - stream["units alone"]}
    gained |= {rival: stream[change_of(rival)] for rival in part.rivals}
    ahead = np.array([(q - pd.Period(study.as_of, freq="Q")).n for q in future])
    since = (ahead - begins[:, None]).astype(int)
    at = np.clip(since, 0, quarters - 1)
    stands = {"with": since >= 0}
    # A deal that outlives the path is not stopped.
    lasts = (since < stops[:, None]) | (stops[:, None] >= quarters)
    stands["in all"] = stands["with"] & lasts & (launched[:, None] > 0)
    return {
        scenario: {m: np.take_along_axis(g, at, axis=1) * held for m, g in gained.items()}
        for scenario, held in stands.items()
    }


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
