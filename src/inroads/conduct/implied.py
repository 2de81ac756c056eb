"""Costs that make observed prices and terms an equilibrium: first-order conditions, turned round.

Retail conditions and simultaneous bargains are linear in unit costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inroads.choice.model import Array
from inroads.conduct.bargaining import gains, rates, split
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
    here = retail.at(prices, wholesale)
    there = ~links.drops
    worlds = retail.at(np.broadcast_to(prices, there.shape), wholesale, there)
    free = np.flatnonzero(here.free)
    F, L, J = len(free), len(links), len(prices)

    def costs(x: Array) -> tuple[Array, Array]:
        handling = np.zeros(J)
        handling[free] = x[:F]
        linked = links.drops.any(axis=0)
        return handling, np.where(linked, wholesale - x[F:] @ links.drops, making)

    def conditions(x: Array) -> Array:
        stakes = stakes_of(*costs(x))
        agreed, without = _at(here, stakes), _at(worlds, stakes)
        gained = gains(links, agreed.profits, without.profits)
        return np.concatenate([agreed.own()[free], split(links, gained, rates(links, stakes))])

    base = conditions(np.zeros(F + L))
    slope = np.stack([conditions(unit) - base for unit in np.eye(F + L)], axis=-1)
    return costs(np.asarray(-np.linalg.solve(slope, base)))


def _at(here: Conditions, stakes: Stakes) -> Conditions:
    """The same prices and choices under other stakes."""
    return replace(here, retail=replace(here.retail, stakes=stakes))
