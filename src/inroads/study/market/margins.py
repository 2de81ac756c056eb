"""Margins: what margins.csv asks of shares, and the utilities that meet it, handed out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.errors import InputError, Problem, UnreachableError
from inroads.market.market import Market
from inroads.study.market.build_market import inside_share
from inroads.study.market.regions import Regions, column_of
from inroads.tables.cells import parse_list
from inroads.tables.schema import row_numbers
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def read_margins(study: Study, market: Market) -> tuple[Array, pd.DataFrame, Array]:
    """A (N, M), of offers within reach of each region (`Regions`), the margins table, and the
    shares of consumers that they ask for (M,)."""
    table = study.tables["margins"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["margins"])
    regions = Regions.of(market)
    named = dict(zip(table["name"], range(len(table)), strict=True))
    labelled, columns, shares = market.table, [], []
    for k in range(len(table)):
        mask = np.ones(len(labelled), dtype=bool)
        for column in ("manufacturer", "product", "channel"):
            if members := parse_list(table[column].iloc[k]):
                mask &= labelled[column].isin(members).to_numpy()
        inside = parse_list(table["region"].iloc[k]) or regions.names
        counted = np.array([mask & (region in inside) for region in regions.names])
        columns.append(counted[regions.reach])
        share, step = values[k], table["of"].iloc[k]
        while step:
            share *= values[named[step]]
            step = table["of"].iloc[named[step]]
        shares.append(share * inside_share(study))
    nothing = [
        Problem(
            file="margins.csv",
            row=row,
            column="value",
            value=text,
            expected="a share above 0",
            remedy="delete the row, and the offers that sold nothing.",
        )
        for row, text, share in zip(row_numbers(table), table["value"], shares, strict=True)
        if not share > 0
    ]
    if nothing:
        raise InputError(nothing)
    identifying = ["name", "manufacturer", "product", "channel", "region"]
    frame = table[identifying].reset_index(drop=True)
    A = np.array(columns, dtype=float).T
    _check_counted(A, table)
    within = zip(regions.names, regions.reach, strict=True)
    _check_cover(A, pd.concat([labelled[reached].assign(region=name) for name, reached in within]))
    return A, frame, np.array(shares)


def _check_counted(A: Array, table: pd.DataFrame) -> None:
    """InputError for rows of what is not to be had in their regions."""
    problems = [
        Problem(
            file="margins.csv",
            row=row,
            column="region",
            value=region,
            expected="a region with an offer that the row counts",
            remedy="correct `regions` of channels.csv or offers.csv, or delete the row.",
        )
        for row, region, counted in zip(row_numbers(table), table["region"], A.T, strict=True)
        if not counted.any()
    ]
    if problems:
        raise InputError(problems)


def _check_cover(A: Array, labelled: pd.DataFrame) -> None:
    """InputError unless rows add up to all sales: how many buy at all is then met as well."""
    weights = np.linalg.lstsq(A, np.ones(len(A)), rcond=None)[0]
    missed = np.abs(A @ weights - 1) > 1e-8
    if missed.any():
        in_none = ~A.any(axis=1)
        first = labelled[in_none if in_none.any() else missed].iloc[0]
        place = f" in {first['region']}" if first["region"] else ""
        raise InputError(
            [
                Problem(
                    file="margins.csv",
                    row=None,
                    column=None,
                    expected="rows that add up to all sales, say one for each manufacturer",
                    value=f"none for {first['product']} at {first['channel']}{place}",
                    remedy="add rows for what is left.",
                )
            ]
        )


def with_utilities(market: Market, margins: pd.DataFrame, psi: Array) -> Market:
    """psi handed to products (margins without a channel), channels, and single offers, in all or in
    single regions.

    Quality is as at the mean channel: where manufacturers and channels both add up to all sales, a
    constant could stand with either. So it is in each region.
    """
    sizes = {"products": market.products, "channels": market.channels, "offers": market.offers}
    added = {name: np.zeros(len(frame)) for name, frame in sizes.items()}
    regions = Regions.of(market)
    local = {name: np.zeros((len(regions.names), len(frame))) for name, frame in sizes.items()}
    of = {
        "products": {
            "product": market.products.index,
            "manufacturer": market.products["manufacturer"],
        },
        "channels": {"channel": market.channels.index},
        "offers": {c: market.table[c] for c in ("product", "manufacturer", "channel")},
    }
    for row, value in zip(margins.to_dict("records"), psi, strict=True):
        members = {c: parse_list(row[c]) for c in ("manufacturer", "product", "channel") if row[c]}
        kind = "products" if "channel" not in members else "channels"
        if kind == "channels" and len(members) > 1:
            kind = "offers"
        mask = np.logical_and.reduce([of[kind][c].isin(names) for c, names in members.items()])
        if within := parse_list(row["region"]):
            counted = np.isin(regions.names, within)
            local[kind] += np.where(counted[:, None] & mask, value, 0.0)
        else:
            added[kind] += np.where(mask, value, 0.0)
    level = added["channels"].mean()
    added["channels"] -= level
    added["products"] += level
    has_channel = _places(market.channels.index, market.offers["channel"], regions)
    level = (local["channels"] * has_channel).sum(axis=1) / np.maximum(has_channel.sum(axis=1), 1)
    local["channels"] -= level[:, None] * has_channel
    local["products"] += level[:, None]
    sold = _places(market.products.index, market.offers["product"], regions)
    never = ~sold.any(axis=0)
    # Quality is that of the mean region; there a product never sold stands as others do on average.
    worth = _where_unsold(local["products"], sold)
    mean = worth.mean(axis=0)
    more = {"products": worth - mean, "channels": local["channels"], "offers": local["offers"]}
    more["products"][:, never] = more["products"][:, ~never].mean(axis=1, keepdims=True)
    tables = {
        "products": market.products.assign(
            quality=np.where(never, np.nan, added["products"] + mean)
        ),
        "channels": market.channels.assign(appeal=added["channels"]),
        "offers": market.offers.assign(extra=added["offers"]),
    }
    if regions.names == ("",):
        return replace(market, **tables)
    for name, table in tables.items():
        columns = {
            column_of(region): x for region, x in zip(regions.names, more[name], strict=True)
        }
        tables[name] = table.assign(**{c: table.get(c, 0.0) + x for c, x in columns.items()})
    return replace(market, **tables)


def _places(names: pd.Index, of_offers: pd.Series, regions: Regions) -> Mask:
    """Whether a region has an offer of each product, or channel (R, n)."""
    at = names.get_indexer(of_offers)
    places = np.zeros((len(regions.names), len(names)), dtype=bool)
    for k, reached in enumerate(regions.reach):
        places[k, at[reached]] = True
    return places


def _where_unsold(worth: Array, sold: Mask) -> Array:
    """What products are worth by region (R, n), where they are not sold as a line with an effect of
    each product and region says; those never sold stay as they are."""
    partly = sold.any(axis=0) & ~sold.all(axis=0)
    if not partly.any():
        return worth
    at, product = np.nonzero(sold)
    regions, products = sold.shape
    X = np.zeros((len(at), regions + products))
    X[np.arange(len(at)), at] = X[np.arange(len(at)), regions + product] = 1.0
    effects = np.linalg.lstsq(X, worth[sold], rcond=None)[0]
    line = effects[:regions, None] + effects[regions:]
    return np.where(partly & ~sold, line, worth)


def conflict(error: UnreachableError, margins: pd.DataFrame, shares: Array) -> UnreachableError:
    """The same, with what the margins in conflict add up to."""
    weights = error.direction
    if weights is None or not np.isin(np.round(weights, 9), (-1.0, 0.0, 1.0)).all():
        return error
    names = margins["name"].to_numpy()
    sides = [
        f"{' + '.join(names[side])} = {shares[side].sum():.6g}"
        for side in (weights > 0.5, weights < -0.5)
        if side.any()
    ]
    return UnreachableError(
        "margins.csv: found shares of sales that contradict each other: "
        f"{' but '.join(sides)}; expected the two sums to be the same. "
        "Remedy: correct one of these rows (or the facts they refer to), or delete one.",
        weights,
    )
