"""What the tables of a study say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from inroads.errors import Problem
from inroads.tables.cells import parse_list, parse_number, parse_reference
from inroads.tables.dates import period_end
from inroads.tables.naming import suggestion
from inroads.tables.schema import as_text, row_numbers
from inroads.tables.schemas import LAUNCHES, PRODUCTS

Tables = Mapping[str, pd.DataFrame]


def check_links(tables: Tables) -> list[Problem]:
    """Every contradiction between tables, named by file, row and column.

    `tables` is keyed by the names of `schemas.SCHEMAS` (facts, assumptions, products, ...). What
    needs a table or a column that is not there is left out: `check_table` reports that.
    """
    text = {name: as_text(frame) for name, frame in tables.items()}
    return [
        *_names_known(text, "offers", "product", "products", other_column="product"),
        *_names_known(text, "offers", "channel", "channels", other_column="channel"),
        *_names_known(text, "margins", "manufacturer", "products", other_column="manufacturer"),
        *_names_known(text, "margins", "product", "products", other_column="product"),
        *_names_known(text, "margins", "channel", "channels", other_column="channel"),
        *_names_known(text, "margins", "of", "margins", other_column="name"),
        *_names_known(text, "events", "manufacturer", "products", other_column="manufacturer"),
        *_names_known(text, "events", "channel", "channels", other_column="channel"),
        *_names_known(text, "launches", "product", "products", other_column="product"),
        *_names_known(text, "launches", "tier", "products", other_column="tier"),
        *_names_known(text, "launches", "channels", "channels", other_column="channel"),
        *_names_known(text, "launches", "channel", "channels", other_column="channel"),
        *_offers_where_channels_are(text),
        *_launches_of_products(text),
        *_figures_of_something(text),
        *_shares_of_themselves(text),
        *_shares_of_nothing(text),
        *_references_known(text),
        *_ids_in_both(text),
        *_assumption_order(text),
        *_series_dated(text),
    ]


def _has(tables: Tables, name: str, *columns: str) -> bool:
    return name in tables and set(columns) <= set(tables[name].columns)


def _cells(tables: Tables, name: str, column: str) -> Iterator[tuple[int, str]]:
    if _has(tables, name, column):
        yield from zip(row_numbers(tables[name]), tables[name][column], strict=True)


def _names_known(
    tables: Tables, name: str, column: str, other: str, *, other_column: str
) -> Iterator[Problem]:
    if not _has(tables, other, other_column):
        return
    references = list(dict.fromkeys(tables[other][other_column]))
    for row, cell in _cells(tables, name, column):
        for entry in parse_list(cell):
            if entry not in references:
                yield Problem(
                    file=f"{name}.csv",
                    row=row,
                    column=column,
                    value=entry,
                    expected=f"a {other_column} of {other}.csv",
                    remedy=suggestion(entry, references)
                    or f"add it to {other}.csv, or correct the name.",
                )


def _offers_where_channels_are(tables: Tables) -> Iterator[Problem]:
    """An offer is to be had in no region in which its channel is not."""
    if not (_has(tables, "channels", "channel", "regions") and _has(tables, "offers", "channel")):
        return
    channels = tables["channels"]
    regions = dict(zip(channels["channel"], map(parse_list, channels["regions"]), strict=True))
    for (row, cell), (_, channel) in zip(
        _cells(tables, "offers", "regions"), _cells(tables, "offers", "channel"), strict=False
    ):
        of_channel = regions.get(channel) or parse_list(cell)
        for region in sorted(set(parse_list(cell)) - set(of_channel)):
            yield Problem(
                file="offers.csv",
                row=row,
                column="regions",
                value=region,
                expected=f"regions in which {channel} is: {', '.join(of_channel)}",
                remedy="correct one of the two tables.",
            )


def _shares_of_themselves(tables: Tables) -> Iterator[Problem]:
    if not _has(tables, "margins", "name", "of"):
        return
    whole = dict(zip(tables["margins"]["name"], tables["margins"]["of"], strict=True))
    for row, name in _cells(tables, "margins", "name"):
        chain = [name]
        while whole.get(chain[-1]) and chain[-1] not in chain[:-1]:
            chain.append(whole[chain[-1]])
        if len(chain) > 1 and chain[-1] == name:
            yield Problem(
                file="margins.csv",
                row=row,
                column="of",
                value=" of ".join(chain),
                expected="a share of something larger",
                remedy="leave 'of' blank for a share of all sales.",
            )


def _shares_of_nothing(tables: Tables) -> Iterator[Problem]:
    if not (
        _has(tables, "margins", "manufacturer", "product", "channel")
        and _has(tables, "offers", "product", "channel")
        and _has(tables, "products", "product", "manufacturer")
    ):
        return
    manufacturer = dict(
        zip(tables["products"]["product"], tables["products"]["manufacturer"], strict=True)
    )
    offered = tables["offers"][["product", "channel"]].assign(
        manufacturer=[manufacturer.get(product, "") for product in tables["offers"]["product"]]
    )
    filters = tables["margins"][["manufacturer", "product", "channel"]]
    for row, cells in zip(row_numbers(filters), filters.to_dict("records"), strict=True):
        allowed = {str(name): parse_list(str(cell)) for name, cell in cells.items() if cell}
        matching = pd.Series(True, index=offered.index)
        for name, entries in allowed.items():
            matching &= offered[name].isin(entries)
        if not matching.any():
            yield Problem(
                file="margins.csv",
                row=row,
                column=None,
                value="no offer for "
                + ", ".join(f"{n} {'; '.join(e)}" for n, e in allowed.items()),
                expected="at least one offer that the target counts",
                remedy="add the offer to offers.csv, or delete the target.",
            )


def _references_known(tables: Tables) -> Iterator[Problem]:
    if not (_has(tables, "facts", "id") and _has(tables, "assumptions", "id")):
        return
    ids = [*dict.fromkeys([*tables["facts"]["id"], *tables["assumptions"]["id"]])]
    for name, frame in tables.items():
        for column in frame.columns:
            for row, cell in _cells(tables, name, column):
                for id in parse_reference(cell) or ():
                    if id not in ids:
                        yield Problem(
                            file=f"{name}.csv",
                            row=row,
                            column=column,
                            value=f"@{id}",
                            expected="the id of a row of facts.csv or assumptions.csv",
                            remedy=suggestion(id, ids) or "add the fact with its source.",
                        )


def _ids_in_both(tables: Tables) -> Iterator[Problem]:
    facts = {id: row for row, id in reversed(list(_cells(tables, "facts", "id")))}
    for row, id in _cells(tables, "assumptions", "id"):
        if id and id in facts:
            yield Problem(
                file="assumptions.csv",
                row=row,
                column="id",
                value=f"{id}, also in facts.csv row {facts[id]}",
                expected="an id that only one of the two files has",
                remedy="rename one: a number is either known from a source or assumed.",
            )


def _assumption_order(tables: Tables) -> Iterator[Problem]:
    if not _has(tables, "assumptions", "low", "value", "high"):
        return
    frame = tables["assumptions"][["low", "value", "high"]]
    for row, *cells in zip(row_numbers(frame), *(frame[name] for name in frame), strict=True):
        numbers = [number for number in map(parse_number, cells) if number is not None]
        if len(numbers) == 3 and numbers != sorted(numbers):
            yield Problem(
                file="assumptions.csv",
                row=row,
                column=None,
                value=" <= ".join(cells),
                expected="low <= value <= high",
                remedy="correct the bounds or the value.",
            )


def _launches_of_products(tables: Tables) -> Iterator[Problem]:
    """A past launch of a product is its manufacturer's, and specifications have the names that
    products.csv gives them."""
    if not _has(tables, "launches", "launch") or not _has(tables, "products", "product"):
        return
    products, launches = tables["products"], tables["launches"]
    own = [column.name for column in LAUNCHES.columns]
    of_products = {column.name for column in PRODUCTS.columns}
    columns = [*own, *(name for name in products.columns if name not in of_products)]
    for name in launches.columns:
        if name not in columns:
            yield Problem(
                file="launches.csv",
                row=1,
                column=name,
                value=f"a column '{name}'",
                expected="a column of launches.csv, or of specifications in products.csv",
                remedy=suggestion(name, columns) or "delete the column, or rename it.",
            )
    if not (_has(tables, "launches", "product", "manufacturer") and "manufacturer" in products):
        return
    maker = dict(zip(products["product"], products["manufacturer"], strict=True))
    pairs = zip(launches["product"], launches["manufacturer"], strict=True)
    for row, (product, name) in zip(row_numbers(launches), pairs, strict=True):
        if maker.get(product, name) != name:
            yield Problem(
                file="launches.csv",
                row=row,
                column="manufacturer",
                value=name,
                expected=f"{maker[product]}, which makes {product} in products.csv",
                remedy="correct the name, or leave the product blank.",
            )


def _figures_of_something(tables: Tables) -> Iterator[Problem]:
    """What a past launch sold was sold somewhere, and a share is one."""
    if not _has(tables, "launches", "channels", "channel", "measure", "value"):
        return
    frame = tables["launches"]
    for row, cells in zip(row_numbers(frame), frame.to_dict("records"), strict=True):
        measure, named = cells["measure"], parse_list(cells["channel"])
        value = parse_number(cells["value"])
        faults: list[tuple[str, str, str]] = []
        if measure.startswith("share") and value is not None and value > 1:
            faults.append(("value", "a share, at most 1", "write 0.05 for 5 percent."))
        if measure in ("share_of_channel", "share_of_members") and not named:
            faults.append(("channel", "the channel that it is a share of", "name it."))
        if measure == "share_of_market" and named:
            faults.append(("channel", "none, of a share of the market", "leave it blank."))
        not_on_sale = set(named) - set(parse_list(cells["channels"]))
        if measure in ("units", "share_of_channel") and not_on_sale:
            remedy = "add it there, or count what its members buy: share_of_members."
            faults.append(
                ("channel", f"one of the channels it was sold at: {cells['channels']}", remedy)
            )
        for column, expected, remedy in faults:
            yield Problem(
                file="launches.csv",
                row=row,
                column=column,
                value=cells[column],
                expected=expected,
                remedy=remedy,
            )


def _series_dated(tables: Tables) -> Iterator[Problem]:
    if not _has(tables, "facts", "id", "period"):
        return
    repeated = tables["facts"]["id"].duplicated(keep=False)
    for double, (row, period) in zip(repeated, _cells(tables, "facts", "period"), strict=True):
        if double and period_end(period).year == 1:
            yield Problem(
                file="facts.csv",
                row=row,
                column="period",
                value=period,
                expected="a year, quarter, month or day, because several rows share the id",
                remedy="write the period like 2017, 2017Q3 or 2017-11.",
            )
