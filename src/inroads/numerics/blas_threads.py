"""BLAS held to one thread: our matrices are small, and threads of its own only get in the way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _controller() -> ThreadpoolController:
    # SciPy brings a BLAS of its own, which can be held only once it is loaded.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """A context in which BLAS runs on one thread; what was set before comes back after it."""
    held: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return held


def on_one_blas_thread(function: Callable[P, R]) -> Callable[P, R]:
    """The function, run with BLAS on one thread."""

    @wraps(function)
    def on_one_thread(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_blas_thread():
            return function(*args, **kwargs)

    return on_one_thread
