"""What a run found, for the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.answer import answer
from inroads.report.deals import part, talks
from inroads.report.outlook import entries
from inroads.report.reading import Data, list_prices
from inroads.report.rows import ALL, headline_rows
from inroads.report.tables_deals import in_the_answer
from inroads.report.terminal_time import time_table
from inroads.report.words import apiece, money, short


def headline_table(data: Data) -> Table:
    """Scenarios of entry and those written out: units, share, multiple, consumer surplus.

    Ranges: the quality of devices without sales here one standard error lower and higher. Fits 100
    columns.
    """
    units, per = data["study"].get("unit", "units"), data["study"].get("per", "quarter")
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold",
        caption=f"{list_prices(data).lower()}{units} and dollars a {per}; in brackets, the quality "
        "of devices without sales here one standard error lower and higher; multiple of the sales "
        "without partners; k thousand, M million, B billion",
        caption_justify="left",
    )  # fmt: skip
    table.add_column("Scenario" + (", at list prices" if list_prices(data) else ""), min_width=20)
    table.add_column("Who", no_wrap=True, max_width=12)
    table.add_column(units.capitalize(), justify="right", no_wrap=True)
    table.add_column("Share", justify="right", no_wrap=True)
    table.add_column("Multiple", justify="right", no_wrap=True)
    table.add_column("Consumers", justify="right", no_wrap=True)
    rows = headline_rows(data)
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        sold = short(row.units, 3 if row.who == ALL else 2)
        if row.low is not None and row.high is not None:
            sold += f" ({short(row.low)}–{short(row.high)})"
        gain = row.surplus_words.replace(" billion", "B").replace(" million", "M")
        table.add_row(
            *(Text(c) for c in (row.scenario, row.who, sold, row.share, row.multiple, gain)),
            style="bold" if row.headline else "",
            end_section=following is not None and following.group != row.group,
        )
    return table


def talks_table(data: Data) -> Table:
    """Every negotiation: units, joint surplus, gains, wholesale price and range, launch odds."""
    per = data["study"].get("per", "quarter")
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold",
        caption=f"one negotiation a row, carriers setting prices; dollars a {per}, wholesale and "
        "retail prices apiece; in brackets, the wholesale prices at which both gain; launch: its "
        "probability, given how far talks have come (brackets: if they began)",
        caption_justify="left",
    )  # fmt: skip
    table.add_column("Talks")
    for name in ("Units", "Joint", "Maker", "Carrier", "Wholesale", "Retail", "Launch"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = talks(data)
    bold = in_the_answer(data)
    for k, row in enumerate(rows):
        chance = f"{100 * row['ahead']['probability']:.0f}%"
        cells = (
            f"{row['maker']}, {row['carrier']}",
            short(row["units"]),
            money(row["joint"]),
            money(row["maker_gain"]),
            money(row["carrier_gain"]),
            f"{apiece(row['wholesale'])} ({apiece(row['lowest'])}–{apiece(row['highest'])})",
            apiece(row["price"]),
            f"({chance})" if row["ahead"]["state"] == "none" else chance,
        )
        last = k + 1 == len(rows) or rows[k + 1]["maker"] != row["maker"]
        table.add_row(*map(Text, cells), style="bold" if k in bold else "", end_section=last)
    return table


def print_results(data: Data, console: Console) -> None:
    """Title, answer, tables, and how sound the run is."""
    study, fitted = data["study"], data["calibration"]
    console.print(Text(study["title"], style="bold"))
    console.print()
    paragraphs = answer(data)
    for text in paragraphs if part(data, "talks") else [" ".join(paragraphs)]:
        console.print(Text(text))
        console.print()
    if part(data, "talks"):
        console.print(talks_table(data))
        console.print()
    if entries(data):
        console.print(time_table(data))
        console.print()
    if data.get("scenarios"):
        console.print(headline_table(data))
        console.print()
    reproduced = data["baseline"].get("reproduced_to")
    status = [
        f"calibration {fitted['status']}, distance {fitted['distance']:.2f} "
        f"(half the sum of squared misses of {len(fitted['targets'])} targets, in standard errors)",
        "" if reproduced is None else f"market of the data reproduced to {reproduced:.0e}",
        f"as known on {study['as_of']}",
    ]
    console.print(Text("; ".join(s for s in status if s), style="dim"))
