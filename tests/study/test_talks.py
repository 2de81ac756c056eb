"""Firms and talks in a small study: one entrant, no events."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from inroads.cli import app
from inroads.errors import InputError, InroadsError
from inroads.market.pricing import BargainingTerms
from inroads.report.page import render
from inroads.results.negotiations import NegotiationResults
from inroads.study.check import check_study
from inroads.study.load import load_study
from inroads.study.market.firms import calibrate_firms
from inroads.study.negotiations.entry_game import entry_game
from inroads.study.negotiations.negotiations import negotiation
from inroads.study.results import Run
from inroads.study.run import run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, espresso_in: Callable[[Path], Path]) -> Run:
    return run(load_study(espresso_in(tmp_path_factory.mktemp("talks"))))


@pytest.fixture(scope="module")
def page(results: Run) -> str:
    return render(results.results)


def edited(folder: Path, old: str, new: str, file: str = "study.toml") -> Path:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(results: Run) -> NegotiationResults:
    assert results.results.negotiations is not None
    return results.results.negotiations


def test_one_entrant_and_two_chains(results: Run, found: NegotiationResults) -> None:
    pairs = [("Alba", "Nord"), ("Alba", "Sud")]
    assert [(n.manufacturer, n.channel) for n in found.negotiations] == pairs
    (stable,) = found.networks.stable
    assert [(d.manufacturer, d.channel) for d in stable] == pairs
    assert [p.state.value for p in found.prospects] == ["none", "none"]
    assert found.full_range == found.events == ()
    firms = results.results.firms
    assert firms is not None
    assert firms.baseline.price_gap <= 1e-8
    assert firms.materials == ()


def test_a_network_of_one_deal_is_that_deal(found: NegotiationResults) -> None:
    rows = {tuple(d.channel for d in row.deals): row for row in found.networks.networks}
    for n in found.negotiations:
        (terms,) = rows[(n.channel,)].terms
        for key in ("units", "wholesale_price", "retail_price", "manufacturer_gain",
                    "channel_gain"):  # fmt: skip
            assert getattr(terms, key) == pytest.approx(getattr(n, key), rel=1e-9), key
    gain = rows["Nord", "Sud"].profits["Alba"] - rows[()].profits["Alba"]
    assert found.entrants[0].manufacturer_gain == pytest.approx(gain, rel=1e-9)


def test_channels_may_lose_together_what_each_would_not_forgo(
    found: NegotiationResults, page: str
) -> None:
    assert all(n.channel_gain > 0 for n in found.negotiations)
    responses = found.entrants[0].channel_responses
    assert sum(r.profit_change for r in responses.values()) < 0
    assert "would cost Nord and Sud together $" in page


def test_it_is_told(page: str) -> None:
    assert "Both sides gain in both negotiations" in page
    assert "machines" in page
    assert "through this chain if they agree" in page
    assert "selling online only" in page
    # The ledger names the files of a study.
    words = page.partition("</style>")[2].partition('id="ledger"')[0]
    assert re.findall(r"phone|carrier|subscriber|unlocked|flagship|device", words) == []
    for heading in ("The talks", "Will it hold?", "Politics", "The firms behind the market"):
        assert f"<small>{heading}</small>" in page or f"<h2>{heading}</h2>" in page


def test_a_deal_beside_nobody_is_the_deal_alone(espresso: Path) -> None:
    study = load_study(espresso)
    entry = study.config.entry
    assert entry is not None
    market = study.market()
    firms = calibrate_firms(study, market)
    assert firms is not None
    game = entry_game(study, entry, market, firms)
    alone = negotiation(game, "Alba", "Nord")
    again = negotiation(game, "Alba", "Nord", beside={})
    assert alone == again
    # What was solved without a deal stays when only awareness through channels changes.
    more = game.with_awareness(0.9)
    better = negotiation(more, "Alba", "Nord")
    assert better.units > alone.units
    assert better.units_without_deal == alone.units_without_deal
    # A campaign that reaches everyone is the limit of those that reach nearly everyone.
    almost, all_of_them = (
        negotiation(game.with_awareness(a), "Alba", "Nord") for a in (1.0 - 1e-9, 1.0)
    )
    assert all_of_them.units == pytest.approx(almost.units, rel=1e-6)
    assert all_of_them.units > better.units


def test_a_number_that_is_not_finite_is_named(
    espresso: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "inroads.study.negotiations.negotiations._list_price", lambda *_: float("nan")
    )
    with pytest.raises(InroadsError, match=r"a finite number as Negotiation\.list_price"):
        run(load_study(espresso))


def test_equilibria_are_kept_by_the_value_of_terms(espresso: Path) -> None:
    """Two tables of power, 70 manufacturers long, that differ in the one cell that matters."""
    study = load_study(espresso)
    entry = study.config.entry
    assert entry is not None
    firms = calibrate_firms(study, study.market())
    assert firms is not None
    game = entry_game(study, entry, study.market(), firms)
    manufacturers = [*dict.fromkeys(game.market.products["manufacturer"])]
    padding = [f"unused {k}" for k in range(70)]
    channels = list(game.market.channels.index)
    even = pd.DataFrame(0.5, [*padding[:35], *manufacturers, *padding[35:]], channels)
    other = even.copy()
    other.loc["Alba", "Nord"] = 0.8
    deals = {"Alba": ("Nord",)}
    one, two, again = (
        game.solve(deals, terms=BargainingTerms(t)) for t in (even, other, even.copy())
    )
    assert one is again
    assert two.links["wholesale"].iloc[0] < one.links["wholesale"].iloc[0] - 1e-6


def test_firms_without_talks(espresso: Path) -> None:
    text = (espresso / "study.toml").read_text(encoding="utf-8")
    (espresso / "study.toml").write_text(text.partition("[negotiations]")[0], encoding="utf-8")
    results = run(load_study(espresso)).results
    assert results.firms is not None
    assert results.negotiations is None
    text = render(results)
    assert "The firms behind the market" in text
    assert "<h2>The talks</h2>" not in text


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            'vary = ["maker-margin",',
            'vary = ["maker-margins",',
            ("negotiations.vary", "'maker-margin'?"),
        ),
        ('channels = ["Nord", "Sud"]', 'channels = ["Nrod"]', ("negotiations.channels", "'Nord'?")),
        ('imported = ["Alba",', 'imported = ["Alpa",', ("negotiations.imported", "'Alba'?")),
        ("churn = 0.05", "churn = 0.0", ("churn a month above 0", "found 0 for Nord")),
        (
            "breakdown_hazard = 0.1",
            "breakdown_hazard = 1.1",
            ("odds from 0 to 1", "breakdown_hazard"),
        ),
        (
            "cost = 90.0",
            "cost = 10.0",
            ("a margin that the value of members", "firms.margin_target"),
        ),
    ],
)
def test_bad_numbers_are_named(espresso: Path, old: str, new: str, wanted: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refused:
        run(load_study(edited(espresso, old, new)))
    assert [w for w in (*wanted, "Remedy: ") if w not in str(refused.value)] == []


def test_a_headline_of_carriers_that_are_not_talked_to(espresso: Path) -> None:
    """Then the carriers that are talked to are the partners."""
    edited(espresso, 'channels = ["Nord", "Sud"]', 'channels = ["Sud"]')
    edited(espresso, 'headline = ["Nord", "Sud"]', 'headline = ["Nord"]')
    results = run(load_study(espresso)).results
    assert results.negotiations is not None
    assert results.negotiations.entrants[0].partners == ("Sud",)
    assert "With Sud, Alba would sell" in render(results)


def test_check_and_run_and_compare(espresso: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_study(load_study(espresso))
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
    # 0.81 times the mean of (1 - hazard)^2, the hazard triangular from 0.1 to 0.5.
    assert all(said in text for said in ("(political-hazard,", "44.1 percent 40.2 percent"))
    assert "the worth of the talks of Alba and Nord goes from" in text
