"""Who talks to whom, how far they are, what is known of it: for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.format import capitalised
from inroads.results.negotiations import NegotiationState, Talks
from inroads.results.words import Words


def print_talks(talks: Sequence[Talks], as_of: date, words: Words, console: Console) -> None:
    """A row a pair, then what is known of them with its sources."""
    console.print(Text(f"Talks as known on {as_of}", style="bold"))
    console.print()
    console.print(_table(talks, words))
    console.print()
    # One report may be of several pairs.
    reports: dict[tuple[str, ...], list[str]] = {}
    for row in sorted((event for pair in talks for event in pair.history), key=lambda e: e.date):
        source = " ".join(filter(None, (row.source, row.url)))
        report = (row.date, row.state.value, row.event, source, row.published)
        reports.setdefault(report, []).append(f"{row.manufacturer}, {row.channel}")
    if not reports:
        console.print("Nothing is known of any.")
    for (day, state, event, source, published), pairs in reports.items():
        console.print(Text(f"{day}  {'; '.join(pairs)}: {state}. {event}"), soft_wrap=True)
        console.print(Text(f"    {source} (published {published})", "dim"), soft_wrap=True)


def _table(talks: Sequence[Talks], words: Words) -> Table:
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold",
        caption="launch: the odds that neither politics nor the talks themselves end it before, "
        "what is assumed lying anywhere within its range (brackets: if they began)",
        caption_justify="left",
    )  # fmt: skip
    for head in (capitalised(words.manufacturer), capitalised(words.channel), "State"):
        table.add_column(head)
    table.add_column("Launch", justify="right")
    table.add_column("History")
    for pair in talks:
        history = ", ".join(f"{event.state.value} {event.date}" for event in pair.history)
        state = "none known" if pair.state == NegotiationState.NONE else pair.state.value
        cells = (pair.manufacturer, pair.channel, state, _odds(pair), history or "—")
        table.add_row(*map(Text, cells))
    return table


def _odds(pair: Talks) -> str:
    if pair.launch_probability is None:
        return "—"
    odds = f"{100 * pair.launch_probability:.0f}%"
    return f"({odds})" if pair.state == NegotiationState.NONE else odds
