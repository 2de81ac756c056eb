"""Files: all or none, ours only, twice the same numbers."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.report import write as writing
from inroads.report.write import write
from inroads.study.results import Results


@pytest.fixture
def results(without_entry: dict[str, Any]) -> Results:
    offers = pd.DataFrame(
        {"maker": ["Bran", 'Ö, "x"', None], "shares": [0.1, 1 / 3, 1e-17], "n": [1, 2, 3]}
    )
    return Results(without_entry, {"offers": offers, "margins": offers.head(1)})


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_written(results: Results, tmp_path: Path) -> None:
    write(results, tmp_path / "deep" / "out")
    assert set(tree(tmp_path / "deep")) == {
        "out/results.json", "out/report.html",
        "out/tables/offers.csv", "out/tables/offers.parquet",
        "out/tables/margins.csv", "out/tables/margins.parquet",
    }  # fmt: skip
    out = tmp_path / "deep" / "out"
    assert json.loads((out / "results.json").read_text(encoding="utf-8")) == results.data
    assert "Whose oats?" in (out / "report.html").read_text(encoding="utf-8")


def test_parquet_equals_csv(results: Results, tmp_path: Path) -> None:
    write(results, tmp_path / "out")
    path = tmp_path / "out" / "tables" / "offers"
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parquet = duckdb.read_parquet(str(path.with_suffix(".parquet"))).df()
    assert [float(r["shares"]) for r in rows] == parquet["shares"].tolist() == [0.1, 1 / 3, 1e-17]
    assert [int(r["n"]) for r in rows] == parquet["n"].tolist()
    assert [r["maker"] for r in rows] == parquet["maker"].fillna("").tolist()


def test_again_replaces_it(results: Results, tmp_path: Path) -> None:
    write(
        Results(results.data, {**results.tables, "old": results.tables["margins"]}), tmp_path / "o"
    )
    write(results, tmp_path / "o")
    assert "tables/old.csv" not in tree(tmp_path / "o")
    assert "tables/offers.csv" in tree(tmp_path / "o")
    assert [p.name for p in tmp_path.iterdir()] == ["o"]


def test_an_empty_folder_is_taken(results: Results, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    write(results, tmp_path / "o")
    assert "results.json" in tree(tmp_path / "o")


@pytest.mark.parametrize("place", ["_make", "_parquet", "render"])
def test_a_failure_leaves_what_was_there(
    place: str, results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(results, tmp_path / "o")
    before = tree(tmp_path)

    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(writing, place, broken)
    with pytest.raises(OSError, match="no space left"):
        write(Results(results.data | {"inroads": "9"}, results.tables), tmp_path / "o")
    assert tree(tmp_path) == before
    with pytest.raises(OSError, match="no space left"):
        write(results, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_failed_move_brings_the_earlier_back(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(results, tmp_path / "o")
    before = tree(tmp_path)
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if self.name == "made":
            raise OSError("busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="busy"):
        write(results, tmp_path / "o")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.xlsx", "results.json.bak", "sub/a.csv"])
def test_others_files_are_not_touched(name: str, results: Results, tmp_path: Path) -> None:
    write(results, tmp_path / "o")
    (tmp_path / "o" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "o" / name).write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="Remedy"):
        write(results, tmp_path / "o")
    assert tree(tmp_path) == before


def test_files_and_links_are_refused(results: Results, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(InputError, match="a folder, or nothing yet"):
            write(results, tmp_path / name)
    assert list((tmp_path / "real").iterdir()) == []


def test_what_json_cannot_hold_is_refused(results: Results, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write(Results(results.data | {"bad": float("nan")}, results.tables), tmp_path / "o")
    with pytest.raises(InputError, match="name"):
        write(Results(results.data, {"../up": results.tables["offers"]}), tmp_path / "o")
    assert list(tmp_path.iterdir()) == []
