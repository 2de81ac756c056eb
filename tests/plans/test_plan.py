"""The plan finds what brute force finds; luck and odds agree; bad choices are refused."""

import json
import pickle
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

import inroads as ir
from inroads.cli import app
from inroads.errors import InputError
from inroads.plans.chances import Chances, units_at_odds, worth
from inroads.plans.earning_back import earned_back, odds_terms
from inroads.plans.mandate import agreed_price, link_terms, mandate
from inroads.plans.paths import Played
from inroads.plans.plan_model import PlanModel, plan_ensemble, with_strategies
from inroads.plans.strategies import Strategy, read_choices
from inroads.plans.variants import Drawn
from inroads.results.plans import FirmPlan
from inroads.study.config.entry import CampaignPart
from inroads.study.config.plan import PlanPart, check_plans
from inroads.study.load import Study
from inroads.study.outlook.entrant_path import PathModel
from tests.plans.conftest import TEMPLATE

NOW = Strategy(launches=(("Markt", 0), ("Grund", 0)))


def with_part(study: Study, **changes: object) -> Study:
    part = PlanPart.model_validate({"firm": "Amsel"} | changes)
    return replace(study, config=study.config.model_copy(update={"plan": (part,)}))


@pytest.fixture(scope="module")
def model(beer: Study) -> PathModel:
    return Played.of(beer.path().with_prices_at_launches(), read_choices(beer, "Amsel")).model


@pytest.fixture(scope="module")
def played(beer: Study, model: PathModel) -> Played:
    return Played(model, read_choices(beer, "Amsel"))


@pytest.fixture(scope="module")
def planned(beer: Study, tmp_path_factory: pytest.TempPathFactory) -> ir.Plan:
    drawing = ir.study.DrawSettings(draws=2, folder=tmp_path_factory.mktemp("draws"))
    return ir.plan(beer, "Amsel", drawing=drawing)


def by_hand(model: PathModel, launches: dict[str, int], talks: float) -> float:
    """A plan's worth: every outcome of the talks, its path followed, each dollar discounted."""
    r, total = model.rate_per_period, 0.0
    without = model.follow("Amsel", {}).profits["Amsel"]
    for outcome in product((True, False), repeat=len(launches)):
        deals = {c: q for (c, q), on in zip(launches.items(), outcome, strict=True) if on}
        odds = np.prod([talks if on else 1 - talks for on in outcome])
        gain = model.follow("Amsel", deals).profits["Amsel"] - without
        total += odds * sum(g / (1 + r) ** (t + 1) for t, g in enumerate(gain))
    return total - sum(model.launch_cost / (1 + r) ** q for q in launches.values())


def test_the_plan_is_what_brute_force_finds(
    beer: Study, model: PathModel, planned: ir.Plan
) -> None:
    """Nothing political in this study: every set of chains, each now or later, by hand."""
    talks = 1 - beer.facts.resolve("@talks-fail", "test").value
    known = {
        Strategy(launches=launches).label("month"): by_hand(model, dict(launches), talks**3)
        for partners in ([], ["Markt"], ["Grund"], ["Markt", "Grund"])
        for periods in product((0, 3), repeat=len(partners))
        for launches in [tuple(zip(partners, periods, strict=True))]
    }
    tried = planned.tried["expected"]
    for name, dollars in known.items():
        if name != "no deal":
            assert tried[name] == pytest.approx(dollars, rel=1e-9)
    assert tried.index[0] == max(known, key=lambda name: known[name])
    assert len(tried) == len(known) - 1 + 4  # and a chain alone, exclusive, now or later


def test_luck_comes_to_the_odds(played: Played) -> None:
    """The mean over all luck is the worth at the odds, with politics before and after a launch."""
    odds = Chances(talks={"Markt": 0.7, "Grund": 0.5}, political=0.1, stopped=0.2, to_launch=2.0)
    strategy = Strategy(launches=(("Markt", 0), ("Grund", 3)))
    on_sale = odds.on_sale(0, played.model.part.periods)
    ends = np.unique([0.0, 1.0, *on_sale, odds.prepared(0, 0), odds.prepared(0, 3)])
    middles, lengths = (ends[1:] + ends[:-1]) / 2, np.diff(ends)
    drawn = [
        chance
        * sum(
            length * worth(played, strategy, replace(odds, talks=talks, politics=u))
            for u, length in zip(middles, lengths, strict=True)
        )
        for talks, chance in (
            ({"Markt": 1.0, "Grund": 1.0}, 0.35),
            ({"Markt": 1.0, "Grund": 0.0}, 0.35),
            ({"Markt": 0.0, "Grund": 1.0}, 0.15),
            ({"Markt": 0.0, "Grund": 0.0}, 0.15),
        )
    ]
    assert sum(drawn) == pytest.approx(worth(played, strategy, odds), rel=1e-9)


def test_waiting_meets_politics(played: Played) -> None:
    """Nothing is spent on a launch that politics has ended by then."""
    odds = Chances(talks={"Markt": 1.0, "Grund": 1.0}, political=0.5, stopped=0.0, to_launch=0.0)
    later, r = Strategy(launches=(("Markt", 3),)), played.model.rate_per_period
    gain = played.gain(later)
    assert gain[:3] == pytest.approx(0.0, abs=1e-6)
    earned = sum(g / (1 + r) ** (t + 1) for t, g in enumerate(gain))
    spent = played.model.launch_cost / (1 + r) ** 3
    assert worth(played, later, odds) == pytest.approx(0.5**3 * (earned - spent))


def test_a_clause_is_paid_for_by_its_gain(beer: Study, played: Played) -> None:
    """Exclusive: both sides part what the clause brings, by the weights of their bargain."""
    strategy = Strategy(launches=(("Markt", 0),))
    alone = replace(strategy, exclusive=6)
    path = played.path(alone).frame
    own = path[path["product"].eq("Amsel Pale Ale")]
    assert set(own["channel"]) == {"Markt"}
    before, after = played.path(strategy).profits, played.path(alone).profits
    both = sum((after[f] - before[f]).to_numpy() for f in ("Amsel", "Markt"))
    weight = played.model.game.terms.channel_weight("Amsel", "Markt")
    split = played.gain(alone) - played.gain(strategy)
    np.testing.assert_allclose(split, (1 - weight) * both, rtol=1e-9)
    channel = Played(played.model, read_choices(beer, "Markt"))
    theirs = replace(strategy, launches=(("Amsel", 0),))
    other = channel.gain(replace(theirs, exclusive=6)) - channel.gain(theirs)
    np.testing.assert_allclose(split + other, both, rtol=1e-9)


def test_a_price_earns_the_launch_back(beer: Study, model: PathModel, planned: ir.Plan) -> None:
    """At the price that is found the deal by itself is worth nothing, on average over the draws."""
    choices = read_choices(beer, "Amsel")
    odds = Chances(talks={"Markt": 0.7, "Grund": 0.5}, political=0.0, stopped=0.0, to_launch=0.0)
    played = Played(model, choices)
    drawn = {name: np.full(2, number) for name, number in odds_terms(played, odds).items()}
    row = earned_back(choices, drawn).loc[("Markt", "alone")]
    deal = Strategy(launches=(("Markt", 0),))
    late = played.discounts
    units = 0.7 * float(late @ played.units(deal, "Markt"))
    price = agreed_price(played.path(deal), "Amsel", "Markt")
    left = worth(played, deal, odds) + (row["price"] - price) * units
    assert left == pytest.approx(0.0, abs=1e-6 * abs(worth(played, deal, odds)))
    assert row["pays"] == float(worth(played, deal, odds) > 0)
    assert planned.earned_back.index.tolist() == [
        *(("Markt", "as predicted"), ("Markt", "alone")),
        *(("Grund", "as predicted"), ("Grund", "alone")),
    ]


def test_units_at_the_odds_are_those_of_all_outcomes(played: Played) -> None:
    odds = Chances(talks={"Markt": 0.7, "Grund": 0.5}, political=0.0, stopped=0.0, to_launch=0.0)
    alone, both = (played.units(s, "Markt") for s in (NOW.only(["Markt"]), NOW))
    expected = 0.7 * (0.5 * alone + 0.5 * both) @ played.discounts
    assert units_at_odds(played, NOW, "Markt", odds) == pytest.approx(expected)


def test_what_a_channel_gains_is_its_own_profit(beer: Study, model: PathModel) -> None:
    choices = read_choices(beer, "Markt")
    assert choices.is_channel
    assert choices.partners == ("Amsel",)
    gain = Played(model, choices).gain(Strategy(launches=(("Amsel", 0),)))
    paths = model.follow("Amsel", {"Markt": 0}), model.follow("Amsel", {})
    np.testing.assert_allclose(gain, paths[0].profits["Markt"] - paths[1].profits["Markt"])


def test_draws_are_the_same_wherever_they_are_made(beer: Study, planned: ir.Plan) -> None:
    """One draw alone, by a copy as another process has it, is the draw of the run."""
    choices = read_choices(beer, "Amsel")
    every, plan_model = plan_ensemble(beer, choices, seed=0)
    few = with_strategies(every, plan_model, (NOW,))
    copy: PlanModel = pickle.loads(pickle.dumps(few.function))
    point = few.inputs(few.points(1, 2))[0]
    drawn = copy(dict(zip(few.names, map(float, point), strict=True)))
    assert drawn[Drawn("expected", "worth", NOW).name] == pytest.approx(
        planned.expected[NOW.label("month")].iloc[1], rel=1e-12
    )


def test_what_the_plan_says(planned: ir.Plan, tmp_path: Path) -> None:
    table = planned.table
    assert planned.best == table.index[0]
    assert planned.answer == "Markt now, Grund now"
    assert table.loc[planned.answer, ["gain", "gain low", "gain high"]].eq(0).all()
    assert table.loc["no deal", ["expected", "tail"]].eq(0).all()
    assert planned.perfect_information <= table.loc[planned.best, "regret"] + 1e-9
    assert planned.advice.index.tolist() == ["expected value", "floor", "least regret"]
    text = str(planned)
    assert text.startswith(planned.recommendation)
    assert "12 plans tried at the central numbers; 7, the plan in the press" in text
    assert "|" not in text
    known = planned.information["what"]
    assert known["assumption|talks-fail"] == "hazard of talks"
    assert not known.index.str.contains("luck").any()
    planned.write(tmp_path)
    written = json.loads((tmp_path / "plan.json").read_text())
    assert written["plans"][0]["name"] == planned.best
    assert len(pd.read_csv(tmp_path / "tried.csv")) == 12


def test_the_chart_has_a_point_a_plan(planned: ir.Plan) -> None:
    line, points, _ = planned.frontier_chart().layer
    drawn = points.data.set_index("choice")
    assert drawn["value"].to_dict() == planned.table["expected"].to_dict()
    assert drawn["risk"].to_dict() == planned.table["tail"].to_dict()
    assert set(line.data["choice"]) == set(planned.table.index[planned.table["on the frontier"]])


def test_the_command_writes_what_it_says(tmp_path: Path) -> None:
    target = tmp_path / "amsel"
    options = ["--firm", "Amsel", "--draws", "2", "--out", str(target)]
    shown = CliRunner().invoke(app, ["plan", str(TEMPLATE), *options])
    assert shown.exit_code == 0, shown.output
    place = target / "plan" / "Amsel"
    written = FirmPlan.model_validate_json((place / "plan.json").read_text())
    assert f"Amsel: {written.best}" in shown.output
    assert {p.name for p in place.iterdir()} == {
        *("plan.json", "plans.csv", "tried.csv", "information.csv", "plan.html"),
        *("mandate-Markt.html", "mandate-Grund.html"),
    }
    assert "makes a page that has the plan too" in shown.output


def test_the_command_refuses_a_firm_without_choices(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["plan", str(TEMPLATE), "--firm", "Stein"])
    assert shown.exit_code == 2
    assert "Amsel" in shown.output


def test_choices_that_contradict_each_other_are_refused(beer: Study) -> None:
    with pytest.raises(ValidationError, match="exclusive with one partner at most"):
        with_part(beer, partners=[["Markt", "Grund"]], exclusive=[6])
    with pytest.raises(ValidationError, match="each partner once"):
        with_part(beer, partners=[["Markt", "Markt"]])
    for empty in ("wait", "exclusive", "campaign", "partners"):
        with pytest.raises(ValidationError):
            with_part(beer, **{empty: []})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"firm": "Stein"}, "a firm that chooses: Amsel, Markt, Grund"),
        ({"partners": (("Stein",),)}, "partners of Amsel among Markt, Grund"),
        ({"wait": (0, 6)}, "launches within the 6 periods"),
    ],
)
def test_choices_that_the_study_does_not_have_are_refused(
    changes: dict[str, object], message: str
) -> None:
    part = PlanPart.model_validate({"firm": "Amsel"} | changes)
    with pytest.raises(Exception, match=message):
        check_plans([part], ["Amsel"], ["Markt", "Grund"], 6)


def test_a_firm_with_nothing_to_choose_is_refused(beer: Study) -> None:
    with pytest.raises(InputError, match="has no deal to choose"):
        read_choices(beer, "Stein")
    with pytest.raises(InputError, match="Markt"):
        read_choices(beer, "Mark")


def test_more_plans_than_are_tried_are_refused_with_their_number(beer: Study) -> None:
    with pytest.raises(InputError, match="12 combinations"):
        read_choices(with_part(beer, wait=[0, 3], exclusive=[0, 6], most=11))


def test_campaigns_without_a_cost_are_refused(beer: Study) -> None:
    with pytest.raises(InputError, match="what a campaign costs"):
        read_choices(with_part(beer, campaign=[0.5, 1]))


def test_who_pays_for_a_campaign_pays_its_dollars(beer: Study) -> None:
    """Twice the exposure at twice the cost, at the launch, where talks succeed."""
    entry = beer.config.entry
    assert entry is not None
    campaign = CampaignPart(seen_elsewhere=0.2, cost=30000.0)
    changes = {"entry": entry.model_copy(update={"campaign": campaign})}
    study = replace(beer, config=beer.config.model_copy(update=changes))
    study = with_part(study, campaign=[1, 2], paid_by=["channel", "manufacturer"], wait=[0])
    choices = read_choices(study)
    assert len(choices.strategies) == 3 * 4
    played = Played(study.path().with_prices_at_launches(), choices)
    odds = Chances(talks={"Markt": 0.7, "Grund": 0.5}, political=0.0, stopped=0.0, to_launch=0.0)
    once = Strategy(launches=(("Markt", 0),))
    twice = replace(once, campaign=2.0)
    assert played.gain(twice).sum() > played.gain(once).sum()
    paid = worth(played, twice, odds) - worth(played, replace(twice, paid_by="manufacturer"), odds)
    assert paid == pytest.approx(0.7 * 2 * 30000)
    central = {name: np.full(2, number) for name, number in link_terms(played, "Markt").items()}
    page = mandate(played, "Markt", central, currency="dollars")
    assert page is not None
    paid = page.concessions.loc["campaigns paid by the manufacturer"]
    assert paid["to Markt"] == -paid["to Amsel"] == 30000


def test_a_trial_teaches_by_its_sales(planned: ir.Plan) -> None:
    """Draws that make what was sold likely count for more; here, one alone."""
    assert planned.first_sales.columns.tolist() == ["Markt", "Grund"]
    for draw in (0, 1):
        sold = planned.first_sales["Markt"].iloc[draw]
        sharp = replace(planned, trial_noise=1e-6).given_sales("Markt", sold)
        pd.testing.assert_series_equal(sharp, planned.expected.iloc[draw], check_names=False)
    blunt = replace(planned, trial_noise=1e6).given_sales("Markt", sold)
    pd.testing.assert_series_equal(blunt, planned.expected.mean(), check_names=False)
    with pytest.raises(InputError, match="a partner"):
        planned.given_sales("Hof", 10.0)
    with pytest.raises(InputError, match="a draw is near"):
        planned.given_sales("Markt", 1e12)


def test_trials_are_ranked_by_what_they_would_change(planned: ir.Plan) -> None:
    """Forty draws in which sales at Markt say which plan is best, those at Grund nothing."""
    n = np.arange(40)
    few = planned.expected.columns[:2]
    expected = pd.DataFrame({few[0]: np.where(n % 2, 5.0, -5.0), few[1]: np.zeros(40)})
    sales = pd.DataFrame({"Grund": 100.0 + n // 20, "Markt": np.where(n % 2, 900.0, 100.0)})
    taught = replace(planned, expected=expected, first_sales=sales, priced=frozenset()).trials
    assert taught.index.tolist() == ["Markt", "Grund"]
    assert taught.loc["Markt", "worth"] == pytest.approx(2.5)
    assert taught.loc["Grund", "worth"] == 0
    assert taught.loc["Markt", ["plan if low", "plan if high"]].tolist() == [few[1], few[0]]
