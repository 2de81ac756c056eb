"""Panels of manufacturers and channels, drawn so that other programs can have the same."""

import numpy as np
import pandas as pd

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def products(seed, markets=30, J=6):
    """Prices that are no equilibrium of anything: what statistics are hangs on no model."""
    rng = np.random.default_rng(seed)
    T = markets
    x, shifter, other = rng.normal(size=(3, T, J))
    xi = 0.4 * rng.normal(size=(T, J))
    prices = 4 + 0.6 * shifter + 0.3 * xi + 0.2 * other + 0.3 * rng.uniform(size=(T, J))
    u = (1.5 + 0.8 * x - prices + xi)[..., None] + 0.7 * x[..., None] * NODES
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    table = {
        "market_ids": np.repeat(np.arange(T), J),
        "product_ids": np.tile(np.arange(J), T),
        "firm_ids": np.tile(np.arange(J) // 2, T),
        "channel_ids": np.tile([7, 8, 7, 8, 7, 8][:J], T),
        "clustering_ids": np.repeat(np.arange(T), J),
        "prices": prices.ravel(),
        "shares": (P @ WEIGHTS).ravel(),
        "x": x.ravel(),
        "shifter": shifter.ravel(),
        "rivals": (x.sum(axis=1, keepdims=True) - x).ravel(),
        "spread": ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=2).ravel(),
        "demand_instruments0": shifter.ravel(),
        "demand_instruments1": ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=2).ravel(),
    }
    return pd.DataFrame(table)


def agents(markets=30):
    """Nodes of a rule, the same in every market."""
    return pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), len(NODES)),
            "weights": np.tile(WEIGHTS, markets),
            "nodes0": np.tile(NODES, markets),
        }
    )
