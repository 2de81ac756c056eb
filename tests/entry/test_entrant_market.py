"""One product's quality free: shares by formula, and the two ways in which they are computed."""

import numpy as np
import pytest

from inroads.choice import Nested
from inroads.conduct.bertrand import markups
from inroads.conduct.priced_demand import PricedDemand
from inroads.entry.entrant_market import EntrantMarket
from inroads.entry.price_forecasts import best_price


def market(model=None) -> EntrantMarket:
    rng = np.random.default_rng(0)
    options = {} if model is None else {"model": model}
    buyers = PricedDemand(
        utility=rng.normal(size=(5, 7)),
        alpha=rng.uniform(0.5, 1, 7),
        weights=rng.dirichlet(np.ones(7)),
        **options,
    )
    return EntrantMarket(buyers, rng.uniform(1, 2, 5), 2)


def test_shares_by_formula() -> None:
    one = market()
    changes = np.array([-1.0, 0.0, 2.0])
    u = one.buyers.utility - one.buyers.alpha * one.prices[:, None]
    for change, share, outside in zip(changes, *one.shares(changes), strict=True):
        v = np.exp(u + change * (np.arange(5) == 2)[:, None])
        P = v / (1 + v.sum(axis=0))
        assert share == pytest.approx(P[2] @ one.buyers.weights)
        assert outside == pytest.approx((1 - P.sum(axis=0)) @ one.buyers.weights)
    assert one.log_shares(changes) == pytest.approx(np.log(one.shares(changes)[0]))
    assert one.log_odds(2.0) == pytest.approx(np.log(share / outside))


def test_nests_of_no_meaning_are_logit() -> None:
    nested = market(Nested(np.zeros((1, 5), dtype=int), np.zeros(1)))
    changes = np.linspace(-2, 2, 5)
    for a, b in zip(nested.shares(changes), market().shares(changes), strict=True):
        assert a == pytest.approx(b)


def test_others_with_and_without_it() -> None:
    one = market()
    with_it, without = one.others(0.7), one.others(None)
    assert with_it[2] == pytest.approx(one.shares(np.array([0.7]))[0][0])
    assert without[2] == 0
    assert (np.delete(without, 2) > np.delete(with_it, 2)).all()


@pytest.mark.parametrize("nested", [False, True])
def test_a_best_price_is_one_that_bertrand_explains(nested: bool) -> None:
    """At the costs behind observed prices, the firm of offers 0 and 2 asks what it does."""
    one = market(Nested(np.array([[0, 0, 0, 1, 1]]), np.array([0.3])) if nested else None)
    choices = one.buyers.at_prices(one.prices)
    firms = np.array([0, 1, 0, 2, 3])
    owns = (firms[:, None] == firms).astype(float)
    costs = one.prices - markups(choices.jacobian, choices.shares, owns)
    margins = owns[2] * (one.prices - costs) * (np.arange(5) != 2)
    best = best_price(one, np.zeros(3), np.full(3, costs[2]), margins)
    assert best == pytest.approx(np.full(3, one.prices[2]), rel=1e-6)


def test_profits_by_formula() -> None:
    one, nested = market(), market(Nested(np.zeros((1, 5), dtype=int), np.zeros(1)))
    changes, margins = np.zeros((2, 7)), np.array([1.0, 3.0])
    others = np.array([0.5, 0.0, 0.0, 0.2, 0.0])
    s = one.buyers.at_prices(one.prices).shares
    expected = s[2] * margins + s @ others
    assert one.profits(changes, margins, others) == pytest.approx(expected)
    assert nested.profits(changes, margins, others) == pytest.approx(expected)
