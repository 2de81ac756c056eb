"""Fixed effects: the residual of least squares on all dummies, on any graph, and their rank."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inroads as ir
from inroads.errors import InputError
from inroads.estimation.design import fixed_effects
from inroads.estimation.design.fixed_effects import FixedEffects


def dummies(codes):
    return np.column_stack([(column[:, None] == np.unique(column)) for column in codes.T]) * 1.0


def chain(links):
    """Each product in two neighbouring stores, two weeks: a graph as long as it can be."""
    return np.array([(i, s) for i in range(links) for s in (i, i + 1) for _ in range(2)])


@given(
    st.integers(1, 3), st.integers(5, 60), st.lists(st.integers(1, 12), min_size=3, max_size=3),
    st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_they_are_those_of_dummies(effects, rows, levels, seed):
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, levels[k], rows) for k in range(effects)]
    codes = np.column_stack([pd.factorize(column)[0] for column in drawn])
    y = rng.normal(size=(rows, 2)) * [1.0, 1e6]
    D = dummies(codes)
    expected = y - D @ np.linalg.lstsq(D, y, rcond=None)[0]
    found = FixedEffects(codes)
    np.testing.assert_allclose(found.residualize(y), expected, atol=1e-12 * np.abs(y).max())
    assert found.rank == np.linalg.matrix_rank(D)


@pytest.mark.parametrize("dense", [2500, 10])
@pytest.mark.parametrize("links", [5, 40, 300])
def test_long_thin_graphs(monkeypatch, links, dense):
    """Dense factors, and sparse ones after conjugate gradients that were too slow."""
    monkeypatch.setattr(fixed_effects, "_DENSE", dense)
    codes = chain(links)
    y = np.random.default_rng(0).normal(size=(len(codes), 2))
    rest = FixedEffects(codes).residualize(y)
    D = dummies(codes)
    np.testing.assert_allclose(D.T @ rest, 0.0, atol=1e-11)
    inside = D @ np.linalg.lstsq(D, y - rest, rcond=None)[0]
    np.testing.assert_allclose(y - rest, inside, atol=1e-9)


def test_conjugate_gradients_on_a_well_mixed_graph(monkeypatch):
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, 80, 4000), rng.integers(0, 60, 4000)])
    y = rng.normal(size=(4000, 3))
    expected = FixedEffects(codes).residualize(y)
    monkeypatch.setattr(fixed_effects, "_DENSE", 10)
    monkeypatch.setattr("scipy.sparse.linalg.splu", None)
    np.testing.assert_allclose(FixedEffects(codes).residualize(y), expected, atol=1e-13)


def market_data(seed=4):
    """Age is year less launch year: model and year explain it exactly, together."""
    rng = np.random.default_rng(seed)
    rows = []
    for model in range(60):
        launch, life = int(rng.integers(1980, 2000)), int(rng.integers(3, 9))
        rows += [(model, year, year - launch) for year in range(launch, min(launch + life, 2004))]
    d = pd.DataFrame(rows, columns=["model", "market_ids", "age"])
    quality = rng.normal(size=60)[d.model] + 0.3 * rng.normal(size=len(d))
    d["cost"], d["hp"] = rng.normal(size=(2, len(d)))
    d["prices"] = 5 + 0.8 * d.cost + 0.6 * quality + 0.3 * rng.normal(size=len(d))
    d["shares"] = np.exp(-2 - 0.5 * d.prices + 0.3 * d.hp + quality) / 20
    d["shares"] /= 1 + d.groupby("market_ids").shares.transform("sum")
    return d.assign(demand_instruments0=d.cost)


BOTH = "model + market_ids"


def test_what_effects_explain_together_is_refused_by_name():
    panel = ir.read_panel(market_data())
    with pytest.raises(InputError, match="found age, which fixed effects explain"):
        ir.estimate(ir.Demand("0 + prices + hp + age", absorb=BOTH), panel)


@pytest.mark.parametrize("steps", [1, 2])
def test_as_an_instrument_it_is_dropped_and_named(steps):
    data, demand = market_data(), ir.Demand("0 + prices + hp", absorb=BOTH)
    right = ir.estimate(demand, ir.read_panel(data), steps=steps)
    more = ir.estimate(
        demand, ir.read_panel(data.assign(demand_instruments1=data.age)), steps=steps
    )
    assert more.design.dropped == ("demand_instruments1",)
    pd.testing.assert_frame_equal(more.to_frame(), right.to_frame(), rtol=1e-12)
    assert more.overidentification.degrees == 0


def test_as_the_only_instrument_it_is_refused():
    data = market_data()
    panel = ir.read_panel(data.assign(demand_instruments0=data.age))
    with pytest.raises(InputError, match="at least 2 instruments"):
        ir.estimate(ir.Demand("0 + prices + hp", absorb=BOTH), panel)
