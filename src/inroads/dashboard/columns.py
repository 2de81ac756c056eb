"""How tables are shown and taken away: heads, units and formats of their columns."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from inroads.report.format import (
    capitalised,
    exact_price,
    number,
    percent,
    signed_money,
    unit_price,
)
from inroads.results.words import Words

#: columns by what they hold; names of any other column are text or plain numbers
_COUNTS = ("units", "units_without", "units_change")
_SIGNED = ("units_change",)
_SHARES = ("share", "share_without", "share_before", "share_after")
_CHANGES = ("price_change", "parties_price_change", "largest_price_change")
_FRACTIONS = ("GUPPI", "CMCR")
_MONEY = (
    *("profit_change", "fixed_fee", "entrant_gain", "channel_gain", "joint_gain"),
    *("entrant_change", "channel_change", "value_if_launched", "expected_value"),
    "channel_expected_value",
)
_PRICES = (
    *("price", "wholesale", "retail_price", "lowest", "highest", "production_cost"),
    *("mean_price", "mean_price_without", "channel_margin", "manufacturer_margin"),
)
#: in the currency of a merger's table, which is not said
_AMOUNTS = ("price_before", "price_after", "wholesale_before", "wholesale_after", "UPP")
_ODDS = ("launch_probability", "break_even_hazard")
_HEADS = {
    "units_without": "Units without deals",
    "units_change": "Change of units",
    "share_without": "Share without deals",
    "mean_price_without": "Mean price without deals",
    "profit_change": "Change of profit",
    "lowest": "Lowest wholesale",
    "highest": "Highest wholesale",
    "wholesale": "Wholesale price",
    "entrant_change": "Deal adds to entrant",
    "channel_change": "Deal adds to channel",
    "made": "In the case",
    "product_ids": "product",
    "where": "Used in",
    "id": "Name",
    "launch_probability": "Odds of a launch",
    "expected_value": "Worth to entrant, at the odds",
    "channel_expected_value": "Worth to channel, at the odds",
    "value_if_launched": "Worth to entrant if launched",
    "break_even_hazard": "Break-even odds of politics",
    "state": "State of talks",
}


def unit_of(column: str, words: Words, per: str) -> str:
    """The unit of a column, "" where it has none."""
    if column in _COUNTS:
        return f"{words.units} a {per}"
    if column in _MONEY:
        return f"dollars a {per}" if column not in ("value_if_launched",) else "dollars"
    if column in _PRICES:
        return f"dollars a {words.unit}"
    if column in _AMOUNTS:
        return "money, as prices"
    if column in (*_SHARES, *_CHANGES, *_FRACTIONS):
        return "fraction"
    return "probability" if column in _ODDS else ""


def head_of(column: str, words: Words) -> str:
    """What a column is called."""
    named = {"manufacturer": words.manufacturer, "channel": words.channel, "units": words.units}
    text = named.get(column) or _HEADS.get(column) or column.replace("_", " ")
    text = text.replace("Units", capitalised(words.units)).replace("units", words.units)
    text = text.replace("channel", words.channel)
    return capitalised(text)


def cell(column: str, value: Any) -> str:
    """A cell as it is shown."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if not isinstance(value, int | float | np.number):
        return str(value)
    x = float(value)
    if np.isnan(x):
        return "—"
    if column in ("value", "low", "high"):
        return f"{x:,.10g}".replace("-", "−")
    if column in _COUNTS:
        plus = "+" if column in _SIGNED and round(x) > 0 else ""
        return f"{plus}{x:,.0f}".replace("-", "−")
    if column in _MONEY:
        return signed_money(x, 3)
    if column in _PRICES:
        return unit_price(x) if abs(x) < 20 else exact_price(x)
    if column in _AMOUNTS:
        return f"{x:,.{2 if abs(x) < 1000 else 0}f}".replace("-", "−")
    if column in (*_SHARES, *_ODDS, *_FRACTIONS):
        return percent(x, 3).replace(" percent", "%")
    if column in _CHANGES:
        return f"{100 * x:+.1f}%".replace("-", "−")
    return number(x, 4)


def html_table(table: pd.DataFrame, words: Words, *, caption: str = "") -> str:
    """A table as HTML: its index first, numbers to the right, everything escaped."""
    frame = table.reset_index()
    is_number = {c: pd.api.types.is_numeric_dtype(frame[c]) for c in frame.columns}
    heads = "".join(
        f'<th{_right(is_number[c])} scope="col">{escape(head_of(str(c), words))}</th>'
        for c in frame.columns
    )
    rows = []
    for record in frame.to_dict("records"):
        cells = "".join(
            f"<td{_right(is_number[c])}>{_linked(cell(str(c), value))}</td>"
            for c, value in record.items()
        )
        rows.append(f"<tr>{cells}</tr>")
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "".join(rows)
    return (
        f'<div class="scroll"><table class="numbers">{title}<thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _linked(text: str) -> str:
    """Text, escaped; an address of the web is a link."""
    safe = escape(text)
    if not text.startswith(("https://", "http://")):
        return safe
    return f'<a href="{safe}" target="_blank" rel="noopener noreferrer">{safe}</a>'


def _right(is_number: bool) -> str:
    return ' class="n"' if is_number else ""
