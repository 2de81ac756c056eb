"""How far a run is: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from inroads.cli.base import err, stop_if_asked

#: seconds between two plain lines
EVERY = 10.0
#: what is being done, how far it is, and how far it goes
Update = Callable[[str, int, int], None]


@contextmanager
def progress() -> Iterator[Update]:
    """Something to call with what is being done."""
    with _live() if err.is_terminal else _plain() as tell:

        def update(stage: str, done: int, total: int) -> None:
            stop_if_asked()
            tell(stage, done, total)

        yield update


@contextmanager
def _live() -> Iterator[Update]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda stage, done, total: bar.update(
            task, description=stage, completed=done, total=total or None
        )


@contextmanager
def _plain() -> Iterator[Update]:
    """Every ten seconds a line, also in a stage that says nothing for minutes."""
    began, over = time.monotonic(), threading.Event()
    at = ["reading", 0, 0]

    def say() -> None:
        while not over.wait(EVERY):
            stage, done, total = at
            how_far = f", {done} of {total}" if total else ""
            err.print(f"{time.monotonic() - began:.0f} s: {stage}{how_far}", soft_wrap=True)

    def update(stage: str, done: int, total: int) -> None:
        at[:] = stage, done, total

    teller = threading.Thread(target=say, daemon=True)
    teller.start()
    try:
        yield update
    finally:
        over.set()
        teller.join()
