"""One run at a time in a folder: the system lets go of the lock when its process ends, however."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inroads.errors import refuse

try:
    import fcntl
except ImportError:  # Windows has none: there two runs in one folder are not told apart.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """The folder, made if need be, for this run only; InputError where another one is at work."""
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(folder):
            yield
    finally:
        # Nothing is left of a run that came to nothing.
        with suppress(OSError):
            for place in new:
                place.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    # The folder itself is locked: no file is left behind.
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse(
                expected="a folder that no other run is working in",
                found="one in which another run is at work",
                where=str(folder),
                remedy="wait for it, stop it, or give another folder with --out.",
            ) from None
        except OSError:
            # A file system without locks: then as where there is none.
            pass
        yield
    finally:
        with suppress(OSError):
            # Processes that were forked meanwhile have the handle too.
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
