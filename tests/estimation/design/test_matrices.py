"""Bad tables: each thing wrong is named, with its place and a remedy; what is done is noted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inroads as ir
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import build_equations
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.instruments.strength import first_stage


def tables(markets=4, J=3, I=2, seed=0):
    rng = np.random.default_rng(seed)
    N = markets * J
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J), markets),
            "product_ids": np.tile(list("abcdefg"[:J]), markets),
            "shares": rng.uniform(0.05, 0.2, N),
            "prices": rng.uniform(1, 2, N),
            "x": rng.normal(size=N),
            "colour": np.tile(["red", "blue", "red"], N)[:N],
            "demand_instruments0": rng.normal(size=N),
            "demand_instruments1": rng.normal(size=N),
        }
    )
    agents = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), I),
            "weights": 1 / I,
            "nodes0": rng.normal(size=markets * I),
            "income": rng.normal(size=markets * I),
        }
    )
    return products, agents


def changed(frame, column, row, value):
    frame = frame.copy()
    frame[column] = frame[column].astype(object)
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("shares", np.nan, "row 4, column 'shares': found nothing; expected a number"),
        ("shares", "some", "row 4, column 'shares': found some"),
        ("shares", np.inf, "row 4, column 'shares'"),
        ("shares", -0.1, "row 4, column 'shares': found -0.1 in market 0"),
        ("shares", 0.0, r"row 4, column 'shares': found 0 in market 0.*zeros='drop'"),
        ("shares", 1.0, "row 4, column 'shares': found 1 in market 0"),
        ("shares", 0.9, r"a sum of 1\.\d+ in market 0"),
        ("prices", np.nan, "row 4, column 'prices'"),
        ("prices", "1e999", "row 4, column 'prices': found 1e999"),
        ("prices", 1j, "row 4, column 'prices'"),
        ("demand_instruments1", np.nan, "row 4, column 'demand_instruments1'"),
        ("demand_instruments1", "", "row 4, column 'demand_instruments1'"),
        ("market_ids", None, "row 4, column 'market_ids': found nothing; expected an id"),
        ("market_ids", np.nan, "row 4, column 'market_ids'"),
        ("market_ids", [1, 2], "row 4, column 'market_ids'.*text or a number"),
        ("firm_ids", None, "row 4, column 'firm_ids': found nothing; expected an id"),
        ("firm_ids", "", "row 4, column 'firm_ids'"),
        ("product_ids", pd.NaT, "row 4, column 'product_ids'"),
    ],
)
def test_products_at_fault(column, value, message):
    products, agents = tables()
    products = products.astype({column: object})
    products.at[2, column] = value
    with pytest.raises(ir.InputError, match=message):
        ir.read_panel(products, agents)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("weights", np.nan, "row 3, column 'weights'"),
        ("weights", -0.1, "row 3, column 'weights': found -0.1; expected a weight of at least 0"),
        ("weights", 0.7, "found a sum of 1.2 in market 0; expected weights that sum to at most 1"),
        ("nodes0", np.inf, "row 3, column 'nodes0'"),
        ("market_ids", "nowhere", "agents in market nowhere, of which there are no products"),
        ("market_ids", None, "row 3, column 'market_ids'"),
    ],
)
def test_agents_at_fault(column, value, message):
    products, agents = tables()
    with pytest.raises(ir.InputError, match=message):
        ir.read_panel(products, changed(agents, column, 1, value))


@pytest.mark.parametrize("goods", [3, 10, 24, 49])
def test_shares_of_nobody_left_out(goods):
    """Ten times 0.1 is less than one in binary."""
    products = pd.DataFrame({"market_ids": ["a"] * goods, "prices": 1.0, "shares": 1 / goods})
    with pytest.raises(ir.InputError, match="a sum of 1 in market a"):
        ir.read_panel(products)


def test_all_problems_are_told_at_once():
    products, agents = tables()
    products.loc[[1, 5], "shares"] = [-1.0, 2.0]
    agents.loc[0, "weights"] = -1.0
    with pytest.raises(ir.InputError) as caught:
        ir.read_panel(products, agents)
    assert {(p.file, p.row) for p in caught.value.problems if p.row} == {
        ("products", 3),
        ("products", 7),
        ("agents", 2),
    }


def test_market_ids_of_two_kinds():
    """A file's are text, those that draw_agents was given may be numbers."""
    products, agents = tables()
    expected = ir.read_panel(products, agents).agents
    found = ir.read_panel(products, agents.assign(market_ids=agents["market_ids"].astype(str)))
    pd.testing.assert_frame_equal(found.agents, expected)
    with pytest.raises(ir.InputError, match="no agents in market 1"):
        ir.read_panel(products, agents.assign(market_ids="other"))


def test_weights_that_sum_to_less_than_one_are_noted():
    products, agents = tables()
    assert ir.read_panel(products, agents).notes == ()
    agents.loc[agents["market_ids"] == 2, "weights"] *= 0.5
    (note,) = ir.read_panel(products, agents).notes
    assert "less than 1 in 1 of 4 markets (the least is 0.5, in market 2)" in note


class TestZeros:
    def zeros(self):
        products, agents = tables()
        products.loc[[1, 4], "shares"] = 0.0
        return products, agents

    def test_dropped(self):
        products, agents = self.zeros()
        panel = ir.read_panel(products, agents, zeros="drop")
        assert len(panel) == 10
        assert list(panel.products["shares"]) == list(products["shares"].drop([1, 4]))
        assert panel.notes == ("2 products with a share of 0 dropped (rows 3, 6)",)
        products.loc[products["market_ids"] == 3, "shares"] = 0.0
        panel = ir.read_panel(products, agents, zeros="drop")
        assert panel.notes[1] == "1 markets in which nothing sold dropped: 3"
        assert 3 not in set(panel.agents["market_ids"])
        assert "5 products" in panel.notes[0]

    def test_replaced(self):
        products, agents = self.zeros()
        panel = ir.read_panel(products, agents, zeros=1e-6)
        assert panel.products["shares"].to_numpy()[[1, 4]].tolist() == [1e-6, 1e-6]
        assert panel.notes == ("2 shares of 0 replaced by 1e-06 (rows 3, 6)",)
        assert products.loc[1, "shares"] == 0

    def test_many_rows_are_not_all_listed(self):
        products, agents = tables(markets=10)
        products.loc[products["firm_ids"] == 0, "shares"] = 0.0
        (note,) = ir.read_panel(products, agents, zeros="drop").notes
        assert note.endswith("(rows 2, 5, 8, 11, 14 and 5 more)")

    @pytest.mark.parametrize("zeros", ["keep", 0, 1.0, -0.1, True, np.nan, None, [0.1]])
    def test_another_policy_is_refused(self, zeros):
        with pytest.raises(ir.InputError, match="takes the place of 0"):
            ir.read_panel(*self.zeros(), zeros=zeros)

    def test_where_products_are_counted_by_place(self):
        products, agents = self.zeros()
        by_place = agents.assign(**{f"availability{k}": 1 for k in range(3)})
        with pytest.raises(ir.InputError, match="the column availability0"):
            ir.read_panel(products, by_place, zeros="drop")
        assert len(ir.read_panel(products, by_place, zeros=0.01)) == 12
        with pytest.raises(ir.InputError, match="shares above 0"):
            ir.read_panel(products.assign(shares=0.0), agents, zeros="drop")

    def test_a_share_below_zero_is_none(self):
        products, agents = self.zeros()
        products.loc[7, "shares"] = -1e-9
        with pytest.raises(ir.InputError, match="row 9"):
            ir.read_panel(products, agents, zeros="drop")


class TestAvailability:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"availability1": 0.5}, "found 0.5; expected 0 or 1"),
            ({"availability2": np.nan}, "column 'availability2': found nan"),
            ({"availability1": 0}, "nobody who can choose product 2 of market 0"),
        ],
    )
    def test_other_than_0_and_1(self, change, message):
        products, agents = tables()
        every = {f"availability{k}": 1 for k in range(3)}
        assert ir.read_panel(products, agents.assign(**every))
        with pytest.raises(ir.InputError, match=message):
            ir.read_panel(products, agents.assign(**{**every, **change}))

    def test_blank_beyond_the_last_product(self):
        products, agents = tables()
        products = products.drop(index=[11])
        open_to = pd.DataFrame(1.0, agents.index, [f"availability{k}" for k in range(3)])
        open_to.loc[agents["market_ids"] == 3, "availability2"] = np.nan
        panel = ir.read_panel(products, pd.concat([agents, open_to], axis=1))
        arrays = build_design(ir.Demand("1 + x"), panel)
        system = build_equations(arrays, panel, ParameterLayout.from_start(arrays))
        assert np.isfinite(system.at(np.zeros(0)).y[0]).all()


def test_what_no_formula_uses_may_be_blank():
    products, agents = tables()
    products.loc[3, "x"] = np.nan
    panel = ir.read_panel(products.assign(remark=None), agents)
    assert build_design(ir.Demand("1 + prices"), panel).linear == ("1", "prices")
    with pytest.raises(ir.InputError, match="row 5, column 'x': found nothing"):
        build_design(ir.Demand("1 + x"), panel)


def test_a_blank_cell_of_a_csv_file_makes_no_category(tmp_path):
    products, _ = tables()
    products["x"] = products["x"].astype(object)
    products.loc[3, "x"] = ""
    products.loc[5, "colour"] = ""
    path = tmp_path / "products.csv"
    products.to_csv(path, index=False)
    panel = ir.read_panel(path)
    assert panel.products["x"].dtype == float
    for column, row in (("x", 5), ("colour", 7)):
        with pytest.raises(ir.InputError, match=f"row {row}, column '{column}'"):
            build_design(ir.Demand(f"0 + {column}"), panel)


class TestColumns:
    def panel(self, **columns):
        products, agents = tables(markets=30)
        columns = {k: v(products) if callable(v) else v for k, v in columns.items()}
        return ir.read_panel(products.assign(**columns), agents)

    @pytest.mark.parametrize(
        ("demand", "message"),
        [
            (ir.Demand("1 + prices + C(colour) + red"), r"found red, which .*C\(colour\).*explain"),
            (ir.Demand("0 + x + y + z"), "found z, which x, y explain; .*leave out z"),
            (ir.Demand("1 + x + none"), "found none, which is 0 in every row"),
            (ir.Demand("1 + prices + x", absorb="product_ids"), "1, which fixed effects explain"),
            (ir.Demand("0 + letter + x", absorb="product_ids"), "letter, which fixed effects"),
            (
                ir.Demand("0 + x + shifted", absorb="product_ids"),
                "shifted, which x explains beside fixed effects",
            ),
            (ir.Demand("1 + x + shares"), "formulas without shares"),
            (ir.Demand("1 + x", random="1 + shares"), "formulas without shares"),
            (ir.Demand("1 + x", absorb="blank"), "an id in every row of 'blank'"),
        ],
    )
    def test_of_linear_that_say_nothing_new(self, demand, message):
        panel = self.panel(
            red=lambda f: (f["colour"] == "red") * 1.0,
            y=lambda f: f["x"] ** 2,
            z=lambda f: f["x"] - 2 * f["x"] ** 2,
            none=0.0,
            letter=lambda f: f["product_ids"].map({"a": 0.0, "b": 1.0, "c": 5.0}),
            shifted=lambda f: f["x"] + f["product_ids"].map({"a": 0.0, "b": 1.0, "c": 5.0}),
            blank=lambda f: f["x"].where(f["x"] > 0),
        )
        with pytest.raises(ir.InputError, match=message):
            build_design(demand, panel)

    def test_of_costs(self):
        panel = self.panel(y=lambda f: 3 * f["x"])
        with pytest.raises(ir.InputError, match="supply: found y, which x explains"):
            build_design(ir.Demand("1 + x"), panel, ir.Supply("1 + x + y"))
        with pytest.raises(ir.InputError, match="costs without prices"):
            build_design(ir.Demand("1 + x"), panel, ir.Supply("1 + prices"))
        demand = ir.Demand("1 + x", random="1 + log(prices)")
        with pytest.raises(ir.InputError, match="prices as they are or times a number"):
            build_design(demand, panel, ir.Supply("1"), [1.0, 0.0])
        with pytest.raises(ir.InputError, match="prices as they are, beside supply"):
            build_design(ir.Demand("1 + log(prices)"), panel, ir.Supply("1"))
        with pytest.raises(ir.InputError, match="at least 3 instruments"):
            build_design(ir.Demand("1 + x"), panel, ir.Supply("1 + x + shares"))

    @pytest.mark.parametrize("scale", [1.0, -1000.0, 1e-4])
    def test_an_instrument_that_is_the_price(self, scale):
        panel = self.panel(demand_instruments1=lambda f: 5 + scale * f["prices"])
        message = "demand_instruments1, which is prices but for its scale.*drop demand_instruments1"
        with pytest.raises(ir.InputError, match=message):
            build_design(ir.Demand("1 + prices + x"), panel)
        with pytest.raises(ir.InputError, match=message):
            build_design(ir.Demand("1 + prices + x"), panel, ir.Supply("1 + x"))
        panel = self.panel(supply_instruments0=lambda f: 5 + scale * f["prices"])
        with pytest.raises(ir.InputError, match="supply_instruments0, which is prices"):
            build_design(ir.Demand("1 + prices + x"), panel, ir.Supply("1 + x"))

    def test_instruments_that_others_explain_are_dropped_and_named(self):
        panel = self.panel(
            demand_instruments2=lambda f: 2 * f["x"] - 1,
            supply_instruments0=lambda f: f["x"],
            supply_instruments1=lambda f: np.sin(f["x"]),
        )
        found = build_design(ir.Demand("1 + prices + x"), panel, ir.Supply("1 + x"))
        assert found.dropped == ("demand_instruments2", "supply_instruments0")
        assert found.Z.shape[1] == 4
        assert found.ZS.shape[1] == 3

    def test_too_few_instruments(self):
        panel = self.panel()
        bare = ir.read_panel(panel.products.drop(columns="demand_instruments1").reset_index())
        demand = ir.Demand("1 + prices + x + I(prices * x)")
        with pytest.raises(ir.InputError, match="at least 4 instruments"):
            build_design(demand, bare)
        assert build_design(demand, panel)


def test_first_stage_of_the_share_within_a_nest():
    """Beside prices, rho: the same as one more column of prices' kind."""
    products, _ = tables(markets=40)
    rng = np.random.default_rng(1)
    products["nesting_ids"] = np.tile([0, 0, 1], 40)
    products["demand_instruments2"] = rng.normal(size=len(products))
    group = products.groupby(["market_ids", "nesting_ids"])["shares"].transform("sum")
    products["within"] = np.log(products["shares"] / group)
    panel = ir.read_panel(products)
    found = first_stage(panel, ir.Demand("1 + x + prices", nested=True))
    assert list(found.index) == ["prices", "rho"]
    other = panel.products.assign(prices=panel.products["within"])
    alone = first_stage(ir.read_panel(other.reset_index()), ir.Demand("1 + x + prices"))
    pd.testing.assert_series_equal(found.loc["rho"], alone.loc["prices"], check_names=False)
    two, _ = tables(markets=40, J=4)
    two = two.assign(nesting_ids0=np.tile([0, 0, 0, 1], 40), nesting_ids1=np.tile([0, 1, 1, 1], 40))
    found = first_stage(ir.read_panel(two), ir.Demand("1 + x + prices", nested=True))
    assert list(found.index) == ["prices", "rho[0]", "rho[1]"]


CELLS = st.one_of(
    st.none(),
    st.floats(),
    st.integers(-(10**400), 10**400),
    st.text(max_size=4),
    st.booleans(),
    st.just([1]),
    st.just(1j),
    st.just(pd.NaT),
    st.just(pd.NA),
    st.sampled_from([0.0, 1.0, 0.1, "0.1", "a", b"a", 3]),
)


@settings(max_examples=150)
@given(
    table=st.sampled_from(["products", "agents"]),
    place=st.integers(0, 10**6),
    row=st.integers(0, 7),
    cells=st.lists(CELLS, min_size=1, max_size=3),
    zeros=st.sampled_from(["raise", "drop", 0.01]),
)
def test_any_cell_gives_a_panel_or_an_input_error(table, place, row, cells, zeros):
    products, agents = tables()
    frame = (products if table == "products" else agents).copy()
    column = frame.columns[place % len(frame.columns)]
    frame[column] = frame[column].astype(object)
    for k, cell in enumerate(cells):
        frame.at[min(row + k, len(frame) - 1), column] = cell
    pair = (frame, agents) if table == "products" else (products, frame)
    try:
        panel = ir.read_panel(*pair, zeros=zeros)
        arrays = build_design(
            ir.Demand("1 + prices + x", random="1", demographics="0 + income"), panel
        )
        build_equations(arrays, panel, ParameterLayout.from_start(arrays, [0.5], [[0.1]])).at(
            np.array([0.5, 0.1])
        )
    except ir.InroadsError as error:
        assert str(error)


LINEAR = ["1", "1 + prices", "0 + x", "1 + x + colour", "0", "", "prices", "log(x)", "prices ** 2"]
ABSORB = [None, None, None, "product_ids", "market_ids + firm_ids", "", "x", "nothing"]
RANDOM = {None: 0, "1": 1, "0": 0, "1 + prices": 2, "0 + I(-prices)": 1, "1 + x + log(prices)": 3}
PEOPLE = {None: 0, "0 + income": 1, "1": 1, "income": 2, "wealth": 1}
SUPPLY = [
    None,
    None,
    ir.Supply("1"),
    ir.Supply("1 + x", log=False),
    ir.Supply("0"),
    ir.Supply("prices"),
]
STARTS = st.one_of(
    st.none(), st.floats(-2, 2), st.lists(st.floats(-2, 2), max_size=3), st.text(max_size=2)
)


@st.composite
def models(draw):
    """A demand system, supply, starts and whether there are nests; about half fit together."""
    fits = draw(st.booleans())
    linear = draw(st.sampled_from(LINEAR[:4] if fits else LINEAR))
    absorb = draw(st.sampled_from(ABSORB[:3] if fits else ABSORB))
    random = draw(st.sampled_from([*RANDOM][: 5 if fits else 6]))
    people = draw(st.sampled_from([*PEOPLE][: 4 if fits else 5]))
    supply = draw(st.sampled_from(SUPPLY[:4] if fits else SUPPLY))
    nested = draw(st.booleans())
    lognormal = draw(st.sampled_from([(), ("x",), ("-prices",), ("1", "nothing")]))
    lognormal = () if fits else lognormal
    demand = ir.Demand(
        linear,
        absorb=absorb,
        random=random,
        demographics=people,
        nested=nested,
        lognormal=lognormal,
    )
    if not fits:
        start = {key: draw(STARTS) for key in ("sigma", "pi", "rho", "prices")}
        return demand, supply, start, draw(st.booleans())
    shape = (RANDOM[random], PEOPLE[people])
    searched = supply is not None and "prices" in linear
    start = {
        "sigma": np.full(shape[0], draw(st.floats(-2, 2))),
        "pi": np.full(shape, draw(st.floats(-1, 1))),
        "rho": draw(st.floats(0, 0.99)) if nested and (random or supply) else None,
        "prices": draw(st.floats(-3, 1)) if searched else None,
    }
    return demand, supply, start, nested


@settings(max_examples=200)
@given(model=models())
def test_any_model_gives_equations_or_an_inroads_error(model):
    demand, supply, start, nests = model
    products, agents = tables()
    products["prices"] += 1.0
    agents = agents.assign(nodes1=agents["income"], nodes2=-agents["nodes0"])
    if nests:
        products["nesting_ids"] = products["firm_ids"] % 2
    panel = ir.read_panel(products, agents)
    try:
        arrays = build_design(demand, panel, supply, start["sigma"])
        system = build_equations(arrays, panel, ParameterLayout.from_start(arrays, **start))
        values = system.at(system.start)
        arrays = (*values.y, *system.jacobian(values).dy)
        assert all(np.isfinite(array).all() for array in arrays)
    except ir.InroadsError as error:
        assert str(error)
