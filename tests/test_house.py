"""The rules of the house: the public names, who imports whom, what stays lazy."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import inroads

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "inroads"

GROUND = {"errors", "solution", "numerics", "_version", "studies", "results"}
FLOORS = [
    {"tables", "choice"},
    {"conduct"},
    {"market"},
    {"dynamics", "uncertainty"},
    {"estimation", "calibration"},
    {"study"},
    {"report"},
    {"cli", "dashboard"},
]
FLOOR = dict.fromkeys(GROUND, 0) | {
    room: number for number, rooms in enumerate(FLOORS, start=1) for room in rooms
}
ROOF = {"__init__", "__main__"}
ARRAYS_ONLY = {"choice", "conduct"}
NOT_FOR_ARRAYS = {"pandas", "narwhals", "pathlib", "io", "csv", "duckdb", "polars", "tomllib"}
LAZY = {"pandas", "altair", "duckdb", "scipy.optimize"}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_modules(tree: ast.AST, package: list[str]) -> Iterator[str]:
    """Full dotted names of what a module imports; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def faults(source: str, path: Path) -> list[str]:
    """What a module of the house imports although it may not."""
    package = ["inroads", *path.relative_to(SOURCE).parts[:-1]]
    room = room_of(path)
    found = []
    for name in imported_modules(ast.parse(source), package):
        first, *rest = name.split(".")
        if first != "inroads":
            if room in ARRAYS_ONLY and first in NOT_FOR_ARRAYS:
                found.append(f"{room} imports {name}: arrays only")
            continue
        other = rest[0] if rest else ""
        if room in ROOF or other == room:
            continue
        if room == "results" and other != "errors":
            found.append(f"results imports {name}: nothing but errors")
        if room in ARRAYS_ONLY and other not in ARRAYS_ONLY | GROUND:
            found.append(f"{room} imports {name}: arrays only")
        above = FLOOR.get(other, len(FLOORS) + 1) >= FLOOR[room]
        if above and not (other in GROUND and room in GROUND) and room not in FLOORS[-1]:
            found.append(f"{room} imports {name}: not below it")
    return found


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def test_every_module_has_a_floor() -> None:
    assert modules()
    assert {room_of(path) for path in modules()} <= FLOOR.keys() | ROOF


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_imports_upwards(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("tables", "from inroads.study import load_study"),
        ("tables", "import inroads.report.page"),
        ("tables", "from ..cli import app"),
        ("tables", "from .. import market"),
        ("tables", "from inroads import load_study"),
        ("tables", "def f():\n    import inroads.estimation"),
        ("market", "from inroads.estimation.specification import Demand"),
        ("conduct", "from inroads.tables.read import read_table"),
        ("choice", "import pandas as pd"),
        ("choice", "from pathlib import Path"),
        ("conduct", "import io, csv"),
        ("results", "from inroads.tables.facts import Facts"),
    ],
)
def test_the_floor_test_sees_a_fault(room: str, line: str) -> None:
    assert faults(line, SOURCE / room / "module.py")


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("study", "from inroads.tables.facts import Facts"),
        ("tables", "from .schema import Schema"),
        ("conduct", "from ..choice import logit"),
        ("estimation", "import pandas"),
        ("tables", "from .. import errors"),
        ("cli", "from inroads import load_study"),
    ],
)
def test_the_floor_test_lets_pass(room: str, line: str) -> None:
    assert faults(line, SOURCE / room / "module.py") == []


def test_public_names_are_pinned() -> None:
    pinned = (REPOSITORY / "tests" / "public_api.txt").read_text(encoding="utf-8").split()
    assert pinned == sorted(pinned)
    assert sorted(inroads.__all__) == pinned


def test_public_names_exist_and_are_documented() -> None:
    for name in inroads.__all__:
        thing = getattr(inroads, name)
        assert name.startswith("__") or thing.__doc__, name
        assert name in dir(inroads)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = inroads.no_such_name


def test_import_is_lazy() -> None:
    program = "import inroads, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "inroads" in loaded
    assert LAZY & loaded == set()


def test_no_absolute_paths() -> None:
    machine = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|tmp|mnt|opt|srv)/|[A-Z]:\\Users")
    suffixes = {".py", ".md", ".toml", ".csv", ".txt", ".j2", ".yml", ".cfg", ""}
    places = [REPOSITORY / name for name in ("src", "tests", "benchmarks", "docs", ".ci")]
    inside = [path for place in places for path in place.rglob("*")]
    for path in [*inside, *REPOSITORY.iterdir()]:
        if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not machine.search(text), path.relative_to(REPOSITORY)
