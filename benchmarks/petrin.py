"""Petrin's (2002) minivans with micro moments: two-step GMM with supply, 1,000 agents a market.

    python benchmarks/petrin.py          here
    python benchmarks/petrin.py --peer   and by PyBLP, as in its tutorial (it takes long)

Prints CPU seconds, the objective, price coefficients by income, and what consumers would lose
in 1984 without minivans.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import goals
import numpy as np
import pandas as pd
import pyblp
from threadpoolctl import threadpool_limits

import inroads as ir

LINEAR = "1 + hpwt + space + air + mpd + fwd + mi + sw + su + pv + pgnp + trend + trend2"
RANDOM = "1 + I(-prices) + hpwt + space + air + mpd + fwd + mi + sw + su + pv"
COSTS = "1 + log(hpwt) + log(wt) + log(mpg) + air + fwd + trend * (jp + eu) + log(q)"
AGENTS = (
    "1 + I(low / income) + I(mid / income) + I(high / income) + I(log(fs) * fv) + age + fs + mid"
    " + high"
)
CLASSES = ("mi", "sw", "su", "pv")
SIGMA = np.diag([3.23, 0, 4.43, 0.46, 0.01, 2.58, 4.42, 0, 0, 0, 0])
PI = np.zeros((11, 9))
PI[1, 1:4] = [7.52, 31.13, 34.49]
PI[7:11, 4] = [0.57, 0.28, 0.31, 0.42]


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Products, agents, values of micro moments."""
    values = pd.read_csv(pyblp.data.PETRIN_VALUES_LOCATION, index_col=0)["value"]
    products = pd.read_csv(pyblp.data.PETRIN_PRODUCTS_LOCATION)
    return products, pd.read_csv(pyblp.data.PETRIN_AGENTS_LOCATION), values


def ours() -> ir.Estimate:
    """The estimate, from PyBLP's start alone, weights updated there."""
    products, agents, values = tables()
    cex = ir.MicroDataset(name="CEX", observations=29125)
    moments = [
        ir.MicroMean(x, values[f"E[{x} | {c}]"], cex, given=c)
        for c in CLASSES
        for x in ("age", "fs")
    ]
    moments += [
        ir.MicroMean("purchase", values[f"E[new | {g}]"], cex, given=g) for g in ("mid", "high")
    ]
    return ir.estimate(
        ir.Demand(LINEAR, random=RANDOM, demographics=AGENTS),
        ir.read_panel(products, agents),
        supply=ir.Supply(COSTS, lowest=0.001),
        start={"sigma": SIGMA, "pi": PI},
        errors="clustered",
        micro=moments,
        n_starts=1,
        initial_update=True,
    )


def loss_without_minivans(fit: ir.Estimate) -> float:
    """What the consumers of 1984 would lose at given prices, thousands of 1982-84 dollars each."""
    rows, buyers = fit.fitted.buyers_of(1984)
    table = fit.panel.products.iloc[rows]
    prices = table["prices"].to_numpy(float)
    others = (table["mi"] == 0).to_numpy()
    return float(buyers.at_prices(prices).surplus - buyers.at_prices(prices, others).surplus)


def peer() -> Any:
    """PyBLP's two-step estimate."""
    products, agents, values = tables()
    formulations = tuple(pyblp.Formulation(f) for f in (LINEAR, RANDOM, COSTS))
    problem = pyblp.Problem(
        formulations, products, pyblp.Formulation(AGENTS), agents, costs_type="log"
    )
    cex = pyblp.MicroDataset(
        name="CEX",
        observations=29125,
        compute_weights=lambda t, p, a: np.ones((a.size, 1 + p.size)),
    )

    def part(name: str, column: int | None, row: int | str) -> Any:
        def compute(t: Any, p: Any, a: Any) -> np.ndarray:
            one = np.ones(a.size) if column is None else a.demographics[:, column]
            if row in ("all", "bought"):
                return np.outer(one, np.r_[float(row == "all"), np.ones(p.size)])
            return np.outer(one, np.r_[0, p.X2[:, row]])

        return pyblp.MicroPart(name, cex, compute)

    def ratio(name: str, value: float, above: Any, below: Any) -> Any:
        return pyblp.MicroMoment(
            name,
            value,
            [above, below],
            lambda v: v[0] / v[1],
            lambda v: [1 / v[1], -v[0] / v[1] ** 2],
        )

    moments = []
    for row, c in enumerate(CLASSES, 7):
        below = part(c, None, row)
        for x, column in (("age", 5), ("fs", 6)):
            name = f"E[{x} | {c}]"
            moments.append(ratio(name, values[name], part(f"{x} {c}", column, row), below))
    for x, column in (("mid", 7), ("high", 8)):
        above, below = part(f"new {x}", column, "bought"), part(x, column, "all")
        moments.append(ratio(f"E[new | {x}]", values[f"E[new | {x}]"], above, below))
    return problem.solve(
        SIGMA,
        PI,
        costs_bounds=(0.001, None),
        W_type="clustered",
        se_type="clustered",
        micro_moments=moments,
        optimization=pyblp.Optimization("bfgs", {"gtol": 1e-4}),
        iteration=pyblp.Iteration("squarem", {"atol": 1e-13}),
    )


def main(with_peer: bool = True) -> None:
    """Both, CPU seconds: search, second step, standard errors."""
    with threadpool_limits(1):
        begun = time.process_time()
        fit = ours()
        own = time.process_time() - begun
        prices = fit.pi.loc["-prices"].iloc[1:4].round(2).tolist()
        print(f"inroads {own:.1f} s, objective {fit.objective:.6g}, prices by income {prices}")
        loss = loss_without_minivans(fit)
        print(f"loss without minivans {loss:.4g} thousand dollars a household", flush=True)
        if not with_peer:
            return
        pyblp.options.verbose = False
        begun = time.process_time()
        results = peer()
        taken = time.process_time() - begun
    value, other = float(np.ravel(results.objective)[0]), results.pi[1, 1:4].round(2).tolist()
    accuracy = f"objectives {value:.6g}, {fit.objective:.6g}; prices by income {other}, {prices}"
    goals.compared("minivans with micro moments, two steps", taken, own, 60, accuracy)


if __name__ == "__main__":
    main("--peer" in sys.argv)
