"""Who does the work, and how far it is: this process, others, a cluster; a bar with time left."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from inroads.errors import InputError, refuse

#: how much is done, and of how much
Report = Callable[[int, int], None]


class SerialExecutor(Executor):
    """An executor that does the work at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done already."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class ProcessPool(ProcessPoolExecutor):
    """Processes whose work always ends: where the thread that minds them dies, as for want of
    memory, its futures would be waited for without end."""

    def __init__(self, workers: int) -> None:
        # Forked processes inherit locks that threads of this one may hold.
        super().__init__(workers, mp_context=get_context("spawn"), initializer=_leave_with_parent)
        self._before = set(active_children())
        self._given: WeakSet[Future[Any]] = WeakSet()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As every executor's."""
        future = super().submit(fn, *args, **kwargs)
        self._given.add(future)
        return future

    @property
    def processes(self) -> set[BaseProcess]:
        """Those of the pool that live."""
        return set(active_children()) - self._before

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As every executor's; what is not done then is broken."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        for future in list(self._given) if wait else ():
            if not future.done():
                future.set_exception(BrokenProcessPool("its processes ended"))


def has_ended(pool: Executor) -> bool:
    """Whether nobody is left to do the work of a pool of processes."""
    return isinstance(pool, ProcessPool) and not pool.processes


@contextmanager
def open_executor(
    jobs: int, workers: int, cluster: str | None, executor: Executor | None
) -> Iterator[tuple[Executor, int]]:
    """A pool for so many jobs, and how many of them to hand out at a time.

    Raises InputError for less than one worker, or a cluster without Dask or out of reach.
    """
    if workers < 1:
        raise refuse(
            expected="one worker or more",
            found=str(workers),
            where="workers",
            remedy="give the number of processes to use.",
        )
    if executor is not None:
        yield executor, 2 * max(workers, os.cpu_count() or 1)
    elif cluster is not None and jobs:
        with _dask(cluster) as dask_pool:
            yield dask_pool
    elif workers == 1 or jobs <= 1:
        yield SerialExecutor(), 1
    else:
        many = min(workers, jobs)
        pool = ProcessPool(many)
        try:
            yield pool, 2 * many
        except BaseException:
            # Nobody waits for what they are at.
            for process in pool.processes:
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_with_parent() -> None:
    """A worker ends when its parent does, however that ends; the terminal interrupts the parent,
    which then ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def reach(cluster: str | None) -> None:
    """Raise InputError where a cluster is named and there is no Dask, no scheduler or no worker."""
    if cluster is not None:
        with _dask(cluster):
            pass


@contextmanager
def _dask(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as missing:
        raise refuse(
            expected="Dask, to reach a cluster",
            found="none installed",
            where="cluster",
            remedy="pip install 'inroads[cluster]'.",
        ) from missing
    if not _answers(address):
        raise _away(address)
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as away:
        raise _away(address) from away
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise refuse(
                expected="a cluster with workers",
                found=f"none at {address}",
                where="cluster",
                remedy="start some with `dask worker ADDRESS`.",
            )
        # Of two calls with the same arguments both are to be computed where they are asked for.
        yield client.get_executor(pure=False), 2 * max(1, threads)


def _answers(address: str) -> bool:
    """Whether anything listens there, found out at once: a client would try for long."""
    try:
        place = urlsplit(address)
        if place.scheme in ("tcp", "tls") and place.hostname and place.port:
            socket.create_connection((place.hostname, place.port), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True


def _away(address: str) -> InputError:
    return refuse(
        expected="the address of a Dask scheduler, tcp://HOST:PORT",
        found=f"{address}, where none answers",
        where="cluster",
        remedy="start one with `dask scheduler`, and workers with `dask worker ADDRESS`.",
    )


@contextmanager
def progress_report(report: Report | None, what: str) -> Iterator[Report]:
    """`report` itself, or a bar on stderr where that is a terminal (and rich), or silence."""
    if report is not None:
        yield report
        return
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
