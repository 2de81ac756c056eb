"""A data frame's own index is kept in all that is as long as the panel, whatever the index is."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.tables.formulas import design_matrix

MARKETS, J = 30, 4


def table(seed=0):
    rng = np.random.default_rng(seed)
    N = MARKETS * J
    x, z, xi = rng.normal(size=N), rng.normal(size=N), 0.3 * rng.normal(size=N)
    prices = 3 + 0.5 * x + 0.5 * z + 0.3 * xi
    utility = np.exp(1 - 1.5 * prices + x + xi).reshape(MARKETS, J)
    shares = utility / (1 + utility.sum(axis=1, keepdims=True))
    return pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(MARKETS), J),
            "firm_ids": np.tile([0, 0, 1, 2], MARKETS),
            "product_ids": np.tile(list("abcd"), MARKETS),
            "shares": shares.ravel(),
            "prices": prices,
            "x": x,
            "demand_instruments0": z,
            "demand_instruments1": z**2,
            "supply_instruments0": z,
        }
    )


N = MARKETS * J
INDICES = {
    "plain": pd.RangeIndex(N),
    "from 100": pd.RangeIndex(100, 100 + N),
    "named row": pd.Index(np.arange(N)[::-1], name="row"),
    "text": pd.Index([f"offer {k}" for k in range(N)]),
    "dates": pd.date_range("2017-01-01", periods=N, name="day"),
    "two levels": pd.MultiIndex.from_product([range(MARKETS), list("abcd")], names=["m", "j"]),
    "called like columns": pd.MultiIndex.from_product(
        [range(MARKETS), list("abcd")], names=["market_ids", "product_ids"]
    ),
    "twice": pd.Index(np.repeat(np.arange(N // 2), 2)),
}


def tables_of(panel, fit):
    """Every public function that returns a frame or a series as long as the panel."""
    made = {
        "panel.products": panel.products,
        "blp_instruments": ir.blp_instruments("1 + x", panel),
        "fit.frame": fit.frame(),
        "fit.panel": fit.panel.products,
        "optimal_instruments": ir.optimal_instruments(fit).products,
        "design_matrix": design_matrix("1 + x", panel.products)[0],
        "in_order": panel.in_order(panel.products["x"]),
    }
    for version in ("local", "quadratic"):
        made[version] = ir.differentiation_instruments("0 + x", panel, version)
    appended = ir.append_instruments(panel, made["blp_instruments"], "demand")
    made["append_instruments"] = appended.products
    where = np.arange(MARKETS)
    agents = pd.DataFrame({"market_ids": where, "household": where, "weights": 1.0})
    rows = panel.products[["market_ids", "product_ids"]]
    pairs = rows.assign(household=rows["market_ids"], distance=1.0)
    asked = ir.read_panel(panel.products, agents)
    made["append_demographics"] = ir.append_demographics(asked, pairs).products
    own = {name: fit.params[name] for name in ("1", "prices", "x")}
    made["known_demand"] = ir.known_demand(fit.demand, panel, own).frame()
    made["predict"] = fit.predict()
    made["predict again"] = fit.predict(panel.products, xi="estimated")
    made["at_prices"] = fit.fitted.at_prices(fit.fitted.prices()).panel.products
    return made


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("supply", [None, ir.Supply("1 + x", log=False)])
def test_the_index_is_kept(kind, supply, tmp_path):
    index = INDICES[kind]
    start = {"prices": -1.0} if supply else None
    demand = ir.Demand("1 + prices + x")
    panel = ir.read_panel(table().set_axis(index))
    fit = ir.estimate(demand, panel, supply=supply, start=start, n_starts=1)
    plain = ir.estimate(demand, ir.read_panel(table()), supply=supply, start=start, n_starts=1)
    expected = tables_of(plain.panel, plain)
    found = tables_of(panel, fit)
    for name, frame in found.items():
        pd.testing.assert_index_equal(frame.index, index, obj=name)
        # Nothing inside moves rows by their labels.
        left, right = frame.reset_index(drop=True), expected[name].reset_index(drop=True)
        (pd.testing.assert_series_equal if left.ndim == 1 else pd.testing.assert_frame_equal)(
            left, right
        )
    fit.save(tmp_path / "fit.zip")
    again = ir.Estimate.load(tmp_path / "fit.zip")
    pd.testing.assert_frame_equal(
        again.frame(), fit.frame(), check_index_type=False, check_freq=False
    )


def test_every_public_function_that_takes_a_panel_is_in_the_test_above():
    """A new one has to be put there, or said here to return no table of N rows."""
    others = {"estimate", "first_stage", "frac_start", "retrodict"}
    tested = {"append_instruments", "blp_instruments", "differentiation_instruments"}
    tested |= {"known_demand", "append_demographics"}
    taking = {
        name
        for name in ir.__all__
        if "Panel" in str(getattr(getattr(ir, name), "__annotations__", {}).get("panel"))
    }
    taking -= {"Estimate", "KnownDemand"}
    assert taking == others | tested


def test_results_put_beside_ones_own_data_frame():
    frame = table().sample(frac=1, random_state=1)
    panel = ir.read_panel(frame)
    frame["rivals"] = ir.blp_instruments("0 + x", panel)["rival[x]"]
    market = frame.groupby("market_ids")["x"].transform("sum")
    own = frame.groupby(["market_ids", "firm_ids"])["x"].transform("sum")
    np.testing.assert_allclose(frame["rivals"], market - own, atol=1e-12)
    fit = ir.estimate(ir.Demand("1 + prices + x"), panel)
    frame["cost"] = fit.frame()["cost"]
    np.testing.assert_allclose(frame["cost"], fit.fitted.costs())


@pytest.mark.parametrize("kind", INDICES)
def test_what_follows_is_the_same_whatever_the_index(kind):
    """Tables by market, first stages, nests, markets handed over, supply in some markets."""
    frame = table().assign(nesting_ids=np.tile([0, 0, 1, 1], MARKETS), some=1)
    frame["demand_instruments2"] = np.sin(frame["demand_instruments0"] * 7)

    def all_of(given):
        panel = ir.read_panel(given)
        nested = ir.Demand("1 + prices + x", nested=True)
        fit, plain = ir.estimate(nested, panel), ir.estimate(ir.Demand("1 + prices + x"), panel)
        supply = ir.Supply("1 + x", log=False, markets="some")
        both = ir.estimate(plain.demand, panel, supply=supply, start={"prices": -1.0}, n_starts=1)
        return [
            *fit.params,
            *both.params,
            *fit.standard_errors_of(lambda fitted: fitted.own_elasticities()[:3])
            .to_frame()
            .to_numpy()
            .ravel(),
            *fit.elasticities(3).to_numpy().ravel(),
            *ir.first_stage(panel, nested).to_numpy(float).ravel(),
            *plain.fitted.profits(),
            *plain.fitted.consumer_surplus(),
            *plain.fitted.concentration(),
            *plain.market(3, below_zero=True).offers["retail_cost"],
        ]

    np.testing.assert_allclose(all_of(frame.set_axis(INDICES[kind])), all_of(frame), rtol=1e-12)


def test_a_column_that_is_a_level_of_the_index():
    with pytest.raises(ir.InputError, match=r"'market_ids': .* level of the index.*reset_index"):
        ir.read_panel(table().set_index(["market_ids", "x"]))


@pytest.mark.parametrize("kind", INDICES)
def test_agents_and_simulated_products_too(kind):
    products = table().set_axis(INDICES[kind])
    agents = ir.draw_agents(range(MARKETS), "halton", 5, 1)
    agents.index = pd.Index(np.arange(len(agents))[::-1], name="market_ids")
    people = agents.assign(income=1.0).drop(columns="nodes0")
    drawn = ir.draw_agents(range(MARKETS), "halton", 5, 1, demographics=people)
    assert drawn.index.tolist() == list(range(5 * MARKETS))
    panel = ir.read_panel(products, agents)
    pd.testing.assert_index_equal(panel.agents.index, agents.index)
    drawn = ir.simulate(
        ir.Demand("1 + prices + x"),
        products.drop(columns=["shares", "prices"]),
        supply=ir.Supply("1", log=False),
        beta={"1": 1.0, "prices": -1.5, "x": 1.0},
        gamma={"1": 1.0},
    )
    pd.testing.assert_index_equal(drawn.panel.products.index, products.index)


@pytest.mark.parametrize("index", [INDICES["from 100"], INDICES["named row"], INDICES["twice"]])
def test_messages_still_say_rows_of_the_sheet(index):
    frame = table().set_axis(index)
    frame.iloc[3, frame.columns.get_loc("x")] = np.nan
    panel = ir.read_panel(frame)
    for call in (
        lambda: ir.estimate(ir.Demand("1 + prices + x"), panel),
        lambda: ir.estimate(ir.Demand("1 + prices"), panel, supply=ir.Supply("x")),
        lambda: ir.blp_instruments("x", panel),
    ):
        with pytest.raises(ir.InputError, match="row 5, column 'x'"):
            call()
    frame.iloc[7, frame.columns.get_loc("prices")] = np.nan
    with pytest.raises(ir.InputError, match="row 9, column 'prices'"):
        ir.read_panel(frame)


def test_rows_after_some_were_dropped(tmp_path):
    frame = table()
    frame.loc[[0, 6], "shares"] = 0.0
    frame.loc[9, "x"] = np.nan
    panel = ir.read_panel(frame, zeros="drop")
    assert list(panel.products.index) == [k for k in range(N) if k not in (0, 6)]
    supply = ir.Supply("x", markets=[2])
    for call in (
        lambda: ir.estimate(ir.Demand("1 + prices + x"), panel),
        lambda: ir.estimate(ir.Demand("1 + prices"), panel, supply=supply, start={"prices": -1}),
    ):
        with pytest.raises(ir.InputError, match="row 11, column 'x'"):
            call()


def test_a_file_is_indexed_as_pandas_would(tmp_path):
    lines = table().to_csv(index=False).splitlines()
    lines[3:3] = ["", "," * lines[0].count(",")]
    path = tmp_path / "products.csv"
    path.write_text("\n".join(lines))
    panel = ir.read_panel(path)
    theirs = pd.read_csv(path)
    pd.testing.assert_series_equal(
        panel.products["prices"], theirs["prices"].dropna(), check_index_type=False
    )
    assert panel.rows.tolist()[:4] == [2, 3, 6, 7]


@pytest.mark.parametrize(
    ("index", "labels"),
    [
        (pd.RangeIndex(N), list(range(N))),
        (pd.RangeIndex(1, N + 1), [str(k) for k in range(1, N + 1)]),
        (pd.Index([f"offer {k}" for k in range(N)]), [f"offer {k}" for k in range(N)]),
    ],
)
def test_row_names_of_a_file(tmp_path, index, labels):
    """Text unless they count from 0: put beside a frame numbered otherwise, nothing is shifted."""
    path = tmp_path / "products.csv"
    table().set_axis(index).to_csv(path)
    panel = ir.read_panel(path)
    assert panel.products.index.tolist() == labels
    assert panel.notes == ("products: the first column, which has no name, is read as row names",)
    with pytest.raises(ir.InputError, match="an empty name at place 1"):
        ir.tables.read_table(path)
    table().set_axis(pd.Index(labels)).to_parquet(tmp_path / "products.parquet")
    kept = ir.read_panel(tmp_path / "products.parquet").products
    assert kept.index.tolist() == labels
    assert "__index_level_0__" not in kept


def test_what_is_labelled_in_another_order_is_put_in_the_panels():
    products = table().set_axis(INDICES["from 100"])
    panel = ir.read_panel(products)
    fit = ir.estimate(ir.Demand("1 + prices + x"), panel)
    turned = products.sample(frac=1, random_state=2)
    costs = pd.Series(fit.fitted.costs(), products.index)
    expected = fit.fitted.prices(costs=costs.to_numpy())
    np.testing.assert_allclose(fit.fitted.prices(costs=costs[turned.index]), expected)
    moved = fit.fitted.at_prices(turned["prices"] + 0.1)
    np.testing.assert_allclose(moved.panel.products["prices"], products["prices"] + 0.1)
    firms = turned["firm_ids"].replace({1: 0})
    np.testing.assert_allclose(
        fit.fitted.prices(firms), fit.fitted.prices(firms[products.index].to_numpy())
    )
    made = ir.blp_instruments("0 + x", panel)
    appended = ir.append_instruments(panel, made.loc[turned.index]).products
    assert appended["demand_instruments2"].tolist() == made["other[x]"].tolist()
    a = ir.optimal_instruments(fit, turned["prices"]).products
    b = ir.optimal_instruments(fit, products["prices"].to_numpy()).products
    pd.testing.assert_frame_equal(a, b)


def test_rows_that_no_longer_fit_are_counted_anew():
    panel = ir.read_panel(table())
    half = dataclasses.replace(panel, products=panel.products.iloc[:60].assign(x=np.nan))
    with pytest.raises(ir.InputError, match="row 2, column 'x'"):
        ir.blp_instruments("x", half)
