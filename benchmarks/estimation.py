"""Estimation beside PyBLP: Nevo's cereals, one step, the tutorial's start, one BLAS thread.

PyBLP runs with the tutorial's own search (BFGS to a gradient of 1e-5), without its final check of
the Hessian, which we do not make either. Building the problem is counted on neither side.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pyblp
from inversion import nevo
from threadpoolctl import threadpool_limits

import inroads as ir


def main() -> None:
    """Solve once with each, check that they agree, print the ratio."""
    problem, sigma, pi = nevo()
    demand = ir.Demand(
        "0 + prices",
        absorb="product_ids",
        random="1 + prices + sugar + mushy",
        demographics="0 + income + income_squared + age + child",
    )
    panel = ir.read_panel(
        pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION),
        pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION),
    )
    with threadpool_limits(1):
        start = time.perf_counter()
        theirs = problem.solve(
            sigma,
            pi,
            method="1s",
            optimization=pyblp.Optimization("bfgs", {"gtol": 1e-5}),
            # We compute no Hessian at the end; nor shall PyBLP.
            check_optimality="gradient",
        )
        peer = time.perf_counter() - start
        start = time.perf_counter()
        ours = ir.estimate(demand, panel, start={"sigma": sigma, "pi": pi}, steps=1)
        own = time.perf_counter() - start
    print(
        f"Nevo's cereals, one step: pyblp {peer:.3g} s, inroads {own:.3g} s, ratio {peer / own:.0f}"
    )
    gap = abs(float(theirs.objective) - ours.objective)
    error = np.abs(theirs.beta_se.ravel()[0] - ours.standard_errors["prices"])
    print(f"  objectives differ by {gap:.1e}, standard errors of prices by {error:.1e}")


if __name__ == "__main__":
    main()
