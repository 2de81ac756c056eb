"""Wald, score, distance and overidentification: beside PyBLP, by hand, and what they refuse."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.stats import chi2

import inroads as ir
from inroads.estimation.inference.hypothesis_tests import restrictions

CEREALS = ir.Demand(
    "0 + prices",
    absorb="product_ids",
    random="1 + prices",
    demographics="0 + income + age",
)
WIDE = {"sigma": [0.3, 2.0], "pi": [[2.0, 0.5], [1.0, 1.0]]}
NARROW = {"sigma": [0.3, 2.0], "pi": [[2.0, 0.5], [0, 0]]}


@cache
def tables():
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)
    return products, agents.drop(columns=["nodes2", "nodes3"])


@cache
def wide(**options):
    return ir.estimate(CEREALS, ir.read_panel(*tables()), start=WIDE, n_starts=1, **options)


@cache
def narrow():
    """Without pi[prices, ...], with the weights of the other."""
    panel = ir.read_panel(*tables())
    return ir.estimate(
        CEREALS, panel, start=NARROW, n_starts=1, steps=1, initial_weighting=wide().weights
    )


def made_from_no_pi(seed):
    """300 markets of 3 products; the constant's coefficient moves with d, that of x does not."""
    rng = np.random.default_rng(seed)
    T, J, people = 300, 3, 20
    x, z, xi = rng.normal(size=(3, T, J))
    prices = 2 + 0.5 * z + 0.3 * xi + 0.2 * x
    d = rng.normal(size=(T, people)) + 0.5 * rng.normal(size=(T, 1))
    u = (-1 + x - prices + 0.3 * xi)[..., None] + 0.8 * d[:, None, :]
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    ids, mean = np.repeat(np.arange(T), J), d.mean(axis=1, keepdims=True) + 0 * x
    excluded = [z, z**2, x**2, mean, mean * x, x.sum(axis=1, keepdims=True) - x]
    products = {"market_ids": ids, "prices": prices.ravel(), "x": x.ravel()}
    products |= {"shares": P.mean(axis=-1).ravel()}
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    agents = {"market_ids": np.repeat(np.arange(T), people), "weights": 1 / people, "d": d.ravel()}
    return ir.read_panel(pd.DataFrame(products), pd.DataFrame(agents))


class TestBesidePyBLP:
    """PyBLP 1.3.0, two steps from WIDE, BFGS to a gradient of 1e-7 (it takes minutes): its
    run_hansen_test, run_wald_test and, NARROW with the weights of WIDE, run_distance_test."""

    def test_overidentification(self):
        found = wide().overidentification
        assert found.statistic == pytest.approx(93.14401280075217, rel=1e-7)
        assert found.degrees == 20 - 7
        assert found.p == pytest.approx(chi2.sf(found.statistic, 13))

    def test_wald(self):
        found = wide().wald("sigma[prices] = 0, pi[1, income] - 2 pi[1, age] = 1")
        assert found.statistic == pytest.approx(4.381309933892361, rel=1e-5)
        assert found.degrees == 2

    def test_distance(self):
        found = wide().distance(narrow())
        assert found.statistic == pytest.approx(4.3135933109169855, rel=1e-5)
        assert found.degrees == 2
        assert found.name == "pi[prices, income], pi[prices, age] = 0"


class TestWald:
    def test_of_one_parameter_is_its_t_squared(self):
        t = wide().params / wide().standard_errors
        for name in wide().params.index:
            assert wide().wald(f"{name} = 0").statistic == pytest.approx(t[name] ** 2)

    def test_ways_of_saying_the_same(self):
        index = list(wide().params.index)
        R = np.zeros((2, len(index)))
        R[0, index.index("sigma[prices]")] = R[1, index.index("pi[1, age]")] = 1
        said = [
            "sigma[prices] = 0, pi[1, age] = 0.5",
            "0 = sigma[prices], 2*pi[1, age] - 1 = 0",
            "sigma[prices] + pi[1, age] = 5e-1, 1 - pi[1, age] = .5",
            {"sigma[prices]": 0, "pi[1, age]": 0.5},
            (R, [0, 0.5]),
        ]
        found = [wide().wald(h) for h in said]
        np.testing.assert_allclose([f.statistic for f in found], found[0].statistic, rtol=1e-9)
        assert {f.degrees for f in found} == {2}

    @pytest.mark.parametrize(
        ("hypothesis", "message"),
        [
            ("sigma[price] = 0", r"parameter \(prices, sigma"),
            ("sigma[prices]", "one '='"),
            ("sigma[prices] = 0 = 0", "one '='"),
            ("sigma[prices] pi[1, age] = 0", r"\+ or -"),
            ("2 * = 0", "found = 0|parameter"),
            ("", "one '='"),
            ({}, "found nothing"),
            ({"sigma": 0}, "found sigma"),
            ((np.zeros((1, 3)), [0]), "restrictions"),
            ("1 = 1", "say different things"),
            ("prices = 0, 2 prices = 0", "say different things"),
        ],
    )
    def test_what_cannot_be_read(self, hypothesis, message):
        with pytest.raises(ir.InputError, match=message):
            wide().wald(hypothesis)

    def test_names_that_begin_alike(self):
        names = ["a", "a b", "I(a / b)", "1"]
        R, r, _ = restrictions("a b = 2 a + 3, 2 I(a / b) = 1, 1 = a", names)
        np.testing.assert_array_equal(R, [[-2, 1, 0, 0], [0, 0, 2, 0], [-1, 0, 0, 0]])
        np.testing.assert_array_equal(r, [3, 1, -1])

    def test_a_parameter_without_a_standard_error(self):
        panel = ir.read_panel(*tables())
        start = {"sigma": [0.3, 2.0]}
        found = ir.estimate(
            CEREALS, panel, start=start, n_starts=1, bounds={"sigma[prices]": (1.9, 2.0)}
        )
        assert found.at_bounds == ("sigma[prices]",)
        with pytest.raises(ir.InputError, match=r"sigma\[prices\]: at a bound"):
            found.wald("sigma[prices] = 0")
        assert found.wald("prices = 0").statistic > 0


class TestScore:
    def test_by_hand(self):
        """N g'S^-1 G (G'S^-1 G)^-1 G'S^-1 g with all parameters, less that with the old ones."""
        from inroads.estimation.problem import build_problem

        restricted = narrow()
        found = restricted.score(WIDE)
        assert found.degrees == 2
        assert found.name == "pi[prices, income], pi[prices, age] = 0"
        both = build_problem(CEREALS, restricted.panel, None, WIDE)
        old = restricted.params
        theta = np.array([old.get(n, 0.0) for n in both.names[1:]])
        Z, X = both.design.Z, both.design.X1
        N = len(Z)
        values = both.equations.at(theta)
        xi = values.y[0] - X @ old[["prices"]]
        moments = Z * xi[:, None]
        centred = moments - moments.mean(axis=0)
        W = np.linalg.inv(centred.T @ centred / N)
        g = moments.mean(axis=0)
        G = Z.T @ np.hstack([-X, both.equations.jacobian(values).dy[0]]) / N

        def explained(columns):
            A = G[:, columns]
            half = A.T @ W @ g
            return N * half @ np.linalg.solve(A.T @ W @ A, half)

        keep = [n in old for n in both.names]
        assert found.statistic == pytest.approx(
            explained(np.ones(7, dtype=bool)) - explained(np.array(keep)), rel=1e-6
        )

    @pytest.mark.parametrize("seed", [0, 7, 8])
    def test_near_distance_and_wald_where_the_model_is_right(self, seed):
        """Made from the restricted model, all three have the same limit."""
        panel = made_from_no_pi(seed)
        demand = ir.Demand("1 + x + prices", random="1 + x", demographics="0 + d")
        start = {"pi": [[1.0], [0.5]]}
        whole = ir.estimate(demand, panel, start=start, n_starts=1)
        kept = ir.estimate(
            demand,
            panel,
            start={"pi": [[1.0], [0]]},
            steps=1,
            initial_weighting=whole.weights,
            n_starts=1,
        )
        assert whole.overidentification.p > 0.01
        found = [whole.wald("pi[x, d] = 0"), whole.distance(kept), kept.score(start)]
        np.testing.assert_allclose([f.statistic for f in found], found[0].statistic, rtol=0.15)
        assert 1 < found[0].statistic < 3

    def test_what_it_refuses(self):
        with pytest.raises(ir.InputError, match="and some more"):
            narrow().score(NARROW)
        with pytest.raises(ir.InputError, match="and some more"):
            narrow().score({"sigma": [0.3, 0], "pi": WIDE["pi"]})

    def test_a_standard_deviation_at_zero_with_symmetric_nodes(self):
        """Its score is zero whatever the truth."""
        from inroads.estimation.integration import draw_agents

        products = tables()[0]
        people = draw_agents(products["market_ids"], "product", 5, 2)
        demand = ir.Demand("0 + prices", absorb="product_ids", random="1 + prices")
        start = {"sigma": [0.3, 0]}
        found = ir.estimate(demand, ir.read_panel(products, people), start=start, n_starts=1)
        with pytest.raises(ir.InputError, match=r"none that answer to sigma\[prices\]"):
            found.score({"sigma": [0.3, 1.0]})


class TestDistance:
    def test_what_it_refuses(self):
        panel = ir.read_panel(*tables())
        other = ir.estimate(CEREALS, panel, start=NARROW, n_starts=1)
        with pytest.raises(ir.InputError, match="the same weights"):
            wide().distance(other)
        with pytest.raises(ir.InputError, match="efficient weights"):
            narrow().distance(narrow())
        with pytest.raises(ir.InputError, match="restricted model with some"):
            wide().distance(wide())
        for one, two in ((False, True), (True, False)):
            with pytest.raises(ir.InputError, match="searches that converged"):
                replace(wide(), converged=one).distance(replace(narrow(), converged=two))

    def test_weights_that_do_not_fit(self):
        panel = ir.read_panel(*tables())
        for weights in (np.eye(3), -wide().weights):
            with pytest.raises(ir.InputError, match="positive definite"):
                ir.estimate(CEREALS, panel, start=NARROW, steps=1, initial_weighting=weights)


class TestOveridentification:
    def test_one_step_is_near_two_steps(self):
        """With other weights: what one efficient Gauss-Newton step would reach."""
        one = ir.estimate(CEREALS, ir.read_panel(*tables()), start=WIDE, n_starts=1, steps=1)
        assert not one.efficient
        assert one.overidentification.degrees == 13
        assert one.overidentification.statistic == pytest.approx(
            wide().overidentification.statistic, rel=0.2
        )
        assert abs(one.overidentification.statistic / one.objective - 1) > 1e-3

    def test_of_a_linear_model_it_is_exactly_what_two_steps_reach(self):
        """Linear moments: the Gauss-Newton step is the second step, with the first one's S."""
        demand, panel = ir.Demand("0 + prices", absorb="product_ids"), ir.read_panel(tables()[0])
        one, two = (ir.estimate(demand, panel, steps=k) for k in (1, 2))
        assert one.overidentification.statistic == pytest.approx(two.objective, rel=1e-9)

    def test_nothing_to_test_where_exactly_identified(self):
        demand = ir.Demand("0 + prices", absorb="product_ids")
        products = tables()[0]
        bare = products.drop(columns=[f"demand_instruments{k}" for k in range(1, 20)])
        found = ir.estimate(demand, ir.read_panel(bare))
        assert found.overidentification.degrees == 0
        assert np.isnan(found.overidentification.p)
        assert "nothing to test" in found.summary()


class TestIdentification:
    def test_a_direction_that_moments_do_not_see_is_named(self):
        """Two copies of one demographic: only their sum is determined, and nothing else suffers."""
        products, agents = tables()
        twin = agents.assign(twin=2 * agents["income"])
        demand = ir.Demand(
            "0 + prices", absorb="product_ids", random="1", demographics="0 + income + twin"
        )
        panel = ir.read_panel(products, twin)
        found = ir.estimate(demand, panel, start={"pi": [[1.0, 1.0]]}, n_starts=1)
        (direction,) = found.unidentified_directions
        assert set(direction) == {"pi[1, income]", "pi[1, twin]"}
        assert direction["pi[1, income]"] / direction["pi[1, twin]"] == pytest.approx(-2, rel=1e-4)
        assert found.standard_errors[list(direction)].isna().all()
        alone = ir.Demand("0 + prices", absorb="product_ids", random="1", demographics="0 + income")
        sure = ir.estimate(alone, panel, start={"pi": [[3.0]]}, n_starts=1)
        assert found.params["prices"] == pytest.approx(sure.params["prices"], rel=1e-4)
        assert found.standard_errors["prices"] == pytest.approx(
            sure.standard_errors["prices"], rel=1e-3
        )
        assert found.overidentification.degrees == sure.overidentification.degrees
        assert "NOT determined by the moments: moves at once of" in found.summary()

    def test_nothing_is_named_where_all_is_determined(self):
        assert wide().unidentified_directions == ()
        assert "NOT determined" not in wide().summary()

    def test_more_parameters_than_moments(self):
        products, agents = tables()
        few = products.drop(columns=[f"demand_instruments{k}" for k in range(4, 20)])
        message = r"found 4 moments: demand_instruments0.*Remedy: add 3 excluded"
        with pytest.raises(ir.InputError, match=message) as caught:
            ir.estimate(CEREALS, ir.read_panel(few, agents), start=WIDE)
        assert "pi[prices, age]" in str(caught.value)

    def test_an_instrument_that_does_not_move_prices(self):
        products = pd.DataFrame(
            {
                "market_ids": np.arange(8),
                "shares": np.linspace(0.1, 0.4, 8),
                "prices": [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0],
                "demand_instruments0": [1.0, -1.0] * 4,
            }
        )
        with pytest.raises(ir.InputError, match="none that so move prices"):
            ir.estimate(ir.Demand("0 + prices"), ir.read_panel(products))

    def test_fewer_clusters_than_moments(self):
        products = tables()[0].assign(clustering_ids=lambda t: t["quarter"])
        with pytest.raises(ir.InputError, match="more clusters than moments"):
            ir.estimate(
                ir.Demand("0 + prices", absorb="product_ids"),
                ir.read_panel(products),
                errors="clustered",
            )
