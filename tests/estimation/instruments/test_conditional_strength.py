"""Strength of instruments of one parameter given the others."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.estimation.inference.delta_method import DemandAtParameters


def panel(seed=0, markets=80, J=5):
    """Prices move with cost; whether sigma[x] is told hangs on the instruments."""
    rng = np.random.default_rng(seed)
    x, cost, other = rng.normal(size=(3, markets, J))
    xi = 0.4 * rng.normal(size=(markets, J))
    prices = 3 + 0.7 * cost + 0.3 * xi
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    weights = weights / weights.sum()
    u = (1 + x - prices + xi)[..., None] + 1.5 * x[..., None] * nodes
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    table = {"market_ids": np.repeat(np.arange(markets), J), "prices": prices.ravel()}
    table |= {"shares": (P @ weights).ravel(), "x": x.ravel(), "cost": cost.ravel()}
    spread = ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=2)
    table |= {"other": other.ravel(), "spread": spread.ravel()}
    # What moves both columns in the same proportion, and a trace of something else.
    table |= {"ads": (prices + 0.5 * xi + 0.01 * other).ravel()}
    agents = {"market_ids": np.repeat(np.arange(markets), 7), "weights": np.tile(weights, markets)}
    agents |= {"nodes0": np.tile(nodes, markets)}
    return ir.read_panel(pd.DataFrame(table), pd.DataFrame(agents))


def fitted(instruments):
    demand = ir.Demand("1 + prices + x", random="0 + x", instruments=instruments)
    return ir.estimate(demand, panel(), start={"sigma": [1.0]}, n_starts=1)


def test_of_one_column_it_is_the_first_stage():
    demand = ir.Demand("1 + prices + x", instruments="0 + cost + spread")
    found = ir.conditional_strength(ir.estimate(demand, panel()))
    first = ir.first_stage(panel(), demand)
    assert found.loc["prices", "conditional_F"] == pytest.approx(first.loc["prices", "F"])
    assert found.loc["prices", "partial_R2"] == pytest.approx(first.loc["prices", "partial_R2"])


def test_columns_that_move_only_together_are_told():
    demand = ir.Demand(
        "1 + prices + ads + x", endogenous=("prices", "ads"), instruments="0 + cost + other"
    )
    assert (ir.first_stage(panel(), demand)["F"] > 100).all()
    found = ir.conditional_strength(ir.estimate(demand, panel()))
    assert (found["conditional_F"] < 10).all()
    assert (found["degrees"] == 1).all()


def test_of_a_standard_deviation_by_hand():
    """-ddelta/dsigma by differences of the inversion, and two regressions."""
    fit = fitted("0 + cost + spread + other")
    table, step = fit.panel.products, 1e-5
    demand, params = DemandAtParameters(fit), fit.params.to_numpy()
    up, down = (demand.at(params + s * np.eye(4)[3]).delta for s in (step, -step))
    in_sigma = -(up - down) / (2 * step)
    W = np.column_stack([np.ones(len(table)), table["x"]])

    def residual(columns, on):
        return columns - on @ np.linalg.lstsq(on, columns, rcond=None)[0]

    Z = residual(table[["cost", "spread", "other"]].to_numpy(), W)
    target, price = residual(in_sigma, W), residual(table["prices"].to_numpy(), W)
    price_hat = price - residual(price, Z)
    rest = target - price * (price_hat @ target) / (price_hat @ price)
    unexplained = residual(rest, Z)
    explained = rest @ rest - unexplained @ unexplained
    expected = explained / 2 / (unexplained @ unexplained / (len(table) - 5))
    found = ir.conditional_strength(fit)
    assert found.loc["sigma[x]", "conditional_F"] == pytest.approx(expected, rel=1e-6)
    assert list(found.index) == ["prices", "sigma[x]"]


def test_differentiation_instruments_are_what_tells_it():
    weak, strong = (
        ir.conditional_strength(fitted(f"0 + cost + {z}")).loc["sigma[x]", "conditional_F"]
        for z in ("other", "spread")
    )
    assert weak < 10 < strong


def test_nothing_to_be_moved_is_refused():
    fit = ir.estimate(ir.Demand("1 + x", endogenous=()), panel())
    with pytest.raises(ir.InputError, match="no such column"):
        ir.conditional_strength(fit)
