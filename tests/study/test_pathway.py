"""The shipped study's entrants from quarter to quarter, for a few quarters."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from inroads.dynamics.awareness_dynamics import AwarenessFloor, Law
from inroads.dynamics.launch_course import LaunchCourse
from inroads.dynamics.present_value import discount
from inroads.errors import InputError
from inroads.results.outlook import EntryPlan
from inroads.study.config.path_config import PathPart
from inroads.study.market.firms import calibrate_firms
from inroads.study.negotiations.entry_game import EntryGame, entry_game
from inroads.study.negotiations.launch_courses import season
from inroads.study.outlook.entrant_path import (
    PathModel,
    ages,
    entrant_path,
    path_model,
)
from inroads.study.outlook.fates import read_odds
from inroads.study.outlook.listing import listing_record
from inroads.study.outlook.staged_entry import staged_entry_of


@pytest.fixture(scope="module")
def game(us) -> EntryGame:
    market = us.calibrated.market
    return entry_game(us, us.config.entry, market, calibrate_firms(us, market))


@pytest.fixture(scope="module")
def model(us, game) -> PathModel:
    part = us.config.path.model_copy(update={"periods": 2, "decide": 1, "moves": ()})
    return path_model(us, part, game)


def test_numbers_are_those_of_the_study(us, model):
    # Those in the market, among 199.5 million owners.
    assert model.hazard == pytest.approx(39.5 / 0.75 / 199.5, rel=1e-12)
    months = model.part.model_copy(update={"owners": None, "months_between_purchases": 29.0})
    assert path_model(us, months, model.game).hazard == pytest.approx(3 / 29 / 0.75, rel=1e-12)
    assert model.law == Law(word=0.0, shelf=0.05, use=0.5, fade=0.1)
    assert (model.decline, model.life, model.rate) == (pytest.approx(0.014), 4, 0.1)
    assert model.launches() == [0]
    whole = replace(model, part=us.config.path)
    assert whole.launches() == [0, 4, 8]
    assert whole.spent({"AT&T": 0, "Verizon": 4}) == {0: 5e7, 4: 1e8, 8: 1e8}


def test_what_makes_no_sense_is_refused(us, game):
    part = us.config.path
    for change, message in (
        ({"decide": 12}, "decision before the last period"),
        ({"renegotiate": (12,)}, "periods from 0 to 11"),
        ({"periods": 1}, "greater than or equal to 2"),
    ):
        with pytest.raises(ValidationError, match=message):
            PathPart.model_validate(part.model_dump() | change)
    other = part.listing.model_copy(update={"manufacturer": "Apple"})
    with pytest.raises(InputError, match="Apple"):
        path_model(us, part.model_copy(update={"listing": other}), game)
    for wrong in ({"owners": None, "months_between_purchases": 0.0}, {"owners": 1e6}):
        with pytest.raises(InputError, match=r"above 0|as many as are in the market"):
            path_model(us, part.model_copy(update=wrong), game)
    for wrong in ({"owners": None}, {"months_between_purchases": 29.0}):
        with pytest.raises(ValidationError, match="either months_between_purchases or owners"):
            PathPart.model_validate(part.model_dump() | wrong)


def test_ages_count_from_the_anniversary(us, game):
    found = ages(game.market, us.config.study, 4)
    assert (found["iPhone 7"], found["Galaxy S8"], found["iPhone SE"]) == (0, 1, 2)
    assert set(ages(game.market, us.config.study, 0).values()) == {0}


def test_period_0_is_the_deal_of_the_static_market(model, game):
    """Launch, terms, prices, awareness: what talks find is where the path starts."""
    model = replace(model, campaign_periods=1, _paths={})
    found = entrant_path(model, model.with_prices_at_launches(), "Huawei", ("AT&T",))
    for deals, units in ((("AT&T",), found.units), ((), found.units_without_deals)):
        static = game.solve({"Huawei": deals})
        sold = static.frame.loc[static.frame["manufacturer"] == "Huawei", "units"].sum()
        assert units[0] == pytest.approx(sold, rel=1e-9)
    gain = [game.solve({"Huawei": d}).profits["Huawei"] for d in ((), ("AT&T",))]
    assert found.profit_change[0] == pytest.approx(gain[1] - gain[0], rel=1e-8)
    assert found.residual < 1e-13
    members = game.market.after(*game.campaigns(("Huawei",), ("AT&T",))).labelled_consumers
    assert members.awareness["Huawei"]["AT&T"] == pytest.approx(0.35)
    assert members.awareness["Huawei"]["Verizon"] < found.awareness["Huawei"][0] < 0.35
    assert found.in_use[2] > found.in_use_without_deals[2]
    assert found.net_value == pytest.approx(found.gross_value - 5e7, rel=1e-9)
    assert found.net_value == pytest.approx(found.firm_value_changes["Huawei"], rel=1e-12)
    # A campaign at the price at which it is worth nothing costs what it adds.
    assert (found.campaign.price_per_point or 0) > 0
    assert ((found.price_per_point or 0) > 0) == (found.net_value > 0)
    # Without a campaign the deal does not earn its launch in two quarters.
    needed = (found.campaign.price_per_point or 0) > (found.price_per_point or 0)
    assert needed == (found.campaign.deals_without_campaigns < 5e7)
    assert needed


def test_a_listing_is_held_against_the_valuations_spoken_of(us, model):
    part = us.config.path.listing.model_copy(update={"manufacturer": "Huawei"})
    of_huawei = replace(model, part=model.part.model_copy(update={"listing": part}))
    found = listing_record(us, of_huawei, ("AT&T",))
    assert (found.valuation_low, found.valuation_high, found.years_of_profit) == (5e10, 1e11, 20)
    assert found.share_of_low == pytest.approx(20 * found.odds * found.last_year_gain / 5e10)
    assert (
        listing_record(us, replace(model, part=model.part.model_copy(update={"listing": None})), ())
        is None
    )


def test_a_reminder_never_makes_a_brand_less_known(game):
    known = game.market.consumers.awareness["Huawei"]
    for level in (0.02, 0.35):
        after = AwarenessFloor("Huawei", level).apply(game.market).consumers.awareness["Huawei"]
        np.testing.assert_allclose(after, np.maximum(known, level))
    assert AwarenessFloor("Apple", 0.5).apply(game.market) is game.market


def test_certain_quality_leaves_nothing_to_wait_for(us, model, monkeypatch):
    """With one prospect alone nothing is learnt: deciding later adds nothing."""
    monkeypatch.setattr("inroads.study.outlook.staged_entry._POINTS", (0.0,))
    monkeypatch.setattr("inroads.study.outlook.staged_entry._ODDS", (1.0,))
    error = us.calibrated.quality_error
    found = staged_entry_of(us, model, "Huawei", ("AT&T", "Verizon"), quality_error=error)
    assert found.flexibility == pytest.approx(0.0, abs=1e-3)
    assert found.value == pytest.approx(max(found.plans.values()), rel=1e-12)
    assert found.plans[EntryPlan.STAY_OUT] == 0.0
    chance = found.launch_probabilities[0]
    assert found.launch_probabilities == pytest.approx([0.415] * 2, abs=1e-3)
    # More often than by chance both: politics is one shock.
    assert found.both_launched > 1.5 * chance**2
    # One carrier for two quarters, nothing spent later, as long as politics lets it.
    one = entrant_path(model, model.with_prices_at_launches(), "Huawei", ("AT&T",))
    part = us.config.negotiations
    lasting = read_odds(us, part, model.part, "Huawei", ("AT&T", "Verizon")).survival(2)
    assert found.plans[EntryPlan.FIRST_THEN_GO_ON] == pytest.approx(
        chance * discount(np.array(one.profit_change) * lasting, model.rate_per_period).sum() - 5e7,
        rel=1e-9,
    )


def test_rivals_that_come_before_the_launch(us, game):
    """The study's own: on sale from the first period, with deals and without, on their terms."""
    part = us.config.path.model_copy(update={"periods": 2, "decide": 1})
    model = path_model(us, part, game).with_prices_at_launches()
    without = path_model(us, part.model_copy(update={"moves": ()}), game).with_prices_at_launches()
    paths = [m.follow("Huawei", {"AT&T": 0}) for m in (model, without)]
    units = [path.sales()["Apple"].iloc[0] for path in paths]
    assert units[0] > units[1]
    values = [m.value("Huawei", {"AT&T": 0}).gross for m in (model, without)]
    assert 0.8 * values[1] < values[0] < values[1]
    # Others that enter beside come into the same market.
    beside = model.follow("Huawei", {"AT&T": 0}, beside={"Xiaomi": {"AT&T": 1}})
    assert (beside.sales()["Xiaomi"] > 0).all()
    assert beside.sales()["Huawei"].iloc[1] < paths[0].sales()["Huawei"].iloc[1]


def test_launches_of_the_study_fade_and_may_be_dropped(us, game, model):
    course = model.launch
    assert (course.ramp, course.fade, course.drop_below, course.drop_hazard) == pytest.approx(
        (1.0, 0.4, 0.01, 0.3)
    )
    part = us.config.path.model_copy(update={"periods": 3, "decide": 1, "launch": None})
    plain = path_model(us, part, game)
    assert plain.launch == LaunchCourse()
    faded = replace(plain, launch=replace(course, drop_hazard=0.0), _paths={})
    for name in ("Huawei", "Xiaomi"):
        steady, fading = (m.follow(name, {}).sales("product") for m in (plain, faded))
        new = [p for p in steady if p in game.entrant(name).main_products]
        odds = fading[new].sum(axis=1) / steady[new].sum(axis=1)
        # Shares go with the odds, quarter by quarter, but for the few who buy it as often as not.
        assert odds.to_numpy() == pytest.approx([1.0, 0.6, 0.36], rel=0.1)


def test_a_channel_that_drops_everything_costs_no_further_launch(us, game):
    part = us.config.path.model_copy(update={"periods": 6, "decide": 1})
    model = path_model(us, part, game).with_prices_at_launches()
    course = LaunchCourse(drop_below=1.0, drop_hazard=0.6)
    model = replace(model, launch=course, _paths={})
    through = model.follow("Huawei", {"AT&T": 0})
    assert through.dropped == {("Mate 10 Pro", "AT&T"): 0}
    assert model.spent({"AT&T": 0}) == {0: 5e7, 4: 5e7}
    assert model.spent({"AT&T": 0}, through) == {0: 5e7}
    kept = replace(model, launch=replace(model.launch, luck={("Huawei", "AT&T"): 1.0}), _paths={})
    path = kept.follow("Huawei", {"AT&T": 0})
    assert path.dropped == {}
    assert kept.spent({"AT&T": 0}, path) == {0: 5e7, 4: 5e7}


def test_seasons_begin_with_the_launch(us, game):
    part = us.config.path
    assert season(us, part) == ()
    four = part.model_copy(update={"season": (90.0, 95.0, 100.0, 120.0)})
    # The data are of the third quarter; two quarters from the fourth is the second.
    assert season(us, four) == pytest.approx((0.95, 1.0, 1.2, 0.9))
    with pytest.raises(InputError, match="one a quarter of a year"):
        season(us, part.model_copy(update={"season": (1.0, 2.0)}))


def test_a_campaign_of_two_quarters_is_half_there_in_the_first(model):
    spread = replace(model, campaign_periods=2, _paths={})
    at_once = replace(model, campaign_periods=1, _paths={})
    first, whole = (m.moves("Huawei", {"AT&T": 0}) for m in (spread, at_once))
    exposures = [
        [x.exposure for x in moves[0] if hasattr(x, "exposure")] for moves in (first, whole)
    ]
    assert exposures[0] == [pytest.approx(0.5 * exposures[1][0], rel=1e-12)]
    assert [hasattr(x, "exposure") for x in first[1]] == [True]
