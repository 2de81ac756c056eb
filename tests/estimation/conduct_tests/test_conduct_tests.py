"""Tests of conduct: pyRVtest's numbers, vertical models by hand, power, bad input."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bargaining.sequential import Sequential
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import vertical_stakes
from inroads.estimation.conduct_tests.markup_slopes import markup_slopes
from inroads.estimation.conduct_tests.pair_statistics import critical_values
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.inference.delta_method import DemandAtParameters
from inroads.estimation.post_estimation import FittedDemand
from tests.estimation.conduct_tests.chains import agents, products

#: pyRVtest 0.3.2 on these panels with PyBLP 1.3.0's one-step estimates, "seed[ absorbed], demand
#: error, clustered": T and F of pairs; cost formula 1 + shifter, or shifter and C(product_ids)
#: absorbed; instruments rivals, spread, x, orthonormal once costs are taken out. Its way of taking
#: the influence of W, by W's powers, is exact for these alone; and only where cost effects are
#: absorbed does it count the error of demand (elsewhere its derivative of markups stays zero).
REFERENCE = json.loads((Path(__file__).parent / "pyrvtest_0_3_2.json").read_text())
MODELS = {
    "Bertrand": ir.PriceSetting(),
    "collusion": ir.PriceSetting(firms="all"),
    "Cournot": ir.QuantitySetting(),
    "at cost": ir.MarginalCostPricing(),
    "double margins": ir.DoubleMarginalization(),
}
ABOVE = np.triu_indices(len(MODELS), 1)
FORMULA = "0 + rivals + spread + x"


@cache
def fitted(seed=0):
    panel = ir.read_panel(products(seed), agents())
    demand = ir.Demand("1 + prices + x", random="0 + x")
    return ir.estimate(demand, panel, start={"sigma": [0.5]}, n_starts=1, steps=1)


class TestBesidePyRVtest:
    @pytest.mark.parametrize("seed", [0, 1])
    @pytest.mark.parametrize("errors", ["robust", "clustered"])
    @pytest.mark.parametrize("demand_error", [False, True])
    def test_statistics(self, seed, errors, demand_error):
        absorb = {"absorb": "product_ids"} if demand_error else {}
        tests = ir.test_conduct(
            fitted(seed),
            MODELS,
            "0 + shifter" if demand_error else "1 + shifter",
            FORMULA,
            demand_error=demand_error,
            errors=errors,
            **absorb,
        )
        place = f"{seed}{' absorbed' if demand_error else ''},{demand_error:d}"
        expected = REFERENCE[f"{place},{errors == 'clustered':d}"]
        found = tests.sets["instruments"].statistics
        np.testing.assert_allclose(found.T[ABOVE], expected["T"], atol=1e-7)
        np.testing.assert_allclose(found.F[ABOVE], expected["F"], rtol=1e-7)

    @pytest.mark.parametrize("seed", [0, 1])
    def test_markups(self, seed):
        for model, expected in zip(MODELS.values(), REFERENCE[f"markups {seed}"], strict=True):
            found = model.markups(fitted(seed).fitted)[:3]
            np.testing.assert_allclose(found, expected, atol=1e-8)


def test_statistics_are_those_of_any_basis_of_instruments():
    """The influence of W is taken exactly: other combinations of instruments change nothing."""
    one, other = (
        ir.test_conduct(fitted(), MODELS, "1 + shifter", formula)
        for formula in (FORMULA, "0 + I(3 * rivals + x) + I(spread - 9 * x) + x")
    )
    for name in ("T", "F", "rho"):
        a, b = (getattr(t.sets["instruments"].statistics, name) for t in (one, other))
        np.testing.assert_allclose(a[ABOVE], b[ABOVE], rtol=1e-7)


def test_the_error_of_demand_is_that_of_shifted_demand():
    """d lack of fit / d parameters through markups, by hand for one parameter and one model."""
    fit, step = fitted(), 1e-3
    (slopes,) = markup_slopes(fit, [ir.PriceSetting()])
    moved = fit.params.to_numpy().copy()
    position = list(fit.params.index).index("sigma[x]")
    moved[position] += step
    demand = DemandAtParameters(fit)
    change = ir.PriceSetting().markups(demand.at(moved)) - ir.PriceSetting().markups(fit.fitted)
    np.testing.assert_allclose(change, step * slopes[:, position], rtol=0.02, atol=1e-6)
    assert not slopes[:, list(fit.params.index).index("x")].any()


class TestVertical:
    def market(self, number=0):
        """One market of the fit: rows, buyers, prices, manufacturers, channels from 0 on."""
        rows, buyers = fitted().fitted.buyers_of(number)
        table = fitted().panel.products.iloc[rows]
        makers = table["firm_ids"].to_numpy()
        sellers = table["channel_ids"].to_numpy() - 4
        return rows, buyers, table["prices"].to_numpy(float), makers, sellers

    def test_no_wholesale_price_is_worth_changing(self):
        """Manufacturers' profits at wholesale prices nearby, retail prices solved for again."""
        rows, buyers, prices, makers, sellers = self.market()
        markups = ir.DoubleMarginalization().markups(fitted().fitted)[rows]
        retail_margin = ir.PriceSetting(firms="channel_ids").markups(fitted().fitted)[rows]
        wholesale = prices - retail_margin
        upstream, zero = markups - retail_margin, np.zeros(len(rows))
        assert (upstream > 0).all()
        stakes = vertical_stakes(makers, sellers, wholesale - upstream, zero)
        retail = Retail(buyers, stakes, sellers)
        for j in (0, 3):
            profits = []
            for change in (-1e-3, 1e-3):
                moved = wholesale.copy()
                moved[j] += change
                solved = solve_prices(retail, prices, moved).value
                profits.append(retail.conditions(solved, moved).profits[makers[j]])
            scale = fitted().panel.products["shares"].iloc[rows[j]]
            assert abs(profits[1] - profits[0]) / 2e-3 < 1e-5 * scale

    def test_without_a_chain_it_is_bertrand(self):
        """Each sells what it makes: integrated."""
        own = fitted().panel.products.assign(channel_ids=lambda t: t["firm_ids"])
        panel = ir.read_panel(own, agents())
        demand = ir.Demand("1 + prices + x", random="0 + x")
        fit = ir.estimate(demand, panel, start={"sigma": [0.5]}, n_starts=1, steps=1)
        bertrand = ir.PriceSetting().markups(fit.fitted)
        for model in (ir.DoubleMarginalization(), ir.NashBargaining()):
            np.testing.assert_allclose(model.markups(fit.fitted), bertrand, rtol=1e-9)

    def test_bargaining_with_all_power_at_channels_is_wholesale_at_cost(self):
        at_cost = ir.PriceSetting(firms="channel_ids").markups(fitted().fitted)
        all_power = ir.NashBargaining(channel_weight=1.0).markups(fitted().fitted)
        np.testing.assert_allclose(all_power, at_cost, rtol=1e-8)
        even = ir.NashBargaining(channel_weight=0.5).markups(fitted().fitted)
        assert (even > at_cost).all()

    def test_bargains_split_the_gains(self):
        """lambda times what a pair's maker gains is 1 - lambda times what its channel does."""
        rows, buyers, prices, makers, sellers = self.market()
        markups = ir.NashBargaining(channel_weight=0.3).markups(fitted().fitted)[rows]
        retail_margin = ir.PriceSetting(firms="channel_ids").markups(fitted().fitted)[rows]
        upstream, choices = markups - retail_margin, buyers.at_prices(prices)
        for maker, seller in {*zip(makers, sellers, strict=True)}:
            left = ~((makers == maker) & (sellers == seller))
            change = choices.shares - buyers.at_prices(prices, left).shares
            gain_maker = upstream[makers == maker] @ change[makers == maker]
            gain_seller = retail_margin[sellers == seller] @ change[sellers == seller]
            assert 0.3 * gain_maker == pytest.approx(0.7 * gain_seller, rel=1e-8)


class TestSequentialBargains:
    """Retail prices answer wholesale prices, agreed or not."""

    def markups(self, weight, **options):
        model = ir.NashBargaining(channel_weight=weight, timing="sequential", **options)
        return model.markups(fitted().fitted)

    def test_without_power_a_channel_takes_what_is_asked(self):
        double = ir.DoubleMarginalization().markups(fitted().fitted)
        np.testing.assert_allclose(self.markups(0.0), double, rtol=1e-8)

    def test_with_all_of_it_wholesale_is_at_cost(self):
        at_cost = ir.PriceSetting(firms="channel_ids").markups(fitted().fitted)
        np.testing.assert_allclose(self.markups(1.0), at_cost, rtol=1e-8)

    @pytest.mark.parametrize("disagreement", ["pair", "offer"])
    def test_the_game_s_own_conditions_hold_at_implied_costs(self, disagreement):
        """Those by which studies look for wholesale prices."""
        rows, buyers, prices, makers, sellers = TestVertical().market()
        retail_margin = ir.PriceSetting(firms="channel_ids").markups(fitted().fitted)[rows]
        wholesale = prices - retail_margin
        cost = prices - self.markups(0.3, disagreement=disagreement)[rows]
        game = Sequential(
            retail=Retail(buyers, vertical_stakes(makers, sellers, cost, 0 * cost), sellers),
            links=make_links(makers, sellers, 0.3, disagreement),
            production_cost=cost,
            present=np.ones(len(rows), dtype=bool),
            contract=ir.LinearPrice(),
        )
        np.testing.assert_allclose(game.foc(prices, wholesale), 0.0, atol=1e-9)
        assert (np.abs(game.foc(prices, wholesale - 0.1)) > 1e-4).all()

    def test_firms_on_both_sides_are_refused(self):
        own = fitted().panel.products.assign(channel_ids=lambda t: t["firm_ids"])
        demand = fitted().fitted
        both = replace(demand, panel=ir.read_panel(own, agents()))
        with pytest.raises(ir.InputError, match="one that makes and sells"):
            ir.NashBargaining(timing="sequential").markups(both)
        with pytest.raises(ir.InputError, match="timing"):
            ir.NashBargaining(timing="later").markups(demand)


class TestOtherModels:
    def test_cournot_by_its_first_order_condition(self):
        """A little more of j, prices answering along inverse demand: no profit gained."""
        rows, buyers = fitted().fitted.buyers_of(0)
        table = fitted().panel.products.iloc[rows]
        prices, firms = table["prices"].to_numpy(float), table["firm_ids"].to_numpy()
        m = ir.QuantitySetting().markups(fitted().fitted)[rows]
        choices = buyers.at_prices(prices)
        dp = np.linalg.inv(choices.jacobian)
        own = firms == firms[0]
        assert m[0] + dp[own, 0] @ choices.shares[own] == pytest.approx(0.0, abs=1e-10)

    def test_kappa_between_none_and_all(self):
        firms = [0, 1, 2]
        part = pd.DataFrame(0.5 + 0.5 * np.eye(3), firms, firms)
        part = part.rename_axis(index="sets_price", columns="profit_of")
        demand = fitted().fitted
        low, high = MODELS["Bertrand"].markups(demand), MODELS["collusion"].markups(demand)
        middle = ir.PriceSetting(kappa=part).markups(demand)
        assert ((low < middle) & (middle < high)).all()

    def test_a_model_in_some_markets(self):
        demand = fitted().fitted
        mixed = ir.ByMarket(MODELS["collusion"], ["0", 1], MODELS["Bertrand"]).markups(demand)
        first = fitted().panel.products["market_ids"].isin([0, 1]).to_numpy()
        np.testing.assert_array_equal(mixed[first], MODELS["collusion"].markups(demand)[first])
        np.testing.assert_array_equal(mixed[~first], MODELS["Bertrand"].markups(demand)[~first])

    def test_given_markups(self):
        given = ir.GivenMarkups(pd.Series(0.3, fitted().panel.products.index))
        np.testing.assert_array_equal(given.markups(fitted().fitted), 0.3)


def true_contract(model, seed, markets=40):
    """Prices that are `model`'s at random costs, found by repeated markups."""
    rng = np.random.default_rng(1_000 + seed)
    start = products(seed, markets)
    cost = 1.0 + 0.4 * start["shifter"].to_numpy() + 0.2 * rng.normal(size=len(start))
    panel = ir.read_panel(start.assign(prices=cost + 2.5), agents(markets))
    demand = ir.Demand("1 + prices + x", random="0 + x")
    xi = 0.3 * rng.normal(size=len(start))
    design = unchecked_design(demand, panel)
    delta = 2 + 0.8 * start["x"].to_numpy() - panel.products["prices"].to_numpy() + xi
    fitted_demand = FittedDemand(
        panel=panel,
        design=design,
        delta=delta,
        sigma=np.array([[0.7]]),
        pi=np.zeros((1, 0)),
        price_coefficient=-1.0,
        rho=np.zeros(0),
    )
    prices = panel.products["prices"].to_numpy()
    for _ in range(40):
        markups = model.markups(fitted_demand.at_prices(prices))
        prices = 0.6 * prices + 0.4 * (cost + markups)
    assert np.abs(cost + markups - prices).max() < 1e-4
    return fitted_demand.at_prices(prices).panel


def test_the_contract_that_made_prices_is_told():
    """Double margins made them: that model stays, and what is far from it goes."""
    panel = true_contract(ir.DoubleMarginalization(), seed=2)
    demand = ir.Demand("1 + prices + x", random="0 + x")
    fit = ir.estimate(demand, panel, start={"sigma": [1.0]}, n_starts=1, steps=1)
    models = {
        "double margins": ir.DoubleMarginalization(),
        "wholesale at cost": ir.PriceSetting(firms="channel_ids"),
        "integration": ir.PriceSetting(firms="all"),
    }
    tests = ir.test_conduct(fit, models, "1 + shifter", FORMULA)
    best = np.argmin(tests.sets["instruments"].statistics.lack_of_fit)
    assert tests.models[best] == "double margins"
    assert "double margins" in tests.confidence_set()["instruments"]
    assert tests.p_values().loc["double margins", "instruments"] == 1.0
    assert tests.p_values().loc["wholesale at cost", "instruments"] < 0.05


class TestTables:
    def test_frame_summary_and_latex(self):
        sets = {"all": FORMULA, "rivals": "0 + rivals"}
        tests = ir.test_conduct(fitted(), MODELS, "1 + shifter", sets)
        frame = tests.to_frame()
        assert len(frame) == 2 * 10
        assert list(tests.p_values()) == ["all", "rivals"]
        assert (frame.groupby("instruments")["count"].first() == [3, 1]).all()
        text = tests.summary()
        assert "sampling error of demand counted" in text
        assert "all: not rejected at 5 percent: " in text
        latex = tests.to_latex()
        assert latex.count("\\begin{tabular}") == 2
        assert "double margins & " in latex
        assert repr(tests) == "<ConductTests of 5 models with 2 sets of instruments>"

    def test_critical_values_are_the_paper_s(self):
        """Duarte, Magnolfi, Solvsten and Sullivan (2024), as pyRVtest has them."""
        values = critical_values(1, 0.0)
        assert values[["power_50", "power_75", "power_95"]].tolist() == [17.8, 22.2, 29.8]
        assert critical_values(2, -0.9)["power_95"] == 2.6
        assert critical_values(40, 0.5).equals(critical_values(30, 0.5))

    def test_logarithms_of_costs(self):
        models = {"Bertrand": MODELS["Bertrand"], "at cost": MODELS["at cost"]}
        tests = ir.test_conduct(fitted(), models, "1 + shifter", FORMULA, log=True)
        assert np.isfinite(tests.to_frame()["T"]).all()


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"models": {"one": ir.PriceSetting()}}, "at least two models"),
            ({"models": [ir.PriceSetting(), ir.QuantitySetting()]}, "at least two models"),
            ({"models": {"a": ir.PriceSetting(), "b": "Cournot"}}, "found 'Cournot'"),
            (
                {"models": {"a": ir.PriceSetting(), "b": ir.PriceSetting(kappa=None)}},
                "'a' and 'b', the same",
            ),
            ({"instruments": "0 + shifter"}, "found shifter; expected instruments that cost"),
            # The shifter under the name that it has as an instrument of demand.
            ({"instruments": "0 + demand_instruments0"}, "found demand_instruments0; expected"),
            ({"instruments": "0 + prices"}, "prices and shares do not enter"),
            ({"instruments": "1"}, "found none"),
            ({"costs": "1 + prices"}, "prices and shares do not enter"),
            ({"errors": "white"}, "'robust', 'homoskedastic'"),
            ({"log": True}, "costs above 0 under"),
        ],
    )
    def test_is_told(self, change, message):
        dear = {"dear": ir.GivenMarkups(np.full(180, 9.0)), "at cost": ir.MarginalCostPricing()}
        models = dear if "log" in change else MODELS
        call = {"models": models, "costs": "1 + shifter", "instruments": FORMULA} | change
        with pytest.raises(ir.InputError, match=message):
            ir.test_conduct(fitted(), **call)

    def test_no_channels(self):
        panel = ir.read_panel(products(0).drop(columns="channel_ids"), agents())
        demand = ir.Demand("1 + prices + x", random="0 + x")
        fit = ir.estimate(demand, panel, start={"sigma": [0.5]}, n_starts=1, steps=1)
        with pytest.raises(ir.InputError, match="a column 'channel_ids'"):
            ir.test_conduct(fit, MODELS, "1 + shifter", FORMULA)

    def test_a_market_that_is_not_there(self):
        model = ir.ByMarket(ir.PriceSetting(), [99], ir.QuantitySetting())
        with pytest.raises(ir.InputError, match="found 99"):
            model.markups(fitted().fitted)
