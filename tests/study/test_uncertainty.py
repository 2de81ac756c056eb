"""Draws of the shipped study's headline: the central one is the study, and others hang together."""

import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from inroads.errors import InputError
from inroads.scenario.ensemble import Ensemble, intervals
from inroads.study.bare import number
from inroads.study.calibration import TASTES, calibrated
from inroads.study.firms import backed
from inroads.study.load import Study
from inroads.study.plan import plan
from inroads.study.stage import staged
from inroads.study.talks import headline as talked
from inroads.study.uncertainty import Headline, uncertain


@pytest.fixture(scope="module")
def headline(us: Study) -> Ensemble:
    return uncertain(us)


def test_the_central_draw_is_the_study(us: Study, headline: Ensemble) -> None:
    market = us.calibrated.market
    scenarios = {s.name: s for s in plan(us.config, market, partial(number, us))}
    central = headline.function({})
    for maker in ("Huawei", "Xiaomi"):
        for name, deals in (("units", "with-att-and-verizon"), ("units alone", "unlocked-only")):
            played = market.after(*scenarios[f"{maker.lower()}-{deals}"].moves).solve()
            units = float(played.sales("maker")[maker])
            assert central[f"{name} {maker}"] == pytest.approx(units, rel=1e-8)


def test_solved_for_the_central_draw_is_the_studys_too(us: Study) -> None:
    central = uncertain(us, strategic=True).function({})
    assert us.config.entry is not None
    firms = backed(us, us.calibrated.market)
    assert firms is not None
    stage = staged(us, us.config.entry, us.calibrated.market, firms)
    found = talked(stage, "Huawei", ("AT&T", "Verizon"), us.calibrated.quality_error)
    assert central["units Huawei"] == pytest.approx(found["units"], rel=1e-6)
    assert central["gain Huawei"] == pytest.approx(found["maker_gain"], rel=1e-6)


def test_a_step_of_the_calibration_is_nearly_all_of_it(us: Study, headline: Ensemble) -> None:
    """Tastes under another assumption: within a fifth of a standard error of calibrated anew."""
    assert isinstance(headline.function, Headline)
    fitted = us.calibrated.calibration
    start = dict(zip(fitted.names, fitted.value, strict=True))
    anew = calibrated(us.assuming("outside-share", 35.0), start=start, tolerance=1e-3)
    _, market, _ = headline.function.redrawn.at({"outside-share": 35.0}, {})
    stepped = np.array([market.tastes[name] for name in fitted.names])
    apart = np.abs(stepped - anew.calibration.value) / fitted.standard_error
    moved = np.abs(anew.calibration.value - fitted.value) / fitted.standard_error
    assert apart.max() < 0.2
    assert moved.max() > 3 * apart.max()


def test_margins_hold_in_every_draw(us: Study, headline: Ensemble) -> None:
    assert isinstance(headline.function, Headline)
    study, market, error = headline.function.redrawn.at(
        {"strained-rate": 5.0, "outside-share": 15.0}, {"money": 0.1, "credit": -9.0}
    )
    assert market.tastes["credit"] == 0
    sold = market.solve().sales("maker")
    for maker in ("Apple", "Samsung", "Huawei"):
        expected = us.calibrated.market.solve().sales("maker")[maker]
        assert sold[maker] == pytest.approx(expected, rel=1e-8)
    assert error["Mate 10 Pro"] > 0
    assert set(market.tastes) == set(TASTES)
    assert study.as_of == us.as_of


def test_inputs_are_stated_and_none_is_counted_twice(headline: Ensemble) -> None:
    assert {"outside-share", "awareness-campaign", "quality Huawei", "luck Xiaomi"} <= set(
        headline.names
    )
    # Its error is a target's, and so in the covariance of the tastes.
    assert "flagship-elasticity" not in headline.names
    stated = headline.manifest()["inputs"]
    assert stated["outside-share"] == "triangular from 10.0 over 25.0 to 50.0"
    assert len(stated) == len(headline.sources)


def test_luck_launches_and_politics_stops(headline: Ensemble) -> None:
    held, stopped = (
        headline.function({"luck Huawei": u, "luck Xiaomi": u}) for u in (1e-9, 1 - 1e-9)
    )
    assert (held["launched Huawei"], stopped["launched Huawei"]) == (1, 0)
    assert stopped["value Huawei"] == -2 * 50e6
    assert held["value Huawei"] == pytest.approx(4 * held["gain Huawei"] - 2 * 50e6)
    assert held["units Huawei"] == stopped["units Huawei"]


def test_a_few_draws_in_two_processes(headline: Ensemble, tmp_path: Path) -> None:
    one = headline.run(6, tmp_path / "one", size=2)
    two = headline.run(6, tmp_path / "two", size=2, workers=2)
    names = sorted(path.name for path in one.folder.iterdir())
    assert names == sorted(path.name for path in two.folder.iterdir())
    for name in names:
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    found = intervals(one, headline.outputs)
    assert found["failed"].eq(0).all()
    low, middle, high = (found.loc["units Huawei", level] for level in (0.05, 0.5, 0.95))
    assert 0 < low < middle < high
    assert len(pickle.dumps(headline)) < 20e6


def test_another_date_is_another_run(us: Study, headline: Ensemble, tmp_path: Path) -> None:
    headline.run(1, tmp_path)
    assert us.config.entry is not None
    entry = us.config.entry.model_copy(update={"vary": ("outside-share",)})
    other = us.assuming("outside-share", 25.0)
    object.__setattr__(other, "config", us.config.model_copy(update={"entry": entry}))
    with pytest.raises(InputError, match="another run"):
        uncertain(other).run(1, tmp_path)
