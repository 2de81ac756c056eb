"""Where blocks are and how they are asked: here, in an executor's processes, on Dask's workers."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

from inroads.errors import ConvergenceError, InroadsError
from inroads.estimation.blocks.market_block import BlockFiles, MarketBlock
from inroads.solution import Solution, Status

#: blocks that tasks of an executor have left in this process
_BLOCKS: dict[tuple[str, int], MarketBlock] = {}


class BlockStore(Protocol):
    """Blocks somewhere; `bytes_moved` counts arguments sent and answers brought back so far."""

    bytes_moved: int

    def map(self, method: str, *arguments: Any) -> list[Any]:
        """A method's answer of every block, in the order of blocks."""
        ...


class _Store:
    def __init__(self) -> None:
        self.bytes_moved = 0

    def checked(self, answers: Sequence[Any], arguments: tuple[Any, ...]) -> list[Any]:
        """Answers, what they and the arguments weigh being counted; an error is raised here."""
        self.bytes_moved += len(answers) * len(pickle.dumps(arguments))
        self.bytes_moved += sum(len(pickle.dumps(answer)) for answer in answers)
        for answer in answers:
            if isinstance(answer, _Failure):
                none = Solution[object](None, Status.STALLED, float("inf"), 0)
                raise ConvergenceError(answer.message, none)
        return list(answers)


class _Failure:
    """An error of a block in words: solvers' arrays do not travel."""

    def __init__(self, message: str) -> None:
        self.message = message


class BlocksAtHome(_Store):
    """In this process."""

    def __init__(self, files: Sequence[BlockFiles], demand: Any, start: Mapping[str, Any]) -> None:
        super().__init__()
        self.blocks = [MarketBlock(f, demand, start) for f in files]

    def map(self, method: str, *arguments: Any) -> list[Any]:
        """A method's answer of every block."""
        return self.checked([ask(block, method, arguments) for block in self.blocks], arguments)


class BlocksOfExecutor(_Store):
    """In whichever process of an executor asked for them; each keeps those that it has read."""

    def __init__(
        self, executor: Executor, files: Sequence[BlockFiles], demand: Any, start: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.executor = executor
        key = pickle.dumps((demand, start, files)).hex()
        self.places = [((key, k), (f, demand, start)) for k, f in enumerate(files)]

    def map(self, method: str, *arguments: Any) -> list[Any]:
        """A method's answer of every block."""
        futures = [self.executor.submit(ask_kept, *p, method, arguments) for p in self.places]
        return self.checked([future.result() for future in futures], arguments)


class BlocksOfCluster(_Store):
    """On a Dask cluster's workers, where they stay; those of a worker that dies are read again.

    client: a `distributed.Client`.
    """

    def __init__(
        self, client: Any, files: Sequence[BlockFiles], demand: Any, start: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.client = client
        workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
        self.blocks = [
            client.submit(
                MarketBlock,
                f,
                demand,
                start,
                pure=False,
                workers=[workers[k % len(workers)]],
                allow_other_workers=True,
            )
            for k, f in enumerate(files)
        ]

    def map(self, method: str, *arguments: Any) -> list[Any]:
        """A method's answer of every block."""
        futures = [
            self.client.submit(ask, block, method, arguments, pure=False) for block in self.blocks
        ]
        return self.checked(self.client.gather(futures), arguments)


def ask(block: MarketBlock, method: str, arguments: tuple[Any, ...]) -> Any:
    """A method's answer, or why there is none."""
    try:
        return getattr(block, method)(*arguments)
    except InroadsError as error:
        return _Failure(str(error))


def ask_kept(
    key: tuple[str, int], recipe: tuple[Any, ...], method: str, arguments: tuple[Any, ...]
) -> Any:
    """The same of a block that this process reads once."""
    if key not in _BLOCKS:
        _BLOCKS[key] = MarketBlock(*recipe)
    return ask(_BLOCKS[key], method, arguments)


def open_store(
    executor: Any, files: Sequence[BlockFiles], demand: Any, start: Mapping[str, Any]
) -> BlockStore:
    """Blocks with `executor`: None, a Dask client, or any `concurrent.futures.Executor`."""
    if executor is None:
        return BlocksAtHome(files, demand, start)
    if hasattr(executor, "scheduler_info"):
        return BlocksOfCluster(executor, files, demand, start)
    return BlocksOfExecutor(executor, files, demand, start)
