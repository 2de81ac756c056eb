"""The world table: the odds that one manufacturer ships more than another, quarter by quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.results.negotiations import EntrantDeals
from inroads.study.config.path_config import RankPart
from inroads.study.outlook.world_forecast import world_forecast
from inroads.tables.cells import in_unit
from inroads.tables.dates import known_on

if TYPE_CHECKING:
    from inroads.study.load import Study

#: scenario -> manufacturer -> units a quarter more than the forecast: a number, (H,), or (draws, H)
Increments = Mapping[str, Mapping[str, float | Array]]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, kw_only=True)
class Rank:
    """Who passes whom; `rank` makes it.

    Parameters
    ----------
    history : DataFrame
        Units by quarter (rows) and manufacturer, NaN where unknown.
    odds : DataFrame
        One row for each rival, scenario, span and period, with `probability`; span is "quarter"
        (strictly more units in that quarter), "by" (in that quarter or one before it, counted from
        the first forecast), "year" (strictly more in that calendar year; quarters already known
        count as they are).
    fan : DataFrame
        Quantiles of units by scenario, manufacturer and quarter.
    correlation : DataFrame
        Of one-step errors in the past, of what was forecast.
    units : mapping
        Scenario -> manufacturer -> draws (n, H), the quarters after the history.
    """

    history: pd.DataFrame
    odds: pd.DataFrame
    fan: pd.DataFrame
    correlation: pd.DataFrame
    units: Mapping[str, Mapping[str, Array]]

    def quarters(self) -> list[str]:
        """The quarters that are forecast.

        Returns
        -------
        list of str
            "2018Q1", ...
        """
        count = next(iter(next(iter(self.units.values())).values())).shape[1]
        return [
            str(q) for q in pd.period_range(self.history.index[-1] + 1, periods=count, freq="Q")
        ]


def history(
    study: Study, manufacturers: Sequence[str], firm: str, vintage: str = "first"
) -> pd.DataFrame:
    """World shipments in units, by quarter (rows, none left out) and manufacturer, known at the
    date.

    One research firm, one vintage: of each quarter the earliest release known ("first") or the
    latest ("latest"). Raises InputError where a manufacturer has no row.
    """
    if vintage not in ("first", "latest"):
        raise refuse(
            expected="a vintage, 'first' or 'latest'",
            found=vintage,
            where="vintage",
            remedy="choose one of these.",
        )
    table = study.tables["shipments"]
    released = table[[known_on(str(day)) <= study.as_of for day in table["published"]]]
    released = released[
        (released["counted_by"] == firm) & released["manufacturer"].isin(manufacturers)
    ]
    released = released[released["period"].str.fullmatch(r"[0-9]{4}Q[1-4]")]
    if missing := [
        manufacturer
        for manufacturer in manufacturers
        if manufacturer not in set(released["manufacturer"])
    ]:
        raise refuse(
            expected=f"quarters of {missing[0]} as {firm} counts them, known on {study.as_of}",
            found="none",
            where="shipments.csv",
            remedy="add them, or name another firm or manufacturer.",
        )
    ages = pd.Series([known_on(str(day)) for day in released["published"]], index=released.index)
    ordered = released.loc[ages.sort_values(kind="stable").index]
    of_vintage = ordered.drop_duplicates(
        ["manufacturer", "period"], keep="first" if vintage == "first" else "last"
    )
    units = [
        in_unit(float(v), u) for v, u in zip(of_vintage["value"], of_vintage["unit"], strict=True)
    ]
    wide = of_vintage.assign(units=units).pivot(
        index="period", columns="manufacturer", values="units"
    )
    quarters = pd.period_range(wide.index.min(), wide.index.max(), freq="Q")
    wide.index = pd.PeriodIndex(wide.index, freq="Q")
    return wide.reindex(quarters)[list(manufacturers)]


def rank(
    past: pd.DataFrame,
    leader: str,
    until: str,
    increments: Increments,
    *,
    total: pd.Series | None = None,
    damping: float = 1.0,
    together: float | None = 0.0,
    draws: int = 2**14,
    seed: int = 0,
) -> Rank:
    """The odds that one manufacturer passes each other one.

    Quarters are forecast, as shares of a total where there is one, and increments added; every
    scenario has the same draws.

    Parameters
    ----------
    past : DataFrame
        Units by quarter (rows) and manufacturer, NaN where unknown.
    leader : str
        Who may pass the others.
    until : str
        The last quarter, "2020Q4".
    increments : mapping
        Scenario -> manufacturer -> units a quarter more than the forecast: a number, (H,), or
        (draws, H).
    total : Series, optional
        Units of all manufacturers by quarter, named or not: shares of it then add up. Without it
        each manufacturer is forecast by itself.
    damping : float
        What is left after a quarter of a drift, above 0; at 1 growth goes on as it was.
    together : float, optional
        Correlation of the forecast errors, from 0 to 1; None for what it was in the past.
    draws : int
        A power of two.
    seed : int
        Of the draws.

    Returns
    -------
    Rank
        Odds, quantiles of units, and the draws.

    Raises
    ------
    InputError
        Where `until` is not beyond the history, and for increments of others.
    """
    last = past.index[-1]
    horizon = (pd.Period(until, freq="Q") - last).n
    if horizon < 1:
        raise refuse(
            expected=f"a quarter after {last}",
            found=until,
            where="until",
            remedy="look further ahead.",
        )
    manufacturers = list(past.columns)
    future = pd.period_range(last + 1, periods=horizon, freq="Q")
    ahead = world_forecast(
        past, horizon, total, damping=damping, together=together, draws=draws, seed=seed
    )
    paths = ahead.paths
    rows, fans = [], []
    drawn: dict[str, dict[str, Array]] = {}
    for scenario, extra in increments.items():
        if strangers := sorted(set(extra) - set(manufacturers)):
            raise refuse(
                expected=f"increments of {', '.join(manufacturers)}",
                found=f"some of {strangers[0]}",
                where=f"increments of {scenario}",
                remedy="leave it out, or add its history.",
            )
        units = {
            m: np.maximum(paths[m] + np.asarray(extra.get(m, 0.0)), 0.0) for m in manufacturers
        }
        drawn[scenario] = units
        for manufacturer in manufacturers:
            cuts = np.quantile(units[manufacturer], LEVELS, axis=0)
            for quarter, column in zip(future, cuts.T, strict=True):
                names = dict(zip(LEVELS, column, strict=True))
                fans.append(
                    {"scenario": scenario, "manufacturer": manufacturer, "quarter": str(quarter)}
                    | names
                )
        for rival in manufacturers:
            if rival != leader:
                about = {"rival": rival, "scenario": scenario}
                rows += [about | row for row in _passed(past, future, units, leader, rival=rival)]
    return Rank(
        history=past,
        odds=pd.DataFrame(rows),
        fan=pd.DataFrame(fans),
        correlation=ahead.correlation,
        units=drawn,
    )


def check_history(study: Study, part: RankPart, damping: float) -> None:
    """Raise InputError where the world table cannot be forecast: by what is known of whom, until
    when, and the numbers themselves."""
    past = history(study, (part.leader, *part.rivals), part.counted_by)
    total = None
    if part.total is not None:
        total = history(study, (part.total,), part.counted_by)[part.total]
    rank(past, part.leader, part.until, {}, total=total, damping=damping, together=None, draws=2)


def lasting(
    change: Mapping[str, float], past: pd.DataFrame, until: str, first: str
) -> dict[str, Array]:
    """A change of units a quarter, by manufacturer, from the quarter `first` on; before it none."""
    future = pd.period_range(past.index[-1] + 1, pd.Period(until, freq="Q"), freq="Q")
    on = (future >= pd.Period(first, freq="Q")).astype(float)
    return {
        manufacturer: units * on
        for manufacturer, units in change.items()
        if manufacturer in past.columns
    }


def changes_of(entrant: EntrantDeals) -> dict[str, float]:
    """Changes of units a quarter by manufacturer: through an entrant's partners against without
    any, and what the others lose."""
    gained = entrant.units - entrant.units_without_deals
    return {**entrant.rival_units_change, entrant.manufacturer: gained}


def _passed(
    past: pd.DataFrame,
    future: pd.PeriodIndex,
    units: Mapping[str, Array],
    leader: str,
    *,
    rival: str,
) -> list[dict[str, str | float]]:
    more = units[leader] > units[rival]
    ever = np.logical_or.accumulate(more, axis=1)
    passed: list[tuple[str, str, float]] = []
    for h, quarter in enumerate(future):
        passed.append(("quarter", str(quarter), float(more[:, h].mean())))
        passed.append(("by", str(quarter), float(ever[:, h].mean())))
    for year in dict.fromkeys(future.year):
        in_year = future.year == year
        before = past.loc[past.index.year == year, [leader, rival]]
        if in_year.sum() + len(before) == 4 and before.notna().all(axis=None):
            totals = {
                m: units[m][:, in_year].sum(axis=1) + before[m].sum() for m in (leader, rival)
            }
            share = (totals[leader] > totals[rival]).mean()
            passed.append(("year", str(year), float(share)))
    return [{"span": s, "period": period, "probability": p} for s, period, p in passed]
