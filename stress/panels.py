"""Panels of markets as others might write them: 2,000 changed at random, read and estimated on.

Explained is a panel that is refused in words, and an estimate whose parameters are numbers.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import inroads as ir
from inroads.errors import InroadsError

COUNT = 2_000
CELLS = (0, -1, 1, 0.5, 1e-300, 1e300, np.nan, np.inf, "", "NA", "x", "0,5", "1e3", None, True)
COLUMNS = ("market_ids", "firm_ids", "product_ids", "shares", "prices", "x", "cost", "kind")
DEMANDS: tuple[dict[str, Any], ...] = (
    {"linear": "1 + prices + x"},
    {"linear": "0 + prices + x", "absorb": "product_ids"},
    {"linear": "1 + prices + C(kind)"},
    {"linear": "1 + prices + x", "random": "1 + x"},
    {"linear": "1 + prices + log(x)"},
    {"linear": "1 + prices + x", "absorb": "market_ids"},
)


def panel() -> pd.DataFrame:
    """Eight markets of four products."""
    rng = np.random.default_rng(0)
    rows = 32
    frame = pd.DataFrame(
        {
            "market_ids": np.repeat([f"m{k}" for k in range(8)], 4),
            "firm_ids": np.tile(["a", "a", "b", "c"], 8),
            "product_ids": np.tile(["p1", "p2", "p3", "p4"], 8),
            "shares": rng.uniform(0.02, 0.2, rows),
            "prices": rng.uniform(1, 3, rows),
            "x": rng.uniform(0.5, 2, rows),
            "cost": rng.uniform(0, 1, rows),
            "kind": np.tile(["u", "v"], 16),
        }
    )
    return frame.assign(demand_instruments0=rng.uniform(size=rows), demand_instruments1=frame.cost)


@st.composite
def changed(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The panel after up to four changes, and a demand to be estimated on it."""
    frame = panel()
    for _ in range(draw(st.integers(0, 4))):
        frame = frame.astype(object)
        k = draw(st.integers(0, max(len(frame) - 1, 0)))
        column = draw(st.sampled_from(list(frame.columns)))
        match draw(
            st.sampled_from(["cell", "cell", "all", "scale", "drop", "rows", "twice", "one"])
        ):
            case "cell" if len(frame):
                frame.iloc[k, frame.columns.get_loc(column)] = draw(st.sampled_from(CELLS))
            case "all":
                frame[column] = draw(st.sampled_from(CELLS))
            case "scale":
                numbers = pd.to_numeric(frame[column], errors="coerce")
                frame[column] = numbers * draw(st.sampled_from([1e-8, 0.1, 3.0, 1e6]))
            case "drop" if frame.shape[1] > 1:
                frame = frame.drop(columns=column)
            case "rows":
                frame = frame.iloc[: draw(st.integers(0, 8))]
            case "twice" if len(frame):
                frame = pd.concat([frame, frame.iloc[[k]]], ignore_index=True)
            case "one":
                frame = frame[frame.index % 4 == 0] if len(frame) else frame
    return frame.infer_objects(), draw(st.sampled_from(DEMANDS))


def main(count: int = COUNT) -> int:
    """Print what came of each panel, and give how many are unexplained."""
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()

    @seed(2018)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed())
    def attempt(case: tuple[pd.DataFrame, dict[str, Any]]) -> None:
        frame, about = case
        linear = about["linear"]
        rest = {name: value for name, value in about.items() if name != "linear"}
        try:
            demand = ir.Demand(linear, **rest)
            read = ir.read_panel(frame)
            options: dict[str, Any] = {"start": {"sigma": [0.5, 0.5]}} if "random" in rest else {}
            fit = ir.estimate(demand, read, steps=1, n_starts=1, **options)
        except InroadsError as error:
            counts["refused in words" if str(error).strip() else "unexplained"] += 1
            return
        except Exception as error:
            counts["unexplained"] += 1
            print(f"  {linear} {rest}: {type(error).__name__}: {str(error)[:200]}")
            traceback.print_exc(limit=-2)
            return
        values = fit.to_frame()["estimate"].to_numpy(float)
        fine = bool(np.isfinite(values).all())
        counts["estimated" if fine else "unexplained"] += 1
        if not fine:
            print(f"  {linear} {rest}: estimates {values}")

    attempt()
    for what, number in counts.items():
        print(f"panels, {what}: {number}")
    return counts["unexplained"]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
