"""The shipped study, read and played once for all tests; a small one with talks."""

import os
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import inroads.study
from inroads.study.load import Study, load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.results import Run
from inroads.study.run import run

TEMPLATE = Path(inroads.study.__file__).parent / "template"
TALKS = """
[firms]
retail_cost = 10.0
open_channel_cut = 0.15
manufacturer_margin = "@maker-margin"
margin_target = { channel = "Nord", revenue = 100.0, cost = 90.0 }

[[firms.manufacturer]]
name = "Borea"
capture = 0.3
distribution = 0.2

[[firms.channel]]
name = "Nord"
revenue = 10.0
churn = 0.05
cash_revenue = 4.0
cash_churn = 0.05

[[firms.channel]]
name = "Sud"
revenue = 8.0
churn = 0.05
cash_revenue = 4.0
cash_churn = 0.05

[negotiations]
channels = ["Nord", "Sud"]
political_hazard = "@political-hazard"
breakdown_hazard = 0.1
launch_cost = 2000.0
periods_to_launch = 2
periods_on_sale = 4
tariff = 0.1
imported = ["Alba", "Cima"]
down_payment = 0.2
months = 24
vary = ["maker-margin", "political-hazard"]
"""
ASSUMED = """maker-margin,30,20,40,percent,invented
political-hazard,0.2,0.1,0.5,probability per quarter,invented
"""

PATH = """
[path]
periods = 5
months_between_purchases = 24
price_decline = 0.01
model_life = 3
discount_rate = 0.1
awareness = { shelf = 0.05, use = 0.5, fade = "@alba-fade" }
decide = 2
stop_hazard = "@stopped"
draws = 4
rank = { leader = "Alba", rivals = ["Borea"], counted_by = "Count", until = "2025Q4" }
listing = { manufacturer = "Alba", low = 1e5, high = 1e6, multiple = 10 }
"""
ASSUMED_AHEAD = """alba-fade,0.1,0.05,0.2,part a quarter,invented
stopped,0.05,0,0.2,probability per quarter,invented
"""


#: of us-2018 in its shared run: what is tested of them does not hang on how many they are
TESTED_DRAWS = 12


@pytest.fixture(scope="session")
def us() -> Study:
    return load_study("us-2018")


@pytest.fixture(scope="session")
def us_results(us: Study, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the study, the same for all processes that test: it takes a minute."""
    # A ledger of its own: other tests ask the study for other numbers.
    us, drawing = us.at(us.as_of), DrawSettings(draws=TESTED_DRAWS)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return run(us, drawing=drawing)
    place = tmp_path_factory.getbasetemp().parent
    kept, failed = place / "us-2018.pickle", place / "us-2018.failed"
    try:
        os.close(os.open(place / "us-2018.lock", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        while not kept.exists():
            if failed.exists():
                pytest.fail("the run of us-2018 failed in another process")
            time.sleep(0.2)
        return pickle.loads(kept.read_bytes())
    try:
        results = run(us, drawing=drawing)
    except BaseException:
        failed.touch()
        raise
    made = kept.with_suffix(".new")
    made.write_bytes(pickle.dumps(results))
    made.rename(kept)
    return results


def small_study(place: Path) -> Path:
    """The template with firms and talks, in a folder at `place`: one entrant, two chains."""
    folder = place / "espresso"
    shutil.copytree(TEMPLATE, folder)
    for name, more in (("study.toml", TALKS), ("assumptions.csv", ASSUMED)):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(more)
    return folder


def study_ahead(place: Path) -> Path:
    """The small study with quarters to come and a world table."""
    folder = small_study(place)
    for name, more in (("study.toml", PATH), ("assumptions.csv", ASSUMED_AHEAD)):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(more)
    periods = [f"{year}Q{quarter}" for year in range(2019, 2024) for quarter in (1, 2, 3, 4)]
    rows = ["counted_by,manufacturer,period,release,value,unit,published,source"]
    for manufacturer, level in (("Alba", 40), ("Borea", 60)):
        for k, period in enumerate(periods):
            value = level * (1 + 0.03 * k) * (1.2 if k % 4 == 3 else 1.0) * (1 + 0.02 * (k % 3))
            rows.append(
                f"Count,{manufacturer},{period},first,{value:.1f},thousand units,2024-03,made up"
            )
    (folder / "shipments.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def ahead_in() -> Callable[[Path], Path]:
    """Puts a small study with quarters to come into a folder."""
    return study_ahead


@pytest.fixture
def espresso_ahead(tmp_path: Path) -> Path:
    """A small study with quarters to come, to be changed."""
    return study_ahead(tmp_path)


@pytest.fixture(scope="session")
def espresso_in() -> Callable[[Path], Path]:
    """Puts a small study with talks into a folder."""
    return small_study


@pytest.fixture
def espresso(tmp_path: Path) -> Path:
    """A small study with talks, to be changed."""
    return small_study(tmp_path)
