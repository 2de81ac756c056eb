"""How often the contract that made prices stays in the confidence set, and others leave it.

    python -m benchmarks.conduct [samples]

Three manufacturers sell to two channels in 40 markets; demand is estimated in each sample. A row
a true contract: the part of samples in which each model is in the set at 5 percent.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import inroads as ir
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.post_estimation import FittedDemand

CONTRACTS = {
    "double margins": ir.DoubleMarginalization(),
    "wholesale at cost": ir.PriceSetting(firms="channel_ids"),
    "price maintenance": ir.PriceSetting(firms="firm_ids"),
    "integration": ir.PriceSetting(firms="all"),
}
DEMAND = ir.Demand("1 + prices + x", random="0 + x")
MARKETS, PRODUCTS, SIGMA = 40, 6, 0.7
# Prices are found by repeated markups, damped.
STEPS, DAMPING = 40, 0.4


def sample(seed: int, contract: str) -> ir.Panel:
    """A panel whose prices are those of a contract, at random costs."""
    rng = np.random.default_rng(seed)
    x, shifter = rng.normal(size=(2, MARKETS, PRODUCTS))
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    cost = (1 + 0.4 * shifter + 0.2 * rng.normal(size=x.shape)).ravel()
    table = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(MARKETS), PRODUCTS),
            "firm_ids": np.tile(np.arange(PRODUCTS) // 2, MARKETS),
            "channel_ids": np.tile(["shop", "store"], MARKETS * PRODUCTS // 2),
            "prices": cost + 2.5,
            "shares": 0.1,
            "x": x.ravel(),
            "shifter": shifter.ravel(),
            "rivals": (x.sum(axis=1, keepdims=True) - x).ravel(),
            "spread": ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=2).ravel(),
            "demand_instruments0": shifter.ravel(),
            "demand_instruments1": ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=2).ravel(),
        }
    )
    agents = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(MARKETS), len(nodes)),
            "weights": np.tile(weights / weights.sum(), MARKETS),
            "nodes0": np.tile(nodes, MARKETS),
        }
    )
    panel = ir.read_panel(table, agents)
    demand = FittedDemand(
        panel=panel,
        design=unchecked_design(DEMAND, panel),
        delta=(2 + 0.8 * table["x"] - table["prices"]).to_numpy()
        + 0.3 * rng.normal(size=len(table)),
        sigma=np.array([[SIGMA]]),
        pi=np.zeros((1, 0)),
        price_coefficient=-1.0,
        rho=np.zeros(0),
    )
    prices = table["prices"].to_numpy()
    for _ in range(STEPS):
        markups = CONTRACTS[contract].markups(demand.at_prices(prices))
        prices = (1 - DAMPING) * prices + DAMPING * (cost + markups)
    off = np.abs(cost + markups - prices).max()
    if not off < 1e-4:
        raise ir.InroadsError(f"no equilibrium: prices stay {off:.2g} off in sample {seed}")
    return demand.at_prices(prices).panel


def in_the_set(contract: str, samples: int) -> dict[str, float]:
    """Parts of the samples in which each model is in the confidence set, and that were drawn."""
    counts, drawn = dict.fromkeys(CONTRACTS, 0), 0
    for seed in range(samples):
        try:
            panel = sample(seed, contract)
        except (ir.InroadsError, np.linalg.LinAlgError):
            continue
        drawn += 1
        fit = ir.estimate(DEMAND, panel, start={"sigma": [1.0]}, n_starts=1, steps=1)
        tests = ir.test_conduct(fit, CONTRACTS, "1 + shifter", "0 + rivals + spread + x")
        for name in tests.confidence_set()["instruments"]:
            counts[name] += 1
    return {name: count / drawn for name, count in counts.items()} | {"samples": drawn}


if __name__ == "__main__":
    SAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    truths = ("double margins", "wholesale at cost", "integration")
    rows = {contract: in_the_set(contract, SAMPLES) for contract in truths}
    print(pd.DataFrame(rows).T.rename_axis("true contract").to_string())
