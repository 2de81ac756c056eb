"""BLAS held to one thread: our matrices are small, and threads of its own only get in the way."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # SciPy brings a BLAS of its own, which can be held only once it is loaded.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """A context in which BLAS runs on one thread; what was set before comes back after it."""
    held: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return held
