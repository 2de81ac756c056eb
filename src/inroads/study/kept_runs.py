"""What runs keep beside their output: whose it is, finished stages, draws; and clearing it.

Beside OUT lies OUT-draws: a folder for each set of draws and of stages, known by its manifest, and
a line that says of which study OUT is.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inroads.errors import refuse
from inroads.uncertainty.draw_files import MANIFEST, written
from inroads.uncertainty.ensemble import code
from inroads.uncertainty.folder_lock import alone_in

SUFFIX = "-draws"
_STUDY = "study.txt"


def kept_beside(output: Path) -> Path:
    """Where a run keeps what it has done: beside its output, which is replaced as a whole."""
    return output.with_name(f"{output.name}{SUFFIX}")


def check_whose(output: Path, study: Path, *, is_named: bool) -> None:
    """Raise InputError where the output is another study's that is still there, unless the folder
    was named on purpose."""
    note, mine = kept_beside(output) / _STUDY, str(study.resolve())
    other = note.read_text(encoding="utf-8").strip() if note.is_file() else mine
    if other != mine and not is_named and (Path(other) / "study.toml").is_file():
        raise refuse(
            expected="a folder for the output of this study",
            found=f"that of another study of this name, in {other}",
            where=str(output),
            remedy="give another folder with --out, or another `name` in study.toml.",
        )


def note_whose(output: Path, study: Path) -> None:
    """Note whose output it is."""
    mine = str(study.resolve())
    written(kept_beside(output), _STUDY, lambda part: _write(part, mine))


@dataclass(frozen=True)
class KeptRun:
    """A folder of draws or stages: what it holds in words, its size in bytes, and whether the
    inroads that is installed could go on with it."""

    folder: Path
    about: str
    size: int
    is_current: bool

    def remove(self) -> None:
        """Delete it, unless a run is at work in it."""
        with alone_in(self.folder):
            shutil.rmtree(self.folder)


def kept_runs(place: Path) -> list[KeptRun]:
    """Every folder of draws and stages in the folder `place`, or beside the output `place`."""
    roots = [path for path in place.glob(f"*{SUFFIX}") if path.is_dir()]
    roots += [kept_beside(place)] if kept_beside(place).is_dir() else []
    roots += [place] if place.name.endswith(SUFFIX) else []
    return [
        entry
        for root in dict.fromkeys(roots)
        for folder in sorted(root.iterdir())
        if folder.is_dir() and not folder.is_symlink() and (entry := _kept_run(folder)) is not None
    ]


def _kept_run(folder: Path) -> KeptRun | None:
    """What a folder holds; None where inroads did not write all of it."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made_by = manifest["code"]
        about = str(manifest.get("about") or manifest["stages"]).partition(", ")[0]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    files = [path for path in folder.iterdir() if path.name != MANIFEST]
    if not all(path.suffix in (".parquet", ".json", ".part") and path.is_file() for path in files):
        return None
    count = manifest.get("draws")
    return KeptRun(
        folder,
        f"{about}, {count} draws" if count else about,
        sum(path.stat().st_size for path in folder.iterdir()),
        made_by == code(),
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")
