"""What the pages on the house name exists: terms, look-ups, files."""

import ast
import re
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path

import pytest

import inroads

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "inroads"
DOCS = REPOSITORY / "docs"
PATH = re.compile(r"[\w.]+/[\w./]*")
PAGES = (DOCS / "architecture.md", DOCS / "glossary.md", REPOSITORY / "CONTRIBUTING.md")


def targets(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def arguments(function: ast.FunctionDef) -> Iterator[str]:
    spec = function.args
    yield from (argument.arg for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs))


@cache
def names(path: Path) -> frozenset[str]:
    """`name`, `Class.member` and `function(argument)` of a module."""
    result: set[str] = set()

    def add(body: list[ast.stmt], prefix: str = "") -> None:
        for node in body:
            result.update(prefix + name for name in targets(node))
            if isinstance(node, ast.ClassDef):
                add(node.body, f"{node.name}.")
            if isinstance(node, ast.FunctionDef):
                result.update(f"{prefix}{node.name}({name})" for name in arguments(node))

    add(ast.parse(path.read_text(encoding="utf-8")).body)
    return frozenset(result)


def is_there(name: str, place: str) -> bool:
    """Whether a file, or a room ("tables/") by a public name ("ir.Panel"), has the name."""
    if name.startswith("ir."):
        *rooms, public = name.removeprefix("ir.").split(".")
        offered = reduce(getattr, rooms, inroads)
        module = getattr(getattr(offered, public, None), "__module__", "")
        return public in offered.__all__ and module.startswith(f"inroads.{place.strip('/')}")
    path = SOURCE / place
    return path.is_file() and name in names(path)


def rows(page: Path, heads: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Rows of the tables of a page that have these heads."""
    current: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            current = []
        elif not current:
            current = cells
        elif not line.startswith("|---") and set(heads) <= set(current):
            yield dict(zip(current, cells, strict=True))


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


TERMS = list(rows(DOCS / "glossary.md", ("term", "name in code", "room")))
LOOK_UPS = list(rows(DOCS / "architecture.md", ("looked for", "name", "file")))


def test_the_tables_are_read() -> None:
    assert len(TERMS) > 70
    assert len(LOOK_UPS) == 10


@pytest.mark.parametrize("row", TERMS, ids=lambda row: row["term"])
def test_a_term_is_in_code(row: dict[str, str]) -> None:
    (place,) = code(row["room"])
    assert code(row["name in code"])
    for name in code(row["name in code"]):
        assert is_there(name, place), f"{name} is not in {place}"


@pytest.mark.parametrize("row", LOOK_UPS, ids=lambda row: row["looked for"])
def test_a_look_up_is_where_it_is_said_to_be(row: dict[str, str]) -> None:
    (place,) = code(row["file"])
    for name in code(row["name"]):
        assert is_there(name, place), f"{name} is not in {place}"


def test_one_term_has_one_row() -> None:
    terms = [row["term"] for row in TERMS]
    assert sorted(set(terms)) == sorted(terms)


def test_a_name_that_is_not_there_is_seen() -> None:
    assert is_there("Logit.kernel", "choice/logit.py")
    assert is_there("invert(start)", "choice/inversion/invert.py")
    assert is_there("ir.Panel", "tables/")
    assert is_there("ir.tables.Facts", "tables/")
    assert not is_there("ir.tables.Panel", "tables/")
    assert not is_there("Logit.colonel", "choice/logit.py")
    assert not is_there("Logit", "choice/nested.py")
    assert not is_there("Logit", "choice/no_such_file.py")
    assert not is_there("ir.Panel", "market/")
    assert not is_there("ir.no_such_name", "market/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_exist(page: Path) -> None:
    paths = [path for path in code(page.read_text(encoding="utf-8")) if PATH.fullmatch(path)]
    assert paths
    gone = [p for p in paths if not any((root / p).exists() for root in (REPOSITORY, SOURCE))]
    assert gone == []
