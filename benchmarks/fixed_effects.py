"""Fixed effects taken out of five columns, beside pyhdfe (PyBLP's): seconds, and what is left.

pyhdfe runs at its defaults (SAP, tolerance 1e-8). What is left is the largest sum of a residual
within a level, which is zero where least squares is exact. The long thin graph (each product in two
neighbouring stores) is the hard case of alternating projections.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
import pyhdfe

from inroads.estimation.design.fixed_effects import FixedEffects


def crossed(rows: int, *levels: int) -> np.ndarray:
    """Codes (rows, F) drawn at random: a graph that is well mixed."""
    rng = np.random.default_rng(0)
    return np.column_stack([pd.factorize(rng.integers(0, n, rows))[0] for n in levels])


def chain(links: int) -> np.ndarray:
    """Each product in two neighbouring stores, two weeks."""
    return np.array([(i, s) for i in range(links) for s in (i, i + 1) for _ in range(2)])


CASES = {
    "1,000,000 rows, 1,000": crossed(1_000_000, 1000),
    "1,000,000 rows, 5,000 x 200": crossed(1_000_000, 5000, 200),
    "1,000,000 rows, 20,000 x 5,000": crossed(1_000_000, 20000, 5000),
    "1,000,000 rows, 200,000 x 20,000": crossed(1_000_000, 200000, 20000),
    "100,000 rows, 2,000 x 100 x 50": crossed(100_000, 2000, 100, 50),
    "chain of 40": chain(40),
    "chain of 200": chain(200),
}


def left(codes: np.ndarray, columns: np.ndarray) -> float:
    """The largest sum of a column within a level."""
    sums = [np.abs(np.bincount(c, y)).max() for c in codes.T for y in columns.T]
    return float(max(sums))


def main() -> None:
    """One row a case."""
    print("fixed effects out of five columns: pyhdfe, inroads, ratio; left within a level")
    for name, codes in CASES.items():
        y = np.random.default_rng(1).normal(size=(len(codes), 5))
        start = time.perf_counter()
        ours = FixedEffects(codes).residualize(y)
        spent = time.perf_counter() - start
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = pyhdfe.create(codes, drop_singletons=False).residualize(y)
        peer = time.perf_counter() - start
        print(
            f"  {name:34s} {peer:8.3f} s {spent:8.3f} s {peer / spent:8.1f} x"
            f"   {left(codes, theirs):.0e} {left(codes, ours):.0e}"
        )


if __name__ == "__main__":
    main()
