"""Charts of time and risk: what their titles say is the data's, and what is absent is left out."""

import copy
from typing import Any

import pytest
from shown import section_of

from inroads.report.page import svg
from inroads.report.section import Figure

PATHS = ("value-path", "share-path", "known-path")
WORLD = ("passing", "shipments")
AHEAD = (*PATHS, *WORLD, "slopes")


def charts(data: dict[str, Any]) -> dict[str, Figure]:
    sections = [section_of(data, name) for name in ("time", "moves", "world")]
    return {figure.name: figure for section in sections if section for figure in section.charts}


def subtitle(data: dict[str, Any], name: str) -> str:
    return " ".join(charts(data)[name].chart.to_dict()["title"]["subtitle"])


def titles(data: dict[str, Any]) -> dict[str, str]:
    return {name: figure.title for name, figure in charts(data).items()}


def test_titles_state_findings(with_outlook: dict[str, Any]) -> None:
    assert titles(with_outlook) == {
        "value-path": "If launched, deals pay for themselves after 2 weeks (Muesli) and not "
        "within 8 weeks (Kasha); at the odds of a launch they pay with probability 40 percent",
        "share-path": "In nine draws of ten, deals bring Muesli 2.5 to 7.5 percent of sales (alone "
        "0.40) and Kasha 5.0 to 15 percent (alone 0.80) in week 8",
        "known-path": "What a launch makes known lasts: consumers who know each in week 8, "
        "Muesli 40 percent (20 to 60 percent) and Kasha 40 percent (20 to 60 percent)",
        "passing": "Grocers move the odds that Muesli passes Bran from 45 to 57 percent at most "
        "(2002Q1) and Oats & Co from 30 to 42 (2002Q1)",
        "shipments": "What grocers would add to Muesli's shipments in 2002Q4, 80,000, is little "
        "beside what a forecast leaves open: 500,000 to 1.5 million",
        "slopes": "One standard deviation of one input moves the worth at the odds most: Muesli's "
        "by −$5.0M (quality of Kasha's products) and Kasha's by −$5.0M (quality of Kasha's "
        "products)",
    }


def test_titles_follow_the_data(with_outlook: dict[str, Any]) -> None:
    ahead = with_outlook["outlook"]
    ahead["paths"][1]["periods_to_break_even"] = 2
    ahead["paths"][0]["awareness"]["Muesli"][7] = 0.1
    for row in ahead["world"]["forecast"]:
        if row["scenario"] == "with_deals":
            row["quantiles"]["p50"] *= 3
    said = titles(with_outlook)
    assert "pay for themselves after 2 weeks; at the odds" in said["value-path"]
    assert said["known-path"].startswith("Consumers who know each in week 8: Muesli 40 percent")
    assert said["shipments"].startswith("Grocers would add 2.2 million to Muesli's shipments")


def test_they_name_what_matters_most(with_outlook: dict[str, Any]) -> None:
    most = "What moves Muesli's most, by one standard deviation more: quality of Kasha's products"
    assert most in subtitle(with_outlook, "value-path")
    with_outlook["outlook"]["draws"]["contributions"] = []
    for name in ("value-path",):
        most = "What matters most: the awareness of a brand (15 to 60 percent)."
        assert most in subtitle(with_outlook, name)
    # Kasha's sales are eight times as high at one end of the range as at the other.
    unseen = "Kasha's numbers are an order of magnitude rather than a forecast"
    assert unseen in subtitle(with_outlook, "value-path")


def test_few_draws_are_said_to_be_few(with_outlook: dict[str, Any]) -> None:
    assert "rough picture" not in subtitle(with_outlook, "share-path")
    with_outlook["outlook"]["draws"] |= {"count": 20, "failed": 4}
    for name in PATHS:
        assert "These are 16 draws: a rough picture." in subtitle(with_outlook, name)
    assert "These are 16 draws: a rough picture." in subtitle(with_outlook, "passing")


def test_without_draws_there_are_lines(with_outlook: dict[str, Any]) -> None:
    del with_outlook["outlook"]["draws"], with_outlook["outlook"]["world"]
    said = titles(with_outlook)
    assert set(said) == set(PATHS)
    assert said["share-path"].startswith("Deals bring Muesli 5.7 percent of sales (alone 0.40)")
    assert "at the odds" not in said["value-path"]
    for name in PATHS:
        text = svg(charts(with_outlook)[name])
        assert "nine draws of ten" not in text
        assert "central numbers" in text
        assert "at the odds" not in text


@pytest.mark.parametrize("name", AHEAD)
def test_one_entrant_and_one_rival(name: str, with_outlook: dict[str, Any]) -> None:
    ahead = with_outlook["outlook"]
    ahead["paths"] = ahead["paths"][:1]
    world = ahead["world"]
    world["rivals"] = ["Bran"]
    world["odds"] = [r for r in world["odds"] if r["rival"] == "Bran"]
    rows = ahead["draws"]["contributions"]
    ahead["draws"]["contributions"] = [r for r in rows if r["manufacturer"] == "Muesli"]
    text = svg(charts(with_outlook)[name])
    assert "NaN" not in text
    assert "Kasha, " not in text


def test_a_table_of_the_world_without_draws_to_explain(with_outlook: dict[str, Any]) -> None:
    with_outlook["outlook"]["draws"]["contributions"] = []
    assert set(titles(with_outlook)) == {*PATHS, *WORLD}


def test_nothing_ahead_nothing_drawn(with_outlook: dict[str, Any]) -> None:
    data = copy.deepcopy(with_outlook) | {"outlook": None}
    assert titles(data) == {}
