"""A million rows, two absorbed effects: logit and nested logit beside pyfixest and linearmodels.

1,000,000 products in 50,000 markets, effects of 10,000 and 1,000 levels, prices with two excluded
instruments. The peers, where they are installed, do the regression of log share ratios alone:
two-stage least squares with robust errors (pyfixest), least squares (linearmodels, which absorbs
effects in no other estimator). Each side in a process of its own, on one thread, its second run.

    python benchmarks/rows.py
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from goals import ROWS, machine, peak_memory, within

N, LEVELS, J = 1_000_000, (10_000, 1_000), 20


def write(path: Path) -> None:
    """The table of products as Parquet."""
    rng = np.random.default_rng(0)
    T = N // J
    # Twenty different products in each market.
    a = ((rng.integers(0, LEVELS[0], T)[:, None] + 489 * np.arange(J)) % LEVELS[0]).ravel()
    b = rng.integers(0, LEVELS[1], N)
    z, xi, x = rng.uniform(size=N), 0.3 * rng.normal(size=N), rng.normal(size=N)
    effects = 0.3 * rng.normal(size=LEVELS[0])[a] + 0.3 * rng.normal(size=LEVELS[1])[b]
    prices = 1 + z + 0.3 * xi
    odds = np.exp(-2 * prices + 0.5 * x + xi - 1 + effects).reshape(T, J)
    table = {
        "market_ids": np.repeat(np.arange(T), J),
        "product_ids": a,
        "store": b,
        "prices": prices,
        "x": x,
        "shares": (odds / (1 + odds.sum(axis=1, keepdims=True))).ravel(),
        "demand_instruments0": z,
        "demand_instruments1": z**2,
        "nesting_ids": np.tile(np.arange(J) % 4, T),
    }
    pd.DataFrame(table).to_parquet(path)


def second(run: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the second of two runs, and its answer."""
    run()
    start = time.process_time()
    answer = run()
    return time.process_time() - start, answer


def ours(path: str, nested: bool) -> dict[str, float]:
    """Reading, and the estimate."""
    import inroads as ir

    read, panel = second(lambda: ir.read_panel(path))
    demand = ir.Demand("0 + prices + x", absorb="product_ids + store", nested=nested)
    seconds, fit = second(lambda: ir.estimate(demand, panel))
    return {
        "read": read,
        "seconds": seconds,
        "prices": float(fit.params["prices"]),
        "error": float(fit.standard_errors["prices"]),
    }


def _regressed(path: str) -> pd.DataFrame:
    table = pd.read_parquet(path)
    rest = 1 - table.groupby("market_ids")["shares"].transform("sum")
    return table.assign(y=np.log(table["shares"]) - np.log(rest))


def pyfixest(path: str) -> dict[str, float]:
    """Two-stage least squares."""
    import pyfixest as pf

    table = _regressed(path)
    formula = "y ~ x | product_ids + store | prices ~ demand_instruments0 + demand_instruments1"
    seconds, fit = second(lambda: pf.feols(formula, table, vcov="hetero"))
    return {"seconds": seconds, "prices": fit.coef()["prices"], "error": fit.se()["prices"]}


def linearmodels(path: str) -> dict[str, float]:
    """Least squares."""
    from linearmodels.iv.absorbing import AbsorbingLS

    table = _regressed(path)
    absorbed = table[["product_ids", "store"]].astype("category")
    seconds, fit = second(
        lambda: AbsorbingLS(table["y"], table[["prices", "x"]], absorb=absorbed).fit(
            cov_type="robust"
        )
    )
    return {"seconds": seconds, "prices": fit.params["prices"], "error": fit.std_errors["prices"]}


RUNS = {
    "logit": lambda path: ours(path, False),
    "nested": lambda path: ours(path, True),
    "pyfixest": pyfixest,
    "linearmodels": linearmodels,
}


def main() -> None:
    """Each in a process of its own."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.parquet"
        write(path)
        for name in RUNS:
            if name not in ("logit", "nested") and importlib.util.find_spec(name) is None:
                print(f"  {name} is not installed")
                continue
            one = {"OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, __file__, name, str(path)],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, **one},
            )
            found[name] = json.loads(done.stdout.splitlines()[-1])
            print(f"  {name}: " + ", ".join(f"{k} {v:.6g}" for k, v in found[name].items()))
    within("1,000,000 rows of Parquet read", found["logit"]["read"], 2.0)
    peers = [found[name]["seconds"] for name in ("pyfixest", "linearmodels") if name in found]
    for name in ("logit", "nested"):
        case = f"{name}, 1,000,000 rows, effects of 10,000 and 1,000 levels"
        if peers:
            own = found[name]["seconds"]
            within(f"{case}: {own:.3g} s, over the quickest peer's {min(peers):.3g} s",
                   own / min(peers), 1.5, "times")  # fmt: skip
        else:
            ROWS.append(f"{case}: {found[name]['seconds']:.3g} s, no peer installed")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer = RUNS[sys.argv[1]](sys.argv[2])
        answer["peak MiB"] = peak_memory()
        print(json.dumps({k: float(v) for k, v in answer.items()}))
    else:
        machine()
        main()
