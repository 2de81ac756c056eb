"""Moments of xi omega and of innovations of xi: beside PyBLP, slopes, truths that come back."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.inference.influence import parameter_influence
from inroads.estimation.problem import build_problem

pyblp.options.verbose = False
EXACT = pyblp.Iteration("squarem", {"atol": 1e-14})
DEMAND = ir.Demand("1 + prices + x", random="0 + x")
SUPPLY = ir.Supply("1 + x", log=False, covariance="1 + w")
START = {"prices": -1.5, "sigma": [1.5]}


@cache
def tables(seed=0, markets=40, J=4):
    """A panel of firms with prices in equilibrium, errors of demand and costs apart."""
    rng = np.random.default_rng(seed)
    N = markets * J
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J) % 3, markets),
            "x": rng.uniform(0, 2, size=N),
            "w": rng.uniform(size=N),
        }
    )
    agents = ir.draw_agents(products["market_ids"].unique(), "product", size=5, dimensions=1)
    simulated = ir.simulate(
        DEMAND,
        products,
        agents,
        supply=ir.Supply("1 + x", log=False),
        beta={"1": 0.5, "prices": -2.0, "x": 1.0},
        gamma={"1": 1.0, "x": 0.5},
        sigma=[2.0],
        xi=0.6 * rng.normal(size=N),
        omega=0.3 * rng.normal(size=N),
    )
    table = simulated.panel.products
    others = table.groupby("market_ids")["x"].transform("sum") - table["x"]
    table = table.assign(demand_instruments0=others, demand_instruments1=table["x"] ** 2)
    return table.assign(supply_instruments0=others), simulated.panel.agents


@cache
def fitted(**options):
    return ir.estimate(
        DEMAND, ir.read_panel(*tables()), supply=SUPPLY, start=START, n_starts=1, **options
    )


@cache
def theirs_with_covariance():
    products, agents = tables()
    instruments = {"covariance_instruments0": 1.0, "covariance_instruments1": products["w"]}
    formulas = [pyblp.Formulation(f) for f in ("1 + prices + x", "0 + x", "1 + x")]
    return pyblp.Problem(formulas, products.assign(**instruments), agent_data=agents)


def differences(f, theta, step=1e-5):
    moves = step * np.eye(len(theta))
    return np.column_stack([(f(theta + m) - f(theta - m)) / (2 * step) for m in moves])


class TestCovariance:
    def test_beside_pyblp(self):
        """Where all parameters stand: objective, gradient, standard errors, weights of moments."""
        fit = fitted()
        W = np.asarray(fit.weights)
        # PyBLP has excluded instruments first.
        order = [*(2, 3, 0, 1), *(6, 4, 5), *(7, 8)]
        p = fit.params
        results = theirs_with_covariance().solve(
            [[p["sigma[x]"]]],
            beta=[p["1"], p["prices"], p["x"]],
            gamma=[p["gamma[1]"], p["gamma[x]"]],
            optimization=pyblp.Optimization("return"),
            iteration=EXACT,
            method="1s",
            check_optimality="gradient",
            W=W[np.ix_(order, order)],
        )
        assert fit.objective == pytest.approx(results.objective.item(), rel=1e-8)
        # All parameters are at their best under all moments.
        assert np.abs(results.gradient).max() < 1e-3
        theirs = [*results.beta_se.ravel(), *results.gamma_se.ravel(), results.sigma_se.item()]
        names = ["1", "prices", "x", "gamma[1]", "gamma[x]", "sigma[x]"]
        np.testing.assert_allclose(fit.standard_errors[names], theirs, rtol=1e-8)

    def test_gradient_is_pyblp_s_and_differences(self):
        problem = build_problem(DEMAND, ir.read_panel(*tables()), SUPPLY, START)
        equations, theta = problem.equations, problem.equations.start
        M = sum(e.Z.shape[1] for e in problem.regressions)
        projection = Projection(problem.regressions, np.diag(np.sqrt(np.arange(1.0, M + 1))))

        def objective(theta):
            r = projection.residual(equations.at(theta).y)
            return np.array([r @ r])

        values = equations.at(theta)
        r, dy = projection.residual(values.y), equations.jacobian(values).dy
        gradient = 2 * projection.jacobian(values.y, dy).T @ r
        found = differences(objective, theta)[0]
        np.testing.assert_allclose(gradient, found, rtol=1e-6)
        beta = projection.beta(values.y)
        order = [*(2, 3, 0, 1), *(6, 4, 5), *(7, 8)]
        W = np.diag(np.arange(1.0, M + 1))[np.ix_(order, order)]
        results = theirs_with_covariance().solve(
            [[1.5]],
            beta=[beta[0], -1.5, beta[1]],
            gamma=beta[2:],
            optimization=pyblp.Optimization("return"),
            iteration=EXACT,
            method="1s",
            check_optimality="gradient",
            W=W,
        )
        assert r @ r == pytest.approx(results.objective.item(), rel=1e-8)
        theirs = results.gradient.ravel()
        # PyBLP's inversion leaves errors.
        np.testing.assert_allclose(gradient, theirs[[2, 0]], rtol=1e-7)
        np.testing.assert_allclose(theirs[[1, 3, 4, 5]], 0.0, atol=1e-6 * np.abs(theirs).max())

    def test_it_tells_the_price_coefficient(self):
        """Without an instrument of prices, which supply's characteristics are not here."""
        fit = fitted()
        low, high = fit.conf_int().loc["prices"]
        assert low < -2.0 < high
        assert high - low < 1.5
        product = (fit.xi * fit.omega).mean()
        assert abs(product) < 0.02 * fit.xi.std() * fit.omega.std()
        without = ir.Supply("1 + x", log=False)
        columns = tables()[0].assign(covariance_instruments0=1.0)
        by_column = ir.estimate(
            DEMAND, ir.read_panel(columns, tables()[1]), supply=without, start=START, n_starts=1
        )
        assert by_column.overidentification.degrees == fit.overidentification.degrees - 1

    def test_it_is_saved_and_tested(self, tmp_path):
        fit = fitted()
        fit.save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        assert again.design.covariance_instruments == ("1", "w")
        assert again.summary() == fit.summary()

    def test_bad_input(self):
        panel = ir.read_panel(*tables())
        for covariance, message in (
            ("1 + prices", "covariance instruments without prices"),
            ("1 + rain", "rain"),
        ):
            supply = ir.Supply("1 + x", log=False, covariance=covariance)
            with pytest.raises(ir.InputError, match=message):
                ir.estimate(DEMAND, panel, supply=supply, start=START)


TIMED = ir.Demand(
    "1 + prices + x",
    endogenous=("prices", "x"),
    innovations=ir.Innovations(
        period="year",
        unit="product_ids",
        lagged="0 + prices + x + rivals",
        instruments="1 + x + rivals",
    ),
)
TRUTH = {"1": 1.0, "prices": -1.5, "x": 0.8}


@cache
def years(seed=0, phi=0.7, sigma=0.0, rho=0.0, products=60, periods=8):
    """x is chosen by the xi of the year before, which rivals share in part; prices answer to xi."""
    rng = np.random.default_rng(seed)
    J, T = 3, periods
    xi, x, cost = (np.zeros((T, products)) for _ in range(3))
    for t in range(T):
        before = [a[t - 1] if t else rng.normal(size=products) for a in (xi, x, cost)]
        common = np.repeat(rng.normal(size=products // J), J)
        xi[t] = phi * before[0] + 0.3 * common + 0.2 * rng.normal(size=products)
        x[t] = 0.5 * before[0] + 0.6 * before[1] + 0.5 * rng.normal(size=products)
        cost[t] = 0.8 * before[2] + 0.4 * rng.normal(size=products)
    rivals = x.reshape(T, -1, J).sum(axis=2).repeat(J, axis=1) - x
    prices = 2 + 0.4 * x - 0.5 * rivals + 0.5 * xi + 0.6 * cost
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    weights = weights / weights.sum()
    u = TRUTH["1"] + TRUTH["prices"] * prices + TRUTH["x"] * x + xi
    u = (u[..., None] + sigma * x[..., None] * nodes).reshape(T, -1, J, len(nodes))
    e = np.exp(u / (1 - rho))
    total = e.sum(axis=2, keepdims=True)
    P = e * total**-rho / (1 + total ** (1 - rho))
    place = np.arange(products) // J
    table = pd.DataFrame(
        {
            "market_ids": [f"{p}-{t}" for t in range(T) for p in place],
            "year": np.repeat(np.arange(T), products),
            "product_ids": np.tile(np.arange(products), T),
            "prices": prices.ravel(),
            "x": x.ravel(),
            "rivals": rivals.ravel(),
            "shares": (P @ weights).ravel(),
        }
    )
    markets = table["market_ids"].unique()
    agents = {"market_ids": np.repeat(markets, len(nodes)), "nodes0": np.tile(nodes, len(markets))}
    return table, pd.DataFrame(agents | {"weights": np.tile(weights, len(markets))})


def differenced(seed, phi):
    return ir.estimate(TIMED, ir.read_panel(years(seed, phi)[0]), errors=ir.Clustered("market_ids"))


class TestInnovations:
    def test_beside_pyblp(self):
        """With tastes for x: objective, standard errors, and a gradient of zero."""
        products, agents = years(sigma=1.0)
        demand = ir.Demand(
            TIMED.linear,
            random="0 + x",
            endogenous=TIMED.endogenous,
            innovations=ir.Innovations(
                period="year",
                unit="product_ids",
                lagged="0 + prices + x + shares",
                instruments="1 + x + rivals",
            ),
        )
        panel = ir.read_panel(products, agents)
        fit = ir.estimate(demand, panel, start={"sigma": [0.8]}, n_starts=1)
        design = fit.design
        instruments = np.hstack([design.Z, design.ZI])
        names = [f"demand_instruments{k}" for k in range(instruments.shape[1])]
        own = np.arange(len(products))
        lag = np.where(design.previous >= 0, design.previous, own)
        table = products.assign(lag_indices=lag, **dict(zip(names, instruments.T, strict=True)))
        p = fit.params
        results = pyblp.Problem(
            (pyblp.Formulation("1 + prices + x"), pyblp.Formulation("0 + x")),
            table,
            agent_data=agents,
            add_exogenous=False,
        ).solve(
            [[p["sigma[x]"]]],
            beta=[p["1"], p["prices"], p["x"]],
            phi=p["phi"],
            demand_moment_types=[("levels", 1), ("innovations", len(names) - 1)],
            optimization=pyblp.Optimization("return"),
            iteration=EXACT,
            method="1s",
            check_optimality="gradient",
            W=fit.weights,
        )
        assert fit.objective == pytest.approx(results.objective.item(), rel=1e-8)
        assert np.abs(results.gradient).max() < 1e-3
        theirs = [*results.beta_se.ravel(), results.phi_se.item(), results.sigma_se.item()]
        np.testing.assert_allclose(fit.standard_errors, theirs, rtol=1e-8)

    def test_gradient_is_differences(self):
        products, agents = years(sigma=1.0)
        demand = ir.Demand("1 + prices + x", random="0 + x", innovations=TIMED.innovations)
        problem = build_problem(demand, ir.read_panel(products, agents), start={"sigma": [0.8]})
        equations, theta = problem.equations, problem.equations.start
        M = sum(e.Z.shape[1] for e in problem.regressions)
        projection = Projection(problem.regressions, np.diag(np.sqrt(np.arange(1.0, M + 1))))

        def objective(theta):
            r = projection.residual(equations.at(theta).y)
            return np.array([r @ r])

        values = equations.at(theta)
        r, dy = projection.residual(values.y), equations.jacobian(values).dy
        gradient = 2 * projection.jacobian(values.y, dy).T @ r
        np.testing.assert_allclose(gradient, differences(objective, theta)[0], rtol=1e-6)

    def test_beside_covariances(self):
        """Both kinds of moments at once: the gradient, and the influence behind the errors."""
        products, agents = tables()
        firms = products.groupby("market_ids").cumcount()
        panel = ir.read_panel(products.assign(product_ids=firms), agents)
        innovations = ir.Innovations(
            period="market_ids", unit="product_ids", lagged="0 + prices", instruments="1 + x"
        )
        demand = replace(DEMAND, innovations=innovations)
        problem = build_problem(demand, panel, SUPPLY, START)
        equations, theta = problem.equations, problem.equations.start
        M = sum(e.Z.shape[1] for e in problem.regressions)
        projection = Projection(problem.regressions, np.diag(np.sqrt(np.arange(1.0, M + 1))))

        def objective(theta):
            r = projection.residual(equations.at(theta).y)
            return np.array([r @ r])

        values = equations.at(theta)
        r, dy = projection.residual(values.y), equations.jacobian(values).dy
        gradient = 2 * projection.jacobian(values.y, dy).T @ r
        np.testing.assert_allclose(gradient, differences(objective, theta)[0], rtol=1e-6)
        fit = ir.estimate(demand, panel, supply=SUPPLY, start=START, n_starts=1)
        influence = parameter_influence(fit)
        errors = np.sqrt((influence**2).sum(axis=0)) / len(influence)
        np.testing.assert_allclose(errors, fit.standard_errors, rtol=1e-6)
        low, high = fit.conf_int().loc["phi"]
        assert low < 0.0 < high
        assert "are weak" not in fit.summary()

    @pytest.mark.parametrize("phi", [0.9, -0.4])
    def test_truth_comes_back_where_ordinary_instruments_are_wrong(self, phi):
        fits = [differenced(seed, phi) for seed in range(10)]
        for name, value in (TRUTH | {"phi": phi}).items():
            estimates = np.array([f.params[name] for f in fits])
            error = np.mean([f.standard_errors[name] for f in fits])
            assert abs(estimates.mean() - value) < 3 * error / np.sqrt(10) + 0.02, name
        if phi > 0:
            ordinary = ir.estimate(
                ir.Demand("1 + prices + x", instruments="0 + rivals"), fits[0].panel
            )
            z = (ordinary.params - pd.Series(TRUTH)) / ordinary.standard_errors
            assert z.abs().max() > 4

    def test_first_years_are_counted_and_gaps_are_no_predecessors(self, tmp_path):
        products = years()[0]
        fit = differenced(0, 0.7)
        assert "60 products without a predecessor" in fit.summary()
        gap = products[~((products["product_ids"] < 3) & (products["year"] == 4))]
        shuffled = gap.sample(frac=1, random_state=0)
        again = ir.estimate(TIMED, ir.read_panel(shuffled))
        assert "63 products without a predecessor" in again.summary()
        sorted_again = ir.estimate(TIMED, ir.read_panel(gap))
        np.testing.assert_allclose(again.params, sorted_again.params, rtol=1e-8)
        fit.save(tmp_path / "fit.zip")
        assert ir.Estimate.load(tmp_path / "fit.zip").summary() == fit.summary()

    def test_in_nests_and_what_follows(self):
        """Berry's regression with phi beside rho; the delta method, another market size."""
        products = years(rho=0.4)[0].assign(nesting_ids="all")
        fit = ir.estimate(replace(TIMED, nested=True), ir.read_panel(products))
        assert list(fit.params.index) == ["1", "prices", "x", "rho", "phi"]
        low, high = fit.conf_int().loc["rho"]
        assert low < 0.4 < high
        elasticity = fit.standard_errors_of(lambda f: f.own_elasticities().mean()).to_frame()
        assert elasticity.loc[0, "estimate"] == pytest.approx(fit.fitted.own_elasticities().mean())
        assert elasticity.loc[0, "standard_error"] > 0
        sizes = ir.market_size_table(fit, [1.0, 1.2], method="invert")
        assert len(sizes) == 2

    def test_profile_of_phi(self):
        fit = differenced(0, 0.7)
        profile, wald = fit.profile("phi"), fit.conf_int().loc["phi"]
        assert profile.low == pytest.approx(wald["low"], abs=0.3 * (wald["high"] - wald["low"]))
        assert profile.low < fit.params["phi"] < profile.high

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"period": "month"}, "a column 'month'"),
            ({"unit": "year"}, "each unit once a period"),
            ({"instruments": "1 + prices"}, "innovations of the same period do not move"),
            ({"lagged": None, "instruments": None}, "lagged= or instruments="),
            ({"lagged": "0 + rain"}, "rain"),
        ],
    )
    def test_bad_input(self, options, message):
        given = {"period": "year", "unit": "product_ids", "lagged": "0 + prices"} | options
        panel = ir.read_panel(years()[0])

        def estimated():
            demand = ir.Demand("1 + prices + x", innovations=ir.Innovations(**given))
            return ir.estimate(demand, panel)

        with pytest.raises(ir.InputError, match=message):
            estimated()

    def test_not_beside_absorbed_effects(self):
        demand = ir.Demand("0 + prices", absorb="product_ids", innovations=TIMED.innovations)
        with pytest.raises(ir.InputError, match="without absorbed effects beside innovations"):
            ir.estimate(demand, ir.read_panel(years()[0]))
