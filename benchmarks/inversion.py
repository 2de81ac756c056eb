"""Inversion of shares beside PyBLP's, on the same arrays, from the same start, one BLAS thread.

    python benchmarks/inversion.py

PyBLP's side is its own market-by-market fixed point (SQUAREM at 1e-14 and safe_linear: its
defaults), called directly, so that neither building a Problem nor anything else is counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyblp
from goals import ROWS, compared, machine, quickest
from threadpoolctl import threadpool_limits

from inroads.choice import Logit, invert, shares

pyblp.options.verbose = False
BOUNDS = (1e-300, np.inf)


def nevo() -> tuple[pyblp.Problem, np.ndarray, np.ndarray]:
    """Nevo's cereals and the tutorial's starting values."""
    problem = pyblp.Problem(
        (
            pyblp.Formulation("0 + prices", absorb="C(product_ids)"),
            pyblp.Formulation("1 + prices + sugar + mushy"),
        ),
        pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION),
        pyblp.Formulation("0 + income + income_squared + age + child"),
        pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION),
    )
    pi = np.array(
        [
            [5.4819, 0, 0.2037, 0],
            [15.8935, -1.2000, 0, 2.6342],
            [-0.2506, 0, 0.0511, 0],
            [1.2650, 0, -0.8091, 0],
        ]
    )
    return problem, np.diag([0.3302, 2.4526, 0.0163, 0.2441]), pi


def large(markets: int = 100, J: int = 100, agents: int = 1000) -> tuple[object, ...]:
    """Simulated markets of 100 products and 1,000 agents with three random coefficients."""
    rng = np.random.default_rng(7)
    sigma = np.diag([1.0, 0.5, 1.5])
    products, people = [], []
    for t in range(markets):
        x = np.column_stack([np.ones(J), rng.uniform(1, 3, J), rng.normal(size=J)])
        nodes = rng.normal(size=(agents, 3))
        delta = rng.normal(-3, 1, size=J)
        P, _ = Logit().evaluate(delta[:, None] + x @ sigma @ nodes.T)
        products.append(
            pd.DataFrame(
                {
                    "market_ids": t,
                    "firm_ids": np.arange(J) % 5,
                    "prices": x[:, 1],
                    "x": x[:, 2],
                    "shares": shares(P, np.full(agents, 1 / agents)),
                    "demand_instruments0": rng.normal(size=J),
                }
            )
        )
        people.append(
            pd.DataFrame(nodes, columns=["nodes0", "nodes1", "nodes2"]).assign(
                market_ids=t, weights=1 / agents
            )
        )
    formulations = (pyblp.Formulation("1 + prices"), pyblp.Formulation("1 + prices + x"))
    problem = pyblp.Problem(formulations, pd.concat(products), None, pd.concat(people))
    return problem, sigma, np.zeros((3, 0))


def beside(
    name: str,
    problem: pyblp.Problem,
    sigma: np.ndarray,
    pi: np.ndarray,
    *,
    rows: int,
    goal: float,
) -> None:
    """Time both on the arrays of the problem's markets, `rows` of ours at once; print the ratio."""
    from pyblp.markets.market import Market
    from pyblp.parameters import Parameters

    parameters = Parameters(problem, sigma, pi, allow_linear_nans=True)
    rho = np.zeros((problem.H, 1))
    markets = [Market(problem, t, parameters, sigma, pi, rho) for t in problem.unique_market_ids]
    S = np.stack([np.asarray(m.products.shares).ravel() for m in markets])
    mu = np.stack([np.asarray(m.mu, dtype=float) for m in markets])
    w = np.stack([np.asarray(m.agents.weights).ravel() for m in markets])
    start = np.log(S) - np.log1p(-S.sum(axis=1, keepdims=True))
    iteration = pyblp.Iteration("squarem", {"atol": 1e-14})

    def theirs() -> np.ndarray:
        return np.stack(
            [
                np.asarray(m.compute_delta(d[:, None], iteration, "safe_linear", BOUNDS)[0])
                for m, d in zip(markets, start, strict=True)
            ]
        )[..., 0]

    def ours() -> np.ndarray:
        stacks = range(0, len(S), rows)
        return np.concatenate(
            [invert(*(x[k : k + rows] for x in (S, mu, w))).value for k in stacks]
        )

    def error(delta: np.ndarray) -> float:
        P, _ = Logit().evaluate(delta[..., None] + mu)
        return float(np.abs(np.log(shares(P, w)) - np.log(S)).max())

    peer, expected = quickest(theirs, 2.0)
    own, found = quickest(ours, 1.0)
    compared(
        name,
        peer,
        own,
        goal,
        f"largest error in log shares: pyblp {error(expected.astype(float)):.0e}, inroads "
        f"{error(found):.0e}; delta differ by {np.abs(expected.astype(float) - found).max():.0e}",
    )


def hard(count: int = 5000) -> None:
    """Shares down to 1e-12, an outside share down to 1e-6, tastes up to 17 standard deviations."""
    rng = np.random.default_rng(20171215)
    solved, worst = 0, 0.0
    for _ in range(count):
        J, agents = rng.integers(2, 40), rng.integers(5, 200)
        mu = rng.normal(size=(J, agents)) * rng.uniform(0, 17)
        S = np.exp(-rng.exponential(1, size=J) * rng.choice([1, 5, 10]))
        outside = 10 ** -rng.uniform(0, 6)
        S = np.maximum(S / S.sum(), 1e-12)
        S *= (1 - outside) / S.sum()
        w = rng.dirichlet(np.ones(agents))
        found = invert(S, mu, w, throw=False)
        solved += found.converged
        worst = max(worst, found.residual)
    line = f"hard inversions: {solved} of {count} solved, largest error in log shares {worst:.0e}"
    ROWS.append(line)
    print(line)


def main() -> None:
    """The tutorial's markets, and hard ones."""
    with threadpool_limits(1):
        beside("inversion, Nevo, 94 markets x 24 products x 20 agents", *nevo(), rows=94, goal=20)
        hard()


if __name__ == "__main__":
    machine()
    main()
