"""From raw sales to a panel: rows added up, shares of a market's size, what was dropped and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from inroads.errors import InputError, refuse
from inroads.tables.naming import suggestion
from inroads.tables.panel import Panel, read_panel
from inroads.tables.read import TableSource, read_labelled

#: of a table of markets (index market_ids; quantity and means of columns): consumers in each
SizeRule = Callable[[pd.DataFrame], pd.Series]
_JOIN = " "


def build_panel(
    sales: TableSource,
    *,
    market: str | Sequence[str],
    product: str | Sequence[str],
    size: float | str | SizeRule,
    quantity: str = "quantity",
    price: str | None = "price",
    revenue: str | None = None,
    firm: str | None = None,
    least: float = 0.0,
    agents: TableSource | None = None,
) -> Panel:
    """A panel from raw sales: rows of stores, weeks or variants added up, shares of market size.

    Of the rows of one product in one market quantities are added up; prices are what a unit brought
    on average; other numbers are means weighted by quantity; text has to be the same in all rows.

    Parameters
    ----------
    sales : path or table
        A row a sale, a week, a store or a variant, as `read_panel` takes tables.
    market, product : str or sequence of str
        Columns whose values together say which market, and which product.
    size : float, str or callable
        Consumers (purchases that could be made) in a market: a number for all, a column of sales
        (the same within a market), or a function of a table of markets (a row a market: quantity,
        and means of other columns) that gives one number each, `lambda m: 1.5 * m["quantity"]`.
    quantity : str
        Column of units sold.
    price, revenue : str, optional
        Column of prices, or of money taken instead (then prices are revenue over quantity).
    firm : str, optional
        Column that becomes firm_ids.
    least : float
        Products whose share is below it are dropped, and noted.
    agents : path or table, optional
        As in `read_panel`.

    Returns
    -------
    Panel
        With market_ids, product_ids, shares, prices, quantity, size and what sales had besides;
        `notes` say what was added up, dropped, and how large the outside share is.

    Raises
    ------
    InputError
        For columns that are missing, cells that are no numbers, text that differs within a product
        of a market, and sizes that sales exceed, market by market.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> sales = pd.DataFrame({
    ...     "city": ["A", "A", "A", "B"], "week": [1, 2, 1, 1], "brand": ["x", "x", "y", "x"],
    ...     "units": [10, 30, 20, 5], "price": [2.0, 1.0, 3.0, 2.5],
    ... })
    >>> panel = ir.build_panel(sales, market="city", product="brand", size=100, quantity="units")
    >>> panel.products[["market_ids", "product_ids", "shares", "prices"]].values.tolist()
    [['A', 'x', 0.4, 1.25], ['A', 'y', 0.2, 3.0], ['B', 'x', 0.05, 2.5]]
    """
    table = read_labelled(sales, "sales").frame.reset_index(drop=True)
    markets, products = _listed(market), _listed(product)
    value = price if revenue is None else revenue
    size_column = [size] if isinstance(size, str) else []
    needed = [*markets, *products, quantity, *([value] if value else []), *size_column]
    needed += [firm] if firm else []
    _check_there(table, needed)
    units = _numbers(table, quantity)
    notes = []
    bought = units > 0
    if not bought.all():
        notes.append(f"{int((~bought).sum())} rows of sales without a unit sold dropped")
        table, units = table[bought].reset_index(drop=True), units[bought]
    keys = pd.DataFrame(
        {"market_ids": _joined(table, markets), "product_ids": _joined(table, products)}
    )
    if firm:
        keys["firm_ids"] = table[firm].to_numpy()
    taken = {*markets, *products, quantity, *(c for c in (price, revenue, firm) if c)}
    if value is not None:
        money = _numbers(table, value) * (units if revenue is None else 1.0)
        table = table.assign(prices=money / units)
    rest = [c for c in table if c not in taken and c not in keys]
    whole = _added_up(table, keys, units, rest, notes)
    sizes = _sizes(whole, size)
    whole["size"] = whole["market_ids"].map(sizes)
    whole["shares"] = whole["quantity"] / whole["size"]
    _check_sizes(whole)
    if least > 0:
        small = whole["shares"] < least
        if small.any():
            notes.append(f"{int(small.sum())} products with a share below {least:g} dropped")
        whole = whole[~small]
    outside = 1 - whole.groupby("market_ids", sort=False)["shares"].sum()
    notes.append(
        f"{len(outside)} markets; nothing is bought by {outside.min():.3g} to {outside.max():.3g} "
        f"of consumers, {outside.median():.3g} in the middle"
    )
    panel = read_panel(whole.reset_index(drop=True), agents, prices=value is not None)
    return replace(panel, notes=(*notes, *panel.notes))


def _listed(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


def _check_there(table: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in table:
            raise refuse(
                expected=f"a column '{name}'",
                found="none",
                where="sales",
                remedy=suggestion(name, map(str, table.columns)) or "name the columns there are.",
            )


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
    if not (np.isfinite(values) & (values >= 0)).all():
        row = int(np.argmax(~(np.isfinite(values) & (values >= 0))))
        raise refuse(
            expected=f"numbers of at least 0 in '{name}'",
            found=repr(table[name].iloc[row]),
            where="sales",
            row=row + 2,
            column=name,
            remedy="correct or drop the row.",
        )
    return np.asarray(values)


def _joined(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """One id of several columns; blank cells are refused by `read_panel`'s checks of ids."""
    if len(columns) == 1:
        return np.asarray(table[columns[0]].to_numpy())
    return np.array([_JOIN.join(map(str, row)) for row in table[list(columns)].to_numpy()], object)


def _added_up(
    table: pd.DataFrame,
    keys: pd.DataFrame,
    units: np.ndarray,
    columns: Sequence[str],
    notes: list[str],
) -> pd.DataFrame:
    """A row a product of a market: quantity, and means or common values of other columns."""
    pairs = [keys["market_ids"].to_numpy(), keys["product_ids"].to_numpy()]
    groups = pd.DataFrame({"quantity": units}).groupby(pairs, sort=False, dropna=False)
    codes = groups.ngroup().to_numpy()
    first = np.unique(codes, return_index=True)[1]
    whole = keys.iloc[first].reset_index(drop=True)
    whole["quantity"] = np.bincount(codes, weights=units)
    if len(whole) < len(table):
        notes.append(f"{len(table)} rows of sales added up to {len(whole)} products of markets")
    averaged = []
    for name in [*(["firm_ids"] if "firm_ids" in keys else []), *columns]:
        column = keys[name] if name in keys else table[name]
        common = column.to_numpy()[first]
        differs = column.to_numpy() != common[codes]
        if not pd.api.types.is_numeric_dtype(column) or name == "firm_ids":
            if (differs & column.notna().to_numpy()).any():
                raise _differing(whole, name, codes[int(np.argmax(differs))])
            whole[name] = common
            continue
        if differs.any() and name != "prices":
            averaged.append(str(name))
        means = np.bincount(codes, weights=units * column.to_numpy(float)) / whole["quantity"]
        whole[name] = np.where(np.bincount(codes, weights=differs) > 0, means, common)
    if averaged:
        notes.append(f"means weighted by quantity: {', '.join(averaged)}")
    return whole


def _differing(whole: pd.DataFrame, name: str, row: int) -> InputError:
    place = f"{whole['product_ids'].iloc[row]} in market {whole['market_ids'].iloc[row]}"
    return refuse(
        expected=f"one value of '{name}' for each product of a market",
        found=f"several for {place}",
        where="sales",
        remedy="drop the column, or put it into product= or market= if these are different.",
    )


def _sizes(whole: pd.DataFrame, size: float | str | SizeRule) -> pd.Series:
    """Consumers in each market, by market_ids."""
    by_market = whole.groupby("market_ids", sort=False)
    if isinstance(size, str):
        sizes = by_market[size].mean()
        spread = by_market[size].max() - by_market[size].min()
        if (spread > 1e-9 * sizes.abs()).any():
            raise refuse(
                expected=f"one '{size}' for each market",
                found=f"several in market {spread.idxmax()}",
                where="size",
                remedy="give a column that is the same in all rows of a market.",
            )
    elif callable(size):
        markets = by_market.mean(numeric_only=True).assign(quantity=by_market["quantity"].sum())
        sizes = pd.Series(size(markets))
        if not sizes.index.equals(markets.index):
            raise refuse(
                expected="a size for each market, in a Series with the index of its table",
                found=f"{len(sizes)} for {len(markets)} markets",
                where="size",
                remedy='write lambda m: 1.5 * m["quantity"], say.',
            )
    else:
        sizes = by_market["quantity"].sum() * 0 + float(size)
    return sizes.astype(float)


def _check_sizes(whole: pd.DataFrame) -> None:
    """Refuse markets in which as many or more were sold as there are consumers."""
    sold = whole.groupby("market_ids", sort=False)["quantity"].sum()
    sizes = whole.groupby("market_ids", sort=False)["size"].first()
    full = sold[~(sold < sizes)]
    if len(full):
        market = (sold / sizes).idxmax()
        raise refuse(
            expected="market sizes above what is sold",
            found=f"{len(full)} markets without room, {market} with {sold[market]:g} sold to "
            f"{sizes[market]:g}",
            where="size",
            remedy="give purchases that could be made, not those that were.",
        )
