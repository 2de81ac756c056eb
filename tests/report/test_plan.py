"""What to do: a sentence with its odds, beside the verdict, and a mandate that answers a
negotiator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from example import tree
from example_plans import LOCK, PRESS, plan

from inroads.report.output import (
    check_folder,
    plan_folder,
    write,
    write_page,
    write_plan,
)
from inroads.report.page import render
from inroads.report.section import Definitions
from inroads.report.sections import answer
from inroads.report.sections import plan as plan_page
from inroads.report.sections.plan import mandates
from inroads.report.sections.plan.advice import criteria, learning, recommendation
from inroads.results.files import read_results
from inroads.results.plans import FirmPlan
from inroads.results.tree import Results
from inroads.results.words import Words


def record(**changes: Any) -> FirmPlan:
    return FirmPlan.model_validate(plan(**changes))


def answers(of: FirmPlan) -> dict[str, str]:
    listed = mandates.answers(of, of.mandates[0], Words(unit="box", units="boxes"))
    assert isinstance(listed, Definitions)
    return dict(listed.items)


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ("no deal", "No deal for now; Muesli sells in the open channel only. That is better than "
         f"the plan in the press ({PRESS}) in 76% of draws, than every other in 66%."),
        ("Mart after 4 weeks", "Mart after 4 weeks: worth $6M ± $1M on average, better than the "
         f"plan in the press ({PRESS}) in 75% of draws, than every other in 25%."),
        (PRESS, f"{PRESS}, as in the press: worth $6M ± $1M on average, the best of 3 plans in 25% "
         "of draws."),
    ],
)  # fmt: skip
def test_the_recommendation_has_its_odds(best: str, said: str) -> None:
    assert recommendation(record(best=best), Words()) == said


@pytest.mark.parametrize(
    ("best", "ends"),
    [
        ("no deal", "so they are not to be made, until it is known that "),
        ("Mart after 4 weeks", "and Mart after 4 weeks $6M ± $1M."),
        (PRESS, "and nothing else that was tried is worth more."),
    ],
)
def test_verdict_and_plan_stand_on_one_screen(
    with_outlook: dict[str, Any], best: str, ends: str
) -> None:
    """The plan says what each of the two measures, in the first section of the page."""
    results = tree(with_outlook | {"plans": [plan(best=best), plan("Grocer", PRESS)]})
    section = answer.verdict.section(results)
    one = next(v for v in answer.verdict.verdicts(results) if v.entrant == "Muesli")
    assert section is not None
    planned = [text for text in section.sentences if "should do" in text]
    assert f"“{one.word}” is of the deals in the press" in planned[0]
    assert ends in planned[0]
    assert one.condition in planned[0] or best != "no deal"
    assert planned[1].startswith(f"What Grocer should do: {PRESS}.")


def test_the_section_has_value_risk_mandates_and_what_to_learn(
    without_entry: dict[str, Any],
) -> None:
    results = tree(without_entry | {"plans": [plan()]})
    section = plan_page.section(results)
    assert section is not None
    assert section.finding == "Muesli: no deal, for now"
    table = section.tables[0]
    assert [row[0] for row in table.rows] == ["A", "B", "C"]
    assert table.rows[2][1] == f"{PRESS} (the press)"
    (chart,) = section.charts
    assert chart.title == "Muesli: no deal is worth most on average, and risks least"
    deals = section.tables[1].rows
    assert [row[0] for row in deals] == ["Grocer", "Mart"]
    assert deals[0][1:4] == ("$2.00 ($1.80 to $2.20)", "$2.50 ($2.25 to $2.75)",
                             "$3.00 ($2.70 to $3.30)")  # fmt: skip
    assert "Removing all uncertainty but chance" in section.sentences[-1]
    page = render(results)
    assert '<section id="plan">' in page
    assert "assumption|" not in page


def test_only_what_is_surely_worth_something_is_to_be_learnt() -> None:
    assert learning(record()) == (
        "Removing all uncertainty but chance before signing would be worth $4.0M. Of single "
        "inputs, find out first: awareness of a brand ($2.0M, standard error $500k). A trial at "
        "Mart, before it is paid for, "
        f"would teach as much as $1.0M: 10,000 sold at first mean no deal, 90,000 {PRESS}."
    )
    nothing = plan() | {"information": [], "trials": []}
    assert learning(FirmPlan.model_validate(nothing)).endswith("would surely change the plan.")


def test_other_criteria_are_named_with_their_price() -> None:
    assert criteria(record()) == (
        "Of those worth −$30M or more in 19 draws of 20 it is best. Who would rather not miss a "
        f"good future takes {PRESS}: it misses $30M at most, no deal $90M."
    )


def test_a_mandate_answers_the_negotiator() -> None:
    said = answers(record())
    assert said["The worst price to accept"].startswith("$2.00 a box, wholesale ($1.80 to $2.20")
    assert "below it Muesli earns less" in said["The worst price to accept"]
    assert said["What to aim at"].startswith("$2.50")
    assert "leaves above $3.00" in said["What to aim at"]
    leave = said["When to leave the table"]
    assert leave.startswith("Before any money is spent on the launch: unless $2.75 or more")
    assert "Once it is paid for: below $2.00" in leave
    assert "That is more than the target" in leave
    ask = said["What to ask in exchange for exclusivity"]
    assert "without other partners costs Muesli $300k ($0.30 a box), and Grocer loses" in ask
    assert "by it too ($100k): do not offer it" in ask
    assert "ask for $0.10 a box more at least" in ask
    assert "Grocer would give up to $0.20, so there is room" in ask
    assert said["What to insist on"].startswith("The campaigns of the launches (worth $5.0M to")
    assert "awareness of a brand" in said["What to find out first"]
    options = said["What other options do to the price"]
    assert "without other partners the price would be $0.25 lower" in options


def test_a_channel_leaves_above_its_price_and_asks_for_cuts() -> None:
    said = answers(record(firm="Grocer", best=PRESS))
    assert said["The worst price to accept"].startswith("$3.00 a box")
    assert "above it Grocer earns less" in said["The worst price to accept"]
    assert said["When to leave the table"].startswith("Above $3.00")
    assert "begin" not in said["When to leave the table"]
    ask = said["What to ask in exchange for exclusivity"]
    assert "without other partners costs Grocer $100k ($0.10 a box), and Muesli loses" in ask
    assert "brings Grocer $200k" in ask


def of_inputs(results: Results, inputs: dict[str, str]) -> Results:
    return Results.model_validate(results.model_dump() | {"lock": LOCK | {"inputs": inputs}})


def test_a_plan_stays_with_runs_of_its_inputs(
    without_entry: dict[str, Any], tmp_path: Path
) -> None:
    """On the page at once; on that of the next run of the same inputs; not on another's."""
    out, of = tmp_path / "out", record()
    results = of_inputs(tree(without_entry), dict(of.lock.inputs))
    tables = {"margins": pd.DataFrame({"a": [1.0]})}

    def planned() -> list[Path]:
        plan_folder(out, of.firm).mkdir(parents=True, exist_ok=True)
        (plan_folder(out, of.firm) / "plan.json").write_text(of.model_dump_json())
        return write_plan(of, results.study, results.words, out)

    assert [page.name for page in planned()] == [
        "plan.html", "mandate-Grocer.html", "mandate-Mart.html"
    ]  # fmt: skip
    write(results, tables, out)
    assert write_page(out).plans == (of,)
    assert planned()[-1] == out / "report.html"
    assert read_results(out).plans == (of,)
    assert 'id="plan"' in (out / "report.html").read_text(encoding="utf-8")
    mandate = (plan_folder(out, of.firm) / "mandate-Grocer.html").read_text(encoding="utf-8")
    assert re.search(r"<h1>Mandate: Muesli with Grocer</h1>", mandate)
    check_folder(out)
    write(of_inputs(results, {"study.toml": "b"}), tables, out)
    assert read_results(out).plans == ()
    assert not (out / "plan").exists()
