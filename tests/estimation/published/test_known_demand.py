"""Parameters from elsewhere: PyBLP's results taken over, and tables of numbers."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from tests.estimation.cereals import CEREALS, START, estimated, panel, products

PI = np.array(START["pi"])


@cache
def solved():
    """PyBLP at the tutorial's start."""
    formulas = (
        pyblp.Formulation("0 + prices", absorb="C(product_ids)"),
        pyblp.Formulation("1 + prices + sugar + mushy"),
    )
    agents = pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)
    demographics = pyblp.Formulation("0 + income + income_squared + age + child")
    table = products()
    some = sorted(set(table["market_ids"]))[::6]
    table, agents = (t[t["market_ids"].isin(some)] for t in (table, agents))
    problem = pyblp.Problem(formulas, table, demographics, agents)
    sigma = np.diag(START["sigma"])
    return problem.solve(sigma, PI, method="1s", optimization=pyblp.Optimization("return"))


@cache
def taken():
    return ir.from_pyblp(solved())


@cache
def cars():
    """Automobiles of two years, as PyBLP and as ours, characteristics in logarithms too."""
    whole = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    table = whole[whole["market_ids"].isin([1989, 1990])]
    names = ["market_ids", "firm_ids", "shares", "prices", "hpwt", "air"]
    instruments = {c: f"demand_instruments{k}" for k, c in enumerate(["space", "mpd", "mpg"])}
    table = table[[*names, *instruments, "car_ids"]]
    table = table.rename(columns={"car_ids": "product_ids", **instruments})
    formulas = (
        pyblp.Formulation("1 + prices + log(hpwt) + air"),
        pyblp.Formulation("0 + prices + hpwt"),
    )
    problem = pyblp.Problem(formulas, table, integration=pyblp.Integration("product", size=5))
    return problem.solve(np.diag([0.05, 1.5]), optimization=pyblp.Optimization("return"))


def by_market(results, matrices):
    """PyBLP's stacked matrices as ours are in their long form."""
    ids = np.asarray(results.problem.products.market_ids).ravel()
    rows = [row[: (ids == market).sum()] for row, market in zip(matrices, ids, strict=True)]
    return np.concatenate(rows)


def test_what_pyblp_estimated_is_taken_over():
    results, ours = solved(), taken()
    shares = ours.fitted.at_prices(ours.fitted.column("prices")).column("shares")
    np.testing.assert_allclose(shares, results.problem.products.shares.ravel(), rtol=1e-9)
    np.testing.assert_allclose(
        ours.elasticities()["elasticity"],
        by_market(results, results.compute_elasticities()),
        rtol=1e-8,
    )
    np.testing.assert_allclose(
        ours.frame()["cost"], results.compute_costs().ravel(), rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(ours.xi, results.xi.ravel(), rtol=1e-7, atol=1e-8)
    assert ours.params["pi[prices, income_squared]"] == -1.2


def test_its_standard_errors_come_along():
    results, ours = solved(), taken()
    errors = pd.Series(np.sqrt(np.diag(ours.covariance)), ours.params.index)
    assert errors["prices"] == pytest.approx(results.beta_se.item(), rel=1e-8)
    assert errors["sigma[sugar]"] == pytest.approx(results.sigma_se[2, 2], rel=1e-8)
    assert errors["pi[mushy, age]"] == pytest.approx(results.pi_se[3, 2], rel=1e-8)
    own = ours.standard_errors_of(lambda f: f.own_elasticities().mean()).to_frame()
    assert own["standard_error"].item() > 0


def test_diversion_is_pyblps_dearer_or_removed():
    results, ours = solved(), taken()
    here = "C01Q1"
    for when, theirs in (
        ("dearer", results.compute_diversion_ratios(market_id=here)),
        ("removed", results.compute_long_run_diversion_ratios(market_id=here)),
    ):
        # PyBLP puts the outside option on the diagonal.
        found = ours.diversion(here, when=when)
        square = found.iloc[:, :-1].to_numpy() + np.diag(found["none"])
        np.testing.assert_allclose(square, theirs, rtol=1e-7, atol=1e-12)
        long = ours.diversion(when=when).query("market_ids == @here")
        assert len(long) == len(found) ** 2
        pair = long[(long["product_ids"] == found.index[0]) & (long["to"] == "none")]
        assert pair["diversion"].item() == found["none"].iloc[0]
        sums = long.groupby("product_ids")["diversion"].sum()
        np.testing.assert_allclose(sums, 1.0, rtol=1e-12)


@pytest.mark.parametrize("column", ["prices", "hpwt", "air"])
def test_elasticities_in_characteristics_are_pyblps(column):
    results = cars()
    ours = ir.from_pyblp(results)
    theirs = by_market(results, results.compute_elasticities(column))
    np.testing.assert_allclose(
        ours.elasticities(of=column)["elasticity"], theirs, rtol=1e-8, atol=1e-11
    )


def test_parameters_of_our_own_are_the_same_demand():
    fit = estimated()
    known = ir.known_demand(CEREALS, panel(), fit.params.to_dict(), covariance=fit.covariance)
    pd.testing.assert_series_equal(known.params, fit.params, check_names=False)
    np.testing.assert_allclose(known.delta, fit.delta, rtol=1e-9)
    np.testing.assert_allclose(known.xi, fit.xi, atol=1e-9)
    ours = known.standard_errors_of(lambda f: f.margins()[:3]).to_frame()
    theirs = fit.standard_errors_of(lambda f: f.margins()[:3]).to_frame()
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-6)
    # As matrices, or by name.
    same = ir.known_demand(
        CEREALS,
        panel(),
        {"prices": fit.params["prices"], "sigma": fit.sigma.to_numpy(), "pi": fit.pi.to_numpy()},
    )
    np.testing.assert_array_equal(same.params, known.params)
    market = known.market("C01Q1").after(ir.Merge("1", "2"))
    merged = fit.market("C01Q1").after(ir.Merge("1", "2"))
    np.testing.assert_allclose(market.solve().prices, merged.solve().prices, rtol=1e-9)


def test_nests_of_somebody_else():
    table = products().assign(nesting_ids=products()["mushy"])
    demand = ir.Demand("0 + prices", absorb="product_ids", nested=True)
    given = {"prices": -8.0, "rho": 0.9}
    known = ir.known_demand(demand, ir.read_panel(table), given)
    within = table["shares"] / table.groupby(["market_ids", "mushy"])["shares"].transform("sum")
    expected = -8.0 * table["prices"] * (1 - 0.9 * within - 0.1 * table["shares"]) / 0.1
    np.testing.assert_allclose(known.fitted.own_elasticities(), expected, rtol=1e-9)
    errors = ir.known_demand(
        demand,
        ir.read_panel(table),
        {"prices": -8.0, "rho": 0.9},
        covariance=pd.Series({"rho": 0.01}),
    ).standard_errors_of(lambda f: f.own_elasticities()[0])
    assert errors.to_frame()["standard_error"].item() > 0
    assert np.isnan(known.covariance.to_numpy()).all()
    with pytest.raises(ir.InputError, match="covariance"):
        known.standard_errors_of(lambda f: f.margins()[0])


GOOD = {"prices": -30.0, "sigma": [0.3, 2.0, 0.01, 0.2], "pi": PI}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prices": None}, "None for prices"),
        ({"price": -1.0}, "did you mean 'prices'"),
        ({"rho": 0.5}, "found rho"),
        ({"sigma": [0.3, 2.0]}, "shape"),
        ({"sigma": [0.3, 2.0, 0.0, 0.2], "pi": PI * [[1], [1], [0], [1]]}, "sigma.sugar."),
        ({"sigma": [float("nan"), 1, 1, 1]}, "numbers"),
        ({"sigma[prices]": 2.0}, "sigma.prices. twice"),
    ],
)
def test_parameters_that_do_not_fit(change, message):
    with pytest.raises(ir.InputError, match=message):
        ir.known_demand(CEREALS, panel(), GOOD | change)


def test_what_is_missing_is_named():
    with pytest.raises(ir.InputError, match="none of prices"):
        ir.known_demand(CEREALS, panel(), {k: v for k, v in GOOD.items() if k != "prices"})
    demand = ir.Demand("1 + prices", nested=True)
    table = ir.read_panel(products().assign(nesting_ids=1))
    with pytest.raises(ir.InputError, match="none of rho"):
        ir.known_demand(demand, table, {"1": 0.0, "prices": -1.0})
    for covariance, message in (
        (pd.Series({"price": 1.0}), "found price"),
        (pd.DataFrame([[-1.0]], ["prices"], ["prices"]), "square, symmetric and positive"),
    ):
        with pytest.raises(ir.InputError, match=message):
            ir.known_demand(CEREALS, panel(), GOOD, covariance=covariance)
    with pytest.raises(ir.InputError, match="ProblemResults"):
        ir.from_pyblp(products())
