"""Whether a run could be had again: for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from inroads.results.tree import Results

#: relative, and in whatever unit a number has: what machines may differ by
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9
_SHOWN = 10
#: what says how, and with what, a run was made, and how well solvers met their tolerances
_BESIDE = {
    *("lock", "inroads_version", "residual", "evaluations", "reproduced_to", "certificate"),
    "plans",  # no run makes them
}


@dataclass(frozen=True)
class Difference:
    """A place of the tree, what each says there, and how far apart numbers are, relatively
    (infinite where they are not two numbers)."""

    place: str
    one: object
    other: object
    apart: float


def differences(one: Results, other: Results) -> list[Difference]:
    """Every place where the two differ but for how they were made, the largest first."""
    a, b = (results.model_dump(mode="json", exclude=_BESIDE) for results in (one, other))
    return sorted(_apart(a, b, ""), key=lambda difference: -difference.apart)


def _apart(a: Any, b: Any, place: str) -> Iterator[Difference]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            if key not in _BESIDE:
                yield from _apart(a.get(key), b.get(key), f"{place}/{key}".lstrip("/"))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _apart(x, y, f"{place}/{k}")
    elif a != b:
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b))
        apart = abs(a - b) / max(abs(a), abs(b)) if numbers else float("inf")
        yield Difference(place, a, b, apart)


def print_inputs(changed: Sequence[str], programs: Sequence[str], console: Console) -> None:
    """What of the inputs, and of the programs, is not as it was."""
    if changed:
        console.print("The inputs are not those of the run:")
        for line in changed:
            console.print(Text(f"  {line}"), soft_wrap=True)
    else:
        console.print("Inputs: the same.")
    console.print("Programs: not those of the run:" if programs else "Programs: the same.")
    for line in programs:
        console.print(Text(f"  {line}"), soft_wrap=True)


def print_numbers(one: Results, other: Results, console: Console) -> bool:
    """Whether all numbers are the same, to six digits; those that are not, the largest first."""
    every = differences(one, other)
    if not every:
        console.print("Numbers: the same, to the last digit.")
        return True
    apart = [
        d
        for d in every
        if not (
            d.apart <= _RELATIVE
            or (
                isinstance(d.one, int | float)
                and isinstance(d.other, int | float)
                and abs(d.one - d.other) <= _ABSOLUTE
            )
        )
    ]
    if not apart:
        most = max((d.apart for d in every if d.apart <= _RELATIVE), default=_ABSOLUTE)
        console.print(f"Numbers: the same but for rounding ({most:.1g} of a number at most).")
        return True
    console.print(f"Numbers: {len(apart)} are not the same.")
    for d in apart[:_SHOWN]:
        console.print(Text(f"  {d.place}: {d.one} then, {d.other} now"), soft_wrap=True)
    if len(apart) > _SHOWN:
        console.print(f"  and {len(apart) - _SHOWN} more")
    return False
