"""What the next entrant may be: draws, launches with intervals, what is refused."""

import numpy as np
import pytest

import inroads as ir
from inroads.errors import InputError
from tests.entry.autos import LOGIT, products

CAR = {"prices": 9.0, "hpwt": 0.45, "air": 0, "mpd": 2.5, "space": 1.3}
FORD = 16


@pytest.fixture(scope="module")
def prior() -> ir.EntrantPrior:
    table = products()
    panel = ir.read_panel(table[table["market_ids"] > 1979])
    return ir.retrodict(LOGIT, panel, first=1990, new="clustering_ids").prior


def test_mean_utilities_are_drawn(prior: ir.EntrantPrior) -> None:
    draws = prior.draw(20_000, np.random.default_rng(0), firm=FORD, characteristics=CAR)
    params = prior.estimate.params
    fitted = params["1"] + sum(params[name] * value for name, value in CAR.items())
    effects = prior.quality.coefficients["estimate"]
    gap = fitted - prior.firms.loc[FORD, "firm_log_odds"]
    center = (
        effects["Intercept"]
        + effects["firm_quality"] * prior.firms.loc[FORD, "firm_quality"]
        + effects["utility_gap"] * gap
    )
    # The firm's own random effect moves the center a little.
    assert np.median(draws) == pytest.approx(fitted + center, abs=0.5)
    low, high = np.quantile(draws, [0.1, 0.9])
    assert high - low == pytest.approx(2.6 * prior.quality.deviations["own"], rel=0.2)


def test_a_new_firm_is_less_certain(prior: ir.EntrantPrior) -> None:
    rng = np.random.default_rng(0)
    spread = {
        firm: np.subtract(*np.quantile(draws, [0.9, 0.1]))
        for firm in (FORD, "nobody")
        for draws in [prior.draw(5000, rng, firm=firm, characteristics=CAR)]
    }
    assert spread["nobody"] > spread[FORD]


def test_a_launch_at_list_prices_is_logit(prior: ir.EntrantPrior) -> None:
    forecast = prior.launch(firm=FORD, characteristics=CAR, draws=32)
    before = forecast.before
    assert before["firm"] + before["rivals"] + before["none"] == pytest.approx(1)
    draws = forecast.draws
    odds = draws["share"] / draws["none"]
    assert draws["none"].to_numpy() == pytest.approx(
        (1 / (1 / before["none"] + odds)).to_numpy(), rel=1e-9
    )
    assert (draws["price"] == CAR["prices"]).all()
    frame = forecast.frame
    assert list(frame.columns[:4]) == ["before", "median", "low_50", "high_50"]
    assert (frame["low_90"] <= frame["low_50"]).all()
    assert frame.loc["firm", "median"] < before["firm"]


def test_a_launch_where_firms_set_prices(prior: ir.EntrantPrior) -> None:
    forecast = prior.launch(firm=FORD, characteristics=CAR, draws=8, production_cost=2.0)
    assert (forecast.draws["price"] > 2.0).all()
    assert forecast.draws["price"].nunique() > 1


def test_what_is_refused(prior: ir.EntrantPrior) -> None:
    rng = np.random.default_rng(0)
    for changes, message in (
        ({"market": 1985}, "a market of the last period"),
        ({"characteristics": {"space": 1.0}}, "prices among"),
        ({"characteristics": {**CAR, "wings": 2}}, "wings"),
        ({"characteristics": {"prices": 9.0}}, "hpwt"),
    ):
        with pytest.raises(InputError, match=message):
            prior.draw(5, rng, **{"firm": FORD, "characteristics": CAR, **changes})
