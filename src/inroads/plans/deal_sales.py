"""What a deal sells, and what clauses on its risk bring both sides.

Amounts are fixed when the deal is signed, in parts of what is expected then: the deal's sales at
the central numbers. At a draw it sells otherwise, and the clauses bring one side what they cost the
other (`conduct/bargaining/trade_terms.py`).
"""

from __future__ import annotations

import numpy as np

from inroads.conduct.bargaining.trade_terms import Effects, first_order, minimum_volume
from inroads.plans.clauses import Clauses
from inroads.plans.paths import DealSales, Played
from inroads.plans.strategies import Strategy


def deal_sales(played: Played, strategy: Strategy, partner: str) -> DealSales:
    """What is sold through a partner on a strategy's path; prices of periods without sales are
    those of the period before."""
    if (strategy, partner) not in played.sales:
        played.sales[strategy, partner] = _deal_sales(played, strategy, partner)
    return played.sales[strategy, partner]


def _deal_sales(played: Played, strategy: Strategy, partner: str) -> DealSales:
    maker, channel = played.pair(partner)
    path, model = played.path(strategy), played.model
    frame = path.frame
    sold = frame[frame["manufacturer"].eq(maker) & frame["channel"].eq(channel)]
    facts, products = model.game.firms.facts, model.game.firms.market.products
    launched = products.loc[sold["product"], "price"].to_numpy(float)
    left = (1 - facts.margin_of(maker)) * (1 - facts.open_channel_cut) * launched
    given = products.loc[sold["product"], "production_cost"].to_numpy(float)
    listed = sold["list price"].to_numpy(float)
    units = sold["units"].to_numpy(float)
    dollars = sold.assign(
        wholesale=units * sold["wholesale"],
        cost=units * np.where(np.isnan(given), left, given) * listed / (launched * strategy.price),
    )
    periods = range(path.periods)
    totals = dollars.groupby("period")[["units", "wholesale", "cost"]].sum().reindex(periods)
    means = totals[["wholesale", "cost"]].div(totals["units"], axis=0).ffill().bfill()
    amounts = totals["units"].fillna(0.0).to_numpy()
    margin = float(means["wholesale"].iloc[0] - means["cost"].iloc[0])
    links = path.links
    if not links.empty:
        deals = links[links["manufacturer"].eq(maker) & links["channel"].eq(channel)]
        if not deals.empty:
            deal = deals.iloc[0]
            margin = float(deal["manufacturer_gain"]) / amounts[int(deal["period"])]
    return DealSales(
        units=amounts,
        wholesale=means["wholesale"].to_numpy(),
        cost=means["cost"].to_numpy(),
        margin=max(margin, 0.0),
    )


def clause_effects(
    played: Played, strategy: Strategy, partner: str, clauses: Clauses, agreed: DealSales
) -> Effects:
    """What clauses of a deal bring its two sides in each period (T,), agreed on these sales."""
    actual = deal_sales(played, strategy, partner)
    guarantee = minimum_volume(actual.units, clauses.guarantee * agreed.units, agreed.margin)
    manufacturer, channel = (np.array(side) for side in guarantee)
    if clauses.order:
        first = dict(strategy.launches)[partner]
        # Of a product whose successor has come nothing is sold any more.
        successor = [*played.model.launches(first), len(agreed.units)][1]
        on_sale = slice(first, successor)
        order = first_order(
            actual.units[on_sale],
            clauses.order * agreed.units[first],
            actual.wholesale[on_sale],
            actual.cost[on_sale],
            protection=clauses.protection,
            buy_back=clauses.buy_back * actual.wholesale[first],
        )
        manufacturer[on_sale] += order.manufacturer
        channel[on_sale] += order.channel
    return Effects(manufacturer, channel)
