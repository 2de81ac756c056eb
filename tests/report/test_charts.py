"""Every chart draws, or is none."""

import json
import re
from typing import Any

import pytest

from inroads.report.charts import CHARTS, drawn, title_of
from inroads.report.style import nice_log


@pytest.mark.parametrize("name", CHARTS)
def test_it_draws(name: str, data: dict[str, Any]) -> None:
    chart = CHARTS[name](data)
    assert chart is not None
    svg = drawn(chart, name)
    width = re.search(r'viewBox="0 0 ([\d.]+) ', svg)
    assert width is not None
    assert 400 < float(width[1]) <= 900
    assert "NaN" not in svg
    assert all(found.startswith(name) for found in re.findall(r'\bid="([^"]*)"', svg))


def test_titles_state_findings(data: dict[str, Any]) -> None:
    said = {name: title_of(make(data)) for name, make in CHARTS.items()}
    assert "Muesli's by about 7.3 and Kasha's by about 40" in said["entry"]
    assert "Oats & Co would lose most" in said["substitution"]
    assert "Awareness is the largest part" in said["decomposition"]
    assert "Known to 30 percent either way" in said["awareness"]
    assert "7.3 times the sales for Muesli" in said["awareness"]
    assert "0.95 standard errors" in said["targets"]
    assert "factor of 3.4 (Muesli) and 3.4 (Kasha)" in said["tornado"]
    assert "1 of 2" in said["sensitivity"]


def test_nothing_to_draw(without_entry: dict[str, Any], one_entrant: dict[str, Any]) -> None:
    assert [name for name, make in CHARTS.items() if make(without_entry) is not None] == []
    drawn_for_one = {name for name, make in CHARTS.items() if make(one_entrant) is not None}
    assert drawn_for_one == {"entry", "substitution", "awareness", "targets", "sensitivity"}


def test_units_may_be_absent(data: dict[str, Any]) -> None:
    for s in [*data["scenarios"], *data["sensitivity"]]:
        for each in s["entrants"].values():
            del each["units"]
    left = {name for name, make in CHARTS.items() if make(data) is not None}
    assert left == {"substitution", "decomposition", "targets", "sensitivity"}


def test_names_from_the_data_are_text(data: dict[str, Any]) -> None:
    hostile = "<script>alert(1)</script>"
    data = json.loads(json.dumps(data).replace("Kasha", hostile).replace("Habit", hostile))
    for name, make in CHARTS.items():
        chart = make(data)
        assert chart is not None
        assert "<script" not in drawn(chart, name)


def test_ticks_of_a_log_scale() -> None:
    assert nice_log([300.0, 1_400.0]) == [200.0, 500.0, 1000.0, 2000.0]
    assert nice_log([3.0, 40_000_000.0]) == [10.0**k for k in range(1, 8)]
