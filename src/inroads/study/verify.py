"""Whether a run can be had again: the study as it was then, and the same run of it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inroads.errors import refuse
from inroads.results.study import Lock
from inroads.results.tree import Results
from inroads.study.load import Study, load_study
from inroads.study.lock import lock_of, unlike
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.run import run


@dataclass(frozen=True)
class Again:
    """A study to be run as it was: what of its inputs has changed since, what of the programs."""

    study: Study
    drawing: DrawSettings
    changed: list[str]
    programs: list[str]


def compared_inputs(results: Results, study: str | None = None) -> Again:
    """The study behind results (its folder, or by its name), beside their lock.

    Raises InputError for results without a lock, and where there is no such study.
    """
    lock = results.lock
    if lock is None:
        raise refuse(
            expected="results with a lock, as `inroads run` writes them",
            found="none",
            where="results.json",
            remedy="run the study again.",
        )
    loaded = load_study(study or results.study.name, results.study.as_of)
    drawing = _drawing(lock)
    changed, programs = unlike(lock, lock_of(loaded, drawing))
    return Again(loaded, drawing, changed, programs)


def run_again(again: Again, progress: Callable[[str, int, int], None]) -> Results:
    """What the run gives here; nothing that was kept of an earlier one is used."""
    return run(again.study, progress, again.drawing).results


def _drawing(lock: Lock) -> DrawSettings:
    return DrawSettings(draws=lock.draws, periods=lock.periods, seed=lock.seed, workers=None)
