"""Plants that make several goods, at one price each."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, quantities
from inroads.conduct.horizontal.plants import PlantGame
from inroads.numerics.complementarity import linear_complementarity

TWO = pd.DataFrame(
    {
        "product_ids": ["a gas", "a oil", "b gas", "b oil", "c gas"],
        "firm_ids": ["A", "A", "B", "B", "C"],
        "good_ids": ["gas", "oil", "gas", "oil", "gas"],
        "plant_ids": ["a", "a", "b", "b", "c"],
        "prices": [10.0, 4.0, 10.0, 4.0, 10.0],
        "quantities": [50.0, 80.0, 30.0, 60.0, 20.0],
        "margins": [0.25, 0.3, None, None, None],
    }
)
COURNOT = {"demand": "one good, linear", "conduct": "cournot"}


def test_goods_that_nothing_joins_are_markets_of_their_own():
    both = ir.merger(TWO, ("A", "B"), **COURNOT)
    for good in ("gas", "oil"):
        rows = TWO["good_ids"] == good
        alone = ir.merger(TWO[rows].drop(columns=["good_ids", "plant_ids"]), ("A", "B"), **COURNOT)
        change = both.offers.loc[TWO["product_ids"][rows], "price_change"]
        np.testing.assert_allclose(change, alone.offers["price_change"], rtol=1e-10)
        e = both.parameters[f"market_elasticity of {good}"]
        assert e == pytest.approx(alone.parameters["market_elasticity"])
    assert both.summary["compensating_variation"] > 0


@pytest.mark.parametrize("form", ["linear", "log-linear"])
def test_no_firm_gains_by_other_outputs_where_costs_join_goods(form):
    table = TWO.assign(cost_elasticities=0.8, capacities=[None, None, 92.0, None, None])
    m = ir.merger(table, ("A", "C"), demand=f"one good, {form}", conduct="cournot")
    model, after = m.simulation.model, m.simulation.after
    np.testing.assert_allclose(model.before.quantities, model.sold, rtol=1e-9)
    game, names = model.game, np.array(m.simulation.sellers_after)

    def profit(q, own):
        made = np.bincount(game.plant, q)
        d = np.array([game.cost_slopes[game.plant == i][0] for i in range(3)])
        rising = sum(d[i] * made[i] ** 2 / 2 for i in range(3) if own[game.plant == i].all())
        return float(((game.prices(q) - game.costs) * q)[own].sum() - rising)

    rng = np.random.default_rng(0)
    for firm in dict.fromkeys(names):
        own = names == firm
        base = profit(after.quantities, own)
        for size in (1e-3, 0.05, 0.3):
            for _ in range(20):
                q = after.quantities * np.where(own, 1 + size * rng.normal(0, 1, 5), 1.0)
                room = np.bincount(game.plant, q) <= game.capacity
                if (q >= 0).all() and room.all():
                    assert profit(q, own) <= base + 1e-12


def test_a_plant_at_capacity_earns_as_much_by_either_good():
    game = PlantGame(
        demands=[InverseDemand("linear", 5.0, 1.0, -1.6), InverseDemand("linear", 4.0, 2.0, -2.0)],
        good=np.array([0, 1, 0]),
        plant=np.array([0, 0, 1]),
        costs=np.array([1.0, 1.0, 1.0]),
        cost_slopes=np.zeros(3),
        capacity=np.array([1.2, np.inf]),
    )
    owns = np.kron(np.diag([1.0, 1]), np.ones((2, 2)))[:3, :3]
    q = game.solve(owns, np.full(3, 0.3)).unwrap()
    assert q[:2].sum() == pytest.approx(1.2)
    gain = game.prices(q) - game.wedge(q, owns) - game.marginal_costs(q)
    assert gain[0] == pytest.approx(gain[1])
    assert gain[0] > 0.1
    assert gain[2] == pytest.approx(0.0, abs=1e-12)


def test_one_good_is_what_searches_on_a_line_find():
    rng = np.random.default_rng(3)
    for trial in range(30):
        n = int(rng.integers(2, 8))
        d = InverseDemand(("linear", "log-linear")[trial % 2], 5.0, 1.0, -rng.uniform(1.2, 3))
        costs, slopes = rng.uniform(1, 4, n), rng.uniform(0, 2, n) * (rng.random(n) < 0.6)
        capacity = np.where(rng.random(n) < 0.4, rng.uniform(0.05, 0.4, n), np.inf)
        owner = np.unique(rng.integers(0, max(2, n // 2), n), return_inverse=True)[1]
        plants = Plants(costs=costs, cost_slopes=slopes, capacity=capacity)
        game = PlantGame(
            demands=[d],
            good=np.zeros(n, dtype=int),
            plant=np.arange(n),
            costs=costs,
            cost_slopes=slopes,
            capacity=capacity,
        )
        owns = (owner[:, None] == owner).astype(float)
        q = game.solve(owns, np.full(n, 1 / n)).unwrap()
        np.testing.assert_allclose(q, quantities(d, plants, owner), atol=1e-8)


def test_complementary_pivots_end_where_all_conditions_hold():
    rng = np.random.default_rng(1)
    for n in (1, 3, 8, 20):
        for _ in range(10):
            root = rng.normal(0, 1, (n, n + 2))
            skew = rng.normal(0, 1, (n, n))
            M, q = root @ root.T + skew - skew.T, rng.normal(0, 2, n)
            z = linear_complementarity(M, q)
            w = M @ z + q
            assert z.min() >= -1e-10
            assert w.min() >= -1e-9
            assert abs(z @ w) < 1e-9
    assert linear_complementarity(-np.eye(2), -np.ones(2)) is None


BAD = {
    "two prices of a good": ({"prices": [10.0, 4, 9, 4, 10]}, "one price"),
    "a plant of two firms": ({"plant_ids": ["a", "a", "a", "b", "c"]}, "a of A and B"),
    "two capacities": ({"capacities": [200.0, 150, None, None, None]}, "one capacity a plant"),
    "a plant above it": ({"capacities": [100.0, 100, None, None, None]}, "above its own by 30"),
    "a good without a margin": ({"margins": [0.25, None, None, None, None]}, "elasticity of oil"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_of_goods_are_refused(case):
    columns, message = BAD[case]
    with pytest.raises(ir.InputError, match=message):
        ir.merger(TWO.assign(**columns), ("A", "B"), **COURNOT)
    with pytest.raises(ir.InputError, match="use conduct='cournot'"):
        ir.merger(
            *(TWO, ("A", "B")), demand="one good, linear", conduct="stackelberg", leaders=["A"]
        )
