"""What study.toml names: whether the tables have it, and what each number needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from inroads.errors import Problem
from inroads.study.config.config import Config
from inroads.tables.cells import parse_list, parse_reference
from inroads.tables.naming import suggestion
from inroads.tables.schema import as_text, row_numbers

#: what a channel with members is called where a name is wrong
MEMBERS = "channel with members"


def problems_of_names(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Names and references in study.toml that no table has, and prices that are missing."""
    return [
        *_names(config, tables),
        *_regions(config, tables),
        *_prices(config, tables),
        *_references(config, tables),
    ]


def _names(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Names in study.toml that no table has."""
    names_by_kind = {
        key: set(tables[table][column])
        for key, table, column in (
            ("product", "products", "product"),
            ("manufacturer", "products", "manufacturer"),
            ("brand", "products", "brand"),
            ("channel", "channels", "channel"),
        )
        if table in tables and column in tables[table]
    }
    if "assumptions" in tables and "id" in tables["assumptions"]:
        names_by_kind["assumption"] = set(tables["assumptions"]["id"])
    if "channel" in names_by_kind:
        channels = tables["channels"]
        own = channels["members"].astype(str).str.strip() != "" if "members" in channels else []
        names_by_kind[MEMBERS] = set(channels["channel"][own])
    buyers, place = config.consumers, "consumers.awareness"
    mentions = [("brand", brand, place) for brand in (*buyers.awareness, *buyers.awareness_at)]
    mentions += [("channel", c, f"{place}_at") for at in buyers.awareness_at.values() for c in at]
    if config.entry:
        for entrant in config.entry.entrants:
            mentions.append(("manufacturer", entrant.manufacturer, "entry.entrants"))
            for product in (*entrant.main_products, *entrant.further_products):
                mentions.append(("product", product, "entry.entrants"))
        for partners in config.entry.partners:
            mentions += [(MEMBERS, p, "entry.partners") for p in partners]
        mentions += [("assumption", id, "entry.vary") for id in config.entry.vary]
        if config.entry.as_good_as:
            mentions.append(("product", config.entry.as_good_as, "entry.as_good_as"))
    if config.firms:
        mentions += [
            ("manufacturer", manufacturer.name, "firms.manufacturer")
            for manufacturer in config.firms.manufacturer
        ]
        mentions += [(MEMBERS, channel.name, "firms.channel") for channel in config.firms.channel]
        if target := config.firms.margin_target:
            mentions.append((MEMBERS, target.channel, "firms.margin_target"))
    if config.negotiations:
        negotiations = config.negotiations
        mentions += [(MEMBERS, name, "negotiations.channels") for name in negotiations.channels]
        mentions += [("manufacturer", m, "negotiations.imported") for m in negotiations.imported]
        mentions += [("assumption", id, "negotiations.vary") for id in negotiations.vary]
    for group in config.together:
        mentions += [("assumption", id, "together") for id in group.assumptions]
    moves = [(f"scenario {s.name!r}", move) for s in config.scenario for move in s.moves]
    moves += [("path.moves", move) for move in (config.path.moves if config.path else ())]
    for where, move in moves:
        for key in ("product", "manufacturer", "channel", "brand"):
            if value := getattr(move, key, None):
                mentions.append((key, value, where))
        for key, names in (("product", "products"), (MEMBERS, "members_of")):
            mentions += [(key, name, where) for name in getattr(move, names, None) or ()]
    return [
        Problem(
            file=f"study.toml, {where}",
            row=None,
            column=None,
            value=repr(name),
            expected=f"{'an' if key == 'assumption' else 'a'} {key} of the tables",
            remedy=suggestion(name, names_by_kind[key])
            or "correct the name, or add it; there are "
            f"{', '.join(sorted(names_by_kind[key]))[:300] or 'none'}.",
        )
        for key, name, where in dict.fromkeys(mentions)
        if key in names_by_kind and name not in names_by_kind[key]
    ]


def _regions(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Names of regions that study.toml does not have."""
    regions = [region.name for region in config.market.region]
    named: list[tuple[str, int | None, str, str]] = [
        (f"study.toml, consumers.income {k}", None, "regions", region)
        for k, group in enumerate(config.consumers.income)
        for region in group.regions
    ]
    for name, column in (("margins", "region"), ("channels", "regions"), ("offers", "regions")):
        if column in tables.get(name, ()):
            table = as_text(tables[name])
            named += [
                (f"{name}.csv", row, column, region)
                for row, cell in zip(row_numbers(table), table[column], strict=True)
                for region in parse_list(cell)
            ]
    return [
        Problem(
            file=file,
            row=row,
            column=column,
            value=region,
            expected="a region of [[market.region]]",
            remedy=suggestion(region, regions) or f"there are {', '.join(regions) or 'none'}.",
        )
        for file, row, column, region in named
        if region not in regions
    ]


def _prices(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Entrants' products without the price at which they would be launched."""
    products = tables.get("products", pd.DataFrame())
    if not config.entry or "product" not in products:
        return []
    entering = {
        name for e in config.entry.entrants for name in (*e.main_products, *e.further_products)
    }
    prices = products["price"].astype(str).str.strip() if "price" in products else None
    return [
        Problem(
            file="products.csv",
            row=row,
            column="price",
            value="",
            expected=f"the list price at which {name}, of an entrant, would be launched",
            remedy="add it.",
        )
        for row, name, price in zip(
            row_numbers(products),
            products["product"],
            [""] * len(products) if prices is None else prices,
            strict=True,
        )
        if name in entering and price in ("", "nan", "None")
    ]


def _references(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """References in study.toml to ids that neither facts.csv nor assumptions.csv has."""
    if not all("id" in tables.get(name, ()) for name in ("facts", "assumptions")):
        return []
    ids = [*dict.fromkeys([*tables["facts"]["id"], *tables["assumptions"]["id"]])]
    return [
        Problem(
            file=f"study.toml, {place}",
            row=None,
            column=None,
            value=f"@{id}",
            expected="the id of a row of facts.csv or assumptions.csv",
            remedy=suggestion(id, ids) or "add the fact with its source.",
        )
        for place, text in _texts(config.model_dump(exclude={"study"}))
        for id in parse_reference(text) or ()
        if id not in ids
    ]


def _texts(part: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of study.toml, with its place."""
    if isinstance(part, str):
        yield place, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, f"{place}.{key}" if place else str(key))
    elif isinstance(part, tuple):
        for k, value in enumerate(part):
            yield from _texts(value, f"{place}.{k}")
