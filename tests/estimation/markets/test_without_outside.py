"""Demand without an outside option: by closed forms, by a solver of its own, beside PyBLP."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.optimize import root

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.markets.mean_utilities import MeanUtilities
from tests.estimation.markets.test_demographics_by_product import with_distances
from tests.estimation.test_equations import EXACT, differences

pyblp.options.verbose = False
BUYERS = ir.Demand(
    "0 + x + prices",
    absorb="market_ids",
    random="1 + x + prices",
    demographics="0 + income + distance",
)
SIGMA = np.diag([0.0, 0.8, 0.3])
PI = [[0.0, -0.7], [0.4, 0.2], [0.0, 0.0]]


@cache
def tables(T=12, I=20, seed=0):
    """Markets of three to six products, all of which is bought."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 7, T)
    ids = np.repeat(np.arange(T), sizes)
    N = len(ids)
    products = pd.DataFrame(
        {
            "market_ids": ids,
            "product_ids": np.concatenate([np.arange(J) for J in sizes]),
            "firm_ids": np.concatenate([np.arange(J) % 3 for J in sizes]),
            "x": rng.normal(size=N),
            "prices": rng.uniform(1, 2, N),
            **{f"demand_instruments{k}": rng.normal(size=N) for k in range(7)},
        }
    )
    products["shares"] = np.concatenate([rng.dirichlet(np.full(J, 3.0)) for J in sizes])
    agents = pd.DataFrame(rng.normal(size=(T * I, 3)), columns=["nodes0", "nodes1", "nodes2"])
    agents = agents.assign(
        market_ids=np.repeat(np.arange(T), I), weights=1 / I, income=rng.normal(size=T * I)
    )
    return products, with_distances(products, agents)


def panel(**options):
    products, agents = tables(**options)
    return ir.read_panel(products, agents, outside=False)


def within(values, ids):
    values = pd.DataFrame(np.asarray(values))
    return (values - values.groupby(ids).transform("mean")).to_numpy()


def test_logit_is_the_regression_of_log_shares_within_markets():
    products, _ = tables()
    read = ir.read_panel(products, outside=False)
    demand = ir.Demand("0 + x + prices", absorb="market_ids")
    fit = ir.estimate(demand, read, steps=1, errors="robust")
    ids = products["market_ids"].to_numpy()
    X = within(products[["x", "prices"]], ids)
    Z = within(products[["x", *(f"demand_instruments{k}" for k in range(7))]], ids)
    y = within(np.log(products["shares"]), ids)
    P = Z @ np.linalg.solve(Z.T @ Z, Z.T)
    beta = np.linalg.solve(X.T @ P @ X, X.T @ P @ y)[:, 0]
    np.testing.assert_allclose(fit.params, beta, rtol=1e-9)
    xi = y[:, 0] - X @ beta
    np.testing.assert_allclose(fit.xi, xi, atol=1e-12)
    bread = np.linalg.inv(X.T @ P @ X)
    moments = Z * xi[:, None]
    moments = moments - moments.mean(axis=0)
    A = X.T @ Z @ np.linalg.inv(Z.T @ Z)
    V = bread @ A @ moments.T @ moments @ A.T @ bread
    np.testing.assert_allclose(fit.standard_errors, np.sqrt(np.diag(V)), rtol=1e-9)
    # Residuals of a market sum to zero: what is said without being asked minds that.
    assert ir.estimate(demand, read, steps=1).errors == ir.Clustered("market_ids")
    np.testing.assert_allclose(fit.delta, y[:, 0], atol=1e-12)


def by_hand(products, agents, reference):
    """delta around its mean in each market, one of whose products is held at zero meanwhile."""
    delta = np.zeros(len(products))
    for t, rows in products.groupby("market_ids").indices.items():
        own = agents[agents["market_ids"] == t]
        D = own[[f"distance{j}" for j in range(len(rows))]].to_numpy().T
        x, p = (products[c].to_numpy()[rows, None] for c in ("x", "prices"))
        income = own["income"].to_numpy()
        mu = -0.7 * D + x * (0.8 * own["nodes1"].to_numpy() + 0.4 * income + 0.2 * D)
        mu = mu + p * 0.3 * own["nodes2"].to_numpy()
        held = reference % len(rows)
        free = np.delete(np.arange(len(rows)), held)
        S = products["shares"].to_numpy()[rows]

        def excess(inside, mu=mu, free=free, S=S):
            u = mu.copy()
            u[free] += inside[:, None]
            P = np.exp(u - u.max(axis=0))
            return ((P / P.sum(axis=0)).mean(axis=1) - S)[free]

        solved = root(excess, np.zeros(len(free)), tol=1e-14).x
        delta[rows[free]] = solved
    return within(delta, products["market_ids"].to_numpy())[:, 0]


def test_mean_utilities_whoever_is_held():
    products, agents = tables()
    read = panel()
    design = build_design(BUYERS, read)
    layout = ParameterLayout.from_start(design, SIGMA, PI)
    found = MeanUtilities(design, read, layout).solve(layout.start).delta
    for reference in (0, 2):
        np.testing.assert_allclose(found, by_hand(products, agents, reference), atol=1e-9)


def test_slopes_by_differences():
    read = panel()
    demand = replace(BUYERS, random="1 + x + I(-prices)", lognormal=("-prices",))
    design = build_design(demand, read)
    pi = [[0.0, -0.7], [0.4, 0.2], [0.1, 0.3]]
    system = NonlinearEquations(design, read, ParameterLayout.from_start(design, SIGMA, pi))
    differences(system)


def test_beside_pyblp_with_one_product_as_what_others_are_compared_to():
    """PyBLP's outside option is then the first product, of which all is taken off."""
    products, agents = tables()
    first = ~products["market_ids"].duplicated()
    base = products[first].set_index("market_ids")[["x", "prices"]]
    compared = products.copy()
    compared[["x", "prices"]] -= base.loc[products["market_ids"]].to_numpy()
    plain = agents.drop(columns=[c for c in agents if c.startswith("distance")])
    formulas = (pyblp.Formulation("0 + x + prices"), pyblp.Formulation("0 + x + prices"))
    theirs = pyblp.Problem(formulas, compared[~first], pyblp.Formulation("0 + income"), plain)
    given = {"sigma": np.diag([0.8, 0.3]), "pi": np.array([[0.4], [0.1]])}
    # Its nodes belong to columns of X2, which are two.
    theirs = theirs.solve(**given, **EXACT)
    demand = replace(BUYERS, random="0 + x + prices", demographics="0 + income")
    read = ir.read_panel(products, plain, outside=False)
    design = build_design(demand, read)
    layout = ParameterLayout.from_start(design, **given)
    delta = MeanUtilities(design, read, layout).solve(layout.start).delta
    reference = pd.Series(delta[first], products["market_ids"][first])
    difference = delta - reference.loc[products["market_ids"]].to_numpy()
    np.testing.assert_allclose(difference[~first], theirs.delta.ravel(), atol=1e-8)


@cache
def drawn(T=150, J=6, I=60, seed=0):
    """A survey of who went to which shop; nobody stays away, whom price, distance and x tell."""
    rng = np.random.default_rng(seed)
    N = T * J
    products = pd.DataFrame({"market_ids": np.repeat(np.arange(T), J), "x": rng.normal(size=N)})
    products["product_ids"] = np.tile(np.arange(J), T)
    products["w"], xi = rng.uniform(0, 2, N), rng.normal(0, 0.3, N)
    products["prices"] = 1 + products["w"] + 0.5 * xi
    agents = ir.draw_agents(range(T), "halton", I, 1)
    home, place = rng.uniform(size=len(agents)), rng.uniform(size=(T, J))
    distances = np.abs(home[:, None] - place[agents["market_ids"]])
    delta = (products["x"] - products["prices"] + xi).to_numpy().reshape(T, J)
    tastes = 1.0 * agents["nodes0"].to_numpy()[:, None]
    u = (
        delta[agents["market_ids"]]
        + tastes * products["x"].to_numpy().reshape(T, J)[agents["market_ids"]]
        - 3.0 * distances
    )
    P = np.exp(u)
    P /= P.sum(axis=1, keepdims=True)
    products["shares"] = pd.DataFrame(P).groupby(agents["market_ids"]).mean().to_numpy().ravel()
    agents = agents.assign(**{f"distance{j}": distances[:, j] for j in range(J)})
    near = pd.DataFrame(distances).groupby(agents["market_ids"]).mean().to_numpy().ravel()
    x = products["x"].to_numpy().reshape(T, J)
    crowding = ((x[:, :, None] - x[:, None]) ** 2).sum(axis=2).ravel()
    frame = pd.DataFrame({"w": products["w"], "near": near, "crowding": crowding, "near2": near**2})
    frame["x2"] = products["x"] ** 2
    read = ir.read_panel(products, agents, outside=False)
    demand = ir.Demand(
        "0 + x + prices", absorb="market_ids", random="1 + x", demographics="0 + distance"
    )
    start = {"sigma": np.diag([0.0, 0.7]), "pi": [[-2.0], [0.0]]}
    return ir.estimate(demand, ir.append_instruments(read, frame), start=start, n_starts=1)


def test_the_truth_comes_back():
    fit = drawn()
    assert fit.converged
    truth = pd.Series({"x": 1.0, "prices": -1.0, "sigma[x]": 1.0, "pi[1, distance]": -3.0})
    assert (np.abs(fit.params - truth) < 3 * fit.standard_errors).all()
    assert (fit.standard_errors < 0.35).all()
    assert "total sales held" in fit.summary()


def test_what_follows_among_products():
    fit = drawn()
    matrix = fit.elasticities(3).to_numpy()
    own = fit.panel.products["market_ids"] == 3
    prices, S = (fit.panel.products.loc[own, c].to_numpy() for c in ("prices", "shares"))
    up = fit.panel.products["prices"].to_numpy(copy=True)
    row = np.flatnonzero(own)[1]
    moved = [up + sign * 1e-6 * (np.arange(len(up)) == row) for sign in (1, -1)]
    a, b = (fit.fitted.at_prices(p).column("shares")[own] for p in moved)
    np.testing.assert_allclose((a - b) / 2e-6 * prices[1] / S, matrix[:, 1], rtol=1e-6, atol=1e-9)
    # Nobody is gained or lost in all, and no price matters that is the same for all.
    np.testing.assert_allclose(S @ matrix, 0.0, atol=1e-12)
    for when in ("dearer", "removed"):
        diversion = fit.diversion(3, when=when)
        assert "none" not in diversion.columns
        np.testing.assert_allclose(diversion.sum(axis=1), 1.0, atol=1e-10)
    assert set(fit.diversion()["to"]) == set(range(6))
    dearer = fit.fitted.at_prices(up + 5.0).column("shares")
    np.testing.assert_allclose(dearer, fit.panel.products["shares"], rtol=1e-10)
    predicted = fit.predict(fit.panel.products, xi="estimated")["predicted"]
    np.testing.assert_allclose(predicted, fit.panel.products["shares"], rtol=1e-9)
    assert list(fit.frame().columns[-2:]) == ["prices", "own_elasticity"]
    error = fit.standard_errors_of(lambda f: f.own_elasticities()[:2])
    assert (error.to_frame()["standard_error"] > 0).all()


def test_it_is_saved(tmp_path):
    fit = drawn()
    fit.save(tmp_path / "fit.zip")
    again = ir.Estimate.load(tmp_path / "fit.zip")
    assert not again.panel.outside
    assert again.elasticities(3).equals(fit.elasticities(3))


def test_published_parameters():
    fit = drawn()
    params = fit.params[["x", "prices"]].to_dict()
    params |= {"sigma": fit.sigma.to_numpy(), "pi": fit.pi.to_numpy()}
    known = ir.known_demand(fit.demand, fit.panel, params)
    np.testing.assert_allclose(known.delta, fit.delta, atol=1e-10)


def test_optimal_instruments_tell_more():
    fit = drawn()
    start = {"sigma": fit.sigma.to_numpy(), "pi": fit.pi.to_numpy()}
    sharper = ir.estimate(fit.demand, ir.optimal_instruments(fit), start=start, n_starts=1)
    assert sharper.converged
    assert (sharper.standard_errors < fit.standard_errors * 1.1).all()


def test_micro_moments():
    """Slopes by differences, and means over consumers by hand: the product held counts too."""
    products, agents = tables()
    read = panel()
    survey = ir.MicroDataset(name="survey", observations=100)
    some = ir.MicroDataset(
        name="some", observations=50, weights=lambda p, a: np.ones((len(a), len(p) + 1))
    )
    micro = [
        ir.MicroMean("distance", 0.5, survey),
        ir.MicroCovariance("x", "income", 0.1, survey),
        ir.MicroMean("income", 0.1, survey, given="cheap"),
        ir.MicroMean("prices", 1.5, some, given="purchase"),
    ]
    products = products.assign(cheap=(products["prices"] < 1.5).astype(float))
    read = ir.read_panel(products, agents, outside=False)
    design = build_design(BUYERS, read)
    layout = ParameterLayout.from_start(design, SIGMA, PI)
    system = NonlinearEquations(design, read, layout, micro=micro)
    differences(system)
    state = system.at(system.start).state
    known = ir.known_demand(
        BUYERS, read, {"x": 0.0, "prices": 0.0, "sigma": SIGMA, "pi": np.array(PI)}
    )
    distance = covariance = xs = incomes = cheap = of_cheap = paid = 0.0
    for s, stack in zip(known.fitted.stacks, known.fitted.market_stacks, strict=True):
        for p, a, P in zip(stack.products, stack.agents, s.choices.P, strict=True):
            mass = P / P.shape[1]
            D = agents[[f"distance{j}" for j in range(len(p))]].to_numpy()[a].T
            x, price, low = (products[c].to_numpy()[p] for c in ("x", "prices", "cheap"))
            income = agents["income"].to_numpy()[a]
            distance, paid = distance + (mass * D).sum(), paid + mass.sum(axis=1) @ price
            covariance, xs = covariance + x @ mass @ income, xs + x @ mass.sum(axis=1)
            incomes = incomes + income.mean()
            cheap, of_cheap = cheap + low @ mass.sum(axis=1), of_cheap + low @ mass @ income
    T = len(read.markets)
    expected = [distance / T, covariance / T - xs * incomes / T**2, of_cheap / cheap, paid / T]
    np.testing.assert_allclose(system.micro.values(state), expected, rtol=1e-9)


def refused(match, call):
    with pytest.raises(InputError, match=match):
        call()


def test_what_is_not_known_is_refused():
    fit = drawn()
    for name, call in {
        "margins": fit.fitted.margins,
        "prices": lambda: fit.fitted.prices(costs=fit.panel.products["prices"].to_numpy()),
        "consumer_surplus": fit.fitted.consumer_surplus,
        "market": lambda: fit.market(3),
        "by_group": lambda: fit.fitted.by_group("nodes0", quantiles=2),
        "project": lambda: fit.project("1 + x"),
        "market_size_table": lambda: ir.market_size_table(fit),
        "frac_start": lambda: ir.frac_start(fit.demand, fit.panel),
    }.items():
        refused(f"{name}: found shares of those who buy", call)
    products, agents = tables()
    read = panel()
    supply = ir.Supply("1 + x")
    refused("supply: found shares of those", lambda: build_design(BUYERS, read, supply))
    nested = ir.read_panel(products.assign(nesting_ids=1), agents, outside=False)
    refused("found nests", lambda: build_design(replace(BUYERS, nested=True), nested))
    open_to = agents.assign(**{f"availability{j}": 1 for j in range(6)})
    chosen = ir.read_panel(products, open_to, outside=False)
    refused("found availability0", lambda: build_design(BUYERS, chosen))
    for absorb, words in ((None, "absorb='market_ids'"), ("firm_ids", "market_ids [+] firm_ids'")):
        refused(words, lambda a=absorb: build_design(replace(BUYERS, absorb=a), read))
    finer = products.assign(half=products["market_ids"] + 0.5 * (products["x"] > 0))
    finer = ir.read_panel(finer, agents, outside=False)
    assert build_design(replace(BUYERS, absorb="half + firm_ids"), finer).absorbed_rank
    for name, start in (
        ("sigma.1.", {"sigma": np.eye(3)}),
        ("pi.1, income.", {"pi": [[0.1, 0.1], [0.0, 0.1], [0.0, 0.0]]}),
    ):
        refused(f"found {name}", lambda s=start: ir.estimate(BUYERS, read, start=s))
    survey = ir.MicroDataset(name="survey", observations=10, second_choices=True)
    micro = [ir.SecondChoice("firm_ids", 0.1, survey)]
    start = {"sigma": SIGMA}
    refused("survey: found shares", lambda: ir.estimate(BUYERS, read, start=start, micro=micro))


def test_shares_that_sum_to_one():
    products, agents = tables()
    refused(r"or read_panel\(..., outside=False\)", lambda: ir.read_panel(products, agents))
    half = products.assign(shares=products["shares"] / 2)
    refused("a sum of 0.5.*divide them", lambda: ir.read_panel(half, agents, outside=False))
    short = agents.assign(weights=agents["weights"] * 0.9)
    refused("weights that sum to 1", lambda: ir.read_panel(products, short, outside=False))
    sold = products.assign(shares=np.where(products.index == 0, 0.0, products["shares"]))
    sold["shares"] /= sold.groupby("market_ids")["shares"].transform("sum")
    replaced = ir.read_panel(sold, agents, outside=False, zeros=1e-4)
    np.testing.assert_allclose(replaced.in_market("shares"), 1.0, rtol=1e-15)
    rounded = products.assign(shares=products["shares"].round(9))
    sums = ir.read_panel(rounded, agents, outside=False).in_market("shares")
    np.testing.assert_allclose(sums, 1.0, rtol=1e-15)
