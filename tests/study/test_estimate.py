"""Studies that rest on an estimate."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.results import Estimate
from inroads.market.moves import SetPrice
from inroads.report.sections.fit import _estimated
from inroads.study.load import load_study
from inroads.study.lock import hashes
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.results import calibration_record

sys.path.insert(0, str(Path(__file__).resolve().parent))
from machines import DEMAND, START, estimate_of_machines, study_of


@pytest.fixture(scope="module")
def fit() -> Estimate:
    return estimate_of_machines()


@pytest.fixture(scope="module")
def study(fit: Estimate, tmp_path_factory: pytest.TempPathFactory) -> ir.Study:
    return load_study(study_of(tmp_path_factory.mktemp("study") / "machines", fit))


def test_market_is_the_estimates_own(fit: Estimate, study: ir.Study) -> None:
    """The same buyers at the same prices buy the same, and answer a price as they do there."""
    ours, theirs = study.market(), fit.market("m3")
    assert ours.consumers.cells["weight"].sum() == pytest.approx(1)
    shares = theirs.offers.index.map(fit.panel.products.query("market_ids == 'm3'")
                                     .set_index("product_ids")["shares"])  # fmt: skip
    np.testing.assert_allclose(ours.solve().state.shares, shares, rtol=1e-9)
    at = ours.demand.at_prices(ours.column("price"))
    there = theirs.demand.at_prices(theirs.column("price"))
    np.testing.assert_allclose(100 * at.jacobian, there.jacobian, rtol=1e-8)
    dearer = ours.after(SetPrice("Cima 2", 450.0)).solve().state.shares
    prices = theirs.column("price").copy()
    prices[2] = 4.5
    np.testing.assert_allclose(dearer, theirs.demand.at_prices(prices).shares, rtol=1e-8)


INCOMES = """
[[consumers.income]]
label = "half"
mean = 40000.0
shares = [0.5]

[[consumers.income]]
label = "rich"
mean = 120000.0
shares = [0.5]
"""


def test_income_groups_have_the_estimates_tastes(fit: Estimate, tmp_path: Path) -> None:
    """A dollar of 40 thousand weighs pi / 40; tastes are sigma times points of the normal."""
    demand = "nodes = 20"
    ours = load_study(study_of(tmp_path / "m", fit, demand=demand, more=INCOMES)).market()
    cells = ours.consumers.cells
    assert len(cells) == 40
    assert cells["weight"].sum() == pytest.approx(1)
    pi, sigma = fit.params["pi[prices, 1 / income]"], fit.params["sigma[pressure]"]
    poor = cells["income"].eq(40_000)
    np.testing.assert_allclose(cells["money"][poor], -pi / 40)
    np.testing.assert_allclose(cells["money"][~poor], -pi / 120)
    points = cells["taste for pressure"][poor] / sigma
    assert abs(points.mean()) < 0.15
    assert points.std() == pytest.approx(1, abs=0.15)


def test_unsold_quality_rests_on_the_estimated_taste(fit: Estimate, study: ir.Study) -> None:
    """Where the line has nothing but what the estimate knows, a maker never seen is as others are,
    at its own characteristics."""
    unsold, taste = study.fitted.unsold, fit.params["pressure"]
    products = unsold.market.products
    assert unsold.line is not None
    assert unsold.line.names == ("1",)
    left = products["quality"] - taste * products["pressure"]
    assert left["New"] == pytest.approx(unsold.line.fit.coefficients[0])
    assert left.drop("New").mean() == pytest.approx(left["New"], abs=0.3)
    assert unsold.error["New"] > 0


def test_draws_stand_where_another_estimate_would(
    fit: Estimate, study: ir.Study, tmp_path: Path
) -> None:
    """Deviations of parameters give the market of an estimate that has them, margins met."""
    moved = {"sigma[pressure]": 0.03, "pi[prices, 1 / income]": -15.0, "pressure": 0.05}
    params = fit.params.add(pd.Series(moved), fill_value=0.0)[fit.params.index]
    other = load_study(study_of(tmp_path / "moved", replace(fit, params=params)))
    recalibration = linear_recalibration(study)
    drawn = recalibration.at({}, {}, moved)[1].market
    np.testing.assert_allclose(drawn.products["quality"], other.market().products["quality"])
    np.testing.assert_allclose(
        drawn.after(ir.Launch("New", "Shops")).solve().state.shares,
        other.market().after(ir.Launch("New", "Shops")).solve().state.shares,
    )
    names = [*moved]
    pd.testing.assert_frame_equal(
        study.estimate.covariance.loc[names, names], fit.covariance.loc[names, names]
    )
    assert len(study.estimate.covariance) == len(names)


def test_consumers_who_would_like_to_pay_mind_a_little_in_draws(study: ir.Study) -> None:
    """A draw in which the coefficient of prices has the wrong sign is held at its edge."""
    moved = {"pi[prices, 1 / income]": 60.0}
    drawn = linear_recalibration(study).at({}, {}, moved)[1].market
    assert (drawn.consumers.money > 0).all()


def test_agents_who_leave_out_those_who_never_buy(tmp_path: Path) -> None:
    """Weights that sum to a half leave out a half of consumers, not of buyers."""
    half = estimate_of_machines(weights=0.5)
    theirs = half.market("m3")
    ours = load_study(study_of(tmp_path / "half", half)).market()
    at, there = (m.demand.at_prices(m.column("price")) for m in (ours, theirs))
    np.testing.assert_allclose(at.shares / 2, there.shares, rtol=1e-8)
    np.testing.assert_allclose(100 * at.jacobian / 2, there.jacobian, rtol=1e-8)
    inside = there.shares.sum()
    assert ours.size == pytest.approx(1000 / inside / 2)


def test_past_launches_are_met_by_the_same_buyers(fit: Estimate, tmp_path: Path) -> None:
    """A past launch that products.csv does not have is given its characteristics: one that is the
    study's own new product in all but its name sells what that does."""
    folder = study_of(tmp_path / "launched", fit)
    row = {"launch": "Old", "manufacturer": "Nova", "brand": "Nova", "tier": "all"}
    row |= {"launched": "2023", "channels": "Shops", "price": 300.0, "measure": "units"}
    row |= {"months": 3, "value": 10.0, "published": "2024-01", "source": "invented"}
    row |= {"error": 0.1, "pressure": 16.0}
    pd.DataFrame([row]).to_csv(folder / "launches.csv", index=False)
    study = load_study(folder)
    ((_, prediction),) = study.past_launches.compared
    new = study.fitted.market.after(ir.Launch("New", "Shops", 300.0)).solve().sales()["Nova"]
    assert prediction.predicted == pytest.approx(new)


REFUSED = {
    "a missing file": ({"fit.zip": None}, ("no fit.zip beside study.toml", "demand.estimate")),
    "another file": ({"fit.zip": b"PK"}, ("as this version of inroads saves", "BadZipFile")),
    "an unknown market": ({'"m3"': '"m99"'}, ("a market of its panel (m0, m1", "demand.market")),
    "a missing column": ({"pressure": "bar"}, ("column 'pressure' of products.csv", "bar")),
    "money twice": (
        {"[hedonic]": "[parameters]\nmoney = { value = 1.0 }\n[hedonic]"},
        ("[parameters] without 'money'",),
    ),
    "income twice": (
        {"[hedonic]": "[consumers]\nincome_exponent = 0.5\n[hedonic]"},
        ("no income_exponent",),
    ),
    "groups twice": ({"[hedonic]": INCOMES + "[hedonic]"}, ("no [[consumers.income]]",)),
    "a unit of nothing": ({"prices = 100.0": "prices = 0"}, ("unit of the estimate's prices",)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_match_is_refused(name: str, fit: Estimate, tmp_path: Path) -> None:
    """By name, before anything is solved where a table or the file says it."""
    changes, words = REFUSED[name]
    folder = study_of(tmp_path / "m", fit)
    for old, new in changes.items():
        if new is None:
            (folder / old).unlink()
        elif isinstance(new, bytes):
            (folder / old).write_bytes(new)
        else:
            for file in ("study.toml", "products.csv"):
                text = (folder / file).read_text()
                (folder / file).write_text(text.replace(old, new))
    with pytest.raises(InputError) as refused:
        load_study(folder).market()
    assert all(word in str(refused.value) for word in words), str(refused.value)


def _stopped(fit: Estimate) -> Estimate:
    return replace(fit, converged=False)


def _negative(fit: Estimate) -> Estimate:
    names = list(fit.covariance)
    worse = fit.covariance.copy()
    worse.loc[names, names] -= 2 * np.diag(np.diag(worse))
    return replace(fit, covariance=worse)


def _unidentified(fit: Estimate) -> Estimate:
    covariance = fit.covariance.copy()
    covariance.loc["sigma[pressure]"] = np.nan
    covariance["sigma[pressure]"] = np.nan
    return replace(fit, covariance=covariance)


def _likes_to_pay(fit: Estimate) -> Estimate:
    params = fit.params.copy()
    params["pi[prices, 1 / income]"] = 50.0
    return replace(fit, params=params)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_stopped, "a search that converged"),
        (_negative, "covariance without negative variances"),
        (_unidentified, "none of sigma[pressure]"),
        (_likes_to_pay, "100.00% who like to pay"),
    ],
)
def test_estimates_that_will_not_do(change, words: str, fit: Estimate, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        load_study(study_of(tmp_path / "m", change(fit))).market()
    assert words in str(refused.value)


def test_demand_that_no_study_has(tmp_path: Path) -> None:
    """Prices within a logarithm, and demographics that income groups do not have."""
    curved = ir.Demand("1 + pressure + log(prices)", endogenous=("prices",))
    logs = estimate_of_machines(curved, supply=None, start=None)
    with pytest.raises(InputError, match="linear in prices"):
        load_study(study_of(tmp_path / "logs", logs, demand=" "))
    aged = replace(DEMAND, demographics="0 + I(1 / income) + nodes0")
    fit = estimate_of_machines(aged, start={**START, "pi": [[0, 0], [-60, 0], [0, 0]]})
    with pytest.raises(InputError, match="nodes0"):
        load_study(study_of(tmp_path / "aged", fit, demand=" "))


def test_a_bound_or_an_edge_counts_as_known(fit: Estimate, tmp_path: Path) -> None:
    held = replace(fit, at_bounds=("sigma[pressure]",))
    study = load_study(study_of(tmp_path / "m", held))
    assert "sigma[pressure]" not in study.estimate.covariance
    assert study.estimate.standard_errors["sigma[pressure]"] == 0


def test_logit_gives_money_alone(tmp_path: Path) -> None:
    """Without random coefficients everyone minds paying alike; cells stay as they are."""
    logit = estimate_of_machines(ir.Demand("1 + prices + pressure"), supply=None, start=None)
    study = load_study(study_of(tmp_path / "m", logit, demand=" "))
    market = study.market()
    assert len(market.consumers.cells) == 1
    assert market.consumers.money == pytest.approx([-logit.params["prices"]])
    assert set(study.estimate.covariance.index) == {"prices", "pressure"}


def test_draws_hold_the_covariance_and_the_page_says_so(
    fit: Estimate, ahead_in: Callable[[Path], Path], tmp_path: Path
) -> None:
    """In a study with a path: calibration finds only what the estimate does not give; its
    parameters are drawn with their covariance; results and page name them."""
    folder = ahead_in(tmp_path)
    fit.save(folder / "fit.zip")
    toml = folder / "study.toml"
    text = re.sub(r"^(money|income_exponent) = .*\n", "", toml.read_text(), flags=re.MULTILINE)
    demand = '[demand]\nestimate = "fit.zip"\nprices = 100\nincome = 1000\nnodes = 2\n\n'
    toml.write_text(text.replace("[parameters]", demand + "[parameters]"))
    study = load_study(folder)
    assert study.fitted.calibration.names == ("inertia", "brand")
    ensemble = uncertain(study)
    names = [f"estimate|{name}" for name in study.estimate.covariance]
    drawn = pd.DataFrame(ensemble.inputs(ensemble.points(0, 2048)), columns=ensemble.names)[names]
    np.testing.assert_allclose(drawn.corr(), _correlations(study.estimate.covariance), atol=0.05)
    np.testing.assert_allclose(drawn.std(), np.sqrt(np.diag(study.estimate.covariance)), rtol=0.05)
    model, moved = ensemble.function, dict.fromkeys(names[1:2], 0.05)
    units = "units|Alba|0"
    assert model(moved)[units] != pytest.approx(model({})[units], rel=1e-3)
    assert hashes(study)["fit.zip"] == study.estimate.digest
    record = calibration_record(study.fitted, set(), study.estimate)
    assert {p.name: p.value for p in record.estimated} == {
        name: fit.params[name] for name in study.estimate.used
    }
    assert record.estimated[1].label == "spread of tastes for pressure"
    heading, table, _ = _estimated(record)
    assert heading.text == "Tastes from an estimate"
    assert [row[0] for row in table.rows] == [p.label for p in record.estimated]


def _correlations(covariance: pd.DataFrame) -> np.ndarray:
    sizes = np.sqrt(np.diag(covariance))
    return covariance.to_numpy() / np.outer(sizes, sizes)


def test_scenarios_say_what_newcomers_sell_as_surely_as_the_estimate(study: ir.Study) -> None:
    """Ranges of units at list prices hold the error of quality and, by the delta method, that of
    the estimate; both as reckoned by hand."""
    (scenario,) = ir.run(study).results.scenarios
    assert list(scenario.entrants) == ["Nova"]
    sales = scenario.entrants["Nova"]

    def units(market: ir.Market, z: float = 0.0) -> float:
        products = market.products.copy()
        products.loc["New", "quality"] += z * study.fitted.unsold.error["New"]
        launched = replace(market, products=products).after(ir.Launch("New"))
        return float(launched.solve().sales()["Nova"])

    market, recalibration = study.market(), linear_recalibration(study)
    assert sales.units == pytest.approx(units(market))
    covariance = study.estimate.covariance
    steps = 1e-3 * np.sqrt(np.diag(covariance))
    gradient = []
    for name, step in zip(covariance, steps, strict=True):
        ends = [recalibration.at({}, {}, {name: x})[1].market for x in (-step, step)]
        gradient.append(np.log(units(ends[1]) / units(ends[0])) / (2 * step))
    variance = np.array(gradient) @ covariance.to_numpy() @ np.array(gradient)
    for side, end in ((-1.0, sales.units_low), (1.0, sales.units_high)):
        own = np.log(units(market, side) / units(market))
        both = side * np.hypot(own, variance**0.5)
        assert np.log(end / sales.units) == pytest.approx(both, rel=0.1)
