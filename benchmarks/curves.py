"""How long an evaluation takes as panels grow: products, markets, agents, random coefficients.

One evaluation is the objective with its Jacobian, from plain logit's mean utilities, on one thread
(CPU seconds, the quickest of several). Each curve varies one of J, T, I over two decades, or K from
1 to 10, the others as in BASE; PyBLP beside it where it takes under a few seconds. Exponents are
slopes in logs over the upper half of a curve, where what does not grow no longer counts.

    python benchmarks/curves.py            prints the curves
    python benchmarks/curves.py FOLDER     and writes curves.csv and curves.svg there
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import synthetic
from goals import machine, quickest
from threadpoolctl import threadpool_limits

import inroads as ir
from inroads.choice import Logit

BASE = {"J": 40, "T": 50, "I": 200, "K": 3}
CURVES = {
    "J": [10, 20, 50, 100, 200, 500, 1000],
    "T": [10, 20, 50, 100, 200, 500, 1000],
    "I": [50, 100, 200, 500, 1000, 2000, 5000],
    "K": [1, 2, 3, 5, 7, 10],
}
WORDS = {"J": "products a market", "T": "markets", "I": "agents", "K": "random coefficients"}
#: the largest J T I at which the peer is run
MOST = 2_100_000


def tables(J: int, T: int, I: int, K: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Products with K characteristics, and agents."""
    rng = np.random.default_rng(0)
    products, people = [], []
    for t in range(T):
        x, cost, xi = rng.normal(size=(J, K)), rng.uniform(size=J), 0.3 * rng.normal(size=J)
        prices, nodes = 1 + cost + 0.3 * xi, rng.normal(size=(I, K))
        mu = x @ (0.5 * nodes.T)
        P, _ = Logit().evaluate((-1 - prices + 0.5 * x.sum(axis=1) + xi)[:, None] + mu)
        made = np.column_stack([cost, cost**2, x**2])
        products.append(
            pd.DataFrame(
                {"market_ids": t, "shares": P.mean(axis=1), "prices": prices}
                | {f"x{k}": x[:, k] for k in range(K)}
                | {f"demand_instruments{k}": column for k, column in enumerate(made.T)}
            )
        )
        names = [f"nodes{k}" for k in range(K)]
        people.append(pd.DataFrame(nodes, columns=names).assign(market_ids=t, weights=1 / I))
    return pd.concat(products, ignore_index=True), pd.concat(people, ignore_index=True)


def seconds(size: dict[str, int], peer: bool) -> tuple[float, float]:
    """Ours and, where it is run, PyBLP's."""
    import pyblp

    products, people = tables(**size)
    random = "0 + " + " + ".join(f"x{k}" for k in range(size["K"]))
    linear = "1 + prices + " + random[4:]
    tried = 0.6 * np.eye(size["K"])
    run = synthetic.ours(ir.read_panel(products, people), 1, linear, random, tried)
    own, (objective, _) = quickest(run, 0.5, 20)
    if not peer:
        return own, np.nan
    pyblp.options.verbose = False
    formulas = (pyblp.Formulation(linear), pyblp.Formulation(random))
    problem = pyblp.Problem(formulas, products, None, people)
    theirs, found = quickest(lambda: synthetic.by_pyblp(problem, tried), 0.0)
    gap = abs(float(found.objective) / objective - 1)
    assert gap < 1e-6, f"objectives differ by {gap}"
    return own, theirs


def exponent(x: pd.Series, y: pd.Series) -> float:
    """The slope in logs over the upper half."""
    upper = y.notna() & (x >= x[y.notna()].median())
    return float(np.polyfit(np.log(x[upper]), np.log(y[upper]), 1)[0])


def measured() -> pd.DataFrame:
    """A row a point: which curve, its value, seconds of both."""
    rows = []
    for name, values in CURVES.items():
        for value in values:
            size = BASE | {name: value}
            peer = size["J"] * size["T"] * size["I"] <= MOST
            with threadpool_limits(1):
                own, theirs = seconds(size, peer)
            rows.append({"curve": name, "value": value, "inroads": own, "pyblp": theirs})
            print(f"  {name} = {value}: inroads {own:.4g} s, pyblp {theirs:.4g} s", flush=True)
    return pd.DataFrame(rows)


def plot(table: pd.DataFrame, path: Path) -> None:
    """The four curves, both axes in logs."""
    import altair as alt

    long = table.melt(["curve", "value"], ["inroads", "pyblp"], "who", "seconds").dropna()
    charts = []
    for name, words in WORDS.items():
        lines = alt.Chart(long[long["curve"] == name]).mark_line(point=True)
        charts.append(
            lines.encode(
                x=alt.X("value", scale=alt.Scale(type="log"), title=words),
                y=alt.Y("seconds", scale=alt.Scale(type="log"), title="CPU seconds"),
                color=alt.Color("who", title=None),
            ).properties(width=260, height=200)
        )
    alt.vconcat(charts[0] | charts[1], charts[2] | charts[3]).save(path)


def main(folder: Path | None = None) -> None:
    """Curves and their exponents."""
    base = ", ".join(f"{WORDS[name]} {value}" for name, value in BASE.items())
    print(f"objective with Jacobian and errors; unless varied: {base}")
    table = measured()
    for name, curve in table.groupby("curve", sort=False):
        own, theirs = (exponent(curve["value"], curve[who]) for who in ("inroads", "pyblp"))
        print(
            f"  {WORDS[str(name)]}: inroads grows like {name}^{own:.2f}, "
            f"pyblp like {name}^{theirs:.2f}"
        )
    if folder is not None:
        table.to_csv(folder / "curves.csv", index=False, float_format="%.4g")
        plot(table, folder / "curves.svg")


if __name__ == "__main__":
    machine()
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
