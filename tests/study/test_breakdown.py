"""Whether talks hold: states by events known at a date, odds and worth reckoned by hand."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.results.base import Certificate
from inroads.results.negotiations import Negotiation, NegotiationState, Prospect
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.load import Study
from inroads.study.negotiations.deal_hazards import (
    Hazards,
    events,
    negotiation_state,
    prospect,
    read_hazards,
)

PROOF = Certificate(residual=0.0, curvature=-1.0, best_deviation=0.0)
DEAL = Negotiation(
    manufacturer="Huawei", channel="AT&T", manufacturer_gain=1.0, channel_gain=2.0,
    manufacturer_profit_change=100e6, channel_profit_change=200e6, units=1.0, units_elsewhere=0.0,
    units_without_deal=0.0, joint_surplus=3.0, manufacturer_disagreement_profit=0.0,
    channel_disagreement_profit=0.0, fixed_fee=0.0, wholesale_price=1.0,
    lowest_wholesale_price=0.0, highest_wholesale_price=2.0, production_cost=1.0,
    retail_price=2.0, list_price=2.0, rival_units_change={}, channel_responses={},
    consumer_surplus_change=0.0, certificate=PROOF, certificate_without_deal=PROOF,
)  # fmt: skip


@pytest.fixture
def us(us: Study) -> Study:
    """The study with a ledger of its own: these tests put other numbers in."""
    return us.at(us.as_of)


@pytest.fixture
def part(us: Study) -> NegotiationsPart:
    """The study's talks, with round numbers."""
    assert us.config.negotiations is not None
    return us.config.negotiations.model_copy(
        update={
            "political_hazard": 0.2,
            "breakdown_hazard": 0.1,
            "launch_cost": 50e6,
            "periods_to_launch": 2.0,
            "periods_on_sale": 4.0,
        }
    )


def with_event(study: Study, **cells: str) -> Study:
    row = {
        "date": "2018-01-08", "manufacturer": "Huawei", "channel": "AT&T", "state": "collapsed",
        "event": "invented", "published": "2018-01-08", "source": "nobody", "url": "", "quote": "",
    }  # fmt: skip
    known = study.tables["events"]
    more = pd.concat([known, pd.DataFrame([row | cells])], ignore_index=True)
    return replace(study, tables={**study.tables, "events": more})


def looked_at(study: Study, part: NegotiationsPart, **changes: Any) -> Prospect:
    return prospect(study, part, DEAL.model_copy(update=changes))


# Events move the state ----------------------------------------------------------------------------


def test_states_as_known_on_the_day(us: Study) -> None:
    found = negotiation_state(us, "Huawei", "AT&T")
    assert found.last is not None
    assert (found.state, found.last["date"]) == ("talks", "2017-12-15")
    assert [h.state for h in found.history] == ["rumoured", "talks", "agreed", "talks"]
    assert negotiation_state(us, "Huawei", "T-Mobile").state == "none"
    assert negotiation_state(us, "Xiaomi", "Verizon").state == "talks"
    # Reported on 27 December.
    assert negotiation_state(us.at(date(2017, 12, 26)), "Huawei", "AT&T").state == "talks"
    assert negotiation_state(us.at(date(2017, 12, 27)), "Huawei", "AT&T").state == "agreed"
    before = us.at(date(2017, 6, 30))
    assert negotiation_state(before, "Huawei", "AT&T").state == "rumoured"
    assert len(events(before)) == 1


def test_agreed_only_politics_may_still_end_it(us: Study, part: NegotiationsPart) -> None:
    found = looked_at(us.at(date(2017, 12, 31)), part)
    assert found.state == "agreed"
    assert found.launch_probability == pytest.approx(0.8**2)
    assert looked_at(us, part).launch_probability == pytest.approx((0.8 * 0.9) ** 2)


def test_a_collapse_ends_it(us: Study, part: NegotiationsPart) -> None:
    after = with_event(us, state="collapsed").at(date(2018, 1, 31))
    found = looked_at(after, part)
    assert (found.state, found.since) == ("collapsed", "2018-01-08")
    assert found.launch_probability == 0
    # What was spent on it is gone, and no hazard makes it worth anything.
    assert found.expected_value == -50e6
    assert found.break_even_hazard == 0
    assert found.channel_expected_value == 0
    # Another pair's talks are none of it.
    assert looked_at(after, part, channel="Verizon").state == "talks"


def test_a_launch_makes_it_certain(us: Study, part: NegotiationsPart) -> None:
    found = looked_at(with_event(us, state="launched").at(date(2018, 1, 31)), part)
    assert found.launch_probability == 1
    assert found.expected_value == pytest.approx(217.6e6 - 50e6)
    assert found.break_even_hazard == 1


def test_what_is_published_later_is_not_known(us: Study, part: NegotiationsPart) -> None:
    late = with_event(us, date="2017-12-10", published="2018-02-01").at(date(2018, 1, 31))
    assert looked_at(late, part).state == "agreed"
    # Announced for later: it has not happened yet.
    early = with_event(us, date="2018-03-01", published="2017-12-12", state="launched")
    assert looked_at(early, part).state == "talks"


def test_of_one_day_the_last_row_counts(us: Study, part: NegotiationsPart) -> None:
    same = with_event(us, date="2017-12-15", published="2017-12-15", state="agreed")
    assert looked_at(same, part).state == "agreed"


def test_a_study_without_events(us: Study, part: NegotiationsPart) -> None:
    none = us.tables["events"].iloc[:0]
    study = replace(us, tables={**us.tables, "events": none})
    assert events(study) == ()
    assert looked_at(study, part).state == "none"


# Arithmetic ---------------------------------------------------------------------------------------


def test_worth_by_hand(us: Study, part: NegotiationsPart) -> None:
    found = looked_at(us, part)
    # A launch loses 0.4 of its odds a quarter: four quarters are worth 1 + 0.6 + 0.36 + 0.216.
    assert found.worth_periods == pytest.approx(2.176)
    # 0.5184 x 100 million x 2.176 quarters - 50 million.
    assert found.value_if_launched == pytest.approx(217.6e6)
    assert found.expected_value == pytest.approx(0.5184 * 217.6e6 - 50e6)
    assert found.channel_expected_value == pytest.approx(0.5184 * 435.2e6)
    # ((1 - h) 0.9)^2 217.6 = 50: 1 - h = sqrt(50/217.6) / 0.9.
    assert found.break_even_hazard == pytest.approx(1 - (50 / 217.6) ** 0.5 / 0.9)
    agreed = looked_at(us.at(date(2017, 12, 31)), part)
    assert agreed.break_even_hazard == pytest.approx(1 - (50 / 217.6) ** 0.5)
    # Without a course of launches, four.
    steady = us.config.path.model_copy(update={"launch": None})
    plain = replace(us, config=us.config.model_copy(update={"path": steady}))
    assert looked_at(plain, part).value_if_launched == 400e6


@pytest.mark.parametrize(
    ("talk", "limit"),
    [
        # Nothing to split; too little to split even if it is surely launched.
        ({"manufacturer_gain": -1.0}, 0.0),
        ({"channel_gain": -1.0}, 0.0),
        ({"manufacturer_profit_change": 10e6}, 0.0),
    ],
)
def test_talks_that_bear_no_hazard(
    us: Study, part: NegotiationsPart, talk: dict[str, float], limit: float
) -> None:
    found = looked_at(us, part, **talk)
    assert found.break_even_hazard == limit
    assert found.expected_value < 0
    assert (found.launch_probability == 0) == ("manufacturer_profit_change" not in talk)


def test_talks_that_cost_nothing_bear_any(us: Study, part: NegotiationsPart) -> None:
    free = part.model_copy(update={"launch_cost": 0.0})
    assert looked_at(us, free).break_even_hazard == 1


def test_chances_fall_with_every_hazard() -> None:
    base = Hazards(political=0.2, breakdown=0.1, to_launch=2.0, on_sale=4.0, launch_cost=1.0)
    chance = base.launch(NegotiationState.TALKS)
    assert replace(base, political=0.3).launch(NegotiationState.TALKS) < chance
    assert replace(base, breakdown=0.2).launch(NegotiationState.TALKS) < chance
    assert replace(base, to_launch=3.0).launch(NegotiationState.TALKS) < chance
    assert base.launch(NegotiationState.TALKS, political=0.0) == pytest.approx(0.81)
    assert base.launch(NegotiationState.RUMOURED) == chance
    assert (
        replace(base, breakdown=0.9).launch(NegotiationState.AGREED)
        == base.launch(NegotiationState.AGREED)
        == pytest.approx(0.64)
    )


def test_the_odds_of_a_launch_are_a_mean_over_ranges(us: Study) -> None:
    """By simulation; and not the odds at what is most likely, where hazards are skewed."""
    assert us.config.negotiations is not None
    hazards, rng = read_hazards(us, us.config.negotiations), np.random.default_rng(1)
    political, breakdown, to_launch = (
        rng.triangular(r.low, r.mode, r.high, 400_000)
        for r in (hazards.ranges[name] for name in ("political", "breakdown", "to_launch"))
    )
    lasting = (1 - political) ** to_launch
    simulated = (lasting * (1 - breakdown) ** to_launch).mean()
    assert hazards.mean_launch(NegotiationState.TALKS) == pytest.approx(simulated, abs=2e-3)
    assert hazards.mean_launch(NegotiationState.AGREED) == pytest.approx(lasting.mean(), abs=2e-3)
    assert hazards.mean_launch(NegotiationState.LAUNCHED) == 1
    assert hazards.mean_launch(NegotiationState.COLLAPSED) == 0
    assert (
        hazards.mean_launch(NegotiationState.TALKS) < hazards.launch(NegotiationState.TALKS) - 0.1
    )
    # Where everything is known there is nothing to take a mean over.
    certain = replace(hazards, ranges={})
    assert certain.mean_launch(NegotiationState.TALKS) == pytest.approx(
        certain.launch(NegotiationState.TALKS), rel=1e-12
    )


def test_the_range_of_an_assumed_hazard(us: Study, part: NegotiationsPart) -> None:
    assert us.config.negotiations is not None
    assumed = read_hazards(us, us.config.negotiations)
    assert (assumed.ranges["political"].low, assumed.ranges["political"].high) == (0.02, 0.5)
    assert read_hazards(us, part).ranges == {}
    # What is assumed to have a value is no longer uncertain.
    moved = read_hazards(us.assuming("political-hazard", 0.3), us.config.negotiations)
    assert moved.mean("political") == pytest.approx(0.3)
    assert moved.mean("breakdown") == pytest.approx((0.02 + 0.1 + 0.3) / 3)
    with pytest.raises(InputError, match="odds from 0 to 1") as refused:
        read_hazards(us, part.model_copy(update={"breakdown_hazard": 1.5}))
    assert "negotiations.breakdown_hazard" in str(refused.value)
