"""`inroads run us-2018`, stage by stage: CPU seconds, a draw, workers, peak memory.

Beside each what it took when every agent had its probabilities (commit d9714b7, two cores).

    python benchmarks/main_job.py        stages at the central numbers, draws, one and two workers
    python benchmarks/main_job.py 200    so many draws in two workers
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from threadpoolctl import threadpool_limits

from inroads.study.load import load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.run import run

DRAWS = 24
#: CPU seconds before, and goals
BEFORE = {"first answer": 5.4, "central numbers": 153.6, "a draw": 11.3, "peak memory, MiB": 5604}
GOALS = {"first answer": 10, "central numbers": 20, "a draw": 0.4, "peak memory, MiB": 400}


def row(name: str, value: float) -> None:
    """One line of the table."""
    ratio = BEFORE[name] / value
    print(f"{name:20s} {value:9.2f} {BEFORE[name]:9.1f} {ratio:7.1f}x  goal {GOALS[name]}")


def central() -> None:
    """Everything but draws, in CPU seconds by stage."""
    study = load_study("us-2018")
    begun = time.process_time()
    stages: list[tuple[str, float]] = []
    first: list[float] = []

    def progress(stage: str, done: int, total: int) -> None:
        if not stages or stages[-1][0] != stage:
            stages.append((stage, time.process_time()))

    def played(_: object) -> None:
        first.append(time.process_time() - begun)

    run(study, progress, DrawSettings(draws=0), played)
    ended = time.process_time()
    ends = [at for _, at in stages[1:]] + [ended]
    for (name, at), end in zip(stages, ends, strict=True):
        print(f"  {name:28s} {end - at:6.2f} s")
    print(f"{'':20s} {'now':>9s} {'before':>9s}")
    row("first answer", first[0])
    row("central numbers", ended - begun)
    row("peak memory, MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def one_draw() -> None:
    """CPU seconds of a draw of both entrants' futures, the best of five."""
    study = load_study("us-2018")
    with threadpool_limits(1):
        function = uncertain(study, seed=0).function
        times = []
        for _ in range(6):
            begun = time.process_time()
            function({})
            times.append(time.process_time() - begun)
    row("a draw", min(times[1:]))


def drawn(draws: int, workers: int) -> float:
    """Seconds of wall time that so many draws take, processes' start among them."""
    study = load_study("us-2018")
    ensemble = uncertain(study, seed=0)
    with TemporaryDirectory() as folder:
        begun = time.perf_counter()
        ensemble.run(draws, Path(folder), size=4, workers=workers)
        return time.perf_counter() - begun


def main() -> None:
    """Stages, a draw, draws by the number of workers."""
    central()
    one_draw()
    alone, two = drawn(DRAWS, 1), drawn(DRAWS, 2)
    print(f"{DRAWS} draws: {alone:.1f} s in one process, {two:.1f} s in two ({alone / two:.2f}x)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        count = int(sys.argv[1])
        print(f"{count} draws in two processes: {drawn(count, 2):.0f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of a process {peak:.0f} MiB")
    else:
        main()
