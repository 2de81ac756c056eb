"""What moves change, for the terminal: who sells how many, who earns what, on which terms."""

from __future__ import annotations

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.format import (
    capitalised,
    count_words,
    in_currency,
    list_words,
    money,
    signed_money,
    unit_price,
)
from inroads.results.market import Change, WhatIf
from inroads.results.words import Words


def print_what_if(outcome: WhatIf, words: Words, per: str, console: Console) -> None:
    """The moves, then tables: those whose numbers change most first."""
    with in_currency(words.currency_sign):
        _print(outcome, words, per, console)


def _print(outcome: WhatIf, words: Words, per: str, console: Console) -> None:
    for move in outcome.moves:
        console.print(Text(move))
    against = "the market of the data"
    if outcome.entrants:
        against = f"{list_words(outcome.entrants)} {words.direct} only"
    prices = "at list prices" if outcome.at_list_prices else f"{words.channels} setting prices"
    console.print(
        Text(f"Against {against}, {prices}; {words.units} and {words.currency} a {per}.", "dim")
    )
    console.print()
    table = _table(capitalised(words.manufacturer), "Before", "After", "Change", "Profit")
    for name in _most_changed(outcome.units):
        units, profit = outcome.units[name], outcome.profits.get(name)
        table.add_row(
            name,
            count_words(units.before),
            count_words(units.after),
            ("+" if units.by >= 0 else "−") + count_words(abs(units.by)),
            "—" if profit is None else signed_money(profit.by),
        )
    console.print(table)
    if sellers := [name for name in _most_changed(outcome.profits) if name not in outcome.units]:
        console.print()
        table = _table(capitalised(words.channel), "Profit")
        for name in sellers:
            table.add_row(name, signed_money(outcome.profits[name].by))
        console.print(table)
    if outcome.terms:
        console.print()
        sides = [f"{capitalised(side)} gains" for side in (words.manufacturer, words.channel)]
        table = _table("Deal", "Units", "Wholesale", "Retail", *sides)
        for deal in outcome.terms:
            table.add_row(
                f"{deal.manufacturer}, {deal.channel}",
                count_words(deal.units),
                unit_price(deal.wholesale_price),
                unit_price(deal.retail_price),
                money(deal.manufacturer_gain),
                money(deal.channel_gain),
            )
        console.print(table)
    console.print()
    console.print(f"Consumers: {signed_money(outcome.consumer_surplus_change)}.")


def _most_changed(changes: Mapping[str, Change]) -> list[str]:
    return sorted(changes, key=lambda name: -abs(changes[name].by))


def _table(first: str, *heads: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column(first)
    for head in heads:
        table.add_column(head, justify="right")
    return table
