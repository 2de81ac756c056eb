"""A study from a stranger: whatever stands in it, an InroadsError is the worst that happens."""

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import inroads.study
from inroads.errors import InroadsError, Problem
from inroads.study.load import load_study, read_and_check
from inroads.study.run import run

TEMPLATE = Path(inroads.study.__file__).parent / "template"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(TEMPLATE.iterdir())}
# The sweep over assumptions repeats what a run does once already.
FILES["study.toml"] = re.sub(r"(?m)^vary = .*$", "", FILES["study.toml"])
TABLES = {name: list(csv.reader(io.StringIO(FILES[name]))) for name in FILES if ".csv" in name}
LINES = FILES["study.toml"].splitlines(keepends=True)

NUMBERS = ["0", "-1", "1", "0.5", "2", "1e-300", "1e300", "1e15", "nan", "inf", "@none-bought"]
WORDS = ["", "Alba", "Nord", "@nobody", "@a|@b", "2024-13-01", ";", "=1+1", "../..", "\x00", "é"]
CELLS = st.sampled_from([*NUMBERS, *WORDS]) | st.text(max_size=12)


@contextmanager
def folder(**changed: str) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp())
    try:
        for name, text in {**FILES, **changed}.items():
            (place / name).write_text(text, encoding="utf-8", newline="")
        yield place
    finally:
        shutil.rmtree(place)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, str]:
    """One cell of one table replaced."""
    name = draw(st.sampled_from(sorted(TABLES)))
    rows = [list(row) for row in TABLES[name]]
    line = draw(st.integers(0, len(rows) - 1))
    rows[line][draw(st.integers(0, len(rows[line]) - 1))] = draw(CELLS)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return {name: text.getvalue()}


@st.composite
def tomls(draw: st.DrawFn) -> dict[str, str]:
    """One line of study.toml left out or replaced, or one of its numbers or texts."""
    lines = list(LINES)
    k = draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(["drop", "line", "number", "number", "text"])):
        case "drop":
            lines[k] = ""
        case "line":
            lines[k] = draw(CELLS) + "\n"
        case kind:
            pattern = r"-?\b\d+(?:\.\d+)?\b" if kind == "number" else r'"[^"\n]*"'
            places = [(i, m) for i, line in enumerate(LINES) for m in re.finditer(pattern, line)]
            i, found = draw(st.sampled_from(places))
            new = draw(st.sampled_from([n for n in NUMBERS if "@" not in n]) | st.just("true"))
            if kind == "text":
                new = '"' + draw(st.sampled_from([*NUMBERS, *WORDS[:-2]])) + '"'
            lines[i] = LINES[i][: found.start()] + new + LINES[i][found.end() :]
    return {"study.toml": "".join(lines)}


def survives(changed: dict[str, str]) -> None:
    with folder(**changed) as place:
        study, problems = read_and_check(place)
        assert (study is None) == bool(problems)
        assert all(isinstance(p, Problem) and p.file and p.expected and p.remedy for p in problems)
        try:
            run(load_study(place))
            event("ran")
        except InroadsError as error:
            event("in the tables" if problems else "on the way")
            assert str(error).strip()


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_cell_may_hold_anything(changed: dict[str, str]) -> None:
    survives(changed)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(tomls())
def test_any_line_of_the_study_may_say_anything(changed: dict[str, str]) -> None:
    survives(changed)


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_any_file_may_hold_anything(name: str, content: bytes) -> None:
    with folder() as place:
        (place / name).write_bytes(content)
        study, problems = read_and_check(place)
        assert study is None
        assert problems
