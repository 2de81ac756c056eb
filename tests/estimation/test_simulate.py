"""Simulated panels: PyBLP's tutorial to the digit, known parameters found, intervals right."""

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.integration import draw_agents
from inroads.estimation.simulate import simulate

DEMAND = ir.Demand("1 + prices + x", random="0 + x")
SUPPLY = ir.Supply("0 + x + z", log=False)
TRUTH = {"beta": {"1": 1.0, "prices": -2.0, "x": 2.0}, "gamma": {"x": 1.0, "z": 4.0}}


@pytest.fixture(scope="module")
def tutorial():
    """PyBLP's simulation tutorial: 50 markets, 20 products, 10 firms, product rule 9, seed 0."""
    before = pyblp.options.verbose
    pyblp.options.verbose = False
    try:
        simulation = pyblp.Simulation(
            product_formulations=(
                pyblp.Formulation("1 + prices + x"),
                pyblp.Formulation("0 + x"),
                pyblp.Formulation("0 + x + z"),
            ),
            beta=[1, -2, 2],
            sigma=1,
            gamma=[1, 4],
            product_data=pyblp.build_id_data(T=50, J=20, F=10),
            integration=pyblp.Integration("product", 9),
            seed=0,
        )
        problem = simulation.replace_endogenous().to_problem()
    finally:
        pyblp.options.verbose = before
    return simulation, problem


def people(simulation):
    agents = simulation.agent_data
    return pd.DataFrame(
        {
            "market_ids": agents["market_ids"].ravel(),
            "weights": agents["weights"].ravel(),
            "nodes0": agents["nodes"].ravel(),
        }
    )


def goods(simulation):
    data = simulation.product_data
    return pd.DataFrame({k: data[k].ravel() for k in ("market_ids", "firm_ids", "x", "z")})


def test_equilibria_are_those_of_pyblp(tutorial):
    simulation, problem = tutorial
    found = simulate(
        DEMAND,
        goods(simulation),
        people(simulation),
        supply=SUPPLY,
        sigma=[1.0],
        xi=simulation.xi.ravel(),
        omega=simulation.omega.ravel(),
        **TRUTH,
    )
    products = found.panel.products
    np.testing.assert_allclose(products["prices"], problem.products.prices.ravel(), atol=1e-11)
    np.testing.assert_allclose(products["shares"], problem.products.shares.ravel(), rtol=1e-9)


def test_the_tutorial_s_estimates(tutorial):
    """Published: beta .96223514 -2.00792431 2.10032015, gamma .97820624 4.03121577, sigma
    .78358853, objective 6.4; demand and supply, two steps, from half the truth."""
    simulation, problem = tutorial
    products = goods(simulation).assign(
        prices=problem.products.prices.ravel(), shares=problem.products.shares.ravel()
    )
    # PyBLP lists exogenous characteristics first among its instruments; they are ours anyway.
    for side, Z in (("demand", problem.products.ZD), ("supply", problem.products.ZS)):
        exogenous = 2
        for k, column in enumerate(np.asarray(Z).T[:-exogenous]):
            products[f"{side}_instruments{k}"] = column
    panel = ir.read_panel(products, people(simulation))
    estimate = ir.estimate(
        DEMAND,
        panel,
        supply=SUPPLY,
        start={"sigma": [0.5], "prices": -1.0},
        n_starts=1,
        initial_weighting="unscaled",
    )
    assert estimate.converged
    expected = {
        "1": 0.96223514,
        "prices": -2.00792431,
        "x": 2.10032015,
        "gamma[x]": 0.97820624,
        "gamma[z]": 4.03121577,
        "sigma[x]": 0.78358853,
    }
    for name, value in expected.items():
        assert estimate.params[name] == pytest.approx(value, rel=1e-4), name
    assert estimate.objective == pytest.approx(6.411008809, rel=1e-5)


def drawn(seed, markets=60):
    """Costs move with z and with a cost shifter that demand does not know; rivals differ."""
    rng = np.random.default_rng(seed)
    J = 6
    ids = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J) % 3, markets),
            "x": rng.uniform(0, 1, markets * J),
            "z": rng.uniform(0, 1, markets * J),
        }
    )
    agents = draw_agents(range(markets), "product", 7, 1)
    found = simulate(
        DEMAND,
        ids,
        agents,
        supply=SUPPLY,
        sigma=[2.0],
        deviations=(0.3, 0.3),
        correlation=0.5,
        seed=seed,
        **TRUTH,
    )
    table = found.panel.products
    sums = table.groupby("market_ids")[["x", "z"]].transform("sum")
    others = sums - table[["x", "z"]]
    spread = (table["x"] - table.groupby("market_ids")["x"].transform("mean")) ** 2
    instruments = [table["z"], table["z"] * table["x"], others["x"], others["z"], spread]
    for k, column in enumerate(instruments):
        table = table.assign(**{f"demand_instruments{k}": column.to_numpy()})
    return ir.Panel(products=table, agents=found.panel.agents)


def test_known_parameters_are_found_and_intervals_cover_them():
    """A hundred panels: 95 percent intervals hold the truth about 95 times in a hundred."""
    truth = pd.Series({"1": 1.0, "prices": -2.0, "x": 2.0, "sigma[x]": 2.0})
    estimates, inside = [], []
    for seed in range(100):
        found = ir.estimate(DEMAND, drawn(seed), start={"sigma": [1.5]}, n_starts=1, seed=seed)
        table = found.to_frame()
        estimates.append(found.params)
        inside.append((table["low"] <= truth) & (truth <= table["high"]))
    mean, error = pd.DataFrame(estimates).mean(), pd.DataFrame(estimates).std() / 10
    assert (abs(mean - truth) < 4 * error).all(), mean
    # Binomial(100, .95): 88 or fewer has odds of four in a thousand, 100 of six.
    covered = pd.DataFrame(inside).mean()
    assert (covered >= 0.88).all(), covered
    assert (covered < 1.0).any()


def test_seeds_and_names():
    ids = goods_small()
    agents = draw_agents(range(3), "product", 5, 1)
    same = [
        simulate(DEMAND, ids, agents, supply=SUPPLY, sigma=[1.0], seed=4, **TRUTH) for _ in "ab"
    ]
    pd.testing.assert_frame_equal(same[0].panel.products, same[1].panel.products)
    other = simulate(DEMAND, ids, agents, supply=SUPPLY, sigma=[1.0], seed=5, **TRUTH)
    assert not np.allclose(other.xi, same[0].xi)
    with pytest.raises(InputError, match="beta for 1, prices, x"):
        simulate(DEMAND, ids, agents, supply=SUPPLY, beta={"1": 1.0}, gamma=TRUTH["gamma"])
    with pytest.raises(InputError, match="without prices"):
        simulate(DEMAND, ids.assign(prices=1.0), agents, supply=SUPPLY, sigma=[1.0], **TRUTH)
    with pytest.raises(InputError, match="absorb"):
        simulate(ir.Demand("0 + prices", absorb="firm_ids"), ids, supply=SUPPLY, **TRUTH)


def test_nests_and_log_costs():
    """What is simulated is an equilibrium of the model that estimation inverts."""
    ids = goods_small().assign(nesting_ids=np.tile([0, 0, 1, 1], 3))
    demand = ir.Demand("1 + prices + x", nested=True)
    supply = ir.Supply("1 + z", log=True)
    found = simulate(
        demand,
        ids,
        supply=supply,
        beta=TRUTH["beta"],
        gamma={"1": 0.1, "z": 0.5},
        rho=0.6,
        deviations=(0.2, 0.1),
    )
    products = found.panel.products
    X = np.column_stack([np.ones(12), products["prices"], products["x"]])
    within = products["shares"] / products.groupby(["market_ids", "nesting_ids"])[
        "shares"
    ].transform("sum")
    inside = products.groupby("market_ids")["shares"].transform("sum")
    delta = np.log(products["shares"]) - np.log1p(-inside) - 0.6 * np.log(within)
    np.testing.assert_allclose(delta, X @ [1, -2, 2] + found.xi, atol=1e-9)
    expected = np.exp(0.1 + 0.5 * products["z"] + found.omega)
    np.testing.assert_allclose(found.costs, expected, rtol=1e-12)


def goods_small():
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(3), 4),
            "firm_ids": np.tile([0, 0, 1, 2], 3),
            "x": rng.uniform(0, 1, 12),
            "z": rng.uniform(0, 1, 12),
        }
    )
