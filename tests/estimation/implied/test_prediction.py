"""Predicted shares: the panel's own come back at the estimated xi, others by formulas."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.special import expit

import inroads as ir
from tests.estimation.cereals import estimated, products


@cache
def logit():
    demand = ir.Demand("1 + prices + poly(sugar, 2) + C(mushy)")
    return ir.estimate(demand, ir.read_panel(products()))


@cache
def cars():
    """Supply beside, so that the price coefficient is searched."""
    table = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    table = table[table["market_ids"].isin([1989, 1990])].assign(product_ids=table["car_ids"])
    agents = ir.draw_agents([1989, 1990], "product", size=5, dimensions=1)
    return ir.estimate(
        ir.Demand("1 + prices + hpwt", random="0 + hpwt"),
        ir.read_panel(table, agents),
        supply=ir.Supply("1 + log(mpg)", log=False),
        start={"sigma": [0.5], "prices": -0.2},
        steps=1,
        n_starts=1,
    )


@pytest.mark.parametrize("made", [logit, estimated, cars])
def test_at_the_estimated_xi_shares_are_the_panels(made):
    fit = made()
    found = fit.predict(xi="estimated")
    np.testing.assert_allclose(found["predicted"], found["shares"], rtol=1e-9)
    np.testing.assert_allclose(found["mean_utility"], fit.delta, rtol=1e-9)
    # The same of a table, whatever its order, found by ids.
    some = fit.panel.products.iloc[::-1].head(40)
    some = some[some["market_ids"] == some["market_ids"].iloc[0]]
    whole = fit.panel.products[fit.panel.products["market_ids"] == some["market_ids"].iloc[0]]
    again = fit.predict(whole.iloc[::-1], xi="estimated")
    np.testing.assert_allclose(again["predicted"], whole["shares"].iloc[::-1], rtol=1e-9)


def test_formulas_are_replayed_not_fixed_anew():
    """Two products of one market: one level of mushy, another basis of poly, were it made anew."""
    fit = logit()
    rows = products()[products()["mushy"] == 1].iloc[[5, 9]].assign(market_ids="new")
    found = fit.predict(rows.drop(columns="shares"))
    own = fit.panel.products
    place = own.index.get_indexer(rows.index)
    utility = (fit.delta - fit.xi)[place]
    expected = np.exp(utility) / (1 + np.exp(utility).sum())
    np.testing.assert_allclose(found["predicted"], expected, rtol=1e-9)
    assert "shares" not in found


def test_absorbed_effects_are_those_of_the_product():
    fit = estimated()
    whole = fit.panel.products
    rows = whole[whole["market_ids"] == "C01Q1"]
    found = fit.predict(rows.assign(market_ids="C01Q2"))
    at_zero = fit.delta - fit.xi
    moved = fit.fitted
    change = at_zero[whole["market_ids"] == "C01Q1"]
    np.testing.assert_allclose(found["mean_utility"], change, rtol=1e-9)
    assert (found["predicted"] > 0).all()
    assert moved.column("shares")[0] == whole["shares"].iloc[0]
    with pytest.raises(ir.InputError, match="found NEW; expected products whose effects"):
        fit.predict(rows.assign(product_ids="NEW").head(1))


def test_one_product_by_hand():
    fit = logit()
    row = products().head(1).assign(market_ids="new")
    at = fit.predict(row.assign(prices=0.2), xi=0.5)["predicted"].item()
    utility = fit.delta[0] - fit.xi[0] + fit.params["prices"] * (0.2 - row["prices"].item()) + 0.5
    assert at == pytest.approx(expit(utility), rel=1e-9)


def test_what_cannot_be_predicted():
    fit = logit()
    row = products().head(1)
    for call, message in (
        (lambda: fit.predict(row.drop(columns="market_ids")), "market_ids"),
        (lambda: fit.predict(row.drop(columns="sugar")), "no column sugar"),
        (lambda: fit.predict(row.assign(mushy=7)), "one of the levels"),
        (lambda: fit.predict(row, xi="guess"), "'estimated'"),
        (lambda: fit.predict(row, xi=[1.0, 2.0]), "one for each of 1 products"),
        (lambda: fit.predict(row.assign(product_ids="no"), xi="estimated"), "no in market C01Q1"),
        (lambda: estimated().predict(row.assign(market_ids="far")), "far"),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()
