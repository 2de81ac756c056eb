"""The study that is served, as it was read; whether it has changed on disk since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from inroads.dashboard.deals.cases import first_case
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.errors import InputError, refuse
from inroads.study.load import load_study

#: files of a study by name: when each was changed, in nanoseconds, and its size
Fingerprint = dict[str, tuple[int, int]]


def fingerprint(folder: Path) -> Fingerprint:
    """What the files of a study look like from outside."""
    marks: Fingerprint = {}
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.toml")]):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        marks[path.name] = (stat.st_mtime_ns, stat.st_size)
    return marks


@dataclass
class StudySource:
    """A study by the name it was asked for.

    Raises InputError for a study that is wrong, or says nothing of entrants.
    """

    name: str
    as_of: str | None = None
    cases: StudyCases = field(init=False)
    _seen: Fingerprint = field(init=False)

    def __post_init__(self) -> None:
        self.read()

    def read(self) -> None:
        """Read it, again: where that fails, everything stays as it was."""
        day: date | str | None = self.as_of
        study = load_study(self.name, day)
        seen = fingerprint(study.folder)
        first_case(study)
        cases = StudyCases(study)
        # What every case begins from is there before the first is asked for.
        study.market()
        if study.config.firms is not None:
            study.negotiation()
        self.cases, self._seen = cases, seen

    @property
    def has_changed(self) -> bool:
        """Whether its files are no longer those that were read."""
        return fingerprint(self.cases.study.folder) != self._seen

    def warning(self) -> InputError:
        """What is said where it has."""
        return refuse(
            expected="the study as it was read",
            found="files that have changed since",
            where=self.name,
            remedy="read it again; until then all numbers are those of the old files.",
        )
