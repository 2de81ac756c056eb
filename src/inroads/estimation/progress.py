"""Where a search stands, told to whoever asks: a function, or a line on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# A search that ends sooner shows nothing.
_PATIENCE = 1.0


@dataclass(frozen=True)
class Progress:
    """One evaluation of the objective.

    step of GMM, start k of `starts` (from 1), evaluations so far in this search, objective, gain
    that a further step promises relative to the objective's root (nan before the first step),
    Newton iterations of all inversions so far, and seconds since the estimation began.
    """

    step: int
    start: int
    starts: int
    evaluations: int
    objective: float
    gain: float
    inner: int
    seconds: float

    def __str__(self) -> str:
        start = f", start {self.start} of {self.starts}" if self.starts > 1 else ""
        gain = "" if self.gain != self.gain else f", a step gains {self.gain:.1e}"
        return (
            f"step {self.step}{start}: evaluation {self.evaluations}, objective "
            f"{self.objective:.8g}{gain}; {self.inner} inner iterations, {self.seconds:.0f} s"
        )


Report = Callable[[Progress], None]


class Watch:
    """Counts and times evaluations, and tells `report` of each."""

    def __init__(self, report: Report, inner: Callable[[], int]) -> None:
        self.report, self.inner = report, inner
        self.began = time.perf_counter()
        self.step, self.start, self.starts, self.evaluations, self.total = 1, 1, 1, 0, 0

    def begin(self, step: int, start: int = 1, starts: int = 1) -> None:
        """A search begins."""
        self.step, self.start, self.starts, self.evaluations = step, start, starts, 0

    def __call__(self, objective: float, gain: float) -> None:
        """An evaluation ended."""
        self.evaluations += 1
        self.total += 1
        seconds = time.perf_counter() - self.began
        self.report(
            Progress(
                self.step,
                self.start,
                self.starts,
                self.evaluations,
                objective,
                gain,
                self.inner(),
                seconds,
            )
        )


@contextmanager
def told(report: Report | None) -> Iterator[Report]:
    """`report` itself, or a line on stderr where that is a terminal, or silence."""
    if report is not None:
        yield report
    elif not sys.stderr.isatty():
        yield lambda _: None
    else:
        with _live_line() as line:
            yield line


@contextmanager
def _live_line() -> Iterator[Report]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    live: Any = None

    def line(progress: Progress) -> None:
        nonlocal live
        if progress.seconds < _PATIENCE:
            return
        if live is None:
            live = Live(console=Console(stderr=True), transient=True, refresh_per_second=8)
            live.start()
        live.update(Text(f"{progress} (Ctrl-C keeps the best point)"))

    try:
        yield line
    finally:
        if live is not None:
            live.stop()
