"""An estimate of espresso machines, and a study of one of its markets, for tests."""

from pathlib import Path

import numpy as np
import pandas as pd

import inroads as ir
from inroads.estimation.results import Estimate

FIRMS = ("Borea", "Borea", "Cima", "Cima", "Alba", "Alba")
MARKETS = [f"m{k}" for k in range(40)]
DEMAND = ir.Demand("1 + pressure", random="1 + prices + pressure", demographics="0 + I(1 / income)")
SUPPLY = ir.Supply("1 + pressure + cost_shift", log=False)
START = {"sigma": [0, 0, 0.1], "pi": [[0], [-60], [0]]}


def panel_of_machines(weights: float = 1.0) -> ir.Panel:
    """Forty markets of six machines; prices in hundreds, incomes in thousands. weights: what those
    of agents sum to, the others buying nothing."""
    rng = np.random.default_rng(0)
    n = len(FIRMS) * len(MARKETS)
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(MARKETS, len(FIRMS)),
            "firm_ids": FIRMS * len(MARKETS),
            "product_ids": [f"{f} {k}" for k, f in enumerate(FIRMS)] * len(MARKETS),
            "pressure": rng.uniform(9, 17, n),
            "cost_shift": rng.normal(size=n),
        }
    )
    people = pd.DataFrame({"income": [20.0, 35.0, 60.0, 90.0, 150.0]})
    agents = ir.draw_agents(MARKETS, "product", 3, 3, demographics=people)
    simulated = ir.simulate(
        DEMAND,
        products,
        agents.assign(weights=agents["weights"] * weights),
        supply=SUPPLY,
        beta={"1": -4.0, "pressure": 0.2},
        gamma={"1": 0.5, "pressure": 0.05, "cost_shift": 0.1},
        **START,
        deviations=(0.4, 0.1),
        seed=1,
    )
    of_rivals = products.groupby("market_ids")["pressure"].transform("sum") - products["pressure"]
    shifters = (products["cost_shift"], of_rivals, products["pressure"] ** 2)
    instruments = {f"demand_instruments{k}": x.to_numpy() for k, x in enumerate(shifters)}
    found = simulated.panel
    return ir.read_panel(found.products.assign(**instruments), found.agents)


def estimate_of_machines(
    demand: ir.Demand = DEMAND, weights: float = 1.0, **settings: object
) -> Estimate:
    """An estimate on it, with supply unless `settings` say otherwise."""
    settings = {"supply": SUPPLY, "start": START, "n_starts": 1, "steps": 1, **settings}
    return ir.estimate(demand, panel_of_machines(weights), **settings)


def study_of(
    folder: Path,
    fit: Estimate,
    market: str = "m3",
    demand: str = "",
    more: str = "",
    outside: float | None = None,
) -> Path:
    """The study of a market of the panel, all machines sold in one open channel."""
    folder.mkdir()
    fit.save(folder / "fit.zip")
    rows = fit.panel.products
    rows = rows[rows["market_ids"] == market]
    inside = rows["shares"].sum()
    products = pd.DataFrame(
        {
            "product": rows["product_ids"],
            "manufacturer": rows["firm_ids"],
            "brand": rows["firm_ids"],
            "tier": "all",
            "launched": "2020",
            "price": 100 * rows["prices"],
            "pressure": rows["pressure"],
        }
    )
    new = {"product": "New", "manufacturer": "Nova", "brand": "Nova", "tier": "all"}
    new |= {"launched": "2025", "price": 300.0, "pressure": 16.0}
    tables = {
        "products": pd.concat([products, pd.DataFrame([new])]),
        "channels": pd.DataFrame({"channel": ["Shops"], "members": [""]}),
        "offers": pd.DataFrame(
            {"product": rows["product_ids"], "channel": "Shops", "price": products["price"]}
        ),
        "margins": pd.DataFrame(
            {
                "name": rows["product_ids"],
                "manufacturer": "",
                "product": rows["product_ids"],
                "channel": "",
                "value": rows["shares"] / inside,
                "of": "",
            }
        ),
        "facts": pd.DataFrame(
            {
                "id": ["sold"],
                "subject": "all",
                "metric": "sold",
                "value": 1000,
                "unit": "units",
                "published": "2024-05",
                "source": "invented",
            }
        ),
        "assumptions": pd.DataFrame(
            {"id": ["unused"], "value": 1, "low": 0, "high": 2, "unit": "", "reason": "invented"}
        ),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.17g")
    (folder / "study.toml").write_text(
        f"""
[study]
name = "machines"
title = "Machines"
question = "What would Nova sell?"
as_of = 2024-06-30
period = "2024Q1"

[market]
sales = "@sold"
outside = {1 - inside if outside is None else outside:.17g}

[demand]
estimate = "fit.zip"
prices = 100.0
income = 1000.0
{demand or f'market = "{market}"'}

[hedonic]
formula = "pressure"

[[scenario]]
name = "nova"
moves = [{{ move = "launch", product = "New" }}]
{more}
"""
    )
    return folder
