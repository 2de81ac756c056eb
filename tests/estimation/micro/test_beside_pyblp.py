"""Micro data beside PyBLP on small panels, at fixed parameters."""

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import Objective
from inroads.estimation.gmm_steps import GmmOptions, _first_weighting
from inroads.estimation.problem import build_problem

pyblp.options.verbose = False

SIGMA, PI, RHO = np.diag([0.8, 0.5]), np.array([[0.7], [-0.6]]), 0.4
EXACT = pyblp.Iteration("squarem", {"atol": 1e-14})


def tables(seed=0, markets=6, J=5, people=12):
    """Products in nests, of firms; agents with income and a chance to be asked."""
    rng = np.random.default_rng(seed)
    N, n = markets * J, markets * people
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J) % 3, markets),
            "nesting_ids": np.tile([0, 0, 0, 1, 1], markets),
            "x": rng.uniform(size=N),
            "prices": rng.uniform(1, 2, size=N),
            "shares": rng.uniform(0.05, 0.15, size=N),
        }
    )
    for k in range(8):
        products[f"demand_instruments{k}"] = rng.normal(size=N)
    agents = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), people),
            "weights": 1 / people,
            "nodes0": rng.normal(size=n),
            "nodes1": rng.normal(size=n),
            "income": rng.uniform(size=n),
            "chance": rng.uniform(0.5, 1.5, size=n),
        }
    )
    return products, agents


def pyblp_problem(products, agents):
    return pyblp.Problem(
        (pyblp.Formulation("1 + prices + x"), pyblp.Formulation("1 + prices")),
        products,
        pyblp.Formulation("0 + income + chance"),
        agents,
    )


def test_second_choices_in_nests():
    """Values, objective and gradient."""
    products, agents = tables()
    weights = np.eye(10 + 1)

    def chances(t, p, a):
        return np.einsum("i,jk->ijk", a.demographics[:, 1], np.ones((p.size, p.size)))

    def alike(t, p, a):
        return np.einsum("i,jk->ijk", np.ones(a.size), p.firm_ids == p.firm_ids.T)

    theirs = pyblp.MicroDataset("second", 200, chances)
    part = pyblp.MicroPart("same firm", theirs, alike)
    results = pyblp_problem(products, agents).solve(
        SIGMA,
        np.hstack([PI, np.zeros((2, 1))]),
        RHO,
        micro_moments=[pyblp.MicroMoment("same firm", 0.3, part)],
        optimization=pyblp.Optimization("return"),
        iteration=EXACT,
        method="1s",
        W=weights,
    )
    survey = ir.MicroDataset(name="second", observations=200, second_choices=True, weights="chance")
    problem = build_problem(
        ir.Demand("1 + prices + x", random="1 + prices", demographics="0 + income", nested=True),
        ir.read_panel(products, agents),
        start={"sigma": SIGMA, "pi": PI, "rho": RHO},
        micro=[ir.SecondChoice("firm_ids", 0.3, survey)],
    )
    weighting, _ = _first_weighting(problem, GmmOptions(initial_weighting=weights))
    values = problem.equations.at(problem.equations.start)
    found = problem.equations.micro.values(values.state)
    np.testing.assert_allclose(found, results.micro_values.ravel(), rtol=1e-10)
    projection = Projection(problem.regressions, weighting.factor)
    at_start = Objective(problem.equations, projection, lambda *_: None)
    point = at_start.point(problem.equations.start, values)
    np.testing.assert_allclose(point.objective, results.objective.item(), rtol=1e-8)
    np.testing.assert_allclose(2 * point.g, results.gradient.ravel(), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("nested", [False, True])
def test_weights_of_second_choices(nested):
    """Buyers who would then buy nothing are in the sample: in PyBLP weights (I, J, J + 1)."""
    products, agents = tables()
    products = products.drop(columns=[] if nested else "nesting_ids")

    def chances(t, p, a):
        return np.einsum("i,jk->ijk", a.demographics[:, 1], np.ones((p.size, p.size + 1)))

    def inside(t, p, a):
        return np.tile(np.arange(p.size + 1) > 0, (a.size, p.size, 1)).astype(float)

    def alike(t, p, a):
        pairs = np.hstack([np.zeros((p.size, 1)), p.firm_ids == p.firm_ids.T])
        return np.einsum("i,jk->ijk", np.ones(a.size), pairs)

    theirs = pyblp.MicroDataset("second", 200, chances)
    parts = [pyblp.MicroPart("same", theirs, alike), pyblp.MicroPart("any", theirs, inside)]
    ratio = pyblp.MicroMoment(
        "same firm", 0.3, parts, lambda v: v[0] / v[1], lambda v: [1 / v[1], -v[0] / v[1] ** 2]
    )
    results = pyblp_problem(products, agents).solve(
        SIGMA,
        np.hstack([PI, np.zeros((2, 1))]),
        *([RHO] if nested else []),
        micro_moments=[ratio],
        optimization=pyblp.Optimization("return"),
        iteration=EXACT,
        method="1s",
        check_optimality="gradient",
        initial_update=True,
    )
    survey = ir.MicroDataset(name="second", observations=200, second_choices=True, weights="chance")
    problem = build_problem(
        ir.Demand("1 + prices + x", random="1 + prices", demographics="0 + income", nested=nested),
        ir.read_panel(products, agents),
        start={"sigma": SIGMA, "pi": PI} | ({"rho": RHO} if nested else {}),
        micro=[ir.SecondChoice("firm_ids", 0.3, survey)],
    )
    weighting, values = _first_weighting(problem, GmmOptions(initial_update=True))
    micro = float(weighting.factor[-1] @ weighting.factor[-1])
    assert micro == pytest.approx(results.W[-1, -1], rel=1e-8)
    r = Projection(problem.regressions, weighting.factor).residual(values.y)
    assert r @ r == pytest.approx(results.objective.item(), rel=1e-8)


def answers_of(products, agents, buyers, n=60):
    """Choices of random consumers, a few of each market; their demographics."""
    rng = np.random.default_rng(1)
    market = np.arange(n) % agents["market_ids"].nunique()
    choice = rng.integers(1 if buyers else 0, 6, size=n)
    ids = np.where(choice > 0, np.char.add("p", choice.astype(str)), "")
    return choice, pd.DataFrame(
        {"market_ids": market, "product_ids": ids, "income": rng.uniform(size=n)}
    )


@pytest.mark.parametrize("buyers", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_scores(nested, buyers):
    """Of answers and of agents, at an estimate's parameters, tastes integrated by a rule."""
    products, agents = tables()
    products["product_ids"] = [f"p{1 + k % 5}" for k in range(len(products))]
    choice, answers = answers_of(products, agents, buyers)
    demand = ir.Demand(
        "1 + prices + x", random="1 + prices", demographics="0 + income", nested=nested
    )
    start = {"sigma": SIGMA, "pi": PI} | ({"rho": RHO} if nested else {})
    panel = ir.read_panel(products, agents)
    fit = ir.estimate(demand, panel, start=start, bounds=fixed(start), steps=1, n_starts=1)
    survey = ir.MicroDataset(name="survey", observations=60, buyers=buyers, weights="chance")
    scores = ir.choice_scores(fit, survey, answers, size=5)

    def weights(t, p, a):
        return np.outer(a.demographics[:, 1], np.ones(p.size + (not buyers)))

    micro = pyblp.MicroDataset("survey", 60, weights)
    theirs = pyblp_problem(products.drop(columns=[] if nested else "nesting_ids"), agents).solve(
        SIGMA,
        np.hstack([PI, np.zeros((2, 1))]),
        *([RHO] if nested else []),
        optimization=pyblp.Optimization("return"),
        iteration=EXACT,
        method="1s",
    )
    integration = pyblp.Integration("product", 5)
    # PyBLP asks for the weights of answers too, which leave their scores as they are.
    data = answers.assign(chance=1.0, choice_indices=choice - buyers)
    expected = theirs.compute_micro_scores(micro, data, integration)
    np.testing.assert_allclose(scores.scores.to_numpy().T, expected, rtol=1e-8, atol=1e-9)
    of_agents = theirs.compute_agent_scores(micro, integration=integration)
    for moment, by_market in zip(scores.moments, of_agents, strict=True):
        for market, values in by_market.items():
            found = moment.scores.by_market[str(market)][:, int(buyers) :]
            np.testing.assert_allclose(found, values, rtol=1e-8, atol=1e-9)


def fixed(start):
    """Bounds that hold everything where it begins."""
    return {name: (value, value) for name, value in start.items()}
