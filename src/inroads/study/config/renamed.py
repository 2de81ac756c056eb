"""Names of older studies, and what they are called now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

import inroads.studies
from inroads.errors import InputError, Problem
from inroads.tables.read import read_table

_NAMES = tomllib.loads(
    (Path(inroads.studies.__file__).parent / "older_names.toml").read_text("utf-8")
)
#: tables
FILES: dict[str, str] = _NAMES["files"]
#: columns of a table; one is an old name only where its new name is missing
COLUMNS: dict[str, dict[str, str]] = _NAMES["columns"]
#: cells of targets.csv, column moment
TARGETS: dict[str, str] = _NAMES["targets"]
#: tables and keys of study.toml, by the path to them
KEYS: dict[str, str] = _NAMES["keys"]
# A study may have some names of each kind: keys of a renamed table are known under both names.
_PARENTS: dict[str, str] = _NAMES["parents"]


def old_format(folder: Path) -> Problem | None:
    """One problem that lists every old name of a study with its new one; None without any."""
    names = list(dict.fromkeys([*_in_tables(folder), *_in_toml(folder / "study.toml")]))
    if not names:
        return None
    lines = "".join(f"\n  {place}: {old} -> {new}" for place, old, new in names)
    return Problem(
        file=str(folder),
        row=None,
        column=None,
        value=f"{len(names)} {'name' if len(names) == 1 else 'names'} of an older format",
        expected="a study of the present format (docs/study.md)",
        remedy=f"rename{lines}",
    )


def _in_tables(folder: Path) -> Iterator[tuple[str, str, str]]:
    for old, new in FILES.items():
        if (folder / old).exists() and not (folder / new).exists():
            yield "file", old, new
    for file, renamed in COLUMNS.items():
        header = list(_table(folder / file))
        for old, new in renamed.items():
            if old in header and new not in header:
                yield f"{file}, column", old, new
    targets = _table(folder / "targets.csv")
    moments = set(targets["moment"]) if "moment" in targets else set()
    for old, new in TARGETS.items():
        if old in moments:
            yield "targets.csv, moment", old, new


def _table(path: Path) -> pd.DataFrame:
    # What else is wrong with a table is said where it is checked.
    with suppress(InputError):
        if path.exists():
            return read_table(path, path.name)
    return pd.DataFrame()


def _in_toml(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return
    yield from _keys(content, "")


def _keys(part: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Old keys within a table of study.toml, or a list of tables."""
    if isinstance(part, list):
        for entry in part:
            yield from _keys(entry, place)
    elif isinstance(part, dict):
        for key, value in part.items():
            path = f"{place}.{key}" if place else key
            new = KEYS.get(f"{_PARENTS.get(place, place)}.{key}" if place else key)
            if new is not None:
                yield f"study.toml, [{place}]" if place else "study.toml, table", key, new
            yield from _keys(value, path)
