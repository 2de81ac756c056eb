"""Finished stages of a run, kept on disk: one that was killed goes on from the last of them.

A stage is kept under the hash of all that it hangs on, like draws, together with what it took from
the ledger: read back, it is to the bit what it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from inroads._version import __version__
from inroads.study.lock import hashes
from inroads.uncertainty.draw_files import claim, written
from inroads.uncertainty.ensemble import code
from inroads.uncertainty.folder_lock import alone_in

if TYPE_CHECKING:
    from inroads.study.load import Study

Value = TypeVar("Value")


@dataclass(frozen=True)
class Stages:
    """Where stages of one run of a study are kept; nowhere where the folder is None."""

    study: Study
    folder: Path | None
    run: str = ""

    @classmethod
    def of(cls, study: Study, folder: Path | None) -> Stages:
        """Those of the study within a folder of several runs."""
        if folder is None:
            return cls(study, None)
        about = {
            "stages": "central numbers",
            "inputs": hashes(study),
            "as_of": study.as_of.isoformat(),
            "version": __version__,
            "code": code(),
        }
        key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
        return cls(study, folder / key, claim(folder / key, about))

    def done(self, name: str, kind: Any, make: Callable[[], Value]) -> Value:
        """What `make` gives, of a kind that pydantic knows; as it was made before where it was."""
        if self.folder is None:
            return make()
        with alone_in(self.folder):
            value: Value = self._done(self.folder / f"{name}.json", TypeAdapter(kind), make)
        return value

    def _done(self, path: Path, adapter: TypeAdapter[Value], make: Callable[[], Value]) -> Value:
        earlier = _read(path, self.run)
        if earlier is not None:
            try:
                value = adapter.validate_json(json.dumps(earlier["value"]))
            except ValidationError:
                pass
            else:
                self.study.facts.enter(earlier["ledger"])
                return value
        before = len(self.study.facts.entries())
        value = make()
        content = {
            "value": adapter.dump_python(value, mode="json"),
            "ledger": self.study.facts.entries()[before:],
        }
        text = json.dumps({"run": self.run, "sum": _sum(content), **content}, allow_nan=False)
        written(path.parent, path.name, lambda part: _write(part, text))
        return value


def _read(path: Path, run: str) -> dict[str, Any] | None:
    """A stage of the run as it was kept; None where there is none, or it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = {"value": content["value"], "ledger": content["ledger"]}
        whole = content["run"] == run and content["sum"] == _sum(parts)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return parts if whole else None


def _sum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
