"""Whether a folder may be replaced by results: only one that holds nothing but results."""

from __future__ import annotations

from pathlib import Path

from inroads.errors import InputError

FILES = ("results.json", "report.html")
TABLES = "tables"
SUFFIXES = {".csv", ".parquet"}


def only_ours(folder: str | Path) -> None:
    """Raise InputError where `folder` is a file, a link, or holds what inroads did not write."""
    target = Path(folder).absolute()
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError.single(
            expected="a folder, or nothing yet", found=str(target), where="output folder",
            remedy="name another folder",
        )  # fmt: skip
    if not target.exists():
        return
    foreign = sorted(
        str(path.relative_to(target)) for path in target.rglob("*") if not _ours(path, target)
    )
    if foreign:
        raise InputError.single(
            expected="a folder that holds only what inroads writes (it is replaced as a whole)",
            found=", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else ""),
            where=str(target),
            remedy="name another folder, or move these files away",
        )


def _ours(path: Path, target: Path) -> bool:
    if path.is_symlink():
        return False
    place = path.relative_to(target).parts
    if place == (TABLES,):
        return path.is_dir()
    if len(place) == 2 and place[0] == TABLES:
        return path.is_file() and path.suffix in SUFFIXES
    return len(place) == 1 and place[0] in FILES and path.is_file()
