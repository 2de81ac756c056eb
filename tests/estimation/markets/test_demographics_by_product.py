"""Demographics that differ by product, such as a distance: beside PyBLP, and by differences."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.inference.delta_method import DemandAtParameters
from inroads.estimation.integration import nodes_and_weights
from tests.estimation.test_equations import EXACT, agrees, differences, evaluated, problem, small

pyblp.options.verbose = False
FORMULA = "0 + income + distance + income:distance"
PI = np.array([[0.3, -0.4, 0.1], [0.0, -0.1, 0.0], [0.0, 0.2, 0.0]])


def with_distances(products, agents, seed=0):
    """distance0, ... of each product of the agent's market, blank beyond its last."""
    rng = np.random.default_rng(seed)
    sizes = agents["market_ids"].map(products["market_ids"].value_counts()).to_numpy()
    distances = rng.exponential(size=(len(agents), sizes.max()))
    distances[np.arange(sizes.max()) >= sizes[:, None]] = np.nan
    columns = [f"distance{j}" for j in range(sizes.max())]
    return pd.concat([agents, pd.DataFrame(distances, agents.index, columns)], axis=1)


def tables(seed=0, **sizes):
    products, agents = small(seed, **sizes)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    return products, with_distances(products, agents)


@pytest.mark.parametrize("supply", [False, True])
def test_beside_pyblp(supply):
    """Prices too meet the distance: then the same price weighs differently from shop to shop."""
    products, agents = tables(7)
    given = {"sigma": np.diag([0.5, 0.2, 0.3]), "pi": PI}
    theirs = problem(
        products,
        agents,
        "1 + prices + x",
        FORMULA,
        "1 + z" if supply else None,
        costs_type="linear",
    ).solve(**given, **EXACT, **({"beta": np.array([None, None, -1.0])} if supply else {}))
    demand = ir.Demand("1 + x + prices", random="1 + prices + x", demographics=FORMULA)
    panel = ir.read_panel(products, agents)
    if not supply:
        agrees(evaluated(demand, panel, given), theirs)
        return
    found = evaluated(demand, panel, {**given, "prices": -1.0}, ir.Supply("1 + z", log=False))
    agrees(found, theirs, [8, *range(8)])


def test_in_nests_beside_pyblp():
    products, agents = small(5)
    products = products.drop(columns=["nesting_ids0", "nesting_ids1"])
    agents = with_distances(products, agents)
    given = {"sigma": np.diag([0.5, 0.2, 0.3]), "pi": PI, "rho": 0.4}
    theirs = problem(products, agents, "1 + prices + x", FORMULA).solve(**given, **EXACT)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x", demographics=FORMULA, nested=True)
    agrees(evaluated(demand, ir.read_panel(products, agents), given), theirs)


@pytest.mark.parametrize("nested", [False, True])
def test_slopes_by_differences(nested):
    """Lognormal coefficients that the distance moves, two levels of nests, firms with kappa."""
    products, agents = small(3, markets=3, agents=15)
    agents = with_distances(products, agents)
    panel = ir.read_panel(products.drop(columns="nesting_ids"), agents)
    demand = ir.Demand(
        "1 + x",
        random="1 + I(-prices) + x",
        demographics="0 + income + distance",
        lognormal=("-prices", "x"),
        nested=nested,
    )
    design = build_design(demand, panel, ir.Supply("1 + z", log=False))
    sigma = [[0.6, 0, 0], [0, 0.3, 0], [0.2, 0, 0.4]]
    pi = [[0.3, -0.4], [-0.7, 0.1], [0.0, 0.2]]
    rho = [0.3, 0.6] if nested else None
    layout = ParameterLayout.from_start(design, sigma, pi, rho=rho)
    system = NonlinearEquations(design, panel, layout)
    differences(system)
    # Where the distance moves nothing yet, too.
    system.start = layout.start.copy()
    system.start[[5, 7]] = 0.0
    differences(system)


@cache
def drawn():
    """Shops of three firms on a line, consumers along it: an estimate on a simulated panel."""
    rng = np.random.default_rng(1)
    T, J, I = 60, 5, 40
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(T), J),
            "product_ids": np.tile(list("abcde"), T),
            "firm_ids": np.tile([0, 0, 1, 1, 2], T),
            "x": rng.normal(size=T * J),
            "w": rng.uniform(1, 2, size=T * J),
            "place": rng.uniform(size=T * J),
        }
    )
    agents = ir.draw_agents(range(T), "halton", I, 1)
    agents["home"] = rng.uniform(size=len(agents)) ** np.repeat(rng.uniform(0.3, 3, T), I)
    agents["income"] = rng.normal(size=len(agents))
    places = products["place"].to_numpy().reshape(T, J)[agents["market_ids"]]
    for j in range(J):
        agents[f"distance{j}"] = np.abs(agents["home"] - places[:, j])
    truth = {"sigma": [[0.5]], "pi": [[0.5, -3.0]]}
    simulated = ir.simulate(
        DEMAND,
        products,
        agents,
        supply=ir.Supply("1 + w", log=False),
        beta={"1": 1.0, "x": 1.0, "prices": -1.0},
        gamma={"1": 1.0, "w": 0.5},
        deviations=(0.3, 0.1),
        **truth,
    )
    panel = simulated.panel
    mean = pd.Series(agents.groupby("market_ids")["income"].mean())
    near = np.abs(places - agents["home"].to_numpy()[:, None])
    near = pd.DataFrame(near).groupby(agents["market_ids"]).mean().to_numpy().ravel()
    frame = pd.DataFrame({"w": products["w"], "near": near, "near_x": near * products["x"]})
    frame["rich"] = products["market_ids"].map(mean)
    frame["rivals"] = pd.Series(near).groupby(products["market_ids"]).transform("sum") - near
    frame["size"] = frame["near"] ** 2
    panel = ir.append_instruments(panel, frame)
    return ir.estimate(DEMAND, panel, start=truth, steps=1, n_starts=1)


DEMAND = ir.Demand("1 + x + prices", random="1", demographics="0 + income + distance")


def of_pyblp(fit):
    """PyBLP's problem on the same tables, at our estimates."""
    formulas = (pyblp.Formulation("1 + x + prices"), pyblp.Formulation("1"))
    people = pyblp.Formulation("0 + income + distance")
    agents = fit.panel.agents
    return pyblp.Problem(formulas, fit.panel.products, people, agents).solve(
        sigma=fit.sigma.to_numpy(), pi=fit.pi.to_numpy(), **EXACT
    )


def test_an_estimate_is_pyblp_s():
    fit = drawn()
    assert fit.converged
    theirs = of_pyblp(fit)
    assert fit.objective == pytest.approx(float(theirs.objective), rel=1e-8)
    linear = fit.params[["1", "x", "prices"]]
    np.testing.assert_allclose(linear, theirs.beta.ravel(), rtol=1e-8)
    errors = fit.standard_errors
    np.testing.assert_allclose(errors[["1", "x", "prices"]], theirs.beta_se.ravel(), rtol=1e-7)
    searched = ["pi[1, income]", "pi[1, distance]"]
    np.testing.assert_allclose(errors[searched], theirs.pi_se.ravel(), rtol=1e-7)
    np.testing.assert_allclose(errors["sigma[1]"], theirs.sigma_se[0, 0], rtol=1e-7)
    truth = [1.0, 1.0, -1.0, 0.5, 0.5, -3.0]
    assert (np.abs(fit.params - truth) < 3 * errors).all()


def test_what_follows_is_pyblp_s():
    fit = drawn()
    theirs = of_pyblp(fit)
    np.testing.assert_allclose(fit.fitted.costs(), theirs.compute_costs().ravel(), rtol=1e-8)
    np.testing.assert_allclose(
        fit.elasticities(3), theirs.compute_elasticities(market_id=3), rtol=1e-8
    )
    surplus = theirs.compute_consumer_surpluses().ravel()
    np.testing.assert_allclose(fit.fitted.consumer_surplus(), surplus, rtol=1e-8)
    firms = fit.panel.products["firm_ids"].replace({1: 0})
    prices = theirs.compute_prices(firm_ids=firms.to_numpy()).ravel()
    np.testing.assert_allclose(fit.fitted.prices(firms), prices, rtol=1e-7)
    known = ir.from_pyblp(theirs)
    np.testing.assert_allclose(known.delta, fit.delta, atol=1e-8)
    deviations = np.sqrt(np.diag(known.covariance))
    np.testing.assert_allclose(deviations, fit.standard_errors, rtol=1e-6)


def test_a_market_of_it_answers():
    """A shop that moves is one launched there; its twin is itself."""
    fit = drawn()
    market = fit.market(3)
    np.testing.assert_allclose(market.solve().prices, market.offers["price"], rtol=1e-8)
    own = fit.panel.products["market_ids"] == 3
    table, xi = fit.panel.products[own], fit.xi[own.to_numpy()]
    agents = fit.panel.agents[fit.panel.agents["market_ids"] == 3]
    twin = market.consumers.utility_of(
        xi=xi[2], x=table["x"].iloc[2], distance=agents["distance2"].to_numpy()
    )
    np.testing.assert_allclose(twin, market.consumers.utility[2], rtol=1e-9)
    there = np.abs(agents["home"].to_numpy() - 0.5)
    moved = market.after(ir.Change("c", distance=there))
    change = moved.consumers.utility - market.consumers.utility
    expected = fit.params["pi[1, distance]"] * (there - agents["distance2"].to_numpy())
    np.testing.assert_allclose(change[2], expected, atol=1e-12)
    assert not np.delete(change, 2, axis=0).any()
    launch = ir.Launch(
        "new",
        manufacturer="3",
        price=3.0,
        production_cost=2.0,
        characteristics={"x": table["x"].iloc[2], "distance": there},
        xi=xi[2],
    )
    wider = market.after(launch)
    np.testing.assert_allclose(wider.consumers.utility[-1], moved.consumers.utility[2], rtol=1e-9)
    back = wider.after(ir.Change("new", distance=agents["distance2"].to_numpy()))
    np.testing.assert_allclose(back.consumers.utility[-1], twin, rtol=1e-9)
    with pytest.raises(InputError, match="distance of each of 40 agents"):
        market.after(ir.Change("c", distance=there[:3]))
    with pytest.raises(InputError, match="none for distance"):
        market.consumers.utility_of(x=1.0)


def test_shares_it_predicts():
    fit = drawn()
    whole = fit.predict(fit.panel.products, xi="estimated")
    np.testing.assert_allclose(whole["predicted"], fit.panel.products["shares"], rtol=1e-9)
    with pytest.raises(InputError, match="others in market 0"):
        fit.predict(fit.panel.products[1:])
    reversed_rows = fit.panel.products[::-1]
    with pytest.raises(InputError, match="give agents="):
        fit.predict(reversed_rows)
    mirrored = {f"distance{j}": f"distance{4 - j}" for j in range(5)}
    agents = fit.panel.agents.rename(columns=mirrored)
    found = fit.predict(reversed_rows, agents, xi="estimated")
    np.testing.assert_allclose(found["predicted"], reversed_rows["shares"], rtol=1e-9)


def test_it_is_saved(tmp_path):
    fit = drawn()
    fit.save(tmp_path / "fit.zip")
    again = ir.Estimate.load(tmp_path / "fit.zip")
    np.testing.assert_array_equal(again.design.by_product.values, fit.design.by_product.values)
    assert again.elasticities(3).equals(fit.elasticities(3))


def test_prices_that_weigh_by_shop():
    """Margins are right; welfare, which has no one value of money, is refused."""
    products, agents = tables(2, markets=4)
    products["product_ids"] = products.groupby("market_ids").cumcount()
    demand = ir.Demand("1 + x + prices", random="0 + prices", demographics="0 + distance")
    panel = ir.read_panel(products, agents)
    known = ir.known_demand(
        demand, panel, {"1": 1.0, "x": 1.0, "prices": -2.0, "pi[prices, distance]": 0.2}
    )
    jacobian = known.elasticities(1).to_numpy()
    rows = products.index[products["market_ids"] == 1]
    up = products["prices"].to_numpy(float, copy=True)
    for j, row in enumerate(rows[:2]):
        moved = [up + sign * 1e-6 * (np.arange(len(up)) == row) for sign in (1, -1)]
        a, b = (known.fitted.at_prices(p).column("shares")[rows] for p in moved)
        S = products["shares"].to_numpy()[rows]
        np.testing.assert_allclose((a - b) / 2e-6 * up[row] / S, jacobian[:, j], rtol=1e-6)
    np.testing.assert_allclose(known.fitted.prices(), products["prices"], rtol=1e-8)
    with pytest.raises(InputError, match="one marginal utility of money"):
        known.fitted.consumer_surplus()
    with pytest.raises(InputError, match="one marginal utility of money"):
        known.market(1, below_zero=True)
    table = known.fitted.by_group("income", quantiles=2)
    assert table["surplus"].isna().all()
    assert table["own_elasticity"].notna().all()


def test_micro_moments_of_it():
    """The mean distance to what is bought, its covariance with income, second choices: slopes."""
    products, agents = tables(4, markets=6)
    demand = ir.Demand("1 + x + prices", random="1 + x", demographics="0 + income + distance")
    sample = ir.MicroDataset(name="survey", observations=100)
    second = ir.MicroDataset(name="second", observations=100, second_choices=True)
    micro = [
        ir.MicroMean("distance", 0.5, sample, given="purchase"),
        ir.MicroCovariance("distance", "income", 0.1, sample, given="purchase"),
        ir.MicroCovariance("x", "income", 0.1, sample, given="purchase"),
        ir.SecondChoice("firm_ids", 0.3, second),
    ]
    panel = ir.read_panel(products, agents)
    design = build_design(demand, panel)
    layout = ParameterLayout.from_start(design, [0.5, 0.3], [[0.2, -0.5], [0.0, 0.1]])
    system = NonlinearEquations(design, panel, layout, micro=micro)
    differences(system)
    # At plain logit a moment is a weighted mean that can be taken by hand.
    flat = ParameterLayout.from_start(design, [1e-9, 1e-9])
    system = NonlinearEquations(design, panel, flat, micro=micro[:1])
    state = system.at(system.start).state
    bought, miles = 0.0, 0.0
    for t, rows in products.groupby("market_ids").indices.items():
        S = products["shares"].to_numpy()[rows]
        D = agents.loc[agents["market_ids"] == t, [f"distance{j}" for j in range(len(S))]]
        bought, miles = bought + S.sum(), miles + D.to_numpy().mean(axis=0) @ S
    assert system.micro.values(state)[0] == pytest.approx(miles / bought, rel=1e-6)


def test_scores_of_single_choices():
    """Against differences of log probabilities, mean utilities solved for again."""
    fit, rng, n, step = drawn(), np.random.default_rng(3), 25, 1e-5
    answers = pd.DataFrame({"market_ids": rng.integers(0, 60, n), "income": rng.normal(size=n)})
    answers["product_ids"] = rng.choice([*"abcde", None], n)
    D = rng.uniform(size=(n, 5))
    answers = answers.assign(**{f"distance{j}": D[:, j] for j in range(5)})
    survey = ir.MicroDataset(name="survey", observations=n)
    found = ir.choice_scores(fit, survey, answers, size=9)
    nodes, weights = nodes_and_weights("product", 9, 1)
    demand = DemandAtParameters(fit)
    chosen = ["abcde".index(p) if p in [*"abcde"] else -1 for p in answers["product_ids"]]

    def log_probabilities(k, change):
        params = fit.params.to_numpy() + change * (np.arange(6) == k)
        sigma, income, distance = params[-3:]
        delta = demand.at(params).delta.reshape(60, 5)[answers["market_ids"]]
        own = delta + income * answers["income"].to_numpy()[:, None] + distance * D
        odds = np.exp(own[..., None] + sigma * nodes[:, 0])
        every = np.concatenate([odds, np.ones((n, 1, 9))], axis=1)
        return np.log((every / every.sum(axis=1, keepdims=True)) @ weights)[np.arange(n), chosen]

    np.testing.assert_allclose(found.probabilities, np.exp(log_probabilities(0, 0.0)) / 60)
    for k in (3, 4, 5):
        slope = (log_probabilities(k, step) - log_probabilities(k, -step)) / (2 * step)
        np.testing.assert_allclose(found.scores.iloc[:, k - 3], slope, rtol=1e-5, atol=1e-7)
    again = ir.estimate(
        fit.demand,
        fit.panel,
        start={"sigma": fit.sigma.to_numpy(), "pi": fit.pi.to_numpy()},
        micro=found.moments,
        n_starts=1,
        steps=1,
    )
    assert np.isfinite(again.standard_errors).all()
    with pytest.raises(InputError, match="no distance4"):
        ir.choice_scores(fit, survey, answers.drop(columns="distance4"))
