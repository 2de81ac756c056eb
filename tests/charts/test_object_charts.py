"""Charts as methods: what is drawn is what the tables say, and every chart can be rendered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

import inroads as ir
from inroads.charts.distributions import histograms
from inroads.charts.heat_map import heat_map
from inroads.charts.over_time import fan
from inroads.results.base import Quantiles
from inroads.results.keys import Quantity
from inroads.results.outlook import Draws, Spread

TABLE = pd.DataFrame(
    {
        "product_ids": ["Ale", "Bock", "Cider"],
        "firm_ids": ["A", "B", "C"],
        "prices": [1.0, 1.1, 2.0],
        "shares": [0.3, 0.2, 0.1],
        "margins": [0.5, None, None],
    }
)
CHAIN = pd.DataFrame(
    {
        "product_ids": ["11", "12", "21", "22"],
        "firm_ids": ["W1", "W2", "W1", "W2"],
        "channel_ids": ["R1", "R1", "R2", "R2"],
        "prices": [2.95, 2.98, 3.07, 3.10],
        "wholesale": [1.61, 1.64, 1.61, 1.64],
        "shares": [0.08, 0.09, 0.14, 0.15],
        "channel_margins": [0.42, None, None, None],
        "manufacturer_margins": [0.85, None, None, None],
    }
)


def holding(chart: Any, *columns: str) -> pd.DataFrame:
    """The one table behind a chart, which can be drawn, that has these columns."""
    assert vl_convert.vegalite_to_svg(chart.to_dict()).startswith("<svg")
    tables = [pd.DataFrame(table) for table in chart.to_dict()["datasets"].values()]
    (table,) = [table for table in tables if set(columns) <= set(table)]
    return table


@pytest.fixture(scope="module")
def market() -> ir.Market:
    return ir.market_from_margins(TABLE)[0]


@pytest.fixture(scope="module")
def chain() -> ir.Equilibrium:
    return ir.vertical_market_from_margins(CHAIN, disagreement="pair")[0].solve()


def test_elasticities_and_diversion_are_squares(market: ir.Market) -> None:
    solved = market.solve()
    for chart, table in (
        (solved.elasticity_chart(), solved.elasticities()),
        (solved.diversion_chart(), solved.diversion()),
    ):
        drawn = holding(chart, "row", "column", "value").pivot(
            index="row", columns="column", values="value"
        )
        np.testing.assert_allclose(drawn.loc[list(table.index), list(table.columns)], table)


def test_the_best_sellers_are_shown(market: ir.Market) -> None:
    drawn = holding(market.solve().diversion_chart(most=2), "row", "column", "value")
    assert set(drawn["row"]) == {"Ale", "Bock"}
    assert set(drawn["column"]) == {"Ale", "Bock", "none"}


def test_names_of_two_parts_are_labels() -> None:
    index = pd.MultiIndex.from_tuples([("Ale", "North"), ("Ale", "South")])
    chart = heat_map(pd.DataFrame(np.zeros((2, 2)), index, index), "t", rows="r", columns="c")
    assert set(holding(chart, "row")["row"]) == {"Ale, North", "Ale, South"}


def test_a_merger_before_and_after(market: ir.Market) -> None:
    screening = ir.screen_merger(market, ir.Merge("A", "B"))
    for chart, what in ((screening.price_chart(), "price"), (screening.share_chart(), "share")):
        drawn = holding(chart, "offer", "before", "after").set_index("offer")
        for when in ("before", "after"):
            np.testing.assert_allclose(drawn[when], screening.offers[f"{what}_{when}"])


def test_margins(market: ir.Market, chain: ir.Equilibrium) -> None:
    assert "channel margin / price" in str(market.solve().margin_chart().to_dict())
    assert "manufacturer margin / price" in str(chain.margin_chart().to_dict())
    listed = ir.Market(offers=market.offers, consumers=market.consumers, pricing=ir.ListPrices())
    with pytest.raises(ir.InputError, match="nothing is known of margins"):
        listed.solve().margin_chart()


def test_many_numbers_are_bars() -> None:
    numbers = np.append(np.arange(100.0), np.nan)
    bars = holding(histograms({"x": numbers}), "low", "high", "count")
    assert bars["count"].sum() == 100
    ticks = holding(histograms({"x": [3.0, 1.0, 1.0, np.inf]}), "tick")
    assert ticks["tick"].tolist() == [3.0, 1.0, 1.0]


def test_bargaining_ranges_end_where_a_side_gains_nothing(chain: ir.Equilibrium) -> None:
    drawn = holding(chain.bargaining_chart(), "pair", "lowest", "agreed", "highest")
    links, units = chain.links, chain.frame["units"].to_numpy()
    np.testing.assert_allclose(
        (drawn["agreed"] - drawn["lowest"]) * units, links["manufacturer_gain"]
    )
    np.testing.assert_allclose((drawn["highest"] - drawn["agreed"]) * units, links["channel_gain"])
    assert drawn["pair"].tolist() == ["W1, R1", "W2, R1", "W1, R2", "W2, R2"]


def test_nobody_bargains(market: ir.Market) -> None:
    with pytest.raises(ir.InputError, match="no negotiation"):
        market.solve().bargaining_chart()


def test_networks(chain: ir.Equilibrium) -> None:
    drawn = holding(chain.network_chart(), "manufacturer", "channel", "weight")
    np.testing.assert_allclose(drawn["weight"].sum(), chain.frame["units"].sum())
    networks = ir.deal_networks(chain.market, ("W1", "R1"), ("W2", "R2"))
    panels = networks.chart().to_dict()["concat"]
    assert panels[0]["title"].endswith(": stable")
    assert len(panels) == 4
    assert len(networks.chart(most=1).to_dict()["concat"]) == 1


def test_an_estimate() -> None:
    rng = np.random.default_rng(0)
    cost = rng.uniform(1, 2, 90)
    products = pd.DataFrame(
        {"market_ids": np.repeat(range(30), 3), "firm_ids": ["A", "B", "C"] * 30}
    )
    demand = ir.Demand("1 + prices")
    panel = ir.simulate(
        demand, products.assign(w=cost), supply=ir.Supply("0 + w", log=False),
        beta={"1": 1.0, "prices": -2.0}, gamma={"w": 1.0}, deviations=(0.1, 0.1),
    ).panel  # fmt: skip
    fit = ir.estimate(demand, ir.append_instruments(panel, panel.products[["w"]]))
    drawn = holding(fit.elasticity_chart("3"), "row", "column", "value")
    np.testing.assert_allclose(drawn["value"], fit.elasticities(3).to_numpy().ravel())
    assert len(holding(fit.diversion_chart(3), "row", "column", "value")) == 12
    assert fit.margin_chart().to_dict()["hconcat"]
    with pytest.raises(ir.InputError, match="a market of the panel"):
        fit.elasticity_chart(99)


def spread(period: int) -> Spread:
    q = Quantiles(p5=1.0, p25=2.0, p50=3.0 + period, p75=4.0, p95=5.0)
    return Spread(manufacturer="A", quantity=Quantity.UNITS, period=period, mean=3.0, quantiles=q)


def test_a_path_with_its_fan() -> None:
    draws = Draws(
        count=9, failed=0, failure=None, seed=0, inputs=(), totals=(), contributions=(),
        by_period=(spread(1), spread(0)),
    )  # fmt: skip
    drawn = holding(draws.chart("A"), "period", "p5", "p95")
    assert drawn["period"].tolist() == [0, 1]
    assert drawn["p50"].tolist() == [3.0, 4.0]
    with pytest.raises(ir.InputError, match="expected one of A, and one of units"):
        draws.chart("B")
    assert fan(pd.DataFrame({"p5": [], "p25": [], "p50": [], "p75": [], "p95": []}), "").to_dict()
