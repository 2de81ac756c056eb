"""One wholesale price a product, promotions of channels, what paying over time costs them."""

from dataclasses import replace

import numpy as np
import pytest

import inroads as ir
from inroads.choice import payment_factor
from inroads.market.vertical import (
    given_off,
    goods_margin,
    list_price_shares,
    member_value_scales,
    promotion_share,
)
from tests.market.test_labelled import market as small
from tests.market.test_vertical import firms


def test_one_wholesale_price_leaves_list_prices_an_equilibrium():
    market = small()
    made = market.with_firms(firms(one_wholesale_price=True))
    np.testing.assert_allclose(made.solve().prices, market.table["price"], rtol=1e-12)
    offers = made.contracts
    # What retailers leave of the lowest open price, or of the lowest list price.
    assert offers.loc[("B1", "Gee"), "wholesale"] == offers.loc[("B1", "Cee"), "wholesale"]
    assert offers.loc[("B1", "Gee"), "wholesale"] == pytest.approx(0.85 * 700)
    assert offers.loc[("B2", "Gee"), "wholesale"] == pytest.approx(0.85 * 250)
    by_product = offers.groupby(level=0)["production_cost"]
    assert (by_product.max() == by_product.min()).all()
    assert offers.loc[("B1", "Gee"), "production_cost"] == pytest.approx(0.6 * 0.85 * 700)


def test_what_a_channel_spends_is_the_same_on_both_bases():
    by_channel = small().with_firms(firms())
    by_product = small().with_firms(firms(one_wholesale_price=True))
    np.testing.assert_allclose(
        (by_product.column("wholesale") + given_off(by_product))[:3],
        by_channel.column("wholesale")[:3],
        rtol=1e-12,
    )
    assert (given_off(by_channel) == 0).all()
    assert by_channel.firm_facts.promotion == {}


def test_an_entrant_is_given_off_what_others_are_at_its_price():
    made = small().with_firms(firms(one_wholesale_price=True))
    facts = made.firm_facts
    entered = made.after(ir.Deal("New", "Gee", ("N1",)))
    cost = entered.contracts.loc[("N1", "Gee"), "retail_cost"]
    assert cost == pytest.approx(facts.selling_cost("Gee", 500.0), rel=1e-12)
    # Two list prices at Gee make no line: the mean, by units, of what is given off.
    own = (made.columns["channel"] == "Gee").nonzero()[0]
    units = list_price_shares(made)[own]
    mean = np.average(given_off(made)[own], weights=units)
    assert cost == pytest.approx(20.0 + mean, rel=1e-12)
    plain = small().with_firms(firms()).after(ir.Deal("New", "Gee", ("N1",)))
    assert plain.contracts.loc[("N1", "Gee"), "retail_cost"] == 20.0


def test_several_prices_make_a_line():
    """Promotions are a sum a unit and a part of the list price, by units, where prices differ."""
    market = small()
    market = market.after(ir.Deal("New", "Gee", ("N1",)), ir.Deal("New", "Gee", ("N2",)))
    made = market.with_firms(firms(one_wholesale_price=True))
    own = made.columns["channel"] == "Gee"
    listed, units = made.columns["price"].astype(float)[own], list_price_shares(made)[own]
    unit, part = made.firm_facts.promotion["Gee"]
    missed = given_off(made)[own] - unit - part * listed
    np.testing.assert_allclose([units @ missed, units @ (missed * listed)], 0, atol=1e-9)


def test_margins_are_of_what_is_paid():
    facts = firms(one_wholesale_price=True)
    scales = member_value_scales(small(), facts, {"Gee": -0.1, "Cee": 0.02})
    scaled = replace(
        facts,
        member_value={c: scales[c] * v for c, v in facts.member_value.items()},
        cash_member_value={c: scales[c] * v for c, v in facts.cash_member_value.items()},
    )
    made = small().with_firms(scaled)
    assert goods_margin(made, "Gee") == pytest.approx(-0.1, abs=1e-12)
    assert goods_margin(made, "Cee") == pytest.approx(0.02, abs=1e-12)
    # One product at Cee: wholesale is 0.85 of list, paid is wholesale / (1 - margin).
    assert promotion_share(made, "Cee") == pytest.approx(1 - 0.85 / 0.98, abs=1e-12)


def test_promotions_may_be_given():
    facts = firms(one_wholesale_price=True)
    scales = member_value_scales(small(), facts, {"Gee": -0.1}, {"Cee": 0.2})
    scaled = replace(
        facts,
        member_value={c: scales[c] * v for c, v in facts.member_value.items()},
        cash_member_value={c: scales[c] * v for c, v in facts.cash_member_value.items()},
    )
    made = small().with_firms(scaled)
    assert promotion_share(made, "Cee") == pytest.approx(0.2, abs=1e-12)
    assert goods_margin(made, "Gee") == pytest.approx(-0.1, abs=1e-12)


def test_paying_over_time_costs_a_channel_funds_and_losses():
    free = small().with_firms(firms())
    dear = small().with_firms(firms(funds_rate=0.06, financed_loss=0.04))
    share = dear.column("retail_share")
    # Half of Gee's members may pay over time, 24 months and nothing down.
    lost = 1 - 0.96 * float(payment_factor(0.005, 24))
    assert share[0] == pytest.approx(1 - 0.5 * lost, rel=1e-12)
    # At Cee at most 400 of 700 dollars are lent, over 30 months.
    lost = 1 - 0.96 * float(payment_factor(0.005, 30))
    assert share[1] == pytest.approx(1 - 0.5 * (400 / 700) * lost, rel=1e-12)
    assert share[3] == pytest.approx(0.85)  # the open channel lends nothing
    np.testing.assert_allclose(dear.solve().prices, free.column("price"), rtol=1e-12)
    cash = dear.after(ir.Finance(0, channel="Gee"))
    assert cash.column("retail_share")[0] == 1.0


def test_who_sees_the_monthly_payment_weighs_what_is_due_later_less():
    assert float(payment_factor(0.01, 24, 0.25, 0.8)) == pytest.approx(
        0.25 + 0.75 * 0.8 * float(payment_factor(0.01, 24)), rel=1e-14
    )
    assert float(payment_factor(0.01, 0, 0.0, 0.8)) == 1.0
    market = small()
    consumers = replace(market.labelled_consumers, later=0.8)
    eager = replace(market, consumers=consumers)
    paid_cash = market.arrays.financed == 0
    assert (eager.arrays.X[0][paid_cash] == market.arrays.X[0][paid_cash]).all()
    assert (eager.arrays.X[0] >= market.arrays.X[0]).all()
    financed = market.arrays.financed[0] == 1
    np.testing.assert_allclose(
        eager.arrays.X[0][0, financed], 0.8 * market.arrays.X[0][0, financed], rtol=1e-12
    )
