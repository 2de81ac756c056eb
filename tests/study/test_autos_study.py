"""The automobiles of PyBLP as a study: docs/guides/autos."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir

FOLDER = Path(__file__).parents[2] / "docs/guides/autos"


def test_study_is_the_market_of_its_estimate(tmp_path: Path) -> None:
    """Tables are PyBLP's to the digits that they keep, and households answer prices as they do in
    the estimate, whose agents stand for a sixth of them."""
    cars = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION).query("market_ids <= 1985")
    agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION).query("market_ids <= 1985")
    nodes = {f"nodes{k}": f"nodes{k + 1}" for k in range(1, 5)}
    panel = ir.read_panel(cars, agents.rename(columns=nodes).assign(nodes1=0.0))
    demand = ir.Demand(
        "1 + hpwt + air + mpd + space",
        random="1 + prices + hpwt + air + mpd + space",
        demographics="0 + I(1 / income)",
    )
    supply = ir.Supply("1 + log(hpwt) + air + log(mpg) + log(space) + trend", lowest=0.001)
    start = {"sigma": [3.6, 0, 4.6, 1.8, 1.1, 2.1], "pi": [[0], [-43.5], [0], [0], [0], [0]]}
    fit = ir.estimate(demand, panel, supply=supply, start=start, n_starts=1)
    shutil.copytree(FOLDER, tmp_path / "autos")
    fit.save(tmp_path / "autos/fit.zip")
    study = ir.load_study(tmp_path / "autos")
    market, theirs = study.market(), fit.market(1985)
    sold = market.offers["product"].to_numpy()
    of_1985 = cars.query("market_ids == 1985")
    for name in ("hpwt", "air", "mpd", "space"):
        np.testing.assert_allclose(market.products.loc[sold, name], of_1985[name], rtol=1e-5)
    np.testing.assert_allclose(market.offers["price"], 1000 * of_1985["prices"], atol=0.51)
    # Incomes of the panel's agents are those of its year, and money weighs by them.
    households = agents.query("market_ids == 1985")["income"].to_numpy()
    pi = fit.params["pi[prices, 1 / income]"]
    np.testing.assert_allclose(market.consumers.money, -pi / households / 1000 * 100)
    mass = panel.agents.query("market_ids == 1985")["weights"].sum()
    ours, there = (m.demand.at_prices(m.column("price")) for m in (market, theirs))
    np.testing.assert_allclose(ours.shares * mass, of_1985["shares"], rtol=1e-6)
    own, own_there = np.diag(ours.jacobian), np.diag(there.jacobian)
    np.testing.assert_allclose(1000 * mass * own, own_there, rtol=2e-3)
    assert market.size == pytest.approx(86.789e6 * mass, rel=1e-6)
    new = market.after(ir.Launch("Hyundai Excel"), ir.Launch("Yugo GV")).solve().sales()
    assert 38e3 < new["Hyundai"] < 440e3
