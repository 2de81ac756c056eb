"""How a launch goes on: nothing by default, odds by age, seasons, channels that drop products."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.dynamics.launch_course import LaunchCourse
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.errors import InputError
from inroads.market.moves import Launch
from tests.market.test_labelled import market as small

NEW, SHELF = "Nova", "Gee"


def with_new(price: float = 300.0):
    """The small market with a product that may be launched."""
    market = small(1.0)
    products = market.products.copy()
    row = products.iloc[0].copy()
    row["price"], row["manufacturer"], row["quality"] = price, "Novel", -1.5
    products.loc[NEW] = row
    return replace(market, products=products)


def followed(course: LaunchCourse, periods: int = 6, **changes):
    settings = {
        "periods": periods,
        "hazard": 0.2,
        "moves": {0: (Launch(NEW, SHELF),)},
        "launch": course,
    }
    return simulate_path(with_new(), PathSettings(**settings | changes))


def sold(path) -> np.ndarray:
    return path.sales("product")[NEW].to_numpy()


def test_without_a_course_nothing_changes():
    plain = followed(LaunchCourse())
    none = followed(LaunchCourse(drop_below=0.5))
    np.testing.assert_array_equal(plain.frame["units"], none.frame["units"])
    seasonless = followed(LaunchCourse(), season=(1.0,))
    np.testing.assert_allclose(seasonless.frame["units"], plain.frame["units"], rtol=1e-12)
    assert plain.dropped == {}


def test_odds_are_those_of_the_age():
    course = LaunchCourse(ramp=0.5, fade=0.3)
    assert [course.odds(age) for age in range(3)] == pytest.approx([0.5, 0.7, 0.49])
    assert course.worth_of(2.5) == pytest.approx(0.5 + 0.7 + 0.5 * 0.49)
    assert LaunchCourse().worth_of(3.7) == pytest.approx(3.7)
    path = followed(course, periods=1)
    # As if its quality were lower by log 2; what was there before is as it was.
    market = with_new()
    products = market.products.copy()
    products.loc[NEW, "quality"] -= np.log(2)
    expected = replace(market, products=products).after(Launch(NEW, SHELF)).solve()
    np.testing.assert_allclose(path.frame["share"], expected.state.shares, rtol=1e-12)


def test_successors_begin_anew_and_products_of_the_data_do_not_fade():
    path = followed(LaunchCourse(fade=0.5), periods=5, life=2)
    units = sold(path)
    assert (units[[1, 3]] < 0.7 * units[[0, 2]]).all()
    assert units[2] == pytest.approx(units[0], rel=0.2)
    old = path.sales("product").drop(columns=NEW).sum(axis=1)
    assert old.to_numpy()[1:4:2].min() > old.to_numpy()[0]


def test_seasons_scale_who_is_in_the_market():
    path = followed(LaunchCourse(), periods=4, season=(1.0, 0.5))
    assert path.size.to_numpy()[[1, 3]] == pytest.approx(path.size.to_numpy()[[0, 2]] / 2, rel=0.02)
    assert path.residual < 1e-11
    with pytest.raises(InputError, match="at most everyone"):
        followed(LaunchCourse(), season=(6.0,))


def test_a_channel_drops_what_does_not_sell():
    """Survival falls by the hazard a period: at one half it is dropped."""
    sells = followed(LaunchCourse())
    here = sells.frame[sells.frame["channel"].eq(SHELF) & sells.frame["period"].eq(0)]
    part = float(here.loc[here["product"].eq(NEW), "units"].sum() / here["units"].sum())
    kept = followed(LaunchCourse(drop_below=part / 2, drop_hazard=0.4))
    np.testing.assert_allclose(sold(kept), sold(sells), rtol=1e-12)
    dropped = followed(LaunchCourse(drop_below=1.5 * part, drop_hazard=0.4))
    assert dropped.dropped == {(NEW, SHELF): 1}
    np.testing.assert_allclose(sold(dropped)[:2], sold(sells)[:2], rtol=1e-12)
    assert (sold(dropped)[2:] == 0).all()
    unlucky = LaunchCourse(drop_below=1.5 * part, drop_hazard=0.4, luck={("Novel", SHELF): 0.4})
    assert followed(unlucky).dropped == {(NEW, SHELF): 0}
    lucky = replace(unlucky, luck={("Novel", SHELF): 1.0})
    assert followed(lucky).dropped == {}


def test_what_was_there_before_is_not_dropped():
    path = followed(LaunchCourse(drop_below=1.0, drop_hazard=1.0))
    assert set(path.dropped) == {(NEW, SHELF)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ramp": 0.0}, "odds above 0"),
        ({"fade": 1.0}, "from 0 to below 1"),
        ({"drop_below": 1.5}, "a part of sales"),
        ({"drop_hazard": -0.1}, "a probability a period"),
    ],
)
def test_bad_numbers_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        LaunchCourse(**change)
    with pytest.raises(InputError, match="numbers above 0"):
        PathSettings(periods=1, hazard=0.1, season=(1.0, 0.0))
