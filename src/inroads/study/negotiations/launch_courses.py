"""How launches of a study go on, by [path.launch], and the seasons of its periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from inroads.dynamics.launch_course import LaunchCourse
from inroads.errors import refuse
from inroads.study.config.path_config import LaunchPart, PathPart
from inroads.study.market.build_market import resolve_number

if TYPE_CHECKING:
    from inroads.study.load import Study


def launch_course(study: Study, part: PathPart | None) -> LaunchCourse:
    """How launches of a study go on."""
    given = part.launch if part else None
    if given is None:
        return LaunchCourse()
    none = LaunchPart()

    def number(name: str, what: str) -> float:
        # What is left out of study.toml is no number that goes in.
        cell = getattr(given, name)
        left_out = cell == getattr(none, name)
        return float(cell) if left_out else resolve_number(study, cell, f"path.launch.{name}", what)

    return LaunchCourse(
        ramp=number("ramp", "odds in the period of the launch"),
        fade=number("fade", "odds that a launch loses a period"),
        drop_below=number("drop_below", "sales below which a launch may be dropped"),
        drop_hazard=number("drop_hazard", "odds that a launch that sells little is dropped"),
    )


def season(study: Study, part: PathPart) -> tuple[float, ...]:
    """Of the path's periods, the first being that of the launch, relative to that of the data."""
    if not part.season:
        return ()
    about, negotiations = study.config.study, study.config.negotiations
    units = [
        resolve_number(study, cell, f"path.season.{k}", "units by season")
        for k, cell in enumerate(part.season)
    ]
    if len(units) * about.months_per_period != 12:
        raise refuse(
            expected=f"{12 / about.months_per_period:g} numbers, one a {about.per} of a year",
            found=str(len(units)),
            where="study.toml, path.season",
            remedy="give each of them.",
        )
    wait = (
        resolve_number(
            study,
            negotiations.periods_to_launch,
            "negotiations.periods_to_launch",
            "periods to launch",
        )
        if negotiations
        else 0.0
    )
    now = pd.Period(about.period, freq=about.frequency)
    launch = pd.Period(study.as_of, freq=about.frequency) + round(wait)

    def place(period: pd.Period) -> int:
        return int((period - pd.Period(f"{period.year}-01", freq=about.frequency)).n)

    first = place(launch)
    return tuple(units[(first + q) % len(units)] / units[place(now)] for q in range(len(units)))
