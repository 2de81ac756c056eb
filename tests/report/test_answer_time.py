"""What the answer, options and limits say of time and risk: the numbers are the data's."""

from typing import Any

import pytest
from example import tree

from inroads.report.phrases import input_words
from inroads.report.sections import answer
from inroads.report.sections.limits import limits
from inroads.report.sections.time.options import against_the_draws, launch_chances, options_words
from inroads.report.sections.time.worth import listing_words
from inroads.results.keys import InputKey, InputKind


def test_what_deals_are_worth_over_time_without_draws(with_outlook: dict[str, Any]) -> None:
    ahead = with_outlook["outlook"]
    ahead["draws"], ahead["world"] = None, None
    *_, said, why = answer.paragraphs(tree(with_outlook))
    assert why.startswith("At list prices the gain comes mostly")
    assert said == (
        "Over 8 weeks, at 10 percent a year, the deals are worth $19 million to Muesli if they "
        "are launched, paid for after 2 weeks; $38 million to Kasha, not paid for within 8 weeks."
    )


def test_where_there_is_a_verdict_it_is_the_answer(with_outlook: dict[str, Any]) -> None:
    assert answer.section(tree(with_outlook)) is None
    with_outlook["outlook"]["draws"] = None
    assert answer.section(tree(with_outlook)) is not None


def test_nothing_ahead(with_talks: dict[str, Any]) -> None:
    with_talks["outlook"] = None
    assert not any("the deals are worth" in p for p in answer.paragraphs(tree(with_talks)))
    assert listing_words(tree(with_talks)) == ""
    assert options_words(tree(with_talks)) == []


def test_a_listing_larger_than_a_valuation_is_said_to_be(with_outlook: dict[str, Any]) -> None:
    listing = with_outlook["outlook"]["listing"]
    listing |= {"share_of_low": 0.02, "share_of_high": 0.01}
    assert listing_words(tree(with_outlook)) == (
        "Muesli's gain in the last year ($12 million), at 20 years of profit, would be 1.0 to 2.0 "
        "percent of the valuations spoken of ($400 million and $200 million)."
    )
    listing |= {"share_of_low": 2.4, "share_of_high": 1.2}
    said = listing_words(tree(with_outlook))
    assert "120 to 240 percent of the valuations" in said
    assert said.endswith(", more than the whole of the lower one.")


def test_options(with_outlook: dict[str, Any]) -> None:
    def chances() -> str:
        outlook = tree(with_outlook).outlook
        assert outlook is not None
        return launch_chances(outlook)

    muesli, kasha = with_outlook["outlook"]["staged_entry"]
    kasha |= {"flexibility": 2e6}
    kasha |= {"best_start": "first_channel", "best_next": ["stop", "go_on", "widen"]}
    assert options_words(tree(with_outlook)) == [
        "At the central numbers Muesli does best to talk to Grocer and Mart at once. Had it begun "
        "with Grocer alone, it would after 3 weeks talk to the other too whatever has shown, for "
        "$2.0 million less. To be free to decide later is worth nothing more.",
        "At the central numbers Kasha does best to begin with Grocer alone, and after 3 weeks "
        "stop if its boxes prove "
        "worse than expected, go on with one if as expected and talk to the other too if better. "
        "To be free to decide is worth $2.0 million more.",
    ]
    kasha["best_next"] = ["go_on", "go_on", "widen"]
    assert (
        "after 3 weeks talk to the other too if its boxes prove better than expected, else"
        in (options_words(tree(with_outlook))[1])
    )
    muesli["best_start"] = "stay_out"
    assert options_words(tree(with_outlook))[0].startswith(
        "At the central numbers Muesli does best to stay out."
    )
    assert chances() == "50 percent"
    muesli["launch_probabilities"] = [0.5, 0.25]
    assert "Muesli, Mart 25 percent; Kasha, Grocer 50 percent" in chances()


def test_why_options_are_not_worth_the_mean_of_the_draws(with_outlook: dict[str, Any]) -> None:
    """The lopsided range that does most is named: awareness, 15 to 60 about 35, on average 37."""
    results = tree(with_outlook)
    assert results.outlook is not None
    words = against_the_draws(results, results.outlook)
    assert "Kasha's $5M (awareness of a brand: 37 percent on average, 35 percent here)" in words
    with_outlook["outlook"]["draws"] = None
    results = tree(with_outlook)
    assert results.outlook is not None
    assert against_the_draws(results, results.outlook) == ""


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("taste", "habit", "taste: Habit"), ("taste", "price", "taste: Price"),
        ("quality", "Muesli", "quality of Muesli's products"),
        ("negotiation_luck", "Kasha, Mart", "luck of the talks of Kasha and Mart"),
        ("political_luck", "", "luck in politics, one for all"),
        ("member_value", "", "what grocers count of a member"),
        ("assumption", "known-brand", "awareness of a brand"),
        ("assumption", "model-life", "model life"),
    ],
)  # fmt: skip
def test_inputs_in_words(kind: str, name: str, said: str, with_outlook: dict[str, Any]) -> None:
    key = InputKey(kind=InputKind(kind), name=name)
    assert input_words(tree(with_outlook), key) == said
    assert InputKey.of(key.column) == key


def test_limits_that_an_outlook_lifts(
    with_talks: dict[str, Any], with_outlook: dict[str, Any]
) -> None:
    before, after = dict(limits(tree(with_talks))), dict(limits(tree(with_outlook)))
    assert "One week, and then the same" in before
    assert "One week, and then the same" not in after
    assert after["One week, except in time and risk"].startswith("Talks, networks, scenarios")
    assert "which draws have" in after["Products without sales here"]
    assert "which draws have" not in before["Products without sales here"]
    assert "how fast names spread and fade" in after["Awareness is assumed"]
    assert "how fast" not in before["Awareness is assumed"]
    assert "politics ends all" in after["What breaks deals"]
    more = {"Nobody else moves", "Quality stands still", "What is not counted"}
    assert more <= set(after)
    assert "What is not drawn" in after
    # A limit is a sentence.
    assert all(words.count(". ") == 0 for words in after.values())
    del with_outlook["outlook"]["draws"], with_outlook["outlook"]["world"]
    less = dict(limits(tree(with_outlook)))
    assert more <= set(less)
    assert "What is not drawn" not in less
