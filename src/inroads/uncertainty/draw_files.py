"""One batch of draws as a Parquet file: written whole or not at all, and known when damaged."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inroads.errors import InputError, refuse

if TYPE_CHECKING:
    import duckdb

#: column name -> one entry per draw
Columns = Mapping[str, NDArray[Any]]
MANIFEST = "manifest.json"
_SIGNATURE = "inroads"


def name_of(batch: int) -> str:
    """The file of a batch."""
    return f"batch-{batch:06d}.parquet"


def written(folder: Path, name: str, write: Callable[[Path], None]) -> None:
    """A file that appears under its name only once it is complete and on the disk."""
    part = folder / f".{name}.part"
    try:
        write(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, folder / name)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def save(folder: Path, run: str, batch: int, columns: Columns) -> None:
    """Write a batch of the run (a hash); the file carries a checksum of what is in it."""
    frame = pd.DataFrame(dict(columns))
    seal = {_SIGNATURE: json.dumps({"run": run, "batch": batch, "sum": checksum(columns)})}

    def write(path: Path) -> None:
        import duckdb

        stated = ", ".join(f"{key}: {_quoted(value)}" for key, value in seal.items())
        with _cursor(os.getpid()) as connection:
            connection.register("batch", frame)
            try:
                connection.execute(
                    f"COPY batch TO {_quoted(str(path))} (FORMAT parquet, KV_METADATA {{{stated}}})"
                )
            except duckdb.IOException as failure:
                reason = str(failure).splitlines()[0]
                raise OSError(errno.EIO, f"could not be written ({reason})", str(path)) from failure

    written(folder, name_of(batch), write)


def load(folder: Path, run: str, batch: int) -> dict[str, NDArray[Any]] | None:
    """A batch of the run as it was saved; None where there is none, or it is damaged."""
    import duckdb

    path = folder / name_of(batch)
    if not path.is_file():
        return None
    try:
        with _cursor(os.getpid()) as connection:
            row = connection.execute(
                "SELECT value FROM parquet_kv_metadata(?) WHERE key = ?",
                [str(path), _SIGNATURE.encode()],
            ).fetchone()
            seal = json.loads(row[0]) if row else {}
            columns = connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()
    # A file cut short or written over fails anywhere, also in the decoder's memory allocation.
    except (duckdb.Error, ValueError, UnicodeDecodeError, MemoryError):
        return None
    plain = {name: _plain(values) for name, values in columns.items()}
    expected = {"run": run, "batch": batch, "sum": checksum(plain)}
    return plain if seal == expected else None


def checksum(columns: Columns) -> str:
    """SHA-256 of names and values, to the bit."""
    digest = hashlib.sha256()
    for name, values in columns.items():
        texts = values.dtype.kind not in "fiub"
        data = json.dumps(values.tolist()).encode() if texts else values.tobytes()
        digest.update(f"{name}:{'text' if texts else values.dtype.str}:{len(values)};".encode())
        digest.update(data)
    return digest.hexdigest()


def claim(folder: Path, about: Mapping[str, Any]) -> str:
    """Make the folder that of the run `about`, or find that it is; returns the run's hash.

    Raises InputError where the folder holds another run, naming what differs, or other files.
    """
    text = json.dumps(about, indent=1, sort_keys=True)
    path = folder / MANIFEST
    if path.is_file():
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            stored = None
        if not isinstance(stored, dict) or stored != json.loads(text):
            raise _another(folder, stored, json.loads(text))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        if strangers := sorted(p.name for p in folder.iterdir() if not p.name.endswith(".part")):
            raise refuse(
                expected="an empty folder, or one with the manifest of this run",
                found=f"{', '.join(strangers[:3])} and no {MANIFEST}",
                where=str(folder),
                remedy="give another folder for the draws.",
            )
        written(folder, MANIFEST, lambda part: _write_text(part, text))
    return hashlib.sha256(text.encode()).hexdigest()


def _another(folder: Path, stored: object, manifest: Mapping[str, object]) -> InputError:
    if isinstance(stored, dict):
        names = sorted(k for k in {*stored, *manifest} if stored.get(k) != manifest.get(k))
        actual = "one of another run: " + ", ".join(
            f"{k} {_short(stored.get(k))} instead of {_short(manifest.get(k))}" for k in names
        )
    else:
        actual = "one that cannot be read"
    return refuse(
        expected=f"the {MANIFEST} of this run",
        found=actual,
        where=str(folder),
        remedy="give another folder, or delete this one to draw anew.",
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:12] + "…"


def _cursor(process: int) -> duckdb.DuckDBPyConnection:
    return _database(process).cursor()


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """One database in memory for the process: opening takes longer than a batch."""
    import duckdb

    return duckdb.connect(config={"threads": 1})


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _plain(values: Any) -> NDArray[Any]:
    """Without the mask that DuckDB puts on columns; NaN stays NaN."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values.filled(np.nan) if values.dtype.kind == "f" else values.data)
    return np.asarray(values)
