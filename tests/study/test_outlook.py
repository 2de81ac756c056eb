"""A study's outlook: luck, calendars and values where they are known; kept through a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from inroads.cli import app
from inroads.errors import InputError
from inroads.report.page import render
from inroads.study.by_calendar import by_calendar
from inroads.study.futures import Futures, named
from inroads.study.load import Study, load_study
from inroads.study.outlook import Drawing, looking
from inroads.study.results import Results
from inroads.study.run import run
from inroads.study.summing import ENOUGH, summary
from inroads.study.uncertainty import uncertain
from inroads.study.world import world

CHANCE = (0.8 * 0.9) ** 2


@pytest.fixture(scope="module")
def study(ahead_in: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(ahead_in(tmp_path_factory.mktemp("ahead")))


@pytest.fixture(scope="module")
def futures(study: Study) -> Futures:
    function = uncertain(study).function
    assert isinstance(function, Futures)
    return function


@pytest.fixture(scope="module")
def results(study: Study) -> Results:
    return run(study)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def of(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (row,) = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    return row


def test_luck_launches_and_politics_stops(futures: Futures) -> None:
    def drawn(luck: float, politics: float) -> dict[str, float]:
        return futures({"luck Alba": luck, "politics Alba": politics})

    held, none = drawn(CHANCE - 1e-9, 1 - 1e-9), drawn(CHANCE + 1e-9, 1 - 1e-9)
    assert (held[named("launched", "Alba")], none[named("launched", "Alba")]) == (1, 0)
    for q in range(5):
        assert held[named("in all", "Alba", q)] == held[named("earned", "Alba", q)]
        # What a launch costs is spent, whether or not it comes about; nothing later.
        assert none[named("in all", "Alba", q)] == pytest.approx(-2 * 2000.0, rel=1e-12)
    # A chance of 0.05 a quarter: past 1 - 0.95**2 of its odds, two quarters have been earned.
    stopped = drawn(0.0, 1 - 0.95**2 + 1e-9)
    assert stopped[named("stops", "Alba")] == 2
    for q, at in ((0, 0), (1, 1), (4, 1)):
        assert stopped[named("in all", "Alba", q)] == held[named("earned", "Alba", at)]
    assert drawn(0.0, 0.049)[named("stops", "Alba")] == 0
    assert drawn(0.0, 0.049)[named("in all", "Alba", 4)] == pytest.approx(-2 * 2000.0)
    assert held[named("units", "Alba", 3)] == none[named("units", "Alba", 3)]


def test_draws_by_calendar(study: Study, tmp_path: Path) -> None:
    """A launch two quarters after 2024Q2: quarters before it, of the path, after it."""
    draws = uncertain(study).run(3, tmp_path)
    quarters = pd.period_range("2024Q2", "2026Q4", freq="Q")
    told = by_calendar(study, draws, "Alba", ("units",), quarters)
    np.testing.assert_array_equal(told.launched[0], np.arange(11) >= 2)
    path = np.column_stack([draws.column(named("units", "Alba", q)) for q in range(5)])
    np.testing.assert_array_equal(told.streams["units"][:, 2:7], path)
    np.testing.assert_array_equal(told.streams["units"][:, 7:], path[:, [4] * 4])
    stops, lucky = (draws.column(named(w, "Alba")) for w in ("stops", "launched"))
    for k in range(3):
        last = np.inf if stops[k] >= 5 else 2 + stops[k]
        expected = (np.arange(11) >= 2) & (np.arange(11) < last) & (lucky[k] > 0)
        np.testing.assert_array_equal(told.on_sale[k], expected)


def test_the_world_table_moves_by_what_is_drawn(study: Study, tmp_path: Path) -> None:
    part = study.config.path.rank
    draws = uncertain(study).run(2, tmp_path)
    found = world(study, draws, part)
    assert set(found.units) == {"without", "with", "in all"}
    moved = found.units["with"]["Alba"] - found.units["without"]["Alba"]
    quarters = found.quarters()
    assert (moved[:, : quarters.index("2024Q4")] == 0).all()
    more = [draws.column(named(w, "Alba", 0)) for w in ("units", "units alone")]
    np.testing.assert_allclose(moved[:2, quarters.index("2024Q4")], more[0] - more[1], rtol=1e-9)
    lost = found.units["with"]["Borea"] - found.units["without"]["Borea"]
    assert (lost[:, -1] <= 0).all()


def test_a_run_says_what_lies_ahead(results: Results) -> None:
    ahead = results.data["outlook"]
    assert (ahead["quarters"], ahead["ensemble"]["draws"], ahead["ensemble"]["failed"]) == (5, 4, 0)
    (entry,) = ahead["entry"]
    fans, numbers = ahead["ensemble"]["fans"], ahead["ensemble"]["numbers"]
    assert len(entry["units"]) == 5
    for q in range(5):
        row = of(fans, maker="Alba", what="units", quarter=q)
        assert row["q5"] <= row["q25"] <= row["q50"] <= row["q75"] <= row["q95"]
        assert row["q5"] / 2 < entry["units"][q] < 2 * row["q95"]
    value = of(numbers, maker="Alba", what="value")
    assert value["q50"] == of(fans, maker="Alba", what="earned", quarter=4)["q50"]
    assert 0 <= of(numbers, maker="Alba", what="pays in all")["mean"] <= 1
    # Four draws cannot tell inputs apart.
    assert ahead["ensemble"]["sources"] == []
    assert ahead["listing"]["of_low"] == pytest.approx(10 * ahead["listing"]["last_year"] / 1e5)
    assert ahead["widening"][0]["carriers"] == ["Nord", "Sud"]
    odds = ahead["rank"]["odds"]
    assert {row["scenario"] for row in odds} == {"without", "with", "in all"}
    used = {row["id"] for row in results.data["ledger"]}
    assert {"alba-fade", "stopped"} <= used
    json.dumps(results.data, allow_nan=False)


def test_without_draws_only_what_is_central(study: Study) -> None:
    ahead = run(study, drawing=Drawing(draws=0, quarters=3)).data["outlook"]
    assert "ensemble" not in ahead
    assert "rank" not in ahead
    assert len(ahead["entry"][0]["units"]) == ahead["quarters"] == 3


def test_many_draws_say_what_the_spread_comes_from(study: Study, tmp_path: Path) -> None:
    short = looking(study, 3)
    ensemble = uncertain(short)
    draws = ensemble.run(ENOUGH * len(ensemble.names), tmp_path)
    sources = summary(short, ensemble, draws)["sources"]
    assert {row["what"] for row in sources} == {"units", "share", "earned"}
    units = {row["input"]: row for row in sources if row["what"] == "units"}
    assert not any(name.startswith(("luck", "politics")) for name in units)
    # How known a shelf makes Alba decides what it sells there; who discounts how does not.
    top = max(units, key=lambda name: abs(units[name]["slope"]))
    assert top in ("alba-known-with-shelf", "quality Alba")
    assert abs(units["alba-fade"]["slope"]) < abs(units[top]["slope"]) / 10
    assert 0.5 < units[top]["r_squared"] <= 1


def test_an_entrant_that_everybody_knows(espresso_ahead: Path) -> None:
    """No campaign makes it better known, and none less known: its deals are a shelf, no more."""
    file = espresso_ahead / "study.toml"
    lines = file.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("[consumers.awareness]", "Alba = "))]
    file.write_text("\n".join(kept).replace('vary = ["alba-known", ', "vary = ["))
    found = run(load_study(espresso_ahead), drawing=Drawing(draws=2, quarters=3)).data
    assert not any("Campaign" in m for s in found["scenarios"] if s["partners"] for m in s["moves"])
    (entry,) = found["outlook"]["entry"]
    assert entry["point"] is entry["campaign"]["point"] is None
    assert entry["campaign"]["quiet"] == entry["campaign"]["loud"]
    assert entry["units"][0] > entry["units_alone"][0]
    assert (
        of(found["outlook"]["ensemble"]["fans"], maker="Alba", what="known", quarter=2)["q5"] == 1
    )
    awareness = [d["parts"]["awareness"] for d in found["decomposition"]]
    assert awareness == pytest.approx([0.0] * len(awareness), abs=1e-6)
    assert "Alba" in render(found)


def test_a_killed_run_goes_on_to_the_same_results(espresso_ahead: Path, tmp_path: Path) -> None:
    """kill -9 among the draws; the same command again; results as if nothing had happened."""

    def command(out: str) -> list[str]:
        place = [str(espresso_ahead), "--out", str(tmp_path / out), "--draws", "10"]
        return [sys.executable, "-m", "inroads", "run", *place, "--quarters", "3"]

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command("killed"), start_new_session=True, **quiet)
    kept = tmp_path / "killed-draws"
    while len(done := list(kept.glob("*/batch-*"))) < 2:
        assert process.poll() is None, "the run was over before it could be killed"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed").exists()
    before = {path: path.stat().st_mtime_ns for path in done}
    for out in ("killed", "whole"):
        subprocess.run(command(out), check=True, **quiet)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    one, other = (tmp_path / out / "results.json" for out in ("killed", "whole"))
    assert one.read_bytes() == other.read_bytes()


def test_forecasts_are_scored(
    espresso_ahead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "later"
    later.mkdir()
    columns = "id,subject,metric,value,unit,period,published,source"
    rows = [
        "alba-shipments,Alba,sales,50000,units,2024Q4,2025-02,made up",
        "borea-world-shipments,Borea,shipments,100,thousand units,2024Q3,2024-11,made up",
        "borea-world-shipments,Borea,shipments,9,thousand units,2023Q3,2023-11,made up",
        "nobody-shipments,Nobody,sales,1,units,2024Q4,2025-02,made up",
    ]
    (later / "facts.csv").write_text("\n".join([columns, *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    done = invoke("backtest", str(espresso_ahead), "--outcomes", str(later), "--out", "scores")
    assert done.exit_code == 0, done.output
    assert "alba-shipments" in done.stdout
    assert "1 known at the date" in done.stdout
    assert "1 not forecast" in done.stdout
    table = pd.read_csv("scores/forecasts.csv")
    assert set(zip(table["id"], table["period"], strict=True)) == {
        ("alba-shipments", "2024Q4"),
        ("borea-world-shipments", "2024Q3"),
    }
    assert np.isfinite(table["log_score"]).all()
    assert pd.read_csv("scores/coverage.csv")["of"].eq(2).all()
    nothing = invoke("backtest", str(espresso_ahead), "--outcomes", str(tmp_path / "none.csv"))
    assert nothing.exit_code == 2
    assert "none.csv" in nothing.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--quarters", "2"), "after the decision of [path]"),
        (("--quarters", "99"), "to 80"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    espresso_ahead: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = invoke("run", str(espresso_ahead), "--out", str(tmp_path / "out"), *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_study_without_quarters_has_no_futures(espresso: Path, tmp_path: Path) -> None:
    done = invoke("run", str(espresso), "--out", str(tmp_path / "out"), "--draws", "2")
    assert done.exit_code == 2
    assert "[path]" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('leader = "Alba"', 'leader = "Nobody"', "quarters of Nobody"),
        ('leader = "Alba", rivals = ["Borea"]', 'leader = "Borea", rivals = ["Alba"]', "entrants"),
        ('firm = "Count"', 'firm = "Guess"', "as Guess counts them"),
        ('until = "2025Q4"', 'until = "2025"', "path.rank.until"),
        ("decline = 0.01", "decline = 1.0", "plan.decline"),
        ("decide = 2", "decide = 5", "decision before the last quarter"),
        ("months = 24", "months = 0", "path.months"),
        ('stopped = "@stopped"', "stopped = 1", "path.stopped"),
    ],
)
def test_check_reads_what_lies_ahead(
    espresso_ahead: Path, old: str, new: str, message: str
) -> None:
    file = espresso_ahead / "study.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    done = invoke("check", str(espresso_ahead))
    assert done.exit_code == 2
    assert message in done.stderr


def test_no_more_than_one_path_has_to_be_said(study: Study) -> None:
    with pytest.raises(InputError, match="quarters"):
        looking(study, 1)
