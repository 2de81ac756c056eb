"""Parts of firms, and taxes, in the one call: equations by hand, closed forms, other rooms."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.bertrand import markups

TABLE = pd.DataFrame(
    {
        "product_ids": ["Ale", "Bock", "Cider", "Dry"],
        "firm_ids": ["A", "B", "C", "D"],
        "prices": [1.0, 1.1, 1.3, 0.9],
        "shares": [0.2, 0.15, 0.1, 0.15],
        "margins": [0.4, None, 0.38, None],
    }
)
CONTROL = {
    "silent": (0.0, 0.0),
    "in proportion": (None, 0.3 / (0.3**2 + 0.7**2)),
    "whole": (1.0, 1 / 0.3),
}


def posted(model, owns, prices):
    """What is left of posted prices' conditions, in money."""
    at = model.demand.at_prices(prices)
    return prices - model.costs - markups(at.jacobian, at.shares, owns)


@pytest.mark.parametrize("kind", CONTROL)
def test_a_stake_is_what_both_firms_count(kind):
    """O'Brien and Salop (2000): A counts 0.3 of B, B what A's control makes it count."""
    control, counted = CONTROL[kind]
    m = ir.merger(TABLE, ("A", "B"), stake=0.3, control=control)
    owns = np.eye(4)
    owns[0, 1], owns[1, 0] = 0.3, counted
    after = m.simulation.after
    np.testing.assert_allclose(posted(m.simulation.model, owns, after.prices), 0, atol=1e-11)
    assert m.certificates[1].is_equilibrium()
    s = TABLE["shares"] / TABLE["shares"].sum()
    change = 1e4 * (0.3 + counted) * s[0] * s[1]
    assert m.summary["hhi_change"] == pytest.approx(change, rel=1e-10)
    D = m.diversion().iloc[:, :-1].to_numpy()
    margins = m.simulation.model.before.margins
    expected = [0.3 * D[0, 1] * margins[1], counted * D[1, 0] * margins[0]]
    np.testing.assert_allclose(m.offers["UPP"].iloc[:2], expected, rtol=1e-10)
    assert m.offers["firm_after"].tolist() == list("ABCD")
    whole = ir.merger(TABLE, ("A", "B"))
    assert (m.offers["price_change"] > 0).all()
    if kind != "whole":
        harm = "compensating_variation"
        assert m.summary[harm] < whole.summary[harm]


def test_the_whole_of_a_firm_is_a_merger():
    one = ir.merger(TABLE, ("A", "B"), stake=1.0, control=1.0)
    other = ir.merger(TABLE, ("A", "B"))
    pd.testing.assert_frame_equal(one.offers, other.offers)
    assert one.offers["firm_after"].tolist() == ["A + B", "A + B", "C", "D"]


def test_holdings_are_there_before_and_after():
    held = ir.merger(TABLE, ("A", "B"), holdings={("A", "C"): 0.2, ("B", "C"): 0.1})
    before, after = np.eye(4), np.eye(4)
    before[0, 2], before[1, 2] = 0.2, 0.1
    after[:2, :2], after[:2, 2] = 1.0, 0.3
    model, p = held.simulation.model, TABLE["prices"].to_numpy()
    np.testing.assert_allclose(posted(model, before, p), 0, atol=1e-12)
    np.testing.assert_allclose(posted(model, after, held.simulation.after.prices), 0, atol=1e-11)
    s = (TABLE["shares"] / TABLE["shares"].sum()).to_numpy()
    assert held.summary["hhi_before"] == pytest.approx(1e4 * s @ before @ s)
    # Who buys what it holds already changes less.
    more = ir.merger(TABLE, ("A", "C"), holdings={("A", "C"): 0.2}, stake=0.5)
    fresh = ir.merger(TABLE, ("A", "C"), stake=0.5)
    assert more.summary["hhi_change"] < fresh.summary["hhi_change"]


def test_parts_of_a_rival_in_cournot_are_the_closed_form():
    """P = a - Q: the holder makes less by part of its rival's output (Reynolds and Snapp 1986)."""
    one = pd.DataFrame(
        {
            "product_ids": ["1", "2", "3"],
            "firm_ids": ["A", "B", "C"],
            "prices": 10.0,
            "quantities": [50.0, 30.0, 20.0],
            "margins": [0.25, None, None],
        }
    )
    m = ir.merger(
        *(one, ("A", "B")), demand="one good, linear", conduct="cournot", stake=0.4, control=0.0
    )
    # |e| = 2: costs 7.5, 8.5, 9; P = 15 - 5 Q where Q is one before.
    system = 5 * (np.ones((3, 3)) + np.eye(3))
    system[0, 1] += 5 * 0.4
    q = np.linalg.solve(system, 15 - np.array([7.5, 8.5, 9.0]))
    np.testing.assert_allclose(m.simulation.after.quantities, q, rtol=1e-10)


UNIT, RATE = 0.05, 0.19


def test_taxes_are_those_of_a_market_of_its_own():
    """The same costs, and the same taxes as moves of a market."""
    m = ir.merger(TABLE, ("A", "B"), unit_tax=UNIT, tax_rate=RATE)
    net = (TABLE["prices"] - UNIT) / (1 + RATE)
    np.testing.assert_allclose(m.offers["price_before"], TABLE["prices"], rtol=1e-11)
    np.testing.assert_allclose(m.simulation.model.costs, net * (1 - m.fitted_margins))
    market = ir.Market(
        offers=pd.DataFrame(
            {
                "manufacturer": list("ABCD"),
                "channel": list("ABCD"),
                "price": TABLE["prices"].to_numpy(),
                "retail_cost": m.simulation.model.costs,
            },
            index=list(TABLE["product_ids"]),
        ),
        consumers=m.simulation.model.demand,
        pricing=ir.Bertrand(),
    )
    taxed = market.after(ir.Tax(rate=RATE, base="producer price"), ir.Tax(unit=UNIT / (1 + RATE)))
    before, after = taxed.solve(), taxed.after(ir.Merge("A", "B")).solve()
    np.testing.assert_allclose(before.prices, TABLE["prices"], rtol=1e-9)
    np.testing.assert_allclose(after.prices, m.offers["price_after"], rtol=1e-9)
    harm = before.consumer_surplus - after.consumer_surplus
    assert m.summary["compensating_variation"] == pytest.approx(harm, rel=1e-8)
    paid = [e.shares @ (e.prices - (e.prices - UNIT) / (1 + RATE)) for e in (before, after)]
    assert m.summary["tax_revenue"] == pytest.approx(paid[1] - paid[0], rel=1e-8)
    total = m.summary["producer_surplus"] + m.summary["tax_revenue"] - harm
    assert m.summary["total_surplus"] == pytest.approx(total, rel=1e-8)


def test_rates_that_differ_weigh_what_firms_earn():
    """A firm of two products, one taxed: no move of one price, or of both, pays."""
    table = TABLE.assign(firm_ids=["A", "A", "C", "D"], margins=[0.4, None, None, None])
    m = ir.merger(table, ("A", "C"), tax_rate={"Ale": 0.3, "Cider": -0.1})
    model, after = m.simulation.model, m.simulation.after
    np.testing.assert_allclose(m.offers["price_before"], table["prices"], rtol=1e-11)
    assert m.certificates[0].is_equilibrium()
    assert m.certificates[1].is_equilibrium()
    rate = np.array([0.3, 0, -0.1, 0])

    def profit(p):
        q = model.demand.at_prices(p).shares
        return float((((p / (1 + rate)) - model.costs) * q)[:3].sum())

    for j in range(3):
        h = 1e-5 * np.eye(4)[j]
        slope = (profit(after.prices + h) - profit(after.prices - h)) / 2e-5
        assert slope == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("demand", "conduct"),
    [
        ("nested logit", "cournot"),
        ("logit", "second score"),
        ("ces", "bertrand"),
        ("logit", "bargaining"),
        ("one good, linear", "cournot"),
    ],
)
def test_taxes_keep_the_market_as_it_is(demand, conduct):
    """And costs lower by CMCR leave prices, whatever the conduct."""
    table = TABLE.assign(nesting_ids=[1, 1, 2, 2], margins=[0.4, None, None, None])
    options = {"buyer_weight": 0.3} if conduct == "bargaining" else {}
    if demand == "nested logit":
        options["rho"] = 0.3
    if demand == "ces":
        table = table.rename(columns={"shares": "revenue_shares"})
    if demand.startswith("one"):
        table = table.assign(prices=1.0)
    m = ir.merger(
        *(table, ("A", "B")), demand=demand, conduct=conduct, tax_rate=0.2, unit_tax=0.02, **options
    )
    np.testing.assert_allclose(m.offers["price_before"], table["prices"], rtol=1e-9)
    # A rate alone is a change of money.
    common = {"demand": demand, "conduct": conduct, **options}
    free = ir.merger(table, ("A", "B"), **common)
    rated = ir.merger(table, ("A", "B"), tax_rate=0.2, **common)
    np.testing.assert_allclose(rated.fitted_margins, free.fitted_margins, rtol=1e-9)
    np.testing.assert_allclose(
        rated.offers["price_change"], free.offers["price_change"], rtol=1e-7, atol=1e-10
    )
    assert abs(m.summary["tax_revenue"]) > 1e-6
    if conduct != "second score":
        model, owns = m.simulation.model, m.simulation.ownership_after.owns
        back = model.solve(owns, m.offers["CMCR"].to_numpy())
        np.testing.assert_allclose(back.prices, model.before.prices, rtol=1e-8)


BAD = {
    "a stake in percent": ({"stake": 25}, "percent"),
    "no stake": ({"stake": 0.0}, "stake above 0"),
    "less than is held": ({"stake": 0.1, "holdings": {("A", "B"): 0.2}}, "stake above 0.2"),
    "a merger without control": ({"control": 0.5}, "1 where all is bought"),
    "control in percent": ({"stake": 0.2, "control": 60}, "percent"),
    "a holding of oneself": ({"holdings": {("A", "A"): 0.2}}, "owner and owned"),
    "a holding in percent": ({"holdings": {("A", "C"): 20}}, "percent"),
    "a tax in percent": ({"tax_rate": 19}, "percent"),
    "a tax above the price": ({"unit_tax": {"Dry": 0.95}}, "0.95 on Dry"),
    "a tax on nothing": ({"unit_tax": {"Zider": 0.1}}, "Zider"),
    "bids for parts": ({"stake": 0.3, "conduct": "second score"}, "own their offers wholly"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_stakes_and_taxes_are_refused(case):
    options, message = BAD[case]
    with pytest.raises(ir.InputError, match=message):
        _ = ir.merger(TABLE, ("A", "B"), **options).offers


def test_patience_of_firms_that_hold_parts_is_not_said():
    with pytest.raises(ir.InputError, match="coordinated effects"):
        ir.merger(TABLE, ("A", "B"), holdings={("A", "C"): 0.2}).coordination()
