"""A practitioner's table as arrays, and what in it asks a question before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index
from inroads.errors import refuse
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import TableSource, read_table
from inroads.tables.schema import row_numbers

TABLE = "merger"


@dataclass(frozen=True, kw_only=True)
class MergerTable:
    """J offers. units, money (J,): shares of units and of spending, None where not given; margins
    (J,): fractions of what sellers get, nan where unknown; nests; good_labels, plant_labels: what a
    row is of, and where it is made; capacities (shares of all that is sold;
    given_capacities as they stand in the table), cost_elasticities (of marginal cost in output):
    None without."""

    products: list[str]
    firms: list[str]
    prices: Array
    units: Array | None
    money: Array | None
    margins: Array
    nests: list[str] | None
    good_labels: list[str] | None
    plant_labels: list[str] | None
    capacities: Array | None
    given_capacities: Array | None
    cost_elasticities: Array | None

    @property
    def firm_names(self) -> list[str]:
        """Each firm once, as they come."""
        return list(dict.fromkeys(self.firms))

    def with_both_shares(self) -> MergerTable:
        """Shares of units and of money, those not given had at an outside option that costs the
        mean price, so that it has the same part of both."""
        units, money, p = self.units, self.money, self.prices
        if units is None and money is not None:
            units = money / p * money.sum() / (money / p).sum()
        if money is None and units is not None:
            money = units * p * units.sum() / (units @ p)
        return replace(self, units=units, money=money)

    @property
    def owner(self) -> Index:
        """Firms (J,) as numbers in 0..F-1, in the order of `firm_names`."""
        return np.array([self.firm_names.index(firm) for firm in self.firms], dtype=np.intp)


def read_merger_table(source: TableSource, *, sold: bool = True, size: float = 1.0) -> MergerTable:
    """Read product_ids, firm_ids, prices, margins, and shares, revenue_shares or quantities.

    sold: whether the last are asked for. size: consumers in the market; quantities are shares of
    them where they are more than what is sold, else of what is sold.
    """
    frame = read_table(source, TABLE)
    products, firms = _ids(frame, "product_ids"), _ids(frame, "firm_ids")
    twice = [name for name in dict.fromkeys(products) if products.count(name) > 1]
    if twice:
        raise refuse(
            expected="one row a product",
            found=f"{products.count(twice[0])} rows of {twice[0]}",
            where=TABLE,
            remedy="give each its own name, or add their shares.",
        )
    prices = _numbers(frame, "prices", products)
    units, money = _shares(frame, products, prices, size) if sold else (None, None)
    amounts = _numbers(frame, "quantities", products) if "quantities" in frame else units
    capacities = _optional(frame, "capacities", products, np.inf)
    n = len(products)
    return MergerTable(
        products=products,
        firms=firms,
        prices=prices,
        units=units,
        money=money,
        margins=_margins(frame, products, prices) if "margins" in frame else np.full(n, np.nan),
        nests=_ids(frame, "nesting_ids") if "nesting_ids" in frame else None,
        good_labels=_ids(frame, "good_ids") if "good_ids" in frame else None,
        plant_labels=_ids(frame, "plant_ids") if "plant_ids" in frame else None,
        capacities=None if capacities is None or amounts is None else capacities / amounts.sum(),
        given_capacities=capacities,
        cost_elasticities=_optional(frame, "cost_elasticities", products, 0.0),
    )


def _shares(
    frame: pd.DataFrame, products: list[str], prices: Array, size: float
) -> tuple[Array | None, Array | None]:
    """Shares of units and of money, as given; each checked beside what else is there."""
    given = {
        name: _numbers(frame, name, products)
        for name in ("shares", "revenue_shares", "quantities")
        if name in frame
    }
    if not given:
        raise refuse(
            expected="a column 'shares' (of units), 'revenue_shares' or 'quantities'",
            found=", ".join(map(str, frame.columns)),
            where=TABLE,
            remedy="add one.",
        )
    for name in ("shares", "revenue_shares"):
        total = float(given[name].sum()) if name in given else 0.0
        if total > 1 + 1e-9:
            percent = "; percent?" if 1.5 < total < 101 else ""
            raise refuse(
                expected=f"{name} that sum to at most 1",
                found=f"a sum of {total:.6g}{percent}",
                where=TABLE,
                remedy=f"divide '{name}' by 100." if percent else "give fractions of the market.",
            )
    units, quantities = given.get("shares"), given.get("quantities")
    if units is not None and quantities is not None:
        _check_units(units, quantities, prices)
    money, sold = given.get("revenue_shares"), quantities if units is None else units
    if money is not None and sold is not None:
        _check_money(money, sold, prices)
    if units is None and quantities is not None:
        units = quantities / max(quantities.sum(), size)
    return units, given.get("revenue_shares")


def _check_units(shares: Array, quantities: Array, prices: Array) -> None:
    """Refuse shares of money where quantities say what those of units are."""
    within, of_units = shares / shares.sum(), quantities / quantities.sum()
    of_money = prices * quantities / (prices @ quantities)
    if np.abs(within - of_units).max() < 1e-3:
        return
    looks_like = np.abs(within - of_money).max() < 1e-3
    raise refuse(
        expected="shares of units, in proportion to quantities",
        found="shares in proportion to prices times quantities: shares of money?"
        if looks_like
        else "shares in no proportion to quantities",
        where=TABLE,
        remedy="call the column revenue_shares." if looks_like else "leave one of the columns out.",
    )


def _check_money(money: Array, sold: Array, prices: Array) -> None:
    """Refuse shares of units where those of money are asked, beside what says which is which."""
    within, of_units = money / money.sum(), sold / sold.sum()
    of_money = prices * sold / (prices @ sold)
    if np.abs(within - of_money).max() < 1e-3:
        return
    looks_like = np.abs(within - of_units).max() < 1e-3
    raise refuse(
        expected="revenue_shares in proportion to prices times what is sold",
        found="shares in proportion to what is sold alone: shares of units?"
        if looks_like
        else "shares in no proportion to prices times what is sold",
        where=TABLE,
        remedy="call the column shares." if looks_like else "leave one of the columns out.",
    )


def _margins(frame: pd.DataFrame, products: list[str], prices: Array) -> Array:
    """Fractions of price, nan where blank; money in their place is asked about."""
    cells = _cells(frame, "margins")
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if not cell:
            continue
        value = parse_number(cell)
        if value is None or value <= 0:
            raise refuse(
                expected="margins above 0, fractions of price, or blanks",
                found=f"{cell} for {products[row]}",
                where=TABLE,
                remedy=f"correct row {row_numbers(frame)[row]} of 'margins'.",
            )
        values[row] = value
    too_large = np.flatnonzero(values >= 1)
    if len(too_large):
        row = int(too_large[0])
        below = bool((values < prices)[np.isfinite(values)].all())
        question = "margins in money?" if below else "margins in percent?"
        remedy = "divide them by prices" if below else "divide them by 100"
        raise refuse(
            expected="margins below 1, (p - c) / p",
            found=f"{values[row]:.6g} for {products[row]} at a price of {prices[row]:.6g}: "
            + question,
            where=TABLE,
            remedy=f"{remedy}, if so; a margin of the price or more leaves no cost.",
        )
    return values


def _optional(frame: pd.DataFrame, name: str, products: list[str], blank: float) -> Array | None:
    if name not in frame:
        return None
    cells = _cells(frame, name)
    values = [
        blank if not cell else _number(frame, name, products, row) for row, cell in enumerate(cells)
    ]
    return np.array(values, dtype=float)


def _numbers(frame: pd.DataFrame, name: str, products: list[str]) -> Array:
    _cells(frame, name)
    return np.array([_number(frame, name, products, row) for row in range(len(frame))], dtype=float)


def _number(frame: pd.DataFrame, name: str, products: list[str], row: int) -> float:
    cell = cell_text(frame[name].iloc[row])
    value = parse_number(cell)
    if value is None or value < 0 or (value == 0 and name != "cost_elasticities"):
        raise refuse(
            expected=f"{name} above 0",
            found=f"{cell or 'a blank'} for {products[row]}",
            where=TABLE,
            remedy=f"correct row {row_numbers(frame)[row]} of '{name}'.",
        )
    return value


def _ids(frame: pd.DataFrame, name: str) -> list[str]:
    cells = _cells(frame, name)
    if "" in cells:
        raise refuse(
            expected=f"an id in '{name}'",
            found="a blank",
            where=TABLE,
            remedy=f"fill in row {row_numbers(frame)[cells.index('')]}.",
        )
    return cells


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        raise refuse(
            expected=f"a column '{name}'",
            found=", ".join(map(str, frame.columns)),
            where=TABLE,
            remedy="add it.",
        )
    return [cell_text(cell) for cell in frame[name]]


def merging_firms(parties: Sequence[object], firms: list[str]) -> list[str]:
    """The parties' names, refused where there is no merger in them."""
    names = [str(party) for party in ([parties] if isinstance(parties, str) else parties)]
    absent = [name for name in names if name not in firms]
    if absent:
        raise refuse(
            expected="parties that are firms of the table",
            found=f"{absent[0]}, beside {', '.join(firms)}",
            where="parties",
            remedy="name firms as firm_ids do.",
        )
    if len(set(names)) < 2:
        raise refuse(
            expected="two firms or more that merge",
            found=" and ".join(names) or "none",
            where="parties",
            remedy="name another firm: this is no merger.",
        )
    return list(dict.fromkeys(names))


def by_product(values: Any, products: list[str], where: str) -> dict[str, Any]:
    """A mapping from products, whose names are checked."""
    chosen = {str(name): value for name, value in dict(values).items()}
    absent = [name for name in chosen if name not in products]
    if absent:
        raise refuse(
            expected="products of the table",
            found=absent[0],
            where=where,
            remedy=f"name some of {', '.join(products)}.",
        )
    return chosen
