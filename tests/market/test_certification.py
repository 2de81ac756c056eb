"""Any prices and terms held against what an equilibrium is, by name."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.bargaining import TwoPartTariff
from tests.market.test_arrays import chain, sold
from tests.market.test_labelled import market as labelled
from tests.market.test_vertical import firms

TERMS = {
    "simultaneous": ir.BargainingTerms(disagreement="offer"),
    "sequential": ir.BargainingTerms(timing="sequential", disagreement="pair"),
    "fees": ir.BargainingTerms(timing="sequential", contract=TwoPartTariff()),
}


@pytest.mark.parametrize("terms", TERMS)
def test_what_was_solved_is_certified_and_what_is_a_little_off_is_not(terms):
    market = chain(TERMS[terms], agents=4)
    solved = market.solve()
    right = ir.certify(market, prices=solved.prices, wholesale=solved.wholesale)
    assert right.status == "equilibrium"
    assert right.refutation == ""
    assert right.terms is not None
    off = ir.certify(market, prices=solved.prices * 1.0001, wholesale=solved.wholesale)
    assert off.status == "no equilibrium"
    assert off.residual.money == pytest.approx(1e-4 * solved.prices[off.residual.offer], rel=0.9)
    dear = solved.wholesale.copy()
    dear["21"] *= 1.001
    answered = replace(market, pricing=ir.Bertrand())
    answered = replace(answered, offers=answered.offers.assign(wholesale=dear)).solve()
    off = ir.certify(market, prices=answered.prices, wholesale=answered.wholesale)
    assert not off.is_equilibrium()
    assert off.residual.relative < 1e-9
    assert 1e-4 < off.terms.prices.relative < 1e-2


def test_the_offers_own_prices_unless_others_are_given():
    market = chain()
    solved = market.solve()
    assert not ir.certify(market).is_equilibrium()
    at_rest = replace(
        market,
        offers=market.offers.assign(price=solved.prices, wholesale=solved.wholesale),
    )
    assert ir.certify(at_rest).is_equilibrium()
    with_costs = market.with_implied_costs(below_zero=True)
    assert ir.certify(with_costs).is_equilibrium()


def test_prices_by_name_and_in_any_order():
    market = chain()
    solved = market.solve()
    by_name = {name: solved.prices[name] for name in reversed(solved.prices.index)}
    for prices in (by_name, solved.prices.to_numpy(), solved.prices.iloc[::-1]):
        assert ir.certify(market, prices=prices, wholesale=solved.wholesale).is_equilibrium()


def test_who_gains_by_what_is_said_by_name_and_in_the_markets_money():
    market = replace(chain(), size=1000.0)
    solved = market.solve()
    prices = solved.prices.copy()
    prices["21"] += 0.3
    found = ir.certify(market, prices=prices, wholesale=solved.wholesale)
    assert (found.deviation.firm, found.deviation.offer) == ("R2", "21")
    assert found.deviation.price == pytest.approx(solved.prices["21"], abs=0.01)
    assert "firm R2 gains" in found.refutation
    dear = replace(market, pricing=ir.Bertrand(), offers=market.offers.assign(
        wholesale=solved.wholesale, price=prices))  # fmt: skip
    fixed = dear.offers.assign(price_fixed=True)
    held = replace(dear, offers=fixed).solve().profits["R2"]
    moved = fixed.assign(price=np.where(fixed.index == "21", found.deviation.price, prices))
    gained = replace(dear, offers=moved).solve().profits["R2"] - held
    assert found.deviation.money == pytest.approx(gained, rel=1e-9)


def test_a_held_price_that_is_not_what_it_is_held_at():
    market = chain().after(ir.SetPrice(offer="11", by=-0.1))
    solved = market.solve()
    prices = solved.prices.copy()
    prices["11"] += 0.01
    found = ir.certify(market, prices=prices, wholesale=solved.wholesale)
    assert found.moved == pytest.approx(0.01 / 2.25)
    assert "held prices" in found.refutation


def test_a_labelled_market_and_one_whose_firms_make_and_sell():
    market = labelled().with_firms(firms())
    solved = market.solve()
    assert ir.certify(market, prices=solved.prices, wholesale=solved.wholesale).is_equilibrium()
    merged = chain().after(ir.Merge("R1", "W1"))
    solved = merged.solve()
    assert solved.wholesale.isna().any()
    assert ir.certify(merged, prices=solved.prices, wholesale=solved.wholesale).is_equilibrium()


def test_tolerances_are_what_is_asked():
    market = chain()
    solved = market.solve()
    rounded = solved.prices.round(4), solved.wholesale.round(4)
    given = {"prices": rounded[0], "wholesale": rounded[1]}
    assert not ir.certify(market, **given).is_equilibrium()
    assert ir.certify(market, **given, tolerance=1e-3, terms_tolerance=1e-3).is_equilibrium()


def test_it_raises_only_if_asked():
    market = chain()
    with pytest.raises(ir.ConvergenceError, match="gains"):
        ir.certify(market, throw=True)
    solved = market.solve()
    given = {"prices": solved.prices, "wholesale": solved.wholesale}
    assert ir.certify(market, throw=True, **given).is_equilibrium()


def test_what_cannot_be_certified_is_refused():
    market = chain()
    p = market.solve().prices
    for given, message in (
        ({"prices": p.drop("21")}, "none for 21"),
        ({"prices": p.rename({"21": "23"})}, "23"),
        ({"prices": p.to_numpy()[:-1]}, r"shape \(5,\)"),
        ({"prices": p.where(p.index != "12")}, "none for 12"),
        ({"prices": p, "wholesale": pd.Series(1.0, ["11"])}, "none for 12"),
    ):
        with pytest.raises(ir.InputError, match=message):
            ir.certify(market, **given)
    with pytest.raises(ir.InputError, match="wholesale"):
        ir.certify(replace(market, offers=market.offers.drop(columns="wholesale")), prices=p)
    with pytest.raises(ir.InputError, match="list prices"):
        ir.certify(replace(market, pricing=ir.ListPrices()))
    own = market.offers.assign(channel=list("ABCDEF"), manufacturer=list("ABCDEF"), capacity=0.05)
    with pytest.raises(ir.InputError, match="capacities"):
        ir.certify(sold(own, market.consumers))
