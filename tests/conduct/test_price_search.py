"""Worlds solved together, some of which take far longer than others."""

from __future__ import annotations

import numpy as np
import pytest

from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes, ownership_rows


@pytest.mark.parametrize("by_offer", [False, True])
@pytest.mark.parametrize("agents", [False, True])
def test_worlds_together_are_worlds_alone(by_offer, agents):
    rng = np.random.default_rng(0)
    B, J, I = 7, 5, 12
    price_setter = np.array([0, 0, 1, 1, 2])
    sells = np.broadcast_to(ownership_rows(price_setter), (B, 3, J))
    cost = sells * rng.uniform(1, 2, size=(B, 1, J))
    money = rng.uniform(0.5, 3, size=(B, J, I) if by_offer else (B, I))
    utility = rng.normal(size=(B, J, I)) * np.linspace(0.2, 3, B)[:, None, None]
    stake = {1: rng.uniform(size=(J, I))} if agents else {}
    wholesale = rng.uniform(size=(B, J))
    present = np.ones((B, J), dtype=bool)
    present[2, 0] = False
    weights, outside = rng.dirichlet(np.ones(I), size=B), rng.normal(size=(B, I))

    def solve(b):
        buyers = PricedDemand(
            utility=utility[b], alpha=money[b], weights=weights[b], outside=outside[b]
        )
        stakes = Stakes(
            retail_price_share=sells[b],
            wholesale_share=0 * sells[b],
            cost=cost[b],
            agent_stakes=stake,
        )
        start = np.full(utility[b].shape[:-1], 3.0)
        # The first world starts where it ends: it has arrived before others move.
        if start.ndim == 2:
            start[0] = solve(0).value
        return solve_prices(Retail(buyers, stakes, price_setter), start, wholesale[b], present[b])

    together = solve(slice(None))
    assert together.converged
    assert together.value.shape == (B, J)
    for b in range(B):
        np.testing.assert_allclose(together.value[b], solve(b).value, rtol=1e-9)
