"""The section of past launches, from made-up results."""

from typing import Any

from example import everything, tree
from shown import by_name

from inroads.report.page import render
from inroads.report.sections.launches import launch_warning, launches_table


def test_sentences_say_how_far_predictions_were() -> None:
    section = by_name(everything())["launches"]
    first, second = section.sentences[:2]
    assert first == (
        "6 past launches (6 numbers, 1 bound), predicted as if they were new, sold 0.8 times what "
        "was predicted (0.5 to 1), times or divided by 2.0 from one to the next and by 2.2 from "
        "channel to channel. 6 of 6 numbers lie where nine in ten should by all others."
    )
    assert second.startswith(
        "That is in all numbers of entrants: with Grocer and Mart, at list prices, Muesli would "
        "sell 30,000 to 600,000 (180,000);"
    )
    # Where there is a first screen it says so there.
    assert [str(item)[:13] for item in section.brief] == ["More than any"]
    data = everything()
    data["outlook"]["draws"] = data["outlook"]["world"] = None
    assert by_name(data)["launches"].brief[0] == first


def test_a_row_a_figure() -> None:
    table = launches_table(tree(everything()))
    assert [row[0] for row in table.rows] == [
        "Groats", "", "Spelt", "Teff", "Rye & Sons", "Millet", "Fonio",
    ]  # fmt: skip
    assert table.rows[0][1] == "Grocer, in 3.0 months"
    assert table.rows[1][1:3] == ("share of Grocer", "2%")
    assert table.rows[3][1] == "share of the market"
    millet = table.rows[5]
    assert millet[1] == "bought by members of Grocer"
    assert millet[5] == "at most 20"
    # What happened leads to its source, in the ledger.
    assert millet[4] == '<a href="#launch-5">at most 2.0%</a>'


def test_the_answer_warns_of_more_than_any_launch_sold() -> None:
    data = everything()
    warning = launch_warning(tree(data))
    assert warning is not None
    assert warning.text == (
        "More than any past launch that was measured: the model’s boxes of Muesli at Grocer. The "
        "most is Teff’s, about 61,000 boxes a week in a market of this size."
    )
    page = render(tree(data))
    assert page.count("More than any past launch") == 1
    assert page.index("More than any past launch") < page.index('<section id="launches">')
    for forecast in data["launches"]["forecasts"]:
        forecast["above_every_launch"] = []
    assert launch_warning(tree(data)) is None
    assert "More than any past launch" not in render(tree(data))


def test_an_address_that_is_none_is_no_link() -> None:
    data: dict[str, Any] = everything()
    data["launches"]["figures"][0] |= {"url": "javascript:alert(1)", "source": "<b>loud</b>"}
    page = render(tree(data))
    assert "javascript:" not in page
    assert '&lt;b&gt;loud&lt;/b&gt; <span class="quiet">published 2000-11' in page


def test_few_numbers_say_little() -> None:
    data = everything()
    data["launches"] |= {"population": None, "forecasts": []}
    for figure in data["launches"]["figures"]:
        figure |= {"quantiles": None, "below": None}
    section = by_name(data)["launches"]
    assert "too few numbers among them" in section.sentences[0]
    assert len(section.charts) == 1
