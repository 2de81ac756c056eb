"""Shares without zeros: the formula, and that half a buyer is nearer the truth than dropping."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir

CONSUMERS, J = 60, 8


def sampled(seed):
    """Few consumers choose among products whose price coefficient is -1.2."""
    rng = np.random.default_rng(seed)
    prices = rng.uniform(0, 3, (150, J))
    odds = np.exp(-0.5 - 1.2 * prices + rng.normal(0, 0.3, prices.shape))
    P = odds / (1 + odds.sum(axis=1, keepdims=True))
    bought = np.array([rng.multinomial(CONSUMERS, [*p, 1 - p.sum()])[:J] for p in P])
    ids = np.repeat(np.arange(len(P)), J)
    table = {"market_ids": ids, "prices": prices.ravel(), "n": CONSUMERS}
    return pd.DataFrame(table).assign(shares=bought.ravel() / CONSUMERS)


def test_the_formula():
    table = sampled(0)
    by_column = ir.smoothed_shares(table, "n")["shares"]
    counts = table["shares"] * CONSUMERS
    np.testing.assert_allclose(by_column, (counts + 0.5) / (CONSUMERS + 0.5 * (J + 1)))
    np.testing.assert_allclose(by_column, ir.smoothed_shares(table, 60)["shares"])
    whole = ir.smoothed_shares(table, "n", buyers=1)["shares"]
    np.testing.assert_allclose(whole, (counts + 1) / (CONSUMERS + J + 1))
    assert ir.read_panel(ir.smoothed_shares(table, "n")).products["shares"].min() > 0


def test_half_a_buyer_is_nearer_than_dropping_and_than_a_whole_one():
    def price(table, **zeros):
        demand = ir.Demand("1 + prices", endogenous=())
        return ir.estimate(demand, ir.read_panel(table, **zeros)).params["prices"]

    for seed in range(3):
        table = sampled(seed)
        assert (table["shares"] == 0).mean() > 0.1
        half = abs(price(ir.smoothed_shares(table, "n")) + 1.2)
        assert half < abs(price(table, zeros="drop") + 1.2)
        assert half < abs(price(ir.smoothed_shares(table, "n", buyers=1)) + 1.2)
        assert half < abs(price(table, zeros=1e-6) + 1.2)


def test_bad_input():
    table = sampled(0)
    for given, consumers, buyers, message in (
        (table, "people", 0.5, "'people'"),
        (table.drop(columns="market_ids"), "n", 0.5, "'market_ids'"),
        (table, 0, 0.5, "consumers above 0"),
        (table.assign(n=np.arange(len(table)) + 1), "n", 0.5, "one number of consumers"),
        (table.assign(shares=-0.1), "n", 0.5, "from 0 to 1"),
        (table.assign(shares=0.5), "n", 0.5, "sum to 1 or less"),
        (table, "n", 0, "buyers above 0"),
    ):
        with pytest.raises(ir.InputError, match=message):
            ir.smoothed_shares(given, consumers, buyers=buyers)
