"""Integration rules: exact where they say so, balanced draws, the same again from the same seed."""

import itertools
import tracemalloc

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.special import ndtr
from scipy.stats import qmc

from inroads.errors import InputError
from inroads.estimation.integration import RULES, draw_agents, nodes_and_weights
from inroads.tables.panel import read_panel

SIMULATED = [rule for rule in RULES if rule != "product"]
#: Largest error at 1024 draws: five standard errors, or far less where draws are balanced.
MEAN_WITHIN = {"monte_carlo": 5 / 32, "halton": 0.02, "sobol": 0.005, "mlhs": 0.005}
VARIANCE_WITHIN = {"monte_carlo": 5 * 2**0.5 / 32, "halton": 0.05, "sobol": 0.03, "mlhs": 0.03}


def normal_moment(power):
    return 0.0 if power % 2 else float(np.prod(np.arange(power - 1, 0, -2)))


def in_order(nodes, weights):
    rows = np.column_stack([nodes, weights])
    return rows[np.lexsort(np.round(nodes, 9).T[::-1])]


@pytest.mark.parametrize("size", range(1, 11))
def test_product_is_exact_for_polynomials_up_to_degree_2n_minus_1(size):
    nodes, weights = nodes_and_weights("product", size, 2)
    assert nodes.shape == (size**2, 2)
    for powers in itertools.product(range(2 * size), repeat=2):
        terms = weights * (nodes**powers).prod(axis=1)
        expected = normal_moment(powers[0]) * normal_moment(powers[1])
        assert abs(terms.sum() - expected) <= 1e-12 * max(1.0, np.abs(terms).sum())


def test_product_is_not_exact_beyond():
    nodes, weights = nodes_and_weights("product", 3, 1)
    assert weights @ nodes[:, 0] ** 6 == pytest.approx(9.0)
    assert normal_moment(6) == 15.0


@pytest.mark.parametrize(("size", "dimensions"), [(5, 2), (1, 3), (4, 3), (9, 1), (7, 4)])
def test_product_is_pyblps(size, dimensions):
    theirs = pyblp.build_integration(pyblp.Integration("product", size), dimensions)
    ours = in_order(*nodes_and_weights("product", size, dimensions))
    expected = in_order(theirs.nodes, theirs.weights[:, 0])
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)


def test_product_with_many_nodes_or_dimensions():
    nodes, weights = nodes_and_weights("product", 100, 3)
    assert nodes.shape == (1_000_000, 3)
    assert (weights > 0).all()
    np.testing.assert_allclose(weights @ nodes**4, 3.0, rtol=1e-12)
    nodes, weights = nodes_and_weights("product", 1, 90)
    assert np.array_equal(nodes, np.zeros((1, 90)))
    assert weights == [1.0]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [1, 3, 8, 50])
def test_weights_are_positive_and_sum_to_one(rule, size):
    nodes, weights = nodes_and_weights(rule, size, 2, seed=3)
    assert nodes.shape == (len(weights), 2)
    assert np.isfinite(nodes).all()
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", SIMULATED)
def test_simulated_rules_have_the_moments_of_the_normal(rule, seed):
    nodes, weights = nodes_and_weights(rule, 1024, 5, seed)
    mean, spread = weights @ nodes, weights @ nodes**2
    assert np.abs(mean).max() < MEAN_WITHIN[rule]
    assert np.abs(spread - 1).max() < VARIANCE_WITHIN[rule]
    between = (nodes.T * weights) @ nodes - np.diag(spread)
    assert np.abs(between).max() < 5 / 32


@pytest.mark.parametrize("rule", ["halton", "sobol"])
def test_sequences_fill_the_cube_more_evenly_than_random_draws(rule):
    ours = qmc.discrepancy(ndtr(nodes_and_weights(rule, 512, 3)[0]))
    assert ours < 0.1 * qmc.discrepancy(ndtr(nodes_and_weights("monte_carlo", 512, 3)[0]))


@pytest.mark.parametrize(("size", "nodes"), [(1, 1), (2, 2), (3, 4), (500, 512), (512, 512)])
def test_sobol_is_rounded_up_to_a_power_of_two_and_balanced(size, nodes):
    found, weights = nodes_and_weights("sobol", size, 4)
    assert found.shape == (nodes, 4)
    assert weights == pytest.approx(1 / nodes)
    for column in found.T:
        assert np.array_equal(np.sort(np.floor(ndtr(column) * nodes)), np.arange(nodes))


def test_mlhs_is_evenly_spaced_with_one_shift_for_each_dimension():
    found, _ = nodes_and_weights("mlhs", 200, 3)
    uniform = np.sort(ndtr(found), axis=0)
    np.testing.assert_allclose(np.diff(uniform, axis=0), 1 / 200, atol=1e-12)
    assert len(set(uniform[0].round(9))) == 3
    order = found.argsort(axis=0)
    assert not np.array_equal(order[:, 0], np.arange(200))
    assert not np.array_equal(order[:, 0], order[:, 1])


@pytest.mark.parametrize("rule", SIMULATED)
def test_a_draw_of_zero_is_still_a_finite_node(rule, monkeypatch):
    monkeypatch.setattr(qmc.Halton, "random", lambda self, n: np.zeros((n, self.d)))
    monkeypatch.setattr(qmc.Sobol, "random_base2", lambda self, m: np.zeros((2**m, self.d)))
    assert np.isfinite(nodes_and_weights(rule, 8, 2)[0]).all()


@pytest.mark.parametrize("rule", SIMULATED)
def test_same_seed_same_draws_and_the_global_generator_is_left_alone(rule):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    first = draw_agents(["a", "b"], rule, 50, 3, seed=7)
    np.random.seed(2)
    pd.testing.assert_frame_equal(first, draw_agents(["a", "b"], rule, 50, 3, seed=7))
    assert not first.equals(draw_agents(["a", "b"], rule, 50, 3, seed=8))
    one, two = (nodes_and_weights(rule, 50, 3, seed=7)[0] for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, nodes_and_weights(rule, 50, 3, seed=8)[0])
    np.random.seed(1)
    draw_agents(["a"], rule, 50, 3)
    assert np.array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("rule", SIMULATED)
def test_each_market_has_its_own_draws_and_keeps_them_when_markets_are_added(rule):
    agents = draw_agents(["a", "b", "a"], rule, 64, 2, seed=1)
    assert list(agents.columns) == ["market_ids", "weights", "nodes0", "nodes1"]
    assert list(agents["market_ids"]) == ["a"] * 64 + ["b"] * 64
    assert agents["nodes0"].nunique() == agents["nodes1"].nunique() == 128
    more = draw_agents(["a", "b", "c"], rule, 64, 2, seed=1)
    pd.testing.assert_frame_equal(agents, more[more["market_ids"] != "c"])


@pytest.mark.parametrize("rule", SIMULATED)
def test_errors_of_markets_are_independent_and_zero_on_average(rule):
    agents = draw_agents(range(400), rule, 64, 2, seed=1)
    share = 1 / (1 + np.exp(1 - agents["nodes0"] - agents["nodes1"] * agents["nodes0"]))
    shares = (agents["weights"] * share).groupby(agents["market_ids"]).sum().to_numpy()
    nodes, weights = nodes_and_weights("product", 100, 2)
    exact = weights @ (1 / (1 + np.exp(1 - nodes[:, 0] - nodes[:, 1] * nodes[:, 0])))
    assert abs(shares.mean() - exact) < 5 * shares.std() / 20
    assert abs(np.corrcoef(shares[::2], shares[1::2])[0, 1]) < 5 / 200**0.5
    plain = share.std() / 8
    assert (shares.std() < 0.8 * plain) == (rule != "monte_carlo")


def test_product_gives_every_market_the_same_nodes():
    agents = draw_agents([2, 1], "product", 3, 2, seed=5)
    assert list(agents["market_ids"]) == [2] * 9 + [1] * 9
    nodes, weights = nodes_and_weights("product", 3, 2)
    for _, market in agents.groupby("market_ids"):
        assert np.array_equal(market[["nodes0", "nodes1"]], nodes)
        assert np.array_equal(market["weights"], weights)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("ids", [["a", "b"], [1, 2], list(pd.to_datetime(["2017", "2018"]))])
def test_a_panel_can_be_read_with_the_agents(rule, ids):
    products = pd.DataFrame({"market_ids": ids, "shares": 0.3, "prices": 1.0})
    people = pd.DataFrame({"market_ids": ids * 2, "income": [1.0, 2.0, 3.0, 4.0]})
    agents = draw_agents(products["market_ids"], rule, 6, 2, demographics=people)
    assert list(agents["market_ids"].unique()) == ids
    panel = read_panel(products, agents)
    assert sum(len(block.agents) for block in panel.blocks) == 2


PEOPLE = pd.DataFrame(
    {
        "market_ids": ["a", "a", "a", "b", "b"],
        "weights": [1.0, 0.0, 3.0, 0.0, 2.0],
        "income": [10.0, 20.0, 30.0, 40.0, 50.0],
        "age": [1, 2, 3, 4, 5],
    }
)


@pytest.mark.parametrize("rule", SIMULATED)
def test_simulated_agents_are_people_of_their_market_in_proportion_to_weights(rule):
    agents = draw_agents(["b", "a"], rule, 1024, 2, seed=4, demographics=PEOPLE)
    assert list(agents.columns) == ["market_ids", "weights", "nodes0", "nodes1", "income", "age"]
    a, b = (agents[agents["market_ids"] == m] for m in "ab")
    assert set(b["income"]) == {50.0}
    assert set(a["income"]) == {10.0, 30.0}
    assert np.array_equal(a["age"] * 10, a["income"])
    poor = (a["income"] == 10).to_numpy()
    assert abs(poor.mean() - 0.25) < (5 * 0.433 / 32 if rule == "monte_carlo" else 2 / 1024)
    for k in ("nodes0", "nodes1"):
        assert abs(np.corrcoef(a[k], poor)[0, 1]) < 5 / 32


def test_with_product_every_node_meets_every_person():
    agents = draw_agents(["a"], "product", 3, 2, demographics=PEOPLE)
    assert len(agents) == 9 * 3
    assert agents["weights"].sum() == pytest.approx(1.0, abs=1e-14)
    joint = agents["weights"] * agents["income"] * agents["nodes0"] ** 2
    assert joint.sum() == pytest.approx(0.25 * 10 + 0.75 * 30, rel=1e-12)
    nodes, weights = nodes_and_weights("product", 3, 2)
    by_node = agents.groupby(["nodes0", "nodes1"])["weights"].sum().reset_index()
    np.testing.assert_allclose(by_node, in_order(nodes, weights), atol=1e-14)
    by_person = agents.groupby("income")["weights"].sum()
    np.testing.assert_allclose(by_person, [0.25, 0.0, 0.75], atol=1e-14)


def test_picking_people_leaves_all_dimensions_to_nodes():
    agents = draw_agents(["a"], "sobol", 4, 100, demographics=PEOPLE)
    assert agents.shape == (4, 2 + 100 + 2)


def test_people_without_market_or_weights_live_everywhere_and_count_alike():
    people = pd.DataFrame({"income": [1.0, 3.0]}, index=[7, 7])
    agents = draw_agents(["a", "b"], "product", 2, 1, demographics=people)
    means = (agents["weights"] * agents["income"]).groupby(agents["market_ids"]).sum()
    np.testing.assert_allclose(means, [2.0, 2.0])


@pytest.mark.parametrize(
    ("people", "message"),
    [
        (PEOPLE[PEOPLE["market_ids"] == "a"], "none in market b"),
        (PEOPLE.iloc[:4], "none in market b"),
        (PEOPLE.assign(weights=-1.0), "found -1; expected finite weights"),
        (PEOPLE.assign(weights=np.nan), "row 2, column 'weights': found nothing"),
        (PEOPLE.assign(weights="heavy"), "row 2, column 'weights': found heavy"),
        (PEOPLE.drop(columns="market_ids").iloc[:0], "none in market a"),
        (PEOPLE.rename(columns={"age": "nodes1"}), "nodes1"),
    ],
)
def test_demographics_of_no_use_are_refused(people, message):
    with pytest.raises(InputError, match=message):
        draw_agents(["a", "b"], "halton", 10, 2, demographics=people)


@pytest.mark.parametrize(
    "draw",
    [
        nodes_and_weights,
        lambda rule, size, dimensions, seed=0: draw_agents(
            ["a"], rule, size, dimensions, seed=seed
        ),
    ],
)
@pytest.mark.parametrize(
    ("rule", "size", "dimensions", "message"),
    [
        ("product", 10, 7, "found 10,000,000; expected at most 1,000,000"),
        ("product", 100, 100, r"about 10\^200"),
        ("sobol", 1_000_000, 1, "found 1,048,576"),
        ("monte_carlo", 10**12, 2, "found 1,000,000,000,000"),
        ("product", 101, 1, "from 1 to 100"),
        ("halton", 0, 1, "size: found 0"),
        ("halton", 2.0, 1, "size: found 2.0"),
        ("halton", True, 1, "size: found True"),
        ("mlhs", 10, 0, "dimensions: found 0"),
        ("sobol", 10, 101, "dimensions: found 101"),
    ],
)
def test_sizes_out_of_range_are_refused_before_anything_is_allocated(
    draw, rule, size, dimensions, message
):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=message):
            draw(rule, size, dimensions)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_too_many_rows_in_all_are_refused():
    with pytest.raises(InputError, match="found 20,001,000 in 20,001 markets"):
        draw_agents(range(20_001), "monte_carlo", 1000, 1)
    people = pd.DataFrame({"income": np.zeros(2000)})
    with pytest.raises(InputError, match="found 1,250,000"):
        draw_agents(["a"], "product", 5, 4, demographics=people)
    assert len(draw_agents(["a"], "sobol", 625, 4, demographics=people)) == 1024


def test_largest_size_is_allowed():
    assert len(draw_agents(["a"], "monte_carlo", 1_000_000, 1)) == 1_000_000


def test_an_unknown_rule_is_told_the_rules():
    with pytest.raises(InputError, match="monte_carlo, halton, sobol, mlhs, product"):
        nodes_and_weights("gauss", 5, 2)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_is_a_whole_number(seed):
    for draw in (
        nodes_and_weights,
        lambda rule, size, dimensions, seed=0: draw_agents(
            ["a"], rule, size, dimensions, seed=seed
        ),
    ):
        with pytest.raises(InputError, match="seed"):
            draw("halton", 5, 2, seed)


def test_markets_there_must_be():
    with pytest.raises(InputError, match="at least one market"):
        draw_agents([], "halton", 5, 2)


@pytest.mark.parametrize("rule", ["grid", "nested_grid", "nested_product"])
def test_rules_with_negative_weights_are_refused_with_a_remedy(rule):
    with pytest.raises(InputError, match=r"negative.*'product'.*'sobol'"):
        nodes_and_weights(rule, 3, 2)


@pytest.mark.parametrize("level", range(2, 7))
@pytest.mark.parametrize("dimensions", [2, 3, 4])
def test_sparse_grids_do_have_negative_weights(level, dimensions):
    grid = pyblp.build_integration(pyblp.Integration("grid", level), dimensions)
    assert grid.weights.min() < -0.1
