"""Region by region: the sentence that the numbers make, the table, and no section without any."""

from typing import Any

import pytest
from example import tree
from shown import by_name

from inroads.report.sections.scenarios import by_region

CONSUMERS = {"north": 100_000.0, "south": 300_000.0, "islands": 50_000.0}


def with_regions(data: dict[str, Any], parts: dict[str, float]) -> dict[str, Any]:
    """Every manufacturer's units divided among regions like this."""
    for outcome in (data["baseline"], *(s["outcome"] for s in data["scenarios"])):
        outcome["regions"] = {
            at: {
                "consumers": CONSUMERS[at],
                "units": {m: part * x for m, x in outcome["units"].items()},
                "shares": outcome["shares"]["manufacturer"],
            }
            for at, part in parts.items()
        }
    for scenario in data["scenarios"]:
        scenario["entrants_by_region"] = {
            at: {
                m: sales | {k: part * sales[k] for k in ("units", "units_low", "units_high")}
                for m, sales in scenario["entrants"].items()
            }
            for at, part in parts.items()
        }
    return data


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            {"north": 0.6, "south": 0.4},
            "60 percent of its boxes in north, and for each consumer 4.5 times as many as in "
            "south.",
        ),
        (
            {"north": 0.3, "south": 0.6, "islands": 0.1},
            "60 percent of its boxes in south, where 67 percent of consumers are; for each "
            "consumer most in north, 1.5 times as many as in south.",
        ),
        (
            {"north": 0.25, "south": 0.75},
            "75 percent of its boxes in south, where 75 percent of consumers are: for each "
            "consumer alike.",
        ),
        ({"north": 0.0, "south": 1.0}, "all of its boxes in south."),
        (
            {"north": 0.5, "south": 0.5, "islands": 0.0},
            "50 percent of its boxes in north, and for each consumer 3 times as many as in "
            "south, and none in islands.",
        ),
    ],
)
def test_the_sentence_is_that_of_the_numbers(
    parts: dict[str, float], words: str, data: dict[str, Any]
) -> None:
    found = by_region.findings(tree(with_regions(data, parts)))
    assert found[0].replace("3.0 times", "3 times") == (
        f"Muesli with Grocer and Mart would sell {words}"
    )
    assert found[1].startswith("Kasha with Grocer and Mart would sell ")


def test_a_market_into_which_nobody_enters(without_entry: dict[str, Any]) -> None:
    data = with_regions(without_entry, {"north": 0.25, "south": 0.75})
    assert by_region.findings(tree(data)) == [
        "75 percent of all boxes are sold in south, where 75 percent of consumers are: for each "
        "consumer alike."
    ]
    (table,) = by_name(data)["regions"].tables
    assert table.rows[0][:4] == ("As it is", "All together", "north", "375,000")


def test_the_table_has_ranges_and_no_number_within_a_wide_one(data: dict[str, Any]) -> None:
    section = by_name(with_regions(data, {"north": 0.6, "south": 0.4}))["regions"]
    (table,) = section.tables
    rows = {tuple(row[:3]): row[3:] for row in table.rows}
    answer = rows["Muesli with Grocer and Mart", "Muesli", "north"]
    assert answer == ("88,000", "66,000 to 110,000", "10%", "880")
    assert rows["Kasha with Grocer", "Kasha", "north"][:2] == ("—", "5,400 to 90,000")
    assert "factor of ten" in section.sentences[-1]
    assert rows["Oats dearer", "All together", "north"][:2] == ("738,000", "")


def test_without_regions_there_is_no_section(data: dict[str, Any]) -> None:
    assert "regions" not in by_name(data)


def test_periods_to_come_are_shown_with_nine_draws_of_ten(with_outlook: dict[str, Any]) -> None:
    data = with_regions(with_outlook, {"north": 0.25, "south": 0.75})
    outlook = data["outlook"]
    for path in outlook["paths"]:
        path["units_by_region"] = {
            at: [part * x for x in path["units"]] for at, part in (("north", 0.25), ("south", 0.75))
        }
    wide = {"p5": 1e3, "p25": 2e3, "p50": 5e3, "p75": 1e4, "p95": 4e4}
    of_all = [row for row in outlook["draws"]["by_period"] if row["quantity"] == "units"]
    outlook["draws"]["by_period"] += [
        row
        | {"quantity": "units_in_region", "region": at}
        | ({"quantiles": wide} if at == "south" else {})
        for row in of_all
        for at in ("north", "south")
    ]
    section = by_name(data)["regions"]
    ahead, scenarios = section.tables
    assert ahead.heads[:4] == ("Who", "Region", "Boxes in week 1", "Nine draws of ten")
    first, second = ahead.rows[:2]
    assert first[:2] == ("Muesli", "north")
    assert " to " in first[3]
    assert second[2:] == ("—", "1,000 to 40,000") * 2
    assert scenarios.heads[0] == "Scenario"
    assert section.sentences[0].startswith("At list prices, Muesli with Grocer and Mart would")
    assert "at prices that grocers set" in section.sentences[2]
