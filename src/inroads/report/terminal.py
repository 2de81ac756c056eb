"""What a run found, for the terminal: what each section has for it."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.sections import sections
from inroads.report.table import BriefTable
from inroads.results.tree import Results


def print_results(results: Results, console: Console) -> None:
    """Title, answer, tables, and how sound the run is."""
    console.print(Text(results.study.title, style="bold"))
    console.print()
    items = [(s.name, item) for s in sections(results) for item in s.brief]
    for k, (name, item) in enumerate(items):
        if isinstance(item, BriefTable):
            console.print(terminal_table(item))
        else:
            console.print(Text(item, style="" if name == "answer" else "dim"))
        if k + 1 < len(items):
            console.print()


def terminal_table(brief: BriefTable) -> Table:
    """A short table as the terminal prints it."""
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold",
        caption=brief.caption or None, caption_justify="left",
    )  # fmt: skip
    for column in brief.columns:
        table.add_column(
            column.head,
            justify="right" if column.is_number else "left",
            no_wrap=not column.wraps,
            min_width=column.min_width,
            max_width=column.max_width,
        )
    for k, row in enumerate(brief.rows):
        style = "bold" if k in brief.bold else ""
        table.add_row(*map(Text, row), style=style, end_section=k in brief.ends)
    return table
