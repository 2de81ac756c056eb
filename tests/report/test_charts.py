"""Every chart draws, or is none."""

import json
import re
from typing import Any

import pytest

from inroads.report.charts import CHARTS, drawn, title_of
from inroads.report.charts_paths import PATHS
from inroads.report.charts_spread import SPREAD
from inroads.report.charts_world import WORLD
from inroads.report.style import nice_log

STRATEGIC = {
    *("ranges", "network", "effects", "losers", "hazard", "politics", "levers", "terms-tornado"),
}
AHEAD = {*PATHS, *WORLD, *SPREAD}


def titles(data: dict[str, Any]) -> dict[str, str]:
    """What the charts that there are say."""
    made = {name: make(data) for name, make in CHARTS.items()}
    return {name: title_of(chart) for name, chart in made.items() if chart is not None}


@pytest.mark.parametrize("name", CHARTS)
def test_it_draws(name: str, with_outlook: dict[str, Any]) -> None:
    chart = CHARTS[name](with_outlook)
    assert chart is not None
    svg = drawn(chart, name)
    width = re.search(r'viewBox="0 0 ([\d.]+) ', svg)
    assert width is not None
    assert 400 < float(width[1]) <= 900
    assert "NaN" not in svg
    assert all(found.startswith(name) for found in re.findall(r'\bid="([^"]*)"', svg))


def test_titles_state_findings(data: dict[str, Any]) -> None:
    said = titles(data)
    assert set(CHARTS) - set(said) == STRATEGIC | AHEAD
    assert "Muesli's by about 7.3 and Kasha's by about 40" in said["entry"]
    assert "Oats & Co would lose most" in said["substitution"]
    assert "Awareness is the largest part" in said["decomposition"]
    assert "Known to 30 percent either way" in said["awareness"]
    assert "7.3 times the sales for Muesli" in said["awareness"]
    assert "0.95 standard errors" in said["targets"]
    assert "factor of 3.4 (Muesli) and 3.4 (Kasha)" in said["tornado"]
    assert "1 of 2" in said["sensitivity"]


def test_titles_of_talks_state_findings(with_talks: dict[str, Any]) -> None:
    said = titles(with_talks)
    assert set(said) == set(CHARTS) - AHEAD
    assert said["ranges"] == (
        "Both sides gain in all 4 negotiations: Muesli and Grocer from $1,800 to $4,000, agreed at "
        "$2,500"
    )
    assert said["network"] == "3 of 4 possible deals are in the only stable network"
    assert said["effects"] == (
        "Kasha's deal with Grocer takes 40 percent off Muesli's gain from Grocer"
    )
    # 0.5 x 250,000 of a gain of 225,000.
    assert "Oats & Co loses most: 56 percent of Muesli's gain" in said["losers"]
    assert "up to 60 to 60 percent a week; assumed: 20" in said["hazard"]
    assert said["politics"] == (
        "A bar from carriers costs Muesli 5.0 times as much as a 10% tariff on its boxes, and "
        "carriers $2.0M"
    )
    assert "by 8.0 instead of 10; without subsidies by 3.0" in said["levers"]
    assert "talks stay worth $1.0M or more" in said["terms-tornado"]
    assert said["entry"].startswith("At list prices, Grocer and Mart would multiply sales")


def test_titles_of_talks_follow_the_data(with_talks: dict[str, Any]) -> None:
    strategic = with_talks["strategy"]
    strategic["talks"][0] |= {"joint": -3.0, "maker_gain": -1.0, "carrier_gain": -2.0}
    for p in strategic["prospects"]:
        p["break_even"] = 0.1
    strategic["networks"]["stable"] = []
    for row in strategic["sensitivity"]:
        if row["assumption"] == "hazard" and row["side"] == "high":
            row["worth"] = -2e6
    said = titles(with_talks)
    assert "Both sides gain in 3 of 4 negotiations: Muesli and Mart" in said["ranges"]
    assert said["network"] == "No network of the 4 possible deals is stable"
    assert said["hazard"] == "At the hazard assumed, 3 of 3 negotiations are not worth their cost"
    assert "hangs on the hazard" in said["terms-tornado"]


def test_charts_name_the_assumption_that_matters_most(with_talks: dict[str, Any]) -> None:
    for name in STRATEGIC - {"levers"}:
        chart = CHARTS[name](with_talks)
        assert chart is not None
        subtitle = " ".join(chart.to_dict()["title"]["subtitle"])
        assert "What matters most: the awareness of a brand (15 to 60 percent)." in subtitle, name


def test_talks_of_one_with_one(with_talks: dict[str, Any]) -> None:
    strategic = with_talks["strategy"]
    for part in ("talks", "headline", "prospects"):
        strategic[part] = strategic[part][:1]
    strategic["headline"][0]["partners"] = ["Grocer"]
    nets = strategic["networks"]
    nets |= {"pairs": nets["pairs"][:1], "stable": [["Muesli-Grocer"]], "effects": []}
    nets["rows"][1] |= {"deals": ["Muesli-Grocer"], "terms": nets["rows"][1]["terms"][:1]}
    nets["exclusive"] = []
    for name in STRATEGIC - {"effects"}:
        chart = CHARTS[name](with_talks)
        assert chart is not None
        assert "NaN" not in drawn(chart, name)
    assert CHARTS["effects"](with_talks) is None


def test_nothing_to_draw(without_entry: dict[str, Any], one_entrant: dict[str, Any]) -> None:
    assert [name for name, make in CHARTS.items() if make(without_entry) is not None] == []
    drawn_for_one = {name for name, make in CHARTS.items() if make(one_entrant) is not None}
    assert drawn_for_one == {"entry", "substitution", "awareness", "targets", "sensitivity"}


def test_units_may_be_absent(data: dict[str, Any]) -> None:
    for s in [*data["scenarios"], *data["sensitivity"]]:
        for each in s["entrants"].values():
            del each["units"]
    assert set(titles(data)) == {"substitution", "decomposition", "targets", "sensitivity"}


def test_names_from_the_data_are_text(with_outlook: dict[str, Any]) -> None:
    hostile = "<script>alert(1)</script>"
    data = json.loads(json.dumps(with_outlook).replace("Kasha", hostile).replace("Habit", hostile))
    for name, make in CHARTS.items():
        chart = make(data)
        assert chart is not None
        assert "<script" not in drawn(chart, name)


def test_ticks_of_a_log_scale() -> None:
    assert nice_log([300.0, 1_400.0]) == [200.0, 500.0, 1000.0, 2000.0]
    assert nice_log([3.0, 40_000_000.0]) == [10.0**k for k in range(1, 8)]
