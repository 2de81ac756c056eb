"""Firms' conditions on prices, in bundles: each product once, firms whole, and nothing changed."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inroads as ir
from inroads.conduct.bertrand import ownership
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.markets import costs
from inroads.estimation.markets.price_bundles import price_bundles
from inroads.estimation.specification.conduct import Conduct

TWO_PAIRS = pd.DataFrame(np.kron(np.eye(3), [[1.0, 0.4], [0.1, 1.0]])).rename_axis(
    index="sets_price", columns="profit_of"
)


@settings(max_examples=60)
@given(st.data())
def test_bundles_hold_every_priced_product_once_and_never_split_a_firm(data):
    B, J = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 12))
    codes = st.lists(st.integers(-1, 5), min_size=J, max_size=J).filter(lambda f: max(f) >= 0)
    firms = np.array(data.draw(st.lists(codes, min_size=B, max_size=B)))
    found = price_bundles(firms, whole_markets=False)
    rows, own = found.rows.index, found.rows.belongs
    assert sorted(rows[own]) == sorted(np.flatnonzero(firms.ravel() >= 0))
    assert (rows // J == found.rows.market[:, None]).all()
    assert all(len(set(row)) == len(row) for row in rows)
    sizes = [np.unique(f[f >= 0], return_counts=True)[1].max() for f in firms]
    assert rows.shape[1] == max(sizes)
    of_firm = firms.ravel()[rows]
    for bundle, market, mine, owns in zip(of_firm, found.rows.market, own, found.owns, strict=True):
        for firm in set(bundle[mine]):
            assert (bundle[mine] == firm).sum() == (firms[market] == firm).sum()
        np.testing.assert_array_equal(owns[np.ix_(mine, mine)], ownership(bundle[mine]))
        np.testing.assert_array_equal(owns[~mine], np.eye(len(mine))[~mine])
    # Firms one by one are the same products again, and each set is of one firm.
    again = [(g, row[mine] - g * own.shape[1]) for f in found.firms for g, row, mine in sets(f)]
    assert sorted(rows[g, k] for g, some in again for k in some) == sorted(rows[own])
    assert all(len(set(of_firm[g, some])) == 1 for g, some in again)


def sets(found):
    return zip(found.market, found.index, found.belongs, strict=True)


def uneven(markets=6, agents=40):
    """Products of firms of many sizes, 1 to 16 products, and their agents."""
    rng = np.random.default_rng(0)
    products, people = [], []
    for t in range(markets):
        sizes = rng.permutation([1, 1, 2, 3, 5, 16])[: 3 + t % 4]
        J = int(sizes.sum())
        columns = {f"demand_instruments{k}": rng.normal(size=J) for k in range(6)}
        products.append(
            pd.DataFrame(
                {
                    "market_ids": t,
                    "firm_ids": rng.permutation(np.repeat(np.arange(len(sizes)), sizes)),
                    "shares": rng.dirichlet(np.full(J + 1, 2.0))[:J] * 0.8,
                    "prices": rng.uniform(5, 10, J),
                    "x": rng.normal(size=J),
                    **columns,
                }
            )
        )
        nodes = pd.DataFrame(rng.normal(size=(agents, 3)), columns=[f"nodes{k}" for k in range(3)])
        people.append(nodes.assign(market_ids=t, weights=1 / agents))
    return pd.concat(products, ignore_index=True), pd.concat(people, ignore_index=True)


@pytest.mark.parametrize("kappa", [None, TWO_PAIRS], ids=["firms", "pairs of firms"])
@pytest.mark.parametrize("by_product", [False, True])
def test_bundles_change_neither_costs_nor_their_slopes(kappa, by_product, monkeypatch):
    """Beside markets as a whole, with profit counted by firm or product by product."""
    products, agents = uneven()
    supply = ir.Supply("1 + x", log=False, kappa=kappa)
    if by_product:
        owns = Conduct.from_products(products, supply)
        most = products.groupby("market_ids").size().max()
        table = np.zeros((len(products), most))
        for rows in products.groupby("market_ids").indices.values():
            table[rows, : len(rows)] = owns.ownership(rows[None])[0]
        columns = {f"ownership{k}": table[:, k] for k in range(most)}
        products = products.assign(**columns)
        supply = dataclasses.replace(supply, kappa=None)
    panel = ir.read_panel(products, agents)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x")
    arrays = build_design(demand, panel, supply, sigma=np.diag([0.5, 0.2, 0.3]))
    free = ParameterLayout.from_start(arrays, np.diag([0.5, 0.2, 0.3]), prices=-2.0)
    found = []
    for whole in (False, True):
        monkeypatch.setattr(
            costs,
            "price_bundles",
            lambda owns, whole_markets, w=whole: price_bundles(owns, w),
        )
        system = NonlinearEquations(arrays, panel, free)
        values = system.at(free.start)
        found.append([values.costs, *values.y, *system.jacobian(values).dy])
        sizes = [bundles.rows.index.shape for bundles in system.bundles]
        assert (sum(G for G, _ in sizes) > 6) == (not whole)
    for apart, together in zip(*found, strict=True):
        np.testing.assert_allclose(apart, together, rtol=1e-10, atol=1e-11)
