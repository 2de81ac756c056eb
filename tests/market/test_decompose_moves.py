"""What moves do at once, shared out: sums, both orders, errors of an estimated market's parts."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir


def known():
    products = pd.DataFrame(
        {
            "market_ids": 1,
            "product_ids": ["a", "b", "c"],
            "firm_ids": ["A", "B", "C"],
            "prices": [1.0, 1.2, 1.5],
            "shares": [0.2, 0.15, 0.1],
            "size": [1.0, 1.5, 2.0],
        }
    )
    return ir.known_demand(
        ir.Demand("1 + prices + size"),
        ir.read_panel(products),
        {"1": 0.0, "prices": -3.0, "size": 1.0},
        covariance=pd.Series({"prices": 0.1}),
    )


MOVES = {
    "merger": ir.Merge("A", "B"),
    "size": [ir.Change("c", size=2.4), ir.ChangeCost(amount=0.1, offer="c")],
}


def surplus(solved):
    return solved.consumer_surplus


def test_parts_add_up_and_are_means_over_orders():
    market = known().market(1)
    found = ir.decompose(market, MOVES, surplus)
    worlds = {
        (): market,
        ("merger",): market.after(MOVES["merger"]),
        ("size",): market.after(*MOVES["size"]),
        ("merger", "size"): market.after(MOVES["merger"], *MOVES["size"]),
    }
    v = {names: surplus(m.solve()) for names, m in worlds.items()}
    assert found.worlds.keys() == v.keys()
    first, last = v[("merger",)] - v[()], v[("merger", "size")] - v[("size",)]
    assert found.parts["merger"] == pytest.approx((first + last) / 2, rel=1e-9)
    assert sum(found.parts.values()) == pytest.approx(found.gain, rel=1e-12)
    assert found.parts["merger"] < 0


def test_of_an_estimate_parts_have_errors():
    fit = known()
    merger = {"one": ir.Merge("A", "B"), "two": ir.Tax(unit=0.1)}

    def parts(fitted):
        return pd.Series(ir.decompose(fitted.market(1), merger, lambda e: e.mean_price).parts)

    table = fit.standard_errors_of(parts).to_frame()
    assert list(table.index) == ["one", "two"]
    assert (table["standard_error"] > 0).all()
    assert np.isfinite(table.to_numpy()).all()


def test_bad_input():
    market = known().market(1)
    with pytest.raises(ir.InputError, match="moves by name"):
        ir.decompose(market, {}, surplus)
    with pytest.raises(ir.InputError, match="nobody"):
        ir.decompose(market, {"merger": ir.Merge("A", "nobody")}, surplus)
