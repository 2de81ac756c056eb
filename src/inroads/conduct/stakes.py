"""What each firm earns when an agent chooses an offer: stakes, and how ownership adds them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.conduct.demand_systems import SystemAtPrices
from inroads.conduct.priced_demand import DemandAtPrices, select_worlds


@dataclass(frozen=True, kw_only=True)
class Stakes:
    """m_fij = retail_price_share_fj p_j + wholesale_share_fj w_j - cost_fj + agent_stakes_f,ij.

    retail_price_share, wholesale_share, cost (..., F, J): what firm f keeps of the consumer price,
    receives (or, if negative, pays) of the wholesale price, and spends, per unit of offer j.
    agent_stakes: for firms that have them, stakes (J, I) that differ from agent to agent, (J, C)
    from cell to cell (what a member is worth to a channel). profit_weights (F, F): how much owner f
    counts of each firm's money (fixed fees); the identity unless given.
    """

    retail_price_share: Array
    wholesale_share: Array
    cost: Array
    agent_stakes: Mapping[int, Array] = field(default_factory=dict)
    profit_weights: Array | None = None

    @property
    def fee_weights(self) -> Array:
        """`profit_weights`, the identity unless given."""
        if self.profit_weights is None:
            return np.eye(self.retail_price_share.shape[-2])
        return self.profit_weights

    def margins(self, prices: Array, wholesale: Array) -> Array:
        """The part of stakes that all agents share (..., F, J), money per unit."""
        p, w = prices[..., None, :], wholesale[..., None, :]
        return self.retail_price_share * p + self.wholesale_share * w - self.cost

    def profits(
        self,
        choices: DemandAtPrices | ConsiderationAtPrices | SystemAtPrices,
        prices: Array,
        wholesale: Array,
    ) -> Array:
        """Profit of each firm (..., F), money per consumer in the market."""
        m = self.margins(prices, wholesale)
        out = np.matmul(m, choices.shares[..., None])[..., 0]
        for f, stake in self.agent_stakes.items():
            out[..., f] += choices.mean(stake)
        return np.asarray(out)

    def owned_by(self, weights: Array) -> Stakes:
        """Stakes of G owners, owner g counting weights (G, F) of each firm's profit.

        A row with two ones is a merger; fractions are partial ownership, or the concern for
        another's profit under (partial) collusion.
        """
        agent_stakes: dict[int, Array] = {}
        for g, row in enumerate(weights):
            counted = [row[f] * stake for f, stake in self.agent_stakes.items() if row[f]]
            if counted:
                agent_stakes[g] = np.asarray(sum(counted))
        return Stakes(
            retail_price_share=weights @ self.retail_price_share,
            wholesale_share=weights @ self.wholesale_share,
            cost=weights @ self.cost,
            agent_stakes=agent_stakes,
            profit_weights=weights @ self.fee_weights,
        )

    def select(self, worlds: Mask) -> Stakes:
        """Of worlds (...), those selected, as one leading axis."""
        return replace(
            self,
            retail_price_share=select_worlds(self.retail_price_share, worlds, 2),
            wholesale_share=select_worlds(self.wholesale_share, worlds, 2),
            cost=select_worlds(self.cost, worlds, 2),
            agent_stakes={f: select_worlds(s, worlds, 2) for f, s in self.agent_stakes.items()},
        )

    def with_costs(self, extra: Array) -> Stakes:
        """Stakes after costs rose by extra (..., F, J)."""
        return replace(self, cost=self.cost + extra)


def integrated_stakes(owner: Index, costs: Array, firms: int | None = None) -> Stakes:
    """Stakes of firms that sell what they make: owner (J,) in 0..F-1, costs (..., J)."""
    sells = ownership_rows(owner, firms)
    return Stakes(
        retail_price_share=sells,
        wholesale_share=np.zeros_like(sells),
        cost=sells * costs[..., None, :],
    )


def vertical_stakes(
    manufacturers: Index,
    channels: Index,
    production_cost: Array,
    retail_cost: Array,
    *,
    firms: int | None = None,
) -> Stakes:
    """Stakes along a vertical chain: manufacturers sell at w_j to channels, which sell at p_j.

    manufacturers, channels (J,): firms in 0..F-1, one list for both sides, so that a firm on both
    is integrated and its wholesale price drops out. production_cost, retail_cost (..., J): unit
    costs of the manufacturer and of the channel.
    """
    count = firms or int(max(manufacturers.max(), channels.max())) + 1
    makes, sells = ownership_rows(manufacturers, count), ownership_rows(channels, count)
    cost = makes * production_cost[..., None, :] + sells * retail_cost[..., None, :]
    return Stakes(retail_price_share=sells, wholesale_share=makes - sells, cost=cost)


def ownership_rows(firm: Index, firms: int | None = None) -> Array:
    """(F, J): one where firm f is that of offer j."""
    count = firms or int(firm.max()) + 1
    return np.asarray((np.arange(count)[:, None] == firm).astype(float))
