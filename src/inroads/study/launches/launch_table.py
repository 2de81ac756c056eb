"""launches.csv: what is known at the study's date of how past launches went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.study.market.hedonic import specification_columns
from inroads.tables.cells import parse_list, parse_number
from inroads.tables.dates import known_on
from inroads.tables.schemas import LAUNCHES

if TYPE_CHECKING:
    from inroads.study.load import Study

_NUMBERS = ("price", "known_before", "known", "months", "value", "error", "market_sales")


@dataclass(frozen=True, kw_only=True)
class LaunchFigure:
    """One figure of a past launch: what was launched where, and what it sold.

    product: its name in products.csv, blank where it is not there; channels: where it was on sale;
    channel: what the figure is of, all of these where empty; price: at every channel (None: as
    offered there, else the product's, else the mean of its tier); awareness: of its brand while it
    sold (None: as in the market); measure, bound: see `tables/schemas.py`; months: that `value`
    covers; error: of the report, a standard deviation in logs; market_sales: units of all then, in
    a period of the study (None: as in its market); specification: by column of products.csv, what
    the table says.
    """

    launch: str
    manufacturer: str
    brand: str
    product: str
    platform: str
    tier: str
    standards: str
    launched: date
    channels: tuple[str, ...]
    channel: tuple[str, ...]
    price: float | None
    awareness: float | None
    measure: str
    months: float
    value: float
    bound: str
    error: float
    market_sales: float | None
    published: str
    source: str
    url: str
    quote: str
    note: str
    specification: Mapping[str, float]


def read_launch_figures(study: Study) -> list[LaunchFigure]:
    """Figures published by the study's date, in the order of the table; none without one.

    Raises InputError for numbers that refer to nothing known.
    """
    table = study.tables["launches"]
    is_published = [known_on(day) <= study.as_of for day in table["published"]]
    table = table[is_published]
    if table.empty:
        return []
    part = study.config.hedonic
    given = [c for c in specification_columns(study, part.formula if part else "") if c in table]
    numbers = {name: _numbers(study, table, name) for name in (*_NUMBERS, *given)}
    figures = []
    for k, row in enumerate(table.to_dict("records")):
        values = {name: _given(column[k]) for name, column in numbers.items()}
        aware = values["known"] if values["known"] is not None else values["known_before"]
        texts = {
            name: str(row[name])
            for name in ("launch", "manufacturer", "product", "platform", "tier", "standards")
        }
        sources = {name: str(row[name]) for name in ("published", "source", "url", "quote", "note")}
        figures.append(
            LaunchFigure(
                **texts,
                **sources,
                brand=str(row["brand"]),
                launched=known_on(str(row["launched"])),
                channels=parse_list(str(row["channels"])),
                channel=parse_list(str(row["channel"])),
                price=values["price"],
                awareness=aware,
                measure=str(row["measure"]),
                months=float(numbers["months"][k]),
                value=float(numbers["value"][k]),
                bound=str(row["bound"]),
                error=float(numbers["error"][k]),
                market_sales=values["market_sales"],
                specification={n: v for n in given if (v := values[n]) is not None},
            )
        )
    return figures


def _numbers(study: Study, table: pd.DataFrame, name: str) -> Array:
    """A column (n,). Plain numbers have the source of their row; references go into the ledger."""
    plain = [parse_number(cell) for cell in table[name]]
    references = table.assign(**{name: table[name].where([number is None for number in plain], "")})
    values = study.facts.resolve_column(references, name, LAUNCHES)
    return np.array([v if x is None else x for x, v in zip(plain, values, strict=True)])


def _given(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
