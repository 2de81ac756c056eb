"""Numbers in words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inroads.report import format as words


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (731_103, "730,000"), (2_898_610, "2.9 million"), (999_700, "1.0 million"),
        (6_287, "6,300"), (0, "0"), (1.25e9, "1.2 billion"), (-13_900_000, "−14 million"),
        (7.26, "7.3"),
    ],
)  # fmt: skip
def test_counts(x: float, said: str) -> None:
    assert words.count_words(x) == said


@pytest.mark.parametrize(
    ("x", "said"),
    [(731_103, "730k"), (85_789, "86k"), (6_287, "6.3k"), (2_898_610, "2.9M"), (940, "940")],
)
def test_counts_in_few_characters(x: float, said: str) -> None:
    assert words.short(x) == said


def test_other_numbers() -> None:
    assert words.percent(0.018477) == "1.8 percent"
    assert words.times(8.522) == "8.5 times"
    assert words.dollars(-13_900_000) == "−$14 million"
    assert words.dollars(0.0401) == "$0.04"
    assert words.dollars(378.78) == "$379"
    assert words.between(506_192, 1_131_967) == "510,000 to 1.1 million"
    assert words.with_unit(549.99, "USD") == "$549.99"
    assert words.with_unit(13_000.0, "USD per year") == "$13,000 per year"
    assert words.with_unit(-3.0, "none") == "−3"
    assert words.list_words(["a", "b", "c"]) == "a, b and c"


def test_a_range_is_wide_above_a_factor_of_four() -> None:
    assert words.is_order_of_magnitude(1.0, 4.1)
    assert not words.is_order_of_magnitude(1.0, 4.0)
    assert not words.is_order_of_magnitude(None, 4.0)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6))
def test_rounded_parts_add_up_to_the_rounded_sum(values: list[float]) -> None:
    rounded = words.rounded_to_sum(values)
    largest = max(abs(v) for v in [*values, sum(values)])
    if largest == 0:
        assert rounded == values
        return
    step = 10.0 ** (math.floor(math.log10(largest)) - 2)
    assert abs(sum(rounded) - sum(values)) <= 0.5001 * step
    assert all(abs(r - v) <= 1.0001 * step for r, v in zip(rounded, values, strict=True))


def test_a_range_may_be_too_wide_for_a_number() -> None:
    assert words.is_too_wide(1.0, 10.5)
    assert not words.is_too_wide(1.0, 10.0)
    assert words.is_too_wide(-1.0, 2.0)
    assert words.is_too_wide(-30.0, -2.0)
    assert not words.is_too_wide(-30.0, -20.0)
    assert not words.is_too_wide(None, 3.0)
    assert not words.is_too_wide(0.0, 0.0)


def test_another_currency() -> None:
    with words.in_currency("€"):
        assert words.dollars(-13_900_000) == "−€14 million"
        assert words.unit_price(26_014.7) == "€26,000"
        assert words.signed_money(540_000.0) == "+€540k"
    assert words.dollars(378.78) == "$379"
    assert words.with_unit(44_890.0, "EUR") == "€44,890"
    assert words.with_unit(316.0, "EUR a year") == "€316 a year"
