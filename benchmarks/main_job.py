"""`inroads run us-2018`, stage by stage: CPU seconds, a draw, workers, peak memory.

Beside each what it took when every agent had its probabilities (commit d9714b7, two cores), and
what the arithmetic alone would take at the machine's peak.

    python benchmarks/main_job.py        stages at the central numbers, draws, one and two workers
    python benchmarks/main_job.py 1000   so many draws in two workers
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import goals
from threadpoolctl import threadpool_limits

from inroads.conduct.consideration_demand import ConsiderationAtPrices, ConsiderationDemand
from inroads.study.load import load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.run import run

DRAWS = 24
#: so many are drawn by `make demo`; goals of its wall time, and of that of a thousand
DEMO, DEMO_SECONDS, THOUSAND_SECONDS = 200, 90, 300
#: CPU seconds before, and goals
BEFORE = {"first answer": 5.4, "central numbers": 153.6, "a draw": 11.3, "peak memory": 5604}
GOALS = {"first answer": 10, "central numbers": 20, "a draw": 0.4, "peak memory": 400}


def row(name: str, value: float, what: str = "s of CPU") -> None:
    """One row, its goal, and how many times as much it took."""
    then = f"{what}, {BEFORE[name] / value:.1f} times less than the {BEFORE[name]:g} before"
    goals.within(f"us-2018: {name}", value, GOALS[name], then)


@contextmanager
def counted() -> Iterator[dict[str, float]]:
    """Exponentials and operations of matrix products of what runs in it."""
    counts = {"exponentials": 0.0, "operations": 0.0}
    originals = {
        (ConsiderationDemand, "at_prices"): ConsiderationDemand.at_prices,
        (ConsiderationAtPrices, "curvature"): ConsiderationAtPrices.curvature,
    }

    def at_prices(self: Any, *given: Any) -> Any:
        at = originals[ConsiderationDemand, "at_prices"](self, *given)
        counts["exponentials"] += at.x.size
        return at

    def curvature(self: Any, *given: Any) -> Any:
        out = originals[ConsiderationAtPrices, "curvature"](self, *given)
        # Two products of rows and offers over cells; the Jacobian is a third, once.
        counts["operations"] += 3 * 2 * out.size * self.x.shape[-1]
        return out

    ConsiderationDemand.at_prices = at_prices  # type: ignore[method-assign]
    ConsiderationAtPrices.curvature = curvature  # type: ignore[method-assign]
    yield counts
    for (owner, name), function in originals.items():
        setattr(owner, name, function)


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

    with counted() as counts:
        run(study, progress, DrawSettings(draws=0), played)
    ended = time.process_time()
    ends = [at for _, at in stages[1:]] + [ended]
    for (name, at), end in zip(stages, ends, strict=True):
        print(f"  {name:28s} {end - at:6.2f} s")
    row("first answer", first[0])
    row("central numbers", ended - begun)
    exponentials, operations = counts["exponentials"], counts["operations"]
    least = exponentials / goals.peak_exponentials() + operations / goals.peak_flops()
    print(
        f"  {exponentials / 1e6:.0f} million exponentials and {operations / 1e9:.0f} GFLOP of "
        f"Jacobians: {least:.1f} s at the machine's peak"
    )
    row("peak memory", goals.peak_memory(), "MiB")


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
        with counted() as counts:
            function({})
    row("a draw", min(times[1:]))
    print(
        f"  {counts['exponentials'] / 1e6:.1f} million exponentials, "
        f"{counts['operations'] / 1e9:.2f} GFLOP of Jacobians"
    )


def drawn(draws: int, workers: int) -> tuple[float, float]:
    """Seconds of wall time that so many draws take, processes' start among them, and MiB of one
    process at most."""
    study = load_study("us-2018")
    ensemble = uncertain(study, seed=0)
    with TemporaryDirectory() as folder, goals.ChildrensMemory() as memory:
        begun = time.perf_counter()
        ensemble.run(draws, Path(folder), size=4, workers=workers)
        return time.perf_counter() - begun, memory.peak


def demo() -> None:
    """Wall time of all of `make demo` but downloads, installation and the page."""
    begun = time.perf_counter()
    with TemporaryDirectory() as folder:
        settings = DrawSettings(draws=DEMO, workers=None, folder=Path(folder))
        run(load_study("us-2018"), drawing=settings)
    taken = time.perf_counter() - begun
    goals.within(f"us-2018: all with {DEMO} draws, two cores", taken, DEMO_SECONDS, "s of clock")


def main() -> None:
    """Stages, a draw, draws by the number of workers."""
    central()
    one_draw()
    (alone, _), (two, _) = drawn(DRAWS, 1), drawn(DRAWS, 2)
    print(f"{DRAWS} draws: {alone:.1f} s in one process, {two:.1f} s in two ({alone / two:.2f}x)")
    demo()
    thousand, peak = drawn(1000, 2)
    goals.within("us-2018: 1,000 draws in two processes", thousand, THOUSAND_SECONDS, "s of clock")
    goals.within("us-2018: peak memory of a process that draws", peak, GOALS["peak memory"], "MiB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        count = int(sys.argv[1])
        seconds, peak = drawn(count, 2)
        print(f"{count} draws in two processes: {seconds:.0f} s, a process {peak:.0f} MiB")
    else:
        main()
