"""Firms and talks in a small study: one entrant, no events."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from inroads.cli import app
from inroads.errors import InputError
from inroads.market.pricing import BargainingTerms
from inroads.report.page import render
from inroads.study.firms import backed
from inroads.study.load import load_study
from inroads.study.results import Results
from inroads.study.run import rehearse, run
from inroads.study.stage import staged
from inroads.study.talks import talk


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory, espresso_in: Callable[[Path], Path]
) -> Results:
    return run(load_study(espresso_in(tmp_path_factory.mktemp("talks"))))


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return render(results.data)


def edited(folder: Path, old: str, new: str, file: str = "study.toml") -> Path:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_one_entrant_and_two_chains(results: Results) -> None:
    found = results.data["strategy"]
    assert [(t["maker"], t["carrier"]) for t in found["talks"]] == [
        ("Alba", "Nord"),
        ("Alba", "Sud"),
    ]
    assert found["networks"]["stable"] == [["Alba-Nord", "Alba-Sud"]]
    assert [p["state"] for p in found["prospects"]] == ["none", "none"]
    assert found["midrange"] == found["events"] == []
    assert found["firms"]["baseline"]["prices"] <= 1e-8
    assert found["firms"]["materials"] == []


def test_a_network_of_one_deal_is_that_deal(results: Results) -> None:
    found = results.data["strategy"]
    rows = {tuple(row["deals"]): row for row in found["networks"]["rows"]}
    for t in found["talks"]:
        (terms,) = rows[(f"Alba-{t['carrier']}",)]["terms"]
        for key in ("units", "wholesale", "price", "maker_gain", "carrier_gain"):
            assert terms[key] == pytest.approx(t[key], rel=1e-9), key
    both = rows["Alba-Nord", "Alba-Sud"]["profits"]["Alba"]
    gain = both - rows[()]["profits"]["Alba"]
    assert found["headline"][0]["maker_gain"] == pytest.approx(gain, rel=1e-9)


def test_carriers_may_lose_together_what_each_would_not_forgo(results: Results, page: str) -> None:
    found = results.data["strategy"]
    assert all(t["carrier_gain"] > 0 for t in found["talks"])
    shelves = found["headline"][0]["shelves"]
    assert sum(s["profit"] for s in shelves.values()) < 0
    assert "would cost Nord and Sud together $" in page


def test_it_is_told(page: str) -> None:
    assert "Both sides gain in both negotiations" in page
    assert "machines" in page
    assert "phone" not in page
    for heading in ("The talks", "Will it hold?", "Politics", "The firms behind the market"):
        assert f"<h2>{heading}</h2>" in page


def test_a_deal_beside_nobody_is_the_deal_alone(espresso: Path) -> None:
    study = load_study(espresso)
    entry = study.config.entry
    assert entry is not None
    market = study.market()
    firms = backed(study, market)
    assert firms is not None
    stage = staged(study, entry, market, firms)
    alone = talk(stage, "Alba", "Nord")
    again = talk(stage, "Alba", "Nord", beside={})
    assert alone == again
    # What was settled without a deal stays when only awareness through carriers changes.
    more = stage.known_to(0.9)
    better = talk(more, "Alba", "Nord")
    assert better["units"] > alone["units"]
    assert better["units_alone"] == alone["units_alone"]


def test_settlements_are_kept_by_the_value_of_terms(espresso: Path) -> None:
    """Two tables of power, 70 makers long, that differ in the one cell that matters."""
    study = load_study(espresso)
    entry = study.config.entry
    assert entry is not None
    firms = backed(study, study.market())
    assert firms is not None
    stage = staged(study, entry, study.market(), firms)
    makers = [*dict.fromkeys(stage.market.devices["manufacturer"])]
    padding = [f"unused {k}" for k in range(70)]
    carriers = list(stage.market.channels.index)
    even = pd.DataFrame(0.5, [*padding[:35], *makers, *padding[35:]], carriers)
    other = even.copy()
    other.loc["Alba", "Nord"] = 0.8
    deals = {"Alba": ("Nord",)}
    one, two, again = (
        stage.settled(deals, terms=BargainingTerms(t)) for t in (even, other, even.copy())
    )
    assert one is again
    assert two.links["wholesale"].iloc[0] < one.links["wholesale"].iloc[0] - 1e-6


def test_firms_without_talks(espresso: Path) -> None:
    text = (espresso / "study.toml").read_text(encoding="utf-8")
    (espresso / "study.toml").write_text(text.partition("[talks]")[0], encoding="utf-8")
    data = run(load_study(espresso)).data
    assert set(data["strategy"]) == {"firms"}
    text = render(data)
    assert "<h2>The firms behind the market</h2>" in text
    assert "<h2>The talks</h2>" not in text


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('vary = ["maker-margin",', 'vary = ["maker-margins",', ("talks.vary", "'maker-margin'?")),
        ('carriers = ["Nord", "Sud"]', 'carriers = ["Nrod"]', ("talks.carriers", "'Nord'?")),
        ('abroad = ["Alba",', 'abroad = ["Alpa",', ("talks.abroad", "'Alba'?")),
        ("churn = 0.05", "churn = 0.0", ("churn a month above 0", "found 0 for Nord")),
        ("own = 0.1", "own = 1.1", ("odds from 0 to 1", "talks.own")),
        ("cost = 90.0", "cost = 10.0", ("a margin on equipment", "firms.equipment")),
    ],
)
def test_bad_numbers_are_named(espresso: Path, old: str, new: str, wanted: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refused:
        run(load_study(edited(espresso, old, new)))
    assert [w for w in (*wanted, "Remedy: ") if w not in str(refused.value)] == []


def test_a_headline_of_carriers_that_are_not_talked_to(espresso: Path) -> None:
    """Then the carriers that are talked to are the partners."""
    edited(espresso, 'carriers = ["Nord", "Sud"]', 'carriers = ["Sud"]')
    edited(espresso, 'headline = ["Nord", "Sud"]', 'headline = ["Nord"]')
    data = run(load_study(espresso)).data
    assert data["strategy"]["headline"][0]["partners"] == ["Sud"]
    assert "With Sud, Alba would sell" in render(data)


def test_check_and_run_and_compare(espresso: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearse(load_study(espresso))
    monkeypatch.chdir(espresso.parent)
    ran = CliRunner().invoke(app, ["run", "espresso", "--out", "one"])
    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.index("Talks ") < ran.stdout.index("Scenario, at list prices")
    edited(espresso, "political-hazard,0.2", "political-hazard,0.3", "assumptions.csv")
    again = CliRunner().invoke(app, ["run", "espresso", "--out", "two"])
    assert again.exit_code == 0, again.stderr
    told = CliRunner().invoke(app, ["compare", "one", "two"])
    assert told.exit_code == 0, told.stderr
    text = " ".join(told.stdout.split())
    assert all(said in text for said in ("(political-hazard,", "51.8 percent 39.7 percent"))
    assert "the worth of the talks of Alba and Nord goes from" in text
