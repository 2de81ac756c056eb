"""A market as the arrays of `conduct`: demand, stakes, who sets prices, who bargains, and back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining import LinearPrice, Links, NegotiatedTerms, make_links
from inroads.conduct.consideration_demand import ConsiderationDemand
from inroads.conduct.demand_systems import DemandSystem
from inroads.conduct.implied_costs import implied_costs, implied_vertical_costs
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import Stakes, ownership_rows
from inroads.errors import refuse
from inroads.market.offers import check_costs, profit_weights
from inroads.market.utility_columns import payment_weights

if TYPE_CHECKING:
    from inroads.market.market import Market, Pair


def demand_of(market: Market) -> PricedDemand | ConsiderationDemand | DemandSystem:
    """Demand at any prices, with the agents' weights that deals leave."""
    consumers = market.consumers
    if isinstance(consumers, PricedDemand):
        return replace(consumers, weights=market.weights)
    return consumers if isinstance(consumers, DemandSystem) else _around_list_prices(market)


def _around_list_prices(market: Market) -> ConsiderationDemand:
    """Demand of a labelled market, linear in price around list prices (a dollar more)."""
    columns, arrays = market.columns, market.arrays
    price = columns["price"].astype(float)
    _, dearer = payment_weights(columns | {"price": price + 1.0}, market.labelled_consumers)
    # The first column of X is what paying weighs, with its sign.
    alpha = market.tastes["money"] * (dearer + arrays.X[0])
    return ConsiderationDemand(
        utility=market.utility + alpha * price[:, None],
        alpha=alpha,
        weights=market.weights,
        group=arrays.group,
        taste=arrays.types.taste_by_group,
    )


def demand_by_agent(market: Market) -> PricedDemand | DemandSystem:
    """Demand as arrays over agents, of a labelled market each cell and type; a system as it is."""
    demand = market.demand
    return demand.by_agent if isinstance(demand, ConsiderationDemand) else demand


def owner_index(market: Market, side: str) -> Index:
    """The owner of each offer's manufacturer or seller (J,), as numbers."""
    place = {firm: k for k, firm in enumerate(market.firms)}
    return np.array([place[owner] for owner in market.owner(side)], dtype=np.intp)


def agent_stakes(market: Market) -> dict[str, Array]:
    """What firms earn besides: given, (J, I) by agent, or what members are worth to channels,
    (J, C) by cell."""
    if not market.is_labelled:
        return dict(market.stakes)
    facts = market.firm_facts
    if facts is None:
        return {}
    cells, columns = market.labelled_consumers.columns, market.columns
    channel, is_open = columns["channel"], ~columns["has_members"].astype(bool)
    may_finance = cells["may_finance"].astype(bool)
    stakes = {}
    for name in market.channels.index[market.channels["has_members"]]:
        home = cells["home"] == name
        worth = np.where(
            may_finance, facts.member_value.get(name, 0.0), facts.cash_member_value.get(name, 0.0)
        )
        if worth.any():
            # Whoever buys in the open channel stays where it was; here it comes, elsewhere it goes.
            cases = np.stack([np.zeros(len(home)), worth * (1.0 - home), -worth * home])
            stakes[str(name)] = cases[np.where(is_open, 0, np.where(channel == name, 1, 2))]
    return stakes


def stakes_at(market: Market, retail_cost: Array, production_cost: Array) -> Stakes:
    """Stakes of owners at unit costs (J,) of sellers and manufacturers."""
    count = len(market.firms)
    makes = ownership_rows(owner_index(market, "manufacturer"), count)
    sells = ownership_rows(owner_index(market, "seller"), count)
    by_owner: dict[int, Array] = {}
    for firm, stake in agent_stakes(market).items():
        if market.is_labelled and market.owners.get(firm, firm) not in market.firms:
            continue  # a channel without offers decides nothing
        owner = market.firms.index(market.owners.get(firm, firm))
        by_owner[owner] = by_owner.get(owner, 0.0) + stake
    received = makes * market.column("manufacturer_receives")
    stakes = Stakes(
        retail_price_share=sells * market.column("retail_share"),
        wholesale_share=received - sells * market.column("channel_pays"),
        cost=makes * production_cost + sells * retail_cost,
        agent_stakes=by_owner,
    )
    if market.holdings is None:
        return stakes
    return stakes.owned_by(profit_weights(market.holdings, market.firms))


def retail(market: Market) -> Retail:
    """Who buys, who earns what, who sets which price."""
    fixed = market.firm_columns["price_fixed"].astype(bool)
    stakes = stakes_at(market, market.column("retail_cost"), market.column("production_cost"))
    setter = np.where(fixed, -1, owner_index(market, "seller"))
    return Retail(market.demand, stakes, setter, held_prices=market.column("price"))


def is_limited(market: Market) -> bool:
    """Whether units of offers are limited, by capacities or quotas."""
    quotas = getattr(market.pricing, "quotas", ())
    return bool(np.isfinite(market.column("capacity")).any() or quotas)


def limits(market: Market) -> tuple[Array, Array]:
    """Groups of offers (L, J) and the units that each may sell (L,): offers, then quotas."""
    quotas = getattr(market.pricing, "quotas", ())
    capacity = market.column("capacity")
    groups = [np.eye(len(capacity)), *(quota.offers_of(market)[None] for quota in quotas)]
    # A quota whose offers have all left the shelf limits nothing.
    left = [quota.units if quota.offers_of(market).any() else np.inf for quota in quotas]
    return np.concatenate(groups).astype(float), np.concatenate([capacity, left])


def negotiated_terms(market: Market) -> NegotiatedTerms | None:
    """The negotiations; None where wholesale prices are given."""
    terms, columns = market.pricing.terms, market.firm_columns
    if terms is None:
        return None
    pairs = zip(columns["manufacturer"], columns["seller"], strict=True)
    weight = np.array([terms.channel_weight(m, c) for m, c in pairs])
    negotiated = columns["negotiated"].astype(bool)
    manufacturer, seller = owner_index(market, "manufacturer"), owner_index(market, "seller")
    links = make_links(
        manufacturer, np.where(negotiated, seller, manufacturer), weight, terms.disagreement
    )
    weights_given_deals = market.weights_given_deals
    if weights_given_deals is not None:
        without = [
            weights_given_deals(market, market.pairs - {pair}) for pair in pairs_of(market, links)
        ]
        links = replace(links, agent_weights_without=np.array(without) if without else None)
    return NegotiatedTerms(
        links=links,
        production_cost=np.where(
            negotiated | (manufacturer == seller),
            cost_in_wholesale(market),
            given_wholesale(market),
        ),
        timing=terms.timing,
        contract=terms.contract,
    )


def pairs_of(market: Market, links: Links) -> list[Pair]:
    """The manufacturer and the seller, as offers name them, of each link."""
    rows, columns = links.offers_lost.argmax(axis=1), market.firm_columns
    return list(zip(columns["manufacturer"][rows], columns["seller"][rows], strict=True))


def given_wholesale(market: Market) -> Array:
    """Wholesale prices (J,) where nobody bargains: as given, at cost inside one firm."""
    inside = owner_index(market, "manufacturer") == owner_index(market, "seller")
    bargains = market.pricing.terms is not None
    negotiated = market.firm_columns["negotiated"].astype(bool) & bargains
    return np.where(inside, cost_in_wholesale(market), _wholesale(market, ~inside & ~negotiated))


def cost_in_wholesale(market: Market) -> Array:
    """The wholesale price (J,) that leaves the manufacturer its unit cost."""
    return market.column("production_cost") / market.column("manufacturer_receives")


def _wholesale(market: Market, needed: Mask) -> Array:
    values = market.column("wholesale")
    if np.isnan(values[needed]).any():
        row = market.offer_names[needed & np.isnan(values)][0]
        raise refuse(
            expected="a number in 'wholesale' for every offer sold by another firm",
            found=f"none for {row}",
            where="offers",
            remedy="fill it in, or give pricing=Vertical(...) to have it bargained over.",
        )
    return np.where(np.isnan(values), market.column("production_cost"), values)


def with_implied_costs(market: Market, *, below_zero: bool = False) -> Market:
    """The same with unit costs at which its prices, and its terms, are an equilibrium.

    Sellers' costs follow from retail prices; manufacturers' also, where terms are bargained over
    simultaneously and linearly; otherwise `production_cost` is taken as known. Raises InputError
    where a cost comes out below zero, unless `below_zero` says that they may (a seller's may: what
    it earns besides can be worth more than its retail costs).
    """
    if not market.has_firms:
        raise refuse(
            expected="a market in which firms set prices (pricing Bertrand or Vertical)",
            found="list prices",
            where="pricing",
            remedy="give pricing=Bertrand().",
        )
    p, production_cost = market.column("price"), market.column("production_cost")
    negotiated, terms = negotiated_terms(market), market.pricing.terms
    if negotiated is None or terms is None or len(negotiated.links) == 0:
        w = given_wholesale(market)
        retail_cost = implied_costs(
            retail(market), partial(stakes_at, market), p, w, production_cost=production_cost
        )
    else:
        if not isinstance(terms.contract, LinearPrice) or terms.timing != "simultaneous":
            raise refuse(
                expected="linear contracts under simultaneous timing, to read costs off terms",
                found=f"{type(terms.contract).__name__}, {terms.timing}",
                where="terms",
                remedy="give production and retail costs instead of calibrating them.",
            )
        apart = owner_index(market, "manufacturer") != owner_index(market, "seller")
        w = _wholesale(market, apart)
        retail_cost, production_cost = implied_vertical_costs(
            retail(market),
            partial(stakes_at, market),
            negotiated.links,
            p,
            wholesale=w,
            production_cost=production_cost,
        )
    if not below_zero:
        costs = {"production": production_cost, "retail": retail_cost}
        names = list(market.offer_names)
        check_costs(costs, p, names, "offers", remedy="check prices and elasticities")
    offers = market.offers.assign(retail_cost=retail_cost, production_cost=production_cost)
    return replace(market, offers=offers)
