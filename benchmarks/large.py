"""Large markets beside PyBLP, on the same arrays, one BLAS thread.

Inversion from shares of logit, PyBLP's at its defaults (SQUAREM at 1e-14, safe_linear), called
market by market; objective with Jacobian at 10 markets x 1,000 products x 500 agents; merger prices
of one market; the memory of our inversion by J x I; and a search by nested pseudo-GMM.

    python benchmarks/large.py
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyblp
import synthetic
from goals import compared, machine, peak_memory, quickest
from inversion import beside, large
from pseudo_gmm import beside_gmm
from threadpoolctl import threadpool_limits

import inroads as ir
from inroads.estimation.design.matrices import build_design
from inroads.estimation.post_estimation import FittedDemand

SIZES = ((24, 20, 94), (100, 1000, 4), (500, 500, 1), (1000, 500, 1), (2000, 500, 1))
GOAL = 15


def objective(markets: int = 10, J: int = 1000, agents: int = 500) -> None:
    """Values, slopes and standard errors at fixed parameters."""
    products, people = synthetic.tables(markets, J, agents)
    formulas = (pyblp.Formulation(synthetic.FORMULA),) * 2
    problem = pyblp.Problem(formulas, products, None, people)
    run = synthetic.ours(ir.read_panel(products, people), 1)
    peer, theirs = quickest(lambda: synthetic.by_pyblp(problem), 1.0)
    own, (value, errors) = quickest(run, 2.0)
    expected = np.concatenate([theirs.beta_se.ravel(), np.diag(theirs.sigma_se)])
    compared(
        f"objective with Jacobian and errors, {markets} markets x {J} products x {agents} agents",
        peer,
        own,
        GOAL,
        f"objectives {float(theirs.objective):.10g} and {value:.10g}, standard errors differ by "
        f"{np.abs(errors / expected - 1).max():.0e} of themselves; inversions at 1e-13 on both",
    )


def merger(J: int = 500, agents: int = 500) -> None:
    """Prices of one market of ten firms after two of them merge, at fixed parameters."""
    products, people = synthetic.tables(4, J, agents)
    products["firm_ids"] = np.tile(np.arange(J) % 10, 4)
    bought = np.where(products["firm_ids"] == 1, 0, products["firm_ids"])
    formulas = (pyblp.Formulation(synthetic.FORMULA),) * 2
    problem = pyblp.Problem(formulas, products, None, people)
    theirs = synthetic.by_pyblp(problem)
    panel = ir.read_panel(products, people)
    demand = ir.Demand(synthetic.FORMULA, random=synthetic.FORMULA)
    fitted = FittedDemand(
        panel=panel,
        design=build_design(demand, panel),
        delta=theirs.delta.ravel(),
        sigma=synthetic.TRIED,
        pi=np.zeros((5, 0)),
        price_coefficient=float(theirs.beta[1, 0]),
        rho=np.zeros(0),
    )
    costs = theirs.compute_costs()
    peer, expected = quickest(
        lambda: theirs.compute_prices(firm_ids=bought[:, None], costs=costs), 1.0, 2
    )
    own, prices = quickest(lambda: fitted.prices(bought, costs.ravel()), 1.0)
    gap = np.abs(prices / expected.ravel() - 1).max()
    compared(
        f"merger prices, 4 markets of {J} products x {agents} agents",
        peer,
        own,
        None,
        f"prices differ by {gap:.0e} of themselves",
    )


def memory() -> None:
    """Peak memory of an inversion, each in a process of its own: linear in J x I."""
    for J, agents in ((500, 2000), (2000, 2000), (5000, 2000), (1000, 20000)):
        line = subprocess.run(
            [sys.executable, __file__, str(J), str(agents)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        print(f"  {line.strip()}", flush=True)


def alone(J: int, agents: int) -> None:
    """Seconds and peak memory of one inversion and its slopes."""
    from inroads.choice import invert
    from inroads.choice.inversion.slopes import solve_kernel

    rng = np.random.default_rng(0)
    mu, w = rng.normal(size=(J, agents)), np.full(agents, 1 / agents)
    S = rng.dirichlet(np.ones(J + 1))[:J]
    before = peak_memory()
    with threadpool_limits(1):
        seconds, found = quickest(lambda: invert(S, mu, w), 0.0)
        P = ir.choice.Logit().evaluate(found.value[:, None] + mu)[0]
        slopes, _ = quickest(
            lambda: solve_kernel(P[None], w[None], (S[:, None] * mu[:, :3])[None]), 0.0
        )
    print(
        f"{J} products x {agents} agents: inversion {seconds:.3g} s, three slopes {slopes:.3g} s, "
        f"peak {peak_memory() - before:.0f} MiB beyond mu of {mu.nbytes / 2**20:.0f} MiB"
    )


def main() -> None:
    """All of it."""
    pyblp.options.verbose = False
    with threadpool_limits(1):
        for J, agents, markets in SIZES:
            name = f"inversion, {markets} x {J} products x {agents} agents"
            rows = markets if J * agents < 1000 else 1
            beside(name, *large(markets, J, agents), rows=rows, goal=GOAL)
        objective()
        merger()
        beside_gmm()
    memory()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        alone(int(sys.argv[1]), int(sys.argv[2]))
    else:
        machine()
        main()
