"""Results on disk: JSON, page and tables, all of them or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from inroads.errors import InputError
from inroads.report.folder import TABLES, only_ours
from inroads.report.page import render

if TYPE_CHECKING:
    from inroads.study.results import Results


def write(results: Results, folder: str | Path) -> None:
    """Write results.json, report.html and tables/*.csv and *.parquet into `folder`.

    Everything is made in a temporary folder beside it, which then takes its place: a failure leaves
    an earlier output as it was. Raises InputError where `folder` is a file, a link, or holds
    anything that inroads did not write.
    """
    target = Path(folder).absolute()
    only_ours(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made = workshop / "made"
        made.mkdir()
        _make(results, made)
        _swap(made, target, workshop / "earlier")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _make(results: Results, folder: Path) -> None:
    text = json.dumps(results.data, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(render(results.data), encoding="utf-8")
    (folder / TABLES).mkdir()
    for name, table in results.tables.items():
        if Path(name).name != name or name in ("", ".", ".."):
            raise InputError.single(
                expected="a table's name that can be a file's", found=name, where="tables",
                remedy="rename the table",
            )  # fmt: skip
        table.to_csv(folder / TABLES / f"{name}.csv", index=False, lineterminator="\n")
        _parquet(table, folder / TABLES / f"{name}.parquet")


def _parquet(table: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("made", table)
        connection.table("made").write_parquet(str(path))


def _swap(made: Path, target: Path, earlier: Path) -> None:
    """Put `made` in the place of `target`; what stood there comes back if that fails."""
    if target.exists():
        target.rename(earlier)
    try:
        made.rename(target)
    except OSError:
        if earlier.exists():
            earlier.rename(target)
        raise
