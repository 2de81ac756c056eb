"""The first screen: yes, no or only if, by the numbers; few words; what draws do not support."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from example import tree
from rich.console import Console

from inroads.report.format import digits_drawn, digits_of_end, significant
from inroads.report.section import NumberCards
from inroads.report.sections.answer import verdict
from inroads.report.terminal import print_results


def with_worth(data: dict[str, Any], low: float, mean: float, high: float) -> dict[str, Any]:
    """Every entrant's expected value from low to high."""
    for row in data["outlook"]["draws"]["totals"]:
        if row["quantity"] == "value_at_odds":
            row["mean"] = mean
            row["quantiles"] |= {"p5": low, "p25": mean, "p50": mean, "p75": mean, "p95": high}
    return data


@pytest.mark.parametrize(
    ("low", "mean", "high", "word"),
    [
        (1e6, 5e6, 9e6, "Yes"),
        (-9e6, -5e6, -1e6, "No"),
        (-1e6, 5e6, 9e6, "Only if"),
        (-9e6, -1e6, 2e6, "Only if"),
    ],
)
def test_the_word_is_that_of_the_interval(
    with_outlook: dict[str, Any], low: float, mean: float, high: float, word: str
) -> None:
    results = tree(with_worth(with_outlook, low, mean, high))
    verdicts = verdict.verdicts(results)
    assert [v.word for v in verdicts] == [word, word]
    assert all(v.sentence.startswith(word) for v in verdicts)


def test_only_if_names_what_moves_it_across(with_outlook: dict[str, Any]) -> None:
    """Of 15, 35 and 60 the mean is 36.7, the deviation 9.2; at a slope of −2 million a deviation a
    mean of 1 million is zero half a deviation higher, at 41."""
    data = with_worth(with_outlook, -1e6, 1e6, 4e6)
    for row in data["outlook"]["draws"]["contributions"]:
        top = row["input"]["name"] == "known-brand"
        row["slope"] = -2e6 if top else 1e5
    first = verdict.verdicts(tree(data))[0]
    assert "is below 41" in first.sentence
    assert first.sentence.endswith("On average Muesli gains.")
    data = with_worth(data, -4e6, -1e6, 1e6)
    sentence = verdict.verdicts(tree(data))[0].sentence
    assert "is below 32" in sentence
    assert sentence.endswith("On average Muesli loses.")


def test_what_no_single_input_decides_is_said_so(with_outlook: dict[str, Any]) -> None:
    data = with_worth(with_outlook, -1e6, 5e6, 9e6)
    for row in data["outlook"]["draws"]["contributions"]:
        row["slope"] = 1.0
    assert "few things go wrong at once" in verdict.verdicts(tree(data))[0].sentence
    data = with_worth(data, -9e6, -5e6, 1e6)
    assert "several things turn out well" in verdict.verdicts(tree(data))[0].sentence


def test_the_first_screen_has_few_words(with_outlook: dict[str, Any]) -> None:
    section = verdict.section(tree(with_outlook))
    assert section is not None
    cards = next(block for block in section.blocks if isinstance(block, NumberCards)).cards
    prose = [card.words for card in cards] + section.sentences
    words = [w for text in prose for w in re.sub("<.*?>", " ", text).split() if w[0].isalpha()]
    assert len(words) <= 120
    assert [len(card.numbers) for card in cards] == [6, 6]


def test_no_central_value_where_draws_are_too_far_apart(with_outlook: dict[str, Any]) -> None:
    section = verdict.section(tree(with_worth(with_outlook, -1e6, 5e6, 9e6)))
    assert section is not None
    cards = next(block for block in section.blocks if isinstance(block, NumberCards)).cards
    label, middle, ends = cards[0].numbers[2]
    assert (label, middle) == ("worth to Muesli, 8 weeks, at the odds", "")
    assert ends == "−$1M to $9M"
    label, middle, ends = cards[0].numbers[3]
    assert label == "and to Grocer and Mart together"
    assert ends == "$20M to $60M"
    assert cards[0].numbers[5][:2] == ("odds that this pays Muesli, launched or not", "40%")


@pytest.mark.parametrize(
    ("end", "digits"),
    [(1.6e6, 2), (2.96, 1), (1.04, 1), (163_000.0, 2), (-207e6, 2), (0.37, 1), (7e6, 1), (0.0, 1)],
)
def test_an_end_of_a_wide_range_is_moved_by_no_more_than_a_sixth(end: float, digits: int) -> None:
    assert digits_of_end(end) == digits
    assert abs(significant(end, digits) - end) <= abs(end) / 6


def test_the_terminal_begins_with_it(with_outlook: dict[str, Any]) -> None:
    out = io.StringIO()
    print_results(tree(with_outlook), Console(file=out, width=80, color_system=None))
    first = out.getvalue().splitlines()[:25]
    assert first[0] == "Whose oats?"
    assert any(line.startswith("Muesli — Only if") for line in first)
    assert any("odds that at least one launches" in line for line in first)
    # All of it within a screen of 25 lines.
    assert any("where half should." in line for line in first)


def test_without_draws_the_answer_is_in_words(with_outlook: dict[str, Any]) -> None:
    with_outlook["outlook"]["draws"] = None
    with_outlook["outlook"]["world"] = None
    results = tree(with_outlook)
    assert verdict.section(results) is None
    assert verdict.verdicts(results) == []


@pytest.mark.parametrize(
    ("mean", "error", "digits"),
    [(1234.0, 50.0, 2), (1234.0, 150.0, 1), (-1234.0, 150.0, 1), (0.0, 3.0, 2), (8.0, 0.0, 2)],
)
def test_no_digit_that_other_draws_would_change(mean: float, error: float, digits: int) -> None:
    assert digits_drawn(mean, error) == digits


def test_a_mean_is_said_to_what_the_draws_leave_standing(with_outlook: dict[str, Any]) -> None:
    """Units of 27 thousand: give or take 2 thousand, the second digit is nobody's."""
    for row in with_outlook["outlook"]["draws"]["by_period"]:
        if (row["manufacturer"], row["quantity"], row["period"]) == ("Muesli", "units", 0):
            row |= {"mean": 27_000.0, "mean_error": 2000.0}
    section = verdict.section(tree(with_outlook))
    assert section is not None
    cards = next(block for block in section.blocks if isinstance(block, NumberCards)).cards
    assert cards[0].numbers[0][1] == "30k"
