"""How demographics that differ by product are read, and what is refused of them."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.design.matrices import build_design

DEMAND = ir.Demand("1 + prices", random="1", demographics="0 + age + distance")


def tables():
    """Three shops in market 0, two in market 1, of which the last is far from everybody."""
    products = pd.DataFrame(
        {
            "market_ids": [0, 1, 0, 0, 1],
            "shop": ["a", "b", "b", "c", "d"],
            "firm_ids": [1, 1, 2, 3, 4],
            "prices": [1.0, 1.5, 2.0, 2.5, 3.0],
            "shares": [0.1, 0.2, 0.15, 0.25, 0.3],
            "demand_instruments0": [0.3, 0.1, 0.5, 0.2, 0.9],
            "demand_instruments1": [0.1, 0.5, 0.2, 0.4, 0.7],
            "demand_instruments2": [0.2, 0.9, 0.3, 0.8, 0.1],
        }
    )
    agents = pd.DataFrame(
        {
            "market_ids": [1, 0, 0],
            "weights": [1.0, 0.5, 0.5],
            "town": ["north", "north", "south"],
            "age": [30.0, 40.0, 50.0],
            "distance0": [1.0, 2.0, 3.0],
            "distance1": [4.0, 5.0, 6.0],
            "distance2": [np.nan, 7.0, 8.0],
        }
    )
    return products, agents


def design(demographics, agents=None, products=None, whole=True):
    own, people = tables()
    demand = ir.Demand("1 + prices", random="1", demographics=demographics)
    panel = ir.read_panel(
        own if products is None else products, people if agents is None else agents
    )
    return build_design(demand, panel) if whole else (demand, panel)


def test_columns_are_the_market_s_products_in_their_order():
    found = design("0 + age + distance + I(distance**2) + age:distance")
    names = ("age", "distance", "distance ** 2", "age:distance")
    assert found.demographic_names == names
    np.testing.assert_array_equal(found.demographics[:, 0], [30, 40, 50])
    assert not found.demographics[:, 1:].any()
    assert found.by_product.columns == (1, 2, 3)
    distance = np.array([[1.0, 4, 0], [2, 5, 7], [3, 6, 8]])
    np.testing.assert_array_equal(found.by_product.values[..., 0], distance)
    np.testing.assert_array_equal(found.by_product.values[..., 1], distance**2)
    np.testing.assert_array_equal(
        found.by_product.values[..., 2], distance * found.demographics[:, [0]]
    )


def test_a_plain_column_of_that_name_is_meant_first():
    _, agents = tables()
    found = design("0 + distance", agents.assign(distance=[1.0, 2.0, 3.0]))
    assert found.by_product is None
    np.testing.assert_array_equal(found.demographics[:, 0], [1, 2, 3])


def test_curves_are_fixed_on_all_pairs_and_categories_have_all_levels():
    found = design("0 + poly(distance, 2)").by_product.values
    inside = np.array([[True, True, False], [True] * 3, [True] * 3])
    for k in range(2):
        assert found[inside, k].sum() == pytest.approx(0.0, abs=1e-12)
        assert (found[inside, k] ** 2).sum() == pytest.approx(1.0)
    _, agents = tables()
    kinds = agents.assign(
        kind0=["own", "own", "other"], kind1=["other"] * 3, kind2=[None, "third", "other"]
    )
    found = design("0 + C(kind)", kinds)
    assert found.demographic_names == ("C(kind)[other]", "C(kind)[own]", "C(kind)[third]")
    np.testing.assert_array_equal(found.by_product.values[1], [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(found.by_product.values[0, 2], [0, 0, 0])


def test_names_of_more_than_a_word():
    _, agents = tables()
    wordy = agents.rename(columns={f"distance{j}": f"miles to shop{j}" for j in range(3)})
    found = design("0 + age + `miles to shop`", wordy)
    assert found.demographic_names == ("age", "`miles to shop`")
    assert found.by_product.columns == (1,)


def test_refusals():
    products, agents = tables()
    with pytest.raises(
        InputError, match=r"found no distance2; expected distance0 to distance2.*0 has 3"
    ):
        design("0 + distance", agents.drop(columns="distance2"))
    blank = agents.assign(distance1=[4.0, np.nan, 6.0])
    with pytest.raises(InputError, match=r"agents.*row 3.*'distance1'"):
        design("0 + distance", blank)
    with pytest.raises(InputError, match=r"a column 'distance2' too.*left out"):
        design("0 + distance", agents, products[products["shop"] != "c"])
    # What is blank there says nothing of another order.
    empty = agents.assign(distance3=np.nan)
    assert design("0 + distance", empty).by_product.values.shape == (3, 3, 1)
    with pytest.raises(InputError, match=r"the column distance0"):
        ir.read_panel(products.assign(shares=[0.0, 0.2, 0.1, 0.2, 0.1]), agents, zeros="drop")
    with pytest.raises(InputError, match=r"no column distanc\b.*distance"):
        design("0 + distanc")
    words = agents.assign(distance1=["4", "far", "6"])
    with pytest.raises(InputError, match="far"):
        design("0 + distance", words)


def test_of_what_an_agent_cannot_choose_nothing_need_be_known():
    _, agents = tables()
    open_to = {f"availability{j}": [1, int(j != 0), 1] for j in range(3)}
    blank = agents.assign(distance0=[1.0, np.nan, 3.0], **open_to)
    found = design("0 + age + distance + I(distance**2)", blank)
    expected = [[1.0, 4.0, 0.0], [0.0, 5.0, 7.0], [3.0, 6.0, 8.0]]
    np.testing.assert_array_equal(found.by_product.values[..., 0], expected)
    np.testing.assert_array_equal(found.demographics[:, 0], [30, 40, 50])
    filled = design("0 + age + distance", blank.assign(distance0=[1.0, 9.0, 3.0]))
    np.testing.assert_array_equal(filled.by_product.values[..., 0], expected)


def test_what_does_not_know_them_says_so():
    products, agents = tables()
    panel = ir.read_panel(products, agents)
    with pytest.raises(InputError, match="some that differ by product"):
        ir.frac_start(DEMAND, panel)


def test_a_table_of_pairs():
    products, agents = tables()
    people = agents[["market_ids", "weights", "town", "age"]]
    pairs = pd.DataFrame(
        [
            (t, s, 10.0 * i + j)
            for i, t in enumerate(("north", "south"))
            for j, s in enumerate("abcd")
        ],
        columns=["town", "shop", "miles"],
    )
    panel = ir.append_demographics(
        ir.read_panel(products, people), pairs.sample(frac=1, random_state=0)
    )
    found = panel.agents[["miles0", "miles1", "miles2"]].to_numpy()
    # Market 1 is shops b and d, market 0 is a, b and c.
    np.testing.assert_array_equal(found, [[1, 3, np.nan], [0, 1, 2], [10, 11, 12]])
    read = build_design(
        ir.Demand("1 + prices", random="1", demographics="0 + miles"), panel
    ).by_product.values
    np.testing.assert_array_equal(read[..., 0], np.nan_to_num(found))
    by_market = pairs.merge(pd.DataFrame({"market_ids": ["0", "1"]}), how="cross")
    again = ir.append_demographics(ir.read_panel(products, people), by_market)
    assert again.agents.equals(panel.agents)
    short = pairs[~((pairs["town"] == "south") & (pairs["shop"] == "b"))]
    for table, expected in (
        (short, r"none of town south \(row 4 of agents\) and shop b"),
        (pd.concat([pairs, pairs[2:3]]), "rows 4 and 10 of the same town, shop"),
        (pairs.drop(columns="town"), "a column of agents that products do not have"),
        (pairs.drop(columns="miles"), "columns that neither have"),
    ):
        with pytest.raises(InputError, match=expected):
            ir.append_demographics(ir.read_panel(products, people), table)
    with pytest.raises(InputError, match="found miles0"):
        ir.append_demographics(panel, pairs)
