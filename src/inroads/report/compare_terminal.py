"""A comparison, for the terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.compare_lines import Comparison, Line
from inroads.report.words import about, dollars, gained, number, percent

SAID: dict[str, Callable[[float], str]] = {
    "number": number,
    "units": lambda x: about(x, 3),
    "money": lambda x: dollars(x, 3),
    "dollars": dollars,
    "share": lambda x: percent(x, 3),
    "count": lambda x: f"{x:,.0f}",
}


def print_comparison(found: Comparison, console: Console) -> None:
    """What is compared, then a table under each heading."""
    console.print(Text(f"A: {found.a}"))
    console.print(Text(f"B: {found.b}"))
    for heading, lines in found.sections:
        if lines:
            console.print()
            console.print(_table(heading, list(lines)))
    for note in found.notes:
        console.print()
        console.print(Text(note))


def _table(heading: str, lines: list[Line]) -> Table:
    words = all(line.how == "text" for line in lines)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column(Text(heading))
    for name in ("A", "B"):
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    if not words:
        table.add_column("Change", justify="right", no_wrap=True)
    for line in lines:
        cells = [line.name, _said(line, line.a), _said(line, line.b)]
        table.add_row(*map(Text, cells if words else [*cells, change(line)]))
    return table


def change(line: Line) -> str:
    """B over A in percent where both are positive and no counts or shares, else the difference;
    nothing where same."""
    a, b = line.a, line.b
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None or not line.differs:
        return ""
    if line.how == "count":
        return f"{b - a:+,.0f}".replace("-", "−")
    if a > 0 and b > 0 and line.how != "share":
        return f"{'+' if b > a else ''}{number(100 * (b / a - 1), 2)}%"
    if line.how == "share":
        return f"{'+' if b > a else ''}{number(100 * (b - a), 2)} points"
    if line.how in ("money", "dollars"):
        return gained(b - a)
    return f"{'+' if b > a else ''}{number(b - a, 2)}"


def _said(line: Line, value: float | str | None) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else SAID.get(line.how, number)(value)
