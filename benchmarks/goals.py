"""What every benchmark prints: the machine, and rows of peer, ours, ratio and goal.

Seconds are of CPU on one BLAS thread unless a row says otherwise: neighbours on a shared machine
disturb the clock more. The quickest of several runs counts on either side.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.linalg
from threadpoolctl import threadpool_info

ROWS: list[str] = []


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, on both sides.

    glibc hands blocks larger than any freed before back to the system at once: the same arrays then
    take up to five times as long, or not, by what ran earlier in the process.
    """
    block = np.ones(30 * 2**17)
    del block


def peak_memory(process: str | int = "self") -> float:
    """Peak memory of a process, MiB, since its program began: what getrusage says of a process
    counts what was there when it was forked."""
    # A process that has just ended has a status without it.
    with suppress(OSError, IndexError):
        text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        return float(text.partition("VmHWM:")[2].split()[0]) / 1024
    return 0.0


class ChildrensMemory(threading.Thread):
    """The highest peak memory of processes that this one starts, MiB, as long as it is entered."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self._over = 0.0, threading.Event()

    def run(self) -> None:
        """Look every fifth of a second."""
        while not self._over.wait(0.2):
            peaks = [peak_memory(child.pid) for child in active_children() if child.pid]
            self.peak = max([self.peak, *peaks])

    def __enter__(self) -> ChildrensMemory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def machine() -> None:
    """Processor, cores, BLAS and its threads, versions."""
    keep_freed_memory()
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    blas = {f"{i['internal_api']} {i['version']}" for i in threadpool_info() if "version" in i}
    print(
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}; "
        f"{', '.join(sorted(blas))}, one thread"
    )
    print(f"peak: {peak_flops() / 1e9:.0f} GFLOP/s (matrix product), "
          f"{peak_exponentials() / 1e9:.2f} billion exponentials a second")  # fmt: skip


def peak_flops(n: int = 768) -> float:
    """Of a matrix product on one thread."""
    a = np.random.default_rng(0).normal(size=(n, n))
    return 2 * n**3 / quickest(lambda: a @ a, 0.5)[0]


def peak_exponentials(n: int = 20_000) -> float:
    """Of numpy's exp in cache."""
    a, out = np.random.default_rng(0).normal(size=n), np.empty(n)
    return n / quickest(lambda: np.exp(a, out=out), 0.3)[0]


def quickest(
    run: Callable[[], Any], seconds: float = 4.0, times: int = 200, *, clock: bool = False
) -> tuple[float, Any]:
    """CPU seconds (or of the clock) of the quickest of several runs, and its answer."""
    now = time.perf_counter if clock else time.process_time
    best, answer, spent, count = np.inf, None, 0.0, 0
    while not count or (spent < seconds and count < times):
        start = now()
        given = run()
        taken = now() - start
        spent, count = spent + taken, count + 1
        if taken < best:
            best, answer = taken, given
    return best, answer


def compared(
    case: str, peer: float, own: float, goal: float | None, accuracy: str = "", name: str = "pyblp"
) -> None:
    """Print a row, and keep it for the end."""
    ratio = peer / own
    verdict = "" if goal is None else f", goal {goal:g}: {'met' if ratio >= goal else 'NOT MET'}"
    line = f"{case}: {name} {peer:.3g} s, inroads {own:.3g} s, ratio {ratio:.3g}{verdict}"
    ROWS.append(line)
    print(line + (f"\n  {accuracy}" if accuracy else ""), flush=True)


def within(case: str, own: float, limit: float, what: str = "s") -> None:
    """Print a row whose goal is a number of its own."""
    line = f"{case}: {own:.3g} {what}, goal {limit:g}: {'met' if own <= limit else 'NOT MET'}"
    ROWS.append(line)
    print(line, flush=True)


def summary() -> None:
    """Every row again."""
    print("\nevery row with its goal\n")
    for line in ROWS:
        print(f"- {line}")
