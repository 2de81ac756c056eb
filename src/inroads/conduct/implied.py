"""Costs that make observed prices and terms an equilibrium: first-order conditions, turned round.

Retail conditions and simultaneous bargains are linear in unit costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inroads.choice.model import Array
from inroads.conduct.bargaining import gains, rates, split
from inroads.conduct.breakdown import broken_down
from inroads.conduct.links import Links
from inroads.conduct.pricing import Conditions, Retail
from inroads.conduct.stakes import Stakes

#: unit costs of shops (J,) and of makers (J,) -> stakes
StakesOf = Callable[[Array, Array], Stakes]


def implied_costs(
    retail: Retail, stakes_of: StakesOf, prices: Array, wholesale: Array, making: Array
) -> Array:
    """Shops' unit costs (J,) at which prices (J,) are best answers, zero where nobody sets p_j.

    making (J,): makers' unit costs, which matter to shops that make.
    """
    here = retail.at(prices, wholesale)
    none = np.zeros_like(prices)
    at_zero = _at(here, stakes_of(none, making))
    free = np.flatnonzero(here.free)
    # A unit of cost in j lowers what the firm that sets p_k earns by ds_j/dp_k, if it bears it.
    borne = stakes_of(none + 1.0, making).cost - at_zero.retail.stakes.cost
    slope = -borne[retail.setter[free]] * here.choices.jacobian[:, free].T
    found = none.copy()
    found[free] = -np.linalg.solve(slope[:, free], at_zero.own()[free])
    return found


def implied_chain_costs(
    retail: Retail,
    stakes_of: StakesOf,
    links: Links,
    prices: Array,
    wholesale: Array,
    making: Array,
) -> tuple[Array, Array]:
    """Unit costs of shops and makers (J,) at which prices and simultaneous bargains hold.

    The maker's margin is the same on all offers of a link; `making` is kept where no link is.
    """
    here, none = retail.at(prices, wholesale), np.zeros_like(prices)
    free, first = np.flatnonzero(here.free), np.where(links.of_offer >= 0, wholesale, making)
    at_zero = _at(here, stakes_of(none, first))
    stakes = at_zero.retail.stakes
    without = broken_down(at_zero, links, np.ones(len(prices), dtype=bool))
    lost = here.choices.shares - without.shares
    lam, (a, b) = links.power, rates(links, stakes)

    def slopes(borne: Array) -> Array:
        """What a unit of cost in each offer does to all conditions (F + L, J), by who bears it."""
        own = borne[retail.setter[free]] * here.choices.jacobian[:, free].T
        shared = (lam * b)[:, None] * borne[links.maker] - ((1 - lam) * a)[:, None] * borne[
            links.shop
        ]
        return -np.vstack([own, shared * lost])

    in_handling = slopes(stakes_of(none + 1.0, first).cost - stakes.cost)[:, free]
    in_margins = -slopes(stakes_of(none, first + 1.0).cost - stakes.cost) @ links.drops.T
    gained = gains(links, at_zero.profits, without.profits)
    base = np.concatenate([at_zero.own()[free], split(links, gained, (a, b))])
    found = np.linalg.solve(np.hstack([in_handling, in_margins]), -base)
    handling = none.copy()
    handling[free] = found[: len(free)]
    return handling, first - found[len(free) :] @ links.drops


def _at(here: Conditions, stakes: Stakes) -> Conditions:
    """The same prices and choices under other stakes."""
    return replace(here, retail=replace(here.retail, stakes=stakes))
