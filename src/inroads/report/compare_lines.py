"""What a comparison is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One number or word of both; a number that only one has is None in the other.

    how: how a number is to be said, a key of `compare_terminal.SAID`.
    """

    name: str
    a: float | str | None
    b: float | str | None
    how: str = "number"

    @property
    def differs(self) -> bool:
        """Whether the two are not the same, to what floating point keeps."""
        if isinstance(self.a, int | float) and isinstance(self.b, int | float):
            return abs(self.a - self.b) > 1e-9 * max(abs(self.a), abs(self.b))
        return self.a != self.b


@dataclass(frozen=True)
class Comparison:
    """What is compared, lines by heading (one without lines is left out), and notes."""

    a: str
    b: str
    sections: Sequence[tuple[str, Sequence[Line]]]
    notes: Sequence[str] = ()


def different(lines: Sequence[Line]) -> list[Line]:
    """The lines in which the two differ."""
    return [line for line in lines if line.differs]
