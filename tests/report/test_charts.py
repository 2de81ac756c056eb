"""Every chart draws, or is none."""

import json
import re
from typing import Any

import pytest
from example import everything
from shown import charts, titles

from inroads.report.chart_style import nice_log
from inroads.report.page import svg

STRATEGIC = {
    *("ranges", "network", "effects", "losers", "hazard", "politics", "levers", "terms-tornado"),
}
AHEAD = {
    *(
        "value-path",
        "share-path",
        "known-path",
        "passing",
        "shipments",
        "slopes",
        "launches",
        "verdict",
    ),
}
AT_LIST = {
    *("entry", "substitution", "decomposition", "awareness", "targets", "sensitivity", "tornado"),
    "placebo",
}
CHARTS = charts(everything())


@pytest.mark.parametrize("name", CHARTS)
def test_it_draws(name: str) -> None:
    text = svg(CHARTS[name])
    width = re.search(r'viewBox="0 0 ([\d.]+) ', text)
    assert width is not None
    assert 300 < float(width[1]) <= 900
    assert "NaN" not in text
    assert all(found.startswith(name) for found in re.findall(r'\bid="([^"]*)"', text))


def test_there_are_all_charts() -> None:
    assert set(CHARTS) == STRATEGIC | AHEAD | AT_LIST - {"substitution"}


def test_titles_state_findings(data: dict[str, Any]) -> None:
    said = titles(data)
    assert set(said) == AT_LIST
    # Kasha's range spans more than a factor of ten: no number within it.
    assert said["entry"].endswith("sales: Muesli's by about 7.3")
    assert "Oats & Co would lose most" in said["substitution"]
    assert "Awareness is the largest part" in said["decomposition"]
    assert "Known to 30 percent either way" in said["awareness"]
    assert "7.3 times the sales for Muesli" in said["awareness"]
    assert "0.95 standard errors" in said["targets"]
    assert "factor of 3.4 (Muesli) and 3.4 (Kasha)" in said["tornado"]
    assert "1 of 2" in said["sensitivity"]


def test_titles_of_talks_state_findings(with_talks: dict[str, Any]) -> None:
    said = titles(with_talks)
    # Who loses is drawn once, where prices answer.
    assert set(said) == STRATEGIC | AT_LIST - {"substitution"}
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
        "A bar from grocers costs Muesli 5.0 times as much as a 10% tariff on its boxes, and "
        "grocers $2.0M"
    )
    assert "by 8.0 instead of 10; without subsidies by 3.0" in said["levers"]
    assert "talks stay worth $1.0M or more" in said["terms-tornado"]
    assert said["entry"].startswith("At list prices, Grocer and Mart would multiply sales")


def test_titles_of_talks_follow_the_data(with_talks: dict[str, Any]) -> None:
    found = with_talks["negotiations"]
    found["negotiations"][0] |= {
        "joint_surplus": -3.0, "manufacturer_gain": -1.0, "channel_gain": -2.0,
    }  # fmt: skip
    for p in found["prospects"]:
        p["break_even_hazard"] = 0.1
    found["networks"]["stable"] = []
    found["swings"][1]["high"]["expected_value"] = -2e6
    levers = {lever["kind"]: lever for lever in found["levers"]}
    levers["no_financing"]["multiple"] = levers["none"]["multiple"]
    said = titles(with_talks)
    assert "Both sides gain in 3 of 4 negotiations: Muesli and Mart" in said["ranges"]
    assert said["network"] == "No network of the 4 possible deals is stable"
    assert "by 10 all the same; without subsidies by 3.0" in said["levers"]
    assert said["hazard"] == "At the hazard assumed, 3 of 3 negotiations are not worth their cost"
    assert "hangs on the hazard" in said["terms-tornado"]


def test_charts_name_the_assumption_that_matters_most(with_talks: dict[str, Any]) -> None:
    drawn = charts(with_talks)
    # Once a section: effects lie beside the network; what it hangs on says so in its title.
    for name in STRATEGIC - {"levers", "effects", "terms-tornado"}:
        subtitle = " ".join(drawn[name].chart.to_dict()["title"]["subtitle"])
        most = "What matters most: the awareness of a brand (15 to 60 percent)."
        assert most in subtitle, name


def test_talks_of_one_with_one(with_talks: dict[str, Any]) -> None:
    found = with_talks["negotiations"]
    for part in ("negotiations", "entrants", "prospects"):
        found[part] = found[part][:1]
    found["entrants"][0]["partners"] = ["Grocer"]
    nets = found["networks"]
    only = nets["deals"][:1]
    nets |= {"deals": only, "stable": [only], "effects": []}
    nets["networks"][1] |= {"deals": only, "terms": nets["networks"][1]["terms"][:1]}
    drawn = charts(with_talks)
    assert set(drawn) >= STRATEGIC - {"effects"}
    assert "effects" not in drawn
    for name in STRATEGIC - {"effects"}:
        assert "NaN" not in svg(drawn[name])


def test_nothing_to_draw(without_entry: dict[str, Any], one_entrant: dict[str, Any]) -> None:
    assert charts(without_entry) == {}
    assert set(charts(one_entrant)) == {
        "entry", "substitution", "awareness", "targets", "sensitivity",
    }  # fmt: skip


def test_nothing_may_be_sold(data: dict[str, Any]) -> None:
    for s in data["scenarios"]:
        for each in s["entrants"].values():
            each |= {"units": 0.0, "units_low": 0.0, "units_high": 0.0, "multiple": None}
    for swing in data["sales_swings"]:
        for side in ("low", "high"):
            for each in swing[side]["entrants"].values():
                each["units"] = 0.0
    assert set(titles(data)) == {
        *("substitution", "decomposition", "targets", "sensitivity", "placebo"),
    }


def test_names_from_the_data_are_text(with_outlook: dict[str, Any]) -> None:
    hostile = "<script>alert(1)</script>"
    data = json.loads(json.dumps(with_outlook).replace("Kasha", hostile).replace("Habit", hostile))
    drawn = charts(data)
    assert set(drawn) == set(CHARTS)
    for figure in drawn.values():
        assert "<script" not in svg(figure)


def test_ticks_of_a_log_scale() -> None:
    assert nice_log([300.0, 1_400.0]) == [200.0, 500.0, 1000.0, 2000.0]
    assert nice_log([3.0, 40_000_000.0]) == [10.0**k for k in range(1, 8)]
