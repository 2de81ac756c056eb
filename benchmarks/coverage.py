"""How often 95 percent intervals hold the truth: at the edge of the model, within it, with surveys.

    python -m benchmarks.coverage [samples] [edge|full|profiles|survey|scores|second]

Near the edge, a line a true sigma and number of markets: the part of samples whose lowest objective
is at sigma = 0, and the part whose interval holds the coefficient of prices and sigma. Beside ours
of sigma stand estimate and 1.96 standard errors, the interval of the square, and with `profiles`,
which take long, those of the distance test. `full` has prices and x with a full Sigma, nobody's
taste for x being another. With surveys: how prices and incomes of 2,000 buyers hang together, then
the scores of these buyers in a second estimate, or 1,000 second choices in nests; and mean standard
errors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import inroads as ir
from inroads.choice import Nested

PRODUCTS, NODES = 6, 9
EDGE_TRUTH = {"1": 1.0, "prices": -1.0, "x": 1.0}
EDGE_DEMAND = ir.Demand("1 + prices + x", random="0 + prices")


def edge_sample(seed: int, sigma: float, markets: int) -> ir.Panel:
    """A panel in which prices' coefficient is normal, of mean -1 and standard deviation sigma."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, markets, PRODUCTS))
    xi = 0.5 * rng.normal(size=(markets, PRODUCTS))
    prices = 3 + 0.7 * z + 0.4 * xi + 0.3 * x
    nodes, weights = _normal_nodes()
    mean = EDGE_TRUTH["1"] + EDGE_TRUTH["x"] * x + EDGE_TRUTH["prices"] * prices + xi
    u = mean[..., None] + sigma * prices[..., None] * nodes
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    excluded = [z, z**2, _near(z), _near(x), z.sum(axis=1, keepdims=True) - z, z * x]
    products = _products(prices, P @ weights, excluded, x=x)
    agents = {"market_ids": np.repeat(np.arange(markets), NODES)}
    agents |= {"weights": np.tile(weights, markets), "nodes0": np.tile(nodes, markets)}
    return ir.read_panel(products, pd.DataFrame(agents))


def full_sample(seed: int, sigma: float, markets: int) -> ir.Panel:
    """The same panel, with nodes for tastes of prices and of x, which nobody has."""
    panel = edge_sample(seed, sigma, markets)
    nodes, weights = _normal_nodes()
    first, second = (n.ravel() for n in np.meshgrid(nodes, nodes, indexing="ij"))
    agents = {"market_ids": np.repeat(np.arange(markets), len(first))}
    agents |= {"weights": np.tile(np.outer(weights, weights).ravel(), markets)}
    agents |= {"nodes0": np.tile(first, markets), "nodes1": np.tile(second, markets)}
    x, z = (panel.products[name] for name in ("x", "demand_instruments0"))
    columns = {"demand_instruments6": x**2, "demand_instruments7": x * _by_market(panel, x)}
    columns |= {"demand_instruments8": z * _by_market(panel, x)}
    return ir.read_panel(panel.products.assign(**columns), pd.DataFrame(agents))


def _by_market(panel: ir.Panel, column: pd.Series) -> pd.Series:
    """Sums over rivals."""
    return column.groupby(panel.products["market_ids"]).transform("sum") - column


def full_coverage(sigma: float, markets: int, samples: int) -> dict[str, float]:
    """Parts of samples, x's deviation being zero; of intervals, those that hold the truth."""
    demand = ir.Demand("1 + prices + x", random="0 + prices + x")
    truth = {"prices": EDGE_TRUTH["prices"], "sigma[prices]": sigma}
    truth |= {"sigma[x, prices]": 0.0, "sigma[x]": 0.0}
    counts = dict.fromkeys(("x at zero", "both at zero"), 0.0)
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(samples):
        panel = full_sample(seed, sigma, markets)
        start = {"sigma": [[0.5, 0], [0.1, 0.5]]}
        fit = ir.estimate(demand, panel, start=start, n_starts=1)
        counts["x at zero"] += (fit.at_edge == ("sigma[x]",)) / samples
        counts["both at zero"] += (len(fit.at_edge) == 2) / samples
        for name, value in truth.items():
            interval = fit.conf_int().loc[name]
            if not np.isfinite(interval).all():  # A covariance of tastes that nobody has.
                continue
            interval = _unsigned(interval) if name in ("sigma[prices]", "sigma[x]") else interval
            held[name].append(_holds(interval, value))
    counts |= {name: float(np.mean(every)) for name, every in held.items()}
    return counts


def _normal_nodes() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def _products(
    prices: np.ndarray, shares: np.ndarray, excluded: list[np.ndarray], **columns: np.ndarray
) -> pd.DataFrame:
    """A table of products from arrays (T, J)."""
    T, J = prices.shape
    table = {"market_ids": np.repeat(np.arange(T), J), "prices": prices.ravel()}
    table |= {"shares": shares.ravel()} | {name: a.ravel() for name, a in columns.items()}
    table |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    return pd.DataFrame(table)


def _near(a: np.ndarray) -> np.ndarray:
    """How many rivals are close in a (T, J)."""
    return (np.abs(a[:, :, None] - a[:, None, :]) < 0.7 * a.std()).sum(axis=2) - 1.0


def edge_coverage(sigma: float, markets: int, samples: int, profiles: bool) -> dict[str, float]:
    """Parts of samples, by what is counted."""
    counts: dict[str, float] = {}

    def count(name: str, happened: object) -> None:
        counts[name] = counts.get(name, 0) + bool(happened) / samples

    for seed in range(samples):
        panel = edge_sample(seed, sigma, markets)
        fit = ir.estimate(EDGE_DEMAND, panel, start={"sigma": [0.5]}, n_starts=1)
        at_zero, found = bool(fit.at_edge), abs(fit.params["sigma[prices]"])
        count("at zero", at_zero)
        intervals, square_error = fit.conf_int(), fit.covariance.iloc[-1, -1] ** 0.5
        count("prices", _holds(intervals.loc["prices"], EDGE_TRUTH["prices"]))
        ours = _unsigned(intervals.loc["sigma[prices]"])
        count("sigma", _holds(ours, sigma))
        error = 0.0 if at_zero else 1.96 * square_error
        plain = ours if at_zero else (found - error, found + error)
        count("sigma, 1.96 errors", _holds(plain, sigma))
        square = found**2 + 2 * found * error * np.array([-1, 1])
        count("sigma, square", _holds(ours if at_zero else np.sqrt(np.maximum(square, 0)), sigma))
        if profiles:
            p, s = (fit.profile(name) for name in ("prices", "sigma[prices]"))
            count("prices, profile", _holds((p.low, p.high), EDGE_TRUTH["prices"]))
            count("sigma, profile", _holds(_unsigned((s.low, s.high)), sigma))
    return counts


def _holds(interval: Any, value: float) -> bool:
    low, high = interval
    return bool(low <= value <= high)


def _unsigned(interval: Any) -> tuple[float, float]:
    """Of a standard deviation's size: it has no sign, nor then the estimate."""
    low, high = interval
    return (max(low, -high, 0.0), max(high, -low))


@dataclass(frozen=True)
class SurveyCase:
    """Samples of a panel and of consumers (moments, answers), what is estimated, and the truth."""

    sample: Callable[[int, int], tuple[ir.Panel, list[Any], pd.DataFrame]]
    demand: ir.Demand
    start: Mapping[str, Any]
    truth: Mapping[str, float]

    scores: bool = False

    def coverage(self, samples: int, markets: int) -> dict[str, float]:
        """Parts of samples whose intervals hold the truth, and mean standard errors."""
        counts = dict.fromkeys((*self.truth, *(f"error of {n}" for n in self.truth)), 0.0)
        for seed in range(samples):
            fit = self._estimated(*self.sample(seed, markets))
            for name, value in self.truth.items():
                interval = fit.conf_int().loc[name]
                interval = _unsigned(interval) if name.startswith("sigma") else interval
                counts[name] += _holds(interval, value) / samples
                counts[f"error of {name}"] += fit.standard_errors[name] / samples
        return counts

    def _estimated(self, panel: ir.Panel, micro: list[Any], answers: pd.DataFrame) -> ir.Estimate:
        fit = ir.estimate(self.demand, panel, start=self.start, micro=micro, n_starts=1)
        if not self.scores:
            return fit
        micro = list(ir.choice_scores(fit, micro[0].dataset, answers).moments)
        start = {"pi": fit.pi}
        return ir.estimate(self.demand, panel, start=start, micro=micro, n_starts=1)


INCOME_TRUTH = {"prices": -1.2, "pi[prices, income]": 0.5}


def income_sample(seed: int, markets: int) -> tuple[ir.Panel, list[Any], pd.DataFrame]:
    """A panel whose price coefficient moves with income, and what 2,000 buyers say."""
    rng = np.random.default_rng(seed)
    T, J, I, n = markets, 4, 100, 2000
    x, z = rng.normal(size=(2, T, J))
    xi = 0.4 * rng.normal(size=(T, J))
    prices = 3 + 0.7 * z + 0.3 * xi
    income = rng.normal(size=(T, I))
    alpha = INCOME_TRUTH["prices"] + INCOME_TRUTH["pi[prices, income]"] * income
    u = (1 + x + xi)[..., None] + prices[..., None] * alpha[:, None, :]
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    excluded = [z, z**2, z.sum(axis=1, keepdims=True) - z]
    products = _products(prices, P.mean(axis=-1), excluded, x=x)
    products["product_ids"] = np.tile(np.arange(J), T)
    agents = {"market_ids": np.repeat(np.arange(T), I), "weights": 1 / I, "income": income.ravel()}
    t, j, i = np.unravel_index(rng.choice(P.size, size=n, p=P.ravel() / P.sum()), P.shape)
    covariance = np.cov(prices[t, j], income[t, i], bias=True)[0, 1]
    survey = ir.MicroDataset(name="survey", observations=n, buyers=True)
    panel = ir.read_panel(products, pd.DataFrame(agents))
    answers = pd.DataFrame({"market_ids": t, "product_ids": j, "income": income[t, i]})
    return panel, [ir.MicroCovariance("prices", "income", covariance, survey)], answers


INCOME = SurveyCase(
    income_sample,
    ir.Demand("1 + prices + x", random="0 + prices", demographics="0 + income"),
    {"pi": [[0.2]]},
    INCOME_TRUTH,
)
SCORES = replace(INCOME, scores=True)
SECOND_TRUTH = {"prices": -1.0, "sigma[x]": 1.0, "rho": 0.4}


def second_sample(seed: int, markets: int) -> tuple[ir.Panel, list[Any], pd.DataFrame]:
    """A panel of nests and tastes for x, and the second choices of 1,000 buyers."""
    rng = np.random.default_rng(seed)
    T, J, n = markets, PRODUCTS, 1000
    x, z = rng.normal(size=(2, T, J))
    xi = 0.4 * rng.normal(size=(T, J))
    prices = 3 + 0.7 * z + 0.3 * xi
    nodes, weights = _normal_nodes()
    nests = np.arange(J) % 2
    u = (1 + SECOND_TRUTH["prices"] * prices + x + xi)[..., None]
    u = u + SECOND_TRUTH["sigma[x]"] * x[..., None] * nodes
    model = Nested(nests, SECOND_TRUTH["rho"])
    P = model.evaluate(u)[0]
    pairs = np.zeros((T, J, J))
    for j in range(J):
        others = np.delete(np.arange(J), j)
        without = model.subset(others).evaluate(u[:, others])[0]
        pairs[:, j, others] = (without - P[:, others]) @ weights
    t, j, k = np.unravel_index(
        rng.choice(pairs.size, size=n, p=pairs.ravel() / pairs.sum()), pairs.shape
    )
    kind = (x > 0).astype(int)
    excluded = [z, z**2, _near(x), _near(z)]
    own = nests[:, None] == nests
    excluded += [((own - np.eye(J)) @ a[..., None])[..., 0] for a in (x, z)]
    products = _products(prices, P @ weights, excluded, x=x, kind=kind)
    products["nesting_ids"] = np.tile(nests, T)
    agents = {"market_ids": np.repeat(np.arange(T), NODES), "weights": np.tile(weights, T)}
    agents |= {"nodes0": np.tile(nodes, T)}
    survey = ir.MicroDataset(name="survey", observations=n, second_choices=True)
    same = [
        ir.SecondChoice("nesting_ids", float((nests[j] == nests[k]).mean()), survey),
        ir.SecondChoice("kind", float((kind[t, j] == kind[t, k]).mean()), survey),
    ]
    return ir.read_panel(products, pd.DataFrame(agents)), same, pd.DataFrame()


SECOND = SurveyCase(
    second_sample,
    ir.Demand("1 + prices + x", random="0 + x", nested=True),
    {"sigma": [0.5], "rho": 0.2},
    SECOND_TRUTH,
)


def main(samples: int, part: str) -> None:
    """Print the tables asked for."""
    if part in ("all", "edge", "profiles"):
        cases = [(s, T) for T in (60, 240) for s in (0.0, 0.2, 0.5, 1.0)]
        rows = {c: edge_coverage(*c, samples, profiles=part == "profiles") for c in cases}
        table = pd.DataFrame(rows).T.rename_axis(["true sigma", "markets"])
        print(table.round(3).to_string())
    if part in ("all", "full"):
        cases = [(s, T) for T in (60, 240) for s in (0.0, 0.5)]
        rows = {c: full_coverage(*c, samples) for c in cases}
        table = pd.DataFrame(rows).T.rename_axis(["true sigma of prices", "markets"])
        print(table.round(3).to_string())
    for name, case in {"survey": INCOME, "scores": SCORES, "second": SECOND}.items():
        if part in ("all", name):
            found = pd.DataFrame({T: case.coverage(samples, T) for T in (40, 160)}).T
            print(found.round(3).rename_axis(f"{name}: markets").to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500, [*sys.argv[2:], "all"][0])
