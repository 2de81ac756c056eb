"""Negotiations: what a deal is worth to both sides, on which terms, and what it does to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from inroads.conduct.certificate import Certificate
from inroads.market.certification import proof
from inroads.market.equilibrium import Equilibrium
from inroads.market.pricing import BargainingTerms
from inroads.results import base as records
from inroads.results.negotiations import ChannelResponse, EntrantDeals, Negotiation
from inroads.results.networks import DealTerms
from inroads.study.negotiations.entry_game import EntryGame


def negotiation(
    game: EntryGame,
    manufacturer: str,
    channel: str,
    beside: dict[str, tuple[str, ...]] | None = None,
    *,
    full_range: bool = False,
    terms: BargainingTerms | None = None,
) -> Negotiation:
    """One negotiation: gains and disagreement profits, the range of wholesale prices, who loses.

    beside: other entrants with the deals that they have; without it the manufacturer enters alone.
    """
    others = beside or {}
    without = game.solve({**others, manufacturer: ()}, further_products=full_range, terms=terms)
    deal = game.solve(
        {**others, manufacturer: (channel,)}, further_products=full_range, terms=terms
    )
    link = _link(deal, manufacturer, channel)
    offers = _offers(deal, manufacturer, channel)
    agreed = deal_terms(deal, manufacturer, channel)
    units, wholesale = agreed.units, agreed.wholesale_price
    lost = units_by_manufacturer(deal) - units_by_manufacturer(without)
    making = deal.market.contracts.loc[offers.index, "production_cost"]
    return Negotiation(
        manufacturer=manufacturer,
        channel=channel,
        other_deals={m: tuple(c) for m, c in others.items()},
        full_range=full_range,
        units=units,
        units_elsewhere=float(units_by_manufacturer(deal)[manufacturer]) - units,
        units_without_deal=float(units_by_manufacturer(without)[manufacturer]),
        joint_surplus=float(link["joint_gain"]),
        manufacturer_gain=agreed.manufacturer_gain,
        channel_gain=agreed.channel_gain,
        manufacturer_disagreement_profit=float(link["manufacturer_disagreement_profit"]),
        channel_disagreement_profit=float(link["channel_disagreement_profit"]),
        fixed_fee=float(link["fixed_fee"]),
        wholesale_price=wholesale,
        lowest_wholesale_price=wholesale - agreed.manufacturer_gain / units,
        highest_wholesale_price=wholesale + agreed.channel_gain / units,
        production_cost=float((making * offers["units"]).sum() / units),
        retail_price=agreed.retail_price,
        list_price=_list_price(game, offers),
        given_off=float((_given_off(game, offers) * offers["units"]).sum() / units),
        manufacturer_profit_change=float(
            deal.profits[manufacturer] - without.profits[manufacturer]
        ),
        channel_profit_change=float(deal.profits[channel] - without.profits[channel]),
        rival_units_change={m: float(x) for m, x in lost.drop(manufacturer).items()},
        channel_responses=channel_responses(without, deal, manufacturer),
        consumer_surplus_change=deal.consumer_surplus - without.consumer_surplus,
        certificate=certificate_of(deal),
        certificate_without_deal=certificate_of(without),
    )


def _link(equilibrium: Equilibrium, manufacturer: str, channel: str) -> pd.Series:
    """What a pair agrees on: gains, disagreement profits, fee, wholesale price."""
    return equilibrium.links.set_index(["manufacturer", "channel"]).loc[manufacturer, channel]


def _offers(equilibrium: Equilibrium, manufacturer: str, channel: str) -> pd.DataFrame:
    """Offers of a manufacturer in a channel."""
    frame = equilibrium.frame
    return frame[(frame["manufacturer"] == manufacturer) & (frame["seller"] == channel)]


def deal_terms(equilibrium: Equilibrium, manufacturer: str, channel: str) -> DealTerms:
    """Wholesale price, units and gains of one deal of an equilibrium."""
    link, offers = (
        _link(equilibrium, manufacturer, channel),
        _offers(equilibrium, manufacturer, channel),
    )
    units = float(offers["units"].sum())
    return DealTerms(
        manufacturer=manufacturer,
        channel=channel,
        units=units,
        wholesale_price=float(link["wholesale"]),
        retail_price=float((offers["price"] * offers["units"]).sum() / offers["units"].sum()),
        manufacturer_gain=float(link["manufacturer_gain"]),
        channel_gain=float(link["channel_gain"]),
    )


def units_by_manufacturer(equilibrium: Equilibrium) -> pd.Series:
    """Units a period by manufacturer."""
    return equilibrium.frame.groupby("manufacturer")["units"].sum()


def channel_responses(
    before: Equilibrium, after: Equilibrium, manufacturer: str
) -> dict[str, ChannelResponse]:
    """By channel with members, what a manufacturer's deal does to the others' offers and to its
    profit."""
    old, new = (s.frame[s.frame["manufacturer"] != manufacturer] for s in (before, after))
    old = old[old["seller"] != old["manufacturer"]]
    dearer = (new["price"].reindex(old.index) - old["price"]) * old["units"]
    more = new["units"].reindex(old.index) - old["units"]
    return {
        channel: ChannelResponse(
            price_change=float(dearer[rows].sum() / old["units"][rows].sum()),
            units_change=float(more[rows].sum()),
            profit_change=float(after.profits[channel] - before.profits[channel]),
        )
        for channel in dict.fromkeys(old["seller"])
        for rows in [old["seller"] == channel]
    }


def entrant_deals(
    game: EntryGame, manufacturer: str, partners: tuple[str, ...], quality_error: pd.Series
) -> EntrantDeals:
    """A manufacturer's deals with all of its partners at once, entered alone, against none of
    them."""
    deals, none = {manufacturer: partners}, {manufacturer: ()}
    without, through = game.solve(none), game.solve(deals)
    before, after = units_by_manufacturer(without), units_by_manufacturer(through)
    lost = after.drop(manufacturer) - before.drop(manufacturer)
    low, high = (
        units_with_quality(game, deals, manufacturer, z, error=quality_error) for z in (-1.0, 1.0)
    )
    return EntrantDeals(
        manufacturer=manufacturer,
        partners=partners,
        units=float(after[manufacturer]),
        units_low=low,
        units_high=high,
        units_without_deals=float(before[manufacturer]),
        multiple=float(after[manufacturer] / before[manufacturer]),
        share=float(after[manufacturer] / after.sum()),
        market_units_change=float(after.sum() - before.sum()),
        manufacturer_gain=float(through.profits[manufacturer] - without.profits[manufacturer]),
        rival_units_change={m: float(x) for m, x in lost.items()},
        channel_responses=channel_responses(without, through, manufacturer),
        consumer_surplus_change=through.consumer_surplus - without.consumer_surplus,
        certificate=certificate_of(through),
    )


def with_quality_shift(game: EntryGame, manufacturer: str, z: float, error: pd.Series) -> EntryGame:
    """The game with the quality of a manufacturer's products z standard errors off."""
    products = game.market.products.copy()
    of_manufacturer = products["manufacturer"].eq(manufacturer)
    products.loc[of_manufacturer, "quality"] += z * error[of_manufacturer]
    return game.with_market(replace(game.market, products=products))


def units_with_quality(
    game: EntryGame,
    deals: Mapping[str, tuple[str, ...]],
    manufacturer: str,
    z: float,
    *,
    error: pd.Series,
) -> float:
    """A manufacturer's units with its products' quality z standard errors off."""
    return float(
        units_by_manufacturer(with_quality_shift(game, manufacturer, z, error).solve(deals))[
            manufacturer
        ]
    )


def _list_price(game: EntryGame, offers: pd.DataFrame) -> float:
    """Mean list price of offers, by units."""
    listed = [float(game.market.products.loc[product, "price"]) for product, _ in offers.index]
    return float((offers["units"] * listed).sum() / offers["units"].sum())


def _given_off(game: EntryGame, offers: pd.DataFrame) -> pd.Series:
    """What channels give off list prices of an entrant's offers."""
    facts, products = game.firms.facts, game.market.products
    costs = [
        facts.selling_cost(channel, float(products.loc[product, "price"])) - facts.retail_cost
        for product, channel in offers.index
    ]
    return pd.Series(costs, offers.index, dtype=float)


def certificate_of(equilibrium: Equilibrium) -> records.Certificate:
    """The proof of an equilibrium, looked for once it is published."""
    return certificate_record(proof(equilibrium))


def certificate_record(proved: Certificate) -> records.Certificate:
    """First-order residual, curvature, best deviation found."""
    return records.Certificate(
        residual=proved.residual.relative,
        curvature=proved.curvature,
        best_deviation=proved.deviation.gain,
    )
