"""Estimation beside PyBLP, the tutorials' problems from the tutorials' starts.

Each side reads its data and builds its problem first; what is timed is the search with standard
errors (PyBLP's `solve`, to its tutorial's gradient tolerance; ours stops closer), in one process on
one thread, without PyBLP's final check of the Hessian, which we do not make.

    python benchmarks/estimation.py           all of it
    python benchmarks/estimation.py whole     Nevo's cereals by us, the whole process
    python benchmarks/estimation.py gradient  by PyBLP, the whole process, strict
    python benchmarks/estimation.py both      by PyBLP, its default call
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from goals import compared, machine, quickest
from threadpoolctl import threadpool_limits

CEREALS = {
    "sigma": np.diag([0.3302, 2.4526, 0.0163, 0.2441]),
    "pi": np.array(
        [
            [5.4819, 0, 0.2037, 0],
            [15.8935, -1.2000, 0, 2.6342],
            [-0.2506, 0, 0.0511, 0],
            [1.2650, 0, -0.8091, 0],
        ]
    ),
}
AUTOS = {
    "sigma": np.diag([3.612, 0, 4.628, 1.818, 1.050, 2.056]),
    "pi": np.array([[0], [-43.501], [0], [0], [0], [0]]),
}


def data(name: str) -> Path:
    """A file of PyBLP's data, found without importing PyBLP."""
    spec = importlib.util.find_spec("pyblp")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / name


def cereals_by_pyblp() -> Callable[[str], Any]:
    """Nevo's cereals, one step, by what it checks at the end."""
    import pyblp

    pyblp.options.verbose = False
    problem = pyblp.Problem(
        (
            pyblp.Formulation("0 + prices", absorb="C(product_ids)"),
            pyblp.Formulation("1 + prices + sugar + mushy"),
        ),
        pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION),
        pyblp.Formulation("0 + income + income_squared + age + child"),
        pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION),
    )
    return lambda check: problem.solve(
        **CEREALS,
        method="1s",
        optimization=pyblp.Optimization("bfgs", {"gtol": 1e-5}),
        check_optimality=check,
    )


def autos_by_pyblp() -> Callable[[str], Any]:
    """BLP's automobiles, demand and supply, two steps, by what it checks at the end."""
    import pyblp

    problem = pyblp.Problem(
        (
            pyblp.Formulation("1 + hpwt + air + mpd + space"),
            pyblp.Formulation("1 + prices + hpwt + air + mpd + space"),
            pyblp.Formulation("1 + log(hpwt) + air + log(mpg) + log(space) + trend"),
        ),
        pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION),
        pyblp.Formulation("0 + I(1 / income)"),
        pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION),
        costs_type="log",
    )
    return lambda check: problem.solve(
        **AUTOS,
        initial_update=True,
        costs_bounds=(0.001, None),
        W_type="clustered",
        se_type="clustered",
        optimization=pyblp.Optimization("bfgs", {"gtol": 1e-5}),
        check_optimality=check,
    )


def ours(problem: str, workers: int = 2) -> Callable[[], Any]:
    """The same by us: the problem first, as PyBLP builds its problem, then search and errors."""
    import inroads as ir
    from inroads.estimation.collect_estimate import collect_estimate
    from inroads.estimation.gmm_steps import GmmOptions, run_gmm
    from inroads.estimation.problem import build_problem
    from inroads.estimation.progress import EvaluationCounter

    if problem == "cereals":
        demand = _cereals()
        panel = ir.read_panel(data("nevo_products.csv"), data("nevo_agents.csv"))
        arguments: dict[str, Any] = {"start": CEREALS}
        errors: Any = "robust"
        options = GmmOptions(steps=1, n_starts=1)
    else:
        demand = ir.Demand(
            "1 + hpwt + air + mpd + space",
            random="1 + prices + hpwt + air + mpd + space",
            demographics="0 + I(1 / income)",
        )
        panel = ir.read_panel(data("blp_products.csv"), data("blp_agents.csv"))
        costs = "1 + log(hpwt) + air + log(mpg) + log(space) + trend"
        arguments = {"supply": ir.Supply(costs, lowest=0.001), "start": AUTOS}
        errors = "clustered"
        options = GmmOptions(steps=2, n_starts=1, initial_update=True)

    def make() -> Callable[[], Any]:
        prepared = build_problem(demand, panel, errors=errors, workers=workers, **arguments)

        def solve() -> Any:
            counter = EvaluationCounter(lambda _: None)
            result = run_gmm(prepared, options, counter)
            return collect_estimate(
                demand, prepared, result, errors=errors, evaluations=counter.total
            )

        return solve

    return make


def beside(name: str, peer: Callable[[str], Any], problem: str, goal: float) -> tuple[Any, Any]:
    """Time both, print the ratio; our setting is made anew each time, uncounted."""
    with threadpool_limits(1):
        theirs_seconds, theirs = quickest(lambda: peer("gradient"), 10.0, 2)
        own, mine = np.inf, None
        for _ in range(4):
            seconds, answer = quickest(ours(problem, 1)(), 0.0)
            if seconds < own:
                own, mine = seconds, answer
    assert mine is not None
    compared(
        name,
        theirs_seconds,
        own,
        goal,
        f"objectives {float(theirs.objective):.10g} and {mine.objective:.10g}, xi differ by at "
        f"most {np.abs(theirs.xi.ravel() - mine.xi).max():.1e}; evaluations "
        f"{int(theirs.objective_evaluations)} and {mine.evaluations}",
    )
    return theirs, mine


def merger(theirs: Any, mine: Any) -> None:
    """Prices of all 94 cereal markets after firm 2 is bought by firm 1, costs at hand."""
    firms = mine.fitted.column("firm_ids").astype(str)
    bought = np.where(firms == "2", "1", firms)
    with threadpool_limits(1):
        costs = theirs.compute_costs()
        ids = bought[:, None]
        peer, expected = quickest(lambda: theirs.compute_prices(firm_ids=ids, costs=costs), 1.0)
        fitted = mine.fitted
        own, prices = quickest(lambda: fitted.prices(bought, costs.ravel()), 1.0)
    gap = np.abs(prices / expected.ravel() - 1).max()
    compared("merger prices, 94 cereal markets", peer, own, 20,
             f"prices differ by {gap:.1e} of themselves")  # fmt: skip


def whole() -> None:
    """Nevo's cereals from the start of the process to its end, on each side, by the clock."""
    own = min(_process("whole") for _ in range(3))
    peer = min(_process("gradient") for _ in range(2))
    compared("Nevo's cereals, the whole process (CPU of the process)", peer, own, 15)


def as_users_do() -> None:
    """Nevo's cereals by us, from files to standard errors."""
    import inroads as ir

    panel = ir.read_panel(data("nevo_products.csv"), data("nevo_agents.csv"))
    ir.estimate(_cereals(), panel, start=CEREALS, steps=1, n_starts=1)


def _cereals() -> Any:
    import inroads as ir

    return ir.Demand(
        "0 + prices",
        absorb="product_ids",
        random="1 + prices + sugar + mushy",
        demographics="0 + income + income_squared + age + child",
    )


def _process(which: str) -> float:
    """CPU seconds; both from bytecode, as installed: pip wrote the peer's, a first run ours."""
    given = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, __file__, which]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    threads = {"OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, capture_output=True, env={**given, **threads})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Every problem beside PyBLP."""
    theirs, mine = beside("Nevo's cereals, one step", cereals_by_pyblp(), "cereals", 150)
    merger(theirs, mine)
    whole()
    beside("BLP's automobiles, two steps with supply", autos_by_pyblp(), "autos", 60)


if __name__ == "__main__":
    if sys.argv[1:] == ["whole"]:
        as_users_do()
    elif sys.argv[1:]:
        cereals_by_pyblp()(sys.argv[1])
    else:
        machine()
        main()
