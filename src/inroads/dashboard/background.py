"""Work done beside the page: what was asked last counts, what was asked before is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

from shiny import Session, reactive

T = TypeVar("T")


class Background(Generic[T]):
    """Answers of a thread to one session, the last one kept as a reactive value.

    What is asked while something is computed takes its place: what has not begun never does, the
    answer of what has is dropped. Nothing is answered to a session that has ended.
    """

    def __init__(self, pool: Executor, session: Session) -> None:
        self._pool = pool
        self._answer: reactive.Value[T | None] = reactive.value(None)
        self._task: asyncio.Task[None] | None = None
        session.on_ended(self.drop)

    def __call__(self) -> T | None:
        """The last answer; None before the first. Reactive."""
        return self._answer()

    def ask(self, work: Callable[..., T], *given: object) -> None:
        """Compute `work(*given)`, instead of what is being computed."""
        self.drop()
        self._task = asyncio.create_task(self._run(work, *given))

    def drop(self) -> None:
        """Expect no answer."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, work: Callable[..., T], *given: object) -> None:
        answer = await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)
        async with reactive.lock():
            self._answer.set(answer)
            await reactive.flush()
