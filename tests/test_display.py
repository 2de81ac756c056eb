"""What public objects show of themselves: a line, a small table, what one can do next."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.display import Displayed
from inroads.dynamics.present_value import EntryValue
from inroads.market.pricing import BargainingTerms, Vertical

TABLE = pd.DataFrame(
    {
        "product_ids": ["a", "b", "c"],
        "firm_ids": ["A", "B", "C"],
        "prices": [1.0, 1.0, 2.0],
        "shares": [0.3, 0.2, 0.1],
        "margins": [0.5, None, None],
    }
)
PRODUCTS = pd.DataFrame(
    {"market_ids": 1, "product_ids": range(40), "shares": 0.02, "prices": np.linspace(1, 2, 40)}
)


def objects() -> dict[str, Displayed]:
    market, _ = ir.market_from_margins(TABLE)
    study = ir.load_study("us-2018")
    value = EntryValue(firm="A", profit=np.array([1.0, 2.0]), spent=np.array([1.0, 0.0]), rate=0.1)
    return {
        "market": market,
        "equilibrium": market.solve(),
        "screening": ir.screen_merger(market, ir.Merge("A", "B")),
        "panel": ir.read_panel(PRODUCTS),
        "study": study,
        "value": value,
        "decomposition": ir.market.shapley(["a", "b"], lambda on: len(on) ** 2),
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, Displayed]:
    return objects()


def shown_by_studies_and_fits() -> dict[str, object]:
    """What they give, of some hundred arrays each."""
    market, fit = ir.market_from_margins(TABLE)
    rng = np.random.default_rng(0)
    products = pd.DataFrame({"market_ids": np.repeat(range(20), 3), "firm_ids": [*"abc"] * 20})
    simulated = ir.simulate(
        ir.Demand("1 + prices"), products.assign(w=rng.uniform(1, 2, 60)),
        supply=ir.Supply("0 + w", log=False), beta={"1": 1.0, "prices": -2.0}, gamma={"w": 1.0},
        deviations=(0.1, 0.1),
    )  # fmt: skip
    panel = ir.append_instruments(simulated.panel, simulated.panel.products[["w"]])
    estimate = ir.estimate(ir.Demand("1 + prices"), panel)
    study = ir.load_study("us-2018")
    return {
        "MarginFit": fit,
        "PricedDemand": fit.buyers,
        "DemandAtPrices": fit.buyers.at_prices(np.ones(3)),
        "Solution": market.solve().solution,
        "FittedDemand": estimate.fitted,
        "DerivedEstimate": estimate.standard_errors_of(lambda f: f.own_elasticities().mean()),
        "Calibrated": study.calibrated,
        "Consumers": study.market().consumers,
        "CalibratedFirms": study.firms(),
        "EntryGame": study.negotiation(),
        "PathModel": study.path(),
    }


def test_what_they_give_fits_in_a_line() -> None:
    for name, thing in shown_by_studies_and_fits().items():
        assert re.fullmatch(rf"<{name}\b.+>", repr(thing)), name
        assert len(repr(thing)) < 200
        assert name == "Solution" or len(thing._repr_html_()) < 20_000  # type: ignore[attr-defined]


NAMES = ("market", "equilibrium", "screening", "panel", "study", "value", "decomposition")


@pytest.mark.parametrize("name", NAMES)
def test_a_line_says_what_it_is(shown: dict[str, Displayed], name: str) -> None:
    line = repr(shown[name])
    assert re.fullmatch(r"<[A-Z].+>", line)
    assert type(shown[name]).__name__ in line
    assert len(line) < 200


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gets_a_small_table_and_next_steps(
    shown: dict[str, Displayed], name: str
) -> None:
    html = shown[name]._repr_html_()
    assert html.count("<tr") <= 14
    assert "<table" in html
    assert "Next: <code>" in html
    assert len(html) < 20_000


def test_names_are_text_and_not_markup() -> None:
    table = TABLE.assign(product_ids=["<b>a</b>", "b", "c"])
    market, _ = ir.market_from_margins(table)
    assert "<b>a</b>" not in market._repr_html_()
    assert "&lt;b&gt;a" in market._repr_html_()


def test_one_is_singular() -> None:
    panel = ir.read_panel(PRODUCTS)
    assert repr(panel) == "<Panel of 40 products in 1 market>"


def test_a_table_of_bargaining_power_keeps_to_the_line() -> None:
    market, _ = ir.market_from_margins(TABLE)
    power = pd.DataFrame(0.5, index=["A", "B", "C"], columns=["s", "t"])
    terms = BargainingTerms(power)
    line = repr(dataclasses.replace(market, pricing=Vertical(terms)))
    assert line == "<Market of 3 offers (arrays), Vertical>"
