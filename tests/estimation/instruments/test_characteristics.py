"""Instruments against PyBLP and pairs written out; the first stage against two regressions."""

import numpy as np
import pandas as pd
import pyblp
import pytest

from inroads.errors import InputError
from inroads.estimation.instruments.characteristics import (
    blp_instruments,
    differentiation_instruments,
)
from inroads.estimation.instruments.strength import first_stage
from inroads.estimation.specification.demand import Demand
from inroads.tables.panel import Panel, read_panel

CARS = (pyblp.data.BLP_PRODUCTS_LOCATION, "1 + hpwt + air + mpd + space")
CEREALS = (pyblp.data.NEVO_PRODUCTS_LOCATION, "1 + sugar + mushy + log(prices)")
DATA = pytest.mark.parametrize(("table", "formula"), [CARS, CEREALS], ids=["cars", "cereals"])


def agree(found, expected, tolerance):
    assert found.shape == expected.shape
    size = np.maximum(np.abs(expected).max(axis=0), 1e-300)
    np.testing.assert_allclose(found.to_numpy() / size, expected / size, rtol=0, atol=tolerance)


def small(seed=0, markets=3, most=6):
    """A panel with rows out of order, markets of different sizes, the last with one product."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "market_ids": f"m{t}",
            "firm_ids": str(rng.integers(3)),
            "shares": 0.1,
            "prices": 1.0,
            "x": 1000 + rng.normal(),
            "y": float(rng.integers(2)),
            "c": 2.0,
        }
        for t in range(markets)
        for _ in range(rng.integers(2, most))
    ]
    rows.append({**rows[0], "market_ids": "alone"})
    return read_panel(pd.DataFrame(rows).sample(frac=1, random_state=seed))


def by_pairs(panel, term):
    """term(d) summed over other products: the firm's (N, T), then rivals'."""
    products = panel.products.to_dict("records")
    other, rival = [], []
    for j in products:
        rest = [k for k in products if k is not j and k["market_ids"] == j["market_ids"]]
        zero = np.zeros_like(term(j, j))
        other.append(sum((term(j, k) for k in rest if k["firm_ids"] == j["firm_ids"]), zero))
        rival.append(sum((term(j, k) for k in rest if k["firm_ids"] != j["firm_ids"]), zero))
    return np.hstack([other, rival])


@DATA
def test_sums_are_pyblp_s(table, formula):
    panel = read_panel(table)
    expected = pyblp.build_blp_instruments(pyblp.Formulation(formula), pd.read_csv(table))
    agree(blp_instruments(formula, panel), expected, 1e-12)


@DATA
@pytest.mark.parametrize("version", ["local", "quadratic"])
@pytest.mark.parametrize("interact", [False, True])
def test_differences_are_pyblp_s(table, formula, version, interact):
    found = differentiation_instruments(formula, read_panel(table), version, interact)
    expected = pyblp.build_differentiation_instruments(
        pyblp.Formulation(formula), pd.read_csv(table), version, interact
    )
    agree(found, expected, 1e-10)


def test_pyblp_s_own_columns_for_cars():
    """The sums among demand_instruments of the data set, made by others from the same columns."""
    panel = read_panel(CARS[0])
    found = blp_instruments("1 + hpwt + air + mpd", panel)
    agree(found, panel.products[[f"demand_instruments{k}" for k in range(8)]].to_numpy(), 1e-6)


def test_names_index_and_order():
    panel = small()
    sums = blp_instruments("1 + x + log(x)", panel)
    assert list(sums) == [
        "other[1]",
        "other[x]",
        "other[log(x)]",
        "rival[1]",
        "rival[x]",
        "rival[log(x)]",
    ]
    assert sums.index.equals(panel.products.index)
    local = differentiation_instruments("0 + x + y", panel)
    assert list(local)[:2] == ["other_local[x]", "other_local[y]"]
    assert local.index.equals(panel.products.index)
    local = differentiation_instruments("0 + x + y", panel, interact=True)
    assert list(local)[4:] == [f"rival_local[{p}]" for p in ("x, x", "x, y", "y, x", "y, y")]
    squares = differentiation_instruments("0 + x + y", panel, "quadratic", interact=True)
    assert list(squares)[:3] == [f"other_quadratic[{p}]" for p in ("x, x", "x, y", "y, y")]


@pytest.mark.parametrize("seed", range(5))
def test_each_is_the_sum_over_pairs(seed):
    panel = small(seed)
    found = blp_instruments("0 + x + y", panel)
    agree(found, by_pairs(panel, lambda j, k: np.array([k["x"], k["y"]])), 1e-12)

    def squares(j, k):
        dx, dy = j["x"] - k["x"], j["y"] - k["y"]
        return np.array([dx * dx, dx * dy, dy * dy])

    found = differentiation_instruments("0 + x + y", panel, "quadratic", interact=True)
    agree(found, by_pairs(panel, squares), 1e-12)
    distances = [
        j - k
        for _, market in panel.products.groupby("market_ids")
        for a, j in enumerate(market["x"])
        for b, k in enumerate(market["x"])
        if a != b
    ]
    found = differentiation_instruments("0 + x", panel)
    sd = np.std(distances)
    near = by_pairs(panel, lambda j, k: np.array([float(abs(j["x"] - k["x"]) < sd)]))
    np.testing.assert_array_equal(found.to_numpy(), near)
    assert 0 < near.sum() < len(distances)


def test_what_does_not_vary_and_who_is_alone_gives_exact_zeros():
    """A leftover of rounding would be taken for an instrument."""
    panel = small(markets=40)
    products = panel.products.assign(z=panel.products.groupby("market_ids")["x"].transform("mean"))
    panel = Panel(products=products, agents=None)
    for version in ("local", "quadratic"):
        found = differentiation_instruments("0 + c + x", panel, version)
        assert not found.filter(like="[c]").to_numpy().any()
        assert not found[products["market_ids"] == "alone"].to_numpy().any()
    assert not differentiation_instruments("0 + z", panel, "quadratic").to_numpy().any()
    firms = products.groupby(["market_ids", "firm_ids"])
    brands = Panel(products=products.assign(b=firms["x"].transform("mean")), agents=None)
    found = differentiation_instruments("0 + b", brands, "quadratic")
    assert not found["other_quadratic[b]"].any()
    assert found["rival_quadratic[b]"].any()
    one = Panel(products=products.assign(firm_ids=range(len(products))), agents=None)
    monopoly = Panel(products=products.assign(firm_ids=0), agents=None)
    for version in ("local", "quadratic"):
        for interact in (False, True):
            found = differentiation_instruments("0 + x + y", one, version, interact)
            assert not found.filter(like="other").to_numpy().any()
            found = differentiation_instruments("0 + x + y", monopoly, version, interact)
            assert not found.filter(like="rival").to_numpy().any()
    assert not blp_instruments("1 + x", one).filter(like="other").to_numpy().any()
    assert not blp_instruments("1 + x", monopoly).filter(like="rival").to_numpy().any()


def test_a_distance_that_equals_the_standard_deviation_is_not_below_it():
    rng = np.random.default_rng(1)
    start = np.repeat(rng.uniform(size=50), 2)
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(range(50), 2),
            "firm_ids": 1,
            "shares": 0.1,
            "prices": 1.0,
            "x": start + np.tile([0.0, 0.1], 50),
        }
    )
    assert not differentiation_instruments("0 + x", read_panel(products)).to_numpy().any()


def test_only_markets_of_one_product():
    products = small().products.drop_duplicates("market_ids")
    found = differentiation_instruments("1 + x", Panel(products=products, agents=None))
    assert not found.to_numpy().any()


COLUMNS = ["F", "robust_F", "partial_R2", "instruments", "degrees"]


def two_regressions(y, W, Z):
    """F, robust F, partial R squared, instruments, degrees: y on W alone, and on W and Z."""
    full = np.hstack([W, Z])
    n, k, q = *full.shape, Z.shape[1]
    assert np.linalg.matrix_rank(full) == k
    b = np.linalg.lstsq(full, y, rcond=None)[0]
    e = y - full @ b
    without = y - W @ np.linalg.lstsq(W, y, rcond=None)[0]
    bread = np.linalg.inv(full.T @ full)
    V = bread @ (full.T @ np.diag(e**2) @ full) @ bread * n / (n - k)
    robust = b[-q:] @ np.linalg.solve(V[-q:, -q:], b[-q:]) / q
    gain = without @ without - e @ e
    return [gain / q / (e @ e / (n - k)), robust, gain / (without @ without), q, n - k]


def dummies(column, drop=0):
    return (column.to_numpy()[:, None] == np.unique(column)[drop:]).astype(float)


def instruments(products):
    return products.filter(regex="^demand_instruments").to_numpy()


def test_first_stage_of_cars_is_two_regressions():
    panel = read_panel(CARS[0])
    products = panel.products
    found = first_stage(panel, Demand("1 + hpwt + air + mpd + space + prices", random="1 + air"))
    W = np.column_stack([np.ones(len(products)), products[["hpwt", "air", "mpd", "space"]]])
    expected = two_regressions(products["prices"].to_numpy(), W, instruments(products))
    assert list(found.index) == ["prices"]
    np.testing.assert_allclose(found.loc["prices", COLUMNS].to_numpy(float), expected, rtol=1e-8)


def test_first_stage_within_fixed_effects_of_several_columns():
    panel = read_panel(CEREALS[0])
    products = panel.products
    demand = Demand(
        "0 + mushy:quarter + prices + I(prices * mushy)", absorb="product_ids + city_ids"
    )
    W = np.hstack(
        [
            (products["mushy"] * products["quarter"]).to_numpy()[:, None],
            dummies(products["product_ids"]),
            dummies(products["city_ids"], 1),
        ]
    )
    found = first_stage(panel, demand)
    assert list(found.index) == ["prices", "prices * mushy"]
    for name, y in zip(found.index, [1.0, products["mushy"]], strict=True):
        expected = two_regressions((products["prices"] * y).to_numpy(), W, instruments(products))
        np.testing.assert_allclose(found.loc[name, COLUMNS].to_numpy(float), expected, rtol=1e-6)


def test_instruments_that_others_explain_are_not_counted():
    panel = read_panel(CARS[0])
    demand = Demand("1 + hpwt + prices")
    more = panel.products.assign(
        demand_instruments8=2 * panel.products["demand_instruments0"],
        demand_instruments9=panel.products["hpwt"] - 3,
    )
    found, plain = (
        first_stage(Panel(products=more, agents=None), demand),
        first_stage(panel, demand),
    )
    assert found["instruments"].item() == 8
    pd.testing.assert_frame_equal(found, plain, rtol=1e-8)


def test_strength_of_instruments_that_explain_all_or_single_products():
    products = small(markets=20).products
    exact = products.assign(prices=products["x"], demand_instruments0=2 * products["x"])
    found = first_stage(Panel(products=exact, agents=None), Demand("1 + prices"))
    assert found.loc["prices", "F"] == np.inf
    assert found.loc["prices", "partial_R2"] == 1
    single = products.assign(prices=products["x"], demand_instruments0=np.eye(len(products))[0])
    found = first_stage(Panel(products=single, agents=None), Demand("0 + prices"))
    assert np.isfinite(found.loc["prices", "F"])
    assert np.isnan(found.loc["prices", "robust_F"])


@pytest.mark.parametrize("build", [blp_instruments, differentiation_instruments])
def test_bad_input_is_told(build):
    panel = small()
    with pytest.raises(InputError, match=r"column 'firm_ids'.*Remedy: add it"):
        build("0 + x", Panel(products=panel.products.drop(columns="firm_ids"), agents=None))
    with pytest.raises(InputError, match=r"column 'firm_ids'.*Remedy: fill in the cell"):
        build("0 + x", Panel(products=panel.products.assign(firm_ids=None), agents=None))
    with pytest.raises(InputError, match="no column weight"):
        build("0 + weight", panel)
    with pytest.raises(InputError, match="name a column"):
        build("0", panel)


def test_another_version_is_refused():
    with pytest.raises(InputError, match="'local' or 'quadratic'"):
        differentiation_instruments("0 + x", small(), "cubic")


def test_a_first_stage_that_is_none_is_refused():
    products = small(markets=20).products
    rng = np.random.default_rng(0)
    products = products.assign(
        prices=products["x"], demand_instruments0=rng.normal(size=len(products))
    )
    with pytest.raises(InputError, match="expected an endogenous column"):
        first_stage(Panel(products=products, agents=None), Demand("1 + x"))
    useless = Panel(products=products.assign(demand_instruments0=products["y"] + 1), agents=None)
    with pytest.raises(InputError, match="excluded instruments that vary"):
        first_stage(useless, Demand("0 + y + prices", absorb="c"))
    with pytest.raises(InputError, match="prices to vary beyond"):
        first_stage(
            Panel(products=products.assign(prices=2.0), agents=None),
            Demand("0 + prices", absorb="c"),
        )
    with pytest.raises(InputError, match="no column weight"):
        first_stage(Panel(products=products, agents=None), Demand("0 + weight + prices"))


@pytest.mark.parametrize("instruments", [blp_instruments, differentiation_instruments])
def test_the_formula_comes_first(instruments):
    panel = read_panel(CARS[0])
    with pytest.raises(InputError, match="found a Panel, then a str; expected a formula, then"):
        instruments(panel, "1 + hpwt")
