"""What deals are worth over time, for the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from inroads.report.outlook import draws, entries, figure, outlook
from inroads.report.reading import Data
from inroads.report.words import money, percent


def time_table(data: Data) -> Table:
    """Each entrant: worth if launched and at the odds, with intervals, and whether it pays."""
    found, count = outlook(data), draws(data)
    caption = (
        f"present value of {found['quarters']} quarters at {percent(found['rate'])} a year, less "
        "launch costs; paid: quarters until they are paid back"
    )
    if count:
        caption += (
            f"; in brackets nine of ten draws ({count:,} in all); at the odds: of talks and of "
            "politics, mean of draws; pays: the part of the draws in which it does"
        )
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold",
        caption=caption, caption_justify="left",
    )  # fmt: skip
    table.add_column("Deals of", no_wrap=True, max_width=12)
    heads = ["Worth if launched", "Paid", *(("At the odds", "Pays") if count else ())]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for e in entries(data):
        value, worth = (figure(data, e["maker"], what) for what in ("value", "worth"))
        pays = figure(data, e["maker"], "pays in all")
        back = "never" if e["break_even"] is None else str(e["break_even"])
        cells = [e["maker"], money(e["net"]) + _interval(value), back]
        if worth and pays:
            cells.append(money(worth["mean"]) + _interval(worth))
            cells.append(f"{100 * pays['mean']:.0f}%")
        table.add_row(*map(Text, cells))
    return table


def _interval(row: Data | None) -> str:
    return "" if row is None else f" ({money(row['q5'])} to {money(row['q95'])})"
