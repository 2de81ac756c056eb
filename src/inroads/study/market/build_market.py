"""A study's tables as a market, before anything is known of tastes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.study.demand.consumers_of_estimate import characteristics, with_estimated_tastes
from inroads.study.market.consumer_cells import consumers, plain_text
from inroads.study.market.regions import Place, column_of, out_of_reach
from inroads.tables.cells import parse_list
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def uncalibrated_market(study: Study) -> Market:
    """The market without utilities: tables resolved, consumers built."""
    facts, tables = study.facts, study.tables

    def column(table: str, name: str) -> Array:
        return facts.resolve_column(tables[table], name, SCHEMAS[table])

    products = tables["products"].set_index("product")[
        ["manufacturer", "brand", "platform", "tier", "standards", "launched"]
    ]
    products = products.assign(price=column("products", "price"), quality=0.0)
    products = pd.concat([products, characteristics(study)], axis=1)
    channels = tables["channels"].set_index("channel")[["standard"]]
    members = pd.Series(column("channels", "members"), channels.index)
    channels = channels.assign(
        has_members=members.notna(),
        months=np.nan_to_num(column("channels", "months")),
        down=np.nan_to_num(column("channels", "down")),
        limit=np.nan_to_num(column("channels", "limit"), nan=np.inf),
        appeal=0.0,
    )
    offers = tables["offers"][["product", "channel"]].copy()
    own = channels.loc[offers["channel"]]
    months, down = column("offers", "months"), column("offers", "down")
    offers = offers.assign(
        price=column("offers", "price"),
        months=np.where(np.isnan(months), own["months"], months),
        down=np.where(np.isnan(down), own["down"], down),
        limit=own["limit"].to_numpy(),
        extra=0.0,
    )
    carried = products.loc[offers["product"], "standards"].to_numpy()
    shelf = own["standard"].where(own["has_members"], "any").to_numpy()
    # A channel sells variants that meet its standard.
    offers["standards"] = [
        n if s == "any" else "+".join(sorted({*n.split("+"), s}))
        for n, s in zip(carried, shelf, strict=True)
    ]
    standards = channels["standard"].to_dict()
    size = study.config.market
    if names := [region.name for region in size.region]:
        products = products.assign(**{column_of(name): 0.0 for name in names})
        channels = channels.assign(
            **out_of_reach(map(parse_list, tables["channels"]["regions"]), names)
        )
        offers = offers.assign(**out_of_reach(map(parse_list, tables["offers"]["regions"]), names))
    labelled_consumers = consumers(
        study.config.consumers,
        _places(study, members.dropna()),
        standards,
        partial(resolve_number, study),
    )
    if study.estimate and (part := study.config.demand):
        prices, income = (_unit(study, name) for name in ("prices", "income"))
        labelled_consumers = with_estimated_tastes(
            labelled_consumers, study.estimate, part, prices, income
        )
    sales = resolve_number(
        study, size.sales, "market.sales", f"sales in {study.config.study.period}"
    )
    products, channels, offers = map(plain_text, (products, channels, offers))
    if not 0 < sales < 1e15:
        raise refuse(
            expected="units sold, above 0",
            found=f"{sales:g}",
            where="study.toml, market.sales",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
    return Market(
        products=products,
        channels=channels,
        offers=offers.reset_index(drop=True),
        consumers=labelled_consumers,
        tastes={"money": 1.0},
        size=sales / inside_share(study),
        period=study.config.study.period,
    )


def _places(study: Study, members: pd.Series) -> dict[str, Place]:
    """Regions with the members of channels that are there; all consumers where there are none."""
    named = study.tables["channels"].set_index("channel")["regions"].map(parse_list)
    return {
        region: Place(
            part, {str(c): m for c, m in members.items() if region in (named[c] or (region,))}
        )
        for region, part in _parts_of_regions(study).items()
    }


def _parts_of_regions(study: Study) -> dict[str, float]:
    """The part of consumers in each region; all in one without a name where there are none."""
    if not study.config.market.region:
        return {"": 1.0}
    parts = np.array(
        [
            resolve_number(
                study,
                region.consumers,
                f"market.region.{k}.consumers",
                f"consumers in {region.name}",
            )
            for k, region in enumerate(study.config.market.region)
        ]
    )
    if not ((parts > 0).all() and np.isfinite(parts).all()):
        raise refuse(
            expected="consumers in every region, more than none",
            found=", ".join(f"{part:g}" for part in parts),
            where="study.toml, market.region",
            remedy="correct the number, or leave the region out.",
        )
    names = (region.name for region in study.config.market.region)
    return dict(zip(names, map(float, parts / parts.sum()), strict=True))


def resolve_number(study: Study, cell: float | str, path: str, use: str) -> float:
    """What a cell of study.toml stands for; `path` is its place there, under which the ledger has
    it, `use` what it is used for, in words."""
    return study.facts.resolve(cell, f"study.toml: {path}", use=use).value


def _unit(study: Study, name: Literal["prices", "income"]) -> float:
    """What a unit of the estimate's prices, or of its incomes, is in the study's money."""
    cell = getattr(study.config.demand, name)
    unit = resolve_number(study, cell, f"demand.{name}", f"a unit of the estimate's {name}")
    if not 0 < unit < 1e15:
        raise refuse(
            expected=f"what a unit of the estimate's {name} is, above 0",
            found=f"{unit:g}",
            where=f"study.toml, demand.{name}",
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    return unit


def inside_share(study: Study) -> float:
    """Share of consumers in the market who buy; of those that an estimate's agents stand for, where
    these leave out some who never do."""
    outside = resolve_number(
        study, study.config.market.outside, "market.outside", "share of consumers who buy none"
    )
    if not 0 < outside < 1:
        raise refuse(
            expected="a share between 0 and 1 of consumers who buy none",
            found=f"{outside:g}",
            where="study.toml, market.outside",
            remedy="give a share, 0.25 for 25 percent.",
        )
    buyers = study.estimate.buyers if study.estimate else None
    inside = (1.0 - outside) / (buyers.mass if buyers else 1.0)
    if not inside < 1:
        raise refuse(
            expected=f"fewer buyers than its agents stand for, {1 - outside:.3g} of consumers",
            found=f"agents whose weights sum to {buyers.mass:.3g}" if buyers else "",
            where="study.toml, market.outside",
            remedy="count as consumers whom the estimate did.",
        )
    return inside
