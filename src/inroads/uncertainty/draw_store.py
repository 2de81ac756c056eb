"""Draws in batches that are never lost: killed at any moment, a run goes on where it stood.

Each batch is a function of its place alone, so that neither the number of workers, nor which of
them computes it, nor how often the run was interrupted makes a difference to a single bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inroads.display import Card, Displayed, counted
from inroads.errors import InroadsError, refuse, require_extra
from inroads.uncertainty.draw_files import Columns, claim, load, save
from inroads.uncertainty.executors import Report, has_ended, open_executor, progress_report
from inroads.uncertainty.folder_lock import alone_in

#: seconds after which it is asked whether anybody is left to do the work
_LOOK = 5.0
#: first draw and one past the last -> columns with an entry for each of these draws; picklable
Compute = Callable[[int, int], Columns]


@dataclass(frozen=True, kw_only=True, repr=False)
class Draws(Displayed):
    """Draws on disk, read a batch or a column at a time.

    Parameters
    ----------
    folder : Path
        Where.
    run : str
        The hash of what they are draws of.
    total : int
        How many.
    size : int
        Draws a batch.
    computed : int
        How many batches this call had to compute, the others were there.
    """

    folder: Path
    run: str
    total: int
    size: int
    computed: int = 0

    def _card(self) -> Card:
        return Card(
            line=f"Draws: {counted(self.total, 'draw')} in {self.folder}",
            next_steps=("draws.column(name)", "ir.uncertainty.intervals(draws, outputs)"),
        )

    def batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Every batch in order.

        Yields
        ------
        dict of arrays
            By column.

        Raises
        ------
        InputError
            Where one was damaged since it was written.
        """
        for batch in range(_batches(self.total, self.size)):
            columns = load(self.folder, self.run, batch)
            if columns is None:
                raise refuse(
                    expected=f"batch {batch} as it was written",
                    found="a file that is missing or damaged",
                    where=str(self.folder),
                    remedy="run again: only what is missing is computed.",
                )
            yield columns

    def columns(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Some columns, in the order of the draws.

        Parameters
        ----------
        names : sequence of str
            Inputs are "in.NAME".

        Returns
        -------
        dict of arrays
            By name.

        Raises
        ------
        KeyError
            Where there is none such.
        """
        parts = [[columns[name] for name in names] for columns in self.batches()]
        return {
            name: np.concatenate(p) for name, p in zip(names, zip(*parts, strict=True), strict=True)
        }

    def column(self, name: str) -> NDArray[Any]:
        """One column, in the order of the draws.

        Parameters
        ----------
        name : str
            Inputs are "in.NAME".

        Returns
        -------
        array
            One entry a draw.

        Raises
        ------
        KeyError
            Where there is none such.
        """
        return self.columns([name])[name]


def draw_in_batches(
    compute: Compute,
    total: int,
    folder: Path | str,
    about: Mapping[str, Any],
    *,
    size: int = 16,
    workers: int = 1,
    cluster: str | None = None,
    executor: Executor | None = None,
    report: Report | None = None,
) -> Draws:
    """Compute `total` draws, `size` at a time, and keep each batch in `folder` as it is done.

    about: what the draws hang on (JSON), written to the folder's manifest; batches there already
    are kept, damaged ones computed anew. workers: processes, 1 for this one alone; cluster: the
    address of a Dask scheduler; executor: any other pool, left running. No more than two batches a
    worker are in memory at once. report(done, total) is called as batches are done; without it a
    terminal shows a bar. Raises InputError where the folder holds another run, InroadsError where
    the pool breaks; what was done till then is kept.
    """
    require_extra("uncertainty", "duckdb")
    if total < 1 or size < 1:
        raise refuse(
            expected="at least one draw, and one a batch",
            found=f"{total} draws, {size} a batch",
            where="draws",
            remedy="give larger numbers.",
        )
    with alone_in(Path(folder)):
        return _drawn(compute, total, Path(folder), about, size, workers, cluster, executor, report)


def _drawn(
    compute: Compute,
    total: int,
    folder: Path,
    about: Mapping[str, Any],
    size: int,
    workers: int,
    cluster: str | None,
    executor: Executor | None,
    report: Report | None,
) -> Draws:
    # JSON's numbers, not Python's, are what the manifest will be compared with.
    run = claim(folder, {**about, "draws": total, "size": size})
    for stale in folder.glob(".*.part"):
        stale.unlink(missing_ok=True)
    count = _batches(total, size)
    missing = [batch for batch in range(count) if load(folder, run, batch) is None]
    done = total - sum(_length(batch, total, size) for batch in missing)
    with progress_report(report, "draws") as tell:
        tell(done, total)
        with open_executor(len(missing), workers, cluster, executor) as (pool, ahead):
            jobs = iter(missing)
            running: dict[Future[Columns], int] = {}
            try:
                while True:
                    while len(running) < ahead and (batch := next(jobs, None)) is not None:
                        first = batch * size
                        last = first + _length(batch, total, size)
                        running[pool.submit(compute, first, last)] = batch
                    if not running:
                        break
                    ready, _ = wait(running, _LOOK, return_when=FIRST_COMPLETED)
                    if not ready and has_ended(pool):
                        raise BrokenExecutor("its processes ended")
                    for future in ready:
                        batch = running.pop(future)
                        columns = future.result()
                        _check(columns, _length(batch, total, size))
                        save(folder, run, batch, columns)
                        done += _length(batch, total, size)
                        tell(done, total)
            except (BrokenExecutor, CancelledError) as broken:
                why = str(broken) or type(broken).__name__
                raise InroadsError(
                    "expected every worker to finish its batch; found one that died, or a cluster "
                    f"that was lost ({why}). Remedy: run again (what "
                    "is done is kept), with fewer workers if memory is short."
                ) from broken
            except MemoryError as short:
                raise InroadsError(
                    "expected enough memory for a draw; found too little. Remedy: run again (what "
                    "is done is kept), with fewer workers or more memory."
                ) from short
            finally:
                for future in running:
                    future.cancel()
    return Draws(folder=folder, run=run, total=total, size=size, computed=len(missing))


def _check(columns: Columns, length: int) -> None:
    wrong = {name: len(values) for name, values in columns.items() if len(values) != length}
    if wrong or not columns:
        raise refuse(
            expected=f"columns of {length} draws",
            found=str(wrong) if wrong else "no column",
            where="compute",
            remedy="return one entry for each draw asked for.",
        )


def _batches(total: int, size: int) -> int:
    return -(-total // size)


def _length(batch: int, total: int, size: int) -> int:
    return min(size, total - batch * size)
