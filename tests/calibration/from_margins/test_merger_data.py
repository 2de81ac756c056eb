"""A practitioner's table to a screened and simulated merger: the beer of Epstein and Rubinfeld."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.calibration.from_margins.logit import fit_margins
from inroads.errors import InputError

BEER = pd.DataFrame(
    {
        "product_ids": ["bud", "old style", "miller", "miller lite", "other l", "other r"],
        "firm_ids": ["BUD", "OLD STYLE", "MILLER", "MILLER", "OTHER-L", "OTHER-R"],
        "prices": [0.0441, 0.0328, 0.0409, 0.0396, 0.0387, 0.0497],
        "shares": [0.066, 0.172, 0.253, 0.187, 0.099, 0.223],
        "margins": [0.3830, 0.5515, 0.5421, 0.5557, 0.4453, 0.3769],
    }
)
AFTER = [0.0470148983038, 0.0338410936379, 0.0412117506929, 0.0399117506929, 0.0387586358881]


def test_beer():
    """Exact values of numbers in the reference (closed form of least squares in margin ratios)."""
    industry, fit = ir.market_from_margins(BEER, outside="none", size=1000)
    assert fit.alpha == pytest.approx(73.14831664583866, rel=1e-12)
    found = ir.screen_merger(industry, ir.Merge("BUD", "OLD STYLE"))
    np.testing.assert_allclose(found.offers["price_after"].iloc[:5], AFTER, rtol=1e-9)
    assert found.compensating_variation == pytest.approx(0.5294004262, rel=1e-8)
    assert found.hhi_after - found.hhi_before == pytest.approx(2e4 * 0.066 * 0.172)
    merging = found.offers.loc[["bud", "old style"]]
    assert (merging[["UPP", "GUPPI", "CMCR"]] > 0).all(axis=None)
    assert (found.offers.drop(["bud", "old style"])[["UPP", "GUPPI", "CMCR"]].abs() < 1e-12).all(
        axis=None
    )
    # With costs down by CMCR, prices stay.
    cheaper = industry.after(ir.Merge("BUD", "OLD STYLE"))
    for offer, row in merging.iterrows():
        cheaper = cheaper.after(ir.ChangeCost(fraction=-row["CMCR"], offer=offer))
    np.testing.assert_allclose(cheaper.solve().prices, BEER["prices"], rtol=1e-9)
    assert found.producer_surplus > 0
    rises, passes = ir.market.monopolist_test(industry, ["bud", "old style"])
    assert passes == (rises.max() >= 0.05)


def test_units_and_order_make_no_difference():
    industry, fit = ir.market_from_margins(BEER, outside="none")
    cents, other = ir.market_from_margins(
        BEER.assign(prices=100 * BEER["prices"]).iloc[::-1], outside="none"
    )
    assert other.alpha == pytest.approx(fit.alpha / 100, rel=1e-12)
    merge = ir.Merge("BUD", "OLD STYLE")
    a, b = ir.screen_merger(industry, merge).offers, ir.screen_merger(cents, merge).offers
    np.testing.assert_allclose(b.loc[a.index, "price_after"], 100 * a["price_after"], rtol=1e-10)
    np.testing.assert_allclose(b.loc[a.index, "GUPPI"], a["GUPPI"], rtol=1e-10)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (BEER.drop(columns="margins"), "column 'margins'"),
        (BEER.assign(margins=[1.2, *[0.5] * 5]), "below 1.*row 2 of 'margins': fractions"),
        (BEER.assign(prices=[np.nan, *[0.04] * 5]), "a blank for bud; expected prices above 0"),
        (BEER.assign(shares=["x", *[0.1] * 5]), "found x for bud; expected shares above 0"),
        (BEER.assign(margins=[-0.1, *[0.5] * 5]), "above 0"),
        (BEER.assign(prices=[0.0, *[0.04] * 5]), r"found 0 for bud.*correct row 2 of 'prices'\.$"),
        (BEER.assign(firm_ids=["BUD", None, "M", "M", "L", "R"]), "an id in 'firm_ids'"),
        (BEER.assign(nesting_ids=["a", "a", "", "b", "b", "b"]), "fill in row 4"),
    ],
)
def test_wrong_tables(table, match):
    with pytest.raises(InputError, match=match):
        ir.market_from_margins(table)


CHAIN = pd.DataFrame(
    {
        "product_ids": ["11", "12", "21", "22", "own"],
        "firm_ids": ["W1", "W2", "W1", "W2", "W2"],
        "channel_ids": ["R1", "R1", "R2", "R2", "W2"],
    }
)


@pytest.mark.parametrize("power", ["one", "manufacturer", "channel", "pair"])
@pytest.mark.parametrize("disagreement", ["offer", "pair"])
def test_a_chain_from_margins_is_the_chain_they_come_from(power, disagreement):
    """Two shops, two makers, one with a channel of its own; weights alike as `power` says."""
    weights = {
        "one": [[0.4, 0.4], [0.4, 0.4]],
        "manufacturer": [[0.4, 0.4], [0.6, 0.6]],
        "channel": [[0.4, 0.6], [0.4, 0.6]],
        "pair": [[0.4, 0.6], [0.5, 0.3]],
    }[power]
    table = pd.DataFrame(weights, ["W1", "W2"], ["R1", "R2"])
    offers = CHAIN.set_index("product_ids").set_axis(["manufacturer", "channel"], axis=1)
    offers = offers.assign(price=2.5, production_cost=[0.5, 0.6, 0.5, 0.6, 0.6], retail_cost=0.3)
    buyers = ir.PricedDemand(
        utility=np.array([[1.0], [1.2], [0.8], [1.1], [0.4]]),
        alpha=np.array([0.8]),
        weights=np.ones(1),
    )
    terms = ir.BargainingTerms(table, disagreement=disagreement)
    made = ir.Market(offers=offers, consumers=buyers, pricing=ir.Vertical(terms)).solve()
    p, w = made.state.prices, made.state.wholesale
    seen = CHAIN.assign(
        prices=p,
        wholesale=w,
        shares=made.state.shares,
        channel_margins=(p - w - 0.3) / p,
        manufacturer_margins=[*((w - offers["production_cost"]) / w)[:4], np.nan],
    )
    industry, fit = ir.vertical_market_from_margins(seen, power=power, disagreement=disagreement)
    assert fit.alpha == pytest.approx(0.8, rel=1e-8)
    found = industry.pricing.terms.power.loc[["W1", "W2"], ["R1", "R2"]]
    np.testing.assert_allclose(found.to_numpy(float), weights, rtol=1e-7)
    np.testing.assert_allclose(
        industry.offers["production_cost"], offers["production_cost"], rtol=1e-7
    )
    merge = ir.Merge("R1", "W1")
    before = (
        ir.Market(offers=offers, consumers=buyers, pricing=ir.Vertical(terms)).after(merge).solve()
    )
    np.testing.assert_allclose(industry.after(merge).solve().prices, before.prices, rtol=1e-8)
    with pytest.raises(InputError, match=r"1\.2 for 11; expected margins above 0 and below 1"):
        ir.vertical_market_from_margins(seen.assign(manufacturer_margins=1.2))
    with pytest.raises(InputError, match="column 'channel_ids'"):
        ir.vertical_market_from_margins(seen.drop(columns="channel_ids"))
    with pytest.raises(InputError, match="'one' or 'manufacturer' or 'channel' or 'pair'"):
        ir.vertical_market_from_margins(seen, power="pairs")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"rho": "x"}, "rho: found 'x'; expected a number, or one for each of 6 offers"),
        ({"rho": [0.1, 0.2]}, "rho: found .* one for each of 6 offers"),
        ({"rho": 1.0}, "0 <= rho < 1"),
    ],
)
def test_a_rho_that_is_none(given, match):
    table = BEER.assign(nesting_ids=[1, 1, 1, 2, 2, 2])
    with pytest.raises(InputError, match=match):
        ir.market_from_margins(table, outside="none", **given)


def test_one_seller_of_what_must_be_bought():
    with pytest.raises(InputError, match="two sellers or more where there is no outside option"):
        ir.market_from_margins(BEER.assign(firm_ids="BUD"), outside="none")
    one = CHAIN.assign(channel_ids="R1", prices=2.0, wholesale=1.0, shares=0.2)
    with pytest.raises(InputError, match="two sellers or more"):
        ir.vertical_market_from_margins(
            one.assign(channel_margins=0.3, manufacturer_margins=0.5), outside="none"
        )


def test_rows_are_those_of_the_sheet(tmp_path):
    lines = BEER.assign(prices=[0.04, 0.04, 0.04, -1, 0.04, 0.04]).to_csv(index=False).split("\n")
    (tmp_path / "beer.csv").write_text("\n".join([lines[0], "", *lines[1:]]))
    with pytest.raises(InputError, match="correct row 6 of 'prices'"):
        ir.market_from_margins(tmp_path / "beer.csv")


def test_other_words_for_the_outside_option_are_refused():
    with pytest.raises(InputError, match="'rest' or 'none' or 'unknown'"):
        ir.market_from_margins(BEER, outside="all")


def test_a_candidate_market_has_offers():
    industry, _ = ir.market_from_margins(BEER, outside="none")
    with pytest.raises(InputError, match="candidate market"):
        ir.market.monopolist_test(industry, [])


def test_a_chain_is_not_screened():
    industry, _ = ir.market_from_margins(BEER, outside="none")
    chain = replace(
        industry, offers=industry.offers.assign(channel="SHOP", seller="SHOP", wholesale=0.03)
    )
    with pytest.raises(InputError, match="sell what they make"):
        ir.screen_merger(chain, ir.Merge("BUD", "MILLER"))


class TestBelowZero:
    """Margins of some offers that imply costs below zero for others."""

    SELLERS = pd.DataFrame(
        {
            "product_ids": ["a", "b", "c", "d"],
            "firm_ids": ["F", "F", "G", "H"],
            "prices": [10.0, 2.0, 1.0, 8.0],
            "shares": [0.2, 0.1, 0.15, 0.1],
            "margins": [0.5, np.nan, np.nan, np.nan],
        }
    )

    @pytest.mark.parametrize("extra", [{}, {"nesting_ids": [1, 1, 2, 2]}])
    @pytest.mark.parametrize("outside", ["rest", "none"])
    def test_of_sellers(self, extra, outside):
        table = self.SELLERS.assign(**extra)
        given = {"outside": outside, "rho": 0.2 if extra else 0.0}
        with pytest.raises(InputError, match=r"unit costs of -.* for [bc], .*; -.* for [bc]"):
            ir.market_from_margins(table, **given)
        industry, fit = ir.market_from_margins(table, **given, below_zero=True)
        assert (fit.costs < 0).tolist() == [False, True, True, False]
        assert (fit.fitted > 1).tolist() == [False, True, True, False]
        np.testing.assert_allclose(industry.solve().prices, table["prices"])

    def test_a_market_elasticity_too_low(self):
        with pytest.raises(InputError, match=r"unit costs of -.* for c"):
            ir.market_from_margins(self.SELLERS, market_elasticity=-0.2)

    def test_costs_of_nothing_are_costs(self):
        """What rounding leaves of a cost of zero is no cost below zero."""
        shares = np.array([0.2, 0.3])
        table = pd.DataFrame(
            {
                "product_ids": ["a", "b"],
                "firm_ids": ["F", "G"],
                "prices": 1 / (0.7 * (1 - shares)),
                "shares": shares,
                "margins": [np.nan, np.nan],
            }
        )
        elasticity = -0.7 * (1 - shares.sum()) * (table["prices"] @ shares) / shares.sum()
        _, fit = ir.market_from_margins(table, market_elasticity=elasticity)
        np.testing.assert_allclose(fit.costs, 0, atol=1e-12)

    @pytest.mark.parametrize(
        ("seen", "match"),
        [
            ({"wholesale": [9.0, 1.0, 1.0, 1.0]}, "retail costs of -.* for p, sold at 2"),
            ({"prices": [0.4, 2.0, 2.0, 2.0], "wholesale": 0.3}, "retail costs of -.* for p"),
            ({"wholesale": [0.05, 1.0, 1.0, 1.0]}, "production costs of -.* for p, sold at 2"),
        ],
    )
    def test_of_a_chain_level_by_level(self, seen, match):
        table = pd.DataFrame(
            {
                "product_ids": list("pqrs"),
                "firm_ids": ["W1", "W2", "W1", "W2"],
                "channel_ids": ["R1", "R1", "R2", "R2"],
                "prices": 2.0,
                "wholesale": 1.0,
                "shares": 0.15,
                "channel_margins": [np.nan, 0.3, 0.3, 0.3],
                "manufacturer_margins": [np.nan, 0.5, 0.5, 0.5],
            }
        )
        assert (
            ir.vertical_market_from_margins(table)[0].offers[["production_cost", "retail_cost"]] > 0
        ).all(axis=None)
        with pytest.raises(InputError, match=match):
            ir.vertical_market_from_margins(table.assign(**seen))
        industry, _ = ir.vertical_market_from_margins(table.assign(**seen), below_zero=True)
        assert (industry.offers.loc["p", ["production_cost", "retail_cost"]] < 0).any()


class TestDoubts:
    """What the data hardly support is said, not only returned."""

    SIX = pd.DataFrame(
        {
            "product_ids": [1, 2, 3, 4, 5, 6],
            "firm_ids": ["A", "A", "B", "C", "C", "D"],
            "nesting_ids": ["premium", "value", "premium", "premium", "value", "value"],
            "prices": [10, 8, 11, 9, 7, 6],
            "shares": [0.15, 0.10, 0.12, 0.08, 0.10, 0.15],
            "margins": [0.45, None, None, None, None, 0.40],
        }
    )

    def test_a_nesting_parameter_at_its_bound_and_margins_missed(self) -> None:
        with pytest.warns(ir.CalibrationWarning, match="rho at its bound of 0.* 12 points.* 1\\."):
            _, fit = ir.market_from_margins(self.SIX)
        # Any nesting misses both margins by more.
        problem = self.SIX[["prices", "shares", "margins"]].to_numpy(float).T
        losses = []
        for rho in (0.0, 1e-6, 0.01, 0.1, 0.5, 0.9):
            other = fit_margins(
                *problem, self.SIX["firm_ids"], nests=self.SIX["nesting_ids"], rho=rho
            )
            losses.append(np.nansum(other.residuals**2))
        assert losses == sorted(losses)
        assert np.nansum(fit.residuals**2) == pytest.approx(losses[1], rel=1e-9)
        assert "rho at its bound of 0" in repr(fit)

    def test_the_other_bound(self) -> None:
        table = self.SIX.assign(margins=[0.45, None, None, 0.15, None, 0.40])
        with pytest.warns(ir.CalibrationWarning, match="rho at its bound of 1"):
            ir.market_from_margins(table)

    def test_an_outside_share_at_its_bound(self) -> None:
        with pytest.warns(ir.CalibrationWarning, match="outside share at its bound of 0"):
            ir.market_from_margins(self.SIX, rho=0, outside="unknown")

    def test_nests_are_used_where_they_are(self) -> None:
        table = pd.DataFrame(
            {
                "product_ids": ["a", "b", "c", "d"],
                "firm_ids": ["A", "B", "C", "D"],
                "nesting_ids": [1, 2, 1, 2],
                "prices": [9.618, 13.058, 13.950, 12.529],
                "shares": [0.080110, 0.223764, 0.288686, 0.119856],
                "margins": [0.165405, None, 0.196487, None],
            }
        )
        _, nested = ir.market_from_margins(table)
        assert nested.rho[0] == pytest.approx(0.428, abs=1e-3)
        assert nested.doubts == ()
        _, plain = ir.market_from_margins(table, rho=0)
        assert (plain.rho == 0).all()

    @pytest.mark.parametrize("given", [{}, {"rho": 0.5}, {"rho": None}])
    def test_nests_under_another_name(self, given: dict[str, float]) -> None:
        table = self.SIX.rename(columns={"nesting_ids": "nests"})
        with pytest.raises(InputError, match=r"nests, prices.* a column 'nesting_ids'"):
            ir.market_from_margins(table, **given)

    def test_a_bargaining_weight_at_its_bound(self) -> None:
        chain = CHAIN.assign(
            prices=2.0, wholesale=1.0, shares=0.1, channel_margins=0.2, manufacturer_margins=0.001
        )
        with pytest.warns(ir.CalibrationWarning, match="weight in bargains over 11 at its bound"):
            ir.vertical_market_from_margins(chain)
