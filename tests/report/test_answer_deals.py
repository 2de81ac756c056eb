"""The answer of a study with talks: its numbers are the data's."""

from typing import Any

from example import tree

from inroads.report.sections.answer import paragraphs


def test_what_deals_bring(with_talks: dict[str, Any]) -> None:
    units, money, *_ = paragraphs(tree(with_talks))
    assert units.startswith(
        "With Grocer and Mart, Muesli would sell about 250,000 boxes a week (200,000 to 300,000), "
        "10 times what it would sell without them and 8.0 percent of the market; Kasha about "
        "200,000 (50,000 to 400,000), 10 times"
    )
    # Only Kasha's range is wider than a factor of four.
    assert units.count("order of magnitude rather than a forecast") == 1
    assert "at list prices it would be 150,000 for Muesli (7.3 times) and 21,000 to" in units
    assert money == (
        "These deals would be worth $4.0 million a week to Muesli and $6.0 million to Grocer and "
        "Mart together; $4.0 million a week to Kasha and $6.0 million to Grocer and Mart together."
    )


def test_terms_and_whether_they_hold(with_talks: dict[str, Any]) -> None:
    _, _, terms, made, breaks, why = paragraphs(tree(with_talks))
    assert terms.startswith(
        "There is something to split in all 4 negotiations. Grocer would buy Muesli's main "
        "products at about $2,500 apiece (both gain from $1,800 to $4,000; they cost $2,000 to "
        "make) and sell them at about $2,200, against $3,000 at list."
    )
    assert made == (
        "Of the 4 possible deals, Muesli's with Grocer, Muesli's with Mart and Kasha's with Grocer "
        "would be made in every stable set; each takes up to 40 percent off what another is worth "
        "to its maker, but undoes none."
    )
    assert breaks == (
        "What can break them is politics: at an assumed hazard anywhere from 10 to 40 percent a "
        "week, most likely 20, a deal now in talks is launched with probability 50 percent; talks "
        "are worth their cost up to a hazard of 60 to 60 percent. A bar from grocers would cost "
        "Muesli $2.0 million a week."
    )
    assert why.startswith("At list prices the gain comes mostly from awareness (66 percent")


def test_it_follows_the_data(with_talks: dict[str, Any]) -> None:
    strategic = with_talks["negotiations"]
    for n in strategic["negotiations"]:
        n |= {"joint_surplus": -3.0, "manufacturer_gain": -1.0, "channel_gain": -2.0}
    assert "In no negotiation is there anything to split" in paragraphs(tree(with_talks))[2]
    strategic["negotiations"][0] |= {"manufacturer_gain": 1.0, "channel_gain": 2.0}
    strategic["networks"]["stable"] = []
    text = " ".join(paragraphs(tree(with_talks)))
    assert "There is something to split in 1 of 4 negotiations. Grocer would buy Muesli's" in text
    assert "Kasha's main products" not in text
    assert "No set of these deals is stable" in text


def test_several_stable_sets(with_talks: dict[str, Any]) -> None:
    nets = with_talks["negotiations"]["networks"]
    nets["stable"] = [nets["deals"][:1], nets["deals"][3:]]
    assert "with no deal in common" in paragraphs(tree(with_talks))[3]
    nets["stable"] = [nets["deals"]]
    nets["effects"][0]["gain_together"] = -1.0
    made = paragraphs(tree(with_talks))[3]
    assert made.startswith("All 4 of these deals would be made: no other set of them is stable")
    assert "undoes 1 of 12" in made


def test_talks_that_collapsed(with_talks: dict[str, Any]) -> None:
    for p in with_talks["negotiations"]["prospects"]:
        p["state"] = "collapsed"
    assert not any("What can break them" in p for p in paragraphs(tree(with_talks)))


def test_one_entrant_and_no_list_prices(with_talks: dict[str, Any]) -> None:
    strategic = with_talks["negotiations"]
    strategic["entrants"] = strategic["entrants"][:1]
    with_talks["scenarios"], with_talks["decompositions"] = [], []
    with_talks["sales_swings"] = []
    text = paragraphs(tree(with_talks))
    assert "at list prices" not in text[0]
    assert "Kasha" not in text[1]
    assert len(text) == 5
