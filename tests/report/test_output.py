"""Files: all or none, ours only, twice the same numbers."""

import csv
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from example import tree as tree_of

from inroads.errors import InputError
from inroads.report import output
from inroads.report.output import check_folder, write, write_page
from inroads.results.files import read_results
from inroads.study.results import Run


@pytest.fixture
def run(without_entry: dict[str, Any]) -> Run:
    offers = pd.DataFrame(
        {"manufacturer": ["Bran", 'Ö, "x"', None], "shares": [0.1, 1 / 3, 1e-17], "n": [1, 2, 3]}
    )
    return Run(tree_of(without_entry), {"offers": offers, "margins": offers.head(1)})


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_written(run: Run, tmp_path: Path) -> None:
    write(run.results, run.tables, tmp_path / "deep" / "out")
    assert write_page(tmp_path / "deep" / "out") == run.results
    assert set(tree(tmp_path / "deep")) == {
        "out/results.json", "out/report.html",
        "out/tables/offers.csv", "out/tables/offers.parquet",
        "out/tables/margins.csv", "out/tables/margins.parquet",
    }  # fmt: skip
    out = tmp_path / "deep" / "out"
    assert read_results(out) == run.results
    assert "Whose oats?" in (out / "report.html").read_text(encoding="utf-8")


def test_parquet_equals_csv(run: Run, tmp_path: Path) -> None:
    write(run.results, run.tables, tmp_path / "out")
    path = tmp_path / "out" / "tables" / "offers"
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parquet = duckdb.read_parquet(str(path.with_suffix(".parquet"))).df()
    assert [float(r["shares"]) for r in rows] == parquet["shares"].tolist() == [0.1, 1 / 3, 1e-17]
    assert [int(r["n"]) for r in rows] == parquet["n"].tolist()
    assert [r["manufacturer"] for r in rows] == parquet["manufacturer"].fillna("").tolist()


def test_again_replaces_it(run: Run, tmp_path: Path) -> None:
    write(run.results, {**run.tables, "old": run.tables["margins"]}, tmp_path / "o")
    write(run.results, run.tables, tmp_path / "o")
    assert "tables/old.csv" not in tree(tmp_path / "o")
    assert "tables/offers.csv" in tree(tmp_path / "o")
    assert [p.name for p in tmp_path.iterdir()] == ["o"]


def test_an_empty_folder_is_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    write(run.results, run.tables, tmp_path / "o")
    assert "results.json" in tree(tmp_path / "o")


@pytest.mark.parametrize("place", ["_write_all", "_write_parquet", "results_text"])
def test_a_failure_leaves_what_was_there(
    place: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(run.results, run.tables, tmp_path / "o")
    before = tree(tmp_path)

    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(output, place, broken)
    later = run.results.model_copy(update={"inroads_version": "9"})
    with pytest.raises(OSError, match="no space left"):
        write(later, run.tables, tmp_path / "o")
    assert tree(tmp_path) == before
    with pytest.raises(OSError, match="no space left"):
        write(run.results, run.tables, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_failed_move_brings_the_earlier_back(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(run.results, run.tables, tmp_path / "o")
    before = tree(tmp_path)
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if self.name == "complete":
            raise OSError("busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="busy"):
        write(run.results, run.tables, tmp_path / "o")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.xlsx", "results.json.bak", "sub/a.csv"])
def test_others_files_are_not_touched(name: str, run: Run, tmp_path: Path) -> None:
    write(run.results, run.tables, tmp_path / "o")
    (tmp_path / "o" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "o" / name).write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="Remedy"):
        write(run.results, run.tables, tmp_path / "o")
    assert tree(tmp_path) == before


def test_files_and_links_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(InputError, match="a folder, or nothing yet"):
            write(run.results, run.tables, tmp_path / name)
    assert list((tmp_path / "real").iterdir()) == []


def test_a_table_needs_a_name_for_a_file(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name"):
        write(run.results, {"../up": run.tables["offers"]}, tmp_path / "o")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_fails_leaves_results_and_the_earlier_page(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(run.results, run.tables, tmp_path / "o")
    write_page(tmp_path / "o")
    before = tree(tmp_path)

    def broken(*_: object) -> str:
        raise ZeroDivisionError("in a section")

    with monkeypatch.context() as patched:
        patched.setattr(output, "render", broken)
        with pytest.raises(ZeroDivisionError):
            write_page(tmp_path / "o")
    assert tree(tmp_path) == before
    (tmp_path / "o" / "report.html").unlink()
    write_page(tmp_path / "o")
    assert tree(tmp_path) == before


def test_half_a_page_is_no_stranger(run: Run, tmp_path: Path) -> None:
    """A run that was killed while it wrote its page can be run again."""
    write(run.results, run.tables, tmp_path / "o")
    (tmp_path / "o" / ".report.html.part").write_text("<html", encoding="utf-8")
    check_folder(tmp_path / "o")


def test_texts_that_look_like_formulas_are_texts(run: Run, tmp_path: Path) -> None:
    """A spreadsheet shows them; numbers, and the Parquet file, stay as they are."""
    names = ["=1+1", "+1", "-cmd", "@sum", "\tx", "plain", None]
    table = pd.DataFrame({"name": names, "value": [-1.5, 0, 1, 2, 3, 4, 5]})
    write(run.results, {"t": table}, tmp_path / "o")
    path = tmp_path / "o" / "tables" / "t"
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [
        *("'=1+1", "'+1", "'-cmd", "'@sum", "'\tx", "plain", ""),
    ]
    assert [float(row["value"]) for row in rows] == table["value"].tolist()
    parquet = duckdb.read_parquet(str(path.with_suffix(".parquet"))).df()
    assert parquet["name"].tolist()[:6] == names[:6]
