"""The tab of plans without its page: a choice's numbers are those of the plan's own draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import inroads
from inroads.dashboard.plans.panel import NOT, levers, partner_id
from inroads.dashboard.plans.plan_cases import CHOSEN, PRESS, PlanAnswer, PlanCase, PlanCases
from inroads.dashboard.plans.tab import chosen_plan, plan_figures, risk_picture
from inroads.plans.plan_model import plan_ensemble, with_strategies
from inroads.plans.strategies import Strategy
from inroads.plans.variants import Drawn
from inroads.study.load import load_study

TEMPLATE = Path(inroads.__file__).parent / "study" / "template_full"
LATER = PlanCase("Amsel", Strategy(launches=(("Grund", 3),)))


class Chosen(dict[str, Any]):
    """Inputs of a page: each a call."""

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return lambda: value


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> PlanCases:
    return PlanCases(load_study(TEMPLATE), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def answer(cases: PlanCases) -> PlanAnswer:
    return cases.go_on(cases.go_on(cases.begin(LATER)))


def test_draws_are_those_of_the_plan(cases: PlanCases, answer: PlanAnswer) -> None:
    choices = cases.choices("Amsel")
    every, model = plan_ensemble(cases.study, choices, seed=0)
    few = with_strategies(every, model, (LATER.strategy, choices.answer))
    points = few.inputs(few.points(0, 2))
    for k, point in enumerate(points):
        drawn = few.function(dict(zip(few.names, map(float, point), strict=True)))
        for luck, rows in (("expected", answer.expected), ("value", answer.value)):
            for name, strategy in ((CHOSEN, LATER.strategy), (PRESS, choices.answer)):
                known = drawn[Drawn(luck, "worth", strategy).name]
                assert rows[k][name] == pytest.approx(known, rel=1e-9)
    assert answer.next_draw == 2
    assert not answer.is_whole


def test_figures_and_picture_show_the_choice(answer: PlanAnswer) -> None:
    assert [figure.what for figure in plan_figures(answer)] == ["Worth at the central numbers"]
    answer = replace(answer, expected=4 * answer.expected, value=4 * answer.value)
    shown = plan_figures(answer)
    assert [figure.what for figure in shown] == [
        "Worth on average", "In 19 draws of 20", "Worth at the central numbers",
        "Over the plan in the press",
    ]  # fmt: skip
    picture = risk_picture(answer, "month")
    assert picture.title.endswith("Grund after 3 months")
    assert "no deal" in picture.on_page(400)


def test_levers_say_a_choice_or_what_contradicts_it(cases: PlanCases) -> None:
    page = Chosen({"p_firm": "Amsel", partner_id(0): "0", partner_id(1): "3", "p_exclusive": 3})
    assert chosen_plan(cases, page) == PlanCase(  # type: ignore[arg-type]
        "Amsel", Strategy(launches=(("Markt", 0), ("Grund", 3)), exclusive=3)
    )
    both = {"p_firm": "Amsel", partner_id(0): "0", partner_id(1): "0", "p_exclusive": 3}
    assert "One alone" in str(chosen_plan(cases, Chosen(both)))  # type: ignore[arg-type]
    nobody = {"p_firm": "Amsel", partner_id(0): NOT, partner_id(1): NOT, "p_exclusive": 3}
    assert chosen_plan(cases, Chosen(nobody)) == PlanCase(  # type: ignore[arg-type]
        "Amsel", Strategy()
    )
    assert "not courted" in str(levers(cases, "Amsel"))


def test_a_study_without_periods_to_come_has_no_plans(cases: PlanCases) -> None:
    without = SimpleNamespace(entry=1, firms=1, negotiations=1, path=None)
    assert cases.has_path
    assert not PlanCases(SimpleNamespace(config=without), cases.folder).has_path  # type: ignore[arg-type]
