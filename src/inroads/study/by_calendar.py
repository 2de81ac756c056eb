"""An entrant's draws by calendar quarter: each has its own quarters of launch and of the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.study.futures import named, parts
from inroads.study.load import Study
from inroads.uncertainty.draw_store import Draws


@dataclass(frozen=True)
class ByCalendar:
    """What a maker's draws say of calendar quarters, n draws and H quarters.

    launched: whether a launch in the quarter drawn would have been by then (n, H); on_sale: whether
    it was, at the odds of talks and politics, and is not stopped; streams: by what it is, (n, H),
    quarters before the launch like its first, after the last of the path like that.
    """

    launched: np.ndarray
    on_sale: np.ndarray
    streams: dict[str, Array]


def by_calendar(
    study: Study, draws: Draws, maker: str, what: Sequence[str], quarters: pd.PeriodIndex
) -> ByCalendar:
    """The draws that did not fail, over these calendar quarters."""
    length = parts(study)[2].quarters
    once = [named(w, maker) for w in ("begins", "launched", "stops")]
    names = {w: [named(w, maker, q) for q in range(length)] for w in what}
    columns = draws.columns([*once, *(name for each in names.values() for name in each)])
    fine = ~np.isnan(columns[once[0]])
    begins, lucky, stops = (columns[name][fine][:, None] for name in once)
    today = pd.Period(study.as_of, freq="Q")
    since = np.array([(quarter - today).n for quarter in quarters]) - begins
    at = np.clip(since, 0, length - 1).astype(int)
    launched = since >= 0
    # What outlives the path is not stopped.
    lasts = (since < stops) | (stops >= length)
    return ByCalendar(
        launched,
        launched & lasts & (lucky > 0),
        {
            w: np.take_along_axis(np.column_stack([columns[n][fine] for n in each]), at, axis=1)
            for w, each in names.items()
        },
    )
