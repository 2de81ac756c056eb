"""Groups of consumers: sums over them are the market's, and each is demand of its own."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from tests.estimation.cereals import estimated


def incomes():
    return estimated().panel.agents["income"].to_numpy()


def merged(fitted):
    firms = fitted.column("firm_ids").astype(str)
    return fitted.at_prices(fitted.prices(np.where(firms == "2", "1", firms)))


def test_groups_add_up_to_the_market():
    fitted = estimated().fitted
    found = fitted.by_group("income", quantiles=4, after=merged(fitted))
    assert list(found.index) == [1, 2, 3, 4]
    assert found.index.name == "income"
    np.testing.assert_allclose(found["consumers"], 0.25, atol=0.01)
    w, markets = found["consumers"], len(fitted.panel.markets)
    inside = fitted.column("shares").sum() / markets
    assert (w * found["buyers"]).sum() == pytest.approx(inside, rel=1e-9)
    spent = (fitted.column("shares") * fitted.column("prices")).sum() / markets
    paid = (w * found["buyers"] * found["mean_price"]).sum()
    assert paid == pytest.approx(spent, rel=1e-9)
    surplus = fitted.consumer_surplus()
    assert (w * found["surplus"]).sum() == pytest.approx(surplus.mean(), rel=1e-9)
    lost = merged(fitted).consumer_surplus() - surplus
    assert (w * found["surplus_change"]).sum() == pytest.approx(lost.mean(), rel=1e-8)
    assert (found["surplus_change"] < 0).all()
    own = fitted.own_elasticities() * fitted.column("shares")
    units = w * found["buyers"]
    assert (units * found["own_elasticity"]).sum() == pytest.approx(own.sum() / markets, rel=1e-9)
    # Income makes these buyers less sensitive to price.
    assert found["own_elasticity"].is_monotonic_increasing


def test_surplus_by_hand_in_one_market():
    """One agent, one group: ln(1 + sum exp u) / alpha."""
    fitted = estimated().fitted
    agents = fitted.panel.agents
    here = np.flatnonzero(agents["market_ids"] == "C01Q1")
    labels = np.full(len(agents), "others", dtype=object)
    labels[here[3]] = "one"
    found = fitted.by_group(labels, market="C01Q1").loc["one"]
    products, buyers = fitted.buyers_of("C01Q1")
    u = buyers.utility[:, 3] - buyers.alpha[3] * fitted.column("prices")[products]
    assert found["surplus"] == pytest.approx(np.log1p(np.exp(u).sum()) / buyers.alpha[3], rel=1e-9)
    P = np.exp(u) / (1 + np.exp(u).sum())
    assert found["buyers"] == pytest.approx(P.sum(), rel=1e-9)
    a = buyers.alpha[3]
    to_none = (a * P * (1 - P.sum())).sum() / (a * P * (1 - P)).sum()
    assert found["diversion_to_none"] == pytest.approx(to_none, rel=1e-9)


def test_a_group_alone_is_demand():
    fitted = estimated().fitted
    rich = incomes() > np.median(incomes())
    some = fitted.panel.agents.assign(rich=rich).groupby("market_ids")["rich"].any()
    assert some.all()
    alone = fitted.of_group(rich)
    found = fitted.by_group(rich, market="C01Q1").loc[True]
    here = fitted.column("market_ids") == "C01Q1"
    assert alone.column("shares")[here].sum() == pytest.approx(found["buyers"], rel=1e-9)
    assert alone.consumer_surplus()["C01Q1"] == pytest.approx(found["surplus"], rel=1e-9)
    mean = np.average(alone.own_elasticities()[here], weights=alone.column("shares")[here])
    assert mean == pytest.approx(found["own_elasticity"], rel=1e-9)
    np.testing.assert_allclose(alone.diversion("C01Q1").sum(axis=1), 1.0, rtol=1e-12)
    for call in (alone.margins, alone.costs, lambda: alone.market("C01Q1")):
        with pytest.raises(ir.InputError, match="demand of a group"):
            call()


def test_standard_errors_both_ways():
    fit = estimated()
    V = fit.covariance / 400
    tight = type(fit)(**{n: getattr(fit, n) for n in fit.__dataclass_fields__} | {"covariance": V})
    ask = {"quantiles": 2, "market": "C01Q1", "after": merged_here}
    delta = tight.by_group("income", **ask)
    assert list(delta.index.names) == ["income", "quantity"]
    value = fit.fitted.by_group("income", quantiles=2, market="C01Q1").loc[2, "own_elasticity"]
    assert delta.loc[(2, "own_elasticity"), "estimate"] == pytest.approx(value, rel=1e-9)
    assert delta.loc[(1, "consumers"), "standard_error"] == 0
    drawn = tight.by_group("income", method="bootstrap", draws=60, seed=2, **ask)
    kept = delta["standard_error"] > 0
    ratio = drawn.loc[kept, "standard_error"] / delta.loc[kept, "standard_error"]
    np.testing.assert_allclose(ratio, 1.0, atol=0.35)


def merged_here(fitted):
    """Ten percent dearer, which is quick."""
    return fitted.at_prices(fitted.column("prices") * 1.1)


def test_sizes_of_markets_weigh():
    fitted = estimated().fitted
    markets = fitted.panel.markets
    one = pd.Series(1e-12, markets)
    one["C01Q1"] = 1.0
    heavy = fitted.by_group("income", quantiles=2, sizes=one)
    pd.testing.assert_frame_equal(
        heavy, fitted.by_group("income", quantiles=2, market="C01Q1"), rtol=1e-8
    )


def test_bad_input():
    fitted = estimated().fitted
    logit = ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), fitted.panel)
    for call, message in (
        (lambda: fitted.by_group("incom"), "did you mean 'income'"),
        (lambda: fitted.by_group("income"), "quantiles=4"),
        (lambda: fitted.by_group("income", quantiles=1), "2 or more quantiles"),
        (lambda: fitted.by_group("child", quantiles=9), "none in number"),
        (lambda: fitted.by_group([1, 2]), "labels of 1880 agents"),
        (lambda: fitted.by_group("income", quantiles=2, market="C9"), "a market of the panel"),
        (lambda: fitted.by_group("income", quantiles=2, sizes={"C01Q1": 1.0}), "every market"),
        (lambda: fitted.of_group(np.zeros(1880, dtype=bool)), "members of the group"),
        (lambda: fitted.of_group([True]), "a mask of 1880"),
        (lambda: logit.fitted.by_group("income", quantiles=2), "consumers differ"),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()
