"""A study to begin with: a template under a name of its own, as a folder or a workbook."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

from inroads.study.config.toml_schema import SCHEMA
from inroads.study.study_workbook import SUFFIX, pack

#: the name that templates have, and what their comments call their folder
_NAME = re.compile(r'^name = "[^"]*"', re.MULTILINE)
_FOLDER = "THIS_FOLDER"


def write_study(place: Path, full: bool = False) -> None:
    """Write the small study, or the full one, to a folder, or a workbook (.xlsx), that does not
    exist; named like it."""
    if place.suffix.lower() == SUFFIX:
        with tempfile.TemporaryDirectory(prefix="inroads-") as folder:
            _write(Path(folder) / place.stem, full, place.name)
            pack(Path(folder) / place.stem, place)
    else:
        _write(place, full, place.resolve().name)


def _write(folder: Path, full: bool, title: str) -> None:
    template = "template_full" if full else "template"
    shutil.copytree(Path(__file__).parent / template, folder)
    # Editors that know TOML complete study.toml from it, as its first line says.
    shutil.copy(SCHEMA, folder / "study.schema.json")
    toml = folder / "study.toml"
    text = _NAME.sub(f'name = "{study_name(folder)}"', toml.read_text(encoding="utf-8"), count=1)
    toml.write_text(text.replace(_FOLDER, title), encoding="utf-8")


def study_name(folder: Path) -> str:
    """The folder's name in letters, digits, '-', '_' and '.', a letter or digit at both ends."""
    plain = unicodedata.normalize("NFKD", folder.resolve().name)
    plain = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._") or "study"
