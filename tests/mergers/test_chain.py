"""A merger along a chain: beside antitrust's output, and screens by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.bargaining.auctions import AuctionChain
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import SecondScore
from inroads.conduct.priced_demand import PricedDemand
from inroads.mergers.chain_auction import merged_bidders

CHAIN = pd.DataFrame(
    {
        "product_ids": ["11", "12", "21", "22"],
        "firm_ids": ["U1", "U2", "U1", "U2"],
        "channel_ids": ["D1", "D1", "D2", "D2"],
        "prices": [9.8369029971, 9.7867377776, 8.9674381826, 8.6635729631],
        "wholesale": [4.4082082204, 4.3207430009, 3.9300082204, 3.5507430009],
        "shares": [0.0977532020, 0.1510425380, 0.0556802507, 0.1455240092],
        "channel_margins": [0.3981837351, 0.4002247599, 0.4107672545, 0.4251744607],
        "manufacturer_margins": [0.4000510258, 0.4911986203, 0.4487288885, 0.5977179988],
    }
)


def test_integration_is_antitrusts(tmp_path):
    """`vertical.barg` of 0.99.29, solved to machine precision."""
    m = ir.chain_merger(CHAIN, ("U1", "D1"), size=100.0)
    stored = [8.4201483753, 10.0800300219, 9.9450958179, 8.5370900662]
    np.testing.assert_allclose(m.offers["price_after"], stored, rtol=1e-8)
    s = CHAIN["shares"].to_numpy()
    makers = np.array([s[[0, 2]].sum(), s[[1, 3]].sum()]) / s.sum()
    assert m.summary["hhi_manufacturers_before"] == pytest.approx(1e4 * (makers**2).sum())
    gone = m.offers["EDM"].notna()
    assert list(gone) == [True, False, False, False]
    # Logit: of what product 21 loses, s / (1 - s) goes to each other product.
    D = s / (1 - s[2])
    margins = m.offers["channel_margin_before"]
    pressure = (D[0] * margins.iloc[0] + D[1] * margins.iloc[1]) / CHAIN["wholesale"][2]
    assert m.offers["vGUPPIu"].iloc[2] == pytest.approx(pressure, rel=1e-8)
    own = m.offers["manufacturer_margin_before"].iloc[2]
    assert m.offers["vGUPPId"].iloc[1] == pytest.approx(
        s[2] / (1 - s[1]) * own / CHAIN["prices"][1], rel=1e-8
    )
    # Consumers gain where the double margin that goes weighs more.
    assert m.summary["compensating_variation"] == pytest.approx(
        m.before.consumer_surplus - m.after.consumer_surplus
    )
    m.to_excel(tmp_path / "chain.xlsx")
    assert "along a chain" in repr(m)
    m.price_chart().to_dict()


def test_manufacturers_that_merge_have_no_vertical_screens():
    m = ir.chain_merger(CHAIN, ("U1", "U2"))
    assert m.offers[["vGUPPIu", "vGUPPId", "EDM"]].isna().all(axis=None)
    assert (m.offers["wholesale_after"] > m.offers["wholesale_before"]).all()
    assert m.summary["hhi_manufacturers_after"] == pytest.approx(1e4)
    assert m.summary["compensating_variation"] > 0


def test_savings_of_channels_that_bid_are_better_bids():
    """Of firms that make and sell it does not matter on which side a cost stands, or falls."""
    costs, none, u = np.array([1.0, 1.2, 0.9]), np.zeros(3), np.array([[2.0], [2.2], [1.8]])
    firms = np.arange(3)

    def chain(making, handling):
        return AuctionChain(
            demand=PricedDemand(
                utility=u - 1.5 * handling[:, None], alpha=np.array([1.5]), weights=np.ones(1)
            ),
            manufacturers=firms,
            channels=firms,
            links=make_links(firms, firms, 1.0, "offer"),
            production_cost=making,
            retail_cost=handling,
        )

    one = merged_bidders(chain(costs, none), [0, 1], 0.1)
    other = merged_bidders(chain(none, costs), [0, 1], 0.1)
    np.testing.assert_allclose(other.prices(none), one.prices(one.production_cost), rtol=1e-12)
    cheaper = SecondScore().margins(one.demand, costs * [0.9, 0.9, 1], ownership(one.channels))
    np.testing.assert_allclose(
        one.prices(one.production_cost), costs * [0.9, 0.9, 1] + cheaper, rtol=1e-12
    )
    with pytest.raises(ir.InputError, match="retail"):
        ir.chain_merger(CHAIN, ("D1", "D2"), retail="auction")


def test_parties_are_of_the_chain():
    with pytest.raises(ir.InputError, match="U9"):
        ir.chain_merger(CHAIN, ("U1", "U9"))
    with pytest.raises(ir.InputError, match="no merger"):
        ir.chain_merger(CHAIN, ("U1",))


@pytest.mark.parametrize("retail", ["bertrand", "second score"])
def test_margins_of_a_chain_tell_its_nesting_parameter(retail):
    """What was planted, margins of all at a weight and rho, comes back, with what follows."""
    nested = CHAIN.assign(nesting_ids=[1, 1, 2, 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ir.CalibrationWarning)
        planted = ir.chain_merger(nested, ("U1", "D1"), rho=0.35, retail=retail)
    channel = planted.offers["channel_margin_before"] / planted.offers["price_before"]
    maker = planted.offers["manufacturer_margin_before"] / planted.offers["wholesale_before"]
    table = nested.assign(channel_margins=channel.to_numpy(), manufacturer_margins=maker.to_numpy())
    again = ir.chain_merger(table, ("U1", "D1"), retail=retail)
    np.testing.assert_allclose(again.fit.rho, 0.35, rtol=1e-6)
    np.testing.assert_allclose(
        again.offers["price_after"], planted.offers["price_after"], rtol=1e-8
    )
    few = table.assign(
        channel_margins=[channel.iloc[0], *[None] * 3],
        manufacturer_margins=[maker.iloc[0], *[None] * 3],
    )
    with pytest.raises(ir.InputError, match="the nesting parameter among them"):
        ir.chain_merger(few, ("U1", "D1"))


def test_nests_of_a_chain():
    nested = CHAIN.assign(nesting_ids=[1, 1, 2, 2])
    with pytest.raises(ir.InputError, match="rho without nests"):
        ir.chain_merger(CHAIN, ("U1", "D1"), rho=0.3)
    plain = ir.chain_merger(nested, ("U1", "D1"), rho=0.0)
    same = ir.chain_merger(CHAIN, ("U1", "D1"))
    np.testing.assert_allclose(plain.offers["price_after"], same.offers["price_after"], rtol=1e-10)
    # Shops apart: what one raises goes less to the other, and integration moves its rival less.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ir.CalibrationWarning)
        apart = ir.chain_merger(nested, ("U1", "D1"), rho=0.3)
    np.testing.assert_allclose(apart.offers["price_before"], CHAIN["prices"], rtol=1e-8)
    assert apart.offers["vGUPPIu"].iloc[2] < same.offers["vGUPPIu"].iloc[2]
