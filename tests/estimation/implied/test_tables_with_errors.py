"""Standard errors of predictions, elasticities, diversion and counterfactuals."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import inroads as ir

PARAMS = {"1": -0.5, "prices": -2.0, "size": 1.5, "sigma[size]": 0.6}
ERRORS = pd.Series({"1": 0.02, "prices": 0.04, "size": 0.03, "sigma[size]": 0.02})
CHANGE = ir.Change("b", size=1.4)
LAUNCH = ir.Launch(
    "d", manufacturer="D", price=1.2, production_cost=0.6, characteristics={"size": 0.9}, xi=0.1
)


@cache
def panel():
    table = pd.DataFrame(
        {
            "market_ids": [1, 1, 1, 2, 2],
            "product_ids": ["a", "b", "c", "a", "b"],
            "firm_ids": ["A", "B", "C", "A", "B"],
            "prices": [1.0, 1.3, 1.7, 1.1, 1.2],
            "shares": [0.2, 0.15, 0.1, 0.25, 0.2],
            "size": [1.0, 1.2, 1.5, 1.0, 1.2],
        }
    )
    agents = pd.DataFrame(
        {
            "market_ids": np.repeat([1, 2], 5),
            "weights": 0.2,
            "nodes0": np.tile(np.linspace(-1.4, 1.4, 5), 2),
        }
    )
    return ir.read_panel(table, agents)


def at(params, covariance=None):
    demand = ir.Demand("1 + prices + size", random="0 + size")
    return ir.known_demand(demand, panel(), params, covariance=covariance)


NEW = pd.DataFrame(
    {"market_ids": 1, "product_ids": ["a", "x"], "prices": [0.9, 1.5], "size": [1.1, 2.0]}
)


def tables(known, errors):
    """Every table, with its column that has errors."""
    counterfactuals = {
        name: known.counterfactual(1, *moves, size=100.0, standard_errors=errors)
        for name, moves in (
            ("change", [CHANGE]),
            ("launch", [LAUNCH]),
            ("withdraw", [ir.Withdraw(offer="c")]),
        )
    }
    return {
        "predict": known.predict(NEW, standard_errors=errors),
        "elasticities": known.elasticities(standard_errors=errors),
        "in size": known.elasticities(2, of="size", standard_errors=errors),
        "diversion": known.diversion(1, when="removed", standard_errors=errors),
        **counterfactuals,
    }


def numbers(params):
    """What the tables have errors of, of demand known anew."""
    known = at(params)
    market = known.market(1, 100.0)
    before = market.solve(certificate=False)
    values = [
        known.predict(NEW)["predicted"],
        known.elasticities()["elasticity"],
        known.elasticities(2, of="size").to_numpy().ravel(),
        known.diversion(when="removed")["diversion"].head(9),
    ]
    for move in (CHANGE, LAUNCH, ir.Withdraw(offer="c")):
        after = market.after(move).solve(certificate=False)
        gain = after.consumer_surplus - before.consumer_surplus
        values += [after.prices, after.shares, [after.profits["A"] - before.profits["A"], gain]]
    return np.concatenate(values)


def errors_told():
    """Standard errors in the same order."""
    found = tables(at(PARAMS, ERRORS), "delta")
    plain = ("predict", "elasticities", "in size", "diversion")
    values = [found[name]["standard_error"] for name in plain]
    for name in ("change", "launch", "withdraw"):
        errors = found[name]["standard_error"]
        offers = errors["price"].dropna().index
        values += [errors["price"][offers], errors["share"][offers]]
        values += [[errors["profit", "A"], errors["consumer_surplus", "all"]]]
    return np.concatenate(values)


def test_errors_are_those_of_parameters():
    """Parameters being independent, errors are sums of squared slopes, by hand."""
    center, variance = pd.Series(PARAMS), 0.0
    for name, error in ERRORS.items():
        step = pd.Series({name: 1e-3 * error}).reindex(center.index, fill_value=0.0)
        up, down = (numbers((center + sign * step).to_dict()) for sign in (1, -1))
        variance = variance + ((up - down) / 2e-3) ** 2
    found = errors_told()
    assert found.shape == variance.shape
    np.testing.assert_allclose(found, np.sqrt(variance), rtol=1e-5, atol=1e-9)


def test_errors_are_those_of_draws():
    """Draws from the covariance of parameters (a standard error of 9 percent)."""
    known = at(PARAMS, ERRORS)
    delta = known.counterfactual(1, LAUNCH, size=100.0)
    drawn = known.counterfactual(1, LAUNCH, size=100.0, standard_errors="bootstrap", draws=60)
    assert (drawn["low"] < drawn["high"]).all()
    np.testing.assert_allclose(drawn["standard_error"], delta["standard_error"], rtol=0.3)


def test_one_product_by_hand():
    """d share = share (1 - share) price d alpha; an elasticity is alpha p (1 - s)."""
    table = pd.DataFrame({"market_ids": [1], "prices": [1.5], "shares": [0.3]})
    known = ir.known_demand(
        ir.Demand("1 + prices"),
        ir.read_panel(table),
        {"1": 0.5, "prices": -1.0},
        covariance=pd.Series({"prices": 0.1}),
    )
    row = known.predict(standard_errors=True).iloc[0]
    share = 1 / (1 + np.e)
    assert row["predicted"] == pytest.approx(share, rel=1e-12)
    assert row["standard_error"] == pytest.approx(share * (1 - share) * 1.5 * 0.1, rel=1e-5)
    half = 1.959963984540054 * row["standard_error"]
    assert row["high"] - row["predicted"] == pytest.approx(half, rel=1e-9)
    pair = known.elasticities(standard_errors="delta").iloc[0]
    assert pair["standard_error"] == pytest.approx(1.5 * 0.7 * 0.1, rel=1e-6)


def test_tables_are_those_without_errors():
    known = at(PARAMS, ERRORS)
    columns = ["standard_error", "low", "high"]
    for name, table in tables(known, "delta").items():
        assert list(table.columns[-3:]) == columns, name
    pd.testing.assert_frame_equal(
        known.elasticities(standard_errors=True).drop(columns=columns), known.elasticities()
    )
    one = known.elasticities(2, standard_errors=True)
    np.testing.assert_allclose(one["elasticity"], known.elasticities(2).to_numpy().ravel())
    plain = at(PARAMS).counterfactual(1, CHANGE, size=100.0, standard_errors=False)
    assert list(plain.columns) == ["before", "after", "change"]
    whole = known.counterfactual(1, CHANGE, size=100.0)
    pd.testing.assert_frame_equal(plain, whole[list(plain.columns)])
    # What the data say has no error.
    held = known.predict(xi="estimated", standard_errors=True)
    assert held["standard_error"].max() < 1e-9


def test_a_counterfactual_is_the_market_before_and_after():
    known = at(PARAMS, ERRORS)
    found = known.counterfactual(1, LAUNCH, ir.Withdraw(offer="c"), size=100.0)
    market = known.market(1, 100.0)
    before = market.solve()
    after = market.after(LAUNCH, ir.Withdraw(offer="c")).solve()
    np.testing.assert_allclose(found.loc["price", "before"][["a", "b", "c"]], [1.0, 1.3, 1.7])
    np.testing.assert_allclose(found.loc["price", "after"][after.prices.index], after.prices)
    np.testing.assert_allclose(found.loc["profit", "before"][["A", "B", "C"]], before.profits)
    gain = after.consumer_surplus - before.consumer_surplus
    assert found.loc[("consumer_surplus", "all"), "change"] == pytest.approx(gain, rel=1e-9)
    # Who is not there sells nothing, at no price.
    assert found.loc[("share", "d"), "before"] == 0
    assert found.loc[("profit", "C"), "after"] == 0
    assert np.isnan(found.loc[("price", "d"), "change"])
    assert found.loc[("price", "d"), "standard_error"] > 0
    assert np.isnan(found.loc[("price", "c"), "standard_error"])
    assert found.loc[("share", "c"), "standard_error"] < 1e-9


def test_formulas_go_with_what_is_fitted():
    """Of `standard_errors_of` too, where products change."""
    known = at(PARAMS, ERRORS)
    by_hand = known.standard_errors_of(
        lambda f: f.market(1, 100.0).after(CHANGE).solve(certificate=False).shares
    ).to_frame()
    table = known.counterfactual(1, CHANGE, size=100.0).loc["share"]
    np.testing.assert_allclose(by_hand["standard_error"], table["standard_error"], rtol=1e-8)


def test_without_a_covariance_there_are_none():
    for call in (
        lambda k: k.predict(standard_errors=True),
        lambda k: k.elasticities(standard_errors=True),
        lambda k: k.counterfactual(1, CHANGE),
    ):
        with pytest.raises(ir.InputError, match="a finite covariance of estimates"):
            call(at(PARAMS))
    with pytest.raises(ir.InputError, match="delta"):
        at(PARAMS, ERRORS).predict(standard_errors="jackknife")
