"""Tables about deals and what they rest on: what they say is the data's."""

from typing import Any

from example import tree
from shown import by_name, column, table

from inroads.report.sections.networks.every_channel import stable_words


def test_every_table_has_rows_as_wide_as_its_head(with_talks: dict[str, Any]) -> None:
    found = [t for section in by_name(with_talks).values() for t in section.tables]
    assert len(found) > 20
    for each in found:
        assert {len(row) for row in each.rows} == {len(each.heads)}


def test_no_tables_without_talks(data: dict[str, Any], with_talks: dict[str, Any]) -> None:
    strategic = {"talks", "network", "which", "losers", "breakdown", "politics", "levers"}
    assert strategic | {"firms"} <= set(by_name(with_talks))
    assert not (strategic | {"firms"}) & set(by_name(data))
    with_talks["negotiations"] = None
    assert "firms" in by_name(with_talks)
    assert not strategic & set(by_name(with_talks))


def test_what_deals_are_worth(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "talks", "Joint surplus") == ["$3.0M", "$6.0M", "$9.0M", "$12M"]
    assert column(with_talks, "talks", "Maker gains")[0] == "$1.0M"
    assert column(with_talks, "talks", "Grocer without")[0] == "−$7.0M"
    assert list(table(with_talks, "talks", "Joint surplus").bold) == [0, 1, 2, 3]
    assert column(with_talks, "talks", "Agreed wholesale")[0] == "$2,500"


def test_products_clauses_and_shelves(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "which", "Products") == ["main products", "and further products"]
    assert column(with_talks, "which", "Units there") == ["100,000", "220,000"]
    assert column(with_talks, "which", "Fee to the maker") == ["—", "$500k"]
    assert column(with_talks, "network", "Would it pay?") == ["yes", "no"] * 2
    assert (
        column(with_talks, "network", "And if not in the open channel either?") == ["no", "no"] * 2
    )
    assert column(with_talks, "network", "To the maker")[0] == "−$400k"
    # What both sides of a deal gain outbids a rival that loses less.
    assert column(with_talks, "network", "Enough?") == ["no", "yes"] * 2
    assert column(with_talks, "network", "Would pay up to") == ["$700k", "$900k"] * 2
    assert column(with_talks, "losers", "Grocer")[:3] == [
        "Grocer (partner)", "Mart (partner)", "Corner",
    ]  # fmt: skip
    assert column(with_talks, "losers", "Price of the others")[:3] == ["+$2", "+$0.50", "−$0.50"]


def test_whether_deals_hold(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "breakdown", "State of talks") == [
        *["in talks (2001-01-02)"] * 2, *["none known"] * 2,
    ]  # fmt: skip
    assert column(with_talks, "breakdown", "Launched with probability")[1:3] == [
        "50%", "if begun: 50%",
    ]  # fmt: skip
    first = with_talks["negotiations"]["negotiations"][0]
    first |= {"manufacturer_gain": -1.0, "channel_gain": -2.0}
    assert column(with_talks, "breakdown", "Hazard that talks bear")[:2] == ["none", "60%"]
    assert column(with_talks, "politics", "Tariff revenue") == ["+$130k", "—"]
    assert column(with_talks, "levers", "Times") == ["10×", "8.0×", "3.0×"]


def test_firms_and_assumptions(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "firms", "Target") == ["−25%", "—"]
    assert column(with_talks, "firms", "Its weight, mean of makers") == ["0.66", "0.66"]
    assert column(with_talks, "hangs", "At") == [
        *("15 percent", "60 percent", "10 percent", "40 percent"),
        *("−1 standard error", "+1 standard error"),
    ]


def test_channels_that_lose_together_are_said_to(with_talks: dict[str, Any]) -> None:
    muesli, kasha, beside = (
        stable_words(tree(with_talks), row)
        for row in tree(with_talks).negotiations.every_channel  # type: ignore[union-attr]
    )
    assert muesli == (
        "Muesli would sell through Grocer and Mart, for $900,000 a week. Each keeps its "
        "deal, and together they lose by them, Grocer $200,000 and Mart $200,000: a "
        "prisoner’s dilemma."
    )
    assert "dilemma" not in kasha
    assert beside.startswith("Beside Muesli with Grocer and Mart, Kasha would sell")
    sets = table(with_talks, "network", "Deals with").rows
    # Stable, best for it, or of the answer; the others are in results.json.
    assert [row[:3] for row in sets] == [
        ("Muesli", "Grocer, Mart", "yes"),
        ("Kasha", "Grocer, Mart", "yes"),
    ]
    assert sets[0][3] == "+$900k"
    with_talks["negotiations"]["every_channel"][0]["sets"][3]["is_stable"] = False
    first = tree(with_talks).negotiations.every_channel[0]  # type: ignore[union-attr]
    assert stable_words(tree(with_talks), first) == "Muesli has no stable set of grocers."
