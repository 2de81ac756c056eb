"""Whether talks will hold: how far they have come, what may end them, what they must bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.optimize import brentq

from inroads.errors import InputError
from inroads.study.bare import number
from inroads.study.config import TalksPart
from inroads.study.load import Study
from inroads.tables.dates import known_on


@dataclass(frozen=True)
class Odds:
    """What may end a deal before launch, odds a quarter; quarters to launch and on sale after it;
    launch cost in dollars a carrier. range: of the political odds, where they are assumed."""

    political: float
    own: float
    to_launch: float
    on_sale: float
    launch_cost: float
    range: tuple[float | None, float | None] = (None, None)

    def launch(self, state: str, political: float | None = None) -> float:
        """The probability that a deal in this state is launched.

        An agreement is past talks of its own: only politics may still end it. Hazards are
        independent, a quarter at a time.
        """
        if state in ("launched", "collapsed"):
            return float(state == "launched")
        kept = 1 - (self.political if political is None else political)
        if state != "agreed":
            kept *= 1 - self.own
        return float(kept**self.to_launch)


def odds(study: Study, part: TalksPart) -> Odds:
    """The study's hazards; InputError for odds that are none."""
    political = study.facts.resolve(part.political, "study.toml: political hazard")
    found = Odds(
        political.value,
        number(study, part.own, "hazard of talks"),
        number(study, part.to_launch, "quarters to launch"),
        number(study, part.on_sale, "quarters on sale"),
        number(study, part.launch_cost, "launch cost"),
        (political.low, political.high),
    )
    for what, value in (("political", found.political), ("own", found.own)):
        if not 0 <= value <= 1:
            raise InputError.single(
                expected="odds from 0 to 1",
                found=f"{value:g}",
                where=f"study.toml, talks.{what}",
                remedy="give a probability a quarter, 0.1 for 10 percent.",
            )
    return found


def state_of(study: Study, maker: str, channel: str) -> dict[str, Any]:
    """How far talks of the pair have come by events known at the study's date.

    The latest event counts (of one day, the one furthest down the table); "none" without any.
    """
    events = study.tables["events"]
    rows = [
        row
        for _, row in events.iterrows()
        if (row["maker"], row["channel"]) == (maker, channel)
        and known_on(str(row["published"])) <= study.as_of
        and known_on(str(row["date"])) <= study.as_of
    ]
    if not rows:
        return {"state": "none", "since": None, "event": None, "history": []}
    rows.sort(key=lambda row: known_on(str(row["date"])))
    last = rows[-1]
    return {
        "state": str(last["state"]),
        "since": str(last["date"]),
        "event": str(last["event"]),
        "source": str(last["source"]),
        "history": [{"date": str(r["date"]), "state": str(r["state"])} for r in rows],
    }


def prospects(study: Study, part: TalksPart, talk: dict[str, Any]) -> dict[str, Any]:
    """What a deal is expected to bring the maker, given the state of its talks.

    value: gain a quarter times quarters on sale, in dollars, undiscounted. worth: at the odds of
    launch, less the launch cost, which is spent whether or not the deal is launched. break_even:
    the political hazard a quarter at which talks are worth nothing; 1 if they are worth it at any,
    0 if at none. No joint surplus, no deal: the probability is zero. Where no talks are known
    (state "none") all of it is what would hold if they began.
    """
    risks = odds(study, part)
    state = state_of(study, talk["maker"], talk["carrier"])
    splits = talk["maker_gain"] >= 0 and talk["carrier_gain"] >= 0
    value = talk["maker_value"] * risks.on_sale
    chance = risks.launch(state["state"]) if splits else 0.0

    def worth(political: float) -> float:
        return float(risks.launch(state["state"], political) * value - risks.launch_cost)

    if not splits or worth(0.0) <= 0:
        limit = 0.0
    elif worth(1.0) >= 0:
        limit = 1.0
    else:
        limit = float(brentq(worth, 0.0, 1.0))
    return {
        "maker": talk["maker"],
        "carrier": talk["carrier"],
        **state,
        "probability": chance,
        "value": value,
        "worth": chance * value - risks.launch_cost,
        "carrier_worth": chance * talk["carrier_value"] * risks.on_sale,
        "break_even": limit,
        "political": risks.political,
        "political_low": risks.range[0],
        "political_high": risks.range[1],
        "launch_cost": risks.launch_cost,
        "on_sale": risks.on_sale,
    }


def timeline(study: Study) -> pd.DataFrame:
    """Events known at the study's date, in order."""
    events = study.tables["events"]
    known = [known_on(str(p)) <= study.as_of for p in events["published"]]
    return (
        events[pd.Series(known, index=events.index, dtype=bool)]
        .sort_values("date", kind="stable")
        .reset_index(drop=True)
    )
