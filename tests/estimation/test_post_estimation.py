"""What follows from an estimate: merger prices, markets handed over, standard errors of both."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.stats import norm

import inroads as ir
from inroads.errors import InputError
from inroads.market.moves import Launch, Merge, Tax
from tests.estimation.cereals import estimated


@pytest.fixture(scope="module")
def nevo():
    return estimated()


@pytest.fixture(scope="module")
def logit():
    panel = ir.read_panel(pyblp.data.NEVO_PRODUCTS_LOCATION)
    return ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), panel)


def merged(fitted):
    firms = fitted.column("firm_ids").astype(str)
    return np.where(firms == "2", "1", firms)


def test_merger_prices_of_the_tutorial(nevo):
    """PyBLP 1.3, post_estimation tutorial: the owner of firm 2 becomes firm 1."""
    fitted = nevo.fitted
    prices = fitted.prices(merged(fitted))
    change = prices / fitted.column("prices") - 1
    assert change.mean() == pytest.approx(0.1015516874449426, rel=1e-6)
    np.testing.assert_allclose(
        prices[:5],
        [0.085376078038, 0.127054526652, 0.147482246139, 0.145308739942, 0.17144177786],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        fitted.at_prices(prices).column("shares")[:5],
        [0.009201185672, 0.005247071844, 0.009762603325, 0.004193117919, 0.012013262415],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        fitted.one_step_prices(merged(fitted))[:5],
        [0.091410631561, 0.127510390558, 0.151947287263, 0.150331777553, 0.173961804505],
        rtol=1e-6,
    )


def test_nothing_changed_nothing_moves(nevo):
    fitted = nevo.fitted
    np.testing.assert_allclose(fitted.prices(), fitted.column("prices"), rtol=1e-12)
    same = fitted.at_prices(fitted.column("prices"))
    np.testing.assert_allclose(same.column("shares"), fitted.column("shares"), rtol=1e-11)


def test_demand_moved_to_other_prices_is_demand_there(nevo):
    """at_prices answers as the market handed over does, and moving back undoes it."""
    fitted = nevo.fitted
    prices = fitted.column("prices") * 1.03
    moved = fitted.at_prices(prices)
    back = moved.at_prices(fitted.column("prices"))
    np.testing.assert_allclose(back.column("shares"), fitted.column("shares"), rtol=1e-10)
    np.testing.assert_allclose(back.own_elasticities(), fitted.own_elasticities(), rtol=1e-9)
    market = nevo.market("C01Q1")
    rows = fitted.column("market_ids") == "C01Q1"
    shares = market.consumers.at_prices(prices[rows]).shares
    np.testing.assert_allclose(moved.column("shares")[rows], shares, rtol=1e-11)


def test_a_market_handed_over(nevo):
    market = nevo.market("C01Q1", size=1000)
    settled = market.solve()
    np.testing.assert_allclose(settled.prices, market.offers["price"], rtol=1e-12)
    merged_market = market.after(Merge("1", "2")).solve()
    everywhere = nevo.fitted.prices(merged(nevo.fitted))
    rows = nevo.fitted.column("market_ids") == "C01Q1"
    np.testing.assert_allclose(merged_market.prices, everywhere[rows], rtol=1e-10)
    assert merged_market.concentration > settled.concentration
    # A tax, a new product and a product less are one move each.
    taxed = market.after(Tax(unit=0.01)).solve()
    assert (taxed.prices > settled.prices).all()
    like = market.consumers.utility[0]
    entered = market.after(
        Launch("new", price=0.12, manufacturer="9", utility=like - 1.0, retail_cost=0.05)
    ).solve()
    assert entered.profits["9"] > 0
    with pytest.raises(InputError, match="C99"):
        nevo.market("C99")


def test_kappa_becomes_holdings():
    """Firms that count half of each other's profits, in the panel and in the market handed over."""
    panel = ir.read_panel(pyblp.data.NEVO_PRODUCTS_LOCATION)
    products = panel.products.assign(firm_ids=panel.products["firm_ids"].astype(str))
    panel = ir.Panel(products=products, agents=None)
    firms = sorted(set(products["firm_ids"]))
    kappa = pd.DataFrame(0.5 + 0.5 * np.eye(len(firms)), firms, firms)
    kappa = kappa.rename_axis(index="sets_price", columns="profit_of")
    supply = ir.Supply("1 + sugar", log=False, kappa=kappa)
    demand = ir.Demand("1 + prices + sugar")
    estimate = ir.estimate(
        demand, panel, supply=supply, start={"prices": -30.0}, steps=1, n_starts=1
    )
    market = estimate.market("C01Q1", below_zero=True)
    rows = estimate.fitted.column("market_ids") == "C01Q1"
    np.testing.assert_allclose(
        market.offers["retail_cost"], estimate.fitted.costs()[rows], rtol=1e-10
    )


def test_delta_method_by_the_formula(logit):
    """Logit: e_jj = alpha p_j (1 - s_j), whose standard error is that of alpha times the rest."""
    prices, shares = logit.fitted.column("prices"), logit.fitted.column("shares")
    found = logit.standard_errors_of(lambda fitted: fitted.own_elasticities()[:5]).to_frame()
    expected = logit.standard_errors["prices"] * (prices * (1 - shares))[:5]
    np.testing.assert_allclose(found["standard_error"], expected, rtol=1e-7)
    np.testing.assert_allclose(found["estimate"], logit.fitted.own_elasticities()[:5], rtol=1e-10)
    for end, sign in (("low", -1), ("high", 1)):
        away = sign * norm.ppf(0.975) * found["standard_error"]
        np.testing.assert_allclose(found[end] - found["estimate"], away, rtol=1e-7)


def test_delta_method_and_bootstrap_agree(nevo):
    """Own elasticities and a merger's prices, mean utilities solved for again at each draw."""

    def numbers(fitted):
        settled = fitted.market("C01Q1").after(Merge("1", "2")).solve(certificate=False)
        elasticity = fitted.own_elasticities().mean()
        return pd.Series({"elasticity": elasticity, "price": settled.prices.mean()})

    # Where estimates spread widely the two part ways by curvature; a tenth of the spread does not.
    V = nevo.covariance / 100
    tight = type(nevo)(**{**vars_of(nevo), "covariance": V})
    delta = tight.standard_errors_of(numbers).to_frame()
    drawn = tight.standard_errors_of(numbers, method="bootstrap", draws=120, seed=1)
    assert drawn.failed == 0
    np.testing.assert_allclose(
        drawn.to_frame()["standard_error"], delta["standard_error"], rtol=0.2
    )
    np.testing.assert_allclose(drawn.to_frame()["low"], delta["low"], rtol=0.03)
    assert (delta["standard_error"] > 0).all()


def test_standard_errors_through_an_equilibrium(logit):
    """The delta method of a merger's prices, against differences of estimates by hand."""

    def price(fitted):
        return fitted.market("C01Q1").after(Merge("1", "2")).solve().prices.iloc[:2].to_numpy()

    found = logit.standard_errors_of(price).to_frame()["standard_error"].to_numpy()
    alpha, error = logit.params["prices"], logit.standard_errors["prices"]
    ends = []
    for value in (alpha + 1e-3 * error, alpha - 1e-3 * error):
        moved = type(logit)(**{**vars_of(logit), "params": logit.params * 0 + value})
        ends.append(price(moved.fitted))
    slope = (ends[0] - ends[1]) / 2e-3
    np.testing.assert_allclose(found, np.abs(slope), rtol=1e-5)


def chained(fitted):
    """A market sold through one shop, to which its firms sell on bargained terms."""
    market = fitted.market("C01Q1")
    offers = market.offers.assign(
        channel="shop",
        seller="shop",
        production_cost=market.offers["retail_cost"],
        retail_cost=0.0,
    )
    return replace(market, offers=offers, pricing=ir.Vertical(ir.BargainingTerms(0.6))).solve(
        certificate=False
    )


def test_errors_of_terms_through_bargaining(logit):
    """Logit: wholesale prices hang on one number, alpha, so that their error is a slope's."""

    def numbers(fitted):
        found = chained(fitted)
        joint = found.links["joint_gain"].sum()
        return np.array([found.frame["wholesale"].iloc[0], found.prices.iloc[0], joint])

    delta = logit.standard_errors_of(numbers).to_frame()
    drawn = logit.standard_errors_of(numbers, method="bootstrap", draws=60, seed=3).to_frame()
    np.testing.assert_allclose(drawn["standard_error"], delta["standard_error"], rtol=0.2)
    alpha, error = logit.params["prices"], logit.standard_errors["prices"]
    up, down = (
        numbers(type(logit)(**{**vars_of(logit), "params": logit.params * 0 + value}).fitted)
        for value in (alpha + 1e-3 * error, alpha - 1e-3 * error)
    )
    slope = np.abs(up - down) / 2e-3
    np.testing.assert_allclose(delta["standard_error"], slope, rtol=1e-5)
    assert (slope > 0).all()


@pytest.mark.parametrize("name", ["prices", "margins", "concentration", "at_prices"])
def test_values_of_other_products_are_refused(logit, name):
    with pytest.raises(InputError, match="of 2256 products"):
        getattr(logit.fitted, name)(np.array(["1", "2"]))


def test_another_method_is_refused(logit):
    with pytest.raises(InputError, match="'delta' or 'bootstrap'"):
        logit.standard_errors_of(lambda fitted: 1.0, method="delt")


def vars_of(estimate):
    return {name: getattr(estimate, name) for name in estimate.__dataclass_fields__}


def test_no_covariance_no_spread(logit):
    without = type(logit)(**{**vars_of(logit), "covariance": logit.covariance * np.nan})
    with pytest.raises(InputError, match="covariance"):
        without.standard_errors_of(lambda fitted: fitted.margins().mean())


def test_prices_that_are_bent_are_refused_afterwards(logit):
    demand = ir.Demand("0 + I(prices**2)", absorb="product_ids")
    bent = ir.estimate(demand, logit.panel)
    with pytest.raises(InputError, match=r"prices ?\*\* ?2"):
        bent.elasticities()


AFTER = {
    "frame": lambda fit: fit.frame(),
    "elasticities": lambda fit: fit.elasticities(),
    "diversion": lambda fit: fit.diversion(),
    "own elasticities": lambda fit: fit.fitted.own_elasticities(),
    "margins": lambda fit: fit.fitted.margins(),
    "costs": lambda fit: fit.fitted.costs(),
    "profits": lambda fit: fit.fitted.profits(),
    "surplus": lambda fit: fit.fitted.consumer_surplus(),
    "prices": lambda fit: fit.fitted.prices(),
    "prices at costs": lambda fit: fit.fitted.prices(costs=fit.fitted.column("prices") * 0.5),
    "one step": lambda fit: fit.fitted.one_step_prices(fit.fitted.column("firm_ids")),
    "market": lambda fit: fit.market("C01Q1", below_zero=True),
    "optimal": lambda fit: fit.standard_errors_of(lambda fitted: fitted.margins()),
}


@pytest.mark.parametrize("what", AFTER)
@pytest.mark.parametrize("demand", ["1 + sugar", "1 + I(-prices)"])
def test_where_nobody_minds_paying(what, demand):
    """Demand without prices, and demand that rises with them, have no costs and no surplus."""
    panel = ir.read_panel(pyblp.data.NEVO_PRODUCTS_LOCATION)
    fit = ir.estimate(ir.Demand(demand), panel)
    if "prices" in demand:
        slope = fit.params["-prices"]
        fit = replace(fit, params=fit.params.mask(fit.params.index == "-prices", -abs(slope)))
    if "prices" in demand and what in ("elasticities", "diversion", "own elasticities"):
        assert (fit.fitted.own_elasticities() > 0).all()
        return
    with pytest.raises(InputError, match=r"marginal utilit.* of money above 0"):
        AFTER[what](fit)


@pytest.mark.parametrize("bad", [np.nan, np.inf, None, "x"])
def test_prices_and_costs_that_are_none(logit, bad):
    fitted = logit.fitted
    values = fitted.column("prices").astype(object)
    values[3] = bad
    name = r"row 5: found .* for F1B11 of market C01Q1|row 5: found .* of market C01Q1"
    with pytest.raises(InputError, match=f"costs, {name}"):
        fitted.prices(costs=values)
    with pytest.raises(InputError, match=f"prices, {name}"):
        fitted.at_prices(values)
    with pytest.raises(InputError, match=r"shape \(5,\); expected prices of 2256 products"):
        fitted.at_prices(values[:5])
    firms = fitted.column("firm_ids").astype(object)
    firms[3] = None
    for call in (fitted.prices, fitted.margins, fitted.concentration, fitted.one_step_prices):
        with pytest.raises(InputError, match="firms, row 5: found None"):
            call(firms)


def test_markets_and_firms_are_found_by_number_or_text():
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    products["market_ids"] = pd.factorize(products["market_ids"])[0]
    fit = ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), ir.read_panel(products))
    by_number, by_text = (fit.market(market, below_zero=True) for market in (3, "3"))
    pd.testing.assert_frame_equal(by_number.offers, by_text.offers)
    one, two = (by_number.after(merge).solve() for merge in (Merge(1, 2), Merge("1", "2")))
    np.testing.assert_array_equal(one.prices, two.prices)
    files = ir.read_panel(products.astype({"market_ids": str}))
    for panel in (fit.panel, files):
        for markets in ([3, 4], ["3", "4"]):
            rows = ir.Supply("1", markets=markets).supplied(panel.products)
            assert set(panel.products["market_ids"][rows].astype(str)) == {"3", "4"}
