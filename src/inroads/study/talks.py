"""Talks: what a deal is worth to both sides, on which terms, and what it does to the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from inroads.conduct.certificate import Certificate
from inroads.market.equilibrium import Equilibrium
from inroads.market.pricing import BargainingTerms
from inroads.study.stage import Stage


def talk(
    stage: Stage,
    maker: str,
    carrier: str,
    beside: dict[str, tuple[str, ...]] | None = None,
    midrange: bool = False,
    terms: BargainingTerms | None = None,
) -> dict[str, Any]:
    """One negotiation: gains and threat points, the range of wholesale prices, who loses.

    beside: other entrants with the deals that they have; without it the maker enters alone. Money
    in dollars a period, wholesale prices by phone (means by units sold).
    """
    others = beside or {}
    alone = stage.settled({**others, maker: ()}, midrange=midrange, terms=terms)
    deal = stage.settled({**others, maker: (carrier,)}, midrange=midrange, terms=terms)
    link = deal.links.set_index(["manufacturer", "channel"]).loc[maker, carrier]
    here = deal.frame[(deal.frame["manufacturer"] == maker) & (deal.frame["seller"] == carrier)]
    units = float(here["units"].sum())
    lost = units_by_maker(deal) - units_by_maker(alone)
    making = deal.market.contracts.loc[here.index, "production_cost"]
    return {
        "maker": maker,
        "carrier": carrier,
        "beside": {m: list(c) for m, c in others.items()},
        "midrange": midrange,
        "units": units,
        "units_elsewhere": float(units_by_maker(deal)[maker]) - units,
        "units_alone": float(units_by_maker(alone)[maker]),
        "joint": float(link["joint_gain"]),
        "maker_gain": float(link["manufacturer_gain"]),
        "carrier_gain": float(link["channel_gain"]),
        "maker_threat": float(link["manufacturer_disagreement_profit"]),
        "carrier_threat": float(link["channel_disagreement_profit"]),
        "fee": float(link["fixed_fee"]),
        "wholesale": float(link["wholesale"]),
        "lowest": float(link["wholesale"] - link["manufacturer_gain"] / units),
        "highest": float(link["wholesale"] + link["channel_gain"] / units),
        "making": float((making * here["units"]).sum() / units),
        "price": float((here["price"] * here["units"]).sum() / units),
        "list_price": _listed(stage, here),
        "maker_value": float(deal.profits[maker] - alone.profits[maker]),
        "carrier_value": float(deal.profits[carrier] - alone.profits[carrier]),
        "lost": {m: float(x) for m, x in lost.drop(maker).items()},
        "shelves": shelves(alone, deal, maker),
        "consumer_surplus_change": deal.consumer_surplus - alone.consumer_surplus,
        "certified": certified(deal),
        "certified_alone": certified(alone),
    }


def units_by_maker(settled: Equilibrium) -> pd.Series:
    """Units a period by maker."""
    return settled.frame.groupby("manufacturer")["units"].sum()


def shelves(before: Equilibrium, after: Equilibrium, maker: str) -> dict[str, dict[str, float]]:
    """By carrier, what a maker's deal does to the others' phones: the change of their price (mean
    by units before, dollars) and of their units, and of the carrier's profit (dollars)."""
    old, new = (s.frame[s.frame["manufacturer"] != maker] for s in (before, after))
    old = old[old["seller"] != old["manufacturer"]]
    dearer = (new["price"].reindex(old.index) - old["price"]) * old["units"]
    more = new["units"].reindex(old.index) - old["units"]
    return {
        shop: {
            "price": float(dearer[rows].sum() / old["units"][rows].sum()),
            "units": float(more[rows].sum()),
            "profit": float(after.profits[shop] - before.profits[shop]),
        }
        for shop in dict.fromkeys(old["seller"])
        for rows in [old["seller"] == shop]
    }


def headline(
    stage: Stage, maker: str, partners: tuple[str, ...], quality_error: pd.Series
) -> dict[str, Any]:
    """A maker's deals with all of its partners at once, entered alone, against none of them.

    low, high: units with the quality of its devices one standard error lower and higher.
    """
    deals, none = {maker: partners}, {maker: ()}
    alone, through = stage.settled(none), stage.settled(deals)
    few, many = units_by_maker(alone), units_by_maker(through)
    lost = many.drop(maker) - few.drop(maker)
    return {
        "maker": maker,
        "partners": list(partners),
        "units": float(many[maker]),
        "units_alone": float(few[maker]),
        "multiple": float(many[maker] / few[maker]),
        "share": float(many[maker] / many.sum()),
        "market_change": float(many.sum() - few.sum()),
        "maker_gain": float(through.profits[maker] - alone.profits[maker]),
        "lost": {m: float(x) for m, x in lost.items()},
        "shelves": shelves(alone, through, maker),
        "consumer_surplus_change": through.consumer_surplus - alone.consumer_surplus,
        "certified": certified(through),
        **{
            side: units_with_quality(stage, deals, maker, z, quality_error)
            for side, z in (("low", -1.0), ("high", 1.0))
        },
    }


def of_quality(stage: Stage, maker: str, z: float, error: pd.Series) -> Stage:
    """The stage with the quality of a maker's devices z standard errors off."""
    devices = stage.market.devices.copy()
    own = devices["manufacturer"].eq(maker)
    devices.loc[own, "quality"] += z * error[own]
    return stage.on(replace(stage.market, devices=devices))


def units_with_quality(
    stage: Stage, deals: Mapping[str, tuple[str, ...]], maker: str, z: float, error: pd.Series
) -> float:
    """A maker's units with its devices' quality z standard errors off."""
    return float(units_by_maker(of_quality(stage, maker, z, error).settled(deals))[maker])


def _listed(stage: Stage, here: pd.DataFrame) -> float:
    listed = [float(stage.market.devices.loc[device, "price"]) for device, _ in here.index]
    return float((here["units"] * listed).sum() / here["units"].sum())


def certified(settled: Equilibrium) -> dict[str, float]:
    """The proof of an equilibrium: first-order residual, curvature, best deviation found."""
    assert settled.certificate is not None
    return proof_as_data(settled.certificate)


def proof_as_data(proof: Certificate) -> dict[str, float]:
    """A certificate as results.json holds it."""
    return {
        "residual": proof.residual,
        "curvature": proof.curvature,
        "best_deviation": proof.deviation.gain,
    }
