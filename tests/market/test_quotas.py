"""Quotas: shadow prices as the specific tax that does as much, complementarity, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import inroads as ir
from tests.dynamics.test_market_path import LAUNCH, known
from tests.market.test_labelled import market as small
from tests.market.test_vertical import firms


def market():
    return known().market(1, size=1000.0)


def taxed(base, unit, *makers):
    return base.after(*(ir.Tax(unit=unit, manufacturer=maker) for maker in makers)).solve(
        certificate=False
    )


@pytest.mark.parametrize("units", [200.0, 30.0])
def test_the_shadow_price_is_the_tax_that_keeps_the_quota(units):
    """Two firms under one quota; the tax found by bisection on what they sell."""
    base = market()
    found = base.after(ir.Quota(units, ("A", "C"))).solve()

    def excess(unit):
        return float(taxed(base, unit, "A", "C").sales()[["A", "C"]].sum()) - units

    unit = brentq(excess, 0.0, 20.0, xtol=1e-13)
    row = found.quotas.loc["A, C"]
    assert row["shadow_price"] == pytest.approx(unit, rel=1e-8)
    assert row["sold"] == pytest.approx(units, rel=1e-10)
    assert row["rent"] == pytest.approx(unit * units, rel=1e-8)
    direct = taxed(base, unit, "A", "C")
    np.testing.assert_allclose(found.prices, direct.prices, rtol=1e-9)
    # Sellers keep what the tax would have taken.
    kept = direct.profits + unit * direct.sales()[direct.profits.index]
    np.testing.assert_allclose(found.profits, kept, rtol=1e-8)
    assert found.certificate.is_equilibrium()


def test_a_quota_that_is_not_used_up_costs_nothing():
    base = market()
    free, found = base.solve(), base.after(ir.Quota(460.0, ("A", "C"))).solve()
    np.testing.assert_allclose(found.prices, free.prices, rtol=1e-10)
    assert found.quotas["shadow_price"].item() == 0
    assert free.quotas.empty


def test_several_quotas_each_bind_or_cost_nothing():
    """A firm's, a group's that holds it, an offer's; all three with a newcomer."""
    base = market().after(LAUNCH)
    quotas = (
        ir.Quota(90.0, ("A",)),
        ir.Quota(250.0, ("A", "N"), name="imports"),
        ir.Quota(60.0, offers=("c",)),
    )
    found = base.after(*quotas).solve().quotas
    assert (found["sold"] <= found["units"] * (1 + 1e-9)).all()
    assert (found["shadow_price"] >= 0).all()
    slack = 1 - found["sold"] / found["units"]
    np.testing.assert_allclose(found["shadow_price"] * slack, 0.0, atol=1e-9)
    assert (found["shadow_price"] > 0).sum() >= 2
    # Their taxes together, on whom each counts.
    own = found["shadow_price"]
    taxes = {"A": own["A"] + own["imports"], "N": own["imports"], "C": own["c"]}
    direct = base.after(*(ir.Tax(unit=t, manufacturer=maker) for maker, t in taxes.items()))
    restrained = base.after(*quotas).solve()
    np.testing.assert_allclose(restrained.prices, direct.solve().prices, rtol=1e-9)


def test_who_comes_later_counts_and_who_leaves_does_not():
    quota = ir.Quota(100.0, ("C",))
    after = market().after(quota, ir.ChangeCost(amount=-0.4, manufacturer="C")).solve()
    assert after.quotas["sold"].item() == pytest.approx(100.0, rel=1e-9)
    gone = market().after(quota, ir.Withdraw(offer="c")).solve()
    assert gone.quotas.loc["C", ["sold", "shadow_price"]].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(gone.prices, market().after(ir.Withdraw(offer="c")).solve().prices)
    joined = (
        market()
        .after(
            ir.Quota(100.0, ("C",)),
            ir.Launch(
                "d", manufacturer="C", price=1.2, production_cost=0.5, characteristics={"size": 1.3}
            ),
        )
        .solve()
    )
    assert joined.sales()["C"] == pytest.approx(100.0, rel=1e-9)
    merged = market().after(ir.Quota(300.0, ("A", "C")), ir.Merge("A", "C")).solve()
    assert merged.quotas["sold"].item() <= 300.0 * (1 + 1e-9)


def test_beside_capacities_and_along_a_chain():
    base = market()
    offers = base.offers.assign(capacity=[150.0, np.inf, np.inf])
    limited = ir.Market(
        offers=offers, consumers=base.consumers, pricing=base.pricing, size=base.size
    ).after(ir.Quota(80.0, ("C",)))
    solved = limited.solve()
    np.testing.assert_allclose(solved.shares[["a", "c"]] * 1000, [150.0, 80.0], rtol=1e-9)
    # Shops set most prices; what the maker itself sells at list prices counts too.
    shops = small().with_firms(firms())
    units = 0.8 * float(shops.solve().sales()["Big"])
    found = shops.after(ir.Quota(units, ("Big",))).solve()
    row = found.quotas.loc["Big"]
    assert row["sold"] == pytest.approx(units, rel=1e-9)
    direct = shops.after(ir.Tax(unit=row["shadow_price"], manufacturer="Big")).solve()
    np.testing.assert_allclose(found.prices, direct.prices, rtol=1e-9)


def test_with_standard_errors_and_over_time():
    fit = known(pd.Series({"prices": 0.05, "size": 0.05}))
    quota = ir.Quota(200.0, ("A",))
    price = fit.standard_errors_of(
        lambda f: f.market(1, 1000.0).after(quota).solve(certificate=False).quotas["shadow_price"]
    )
    assert price.standard_errors[0] > 0
    table = fit.counterfactual(1, quota, size=1000.0)
    assert table.loc["share", "after"][["a", "b"]].sum() == pytest.approx(0.2, rel=1e-9)
    path = ir.follow(fit.market(1, 1000.0), 2, {1: [quota]}, season=(1.0, 1.2))
    assert path.sales()["A"].tolist() == pytest.approx([350.0, 200.0], rel=1e-9)


def test_bad_input():
    base = market()
    held = base.after(ir.SetPrice(offer="a", by=0.0), ir.SetPrice(offer="b", by=0.0))
    holdings = pd.DataFrame([[1.0, 0.2], [0.0, 1.0]], ["A", "C"], ["A", "C"])
    crossed = ir.Market(
        offers=base.offers, consumers=base.consumers, pricing=base.pricing, holdings=holdings
    )
    bargained = ir.Market(offers=base.offers, consumers=base.consumers, pricing=ir.Vertical())
    quota = ir.Quota(200.0, ("A",))
    for call, message in (
        (lambda: base.after(ir.Quota(200.0, ("Z",))), "Z"),
        (lambda: base.after(ir.Quota(200.0, "A")), "tuples of names"),
        (lambda: base.after(ir.Quota(200.0)), "manufacturers= or offers="),
        (lambda: base.after(ir.Quota(0.0, ("A",))), "units above 0"),
        (lambda: base.after(quota, quota), "a name that no other quota has"),
        (lambda: crossed.after(quota), "holdings"),
        (lambda: bargained.after(quota), "bargained over"),
        (lambda: held.after(quota).solve(), "whose price somebody sets"),
        (lambda: base.after(quota).equilibria(), "capacities or quotas"),
        (lambda: ir.certify(base.after(quota)), "capacities and quotas"),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()
