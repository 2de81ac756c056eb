"""Whether negotiations will hold: how far they are, what may end them, what they must bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from inroads.choice.base import Array
from inroads.dynamics.launch_course import LaunchCourse
from inroads.errors import refuse
from inroads.results.negotiations import (
    Event,
    Negotiation,
    NegotiationState,
    Prospect,
    StateChange,
    Talks,
)
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.negotiations.launch_courses import launch_course
from inroads.tables.dates import known_on
from inroads.tables.facts import Quantity
from inroads.uncertainty.distributions import Triangular

if TYPE_CHECKING:
    from inroads.study.load import Study

# Points of a distribution that a mean is taken over, and their weights.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(128)


@dataclass(frozen=True, kw_only=True)
class Hazards:
    """What may end a deal before launch, odds a period; periods to launch and on sale after it;
    launch cost in dollars a channel. ranges: of what is assumed of these, by name. course: how a
    launch goes on."""

    political: float
    breakdown: float
    to_launch: float
    on_sale: float
    launch_cost: float
    ranges: Mapping[str, Triangular] = field(default_factory=dict)
    course: LaunchCourse = field(default_factory=LaunchCourse)

    @property
    def worth(self) -> float:
        """Mean periods on sale, in periods that sell what the deal says."""
        return self.course.worth_of(self.mean("on_sale"))

    def points(self, name: str) -> Array:
        """Values of a number that are equally likely but for `_WEIGHTS`; itself where known."""
        over = self.ranges.get(name)
        number = np.full(1, getattr(self, name))
        return number if over is None else np.asarray(over.at((1 + _POINTS) / 2))

    def mean(self, name: str) -> float:
        """A number's mean over its range."""
        over = self.ranges.get(name)
        number = getattr(self, name)
        return float(number if over is None else (over.low + over.mode + over.high) / 3)

    def mean_launch(self, state: NegotiationState, political: float | None = None) -> float:
        """The probability of a launch, what is assumed being anywhere within its range.

        The mean of `launch` over the ranges, which is not `launch` at what is most likely.
        """
        if state in _DECIDED:
            return float(state == NegotiationState.LAUNCHED)
        periods = self.points("to_launch")[:, None]
        odds = self.points("political") if political is None else np.full(1, political)
        lasting = _mean((1 - odds) ** periods)
        if state != NegotiationState.AGREED:
            lasting = lasting * _mean((1 - self.points("breakdown")) ** periods)
        return float(_mean(lasting))

    def launch(self, state: NegotiationState, political: float | None = None) -> float:
        """The probability that a deal in this state is launched.

        An agreement is past talks of its own: only politics may still end it. Hazards are
        independent, a period at a time.
        """
        if state in _DECIDED:
            return float(state == NegotiationState.LAUNCHED)
        survival = 1 - (self.political if political is None else political)
        if state != NegotiationState.AGREED:
            survival *= 1 - self.breakdown
        return float(survival**self.to_launch)


_DECIDED = (NegotiationState.LAUNCHED, NegotiationState.COLLAPSED)


def _mean(values: Array) -> Array:
    """The mean over the points of the last axis."""
    return values[..., 0] if values.shape[-1] == 1 else values @ _WEIGHTS / 2


def read_hazards(study: Study, part: NegotiationsPart) -> Hazards:
    """The study's hazards; InputError for odds that are none."""
    cells = {
        "political": (part.political_hazard or 0.0, "political_hazard", "political hazard"),
        "breakdown": (part.breakdown_hazard, "breakdown_hazard", "hazard of talks"),
        "to_launch": (part.periods_to_launch, "periods_to_launch", "periods to launch"),
        "on_sale": (part.periods_on_sale, "periods_on_sale", "periods on sale"),
        "launch_cost": (part.launch_cost, "launch_cost", "launch cost"),
    }
    numbers = {
        name: study.facts.resolve(cell, f"study.toml: negotiations.{key}", use=use)
        for name, (cell, key, use) in cells.items()
        # What is left out of study.toml is no number that goes in.
        if name != "political" or part.political_hazard is not None
    }
    hazards = Hazards(
        **{name: number.value for name, number in {"political": _NONE, **numbers}.items()},
        ranges={n: r for n, number in numbers.items() if (r := _range(n, number)) is not None},
        course=launch_course(study, study.config.path),
    )
    odds, least = "odds from 0 to 1, 0.1 for 10 percent a period", "a number of 0 or more"
    for what, value, most, expected in (
        ("political_hazard", hazards.political, 1.0, odds),
        ("breakdown_hazard", hazards.breakdown, 1.0, odds),
        ("periods_to_launch", hazards.to_launch, np.inf, least),
        ("periods_on_sale", hazards.on_sale, np.inf, least),
        ("launch_cost", hazards.launch_cost, np.inf, least),
    ):
        if not 0 <= value <= most:
            raise refuse(
                expected=expected,
                found=f"{value:g}",
                where=f"study.toml, negotiations.{what}",
                remedy="correct the number, or the unit of the fact that it refers to.",
            )
    return hazards


_NONE = Quantity(value=0.0, raw=0.0, unit="", kind="given")


def _range(name: str, number: Quantity) -> Triangular | None:
    """Over what an assumption is taken to lie; None for what is known."""
    if number.low is None or number.high is None:
        return None
    return Triangular(name, number.low, number.value, number.high)


@dataclass(frozen=True)
class NegotiationProgress:
    """How far the negotiation of a pair has come; `last` is the row of its last event."""

    state: NegotiationState
    last: dict[str, object] | None = None
    history: tuple[StateChange, ...] = ()


def negotiation_state(study: Study, manufacturer: str, channel: str) -> NegotiationProgress:
    """How far a pair has come by events known at the study's date.

    The latest event counts (of one day, the one furthest down the table); NONE without any.
    """
    rows = [
        row
        for row in study.tables["events"].to_dict("records")
        if (row["manufacturer"], row["channel"]) == (manufacturer, channel)
        and known_on(str(row["published"])) <= study.as_of
        and known_on(str(row["date"])) <= study.as_of
    ]
    if not rows:
        return NegotiationProgress(NegotiationState.NONE)
    rows.sort(key=lambda row: known_on(str(row["date"])))
    history = [
        StateChange(date=str(row["date"]), state=NegotiationState(str(row["state"])))
        for row in rows
    ]
    return NegotiationProgress(history[-1].state, dict(rows[-1]), tuple(history))


def prospect(study: Study, part: NegotiationsPart, deal: Negotiation) -> Prospect:
    """What a deal is expected to bring the manufacturer, given the state of its negotiation.

    Odds, periods on sale and launch costs are means over their ranges. Value if launched: gain a
    period times periods on sale, fewer where launches fade, undiscounted. Break-even hazard: 1 if
    talks are worth their cost at any, 0 if at none. No joint surplus, no deal: the probability is
    zero. Where no talks are known all of it is what would hold if they began.
    """
    risks = read_hazards(study, part)
    progress = negotiation_state(study, deal.manufacturer, deal.channel)
    worth, cost = risks.worth, risks.mean("launch_cost")
    value = deal.manufacturer_profit_change * worth
    chance = risks.mean_launch(progress.state) if deal.both_gain else 0.0
    political = risks.ranges.get("political")

    def expected(political: float) -> float:
        return float(risks.mean_launch(progress.state, political) * value - cost)

    if not deal.both_gain or expected(0.0) <= 0:
        limit = 0.0
    elif expected(1.0) >= 0:
        limit = 1.0
    else:
        limit = float(brentq(expected, 0.0, 1.0))
    last = progress.last
    return Prospect(
        manufacturer=deal.manufacturer,
        channel=deal.channel,
        state=progress.state,
        since=str(last["date"]) if last else None,
        event=str(last["event"]) if last else None,
        source=str(last["source"]) if last else None,
        history=progress.history,
        launch_probability=chance,
        launch_probability_at_modes=risks.launch(progress.state) if deal.both_gain else 0.0,
        value_if_launched=value,
        expected_value=chance * value - cost,
        channel_expected_value=chance * deal.channel_profit_change * worth,
        break_even_hazard=limit,
        political_hazard=risks.political,
        political_hazard_low=political.low if political else None,
        political_hazard_high=political.high if political else None,
        launch_cost=cost,
        periods_on_sale=risks.mean("on_sale"),
        worth_periods=worth,
    )


def talks(study: Study) -> tuple[Talks, ...]:
    """Who talks to whom by events known at the study's date, and the odds of a launch.

    Every entrant with every channel of [negotiations], and whoever else events speak of; the market
    is not needed.
    """
    part, history = study.config.negotiations, events(study)
    entry = study.config.entry
    risks = None if part is None else read_hazards(study, part)
    pairs = [
        (entrant.manufacturer, channel)
        for entrant in (entry.entrants if entry else ())
        for channel in (part.channels if part else ())
    ]
    rows = []
    for pair in dict.fromkeys([*pairs, *((e.manufacturer, e.channel) for e in history)]):
        state = negotiation_state(study, *pair).state
        rows.append(
            Talks(
                manufacturer=pair[0],
                channel=pair[1],
                state=state,
                history=tuple(e for e in history if (e.manufacturer, e.channel) == pair),
                launch_probability=None if risks is None else risks.mean_launch(state),
            )
        )
    return tuple(rows)


def events(study: Study) -> tuple[Event, ...]:
    """Events known at the study's date, in order."""
    table = study.tables["events"]
    is_known = [known_on(str(p)) <= study.as_of for p in table["published"]]
    ordered = table[pd.Series(is_known, index=table.index, dtype=bool)].sort_values(
        "date", kind="stable"
    )
    return tuple(
        Event(
            date=str(row["date"]),
            manufacturer=str(row["manufacturer"]),
            channel=str(row["channel"]),
            state=NegotiationState(str(row["state"])),
            event=str(row["event"]),
            published=str(row["published"]),
            source=str(row["source"]),
            url=str(row["url"]),
            quote=str(row["quote"]),
        )
        for row in ordered.to_dict("records")
    )
