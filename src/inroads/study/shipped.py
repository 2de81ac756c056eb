"""Where studies lie: those that come with the package, and folders."""

from __future__ import annotations

from pathlib import Path

import inroads.studies
from inroads.errors import refuse

SHIPPED = Path(inroads.studies.__file__).parent


def shipped() -> list[str]:
    """Names of the studies that come with the package."""
    return sorted(p.parent.name.replace("_", "-") for p in SHIPPED.glob("*/study.toml"))


def locate_study(name: str | Path) -> Path:
    """Where a study lies: a folder or workbook, or the name of one that comes with the package."""
    inside = SHIPPED / str(name).replace("-", "_")
    if str(name).replace("_", "-") in shipped():
        return inside
    if not (Path(name).is_dir() or (Path(name).is_file() and Path(name).suffix == ".xlsx")):
        raise refuse(
            expected=f"a folder, a workbook (.xlsx), or one of {', '.join(shipped())}",
            found=str(name),
            where="study",
            remedy="check the name, or start a study with `inroads new DIR`.",
        )
    return Path(name)
