"""An entrant's draws by calendar period: each has its own periods of launch and of the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.results.keys import OutputKey, Quantity
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.uncertainty.draw_store import Draws

if TYPE_CHECKING:
    from inroads.study.load import Study

#: a quantity, and the rival where it is of one
Stream = tuple[Quantity, str | None]


@dataclass(frozen=True)
class CalendarDraws:
    """What a manufacturer's draws say of calendar periods, n draws and H periods.

    launched: whether a launch in the period drawn would have been by then (n, H); on_sale: the part
    of what all deals bring that is on sale then, at the luck of talks and politics; streams: by
    quantity and rival, (n, H), periods before the launch like its first, after the last of the path
    like that.
    """

    launched: np.ndarray
    on_sale: np.ndarray
    streams: dict[Stream, Array]


def in_calendar_time(
    study: Study,
    draws: Draws,
    manufacturer: str,
    streams: Sequence[Stream],
    *,
    periods: pd.PeriodIndex,
) -> CalendarDraws:
    """The draws that did not fail, over these calendar periods."""
    length = outlook_sections(study)[2].periods

    def name(quantity: Quantity, rival: str | None = None, period: int | None = None) -> str:
        key = OutputKey(manufacturer=manufacturer, quantity=quantity, rival=rival, period=period)
        return key.column

    once = [
        name(quantity)
        for quantity in (
            Quantity.PERIODS_TO_LAUNCH,
            Quantity.LAUNCHED,
            Quantity.PERIODS_ON_SALE,
        )
    ]
    names = {stream: [name(*stream, q) for q in range(length)] for stream in streams}
    columns = draws.columns(
        [*once, *(column_name for row in names.values() for column_name in row)]
    )
    solved = ~np.isnan(columns[once[0]])
    begins, lucky, stops = (columns[column_name][solved][:, None] for column_name in once)
    today = pd.Period(study.as_of, freq=study.config.study.frequency)
    since = np.array([(period - today).n for period in periods]) - begins
    place = np.clip(since, 0, length - 1).astype(int)
    launched = since >= 0
    # What outlives the path is not stopped.
    lasts = (since < stops) | (stops >= length)
    return CalendarDraws(
        launched,
        launched * lasts * lucky,
        {
            stream: np.take_along_axis(
                np.column_stack([columns[column_name][solved] for column_name in row]),
                place,
                axis=1,
            )
            for stream, row in names.items()
        },
    )
