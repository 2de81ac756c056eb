"""Objective, Jacobian and standard errors at fixed parameters beside PyBLP, on a larger panel.

500 markets x 40 products x 500 agents, five random coefficients, no supply. PyBLP solves with its
`return` optimizer, inversions at 1e-13 as ours, without its final check of the Hessian. One process
and one thread each; building the problem is not counted.

    python benchmarks/synthetic.py            ours by the number of markets, then beside PyBLP
    python benchmarks/synthetic.py MARKETS    ours alone, one line of JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from goals import compared, machine, peak_memory, quickest
from threadpoolctl import threadpool_limits

import inroads as ir
from inroads.choice import Logit
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations
from inroads.estimation.gmm.error_covariance import moment_covariance
from inroads.estimation.gmm.moments import Projection, residuals_of
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.weights import tsls_weight_factor

TRUE = np.diag([0.5, 0.3, 1.0, 0.7, 0.4])
TRIED = 1.2 * TRUE
FORMULA = "1 + prices + x0 + x1 + x2"


def tables(
    markets: int, J: int = 40, agents: int = 500, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Products and agents of markets made with `TRUE`."""
    rng = np.random.default_rng(seed)
    products, people = [], []
    for t in range(markets):
        x, cost, xi = rng.normal(size=(J, 3)), rng.uniform(size=J), 0.3 * rng.normal(size=J)
        prices = 1 + cost + 0.3 * xi + 0.2 * x[:, 0] ** 2
        nodes = rng.normal(size=(agents, 5))
        delta = 1 - 2 * prices + x @ [1.0, 0.5, -0.5] + xi
        X2 = np.column_stack([np.ones(J), prices, x])
        P, _ = Logit().evaluate(delta[:, None] + X2 @ TRUE @ nodes.T)
        made = np.column_stack([cost, cost**2, cost[:, None] * x, x**2])
        columns = {f"demand_instruments{k}": column for k, column in enumerate(made.T)}
        columns |= {f"x{k}": x[:, k] for k in range(3)}
        products.append(
            pd.DataFrame({"market_ids": t, "shares": P.mean(axis=1), "prices": prices, **columns})
        )
        names = [f"nodes{k}" for k in range(5)]
        people.append(pd.DataFrame(nodes, columns=names).assign(market_ids=t, weights=1 / agents))
    return pd.concat(products, ignore_index=True), pd.concat(people, ignore_index=True)


def ours(
    panel: ir.Panel,
    workers: int = 2,
    linear: str = FORMULA,
    random: str = FORMULA,
    tried: np.ndarray = TRIED,
) -> Callable[[], tuple[float, np.ndarray]]:
    """A function that gives the objective and the standard errors, from scratch each time."""
    arrays = build_design(ir.Demand(linear, random=random), panel)
    free = ParameterLayout.from_start(arrays, tried)

    def run() -> tuple[float, np.ndarray]:
        system = NonlinearEquations(arrays, panel, free, workers)
        regressions = system.regressions
        projection = Projection(regressions, tsls_weight_factor(regressions))
        values = system.at(free.start)
        y, slopes = values.y, system.jacobian(values).dy
        r = projection.residual(y)
        N = len(panel)
        S = moment_covariance(regressions, residuals_of(regressions, y, projection.beta(y)))
        G = np.hstack([projection.weighted_regressors, -projection.moments(slopes)]) / np.sqrt(N)
        bread = np.linalg.pinv(G) @ projection.weight_factor.T
        return float(r @ r), np.sqrt(np.diag(bread @ S @ bread.T / N))

    return run


def by_pyblp(problem: Any, tried: np.ndarray = TRIED) -> Any:
    """The same by PyBLP, without its final check of the Hessian, inversions at 1e-13 as ours."""
    import pyblp

    return problem.solve(
        tried,
        method="1s",
        optimization=pyblp.Optimization("return"),
        iteration=pyblp.Iteration("squarem", {"atol": 1e-13}),
        check_optimality="gradient",
    )


def alone(markets: int) -> None:
    """Print seconds and peak memory (MiB) of ours, this process doing nothing else."""
    panel = ir.read_panel(*tables(markets))
    with threadpool_limits(1):
        seconds, _ = quickest(ours(panel, 1), 1.0)
    peak = peak_memory()
    print(json.dumps({"markets": markets, "seconds": seconds, "peak": peak}))


def compare(markets: int = 500) -> None:
    """Time both, check that they agree, print the ratio."""
    import pyblp

    pyblp.options.verbose = False
    products, agents = tables(markets)
    formulas = (pyblp.Formulation(FORMULA), pyblp.Formulation(FORMULA))
    problem = pyblp.Problem(formulas, products, None, agents)
    panel = ir.read_panel(products, agents)
    with threadpool_limits(1):
        peer, theirs = quickest(lambda: by_pyblp(problem), 1.0, 3)
        own, (objective, errors) = quickest(ours(panel, 1), 2.0)
    expected = np.concatenate([theirs.beta_se.ravel(), np.diag(theirs.sigma_se)])
    compared(
        f"objective with Jacobian and errors, {markets} markets x 40 products x 500 agents",
        peer,
        own,
        40,
        f"objectives {float(theirs.objective):.10g} and {objective:.10g}, standard errors differ "
        f"by {np.abs(errors / expected - 1).max():.0e} of themselves",
    )


def main() -> None:
    """Ours by the number of markets, each in a process of its own, then beside PyBLP.

    A process begins with the peak memory of the one that starts it, so this comes first.
    """
    for markets in (125, 250, 500):
        line = subprocess.run(
            [sys.executable, __file__, str(markets)], check=True, capture_output=True, text=True
        ).stdout
        found = json.loads(line)
        print(f"{markets} markets: {found['seconds']:.3f} s, peak {found['peak']:.0f} MiB")
    compare()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        alone(int(sys.argv[1]))
    else:
        machine()
        main()
