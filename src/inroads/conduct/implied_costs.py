"""Costs that make observed prices and terms an equilibrium: first-order conditions, inverted.

Retail conditions and simultaneous bargains are linear in unit costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.bargaining.base import gains_from_trade, nash_foc
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.bargaining.links import Links
from inroads.conduct.bargaining.simultaneous import wholesale_pass_rates
from inroads.conduct.retail_pricing import Conditions, Retail
from inroads.conduct.stakes import Stakes

#: unit costs of channels (J,) and of manufacturers (J,) -> stakes
StakesAtCosts = Callable[[Array, Array], Stakes]


def implied_costs(
    retail: Retail,
    stakes_at: StakesAtCosts,
    prices: Array,
    wholesale: Array,
    *,
    production_cost: Array,
) -> Array:
    """Channels' unit costs (J,) at which prices are best answers, zero where p_j is fixed.

    production_cost (J,): manufacturers' unit costs, which matter to channels that make.
    """
    observed = retail.conditions(prices, wholesale)
    none = np.zeros_like(prices)
    at_zero = _with_stakes(observed, stakes_at(none, production_cost))
    is_set = np.flatnonzero(observed.is_set)
    # A unit of cost in j lowers what the firm that sets p_k earns by ds_j/dp_k, if it bears it.
    borne = stakes_at(none + 1.0, production_cost).cost - at_zero.retail.stakes.cost
    slope = -borne[retail.price_setter[is_set]] * observed.choices.jacobian[:, is_set].T
    cost = none.copy()
    cost[is_set] = -np.linalg.solve(slope[:, is_set], at_zero.foc()[is_set])
    return cost


def implied_vertical_costs(
    retail: Retail,
    stakes_at: StakesAtCosts,
    links: Links,
    prices: Array,
    *,
    wholesale: Array,
    production_cost: Array,
) -> tuple[Array, Array]:
    """Unit costs of channels and manufacturers (J,) at which prices and simultaneous bargains hold.

    The manufacturer's margin is the same on all offers of a link; `production_cost` stands where no
    link is.
    """
    observed, none = retail.conditions(prices, wholesale), np.zeros_like(prices)
    is_set = np.flatnonzero(observed.is_set)
    first = np.where(links.link_of_offer >= 0, wholesale, production_cost)
    at_zero = _with_stakes(observed, stakes_at(none, first))
    stakes = at_zero.retail.stakes
    broken = without_each_link(at_zero, links, np.ones(len(prices), dtype=bool))
    lost = observed.choices.shares - broken.shares
    lam, (a, b) = links.channel_weight, wholesale_pass_rates(links, at_zero)

    def slopes(borne: Array) -> Array:
        """d conditions / d cost of each offer (F + L, J), by who bears it."""
        retail_rows = borne[retail.price_setter[is_set]] * observed.choices.jacobian[:, is_set].T
        of_manufacturer = (lam * b)[:, None] * borne[links.manufacturer]
        of_channel = ((1 - lam) * a)[:, None] * borne[links.channel]
        return -np.vstack([retail_rows, (of_manufacturer - of_channel) * lost])

    in_retail_cost = slopes(stakes_at(none + 1.0, first).cost - stakes.cost)[:, is_set]
    in_margins = -slopes(stakes_at(none, first + 1.0).cost - stakes.cost) @ links.offers_lost.T
    gains = gains_from_trade(links, at_zero.profits, broken.profits)
    base = np.concatenate([at_zero.foc()[is_set], nash_foc(links, gains, (a, b))])
    solved = np.linalg.solve(np.hstack([in_retail_cost, in_margins]), -base)
    retail_cost = none.copy()
    retail_cost[is_set] = solved[: len(is_set)]
    return retail_cost, first - solved[len(is_set) :] @ links.offers_lost


def _with_stakes(at: Conditions, stakes: Stakes) -> Conditions:
    """The same prices and choices under other stakes."""
    return replace(at, retail=replace(at.retail, stakes=stakes))
