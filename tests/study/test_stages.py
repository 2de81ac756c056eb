"""Finished stages are kept: a run that ended anywhere goes on from there to the same bytes."""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inroads.results.files import results_text
from inroads.study import run as runs
from inroads.study.load import load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.stages import Stages
from inroads.uncertainty.ensemble import Ensemble

STAGES = ("_decompositions", "sales_swings", "negotiation_results", "central_outlook")


@pytest.fixture(scope="module")
def ahead(ahead_in: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ahead_in(tmp_path_factory.mktemp("ahead"))


def test_a_run_goes_on_from_the_last_finished_stage(
    ahead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text() -> str:
        drawing = DrawSettings(draws=2, folder=tmp_path / "kept")
        return results_text(runs.run(load_study(ahead), drawing=drawing).results)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    def again(*_: Any) -> None:
        raise AssertionError("a stage that was finished")

    # Ended in the draws: all stages are there, and a stranger's and a damaged one are not used.
    with monkeypatch.context() as patched:
        patched.setattr(Ensemble, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            text()
    (folder,) = (tmp_path / "kept").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        *("manifest.json", "decompositions.json", "sensitivity.json", "negotiations.json"),
        "outlook.json",
    }
    with monkeypatch.context() as patched:
        for name in STAGES:
            patched.setattr(runs, name, again)
        resumed = text()
    whole = results_text(
        runs.run(load_study(ahead), drawing=DrawSettings(draws=2, workers=1)).results
    )
    # The ledger too: what a stage took from the facts is there where the stage was not made again.
    assert json.loads(resumed) | {"lock": None} == json.loads(whole) | {"lock": None}


def test_who_draws_beside_a_stage_ends_with_it(
    ahead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        # Draws have begun.
        until = time.monotonic() + 60
        while not list(tmp_path.glob("*/batch-*.parquet")) and time.monotonic() < until:
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "central_outlook", fails)
    with pytest.raises(KeyboardInterrupt):
        runs.run(load_study(ahead), drawing=DrawSettings(draws=10_000, workers=2, folder=tmp_path))
    assert list(tmp_path.glob("*/batch-*.parquet"))
    assert not multiprocessing.active_children()
    assert [t.name for t in threading.enumerate() if "ThreadPool" in t.name] == []


def stages(ahead: Path, folder: Path) -> Stages:
    return Stages.of(load_study(ahead), folder)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "gone"])
def test_a_damaged_stage_is_made_anew(ahead: Path, tmp_path: Path, damage: str) -> None:
    first = stages(ahead, tmp_path)
    assert first.done("a", dict[str, float], lambda: {"x": 0.1}) == {"x": 0.1}
    first.done("b", dict[str, float], lambda: {"x": 0.2})
    assert first.folder is not None
    path = first.folder / "a.json"
    text = path.read_text(encoding="utf-8")
    if damage == "cut":
        path.write_text(text[: len(text) // 2], encoding="utf-8")
    elif damage == "flipped":
        path.write_text(text.replace("0.1", "0.3"), encoding="utf-8")
    elif damage == "empty":
        path.write_text("", encoding="utf-8")
    elif damage == "foreign":
        path.write_text(text.replace(first.run, "0" * 64), encoding="utf-8")
    else:
        path.unlink()
    assert stages(ahead, tmp_path).done("a", dict[str, float], lambda: {"x": 7.0}) == {"x": 7.0}


def test_another_study_has_stages_of_its_own(ahead: Path, tmp_path: Path) -> None:
    stages(ahead, tmp_path).done("a", float, lambda: 1.0)
    other = Stages.of(load_study(ahead, "2024-07-01"), tmp_path)
    assert other.done("a", float, lambda: 2.0) == 2.0
    assert stages(ahead, tmp_path).done("a", float, lambda: 3.0) == 1.0


def test_what_a_stage_looked_up_is_in_the_ledger_again(ahead: Path, tmp_path: Path) -> None:
    def make(kept: Stages) -> float:
        return kept.study.facts.resolve("@alba-fade", "here", use="a test").value

    first = stages(ahead, tmp_path)
    assert first.done("a", float, lambda: make(first)) == 0.1
    second = stages(ahead, tmp_path)
    assert second.done("a", float, lambda: 0.0) == 0.1
    assert second.study.facts.ledger().equals(first.study.facts.ledger())
    assert len(second.study.facts.ledger()) == 1
