"""Markets of other sizes: logit by the formula, and any estimate as if the panel came so."""

from dataclasses import replace

import numpy as np
import pytest

import inroads as ir
from tests.estimation.cereals import CEREALS, estimated, panel, products


def logit():
    return ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), ir.read_panel(products()))


def test_parameters_held_are_the_formula_of_logit():
    fit = logit()
    table = ir.market_size_table(fit, [1, 3], method="invert")
    prices, shares = products()["prices"], products()["shares"]
    for factor, row in table.iterrows():
        expected = fit.params["prices"] * (prices * (1 - shares / factor)).mean()
        assert row["own_elasticity"] == pytest.approx(expected, rel=1e-9)
        assert row["prices"] == fit.params["prices"]
    assert table.loc[1.0, "margin"] == pytest.approx(fit.frame()["markup"].mean(), rel=1e-9)
    assert table["diversion_to_none"].is_monotonic_increasing


def test_estimated_again_as_if_the_panel_came_so():
    fit = logit()
    table = ir.market_size_table(fit, outside=[0.6, 0.9])
    assert table["outside_share"].to_numpy() == pytest.approx([0.6, 0.9], rel=1e-9)
    factor = table.index[1]
    own = products().assign(shares=products()["shares"] / factor)
    again = ir.estimate(fit.demand, ir.read_panel(own))
    assert table.loc[factor, "prices"] == pytest.approx(again.params["prices"], rel=1e-9)
    assert table.loc[factor, "objective"] == pytest.approx(again.objective, rel=1e-6)
    assert table["converged"].all()


def test_random_coefficients_start_where_they_ended():
    markets = sorted(set(products()["market_ids"]))[:24]
    some = panel()
    own = replace(
        some,
        products=some.products[some.products["market_ids"].isin(markets)].reset_index(drop=True),
        agents=some.agents[some.agents["market_ids"].isin(markets)].reset_index(drop=True),
        rows=None,
        agent_rows=None,
    )
    demand = ir.Demand("0 + prices", absorb="product_ids", random="1 + prices")
    fit = ir.estimate(demand, own, start={"sigma": [0.5, 2.0]}, steps=1, n_starts=1)
    table = ir.market_size_table(fit, [1.0, 1.5], quantities={"first": lambda f: f.margins()[0]})
    np.testing.assert_allclose(
        table.loc[1.0, fit.params.index].astype(float), fit.params, rtol=1e-4
    )
    assert table.loc[1.0, "first"] == pytest.approx(fit.fitted.margins()[0], rel=1e-4)
    assert table.loc[1.5, "first"] != pytest.approx(fit.fitted.margins()[0], rel=1e-3)


def test_published_parameters_are_held():
    fit = estimated()
    known = ir.known_demand(CEREALS, panel(), fit.params.to_dict())
    ours = ir.market_size_table(fit, [1.25], method="invert")
    theirs = ir.market_size_table(known, [1.25], method="invert")
    np.testing.assert_allclose(ours.astype(float), theirs.astype(float), rtol=1e-8)
    with pytest.raises(ir.InputError, match="method='invert'"):
        ir.market_size_table(known)


def test_markets_that_sell_more_than_they_have():
    fit = logit()
    for asked, message in (
        ({"factors": [0.5]}, "in market .* now 0.* of them do"),
        ({"outside": [0.05]}, "outside share 0.05"),
        ({"outside": [1.5]}, "outside share 1.5"),
        ({"factors": [1.0], "outside": [0.5]}, "both"),
        ({"method": "guess"}, "'estimate' or 'invert'"),
    ):
        with pytest.raises(ir.InputError, match=message):
            ir.market_size_table(fit, **asked)
    assert 1.0 in ir.market_size_table(fit, method="invert").index
