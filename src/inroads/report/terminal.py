"""What a run found, for the terminal: what each section has for it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.format import count_words, in_currency
from inroads.report.phrases import partners_words
from inroads.report.sections import sections
from inroads.report.table import BriefTable
from inroads.results.market import Scenario, ScenarioGroup
from inroads.results.tree import Results
from inroads.results.words import Words


def print_results(results: Results, console: Console) -> None:
    """Title, answer, tables, and how sound the run is."""
    console.print(Text(results.study.title, style="bold"))
    console.print()
    with in_currency(results.words.currency_sign):
        items = [(s.name, item) for s in sections(results) for item in s.brief]
    for k, (name, item) in enumerate(items):
        if isinstance(item, BriefTable):
            console.print(terminal_table(item))
        else:
            console.print(Text(item, style="" if name in ("verdict", "answer") else "dim"))
        if k + 1 < len(items):
            console.print()


def first_answer(
    words: Words, per: str, partners: tuple[str, ...], scenarios: Sequence[Scenario]
) -> str:
    """Entrants' sales at list prices with partners and without; nothing without entrants."""
    alone: dict[str, float] = {}
    clauses = []
    for scenario in scenarios:
        if scenario.group != ScenarioGroup.ENTRY or len(scenario.entrants) != 1:
            continue
        ((entrant, sales),) = scenario.entrants.items()
        if not scenario.partners:
            alone[entrant] = sales.units
        elif scenario.partners == partners:
            low, high = sales.units_low, sales.units_high
            clause = f"{entrant} {count_words(sales.units, 1)}"
            if low is not None and high is not None:
                clause += f" ({count_words(low, 1)} to {count_words(high, 1)})"
            without = alone.get(entrant)
            clauses.append(clause + (f", {count_words(without, 1)} without" if without else ""))
    if not clauses:
        return ""
    return (
        f"First, at list prices: {words.units} a {per} with {partners_words(partners)}: "
        f"{'; '.join(clauses)}. Terms, time and drawn futures follow."
    )


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
