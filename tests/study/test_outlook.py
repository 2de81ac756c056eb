"""A study's outlook: luck, calendars and values where they are known."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from inroads.cli import app
from inroads.dynamics.present_value import EntryValue
from inroads.errors import InputError
from inroads.report.page import render
from inroads.results.files import results_text
from inroads.results.keys import (
    DealScenario,
    InputKey,
    InputKind,
    OutputKey,
    Quantity,
)
from inroads.results.market import Mechanism
from inroads.results.negotiations import NegotiationState
from inroads.study.load import Study, load_study
from inroads.study.negotiations.deal_hazards import read_hazards
from inroads.study.outlook.calendar_time import in_calendar_time
from inroads.study.outlook.draw_model import POLITICS, DrawModel, talk_luck
from inroads.study.outlook.fates import Odds
from inroads.study.outlook.outlook_results import DrawSettings, with_horizon
from inroads.study.outlook.summarise_draws import ENOUGH, summarise_draws
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.outlook.world_ranking import world_ranking
from inroads.study.results import Run
from inroads.study.run import run


@pytest.fixture(scope="module")
def study(ahead_in: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(ahead_in(tmp_path_factory.mktemp("ahead")))


@pytest.fixture(scope="module")
def draw_model(study: Study) -> DrawModel:
    function = uncertain(study).function
    assert isinstance(function, DrawModel)
    return function


@pytest.fixture(scope="module")
def results(study: Study) -> Run:
    return run(study)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def named(quantity: Quantity, manufacturer: str, period: int | None = None) -> str:
    return OutputKey(manufacturer=manufacturer, quantity=quantity, period=period).column


def test_luck_launches_and_politics_stops(draw_model: DrawModel) -> None:
    parts = draw_model.fates["Alba"].parts

    def drawn(luck: tuple[float, float], politics: float) -> dict[str, float]:
        talks = [talk_luck("Alba", channel).column for channel in draw_model.partners]
        return draw_model({**dict(zip(talks, luck, strict=True)), POLITICS.column: politics})

    # Talks fail at 0.1 a quarter, politics stops deals at 0.2, for two quarters.
    talks, begin = 0.9**2, 0.8**2
    cases = [
        ((talks - 1e-9, talks - 1e-9), begin - 1e-9, 1.0),
        ((talks - 1e-9, talks + 1e-9), begin - 1e-9, parts[0]),
        ((talks + 1e-9, talks + 1e-9), begin - 1e-9, 0.0),
        # Politics is one shock: it stops both.
        ((talks - 1e-9, talks - 1e-9), begin + 1e-9, 0.0),
    ]
    for luck, politics, part in cases:
        found = drawn(luck, politics)
        assert found[named(Quantity.LAUNCHED, "Alba")] == pytest.approx(part)
    # After the launch 0.05 a quarter: what is left of politics' odds says for how long.
    for periods in (0, 1, 2):
        rest = begin * 0.95 ** (periods + 0.5)
        assert drawn((0.0, 0.0), rest)[named(Quantity.PERIODS_ON_SALE, "Alba")] == periods
    assert drawn((0.0, 0.0), 1e-9)[named(Quantity.PERIODS_ON_SALE, "Alba")] == 5


def test_worth_at_the_odds_is_a_mean_over_fates(draw_model: DrawModel, study: Study) -> None:
    """Against luck drawn many times over: talks each by itself, politics one shock for both."""
    outputs, fates, rng = draw_model({}), draw_model.fates["Alba"], np.random.default_rng(0)
    path = [outputs[named(Quantity.VALUE_SO_FAR, "Alba", q)] for q in range(5)]
    cost, n = 2 * 2000.0, 200_000
    part = study.config.negotiations
    assert part is not None
    hazards = read_hazards(study, part)
    political = rng.triangular(0.1, 0.2, 0.5, n)
    stopped = study.facts.resolve(study.config.path.stop_hazard, "test")
    ends = rng.triangular(stopped.low, stopped.value, stopped.high, n)
    held = rng.random((n, 2)) < 0.9**hazards.to_launch
    launched = held & (rng.random(n) < (1 - political) ** hazards.to_launch)[:, None]
    lasts = np.floor(np.log(rng.random(n)) / np.log(1 - ends)).clip(0, 5).astype(int)
    share = np.where(launched.all(axis=1), 1.0, launched @ fates.parts)
    # Launches cost as much either way, and are not renewed within these periods.
    earned = np.concatenate([[0.0], np.array(path) + cost])
    worth = share * earned[lasts] - cost
    assert outputs[named(Quantity.VALUE_AT_ODDS, "Alba")] == pytest.approx(
        worth.mean(), abs=4 * worth.std() / np.sqrt(n)
    )
    assert outputs[named(Quantity.PAYS_AT_ODDS, "Alba")] == pytest.approx(
        (worth > 0).mean(), abs=5e-3
    )
    assert outputs[named(Quantity.LAUNCH_ODDS, "Alba")] == pytest.approx(
        launched.any(axis=1).mean(), abs=5e-3
    )
    # The chains' gain has parts of its own, and none of the costs.
    model = study.path().with_prices_at_launches()
    theirs = model.joint_value("Alba", dict.fromkeys(draw_model.partners, 0), draw_model.partners)
    parts = [
        model.joint_value("Alba", {p: 0}, draw_model.partners).gross / theirs.gross
        for p in draw_model.partners
    ]
    share = np.where(launched.all(axis=1), 1.0, launched @ np.array(parts))
    gained = share * np.concatenate([[0.0], theirs.cumulative])[lasts]
    assert outputs[named(Quantity.PARTNERS_VALUE_AT_ODDS, "Alba")] == pytest.approx(
        gained.mean(), abs=4 * gained.std() / np.sqrt(n)
    )
    assert outputs[named(Quantity.VALUE_SO_FAR_AT_ODDS, "Alba", 4)] == pytest.approx(
        outputs[named(Quantity.VALUE_AT_ODDS, "Alba")]
    )
    steps = [
        path[-1],
        *(
            outputs[named(quantity, "Alba")]
            for quantity in (
                Quantity.VALUE_AT_TALK_ODDS,
                Quantity.VALUE_AT_LAUNCH_ODDS,
                Quantity.VALUE_WHILE_ALLOWED,
                Quantity.VALUE_AT_ODDS,
            )
        ),
    ]
    assert steps == sorted(steps, reverse=True)


def test_where_all_is_sure_worth_at_the_odds_is_worth_if_launched(study: Study) -> None:
    sure = Odds(
        weight=np.ones(1), political=np.zeros(1), stopped=np.zeros(1), breakdown=np.zeros(1),
        to_launch=np.full(1, 2.0), states=(NegotiationState.TALKS, NegotiationState.AGREED),
    ).fates(3)  # fmt: skip
    gain = EntryValue(firm="A", profit=np.full(3, 10.0), spent=np.array([4.0, 0, 0]), rate=0.1)
    worth = sure.values(gain, np.array([0.6, 0.6]))
    assert worth.shape == (1, 3)
    np.testing.assert_allclose(worth[0], gain.cumulative)
    gone = Odds(
        weight=np.ones(1), political=np.zeros(1), stopped=np.zeros(1), breakdown=np.zeros(1),
        to_launch=np.full(1, 2.0), states=(NegotiationState.COLLAPSED, NegotiationState.LAUNCHED),
    ).fates(3)  # fmt: skip
    np.testing.assert_allclose(gone.launched, [[0, 1]])


def test_draws_by_calendar(study: Study, tmp_path: Path) -> None:
    """A launch two quarters after 2024Q2: quarters before it, of the path, after it."""
    draws = uncertain(study).run(3, tmp_path)
    periods = pd.period_range("2024Q2", "2026Q4", freq="Q")
    units = (Quantity.UNITS, None)
    told = in_calendar_time(study, draws, "Alba", (units,), periods=periods)
    np.testing.assert_array_equal(told.launched[0], np.arange(11) >= 2)
    path = np.column_stack([draws.column(named(Quantity.UNITS, "Alba", q)) for q in range(5)])
    np.testing.assert_array_equal(told.streams[units][:, 2:7], path)
    np.testing.assert_array_equal(told.streams[units][:, 7:], path[:, [4] * 4])
    stops, lucky = (
        draws.column(named(q, "Alba")) for q in (Quantity.PERIODS_ON_SALE, Quantity.LAUNCHED)
    )
    for k in range(3):
        last = np.inf if stops[k] >= 5 else 2 + stops[k]
        expected = ((np.arange(11) >= 2) & (np.arange(11) < last)) * lucky[k]
        np.testing.assert_array_equal(told.on_sale[k], expected)


def test_the_world_table_moves_by_what_is_drawn(study: Study, tmp_path: Path) -> None:
    part = study.config.path.rank
    draws = uncertain(study).run(2, tmp_path)
    found = world_ranking(study, draws, part)
    assert set(found.units) == set(DealScenario)
    moved = (
        found.units[DealScenario.WITH_DEALS]["Alba"]
        - found.units[DealScenario.WITHOUT_DEALS]["Alba"]
    )
    periods = found.quarters()
    assert (moved[:, : periods.index("2024Q4")] == 0).all()
    more = [
        draws.column(named(q, "Alba", 0)) for q in (Quantity.UNITS, Quantity.UNITS_WITHOUT_DEALS)
    ]
    np.testing.assert_allclose(moved[:2, periods.index("2024Q4")], more[0] - more[1], rtol=1e-9)
    lost = (
        found.units[DealScenario.WITH_DEALS]["Borea"]
        - found.units[DealScenario.WITHOUT_DEALS]["Borea"]
    )
    assert (lost[:, -1] <= 0).all()


def test_a_run_says_what_lies_ahead(results: Run) -> None:
    ahead = results.results.outlook
    assert ahead is not None
    assert ahead.draws is not None
    assert (ahead.periods, ahead.draws.count, ahead.draws.failed) == (5, 4, 0)
    (path,) = ahead.paths
    assert len(path.units) == 5
    for q, row in enumerate(ahead.spread("Alba", Quantity.UNITS)):
        assert row.period == q
        cuts = [value for _, value in row.quantiles]
        assert sorted(cuts) == cuts
        assert cuts[0] / 2 < path.units[q] < 2 * cuts[-1]
    value = ahead.total("Alba", Quantity.VALUE_IF_LAUNCHED)
    last = ahead.spread("Alba", Quantity.VALUE_SO_FAR)[4]
    assert value is not None
    assert value.quantiles.p50 == last.quantiles.p50
    pays = ahead.total("Alba", Quantity.PAYS_AT_ODDS)
    assert pays is not None
    assert 0 <= pays.mean <= 1
    # Four draws cannot tell inputs apart.
    assert ahead.draws.contributions == ()
    listing = ahead.listing
    assert listing is not None
    assert 0 < listing.odds < 1
    assert listing.share_of_low == pytest.approx(10 * listing.odds * listing.last_year_gain / 1e5)
    assert ahead.staged_entry[0].channels == ("Nord", "Sud")
    assert ahead.world is not None
    assert {row.scenario for row in ahead.world.odds} == set(DealScenario)
    used = {row.id for row in results.results.ledger}
    assert {"alba-fade", "stopped"} <= used
    json.loads(results_text(results.results))


def test_without_draws_only_what_is_central(study: Study) -> None:
    ahead = run(study, drawing=DrawSettings(draws=0, periods=3)).results.outlook
    assert ahead is not None
    assert ahead.draws is None
    assert ahead.world is None
    assert len(ahead.paths[0].units) == ahead.periods == 3


def test_many_draws_say_what_the_spread_comes_from(study: Study, tmp_path: Path) -> None:
    short = with_horizon(study, DrawSettings(periods=3))
    ensemble = uncertain(short)
    draws = ensemble.run(ENOUGH * len(ensemble.names), tmp_path)
    rows = summarise_draws(short, ensemble, draws).contributions
    assert {row.quantity for row in rows} == {
        Quantity.UNITS, Quantity.SALES_SHARE, Quantity.VALUE_SO_FAR_AT_ODDS,
    }  # fmt: skip
    units = {row.input: row for row in rows if row.quantity == Quantity.UNITS}
    luck = (InputKind.NEGOTIATION_LUCK, InputKind.POLITICAL_LUCK)
    assert not any(key.kind in luck for key in units)
    # How known a shelf makes Alba decides what it sells there; who discounts how does not.
    top = max(units, key=lambda key: abs(units[key].slope))
    assert top.name in ("alba-known-with-shelf", "Alba")
    fade = InputKey(kind=InputKind.ASSUMPTION, name="alba-fade")
    assert abs(units[fade].slope) < abs(units[top].slope) / 10
    assert 0.5 < units[top].r_squared <= 1


def test_an_entrant_that_everybody_knows(espresso_ahead: Path) -> None:
    """No campaign makes it better known, and none less known: its deals are a shelf, no more."""
    file = espresso_ahead / "study.toml"
    lines = file.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("[consumers.awareness]", "Alba = "))]
    file.write_text("\n".join(kept).replace('vary = ["alba-known", ', "vary = ["))
    found = run(load_study(espresso_ahead), drawing=DrawSettings(draws=2, periods=3)).results
    moves = [move.name for s in found.scenarios if s.partners for move in s.moves]
    assert "Campaign" not in moves
    assert "Deal" in moves
    outlook = found.outlook
    assert outlook is not None
    (path,) = outlook.paths
    assert path.price_per_point is path.campaign.price_per_point is None
    assert path.campaign.deals_without_campaigns == path.campaign.deals_with_campaigns
    assert path.units[0] > path.units_without_deals[0]
    assert outlook.spread("Alba", Quantity.AWARENESS)[2].quantiles.p5 == 1
    awareness = [d.parts[Mechanism.AWARENESS] for d in found.decompositions]
    assert awareness == pytest.approx([0.0] * len(awareness), abs=1e-6)
    assert "Alba" in render(found)


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
        (("--periods", "2"), "after the decision of [path]"),
        (("--periods", "99"), "to 80"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    espresso_ahead: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = invoke("run", str(espresso_ahead), "--out", str(tmp_path / "out"), *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_study_without_periods_has_no_futures(espresso: Path, tmp_path: Path) -> None:
    done = invoke("run", str(espresso), "--out", str(tmp_path / "out"), "--draws", "2")
    assert done.exit_code == 2
    assert "[path]" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('leader = "Alba"', 'leader = "Nobody"', "one of the entrants"),
        ('leader = "Alba", rivals = ["Borea"]', 'leader = "Borea", rivals = ["Alba"]', "entrants"),
        ('counted_by = "Count"', 'counted_by = "Guess"', "as Guess counts them"),
        ('until = "2025Q4"', 'until = "2025"', "path.rank.until"),
        ("price_decline = 0.01", "price_decline = 1.0", "settings.decline"),
        ("decide = 2", "decide = 5", "decision before the last period"),
        (
            "months_between_purchases = 24",
            "months_between_purchases = 0",
            "path.months_between_purchases",
        ),
        ('stop_hazard = "@stopped"', "stop_hazard = 1", "path.stop_hazard"),
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
    with pytest.raises(InputError, match="periods"):
        with_horizon(study, DrawSettings(periods=1))


def test_a_study_that_was_asked_for_paths_can_be_sent_to_workers(study: Study) -> None:
    study.path().follow("Alba", {})
    sent = pickle.loads(pickle.dumps(study))
    assert not {"_firms", "_negotiation", "_path"} & set(vars(sent))
    assert sent.config == study.config
