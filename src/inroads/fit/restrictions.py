"""Linear restrictions R b = r, read from text, from a mapping or as arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import InputError

_NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")


def restrictions(
    hypothesis: str | Mapping[str, float] | tuple[ArrayLike, ArrayLike], names: Sequence[str]
) -> tuple[Array, Array, str]:
    """R (q, K), r (q,) and the hypothesis in words; raises InputError where it cannot be read."""
    if isinstance(hypothesis, str):
        rows = [_equation(part, names) for part in _split(hypothesis)]
        R, r, text = np.array([a for a, _ in rows]), np.array([-b for _, b in rows]), hypothesis
    elif isinstance(hypothesis, Mapping):
        unknown = [n for n in hypothesis if n not in names]
        if unknown or not hypothesis:
            raise _unknown(str(unknown[0]) if unknown else "nothing", names)
        R = np.array([[float(n == name) for name in names] for n in hypothesis])
        r = np.array(list(hypothesis.values()), dtype=float)
        text = ", ".join(f"{n} = {v:g}" for n, v in hypothesis.items())
    else:
        R, r = (np.atleast_1d(np.asarray(x, dtype=float)) for x in hypothesis)
        R, text = np.atleast_2d(R), "R b = r"
    if R.shape != (len(r), len(names)) or not len(r) or not np.isfinite(R).all():
        raise InputError.single(
            expected=f"restrictions (q, {len(names)}) with q numbers",
            found=f"{R.shape} and {r.shape}",
            where="hypothesis",
            remedy="give a row for each restriction.",
        )
    return R, r, text


def _split(text: str) -> list[str]:
    """Parts between commas outside brackets."""
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _equation(text: str, names: Sequence[str]) -> tuple[Array, float]:
    """Coefficients (K,) and constant of left minus right, which is to be zero."""
    sides = text.split("=")
    if len(sides) != 2:
        raise _unreadable(text, "one '=' in each restriction")
    left, right = (_sum(side, text, names) for side in sides)
    return left[0] - right[0], left[1] - right[1]


def _sum(side: str, text: str, names: Sequence[str]) -> tuple[Array, float]:
    """A sum of terms: number, name, number * name, number name; signs between them."""
    left, coefficients, constant, first = side.strip(), np.zeros(len(names)), 0.0, True
    while left or first:
        sign = re.match(r"[+-]", left)
        if not (sign or first):
            raise _unreadable(text, "+ or - between terms")
        value = -1.0 if sign and sign[0] == "-" else 1.0
        left = left[1:].lstrip() if sign else left
        name = _name(left, names)
        number = None if name else _NUMBER.match(left)
        if number:
            value *= float(number[0])
            left = left[number.end() :].lstrip()
            times = left.startswith("*")
            left = left[1:].lstrip() if times else left
            name = _name(left, names)
            if times and not name:
                raise _unknown(left or "nothing", names)
        if name:
            coefficients[list(names).index(name)] += value
            left = left[len(name) :].lstrip()
        elif number:
            constant += value
        else:
            raise _unknown(left or "nothing", names)
        first = False
    return coefficients, constant


def _name(text: str, names: Sequence[str]) -> str | None:
    """The longest parameter's name that the text begins with; a bare number is none."""
    found = [n for n in names if text.startswith(n) and not _NUMBER.fullmatch(n)]
    return max(found, key=len, default=None)


def _unreadable(text: str, expected: str) -> InputError:
    return InputError.single(
        expected=expected,
        found=text.strip() or "nothing",
        where="hypothesis",
        remedy="write 'sigma[prices] = 0, pi[prices, income] = 2 * pi[prices, age]', say.",
    )


def _unknown(found: str, names: Sequence[str]) -> InputError:
    return InputError.single(
        expected=f"a number or a parameter ({', '.join(names)})",
        found=found,
        where="hypothesis",
        remedy="correct the name.",
    )
