"""Moments that are met exactly at the estimate have no variance: they weigh without end."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.gmm.weights import ExactMomentError, efficient_weights


def goods(seed=0, markets=40, size=6):
    rng = np.random.default_rng(seed)
    n = markets * size
    market = np.repeat(np.arange(markets), size)
    x, z, xi = rng.uniform(0, 2, n), rng.normal(size=n), 0.5 * rng.normal(size=n)
    prices = 4 + 0.4 * x + 0.6 * z + 0.5 * xi + 0.2 * rng.normal(size=n)
    u = np.exp(3 - 1.5 * prices + x + xi)
    shares = u / (1 + np.bincount(market, u)[market])
    w = rng.normal(size=n)
    return pd.DataFrame(
        {
            "market_ids": market,
            "firm_ids": np.tile(np.arange(size) % 3, markets),
            "product_ids": np.tile(np.arange(size), markets),
            "shares": shares,
            "prices": prices,
            "x": x,
            "w": w,
            "z": z,
            "demand_instruments0": z,
            "demand_instruments1": w * z,
            "supply_instruments0": rng.normal(size=n),
        }
    )


def labelled(data, rows):
    """A category with a level of its own for some rows."""
    label = np.where(data.x > 1, "hi", "lo").astype(object)
    label[rows] = "zz"
    return data.assign(label=label)


@pytest.mark.parametrize("row", range(0, 240, 24))
def test_a_dummy_of_one_row_says_what_its_absorption_says(row):
    panel = ir.read_panel(labelled(goods(), row))
    found = ir.estimate(ir.Demand("1 + prices + C(label)"), panel)
    absorbed = ir.estimate(ir.Demand("0 + prices", absorb="label"), panel)
    assert found.params["prices"] == pytest.approx(absorbed.params["prices"], rel=1e-10)
    assert found.overidentification.degrees == absorbed.overidentification.degrees == 1
    assert found.overidentification.statistic == pytest.approx(
        absorbed.overidentification.statistic, rel=1e-8
    )
    error = absorbed.standard_errors["prices"]
    assert found.standard_errors["prices"] == pytest.approx(error, rel=0.01)
    assert found.xi[row] == pytest.approx(0.0, abs=1e-10)


def test_the_row_could_as_well_be_left_out():
    """Its residual is zero: what is left is two-step GMM on the other rows, by hand."""
    data, row = labelled(goods(), 50), 50
    found = ir.estimate(ir.Demand("1 + prices + C(label)"), ir.read_panel(data))
    inside = data.groupby("market_ids").shares.transform("sum")
    y = (np.log(data.shares) - np.log(1 - inside)).drop(row).to_numpy()
    rest = data.drop(index=row)
    ones, lo = np.ones(len(rest)), (rest.label == "lo").to_numpy(float)
    X = np.column_stack([ones, rest.prices, lo])
    Z = np.column_stack([ones, lo, rest.demand_instruments0, rest.demand_instruments1])

    def gmm(W):
        A = X.T @ Z @ W @ Z.T
        return np.linalg.solve(A @ X, A @ y)

    g = Z * (y - X @ gmm(np.linalg.inv(Z.T @ Z)))[:, None]
    total, N = g.sum(axis=0) / len(data), len(data)
    S = g.T @ g / N - np.outer(total, total)
    assert found.params["prices"] == pytest.approx(gmm(np.linalg.inv(S))[1], rel=1e-10)


@pytest.mark.parametrize("steps", [2, "iterated"])
def test_several_such_dummies(steps):
    data, rows = goods(), [3, 77, 140]
    data["label"] = np.where(data.x > 1, "hi", "lo")
    data.loc[rows, "label"] = [f"only{k}" for k in range(3)]
    panel = ir.read_panel(data)
    found = ir.estimate(ir.Demand("1 + prices + C(label)"), panel, steps=steps)
    absorbed = ir.estimate(ir.Demand("0 + prices", absorb="label"), panel, steps=steps)
    assert not found.unidentified_directions
    assert found.overidentification.degrees == 1
    near = 0.01 * absorbed.standard_errors["prices"]
    assert found.params["prices"] == pytest.approx(absorbed.params["prices"], abs=near)
    if steps == 2:
        assert found.params["prices"] == pytest.approx(absorbed.params["prices"], rel=1e-10)


def test_a_dummy_that_is_a_union_of_clusters():
    """Its moment sums to zero in the one cluster it lives in."""
    data = goods(markets=60).assign(clustering_ids=lambda d: d.market_ids)
    data["promoted"] = (data.market_ids == 7).astype(float)
    found = ir.estimate(
        ir.Demand("1 + prices + x + promoted"), ir.read_panel(data), errors="clustered"
    )
    data["group"] = data.promoted
    absorbed = ir.estimate(
        ir.Demand("0 + prices + x", absorb="group"), ir.read_panel(data), errors="clustered"
    )
    assert found.params["prices"] == pytest.approx(absorbed.params["prices"], rel=1e-10)
    assert not found.unidentified_directions


@pytest.mark.parametrize("log", [True, False])
def test_a_dummy_among_costs(log):
    data = goods().assign(odd=0.0)
    data.loc[33, "odd"] = 1.0
    demand, start = ir.Demand("1 + prices + x"), {"prices": -1.0}

    def estimate(costs, frame):
        supply = ir.Supply(costs, log=log, lowest=0.001 if log else None)
        return ir.estimate(demand, ir.read_panel(frame), supply=supply, start=start, n_starts=1)

    found = estimate("1 + w + odd", data)
    assert found.converged
    assert not found.unidentified_directions
    assert found.omega[33] == pytest.approx(0.0, abs=1e-8)
    again = estimate("1 + w + odd", data.iloc[::-1].reset_index(drop=True))
    np.testing.assert_allclose(again.params, found.params, rtol=1e-6)


def test_exact_moments_that_nothing_can_meet_are_refused_by_name():
    """Two instruments that live where demand fits perfectly, and one parameter."""
    data = goods()
    perfect = data.market_ids % 3 == 0
    u = np.exp(-data.prices + np.where(perfect, 0.0, 0.3 * data.w))
    data["shares"] = u / (1 + u.groupby(data.market_ids).transform("sum"))
    data["demand_instruments0"] = np.where(perfect, data.z, 0.0)
    data["demand_instruments1"] = np.where(perfect, data.z**2, 0.0)
    with pytest.raises(InputError, match=r"the moment of demand_instruments\d met exactly"):
        ir.estimate(ir.Demand("0 + prices"), ir.read_panel(data))


def test_fewer_parameters_than_exact_moments():
    Z = np.eye(4)[:, :3]
    equation, u = Equation(np.ones((4, 1)), Z), np.array([0.0, 0.0, 1.0, 0.5])
    g = Z * u[:, None]
    with pytest.raises(ExactMomentError):
        efficient_weights([equation], [u], g.T @ g / 4)


def test_a_covariance_that_is_nearly_singular_is_said_with_its_condition_number():
    """A dummy of one row, as an instrument only beside a regressor that nearly is that dummy."""
    data = goods()
    one = (np.arange(len(data)) == 50) * 1.0
    data["almost"] = one + 1e-6 * data.w
    found = ir.estimate(ir.Demand("1 + prices + x + almost"), ir.read_panel(data))
    assert found.condition > 1e8
    assert f"condition number {found.condition:.0e}" in found.summary()
    plain = ir.estimate(ir.Demand("1 + prices + x"), ir.read_panel(data))
    assert plain.condition < 1e3
    assert "condition number" not in plain.summary()
