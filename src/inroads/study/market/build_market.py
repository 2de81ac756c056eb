"""A study's tables as a market, before anything is known of tastes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError
from inroads.market.market import Market
from inroads.study.market.consumer_cells import consumers
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def uncalibrated_market(study: Study) -> Market:
    """The market without utilities: tables resolved, consumers built."""
    facts, tables = study.facts, study.tables

    def column(table: str, name: str) -> Array:
        return facts.resolve_column(tables[table], name, SCHEMAS[table])

    devices = tables["devices"].set_index("device")[
        ["maker", "brand", "platform", "tier", "networks", "launched"]
    ]
    # The columns of the tables in the words of the engine.
    devices = devices.rename(columns={"maker": "manufacturer"})
    devices = devices.assign(price=column("devices", "price"), quality=0.0)
    channels = tables["channels"].set_index("channel")[["network"]]
    home = pd.Series(column("channels", "home"), channels.index)
    channels = channels.assign(
        # A channel with customers of its own is a carrier.
        kind=np.where(home.notna(), "carrier", "open"),
        months=column("channels", "months"),
        down=np.nan_to_num(column("channels", "down")),
        limit=np.nan_to_num(column("channels", "limit"), nan=np.inf),
        appeal=0.0,
    )
    offers = tables["offers"][["device", "channel"]].copy()
    own = channels.loc[offers["channel"]]
    months, down = column("offers", "months"), column("offers", "down")
    offers = offers.assign(
        price=column("offers", "price"),
        months=np.where(np.isnan(months), own["months"], months),
        down=np.where(np.isnan(down), own["down"], down),
        limit=own["limit"].to_numpy(),
        extra=0.0,
    )
    carried = devices.loc[offers["device"], "networks"].to_numpy()
    shelf = own["network"].where(own["kind"].eq("carrier"), "any").to_numpy()
    # A carrier sells variants that work on its network.
    offers["networks"] = [
        n if s == "any" else "+".join(sorted({*n.split("+"), s}))
        for n, s in zip(carried, shelf, strict=True)
    ]
    networks = channels["network"].to_dict()
    size = study.config.market
    labelled_consumers = consumers(
        study.config.consumers,
        home.dropna().to_dict(),
        networks,
        lambda c, w: resolve_number(study, c, w),
    )
    sales = resolve_number(study, size.sales, f"sales in {study.config.study.period}")
    if not 0 < sales < 1e15:
        raise InputError.single(
            expected="units sold, above 0",
            found=f"{sales:g}",
            where="study.toml, market.sales",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
    return Market(
        devices=devices,
        channels=channels,
        offers=offers.reset_index(drop=True),
        consumers=labelled_consumers,
        tastes={"money": 1.0},
        size=sales / inside_share(study),
        period=study.config.study.period,
    )


def resolve_number(study: Study, cell: float | str, where: str) -> float:
    """What a cell of study.toml stands for."""
    return study.facts.resolve(cell, f"study.toml: {where}").value


def inside_share(study: Study) -> float:
    """Share of consumers in the market who buy."""
    outside = resolve_number(study, study.config.market.outside, "share of consumers who buy none")
    if not 0 < outside < 1:
        raise InputError.single(
            expected="a share between 0 and 1 of consumers who buy none",
            found=f"{outside:g}",
            where="study.toml, market.outside",
            remedy="give a share, 0.25 for 25 percent.",
        )
    return 1.0 - outside
