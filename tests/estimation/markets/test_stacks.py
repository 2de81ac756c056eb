"""Markets padded to common sizes: each position once, and as many as are said to be needed."""

import numpy as np
import pandas as pd

import inroads as ir
from inroads.estimation.design.matrices import build_design
from inroads.estimation.markets.stacks import (
    _padded,
    _padding_needed,
    _similar_sizes,
    market_stacks,
)
from inroads.tables.panel import Block


def panel(sizes):
    """Markets of these sizes, ten agents each."""
    products = pd.DataFrame({"market_ids": np.repeat(np.arange(len(sizes)), sizes)})
    products = products.assign(shares=0.5 / products.groupby("market_ids").transform("size"))
    rng = np.random.default_rng(0)
    products = products.assign(prices=1.0, x=rng.normal(size=len(products)))
    agents = pd.DataFrame({"market_ids": np.repeat(np.arange(len(sizes)), 10), "weights": 0.1})
    return ir.read_panel(products, agents.assign(nodes0=rng.normal(size=len(agents))))


def test_what_pads_markets_is_counted_and_numbered():
    made = panel([40] * 3 + [37] * 5 + [30, 12, 11, 11, 3])
    design = build_design(ir.Demand("1 + x", random="1"), made)
    groups = _similar_sizes(made.blocks)
    assert 1 < len(groups) < 7
    added = 0
    for group in groups:
        most = max(block.products.shape[1] for block in group)
        assert most == group[0].products.shape[1]
        by_hand = sum(most - block.products.shape[1] for block in group for _ in block.products)
        assert _padding_needed(group[0], group[1:]) == by_hand
        added += by_hand
    assert added > 0
    assert _padded(made.blocks, len(made))[1] == added
    stacks = list(market_stacks(design, made, padded=True))
    positions = np.sort(np.concatenate([stack.products.ravel() for stack in stacks]))
    np.testing.assert_array_equal(positions, np.arange(len(made) + added))


def test_markets_of_other_numbers_of_agents_are_never_joined():
    large, small = (
        Block(np.zeros((2, J), dtype=int), np.zeros((2, I), dtype=int)) for J, I in ((9, 4), (8, 5))
    )
    assert _padding_needed(large, [small]) == np.inf
    assert len(_similar_sizes([large, small])) == 2
