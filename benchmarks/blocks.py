"""Panels read from folders of Parquet files by the workers of a local Dask cluster.

200, 2,000 and 20,000 markets x 24 products x 200 agents, five random coefficients, one step: in one
process from tables, then block by block with one and two single-threaded workers. Printed: seconds
an evaluation (values and slopes, reading apart) by the clock, and of CPU in the busiest worker and
in client and scheduler, which neighbours disturb less; the largest difference of a parameter; bytes
moved an evaluation; what a hundred workers would take by these; what a worker that dies costs.

Dask's workers return memory to the system at once unless told otherwise (MALLOC_TRIM_THRESHOLD_),
and take two to four times as long for arrays of this size: they are told otherwise.

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

import dask
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


def whole(folder: Path) -> tuple[float, float, Any]:
    """The estimate in one process, from tables that are there as a whole."""
    tables = [
        pd.concat([pd.read_parquet(f) for f in sorted((folder / n).iterdir())], ignore_index=True)
        for n in ("products", "agents")
    ]
    panel = ir.read_panel(*tables)
    clock, cpu, _, found = timed(
        lambda tick: ir.estimate(DEMAND, panel, start=START, n_starts=1, steps=1, callback=tick),
        lambda: {},
    )
    return clock, cpu, found


def timed(
    run: Callable[[Callable[[Any], None]], Any], elsewhere: Callable[[], dict[str, float]]
) -> tuple[float, float, float, Any]:
    """Seconds an evaluation by the clock, of CPU here and of CPU in the busiest worker, and what is
    found; from the first evaluation on."""
    first: list[Any] = []
    count = 0

    def tick(_: Any) -> None:
        nonlocal count
        count += 1
        if not first:
            first[:] = [elsewhere(), time.process_time(), time.perf_counter()]

    found = run(tick)
    workers, cpu, clock = first
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    busy = [seconds - workers.get(name, 0.0) for name, seconds in elsewhere().items()]
    n = max(count - 1, 1)
    return clock / n, cpu / n, max(busy, default=0.0) / n, found


def blockwise(
    folder: Path, client: Client, during: Callable[[Any], None] | None = None
) -> tuple[float, float, float, Any]:
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

    return timed(run, lambda: client.run(time.process_time))


def cluster(workers: int) -> LocalCluster:
    """Single-threaded workers."""
    kept = {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}
    one_thread = {"OPENBLAS_NUM_THREADS": "1"}
    dask.config.set({"distributed.nanny.pre-spawn-environ": {**kept, **one_thread}})
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
        clock, cpu, expected = whole(folder)
        print(f"{markets} markets: one process {clock:.3g} s an evaluation ({cpu:.3g} s of CPU)")
        busiest = {}
        for workers in (1, 2):
            with cluster(workers) as local, Client(local) as client:
                clock, here, busiest[workers], found = blockwise(folder, client)
            gap = float((found.params / expected.params - 1).abs().max())
            moved = found.bytes_moved / found.evaluations / 1024
            print(
                f"  {workers} worker{'s' * (workers > 1)}: {clock:.3g} s an evaluation (CPU: "
                f"busiest worker {busiest[workers]:.3g} s, client and scheduler {here:.3g} s); "
                f"{moved:.0f} KiB moved an evaluation; parameters differ by {gap:.0e}",
                flush=True,
            )
        hundred = busiest[1] / 100 + here * 100 / BLOCKS
        print(f"  a hundred workers with a block each, computed: {hundred:.3g} s")
        if markets <= 2000:
            with cluster(2) as local, Client(local) as client:
                start = time.perf_counter()
                *_, found = blockwise(folder, client, killer(client))
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
