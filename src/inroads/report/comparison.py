"""A comparison: lines by heading, and how the terminal prints them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.format import count_words, dollars, in_currency, number, percent, signed_money

#: how a number is written
FORMATS: dict[str, Callable[[float], str]] = {
    "number": number,
    "units": lambda x: count_words(x, 3),
    "money": lambda x: dollars(x, 3),
    "dollars": dollars,
    "share": lambda x: percent(x, 3),
    "count": lambda x: f"{x:,.0f}",
}


@dataclass(frozen=True)
class Line:
    """One number or word of both; a number that only one has is None in the other.

    format: how a number is written, a key of `FORMATS`, or "text".
    """

    name: str
    a: float | str | None
    b: float | str | None
    format: str = "number"

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
    currency_sign: str = "$"


def different(lines: Sequence[Line]) -> list[Line]:
    """The lines in which the two differ."""
    return [line for line in lines if line.differs]


def change(line: Line) -> str:
    """B over A in percent where both are positive and no counts or shares, else the difference;
    nothing where same."""
    a, b = line.a, line.b
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None or not line.differs:
        return ""
    if line.format == "count":
        return f"{b - a:+,.0f}".replace("-", "−")
    if a > 0 and b > 0 and line.format != "share":
        return f"{'+' if b > a else ''}{number(100 * (b / a - 1), 2)}%"
    if line.format == "share":
        return f"{'+' if b > a else ''}{number(100 * (b - a), 2)} points"
    if line.format in ("money", "dollars"):
        return signed_money(b - a)
    return f"{'+' if b > a else ''}{number(b - a, 2)}"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """What is compared, then a table under each heading."""
    console.print(Text(f"A: {comparison.a}"))
    console.print(Text(f"B: {comparison.b}"))
    with in_currency(comparison.currency_sign):
        for heading, lines in comparison.sections:
            if lines:
                console.print()
                console.print(_table(heading, list(lines)))
    for note in comparison.notes:
        console.print()
        console.print(Text(note))


def _table(heading: str, lines: list[Line]) -> Table:
    words = all(line.format == "text" for line in lines)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column(Text(heading))
    for name in ("A", "B"):
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    if not words:
        table.add_column("Change", justify="right", no_wrap=True)
    for line in lines:
        cells = [line.name, _cell(line, line.a), _cell(line, line.b)]
        table.add_row(*map(Text, cells if words else [*cells, change(line)]))
    return table


def _cell(line: Line, value: float | str | None) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else FORMATS.get(line.format, number)(value)
