"""How often 95 percent intervals hold the truth, at the edge of the model and within it.

    python -m benchmarks.coverage [samples]

A line a true sigma: the part of samples whose lowest objective is at sigma = 0, and the part whose
interval holds the coefficient of prices and sigma, by standard errors and by profiles. Then, of
tastes that move with income, intervals with a survey of 2,000 buyers: how prices and income hang
together among them.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import inroads as ir

TRUTH = {"1": 1.0, "prices": -1.0, "x": 1.0}
DEMAND = ir.Demand("1 + prices + x", random="0 + prices")
MARKETS, PRODUCTS, NODES = 60, 6, 9


def sample(seed: int, sigma: float) -> ir.Panel:
    """A panel in which prices' coefficient is normal, of mean -1 and standard deviation sigma."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, MARKETS, PRODUCTS))
    xi = 0.5 * rng.normal(size=(MARKETS, PRODUCTS))
    prices = 3 + 0.7 * z + 0.4 * xi + 0.3 * x
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    mean = TRUTH["1"] + TRUTH["x"] * x + TRUTH["prices"] * prices + xi
    u = mean[..., None] + sigma * prices[..., None] * nodes
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    excluded = [z, z**2, _near(z), _near(x), z.sum(axis=1, keepdims=True) - z, z * x]
    products = {"market_ids": np.repeat(np.arange(MARKETS), PRODUCTS), "prices": prices.ravel()}
    products |= {"x": x.ravel(), "shares": (P @ weights).ravel()}
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    agents = {"market_ids": np.repeat(np.arange(MARKETS), NODES)}
    agents |= {"weights": np.tile(weights, MARKETS), "nodes0": np.tile(nodes, MARKETS)}
    return ir.read_panel(pd.DataFrame(products), pd.DataFrame(agents))


def _near(a: np.ndarray) -> np.ndarray:
    """How many rivals are close in a (T, J)."""
    return (np.abs(a[:, :, None] - a[:, None, :]) < 0.7 * a.std()).sum(axis=2) - 1.0


def coverage(sigma: float, samples: int) -> dict[str, float]:
    """Parts of samples, by what is counted."""
    truth = {"prices": TRUTH["prices"], "sigma[prices]": sigma}
    counts = dict.fromkeys(
        ["at zero", *(f"{n}, {how}" for n in truth for how in ("errors", "profile"))], 0
    )
    for seed in range(samples):
        fit = ir.estimate(DEMAND, sample(seed, sigma), start={"sigma": [0.5]}, n_starts=1)
        counts["at zero"] += bool(fit.at_edge)
        intervals = fit.conf_int().loc[list(truth)]
        for name, value in truth.items():
            low, high = intervals.loc[name]
            # A standard deviation has no sign.
            signed = value if name == "prices" or fit.params[name] >= 0 else -value
            counts[f"{name}, errors"] += bool(low <= signed <= high)
            profile = fit.profile(name)
            counts[f"{name}, profile"] += bool(profile.low <= signed <= profile.high)
    return {name: count / samples for name, count in counts.items()}


BY_INCOME = ir.Demand("1 + prices + x", random="0 + prices", demographics="0 + income")
INCOME_TRUTH = {"prices": -1.2, "pi[prices, income]": 0.5}


def survey_sample(seed: int) -> tuple[ir.Panel, ir.MicroCovariance]:
    """A panel whose price coefficient moves with income, and what 2,000 buyers say."""
    rng = np.random.default_rng(seed)
    T, J, I, n = 40, 4, 100, 2000
    x, z = rng.normal(size=(2, T, J))
    xi = 0.4 * rng.normal(size=(T, J))
    prices = 3 + 0.7 * z + 0.3 * xi
    income = rng.normal(size=(T, I))
    alpha = INCOME_TRUTH["prices"] + INCOME_TRUTH["pi[prices, income]"] * income
    u = (1 + x + xi)[..., None] + prices[..., None] * alpha[:, None, :]
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    excluded = [z, z**2, z.sum(axis=1, keepdims=True) - z]
    products = {"market_ids": np.repeat(np.arange(T), J), "prices": prices.ravel()}
    products |= {"x": x.ravel(), "shares": P.mean(axis=-1).ravel()}
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    agents = {"market_ids": np.repeat(np.arange(T), I), "weights": 1 / I, "income": income.ravel()}
    t, j, i = np.unravel_index(rng.choice(P.size, size=n, p=P.ravel() / P.sum()), P.shape)
    covariance = np.cov(prices[t, j], income[t, i], bias=True)[0, 1]
    survey = ir.MicroDataset(name="survey", observations=n, buyers=True)
    panel = ir.read_panel(pd.DataFrame(products), pd.DataFrame(agents))
    return panel, ir.MicroCovariance("prices", "income", covariance, survey)


def survey_coverage(samples: int) -> dict[str, float]:
    """Parts of samples whose intervals hold the truth."""
    counts = dict.fromkeys(INCOME_TRUTH, 0)
    for seed in range(samples):
        panel, moment = survey_sample(seed)
        fit = ir.estimate(BY_INCOME, panel, start={"pi": [[0.2]]}, micro=[moment], n_starts=1)
        for name, value in INCOME_TRUTH.items():
            low, high = fit.conf_int().loc[name]
            counts[name] += bool(low <= value <= high)
    return {name: count / samples for name, count in counts.items()}


if __name__ == "__main__":
    SAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    table = {sigma: coverage(sigma, SAMPLES) for sigma in (0.0, 0.2, 0.5)}
    print(pd.DataFrame(table).T.rename_axis("true sigma").to_string())
    print(pd.Series(survey_coverage(SAMPLES)).rename("with a survey").to_string())
