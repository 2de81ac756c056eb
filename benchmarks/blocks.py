"""Panels read from folders of Parquet files by the workers of a local Dask cluster.

200, 2,000 and 20,000 markets x 24 products x 200 agents, five random coefficients, one step: in one
process from tables, then block by block with one and two single-threaded workers. Printed: seconds
an evaluation (values and slopes, reading apart), the largest difference of a parameter, bytes moved
an evaluation, what a hundred workers would take by these two, and what a worker that dies costs.

    python benchmarks/blocks.py [MARKETS ...]
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import synthetic
from distributed import Client, LocalCluster

import inroads as ir

J, AGENTS, FILES, BLOCKS = 24, 200, 32, 8
DEMAND = ir.Demand(synthetic.FORMULA, random=synthetic.FORMULA)
START = {"sigma": synthetic.TRIED}


def write(folder: Path, markets: int) -> None:
    """Products and agents in files of whole markets."""
    for k, ids in enumerate(np.array_split(np.arange(markets), FILES)):
        tables = synthetic.tables(len(ids), J, AGENTS, seed=k)
        for name, table in zip(("products", "agents"), tables, strict=True):
            (folder / name).mkdir(parents=True, exist_ok=True)
            table["market_ids"] += ids[0]
            table.to_parquet(folder / name / f"{k:04d}.parquet")


def whole(folder: Path) -> Any:
    """The estimate in one process, from tables that are there as a whole."""
    tables = [
        pd.concat([pd.read_parquet(f) for f in sorted((folder / n).iterdir())], ignore_index=True)
        for n in ("products", "agents")
    ]
    panel = ir.read_panel(*tables)
    return timed(lambda tick: ir.estimate(DEMAND, panel, start=START, n_starts=1, steps=1,
                                          callback=tick))  # fmt: skip


def timed(run: Callable[[Callable[[Any], None]], Any]) -> tuple[float, Any]:
    """Seconds an evaluation, from the first to the last, and the estimate."""
    ticks: list[float] = []
    estimate = run(lambda _: ticks.append(time.perf_counter()))
    return (ticks[-1] - ticks[0]) / max(len(ticks) - 1, 1), estimate


def blockwise(folder: Path, client: Client, during: Callable[[Any], None] | None = None) -> Any:
    """The estimate by blocks on a cluster's workers; `during` is called at each evaluation."""

    def run(tick: Callable[[Any], None]) -> Any:
        def callback(progress: Any) -> None:
            tick(progress)
            if during is not None:
                during(progress)

        return ir.estimate_blocks(
            DEMAND,
            folder / "products",
            folder / "agents",
            start=START,
            blocks=BLOCKS,
            steps=1,
            executor=client,
            callback=callback,
        )

    return timed(run)


def cluster(workers: int) -> LocalCluster:
    """Single-threaded workers."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        memory_limit=None,
        silence_logs=logging.CRITICAL,
    )


def killer(client: Client) -> Callable[[Any], None]:
    """Kills a worker while the third evaluation goes on."""

    def during(progress: Any) -> None:
        if progress.evaluations == 2:
            pid = next(iter(client.run(os.getpid).values()))
            threading.Timer(0.02, os.kill, (pid, signal.SIGKILL)).start()

    return during


def row(markets: int) -> None:
    """One size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, markets)
        alone, expected = whole(folder)
        seconds = {}
        for workers in (1, 2):
            with cluster(workers) as local, Client(local) as client:
                seconds[workers], found = blockwise(folder, client)
                gap = float((found.params / expected.params - 1).abs().max())
        moved = found.bytes_moved / found.evaluations
        # Work is divided, what a task costs is not: two points give both.
        overhead = max(2 * seconds[2] - seconds[1], 0.0)
        hundred = overhead + (seconds[1] - overhead) / 100
        print(
            f"{markets} markets: one process {alone:.3g} s an evaluation, one worker "
            f"{seconds[1]:.3g} s, two {seconds[2]:.3g} s ({seconds[1] / seconds[2]:.2f} times as "
            f"fast), a hundred, computed, {hundred:.3g} s; {moved / 1024:.0f} KiB moved an "
            f"evaluation; parameters differ by at most {gap:.0e} of themselves",
            flush=True,
        )
        if markets <= 2000:
            with cluster(2) as local, Client(local) as client:
                start = time.perf_counter()
                _, found = blockwise(folder, client, killer(client))
                spent = time.perf_counter() - start
            gap = float((found.params / expected.params - 1).abs().max())
            print(f"  one of two workers killed in the third evaluation: {spent:.1f} s in all, "
                  f"{found.evaluations} evaluations, parameters differ by {gap:.0e}")  # fmt: skip


def main(sizes: list[int] | None = None) -> None:
    """Every size."""
    for markets in sizes or [200, 2000, 20000]:
        row(markets)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
