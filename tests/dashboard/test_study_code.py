"""The code that a case hands out comes to the case's numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inroads as ir
from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.dashboard.deals.study_code import move_code, study_code
from inroads.dashboard.literal import literal
from inroads.results.keys import Quantity

MOVED = {
    "as it is": {},
    "assumptions": {"assumed": (("amsel-known-with-shelf", 50.0), ("none-bought", 25.0))},
    "bargaining": {"weight": 0.5, "contract": "two-part tariff", "timing": "sequential"},
    "one period": {"months": 12, "down": 0.25, "tariff": 0.1, "taxed": ("Amsel", "Stein")},
    "products": {"products": ("Amsel Dark Lager",), "partners": ("Grund",)},
    "alone": {"partners": ()},
}


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "case.py", "exec"), names)  # noqa: S102
    return names


@pytest.mark.parametrize("name", MOVED)
def test_code_reproduces_the_case(
    name: str, cases: StudyCases, case: Case, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = replace(case, **MOVED[name])
    names = run(study_code(cases, chosen, str(folder)))
    outcome, listed = cases.solve(chosen), cases.at_list_prices(chosen)
    for equilibrium, other in (
        (outcome.after, names["after"]),
        (outcome.before, names["before"]),
        (listed.after, names["listed"]),
        (listed.before, names["alone"]),
    ):
        np.testing.assert_allclose(other.prices, equilibrium.prices, rtol=1e-9)
        np.testing.assert_allclose(other.shares, equilibrium.shares, rtol=1e-9)
    np.testing.assert_allclose(names["after"].profits, outcome.after.profits, rtol=1e-9)
    printed = capsys.readouterr().out
    network = cases.network(chosen).deals
    for channel, row in network.iterrows():
        line = next(x for x in printed.splitlines() if x.startswith(f"{channel} {row['made']}"))
        changes = [float(number) for number in line.split()[-2:]]
        assert changes == pytest.approx([row["entrant_change"], row["channel_change"]], rel=1e-6)
    if chosen.can_be_followed:
        worth = cases.worth(chosen)
        assert names["worth"].net == pytest.approx(worth.if_launched, rel=1e-9)
        odds = names["fates"].quantities(names["worth"], names["theirs"])
        assert odds[Quantity.VALUE_AT_ODDS] == pytest.approx(worth.at_odds, rel=1e-9)
    for ahead in cases.prospects(chosen):
        assert f"{ahead.channel} {ahead.launch_probability}" in printed


def test_no_line_is_too_long(cases: StudyCases, case: Case) -> None:
    for changes in MOVED.values():
        text = study_code(cases, replace(case, **changes), "beer")
        assert max(map(len, text.splitlines())) <= 100


def test_a_day_and_a_name_are_written_down(cases: StudyCases, case: Case) -> None:
    other = StudyCases(cases.study.at(cases.study.as_of.replace(day=25)))
    text = study_code(other, case, 'a "b"')
    assert 'ir.load_study("a \\"b\\"", as_of="2024-06-25")' in text


def test_moves_are_written_as_one_writes_them() -> None:
    assert move_code(ir.Launch("Pale Ale")) == 'ir.Launch("Pale Ale")'
    deal = ir.Deal("Amsel", "Markt", ("Pale Ale",), price=2.0)
    assert move_code(deal) == 'ir.Deal("Amsel", "Markt", products=("Pale Ale",), price=2.0)'
    assert eval(move_code(deal), {"ir": ir}) == deal  # noqa: S307
    assert literal({"a": [1, "b"], "c": ()}) == '{"a": [1, "b"], "c": ()}'
