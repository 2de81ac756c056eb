"""Numbers in words: rounded to what is known, with their units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

#: a range whose high is more than this many times its low is an order of magnitude, no forecast
ORDER_OF_MAGNITUDE = 4.0
#: one of more than this many times says so little that no number within it is named
NO_CENTRAL_VALUE = 10.0
#: signs of currencies that units name
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF "}
_currency: ContextVar[str] = ContextVar("currency", default="$")
_SCALES = ((1e9, " billion"), (1e6, " million"), (1.0, ""))


@contextmanager
def in_currency(sign: str) -> Iterator[None]:
    """What is written inside has this sign before sums of money."""
    token = _currency.set(sign)
    try:
        yield
    finally:
        _currency.reset(token)


def currency_sign() -> str:
    """The sign before sums of money on what is being written; "$" unless `in_currency` says."""
    return _currency.get()


def significant(x: float, digits: int = 2) -> float:
    """x rounded to so many significant digits."""
    if x == 0 or not math.isfinite(x):
        return x
    return round(x, digits - 1 - math.floor(math.log10(abs(x))))


def digits_drawn(mean: float, error: float) -> int:
    """How many digits of a mean, one or two, its Monte Carlo error leaves standing."""
    if mean == 0 or error <= 0:
        return 2
    second = 10.0 ** (math.floor(math.log10(abs(mean))) - 1)
    return 2 if error <= second else 1


def digits_of_end(x: float) -> int:
    """How many digits of an end of a wide range are said: one, and two where the first is 1 or 2
    (16 is not 20), so that rounding moves it by no more than a sixth."""
    if x == 0 or not math.isfinite(x):
        return 1
    two = significant(x)
    begins_low = abs(two) < 3 * 10.0 ** math.floor(math.log10(abs(two)))
    return 2 if begins_low and two != significant(x, 1) else 1


def count_words(x: float, digits: int = 2) -> str:
    """A count: 731103 is "730,000", 2898610 "2.9 million"."""
    rounded = significant(x, digits)
    scale, name = next(((s, n) for s, n in _SCALES if abs(rounded) >= s), (1.0, ""))
    return _sign(rounded) + _digits(abs(rounded) / scale, digits) + name


def short(x: float, digits: int = 2) -> str:
    """A count in few characters: 731103 is "730k", 2898610 "2.9M"."""
    rounded = significant(x, digits)
    scales = ((1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, ""))
    scale, name = next(((s, n) for s, n in scales if abs(rounded) >= s), (1.0, ""))
    return _sign(rounded) + _digits(abs(rounded) / scale, digits) + name


def number(x: float, digits: int = 3) -> str:
    """A number of no particular unit, with a true minus sign."""
    rounded = significant(x, digits)
    return _sign(rounded) + _digits(abs(rounded), digits)


def above_and_below(steps: float) -> tuple[str, str]:
    """What is at least so many standard errors from what is expected, and what is at most."""
    if abs(steps) < 0.005:
        return "is at least what is expected", "is at most what is expected"
    size = f"{number(abs(steps), 2)} standard errors"
    above = f"is {size} above" if steps > 0 else f"is no more than {size} below"
    below = f"is {size} below" if steps < 0 else f"is no more than {size} above"
    return f"{above} what is expected", f"{below} what is expected"


def percent(fraction: float, digits: int = 2) -> str:
    """0.0185 is "1.9 percent"."""
    return f"{number(100 * fraction, digits)} percent"


def in_percent(fraction: float, digits: int = 2) -> str:
    """The same in a cell: "1.9%"."""
    return f"{number(100 * fraction, digits)}%"


def percent_ends(low: float, high: float) -> str:
    """A range of fractions: "3.1 to 7.5 percent"."""
    return f"{number(100 * low, 2)} to {percent(high)}"


def times(x: float, digits: int = 2) -> str:
    """8.52 is "8.5 times"."""
    return f"{number(x, digits)} times"


def dollars(x: float, digits: int = 2) -> str:
    """138400000 is "$140 million"; cents are kept below 100 dollars."""
    if abs(x) >= 1000:
        return _sign(x) + currency_sign() + count_words(abs(x), digits)
    return f"{_sign(x)}{currency_sign()}{abs(x):,.{0 if abs(x) >= 100 else 2}f}"


def unit_price(x: float) -> str:
    """The price of one: 609.1 is "$610", to two digits; 2.689 is "$2.69", with cents below $20."""
    if abs(x) < 20:
        return f"{_sign(round(x, 2))}{currency_sign()}{abs(x):,.2f}"
    return f"{_sign(x)}{currency_sign()}{abs(significant(x)):,.0f}"


def exact_price(x: float) -> str:
    """The price of one to a whole unit: 26014.7 is "$26,015"."""
    return f"{_sign(x)}{currency_sign()}{abs(x):,.0f}"


def price_change(x: float) -> str:
    """A change of the price of one: "+$3", with cents where it is less than a dollar."""
    return f"{_sign(x) or '+'}{currency_sign()}{abs(x):,.{2 if abs(x) < 1 else 0}f}"


def money(x: float, digits: int = 2) -> str:
    """Money in few characters, with a sign where one is lost: "$230M", "−$14M"."""
    text = short(abs(x), digits)
    return f"{_sign(x) if significant(x, digits) else ''}{currency_sign()}{text}"


def signed_money(x: float, digits: int = 2) -> str:
    """The same for a change: "+$230M"."""
    return ("+" if x > 0 else "") + money(x, digits)


def between(low: float, high: float, digits: int = 2) -> str:
    """A range: "510,000 to 1.1 million"; with one digit, "160,000 to 2 million"."""
    return " to ".join(
        count_words(x, digits if digits > 1 else digits_of_end(x)) for x in (low, high)
    )


def is_order_of_magnitude(low: float | None, high: float | None) -> bool:
    """Whether a range says no more than an order of magnitude."""
    return low is not None and high is not None and high > ORDER_OF_MAGNITUDE * low


def is_too_wide(low: float | None, high: float | None) -> bool:
    """Whether a range is so wide, or its sign so open, that no number within it is named."""
    if low is None or high is None or low >= high:
        return False
    if low <= 0 <= high:
        return True
    near, far = sorted((abs(low), abs(high)))
    return far > NO_CENTRAL_VALUE * near


def with_unit(value: float, unit: str) -> str:
    """A value as its table states it: "15 percent", "$549.99", "39.5 million units", "-3"."""
    code, _, rest = unit.partition(" ")
    if sign := _SIGNS.get(code.upper()):
        text = f"{_sign(value)}{sign}{abs(value):,.2f}".removesuffix(".00")
        return text if not rest else f"{_sign(value)}{sign}{abs(value):,.0f} {rest}"
    text = _sign(value) + (f"{abs(value):,.10g}")
    return text if unit in ("", "none") else f"{text} {unit}"


def capitalised(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def list_words(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def rounded_to_sum(values: Sequence[float], digits: int = 3) -> list[float]:
    """Values rounded to one step, that of so many digits of their sum, and still adding up to it.

    The largest remainders are rounded up, so that a printed table sums to its printed total.
    """
    largest = max((abs(v) for v in [*values, sum(values)]), default=0.0)
    # Next to nothing has no step that a float can hold.
    step = 10.0 ** (math.floor(math.log10(largest)) - digits + 1) if largest else 0.0
    if not step:
        return list(values)
    floors = [math.floor(v / step) for v in values]
    missing = round(sum(values) / step) - sum(floors)
    order = sorted(range(len(values)), key=lambda k: floors[k] - values[k] / step)
    for k in order[:missing]:
        floors[k] += 1
    return [f * step for f in floors]


def _digits(x: float, digits: int) -> str:
    if x == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(x)))
    return f"{x:,.{decimals}f}"


def _sign(x: float) -> str:
    return "−" if x < 0 else ""
