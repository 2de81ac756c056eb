"""Progress of a search: a callback, or a line on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

# A search that ends sooner shows nothing.
_SECONDS_UNTIL_SHOWN = 1.0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One evaluation of the objective.

    step of GMM, start k of `n_starts` (from 1), evaluations so far in this search, objective, gain
    that a further step promises relative to the objective's root (nan before the first step),
    Newton iterations of all inversions so far, and seconds since the estimation began.
    """

    step: int
    start: int
    n_starts: int
    evaluations: int
    objective: float
    gain: float
    inner_iterations: int
    seconds: float

    def __str__(self) -> str:
        start = f", start {self.start} of {self.n_starts}" if self.n_starts > 1 else ""
        gain = "" if self.gain != self.gain else f", a step gains {self.gain:.1e}"
        return (
            f"step {self.step}{start}: evaluation {self.evaluations}, objective "
            f"{self.objective:.8g}{gain}; {self.inner_iterations} inner iterations, "
            f"{self.seconds:.0f} s"
        )


ProgressCallback = Callable[[Progress], None]


class EvaluationCounter:
    """Counts and times evaluations, and calls back at each."""

    def __init__(self, callback: ProgressCallback) -> None:
        self.callback = callback
        self.began = time.perf_counter()
        self.step, self.start, self.n_starts = 1, 1, 1
        self.evaluations, self.total, self.inner_iterations = 0, 0, 0

    def begin_search(self, step: int, start: int = 1, n_starts: int = 1) -> None:
        """A search begins."""
        self.step, self.start, self.n_starts, self.evaluations = step, start, n_starts, 0

    def add(self, evaluations: int) -> None:
        """So many were made elsewhere."""
        self.total += evaluations

    def __call__(self, objective: float, gain: float, iterations: int) -> None:
        """An evaluation ended, its inversions after `iterations` of Newton's method."""
        self.evaluations += 1
        self.total += 1
        self.inner_iterations += iterations
        self.callback(
            Progress(
                step=self.step,
                start=self.start,
                n_starts=self.n_starts,
                evaluations=self.evaluations,
                objective=objective,
                gain=gain,
                inner_iterations=self.inner_iterations,
                seconds=time.perf_counter() - self.began,
            )
        )


@contextmanager
def progress_callback(callback: ProgressCallback | None) -> Iterator[ProgressCallback]:
    """`callback` itself, or a line on stderr where that is a terminal (and rich), or silence."""
    if callback is not None:
        yield callback
    elif not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda _: None
    else:
        with _live_line() as show:
            yield show


@contextmanager
def _live_line() -> Iterator[ProgressCallback]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    live: Any = None

    def show(progress: Progress) -> None:
        nonlocal live
        if progress.seconds < _SECONDS_UNTIL_SHOWN:
            return
        if live is None:
            live = Live(console=Console(stderr=True), transient=True, refresh_per_second=8)
            live.start()
        live.update(Text(f"{progress} (Ctrl-C keeps the best point)"))

    try:
        yield show
    finally:
        if live is not None:
            live.stop()
