"""From raw sales to a panel."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir


def sales():
    rng = np.random.default_rng(0)
    rows = 240
    table = pd.DataFrame(
        {
            "city": rng.choice(["A", "B", "C"], rows),
            "week": rng.integers(1, 9, rows),
            "brand": rng.choice(["x", "y"], rows),
            "pack": rng.choice([6, 12], rows),
            "units": rng.integers(0, 20, rows),
            "price": rng.uniform(1, 2, rows),
            "people": 0,
            "temperature": rng.normal(20, 5, rows),
        }
    )
    table["quarter"] = (table["week"] > 4).astype(int)
    table["maker"] = table["brand"].map({"x": "X Co", "y": "Y Co"})
    table["people"] = table["city"].map({"A": 5000, "B": 6000, "C": 7000})
    return table


def built(**options):
    call = {
        "market": ["city", "quarter"],
        "product": ["brand", "pack"],
        "size": "people",
        "quantity": "units",
        "firm": "maker",
    }
    return ir.build_panel(sales(), **(call | options))


def test_rows_are_added_up():
    panel, raw = built(), sales()
    raw = raw[raw["units"] > 0]
    groups = raw.groupby(["city", "quarter", "brand", "pack"])
    units = groups["units"].sum()
    value = (raw["units"] * raw["price"]).groupby([raw[c] for c in units.index.names]).sum()
    products = panel.products.set_index(["market_ids", "product_ids"])
    assert len(products) == len(units)
    for (city, quarter, brand, pack), n in units.items():
        row = products.loc[(f"{city} {quarter}", f"{brand} {pack}")]
        people = {"A": 5000, "B": 6000, "C": 7000}[city]
        assert row["shares"] == pytest.approx(n / people)
        assert row["prices"] == pytest.approx(value[city, quarter, brand, pack] / n)
        assert row["firm_ids"] == {"x": "X Co", "y": "Y Co"}[brand]
    notes = "\n".join(panel.notes)
    assert "rows of sales without a unit sold dropped" in notes
    assert f"{len(raw)} rows of sales added up to {len(units)} products of markets" in notes
    assert "means weighted by quantity: week, temperature" in notes
    assert "nothing is bought by" in notes


def test_sizes_of_three_kinds():
    by_number, by_rule = built(size=6000), built(size=lambda m: 2 * m["quantity"])
    assert set(by_number.products["size"]) == {6000.0}
    outside = 1 - by_rule.products.groupby("market_ids")["shares"].sum()
    np.testing.assert_allclose(outside, 0.5)


def test_revenue_instead_of_prices():
    table = sales().assign(dollars=lambda t: t["units"] * t["price"]).drop(columns="price")
    panel = ir.build_panel(
        table,
        market=["city", "quarter"],
        product=["brand", "pack"],
        size="people",
        quantity="units",
        price=None,
        revenue="dollars",
    )
    np.testing.assert_allclose(panel.products["prices"], built().products["prices"])


def test_small_products_are_dropped_and_told():
    shares = built().products["shares"]
    least = float(shares.median())
    panel = built(least=least)
    assert len(panel) == int((shares >= least).sum())
    assert f"products with a share below {least:g} dropped" in "\n".join(panel.notes)


def test_it_goes_into_an_estimate():
    panel = built()
    fit = ir.estimate(ir.Demand("1 + prices", endogenous=()), panel)
    assert fit.converged


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"market": "town"}, "a column 'town'"),
        ({"quantity": "unit"}, "did you mean|a column 'unit'"),
        ({"size": 100}, "markets without room"),
        ({"size": "temperature"}, "one 'temperature' for each market"),
        ({"size": lambda m: [1.0]}, "a size for each market"),
        ({"firm": "week"}, "one value of 'firm_ids'"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ir.InputError, match=message):
        built(**options)


def test_a_cell_that_is_no_number():
    table = sales().astype({"units": object})
    table.loc[3, "units"] = "many"
    with pytest.raises(ir.InputError, match="row 5, column 'units': found 'many'"):
        ir.build_panel(table, market="city", product="brand", size=1e6, quantity="units")
