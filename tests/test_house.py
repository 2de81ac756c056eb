"""The rules of the house: the public names, what stays lazy. Who imports whom: .importlinter."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import inroads

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "inroads"

LAZY = {"pandas", "altair", "duckdb", "scipy.optimize"}


ROOMS = [name for name in inroads.__all__ if isinstance(getattr(inroads, name), ModuleType)]


def test_a_name_is_offered_in_one_place() -> None:
    offered = [name for name in inroads.__all__ if name not in ROOMS]
    for room in ROOMS:
        offered += getattr(inroads, room).__all__
    assert sorted(set(offered)) == sorted(offered)


@pytest.mark.parametrize("place", ["inroads", *(f"inroads.{room}" for room in ROOMS)])
def test_public_names_exist_and_are_documented(place: str) -> None:
    module = importlib.import_module(place)
    assert module.__all__
    for name in module.__all__:
        thing = getattr(module, name)
        assert name.startswith("__") or thing.__doc__, name
        assert name in dir(module)


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


def test_an_estimate_is_loaded_without_what_it_does_not_need() -> None:
    program = (
        "import inroads, json, sys; inroads.estimate, inroads.read_panel, inroads.Demand; "
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "inroads.estimation.estimate" in loaded
    assert {
        "scipy.stats",
        "scipy.special",
        "scipy.integrate",
        "formulaic",
        "narwhals",
    } & loaded == set()


def test_no_absolute_paths() -> None:
    machine = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|tmp|mnt|opt|srv)/|[A-Z]:\\Users")
    suffixes = {".py", ".md", ".toml", ".csv", ".txt", ".j2", ".yml", ".cfg", ""}
    places = [
        REPOSITORY / name
        for name in ("src", "tests", "benchmarks", "stress", "tools", "docs", ".ci")
    ]
    inside = [path for place in places for path in place.rglob("*")]
    for path in [*inside, *REPOSITORY.iterdir()]:
        if (
            path.is_file()
            and path.suffix in suffixes
            and not {".git", "__pycache__"} & {*path.parts}
        ):
            text = path.read_text(encoding="utf-8")
            assert not machine.search(text), path.relative_to(REPOSITORY)


def test_modules_are_short_and_folders_small() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in SOURCE.rglob("*.py")}
    assert {str(path): n for path, n in sizes.items() if n > 350} == {}
    modules = [path for path in sizes if path.name != "__init__.py"]
    counts = {
        folder: sum(p.parent == folder for p in modules) for folder in {p.parent for p in modules}
    }
    assert {str(folder): n for folder, n in counts.items() if n > 16} == {}


def test_no_industry_in_the_engine() -> None:
    words = re.compile(
        r"phone|handset|carrier|subscriber|install?ment|prepaid|unlocked|huawei|xiaomi", re.I
    )
    engine = [
        path
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and SOURCE / "studies" not in path.parents
    ]
    assert [str(path) for path in engine if words.search(path.read_text("utf-8", "ignore"))] == []


def test_what_is_cited_is_this_version() -> None:
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {inroads.__version__}\n" in citation
