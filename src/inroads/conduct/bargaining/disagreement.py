"""The market without each link in turn, retail prices held: who buys, who earns, with derivatives.

Where demand is a mixed logit, what agents do without a link is closed form, agent by agent:
P_ij / (1 - sum of P_i over the offers lost). Every sum over agents is then one matrix product for
all links, and the worlds (L, J, I) are never formed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inroads.choice import Logit
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining.links import Links
from inroads.conduct.consideration_demand import ConsiderationAtPrices, ConsiderationDemand
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.conduct.retail_pricing import Conditions


@dataclass(frozen=True)
class Disagreement:
    """Any demand: the worlds without each link as one stack.

    agreed: all links in place, at prices (J,). present (J,): offers on the shelf.
    """

    agreed: Conditions
    links: Links
    present: Mask

    @cached_property
    def _worlds(self) -> Conditions:
        present = self.present & ~self.links.offers_lost
        prices = np.broadcast_to(self.agreed.prices, present.shape)
        retail = self.links.market_without(self.agreed.retail)
        return retail.conditions(prices, self.agreed.wholesale, present)

    @property
    def shares(self) -> Array:
        """(L, J)."""
        return self._worlds.choices.shares

    @property
    def profits(self) -> Array:
        """Disagreement profits of every firm without each link (L, F)."""
        return self._worlds.profits

    def profit_gradients(self, firm: Index) -> Array:
        """dPi/dp_k (L, J) without link l, of the firm named for it (L,)."""
        return self._worlds.profit_gradients()[np.arange(len(self.links)), firm]


class ConsiderationDisagreement(Disagreement):
    """The same for cells and types of consideration: what is left of sums at the agreed prices."""

    @cached_property
    def _worlds(self) -> Conditions:
        agreed, present = self.agreed, self.present & ~self.links.offers_lost
        retail, choices = self.links.market_without(agreed.retail), agreed.choices
        assert isinstance(choices, ConsiderationAtPrices)
        assert isinstance(retail.demand, ConsiderationDemand)
        choices = choices.among(present, retail.demand)
        # Who sets which price is of no account: none is asked for its condition.
        return replace(agreed, retail=retail, choices=choices)

    def profit_gradients(self, firm: Index) -> Array:
        """dPi/dp_k (L, J), of the firm named for each link alone."""
        stakes, choices = self.agreed.retail.stakes, self._worlds.choices
        assert isinstance(choices, ConsiderationAtPrices)
        out = stakes.retail_price_share[firm] * choices.shares
        out += choices.gradient_of_margins(self.agreed.margins[firm])
        if any(f in stakes.agent_stakes for f in firm):
            none = np.zeros(choices.x.shape[-2:])
            own = np.stack([stakes.agent_stakes.get(f, none) for f in firm])
            out += choices.gradient(own)
        return np.asarray(out)


class LogitDisagreement(Disagreement):
    """The same for mixed logit, in closed form."""

    @property
    def _choices(self) -> DemandAtPrices:
        assert isinstance(self.agreed.choices, DemandAtPrices)
        return self.agreed.choices

    @cached_property
    def _remain(self) -> Array:
        return (self.present & ~self.links.offers_lost).astype(float)

    @cached_property
    def _weights(self) -> tuple[Array, Array]:
        """w_i r_li and r_li (L, I), r being the factor by which probabilities grow."""
        P, retail = self._choices.P, self.links.market_without(self.agreed.retail)
        assert isinstance(retail.demand, PricedDemand)
        # Not 1 - P: without the link, those who were nearly certain to use it choose of this.
        outside = np.exp(self._choices.demand.outside - self._choices.inclusive)
        r = 1.0 / np.maximum(outside + self._remain @ P, np.finfo(float).tiny)
        return retail.demand.weights * r, r

    @cached_property
    def shares(self) -> Array:
        """(L, J)."""
        return np.asarray(self._remain * (self._weights[0] @ self._choices.P.T))

    @cached_property
    def profits(self) -> Array:
        """Disagreement profits of every firm without each link (L, F)."""
        P, wr = self._choices.P, self._weights[0]
        out = self.shares @ self.agreed.margins.T
        for f, stake in self.agreed.retail.stakes.agent_stakes.items():
            out[:, f] += (wr * (self._remain @ (stake * P))).sum(-1)
        return np.asarray(out)

    def profit_gradients(self, firm: Index) -> Array:
        """dPi/dp_k (L, J) = r_fk s_k - sum_i w_i alpha_ik P_ik (m_ik - sum_j m_ij P_ij)."""
        P, stakes = self._choices.P, self.agreed.retail.stakes
        aP = P * self._choices.demand.alpha
        wr, r = self._weights
        m = self.agreed.margins[firm] * self._remain
        mean = m @ P
        direct = m * (wr @ aP.T)
        for f, stake in stakes.agent_stakes.items():
            rows = np.flatnonzero(firm == f)
            if len(rows):
                mean[rows] += self._remain[rows] @ (stake * P)
                direct[rows] += wr[rows] @ (stake * aP).T
        lost = direct - (wr * r * mean) @ aP.T
        return np.asarray(self._remain * (stakes.retail_price_share[firm] * self.shares - lost))


def without_each_link(agreed: Conditions, links: Links, present: Mask) -> Disagreement:
    """The market without each of the links in turn."""
    choices = agreed.choices
    if isinstance(choices, ConsiderationAtPrices):
        return ConsiderationDisagreement(agreed, links, present)
    is_logit = isinstance(choices, DemandAtPrices) and isinstance(choices.demand.model, Logit)
    return (LogitDisagreement if is_logit else Disagreement)(agreed, links, present)
