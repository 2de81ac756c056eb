"""Draws of the shipped study's futures: the central one is the study, and others hang together."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inroads.errors import InputError
from inroads.results.keys import InputKind, OutputKey, Quantity
from inroads.study.config.path_config import PathPart
from inroads.study.load import Study
from inroads.study.market.calibration import TASTES, calibrated
from inroads.study.market.firms import calibrate_firms
from inroads.study.negotiations.entry_game import entry_game
from inroads.study.negotiations.negotiations import entrant_deals
from inroads.study.outlook.draw_model import DrawModel, column
from inroads.study.outlook.uncertainty import uncertain
from inroads.uncertainty.ensemble import Ensemble, intervals


def named(
    quantity: Quantity, manufacturer: str, period: int | None = None, rival: str | None = None
) -> str:
    key = OutputKey(manufacturer=manufacturer, quantity=quantity, period=period, rival=rival)
    return key.column


def ahead(study: Study, **changes: object) -> Study:
    """The study with another [path]."""
    path = study.config.path
    assert path is not None
    part = PathPart.model_validate(path.model_dump() | changes)
    return replace(study, config=study.config.model_copy(update={"path": part}))


def as_in_talks(study: Study) -> Study:
    """The study whose campaigns run for one quarter, in the market of the data."""
    entry = study.config.entry
    assert entry is not None
    assert entry.campaign is not None
    campaign = entry.campaign.model_copy(update={"periods": 1})
    entry = entry.model_copy(update={"campaign": campaign})
    assert study.config.path is not None
    path = study.config.path.model_copy(update={"moves": ()})
    return replace(study, config=study.config.model_copy(update={"entry": entry, "path": path}))


@pytest.fixture(scope="module")
def ensemble(us: Study) -> Ensemble:
    return uncertain(ahead(us, periods=2, decide=1))


@pytest.fixture(scope="module")
def draw_model(ensemble: Ensemble) -> DrawModel:
    assert isinstance(ensemble.function, DrawModel)
    return ensemble.function


def test_the_central_draw_is_the_study(us: Study, draw_model: DrawModel) -> None:
    """Its first quarter is the equilibrium of the deals, as the study's headline has it, were
    campaigns run in that quarter alone and no rival's product new in it."""
    recalibration = draw_model.recalibration
    at_once = replace(recalibration, study=as_in_talks(recalibration.study))
    central = replace(draw_model, recalibration=at_once)({})
    assert us.config.entry is not None
    firms = calibrate_firms(us, us.calibrated.market)
    assert firms is not None
    game = entry_game(us, us.config.entry, us.calibrated.market, firms)
    for manufacturer in ("Huawei", "Xiaomi"):
        found = entrant_deals(game, manufacturer, ("AT&T", "Verizon"), us.calibrated.quality_error)
        for name, value in (
            (named(Quantity.UNITS, manufacturer, 0), found.units),
            (named(Quantity.UNITS_WITHOUT_DEALS, manufacturer, 0), found.units_without_deals),
            (named(Quantity.SALES_SHARE, manufacturer, 0), found.share),
            (named(Quantity.FIRST_PERIOD_GAIN, manufacturer), found.manufacturer_gain),
            (
                named(Quantity.RIVAL_UNITS_CHANGE, manufacturer, 0, "Apple"),
                found.rival_units_change["Apple"],
            ),
        ):
            assert central[name] == pytest.approx(value, rel=1e-6), name
    assert set(central) == set(draw_model.outputs())


def test_a_step_of_the_calibration_is_nearly_all_of_it(us: Study, draw_model: DrawModel) -> None:
    """Tastes under another assumption: within a fifth of a standard error of calibrated anew."""
    fitted = us.calibrated.calibration
    start = dict(zip(fitted.names, fitted.value, strict=True))
    anew = calibrated(us.assuming("outside-share", 35.0), start=start, tolerance=1e-3)
    _, unsold = draw_model.recalibration.at({"outside-share": 35.0}, {})
    stepped = np.array([unsold.market.tastes[name] for name in fitted.names])
    apart = np.abs(stepped - anew.calibration.value) / fitted.standard_error
    moved = np.abs(anew.calibration.value - fitted.value) / fitted.standard_error
    assert apart.max() < 0.2
    assert moved.max() > 3 * apart.max()


def test_margins_hold_in_every_draw(us: Study, draw_model: DrawModel) -> None:
    study, unsold = draw_model.recalibration.at(
        {"strained-rate": 5.0, "outside-share": 15.0}, {"money": 0.1, "credit": -9.0}
    )
    market = unsold.market
    assert market.tastes["credit"] == 0
    sold = market.solve().sales("manufacturer")
    for manufacturer in ("Apple", "Samsung", "Huawei"):
        expected = us.calibrated.market.solve().sales("manufacturer")[manufacturer]
        assert sold[manufacturer] == pytest.approx(expected, rel=1e-8)
    assert unsold.error["Mate 10 Pro"] > unsold.own_error["Mate 10 Pro"] > 0
    assert set(market.tastes) == set(TASTES)
    assert study.as_of == us.as_of


def test_inputs_are_stated_and_none_is_counted_twice(ensemble: Ensemble) -> None:
    assumed = {
        *("outside-share", "awareness-campaign"),
        *("awareness-fade", "discount-rate", "stopped-hazard", "model-life"),
    }
    assert {column(InputKind.ASSUMPTION, name) for name in assumed} <= set(ensemble.names)
    assert column(InputKind.QUALITY, "Huawei") in ensemble.names
    assert column(InputKind.NEGOTIATION_LUCK, "Xiaomi, AT&T") in ensemble.names
    assert isinstance(ensemble.function, DrawModel)
    assert set(ensemble.names) <= set(ensemble.function.inputs())
    # Its error is a target's, and so in the covariance of the tastes.
    assert column(InputKind.ASSUMPTION, "flagship-elasticity") not in ensemble.names
    # Quarters are followed one by one.
    assert column(InputKind.ASSUMPTION, "quarters-on-sale") not in ensemble.names
    stated = ensemble.manifest()["inputs"]
    assert (
        stated[column(InputKind.ASSUMPTION, "outside-share")]
        == "triangular from 10.0 over 25.0 to 50.0"
    )
    assert len(stated) == len(ensemble.sources)


def test_a_few_draws_in_two_processes(ensemble: Ensemble, tmp_path: Path) -> None:
    one = ensemble.run(4, tmp_path / "one", size=2)
    two = ensemble.run(4, tmp_path / "two", size=2, workers=2)
    names = sorted(path.name for path in one.folder.iterdir())
    assert names == sorted(path.name for path in two.folder.iterdir())
    for name in names:
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    found = intervals(one, ensemble.outputs)
    assert found["failed"].eq(0).all()
    low, middle, high = (
        found.loc[named(Quantity.UNITS, "Huawei", 1), q] for q in (0.05, 0.5, 0.95)
    )
    assert 0 < low < middle < high
    assert len(pickle.dumps(ensemble)) < 20e6


def test_other_assumptions_are_another_run(us: Study, ensemble: Ensemble, tmp_path: Path) -> None:
    assert us.config.entry is not None
    entry = us.config.entry.model_copy(update={"vary": ("outside-share",)})
    short = ahead(us, periods=2, decide=1)
    other = uncertain(replace(short, config=short.config.model_copy(update={"entry": entry})))
    assert other.key(1) != ensemble.key(1) != ensemble.key(2)
    ensemble.run(1, tmp_path)
    with pytest.raises(InputError, match="another run"):
        other.run(1, tmp_path)
