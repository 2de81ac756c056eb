"""What each firm earns when an agent chooses an offer: stakes, and how ownership adds them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.buyers import Choices, marked


@dataclass(frozen=True)
class Stakes:
    """m_fij = price_fj p_j + wholesale_fj w_j - cost_fj + agents_f,ij.

    price, wholesale, cost (..., F, J): what firm f keeps of the consumer price, receives (or, if
    negative, pays) of the wholesale price, and spends, per unit of offer j. agents: for firms that
    have them, stakes (J, I) that differ from agent to agent (a carrier's value of a subscriber).
    counts (F, F): how much owner f counts of each firm's money (fees); its own alone unless given.
    """

    price: Array
    wholesale: Array
    cost: Array
    agents: Mapping[int, Array] = field(default_factory=dict)
    counts: Array | None = None

    @property
    def counted(self) -> Array:
        """`counts`, the identity unless given."""
        return np.eye(self.price.shape[-2]) if self.counts is None else self.counts

    def margins(self, prices: Array, wholesale: Array) -> Array:
        """The part of stakes that all agents share (..., F, J), money per unit."""
        p, w = prices[..., None, :], wholesale[..., None, :]
        return self.price * p + self.wholesale * w - self.cost

    def profits(self, choices: Choices, prices: Array, wholesale: Array) -> Array:
        """Profit of each firm (..., F), money per consumer in the market."""
        m = self.margins(prices, wholesale)
        out = np.matmul(m, choices.shares[..., None])[..., 0]
        for f, stake in self.agents.items():
            out[..., f] += choices.expected(stake)
        return np.asarray(out)

    def combined(self, weights: Array) -> Stakes:
        """Stakes of G owners, owner g counting weights (G, F) of each firm's profit.

        A row with two ones is a merger; fractions are partial ownership, or the concern for
        another's profit under (partial) collusion.
        """
        agents: dict[int, Array] = {}
        for g, row in enumerate(weights):
            parts = [row[f] * stake for f, stake in self.agents.items() if row[f]]
            if parts:
                agents[g] = np.asarray(sum(parts))
        return Stakes(
            weights @ self.price,
            weights @ self.wholesale,
            weights @ self.cost,
            agents,
            weights @ self.counted,
        )

    def of(self, worlds: Mask) -> Stakes:
        """Of worlds (...), those marked, as one leading axis."""
        agents = {f: marked(stake, worlds, 2) for f, stake in self.agents.items()}
        price, wholesale, cost = (
            marked(part, worlds, 2) for part in (self.price, self.wholesale, self.cost)
        )
        return Stakes(price, wholesale, cost, agents, self.counts)

    def with_costs(self, extra: Array) -> Stakes:
        """Stakes after costs rose by extra (..., F, J)."""
        return replace(self, cost=self.cost + extra)


def sellers(owner: Index, costs: Array, firms: int | None = None) -> Stakes:
    """Stakes of firms that sell what they make: owner (J,) in 0..F-1, costs (..., J)."""
    sells = one_hot(owner, firms)
    none = np.zeros_like(sells)
    return Stakes(sells, none, sells * costs[..., None, :])


def chain(
    makers: Index, shops: Index, making: Array, handling: Array, firms: int | None = None
) -> Stakes:
    """Stakes along a vertical chain: makers sell at w_j to shops, which sell at p_j.

    makers, shops (J,): firms in 0..F-1, one list for both levels, so that a firm at both is
    integrated and its wholesale price drops out. making, handling (..., J): costs per unit.
    """
    count = firms or int(max(makers.max(), shops.max())) + 1
    makes, sells = one_hot(makers, count), one_hot(shops, count)
    cost = makes * making[..., None, :] + sells * handling[..., None, :]
    return Stakes(sells, makes - sells, cost)


def one_hot(firm: Index, firms: int | None = None) -> Array:
    """(F, J): one where firm f is that of offer j."""
    count = firms or int(firm.max()) + 1
    return np.asarray((np.arange(count)[:, None] == firm).astype(float))
