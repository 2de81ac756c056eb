"""Faults under load: each is done to a run of a study while it draws; what is left, and what is
said, is printed. Unexplained is a traceback, a lost batch, or a result that differs.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
RUN = [sys.executable, "-m", "inroads", "run", "beer", "--draws", "16", "--workers", "2"]
#: seconds that a run may take on a slow machine
PATIENCE = 300


class Bench:
    """A study in a folder of its own, and what an undisturbed run of it leaves."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.fresh("whole")
        assert self.finished("whole") == ""
        self.whole = self.results("whole")

    def fresh(self, name: str) -> Path:
        folder = self.place / name
        shutil.copytree(SOURCE / "inroads" / "study" / "template_full", folder / "beer")
        return folder

    def start(
        self, name: str, *more: str, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*RUN, *more],
            cwd=self.place / name,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=before,
        )

    def batches(self, name: str) -> list[Path]:
        return sorted((self.place / name).glob("out/beer-draws/*/batch-*.parquet"))

    def drawing(self, name: str, process: subprocess.Popen[str]) -> None:
        """Wait until the first batch is there."""
        until = time.monotonic() + PATIENCE
        while not self.batches(name) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)

    def finished(self, name: str, *more: str) -> str:
        """Run to the end; what was said of errors."""
        process = self.start(name, *more)
        return "\n".join(
            line for line in process.communicate()[1].splitlines() if " s: " not in line
        )

    def results(self, name: str) -> str:
        import json

        content = json.loads((self.place / name / "out/beer/results.json").read_text("utf-8"))
        return json.dumps({**content, "lock": None})


def killed(number: int, whole_group: bool = False) -> Callable[[Bench, str], str]:
    def fault(bench: Bench, name: str) -> str:
        process = bench.start(name)
        bench.drawing(name, process)
        kill = os.killpg if whole_group else os.kill
        kill(process.pid, number)
        words = process.communicate()[1]
        time.sleep(1)
        left = _alive(process.pid)
        return _last(words) + (f"; {left} PROCESSES LEFT" if left else "")

    return fault


def worker_killed(bench: Bench, name: str) -> str:
    process = bench.start(name)
    bench.drawing(name, process)
    for worker in _children(process.pid):
        try:
            os.kill(worker, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return _last(process.communicate()[1])


def two_at_once(bench: Bench, name: str) -> str:
    first = bench.start(name)
    time.sleep(3)
    bench.drawing(name, first)
    words = _last(bench.finished(name))
    first.communicate()
    return words


def disk_full(bench: Bench, name: str) -> str:
    """No file may grow beyond some KB: as a full disk, which a write meets in its middle."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))

    process = bench.start(name, before=small)
    return _last(process.communicate()[1])


def memory_short(bench: Bench, name: str) -> str:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (900 * 2**20, 900 * 2**20))

    return _last(bench.start(name, before=small).communicate()[1])


def batch_damaged(bench: Bench, name: str) -> str:
    said = bench.finished(name)
    batches = bench.batches(name)
    batches[0].write_bytes(batches[0].read_bytes()[:200])
    batches[1].write_bytes(batches[2].read_bytes())
    return _last(said) or "nothing: they are drawn again"


def stage_damaged(bench: Bench, name: str) -> str:
    said = bench.finished(name)
    for path in (bench.place / name).glob("out/beer-draws/*/n*.json"):
        path.write_text(path.read_text("utf-8")[:-50], "utf-8")
    return _last(said) or "nothing: it is made again"


def clock_back(bench: Bench, name: str) -> str:
    """What was kept is of the future."""
    bench.finished(name)
    for path in (bench.place / name).rglob("*"):
        os.utime(path, (4e9, 4e9))
    return _last(bench.finished(name)) or "nothing: no time of day is used"


def read_only(bench: Bench, name: str) -> str:
    return _last(bench.finished(name, "--out", "/proc/inroads/out"))


def scheduler_lost(bench: Bench, name: str) -> str:
    script = Path(sys.executable).with_name("dask")
    scheduler = subprocess.Popen(
        [str(script), "scheduler", "--port", "38787", "--no-dashboard"],
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: _listens(38787))
    worker = subprocess.Popen(
        [str(script), "worker", "tcp://127.0.0.1:38787", "--nworkers", "1", "--no-dashboard"],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        cwd=bench.place,
    )
    try:
        time.sleep(15)
        process = bench.start(name, "--cluster", "tcp://127.0.0.1:38787")
        bench.drawing(name, process)
        scheduler.kill()
        try:
            return _last(process.communicate(timeout=PATIENCE)[1])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "HANGS"
    finally:
        for one in (worker, scheduler):
            one.kill()
            one.wait()


FAULTS: dict[str, Callable[[Bench, str], str]] = {
    "SIGTERM": killed(signal.SIGTERM),
    "SIGHUP": killed(signal.SIGHUP),
    "Ctrl-C (SIGINT to all)": killed(signal.SIGINT, whole_group=True),
    "SIGKILL of the run alone": killed(signal.SIGKILL),
    "workers killed": worker_killed,
    "two runs into one folder": two_at_once,
    "disk full": disk_full,
    "memory limit": memory_short,
    "a batch cut short, another of another place": batch_damaged,
    "a stage cut short": stage_damaged,
    "clock set back": clock_back,
    "folder that cannot be written": read_only,
    "Dask scheduler lost": scheduler_lost,
}


def main(names: list[str] | None = None) -> int:
    """Do each fault, run again, compare; print a line each, and give how many went wrong."""
    place = Path(tempfile.mkdtemp(prefix="inroads-faults-"))
    wrong = 0
    try:
        bench = Bench(place)
        for what in names or FAULTS:
            name = "".join(c if c.isalnum() else "-" for c in what)
            bench.fresh(name)
            said = FAULTS[what](bench, name)
            again = bench.finished(name)
            same = again == "" and bench.results(name) == bench.whole
            fine = same and not any(word in said for word in ("Traceback", "LEFT", "HANGS"))
            wrong += not fine
            print(f"{what}: {'same results after' if same else 'NOT the same after'} | {said}")
            if again:
                print(f"  then: {again[-300:]}")
            sys.stdout.flush()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return wrong


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < until:
        time.sleep(0.1)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _children(parent: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True
    )
    rows = [line.split(maxsplit=1) for line in found.stdout.splitlines()]
    # The process that keeps account of what is shared is no worker.
    return [int(pid) for pid, words in rows if "resource_tracker" not in words]


def _alive(group: int) -> int:
    found = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True)
    return sum(not state.startswith("Z") for state in found.stdout.split())


def _last(words: str) -> str:
    lines = [line for line in words.splitlines() if line.strip() and " s: " not in line]
    told = [line for line in lines if line.startswith(("Error:", "Interrupted", "Stopped"))]
    if told:
        return told[-1]
    # What Python's own account of shared memory says of a killed run is no word of ours.
    ours = [
        line for line in lines if "resource_tracker" not in line and "warnings.warn" not in line
    ]
    return ("Traceback: " if "Traceback" in words else "") + (ours[-1] if ours else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or None))
