"""Margins: what margins.csv asks of shares, and the utilities that meet it, handed out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
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
    """A (J, M), of J offers a region, the margins table, and the shares of consumers that they ask
    for (M,)."""
    table = study.tables["margins"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["margins"])
    regions = Regions.of(market)
    _check_regions(table)
    named = dict(zip(table["name"], range(len(table)), strict=True))
    labelled, columns, shares = market.table, [], []
    for k in range(len(table)):
        mask = np.ones(len(labelled), dtype=bool)
        for column in ("manufacturer", "product", "channel"):
            if members := parse_list(table[column].iloc[k]):
                mask &= labelled[column].isin(members).to_numpy()
        inside = parse_list(table["region"].iloc[k]) or regions.names
        columns.append(np.concatenate([mask & (region in inside) for region in regions.names]))
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
    _check_cover(A, pd.concat([labelled.assign(region=name) for name in regions.names]))
    return A, frame, np.array(shares)


def _check_regions(table: pd.DataFrame) -> None:
    """InputError for regions of channels."""
    problems = [
        Problem(
            file="margins.csv",
            row=row,
            column="region",
            value=f"{cell} at {channel}",
            expected="a region or a channel, not both",
            remedy="split by product or manufacturer within regions.",
        )
        for row, cell, channel in zip(
            row_numbers(table), table["region"], table["channel"], strict=True
        )
        if cell and channel
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
    """psi handed to products (margins without a channel), channels, and single offers.

    Quality is as at the mean channel: where manufacturers and channels both add up to all sales, a
    constant could stand with either.
    """
    sizes = {"products": market.products, "channels": market.channels, "offers": market.offers}
    added = {name: np.zeros(len(frame)) for name, frame in sizes.items()}
    regions = Regions.of(market).names
    local = {region: np.zeros(len(market.products)) for region in regions}
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
            for region in within:
                local[region] += np.where(mask, value, 0.0)
        else:
            added[kind] += np.where(mask, value, 0.0)
    level = added["channels"].mean()
    added["channels"] -= level
    added["products"] += level
    never = ~market.products.index.isin(market.offers["product"])
    # Quality is that of the mean region; there a product never sold stands as others do on average.
    mean = sum(local.values()) / len(local)
    more = {r: local[r] - mean for r in regions if r}
    more = {column_of(r): np.where(never, x[~never].mean(), x) for r, x in more.items()}
    quality = np.where(never, np.nan, added["products"] + mean)
    return replace(
        market,
        products=market.products.assign(quality=quality, **more),
        channels=market.channels.assign(appeal=added["channels"]),
        offers=market.offers.assign(extra=added["offers"]),
    )


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
