"""Demand and supply models beside PyBLP at random parameters, and their slopes by differences."""

import threading
import time

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.choice import Logit, Nested
from inroads.errors import InputError
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations, build_equations
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.weights import tsls_weight_factor
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.numerics.stacked_factor import StackedFactor
from inroads.solution import Solution, Status

pyblp.options.verbose = False
EXACT = {
    "method": "1s",
    "optimization": pyblp.Optimization("return"),
    "check_optimality": "gradient",
    "iteration": pyblp.Iteration("squarem", {"atol": 1e-14}),
    "initial_update": False,
}


def small(seed=0, markets=20, most=12, agents=30, sides=2):
    """Products and agents of a made-up world: uneven markets, two levels of nests, four firms."""
    rng = np.random.default_rng(seed)
    products, people = [], []
    for t in range(markets):
        J = most if t % 2 else int(rng.integers(6, most))
        shares = rng.dirichlet(np.full(J + 1, 2.0))[:J] * 0.8
        outer = np.arange(J) % 2
        products.append(
            pd.DataFrame(
                {
                    "market_ids": t,
                    "firm_ids": rng.permutation(np.arange(J) % 4),
                    "shares": shares,
                    "prices": rng.uniform(5, 10, J),
                    "x": rng.normal(size=J),
                    "z": rng.normal(size=J),
                    "nesting_ids": outer,
                    "nesting_ids0": outer,
                    "nesting_ids1": np.arange(J) // 2 % 2,
                    **{f"demand_instruments{k}": rng.normal(size=J) for k in range(10)},
                    **{f"supply_instruments{k}": rng.normal(size=J) for k in range(5)},
                }
            )
        )
        people.append(
            pd.DataFrame(
                rng.normal(size=(agents, 3)), columns=["nodes0", "nodes1", "nodes2"]
            ).assign(market_ids=t, weights=1 / agents, income=rng.normal(size=agents), constant=1.0)
        )
    return pd.concat(products, ignore_index=True), pd.concat(people, ignore_index=True)


def one_level(products):
    return products.drop(columns=["nesting_ids0", "nesting_ids1"])


def evaluated(demand, panel, free, supply=None):
    """Values, residual r and gradient of r'r at the start, with the weights of two stages."""
    arrays = build_design(demand, panel, supply)
    system = NonlinearEquations(arrays, panel, ParameterLayout.from_start(arrays, **free))
    units = [1.0] * len(system.regressions)  # PyBLP takes costs as they come
    projection = Projection(system.regressions, tsls_weight_factor(system.regressions, units))
    values = system.at(system.start)
    r = projection.residual(values.y)
    gradient = 2 * projection.residual(system.jacobian(values).dy).T @ r
    return values, float(r @ r), gradient


def agrees(found, theirs, order=None):
    values, objective, gradient = found
    np.testing.assert_allclose(values.delta, theirs.delta.ravel(), atol=1e-8)
    if len(values.costs):
        np.testing.assert_allclose(values.costs, theirs.tilde_costs.ravel(), rtol=1e-8)
    assert objective == pytest.approx(float(theirs.objective), rel=1e-8)
    expected = theirs.gradient.ravel()
    expected = expected if order is None else expected[order]
    np.testing.assert_allclose(gradient, expected, atol=1e-8 * np.abs(gradient).max())


def problem(products, agents, X2, demographics=None, X3=None, linear="1 + x + prices", **more):
    formulas = [pyblp.Formulation(linear), pyblp.Formulation(X2)]
    if X3:
        formulas.append(pyblp.Formulation(X3))
    people = None if demographics is None else pyblp.Formulation(demographics)
    return pyblp.Problem(tuple(formulas), products, people, agents, **more)


def differences(system, tolerance=1e-6):
    """Slopes of every equation against central differences."""
    theta = system.start
    found = system.jacobian(system.at(theta)).dy
    for k in range(len(theta)):
        h = 1e-5 * max(abs(theta[k]), 0.1)
        up, down = (system.at(theta + sign * h * np.eye(len(theta))[k]).y for sign in (1, -1))
        for slope, a, b in zip(found, up, down, strict=True):
            numeric = (a - b) / (2 * h)
            np.testing.assert_allclose(
                slope[:, k], numeric, atol=tolerance * (np.abs(numeric).max() + 1e-9)
            )


@pytest.mark.parametrize("supply", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_nests_with_random_coefficients_beside_pyblp(seed, supply):
    products, agents = small(seed)
    products = one_level(products)
    rng = np.random.default_rng(seed)
    sigma, rho = np.diag([0.5, 0.1, 0.7] * rng.uniform(0.5, 1.5, 3)), rng.uniform(0.3, 0.7)
    pi = np.array([[0.3], [0.05], [0.0]]) * rng.uniform(0.5, 1.5)
    given = {"sigma": sigma, "pi": pi, "rho": rho}
    X3 = "1 + z" if supply else None
    theirs = problem(
        products, agents, "1 + prices + x", "0 + income", X3, costs_type="linear"
    ).solve(**given, **EXACT, **({"beta": np.array([None, None, -1.0])} if supply else {}))
    demand = ir.Demand(
        "1 + x + prices", random="1 + prices + x", demographics="0 + income", nested=True
    )
    if not supply:
        agrees(evaluated(demand, ir.read_panel(products, agents), given), theirs)
        return
    found = evaluated(
        demand,
        ir.read_panel(products, agents),
        {**given, "prices": -1.0},
        ir.Supply("1 + z", log=False),
    )
    # PyBLP's order is sigma, pi, rho, beta.
    agrees(found, theirs, [6, 0, 1, 2, 3, 4, 5])


def test_two_levels_by_differences():
    products, agents = small(3, markets=6)
    products = products.drop(columns="nesting_ids")
    demand = ir.Demand("1 + x", random="1 + prices + x", nested=True)
    panel = ir.read_panel(products, agents)
    supply = ir.Supply("1 + z", log=False)
    arrays = build_design(demand, panel, supply)
    free = ParameterLayout.from_start(
        arrays, [[0.6, 0, 0], [0, -0.3, 0], [0.2, 0, 0.4]], rho=[0.3, 0.6]
    )
    system = NonlinearEquations(arrays, panel, free)
    assert system.names[-2:] == ("rho[0]", "rho[1]")
    differences(system)
    arrays = build_design(ir.Demand("1 + x + prices", nested=True), panel, supply)
    differences(
        NonlinearEquations(
            arrays, panel, ParameterLayout.from_start(arrays, prices=-0.7, rho=[0.3, 0.5])
        )
    )


def test_verboven_s_regression_is_the_inversion():
    """Two levels: what the regression calls delta has the observed shares under `Nested`."""
    products, _ = small(4, markets=60)
    products = products.drop(columns="nesting_ids")
    panel = ir.read_panel(products)
    demand = ir.Demand("1 + x + prices", nested=True)
    found = ir.estimate(demand, panel, steps=1)
    assert list(found.params.index) == ["1", "x", "prices", "rho[0]", "rho[1]"]
    arrays = build_design(demand, panel)
    regression = build_equations(arrays, panel, ParameterLayout.from_start(arrays))
    rho = np.array([0.2, 0.5])
    delta = regression.log_share_ratios - regression.within_shares @ rho
    for market, rows in panel.products.groupby("market_ids").indices.items():
        model = Nested(arrays.nests[:, rows], rho)
        P, _ = model.evaluate(delta[rows][:, None])
        np.testing.assert_allclose(
            P[:, 0], products["shares"].to_numpy()[rows], err_msg=str(market)
        )
    # The same moments, rho searched: the same answer.
    searched = build_design(demand, panel)
    free = ParameterLayout(np.zeros((0, 0)), np.zeros((0, 0)), None, rho)
    system = NonlinearEquations(searched, panel, free)
    differences(system)


def test_estimates_of_two_levels_come_back():
    """Shares made with rho = (0.3, 0.6) and instruments for all that is endogenous."""
    rng = np.random.default_rng(0)
    tree, rho = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]]), [0.3, 0.6]
    frames = []
    for t in range(400):
        x, cost, xi = rng.normal(size=(3, 8))
        prices = 3 + cost + 0.3 * xi
        delta = 1 + x - prices + 0.2 * xi
        P, _ = Nested(tree, rho).evaluate(delta[:, None])
        rest = {
            f"demand_instruments{k}": [v[(g == g[j]) & (np.arange(8) != j)].sum() for j in range(8)]
            for k, (v, g) in enumerate(
                [(x, tree[0]), (x, tree[1]), (cost, tree[0]), (cost, tree[1])]
            )
        }
        frames.append(
            pd.DataFrame(
                {
                    **{"market_ids": t, "shares": P[:, 0], "prices": prices, "x": x},
                    **{"nesting_ids0": tree[0], "nesting_ids1": tree[1] % 2},
                    **rest,
                    "demand_instruments4": cost,
                }
            )
        )
    found = ir.estimate(ir.Demand("1 + x + prices", nested=True), ir.read_panel(pd.concat(frames)))
    truth = [1.0, 1.0, -1.0, *rho]
    assert (np.abs(found.params - truth) < 4 * found.standard_errors).all()
    assert (found.standard_errors < 0.05).all()


LOGNORMAL = ir.Demand(
    "1 + x",
    random="1 + I(-prices) + x",
    demographics="0 + constant + income",
    lognormal=("-prices",),
)


@pytest.mark.parametrize("supply", [False, True])
def test_lognormal_coefficients_beside_pyblp(supply):
    products, agents = small(5)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    given = {
        "sigma": [[0.5, 0, 0], [0.1, 0.4, 0], [0, 0, 0.3]],
        "pi": [[0, 0.2], [-1.0, 0.3], [0, 0]],
    }
    theirs = problem(
        products,
        agents,
        "1 + I(-prices) + x",
        "0 + constant + income",
        "1 + z" if supply else None,
        linear="1 + x",
        rc_types=["linear", "log", "linear"],
        costs_type="linear",
    ).solve(**given, **EXACT)
    panel = ir.read_panel(products, agents)
    agrees(
        evaluated(LOGNORMAL, panel, given, ir.Supply("1 + z", log=False) if supply else None),
        theirs,
    )


def test_lognormal_by_differences():
    panel = ir.read_panel(*small(6, markets=5))
    demand = ir.Demand(
        "1 + x",
        random="1 + I(-prices / 10) + x",
        demographics="0 + constant + income",
        lognormal=("I(-prices/10)", "x"),
    )
    arrays = build_design(demand, panel, ir.Supply("1 + z", log=False))
    np.testing.assert_allclose(arrays.random_slopes, [0, -0.1, 0], rtol=1e-12)
    free = ParameterLayout.from_start(
        arrays, np.diag([0.5, 0.6, 0.2]), [[0, 0.2], [1.0, 0.3], [-1.0, 0]]
    )
    differences(NonlinearEquations(arrays, panel, free))
    with pytest.raises(ir.InputError, match="columns of random"):
        build_design(ir.Demand("1 + x", random="1 + x", lognormal=("y",)), panel)


def with_availability(products, agents, seed=0):
    rng = np.random.default_rng(seed)
    sizes = products.groupby("market_ids").size()
    most = sizes.max()
    open_to = (rng.uniform(size=(len(agents), most)) < 0.7).astype(float)
    first = ~agents["market_ids"].duplicated()
    open_to[first] = 1.0
    return agents.assign(**{f"availability{k}": open_to[:, k] for k in range(most)})


@pytest.mark.parametrize("supply", [False, True])
def test_availability_by_agent_beside_pyblp(supply):
    products, agents = small(7)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    agents = with_availability(products, agents)
    given = {"sigma": np.diag([0.5, 0.2, 0.3])}
    theirs = problem(
        products, agents, "1 + prices + x", None, "1 + z" if supply else None, costs_type="linear"
    ).solve(**given, **EXACT, **({"beta": np.array([None, None, -1.0])} if supply else {}))
    demand = ir.Demand("1 + x + prices", random="1 + prices + x")
    panel = ir.read_panel(products, agents)
    if supply:
        found = evaluated(demand, panel, {**given, "prices": -1.0}, ir.Supply("1 + z", log=False))
        agrees(found, theirs, [3, 0, 1, 2])
    else:
        agrees(evaluated(demand, panel, given), theirs)


def test_availability_without_random_coefficients_and_within_nests():
    """Agents differ by what is open to them alone; inside nests, an empty nest is nobody's."""
    products, agents = small(8, markets=6)
    agents = with_availability(products, agents[["market_ids", "weights"]])
    panel = ir.read_panel(one_level(products), agents)
    arrays = build_design(
        ir.Demand("1 + x + prices", nested=True), panel, ir.Supply("1 + z", log=False)
    )
    system = NonlinearEquations(
        arrays, panel, ParameterLayout.from_start(arrays, prices=-0.5, rho=0.4)
    )
    differences(system)
    plain = build_design(ir.Demand("1 + x + prices"), panel)
    delta = MeanUtilities(plain, panel, ParameterLayout.from_start(plain)).solve(np.zeros(0)).delta
    closed = (
        MeanUtilities(
            build_design(ir.Demand("1 + x + prices"), ir.read_panel(products)),
            ir.read_panel(products),
            ParameterLayout.from_start(plain),
        )
        .solve(np.zeros(0))
        .delta
    )
    assert (delta > closed + 0.01).any()


KAPPA = pd.DataFrame(
    [[1.0, 0.6, 0.0, 0.1], [0.2, 1.0, 0.3, 0.0], [0.0, 0.5, 1.0, 0.0], [0.0, 0.0, 0.9, 1.0]]
).rename_axis(index="sets_price", columns="profit_of")


def test_asymmetric_kappa_beside_pyblp():
    """The firm that sets the price counts, the other's profit is counted; transposed is not it."""
    products, agents = small(9)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    kappa = KAPPA.to_numpy()
    owns = pyblp.build_ownership(products, lambda f, g: kappa[int(f), int(g)])
    columns = pd.DataFrame(owns, columns=[f"ownership{k}" for k in range(owns.shape[1])])
    owned = pd.concat([products, columns], axis=1)
    given = {"sigma": np.diag([0.5, 0.2, 0.3])}
    theirs = problem(owned, agents, "1 + prices + x", None, "1 + z", costs_type="linear").solve(
        **given, **EXACT, beta=np.array([None, None, -1.0])
    )
    demand, start = ir.Demand("1 + x + prices", random="1 + prices + x"), {**given, "prices": -1.0}
    panel = ir.read_panel(products, agents)
    rows = KAPPA.stack().rename("kappa").reset_index()
    for stated in (KAPPA, KAPPA.T, rows, rows.to_dict("list"), rows[rows["kappa"] > 0]):
        found = evaluated(demand, panel, start, ir.Supply("1 + z", log=False, kappa=stated))
        agrees(found, theirs, [3, 0, 1, 2])
    by_product = evaluated(
        demand, ir.read_panel(owned, agents), start, ir.Supply("1 + z", log=False)
    )
    agrees(by_product, theirs, [3, 0, 1, 2])
    turned = KAPPA.T.rename_axis(index="sets_price", columns="profit_of")
    other = evaluated(demand, panel, start, ir.Supply("1 + z", log=False, kappa=turned))
    assert np.abs(other[0].costs - found[0].costs).max() > 0.01


def test_kappa_by_differences_within_nests():
    panel = ir.read_panel(*(lambda p, a: (one_level(p), a))(*small(10, markets=5)))
    arrays = build_design(
        ir.Demand("1 + x", random="1 + prices", nested=True),
        panel,
        ir.Supply("1 + z", log=False, kappa=KAPPA),
    )
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0]), None, None, rho=0.4)
    arrays = build_design(
        ir.Demand("1 + x + prices", random="1 + prices", nested=True),
        panel,
        ir.Supply("1 + z", log=False, kappa=KAPPA),
    )
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.1]), None, -0.8, rho=0.4)
    differences(NonlinearEquations(arrays, panel, free))


@pytest.mark.parametrize(
    ("kappa", "message"),
    [
        (KAPPA.rename_axis(index=None, columns=None), "name the axes"),
        (KAPPA.to_numpy(), "name the axes"),
        (KAPPA + 0.5, "1 for a firm's own profit"),
        (KAPPA * np.nan, "1 for a firm's own profit"),
        (KAPPA.rename(index={0: "a"}, columns={0: "a"}), "firms of products"),
        ({"sets_price": [0, 0], "profit_of": [1, 1], "kappa": [0.1, 0.2]}, "one finite number"),
        ({"sets_price": [0], "profit_of": [1], "kappa": ["much"]}, "one finite number"),
        ("none", "a table of kappa"),
    ],
)
def test_kappa_that_is_none_is_refused(kappa, message):
    panel = ir.read_panel(*small(0, markets=2))
    with pytest.raises(ir.InputError, match=message):
        build_design(ir.Demand("1 + x"), panel, ir.Supply("1 + z", log=False, kappa=kappa))


def test_ownership_that_is_none_is_refused():
    products, _ = small(0, markets=2)
    most = products.groupby("market_ids").size().max()
    ones = {f"ownership{k}": 1.0 for k in range(most)}
    demand, supply = ir.Demand("1 + x"), ir.Supply("1 + z", log=False)
    panel = ir.read_panel(products.assign(**ones))
    with pytest.raises(ir.InputError, match="not both"):
        build_design(demand, panel, ir.Supply("1 + z", log=False, kappa=KAPPA))
    panel = ir.read_panel(products.assign(**{**ones, "ownership0": 0.5}))
    arrays = build_design(demand, panel, supply)
    with pytest.raises(ir.InputError, match="a product's own profit"):
        NonlinearEquations(arrays, panel, ParameterLayout.from_start(arrays))
    with pytest.raises(ir.InputError, match="a column for each product"):
        ir.read_panel(products.assign(ownership0=1.0))
    with pytest.raises(ir.InputError, match="a number"):
        ir.read_panel(products.assign(**{**ones, "ownership1": np.nan}))


def test_supply_in_some_markets_only():
    """Costs and moments of these markets alone; the others count on the demand side."""
    products, agents = small(11)
    panel = ir.read_panel(products.assign(observed=products["market_ids"] < 8), agents)
    demand, start = ir.Demand("1 + x", random="1 + prices"), {"sigma": [0.3, -0.4]}
    named = evaluated(demand, panel, start, ir.Supply("1 + z", log=False, markets=range(8)))
    flagged = evaluated(demand, panel, start, ir.Supply("1 + z", log=False, markets="observed"))
    assert named[1] == flagged[1]
    inside = (products["market_ids"] < 8).to_numpy()
    everywhere = evaluated(demand, panel, start, ir.Supply("1 + z", log=False))
    np.testing.assert_allclose(named[0].costs[inside], everywhere[0].costs[inside], rtol=1e-10)
    assert np.isnan(named[0].costs[~inside]).all()
    arrays = build_design(demand, panel, ir.Supply("1 + z", log=False, markets=range(8)))
    system = NonlinearEquations(arrays, panel, ParameterLayout.from_start(arrays, **start))
    supplied = system.regressions[1]
    assert not supplied.X[~inside].any()
    assert not supplied.Z[~inside].any()
    differences(system)
    # A stranger's number of products does not matter: costs outside are never looked at.
    rows, cost = inside, named[0].costs
    gamma = np.linalg.lstsq(supplied.X[rows], cost[rows], rcond=None)[0]
    assert np.isfinite(gamma).all()
    for markets, message in (
        (["nowhere"], "ids of markets"),
        ("nothing", "a column 'nothing'"),
        ("z", "0 or 1 in 'z'"),
        ([], "a market with a supply side"),
    ):
        with pytest.raises(ir.InputError, match=message):
            build_design(demand, panel, ir.Supply("1 + z", markets=markets))


def test_markets_of_supply_that_are_no_list_are_refused():
    with pytest.raises(InputError, match="found 5; expected a list of ids of markets"):
        ir.Supply("1 + z", markets=5)


def test_costs_that_depend_on_shares_beside_pyblp():
    products, agents = small(12)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    given = {"sigma": np.diag([0.5, 0.2, 0.3])}
    theirs = problem(
        products, agents, "1 + prices + x", None, "1 + z + shares", costs_type="linear"
    ).solve(**given, **EXACT, beta=np.array([None, None, -1.0]))
    found = evaluated(
        ir.Demand("1 + x + prices", random="1 + prices + x"),
        ir.read_panel(products, agents),
        {**given, "prices": -1.0},
        ir.Supply("1 + z + shares", log=False),
    )
    assert found[1] == pytest.approx(float(theirs.objective), rel=1e-8)


@pytest.mark.parametrize("nested", [False, True])
def test_the_answer_does_not_depend_on_workers(nested):
    products, agents = small(13, markets=40)
    panel = ir.read_panel(one_level(products), agents)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x", nested=nested)
    arrays = build_design(demand, panel, ir.Supply("1 + z", log=False))
    rho = 0.4 if nested else None
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]), None, -1.0, rho=rho)
    systems = [NonlinearEquations(arrays, panel, free, workers) for workers in (1, 2, 5)]
    for shift in (0.0, 0.01, -0.02):
        theta = free.start + shift
        values = [s.at(theta) for s in systems]
        answers = [(v.y, s.jacobian(v).dy, v.delta) for s, v in zip(systems, values, strict=True)]
        for y, slopes, delta in answers[1:]:
            np.testing.assert_array_equal(delta, answers[0][2])
            for a, b in zip((*y, *slopes), (*answers[0][0], *answers[0][1]), strict=True):
                np.testing.assert_array_equal(a, b)


def test_size_of_stacks_changes_nothing_but_rounding():
    products, agents = small(14, markets=40)
    panel = ir.read_panel(products, agents)
    arrays = build_design(ir.Demand("1 + x + prices", random="1 + prices + x"), panel)
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]))
    coarse, fine = (MeanUtilities(arrays, panel, free, max_bytes=size) for size in (2**30, 1))
    assert len(fine.stacks) == 40 > len(coarse.stacks)
    theta = free.start
    states = [coarse.solve(theta), fine.solve(theta)]
    np.testing.assert_allclose(states[0].delta, states[1].delta, atol=1e-12)
    np.testing.assert_allclose(
        coarse.derivative(states[0]).slope, fine.derivative(states[1]).slope, atol=1e-10
    )


def test_after_ctrl_c_no_thread_begins_another_part():
    panel = ir.read_panel(*small(14, markets=40))
    arrays = build_design(ir.Demand("1 + x + prices", random="1 + prices + x"), panel)
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]))
    markets = MeanUtilities(arrays, panel, free, workers=2, max_bytes=1)
    assert len(markets.stacks) == 40
    begun = []

    def task(_):
        begun.append(threading.current_thread())
        if begun[-1] is threading.main_thread():
            raise KeyboardInterrupt
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        markets.executor.map(task, markets.stacks)
    count = len(begun)
    time.sleep(0.05)
    assert len(begun) == count < 10
    everywhere = markets.executor.map(lambda stack: stack.products[0, 0], markets.stacks)
    assert everywhere == [stack.products[0, 0] for stack in markets.stacks]


def test_products_that_fill_markets_up_are_noticed_by_nobody(monkeypatch):
    """Uneven markets in a few stacks, and size by size: both equations, both slopes."""
    products, agents = small(14, markets=40)
    panel = ir.read_panel(products, agents)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x")
    arrays = build_design(demand, panel, ir.Supply("1 + x"), sigma=np.diag([0.5, 0.2, 0.3]))
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]), prices=-2.0)
    found = []
    for may in (True, False):
        monkeypatch.setattr("inroads.estimation.equations._may_be_padded", lambda _, may=may: may)
        system = NonlinearEquations(arrays, panel, free)
        values = system.at(free.start)
        found.append([*values.y, values.costs, *system.jacobian(values).dy])
        sizes = {stack.products.shape[1] for stack in system.mean_utilities.stacks}
        assert (system.mean_utilities.rows > len(panel)) == may
        assert (len(sizes) < products.groupby("market_ids").size().nunique()) == may
    for filled, plain in zip(*found, strict=True):
        assert len(filled) == len(panel)
        np.testing.assert_allclose(filled, plain, rtol=1e-9, atol=1e-10)


def test_a_start_along_the_tangent_saves_steps_and_changes_nothing():
    panel = ir.read_panel(*small(15, markets=30))
    arrays = build_design(ir.Demand("1 + x + prices", random="1 + prices + x"), panel)
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]))
    markets = MeanUtilities(arrays, panel, free)
    warm = markets.derivative(markets.solve(free.start))
    for step in (1e-4, 0.05, 3.0):
        theta = free.start * (1 + step)
        from_tangent, from_logit = markets.solve(theta, warm), markets.solve(theta)
        np.testing.assert_allclose(from_tangent.delta, from_logit.delta, atol=1e-11)
        assert step > 1 or from_tangent.iterations < from_logit.iterations


def test_a_market_that_cannot_be_inverted_is_named():
    products, agents = small(16, markets=4)
    agents.loc[agents["market_ids"] == 2, "nodes0"] *= 1e8
    panel = ir.read_panel(products, agents)
    arrays = build_design(ir.Demand("1 + prices", random="1"), panel)
    free = ParameterLayout.from_start(arrays, [1e3])
    with pytest.raises(ir.ConvergenceError, match="market 2"):
        MeanUtilities(arrays, panel, free).solve(free.start)


def test_slopes_of_large_markets_need_no_factor(monkeypatch):
    """Conjugate gradients where markets are large, the factor of G where they are not."""
    panel = ir.read_panel(*small(16, markets=6))
    arrays = build_design(ir.Demand("1 + x + prices", random="1 + prices"), panel)
    markets = MeanUtilities(arrays, panel, ParameterLayout.from_start(arrays, [0.5, 0.2]))
    state = markets.solve(markets.layout.start)
    found = []
    for large in (1, 1000):
        monkeypatch.setattr("inroads.estimation.markets.mean_utilities.LARGE", large)
        found.append(markets.derivative(state))
    assert all(factor is None for factor in found[0].factors)
    assert all(factor is not None for factor in found[1].factors)
    np.testing.assert_allclose(found[0].slope, found[1].slope, atol=1e-10)


def test_a_market_of_one_product_has_the_cost_of_a_monopolist():
    """Plain logit: p - c = 1 / (alpha (1 - s))."""
    products, _ = small(16, markets=4)
    one = products.groupby("market_ids").head(1)
    panel = ir.read_panel(pd.concat([one, products[products["market_ids"] > 2]]).drop_duplicates())
    arrays = build_design(ir.Demand("1 + x"), panel, ir.Supply("1 + z", log=False))
    system = NonlinearEquations(arrays, panel, ParameterLayout.from_start(arrays, prices=-0.7))
    alone = (panel.products["market_ids"] <= 2).to_numpy()
    p, s = (panel.products[name].to_numpy()[alone] for name in ("prices", "shares"))
    costs = system.at(system.start).costs[alone]
    np.testing.assert_allclose(costs, p - 1 / (0.7 * (1 - s)), rtol=1e-10)


def test_of_several_markets_the_one_furthest_off_is_named():
    """By how far its log shares are off."""
    panel = ir.read_panel(*small(16, markets=6))
    arrays = build_design(ir.Demand("1 + prices", random="1"), panel)
    free = ParameterLayout.from_start(arrays, [0.5])
    markets = MeanUtilities(arrays, panel, free)
    right = markets.solve(free.start)
    stack = max(markets.stacks, key=lambda stack: len(stack.products))
    delta = right.delta[stack.products]
    delta[1] += 0.3
    delta[2] -= 0.7
    failed = Solution(delta, Status.STALLED, np.inf, 0)
    error = markets._inversion_failure(stack, free.start, failed)
    at_zero = markets.state_at(free.start, np.zeros(len(panel))).states
    P = next(state.P[2] for state in at_zero if state.stack is stack)
    mu = np.log(P) - np.log(1 - P.sum(axis=0))
    ids = panel.products["market_ids"].iloc[stack.products[2, 0]]
    P, _ = Logit().evaluate(delta[2][:, None] + mu)
    off = np.abs(np.log(P @ stack.w[2] / stack.S[2])).max()
    assert f"found market {ids}, where log shares stay {off:.3g} off" in str(error)


def test_pyblp_s_nodes_for_some_columns_of_sigma_only():
    products, agents = small(17)
    products = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
    agents = agents[["market_ids", "weights", "nodes0", "nodes1"]]
    sigma = np.diag([0.5, 0, 0.3])
    theirs = problem(products, agents, "1 + prices + x").solve(sigma=sigma, **EXACT)
    panel = ir.read_panel(products, agents)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x")
    arrays = build_design(demand, panel, sigma=sigma)
    system = NonlinearEquations(arrays, panel, ParameterLayout.from_start(arrays, sigma))
    delta = system.at(system.start).delta
    np.testing.assert_allclose(delta, theirs.delta.ravel(), atol=1e-8)
    with pytest.raises(ir.InputError, match="a column 'nodes2'"):
        ParameterLayout.from_start(build_design(demand, panel), np.diag([0.5, 0.1, 0.3]))


class TestBadStart:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"sigma": [1, 2, 3]}, r"shape \(2, 2\)"),
            ({"sigma": [np.nan, 1]}, "an array of numbers"),
            ({"sigma": [[1], [2, 3]]}, "an array of numbers"),
            ({"sigma": [1, 2], "pi": [[1], [2]]}, r"shape \(2, 0\)"),
            ({"sigma": [1, 2], "rho": 0.5}, "without nests"),
            ({"sigma": [1, 2], "prices": "cheap"}, "a number"),
        ],
    )
    def test_it_is_refused(self, given, message):
        panel = ir.read_panel(*small(0, markets=3))
        arrays = build_design(ir.Demand("1 + x", random="1 + x"), panel)
        with pytest.raises(ir.InputError, match=message):
            ParameterLayout.from_start(arrays, **given)

    @pytest.mark.parametrize("rho", [None, 1.0, -0.1, [0.6, 0.3], [0.1, 0.2, 0.3], np.nan, "high"])
    def test_of_rho(self, rho):
        products, agents = small(0, markets=3)
        panel = ir.read_panel(products.drop(columns="nesting_ids"), agents)
        arrays = build_design(ir.Demand("1 + x", random="1 + x", nested=True), panel)
        with pytest.raises(ir.InputError, match="rho"):
            ParameterLayout.from_start(arrays, [1, 2], None, None, rho=rho)

    def test_of_nests(self):
        products, agents = small(0, markets=3)
        with pytest.raises(ir.InputError, match="found both"):
            build_design(ir.Demand("1 + x", nested=True), ir.read_panel(products, agents))
        bare = products.drop(columns=["nesting_ids", "nesting_ids0", "nesting_ids1"])
        with pytest.raises(ir.InputError, match="found none"):
            build_design(ir.Demand("1 + x", nested=True), ir.read_panel(bare, agents))


def test_cereals_with_nests_and_random_coefficients():
    """PyBLP 1.3.0's optimum from the same start, BFGS to a gradient of 1e-5."""
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    products["nesting_ids"] = products["mushy"]
    groups = products.groupby(["market_ids", "nesting_ids"])["shares"]
    products["demand_instruments20"] = groups.transform("size")
    panel = ir.read_panel(products, pyblp.data.NEVO_AGENTS_LOCATION)
    demand = ir.Demand("0 + prices", random="1 + prices", demographics="0 + income", nested=True)
    start = {"sigma": [0.3, 2.0], "pi": [[2.0], [0.0]], "rho": 0.5}
    found = ir.estimate(demand, panel, start=start, steps=1, n_starts=1)
    assert found.converged
    assert found.objective == pytest.approx(269.4207, rel=1e-6)
    expected = {
        "prices": (-9.202337, 0.6384553),
        "sigma[1]": (0.07666649, 0.09191030),
        "sigma[prices]": (4.432711, 0.7525459),
        "pi[1, income]": (0.6801031, 0.1598956),
        "rho": (0.8850425, 0.02518384),
    }
    assert set(found.params.index) == set(expected)
    for name, (value, error) in expected.items():
        assert found.params[name] == pytest.approx(value, rel=1e-5), name
        assert found.standard_errors[name] == pytest.approx(error, rel=1e-4), name


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("far", [0.0, 5.0])
def test_inversion_within_nests_from_anywhere(rho, far):
    """Where shares answer to utilities many times over, a contraction must take smaller steps."""
    rng = np.random.default_rng(0)
    J, agents, markets = 12, 20, 30
    mu = rng.normal(size=(markets, J, agents)) * 2
    S = rng.dirichlet(np.full(J + 1, 0.5), size=markets)[:, :J] * 0.9 + 1e-6
    w = np.full((markets, agents), 1 / agents)
    model = Nested(np.arange(J) % 3, rho)
    start = rng.normal(size=S.shape) * far
    found = ir.choice.invert(S, mu, w, model=model, start=start, throw=False)
    assert found.converged
    assert found.iterations < 60
    P, _ = model.evaluate(found.value[..., None] + mu)
    np.testing.assert_allclose((P @ w[..., None])[..., 0], S, rtol=1e-12)


@pytest.mark.parametrize("J", [5, 24, 25, 90])
def test_factors_solve_small_and_large_systems(J):
    rng = np.random.default_rng(J)
    A, b = rng.normal(size=(3, J, J)) + 3 * np.eye(J), rng.normal(size=(3, J, 2))
    np.testing.assert_allclose(A @ StackedFactor.factorize(A).solve(b), b, atol=1e-8)
    A[1, 2] = 0.0
    with pytest.raises(np.linalg.LinAlgError):
        StackedFactor.factorize(A)
