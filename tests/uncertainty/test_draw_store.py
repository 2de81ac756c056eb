"""Draws are never lost: killed, damaged, spread over workers, they are the same to the bit."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inroads.errors import InputError, InroadsError
from inroads.uncertainty import draw_store
from inroads.uncertainty.distributions import Normal, Uniform
from inroads.uncertainty.draw_store import draw_in_batches
from inroads.uncertainty.ensemble import Ensemble
from inroads.uncertainty.executors import ProcessPool

# Other processes must be able to import what they are to compute.
PROGRAM = '''
"""An ensemble that takes its time; run as a program it draws into a folder."""

import math, os, sys, time
from inroads.uncertainty.ensemble import Ensemble
from inroads.uncertainty.distributions import Normal, Uniform


def slow(x):
    time.sleep(0.01)
    return {"y": math.sin(x["a"]) * x["b"], "z": math.exp(x["c"])}


def deadly(x):
    os._exit(9)


def made(function=slow):
    sources = (Uniform("a", 0, 3), Normal(("b", "c"), (1.0, 0.0), ((1.0, 0.3), (0.3, 2.0))))
    return Ensemble(
        sources=sources, function=function, outputs=("y", "z"), about="test", seed=7
    )


if __name__ == "__main__":
    made().run(200, sys.argv[1], size=10, workers=int(sys.argv[2]))
'''
DRAWS, SIZE = 200, 10


@pytest.fixture
def slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "slow_ensemble.py").write_text(PROGRAM, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "slow_ensemble", raising=False)
    yield import_module("slow_ensemble")
    sys.modules.pop("slow_ensemble", None)


@pytest.fixture
def whole(slowly: Any, tmp_path: Path) -> dict[str, bytes]:
    """What an uninterrupted run in one process leaves."""
    slowly.made().run(DRAWS, tmp_path / "whole", size=SIZE)
    found = content(tmp_path / "whole")
    assert len(found) == 1 + DRAWS // SIZE
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(("workers", "seed"), [(1, 0), (2, 2)])
def test_a_killed_run_resumes_to_the_same_bits(
    slowly: Any, whole: dict[str, bytes], tmp_path: Path, workers: int, seed: int
) -> None:
    folder = tmp_path / "killed"
    program = [sys.executable, str(tmp_path / "slow_ensemble.py"), str(folder), str(workers)]
    process = subprocess.Popen(program, start_new_session=True)
    while not list(folder.glob("batch-*")) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(random.Random(seed).uniform(0, 0.3))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = len(list(folder.glob("batch-*")))
    assert 0 < left < DRAWS // SIZE
    draws = slowly.made().run(DRAWS, folder, size=SIZE, workers=workers)
    assert draws.computed == DRAWS // SIZE - left
    assert content(folder) == whole


def test_workers_and_pools_make_no_difference(
    slowly: Any, whole: dict[str, bytes], tmp_path: Path
) -> None:
    slowly.made().run(DRAWS, tmp_path / "two", size=SIZE, workers=2)
    assert content(tmp_path / "two") == whole
    with ThreadPoolExecutor(3) as pool:
        slowly.made().run(DRAWS, tmp_path / "threads", size=SIZE, executor=pool)
        assert pool.submit(int, "1").result() == 1
    assert content(tmp_path / "threads") == whole


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_dask_worker_killed_in_mid_run(
    slowly: Any, whole: dict[str, bytes], tmp_path: Path
) -> None:
    from distributed import LocalCluster

    folder = tmp_path / "dask"
    started = threading.Event()
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        at_kill: list[int] = []

        def kill() -> None:
            started.wait()
            os.kill(victim, signal.SIGKILL)
            at_kill.append(len(list(folder.glob("batch-*"))))

        killer = threading.Thread(target=kill)
        killer.start()

        def report(done: int, total: int) -> None:
            if done:
                started.set()

        draws = slowly.made().run(
            DRAWS, folder, size=SIZE, cluster=cluster.scheduler_address, report=report
        )
        killer.join()
        with pytest.raises(ProcessLookupError):
            os.kill(victim, 0)
    assert 0 < at_kill[0] < DRAWS // SIZE
    assert draws.computed == DRAWS // SIZE
    assert content(folder) == whole


def test_a_worker_that_dies_is_an_error_and_what_was_done_is_kept(
    slowly: Any, whole: dict[str, bytes], tmp_path: Path
) -> None:
    with pytest.raises(InroadsError, match="run again"):
        slowly.made(slowly.deadly).run(DRAWS, tmp_path / "dead", size=SIZE, workers=2)


def test_work_that_nobody_minds_any_more_ends(
    slowly: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is left where the thread that minds the processes died, as for want of memory.
    monkeypatch.setattr(ProcessPoolExecutor, "submit", lambda *_, **__: Future())
    monkeypatch.setattr(draw_store, "_LOOK", 0.01)
    with pytest.raises(InroadsError, match=r"found one that died.*its processes ended"):
        slowly.made().run(DRAWS, tmp_path / "a", size=SIZE, workers=2)
    pool = ProcessPool(2)
    given = pool.submit(len, "abc")
    pool.shutdown()
    assert isinstance(given.exception(0), BrokenProcessPool)


def test_no_cluster_there(slowly: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Dask scheduler"):
        slowly.made().run(DRAWS, tmp_path / "none", cluster="nonsense://nowhere")


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "misplaced", "gone"])
def test_a_damaged_batch_is_computed_anew(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "draws"
    ensemble = quick()
    ensemble.run(100, folder, size=SIZE)
    before = content(folder)
    path = folder / "batch-000003.parquet"
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        # In the middle of the first column's values.
        data[60] ^= 1
        path.write_bytes(data)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        replace(ensemble, seed=99).run(100, tmp_path / "other", size=SIZE)
        path.write_bytes((tmp_path / "other" / path.name).read_bytes())
    elif damage == "misplaced":
        path.write_bytes((folder / "batch-000004.parquet").read_bytes())
    else:
        path.unlink()
    assert content(folder) != before
    assert ensemble.run(100, folder, size=SIZE).computed == 1
    assert content(folder) == before
    assert ensemble.run(100, folder, size=SIZE).computed == 0


def test_damage_after_the_run_is_seen_when_read(tmp_path: Path) -> None:
    draws = quick().run(100, tmp_path, size=SIZE)
    assert len(draws.column("y")) == 100
    (tmp_path / "batch-000003.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="batch 3"):
        draws.column("y")


def test_every_byte_flipped_is_harmless(tmp_path: Path) -> None:
    """Whatever byte is hit, what is read is what was written, or is computed anew."""
    ensemble = quick()
    draws = ensemble.run(5, tmp_path, size=5)
    right = draws.column("y")
    path = tmp_path / "batch-000000.parquet"
    data = path.read_bytes()
    for place in range(0, len(data), 11):
        hit = bytearray(data)
        hit[place] ^= 0xFF
        path.write_bytes(hit)
        assert np.array_equal(ensemble.run(5, tmp_path, size=5).column("y"), right)


def test_leftovers_of_a_killed_write_are_swept_up(tmp_path: Path) -> None:
    quick().run(20, tmp_path, size=SIZE)
    (tmp_path / ".batch-000001.parquet.part").write_bytes(b"half")
    quick().run(20, tmp_path, size=SIZE)
    assert not list(tmp_path.glob(".*.part"))


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    ensemble = quick()
    ensemble.run(20, tmp_path, size=SIZE)
    before = content(tmp_path)
    others = [
        replace(ensemble, seed=1),
        replace(ensemble, about="another study"),
        replace(ensemble, sources=(Uniform("a", 0, 1.5), *ensemble.sources[1:])),
    ]
    for other, word in zip(others, ("seed", "about", "inputs"), strict=True):
        with pytest.raises(InputError, match=f"another run: {word}"):
            other.run(20, tmp_path, size=SIZE)
    with pytest.raises(InputError, match="draws 20 instead of 30"):
        ensemble.run(30, tmp_path, size=SIZE)
    assert content(tmp_path) == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="thesis"):
        quick().run(20, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    quick().run(20, tmp_path)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        quick().run(20, tmp_path)


def test_few_batches_are_in_memory_at_once(tmp_path: Path) -> None:
    """Never more than two batches a worker, however many draws there are."""
    lock, state = threading.Lock(), {"out": 0, "most": 0}

    class Counting(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            with lock:
                state["out"] += 1
                state["most"] = max(state["most"], state["out"])
            return super().submit(fn, *args, **kwargs)

    def report(done: int, total: int) -> None:
        with lock:
            state["out"] = max(state["out"] - 1, 0)

    with Counting(2) as pool:
        quick().run(600, tmp_path, size=2, executor=pool, report=report)
    assert 0 < state["most"] <= 2 * max(1, os.cpu_count() or 1) + 1


def test_progress_is_told_and_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    quick().run(25, tmp_path, size=SIZE, report=lambda *at: told.append(at))
    assert told == [(0, 25), (10, 25), (20, 25), (25, 25)]
    again: list[tuple[int, int]] = []
    quick().run(25, tmp_path, size=SIZE, report=lambda *at: again.append(at))
    assert again == [(25, 25)]


def test_silent_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    quick().run(25, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_numbers_that_make_no_sense(tmp_path: Path) -> None:
    for draws, size, workers in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):
        with pytest.raises(InputError):
            quick().run(draws, tmp_path / str(draws + size), size=size, workers=workers)
    with pytest.raises(InputError, match="columns of 5 draws"):
        draw_in_batches(lambda a, b: {"y": np.zeros(3)}, 5, tmp_path / "short", {})


def test_not_a_number_and_infinity_are_kept(tmp_path: Path) -> None:
    values = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-310])
    columns = {"y": values, "text": np.array(["", "a 'quote'", "ü", "\n", "x" * 99], object)}
    draws = draw_in_batches(lambda a, b: columns, 5, tmp_path, {})
    assert draws.column("y").tobytes() == values.tobytes()
    assert list(draws.column("text")) == list(columns["text"])
    assert draw_in_batches(lambda a, b: columns, 5, tmp_path, {}).computed == 0


def quick() -> Ensemble:
    sources = (Uniform("a", 0, 1), Normal(("b",), (0.0,), ((1.0,),)))
    return Ensemble(sources=sources, function=product, outputs=("y",), about="test", seed=0)


def product(x: Mapping[str, float]) -> dict[str, float]:
    return {"y": x["a"] * x["b"]}
