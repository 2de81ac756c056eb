"""Whether negotiations will hold: how far they are, what may end them, what they must bring."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from scipy.optimize import brentq

from inroads.dynamics.launch_course import LaunchCourse
from inroads.errors import refuse
from inroads.results.negotiations import Event, Negotiation, NegotiationState, Prospect, StateChange
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.load import Study
from inroads.study.market.build_market import resolve_number
from inroads.study.negotiations.launch_courses import launch_course
from inroads.tables.dates import known_on


@dataclass(frozen=True, kw_only=True)
class Hazards:
    """What may end a deal before launch, odds a period; periods to launch and on sale after it;
    launch cost in dollars a channel. range: of the political odds, where they are assumed. course:
    how a launch goes on."""

    political: float
    breakdown: float
    to_launch: float
    on_sale: float
    launch_cost: float
    range: tuple[float | None, float | None] = (None, None)
    course: LaunchCourse = field(default_factory=LaunchCourse)

    @property
    def worth(self) -> float:
        """Periods on sale, in periods that sell what the deal says."""
        return self.course.worth_of(self.on_sale)

    def launch(self, state: NegotiationState, political: float | None = None) -> float:
        """The probability that a deal in this state is launched.

        An agreement is past talks of its own: only politics may still end it. Hazards are
        independent, a period at a time.
        """
        if state in (NegotiationState.LAUNCHED, NegotiationState.COLLAPSED):
            return float(state == NegotiationState.LAUNCHED)
        survival = 1 - (self.political if political is None else political)
        if state != NegotiationState.AGREED:
            survival *= 1 - self.breakdown
        return float(survival**self.to_launch)


def read_hazards(study: Study, part: NegotiationsPart) -> Hazards:
    """The study's hazards; InputError for odds that are none."""
    political = None
    if part.political_hazard is not None:
        political = study.facts.resolve(part.political_hazard, "study.toml: political hazard")
    hazards = Hazards(
        political=political.value if political else 0.0,
        breakdown=resolve_number(study, part.breakdown_hazard, "hazard of talks"),
        to_launch=resolve_number(study, part.periods_to_launch, "periods to launch"),
        on_sale=resolve_number(study, part.periods_on_sale, "periods on sale"),
        launch_cost=resolve_number(study, part.launch_cost, "launch cost"),
        range=(political.low, political.high) if political else (None, None),
        course=launch_course(study, study.config.path),
    )
    for what, value in (
        ("political_hazard", hazards.political),
        ("breakdown_hazard", hazards.breakdown),
    ):
        if not 0 <= value <= 1:
            raise refuse(
                expected="odds from 0 to 1",
                found=f"{value:g}",
                where=f"study.toml, negotiations.{what}",
                remedy="give a probability a period, 0.1 for 10 percent.",
            )
    return hazards


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

    Value if launched: gain a period times periods on sale, fewer where launches fade, undiscounted.
    Break-even hazard: 1 if
    talks are worth their cost at any, 0 if at none. No joint surplus, no deal: the probability is
    zero. Where no talks are known all of it is what would hold if they began.
    """
    risks = read_hazards(study, part)
    progress = negotiation_state(study, deal.manufacturer, deal.channel)
    value = deal.manufacturer_profit_change * risks.worth
    chance = risks.launch(progress.state) if deal.both_gain else 0.0

    def expected(political: float) -> float:
        return float(risks.launch(progress.state, political) * value - risks.launch_cost)

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
        value_if_launched=value,
        expected_value=chance * value - risks.launch_cost,
        channel_expected_value=chance * deal.channel_profit_change * risks.worth,
        break_even_hazard=limit,
        political_hazard=risks.political,
        political_hazard_low=risks.range[0],
        political_hazard_high=risks.range[1],
        launch_cost=risks.launch_cost,
        periods_on_sale=risks.on_sale,
        worth_periods=risks.worth,
    )


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
