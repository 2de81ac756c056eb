"""The answer's numbers are the data's."""

from typing import Any

from example import tree

from inroads.report.phrases import ranked_sales_swings
from inroads.report.sections.answer import paragraphs
from inroads.report.sections.scenarios import scenario_rows


def test_what_happens(data: dict[str, Any]) -> None:
    first, _ = paragraphs(tree(data))
    assert first.startswith(
        "With Grocer and Mart, Muesli would sell about 150,000 boxes a week "
        "(110,000 to 190,000), 7.3 times what it would sell without them and 10 percent"
    )
    # 12 times from low to high: no number in it is named, and that is said plainly.
    assert "; Kasha 21,000 to 260,000, too wide a range for a number within it to be" in first
    assert "120,000" not in first
    assert first.count("order of magnitude rather than a forecast") == 1
    assert first.endswith(".")


def test_one_digit_where_the_range_is_an_order_of_magnitude(data: dict[str, Any]) -> None:
    for s in data["scenarios"]:
        if "Kasha" in s["entrants"]:
            s["entrants"]["Kasha"]["units_low"] = 50_000.0
    assert "Kasha about 100,000 (50,000 to 260,000), 40 times" in paragraphs(tree(data))[0]


def test_an_entrant_better_liked_than_all_that_is_known_is_doubted(data: dict[str, Any]) -> None:
    new = data["hedonic"]["products"][0]
    assert "better liked" not in paragraphs(tree(data))[0]
    # Dark Oats is liked better, but few know it.
    new |= {"quality": 2.1, "standard_error": 1.5}
    assert (
        "takes Kasha Gold to be better liked at equal price than the Bran Best"
        in (paragraphs(tree(data))[0])
    )
    new["quality"] = 1.9
    assert "better liked" not in paragraphs(tree(data))[0]


def test_it_follows_the_data(data: dict[str, Any]) -> None:
    for s in data["scenarios"]:
        for each in s["entrants"].values():
            each["units"], each["units_low"], each["units_high"] = 555_000.0, 540_000.0, 570_000.0
    first, _ = paragraphs(tree(data))
    assert "560,000 boxes a week (540,000 to 570,000)" in first
    assert "order of magnitude" not in first


def test_why_and_on_what(data: dict[str, Any]) -> None:
    _, second = paragraphs(tree(data))
    assert "awareness (66 percent of Muesli's and 66 percent of Kasha's) and shelf (24" in second
    assert (
        "hangs most on the awareness of a brand, taken as 35 percent: between 15 percent" in second
    )
    assert "Muesli would sell 73,000 to 250,000" in second
    assert [s.assumption for s in ranked_sales_swings(tree(data))] == [
        "known-brand", "known-little",
    ]  # fmt: skip


def test_partners_when_the_run_names_none(one_entrant: dict[str, Any]) -> None:
    # Two sets of partners were tried: the last but one.
    assert tree(one_entrant).partners_of_answer == ("Grocer",)
    first, second = paragraphs(tree(one_entrant))
    assert first.startswith("With Grocer, Muesli would sell about 90,000 boxes a week, 4.5 times")
    assert second == "What the gain comes from was not taken apart."


def test_without_entry(without_entry: dict[str, Any]) -> None:
    first, second = paragraphs(tree(without_entry))
    assert first == (
        "In 2000 consumers bought 1.50 million boxes a week at a mean price of $4.25; "
        "Oats & Co led with 67 percent of them."
    )
    assert "“Oats dearer” matters most" in second
    assert "$310,000 a week worse off ($0.25 a buyer)" in second
    assert "270,000 fewer boxes" in second


def test_a_change_after_which_nobody_buys(data: dict[str, Any]) -> None:
    dear = next(s for s in data["scenarios"] if s["name"] == "dear")
    dear["outcome"] |= {"units": {}, "total_units": 0.0, "mean_price": None}
    dear["outcome"] |= {"consumer_surplus_change_per_buyer": None}
    data["baseline"]["units"]["Muesli"] = 100.0
    rows = scenario_rows(tree(data))
    assert ("Muesli", 0.0, "") in [(r.who, r.sales.units, r.share_words) for r in rows]
    data["scenarios"] = [dear]
    assert "$310,000 a week worse off, and 1.5 million fewer boxes" in paragraphs(tree(data))[1]


def test_without_any_scenario(without_entry: dict[str, Any]) -> None:
    without_entry["scenarios"] = []
    assert paragraphs(tree(without_entry))[1] == "No change to the market was tried."
