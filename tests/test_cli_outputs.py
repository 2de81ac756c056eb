"""The command line around a run: refused at once or done, told as it goes, never lost."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import inroads.cli.progress
import inroads.study
from inroads.cli import app
from inroads.report.output import PAGE
from inroads.results.files import FILE, read_results
from inroads.study.results import Run

TEMPLATE = Path(inroads.study.__file__).parent / "template"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template in an empty working directory, without what it plays over and over."""
    monkeypatch.chdir(tmp_path)
    return quick_study(tmp_path)


def quick_study(place: Path) -> Path:
    shutil.copytree(TEMPLATE, place / "mine")
    text = (place / "mine" / "study.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^vary = .*$", "", text).replace('name = "espresso"', 'name = "mine"')
    (place / "mine" / "study.toml").write_text(text, encoding="utf-8")
    return place / "mine"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a study has run."""
    place = tmp_path_factory.mktemp("once")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(place)
        quick_study(place)
        done = invoke("run", "mine")
    assert done.exit_code == 0, done.output
    return place


@pytest.fixture
def ran(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run, beside its study."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    (tmp_path / "out" / "mine-draws" / "study.txt").write_text(str(tmp_path / "mine"))
    return tmp_path / "out" / "mine"


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch, ran: Path) -> None:
    """A study that is run again gives what it gave."""
    results = read_results(ran)
    monkeypatch.setattr("inroads.study.run.run", lambda *_: Run(results, {}))
    monkeypatch.setattr("inroads.study.verify.run", lambda *_: Run(results, {}))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def never(*_: object, **__: object) -> Any:
    raise AssertionError("began to work")


# Refused before any work ------------------------------------------------------------------------


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be calibrated."""
    monkeypatch.setattr("inroads.study.market.calibration.calibrated", never)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "mine", "--out", "file/inside"], "Not a directory"),
        (["run", "mine", "--out", "/proc/no-such/inside"], "/proc"),
        (["run", "mine", "--out", "file"], "a folder, or nothing yet"),
        (["run", "mine", "--cluster", "tcp://127.0.0.1:9"], "the address of a Dask scheduler"),
        (["run", "mine", "--draws", "4"], "[path]"),
        (["run", "mine", "--periods", "4"], "[path]"),
        (["backtest", "mine", "--outcomes", "none.csv"], "none.csv"),
        (["backtest", "mine", "--outcomes", "mine"], "[path]"),
    ],
)
@pytest.mark.usefixtures("idle")
def test_what_cannot_be_had_is_refused_first(
    mine: Path, arguments: list[str], message: str
) -> None:
    (mine.parent / "file").write_text("mine", encoding="utf-8")
    done = invoke(*arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert sorted(path.name for path in mine.parent.iterdir()) == ["file", "mine"]


@pytest.mark.usefixtures("idle")
def test_a_cluster_without_dask_is_refused_first(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = invoke("run", "mine", "--cluster", "tcp://127.0.0.1:9")
    assert done.exit_code == 2
    assert "inroads[cluster]" in done.stderr


@pytest.mark.usefixtures("idle")
def test_outcomes_of_nothing_forecast_are_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TEMPLATE.with_name("template_full"), tmp_path / "beer")
    head = (tmp_path / "beer" / "facts.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "Amsel_shipments,Amsel,shipments,3,bottles,2024-07,2024-08-15,a,b,c,,"
    (tmp_path / "later.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    done = invoke("backtest", "beer", "--outcomes", "later.csv")
    assert done.exit_code == 2
    assert "Amsel_shipments" in done.stderr
    right = row.replace("Amsel_shipments", "cider-shipments")
    (tmp_path / "later.csv").write_text(f"{head}\n{right}\n", encoding="utf-8")
    done = invoke("backtest", "beer", "--outcomes", "later.csv")
    assert done.exit_code == 2
    assert "found cider-shipments of 2024-07" in done.stderr
    assert "forecast are amsel-shipments, of 2024-07 to 2024-12" in done.stderr


@pytest.mark.usefixtures("repeated")
def test_another_study_of_the_same_name_keeps_its_output(ran: Path) -> None:
    mine = ran.parents[1] / "mine"
    before = (ran / FILE).read_bytes()
    shutil.copytree(mine, mine.parent / "elsewhere" / "mine")
    done = invoke("run", "elsewhere/mine")
    assert done.exit_code == 2
    assert "that of another study of this name" in done.stderr
    assert "--out" in done.stderr
    assert (ran / FILE).read_bytes() == before
    assert invoke("run", "mine").exit_code == 0
    # Named on purpose, or of a study that has moved, it is replaced.
    assert invoke("run", "elsewhere/mine", "--out", "out/mine").exit_code == 0
    shutil.rmtree(mine.parent / "elsewhere")
    assert invoke("run", "mine").exit_code == 0


# The page ---------------------------------------------------------------------------------------


def test_a_page_that_fails_costs_no_results(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("float division by zero")

    with monkeypatch.context() as patched:
        patched.setattr("inroads.report.sections.limits.limits", broken)
        done = invoke("run", "mine")
    out = mine.parent / "out" / "mine"
    assert done.exit_code == 3
    assert "Traceback" not in done.output
    for words in ("ZeroDivisionError: float division by zero", "out/mine", "inroads report"):
        assert words in done.stderr
    assert not (out / PAGE).exists()
    assert {path.name for path in out.iterdir()} == {FILE, "tables"}
    assert read_results(out).study.name == "mine"
    again = invoke("report", "out/mine")
    assert again.exit_code == 0, again.output
    assert "Report: out/mine/report.html" in again.stdout
    first = (out / PAGE).read_bytes()
    assert first.startswith(b"<!DOCTYPE html>") or b"<html" in first


def test_a_page_of_no_run_is_refused(mine: Path) -> None:
    done = invoke("report", "mine")
    assert done.exit_code == 2
    assert "a folder with results.json" in done.stderr


# Progress, interruption -------------------------------------------------------------------------


def test_plain_lines_where_there_is_no_terminal(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while nothing is told."""

    def slow(*_: object) -> None:
        time.sleep(0.3)
        raise KeyboardInterrupt

    monkeypatch.setattr(inroads.cli.progress, "EVERY", 0.05)
    monkeypatch.setattr("inroads.study.run.scenarios_of", slow)
    done = invoke("run", "mine")
    assert done.exit_code == 130
    assert len(re.findall(r"(?m)^0 s: calibrating$", done.stderr)) >= 3
    assert "the same command goes on" in done.stderr
    assert not (mine.parent / "out" / "mine").exists()


STOPPED = """
import os, signal
import inroads.study.run
from inroads.cli import app
from typer.testing import CliRunner

for name in ("SIGTERM", "SIGHUP"):
    def stop(*_):
        os.kill(os.getpid(), getattr(signal, name))
        signal.pause()

    inroads.study.run.scenarios_of = stop
    done = CliRunner().invoke(app, ["run", "mine"])
    print(done.exit_code, done.stderr, end="")
"""


def test_a_signal_that_python_swallowed_ends_the_run_all_the_same(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inroads.cli import base

    def swallowed(*_: object) -> None:
        with contextlib.suppress(Exception):
            base._stop(15, None)

    monkeypatch.setattr("inroads.study.run.check_distinct", swallowed)
    done = invoke("run", "mine")
    assert done.exit_code == 143
    assert "Stopped by SIGTERM" in done.stderr


def test_signals_end_a_run_in_words(mine: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED], capture_output=True, text=True, cwd=mine.parent
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("143 Stopped by SIGTERM; no results were written.")
    assert second.startswith("129 Stopped by SIGHUP; no results were written.")
    assert done.stderr == ""


@pytest.mark.usefixtures("idle")
def test_two_runs_do_not_write_one_output(mine: Path) -> None:
    from inroads.uncertainty.folder_lock import alone_in

    with alone_in(mine.parent / "out" / "mine-draws"):
        done = invoke("run", "mine")
    assert done.exit_code == 2
    assert "another run is at work" in done.stderr
    assert not (mine.parent / "out" / "mine-draws").exists()


def test_too_little_memory_is_said(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("inroads.study.run.scenarios_of", greedy)
    done = invoke("run", "mine")
    assert done.exit_code == 1
    assert "enough memory" in done.stderr


# Verify and clean -------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_numbers(ran: Path) -> None:
    lock = read_results(ran).lock
    assert lock is not None
    assert {"study.toml", "offers.csv", "facts.csv"} <= set(lock.inputs)
    assert {"numpy", "scipy", "pandas"} <= set(lock.packages)
    done = invoke("verify", "out/mine", "mine")
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "Inputs: the same.\nPrograms: the same.\nNumbers: the same, to the last digit.\n"
    )


@pytest.mark.usefixtures("repeated")
def test_what_differs_is_named(ran: Path) -> None:
    mine = ran.parents[1] / "mine"
    content = json.loads((ran / FILE).read_text(encoding="utf-8"))
    content["lock"]["packages"]["numpy"] = "1.0"
    content["baseline"]["total_units"] *= 1 + 1e-4
    content["calibration"]["residual"] *= 2
    (ran / FILE).write_text(json.dumps(content), encoding="utf-8")
    done = invoke("verify", "out/mine", "mine")
    assert done.exit_code == 1
    assert "numpy 1.0 then" in done.stdout
    assert "Numbers: 1 are not the same." in done.stdout
    assert "baseline/total_units" in done.stdout
    content["baseline"]["total_units"] /= 1 + 1e-4
    content["baseline"]["total_units"] *= 1 + 1e-12
    (ran / FILE).write_text(json.dumps(content), encoding="utf-8")
    done = invoke("verify", "out/mine", "mine")
    assert (done.exit_code, "the same but for rounding" in done.stdout) == (0, True)
    text = (mine / "assumptions.csv").read_text(encoding="utf-8")
    (mine / "assumptions.csv").write_text(text.replace(",15,", ",16,", 1), encoding="utf-8")
    done = invoke("verify", "out/mine", "mine", "--inputs-only")
    assert done.exit_code == 1
    assert "assumptions.csv has changed" in done.stdout
    assert "study.toml" not in done.stdout


def test_results_without_a_lock_cannot_be_verified(ran: Path) -> None:
    content = json.loads((ran / FILE).read_text(encoding="utf-8"))
    (ran / FILE).write_text(json.dumps(content | {"lock": None}), encoding="utf-8")
    done = invoke("verify", "out/mine", "mine")
    assert done.exit_code == 2
    assert "results with a lock" in done.stderr


@pytest.mark.usefixtures("repeated")
def test_clean_deletes_what_no_run_goes_on_with(ran: Path) -> None:
    beside = ran.with_name("mine-draws")
    (current,) = (path for path in beside.iterdir() if path.is_dir())
    old, strange = beside / "0123", beside / "thesis"
    shutil.copytree(current, old)
    manifest = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    (old / "manifest.json").write_text(json.dumps(manifest | {"code": "0"}), encoding="utf-8")
    shutil.copytree(old, strange)
    (strange / "chapter.docx").write_text("years of work", encoding="utf-8")
    listed = invoke("clean", "out", "--dry-run")
    assert listed.exit_code == 0
    assert "0123: central numbers" in listed.stdout
    assert "would go" in listed.stdout
    assert old.exists()
    assert invoke("clean", "out/mine").exit_code == 0
    assert not old.exists()
    assert (strange / "chapter.docx").exists()
    assert current.exists()
    assert (ran / PAGE).exists()
    assert invoke("clean", "--all").exit_code == 0
    assert not current.exists()
    assert invoke("run", "mine").exit_code == 0
    assert invoke("clean", "nowhere").stdout == "0.0 MB freed.\n"
