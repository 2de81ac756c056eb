"""Each link broken down in turn, retail prices as they are: who buys, who earns, how that moves.

Where buyers are a mixed logit, what they do without a link is closed form, agent by agent:
P_ij / (1 - sum of P_i over the offers dropped). Every sum over agents is then one matrix product
for all links, and the worlds (L, J, I) are never formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice import Logit
from inroads.choice.model import Array, Index, Mask
from inroads.conduct.links import Links
from inroads.conduct.pricing import Conditions


@dataclass(frozen=True)
class Worlds:
    """Any choice model: the worlds as one stack.

    here: all links in place, at prices (J,). present (J,): offers on the shelf.
    """

    here: Conditions
    links: Links
    present: Mask

    @cached_property
    def _worlds(self) -> Conditions:
        there = self.present & ~self.links.drops
        prices = np.broadcast_to(self.here.prices, there.shape)
        return self.links.without(self.here.retail).at(prices, self.here.wholesale, there)

    @property
    def shares(self) -> Array:
        """(L, J)."""
        return self._worlds.choices.shares

    @property
    def profits(self) -> Array:
        """Of every firm without each link (L, F)."""
        return self._worlds.profits

    def gradients(self, firm: Index) -> Array:
        """dPi/dp_k (L, J) without link l, of the firm named for it (L,)."""
        return self._worlds.gradients()[np.arange(len(self.links)), firm]


class LogitWorlds(Worlds):
    """The same for mixed logit, in closed form."""

    @cached_property
    def _kept(self) -> Array:
        return (self.present & ~self.links.drops).astype(float)

    @cached_property
    def _weights(self) -> tuple[Array, Array]:
        """w_i r_li and r_li (L, I), r being what probabilities grow by."""
        P = self.here.choices.P
        # Not 1 - P: without the link, those who were nearly certain to use it choose of this.
        nothing = np.exp(self.here.retail.buyers.outside - self.here.choices.inclusive)
        r = 1.0 / np.maximum(nothing + self._kept @ P, np.finfo(float).tiny)
        return self.links.without(self.here.retail).buyers.weights * r, r

    @cached_property
    def shares(self) -> Array:
        """(L, J)."""
        return np.asarray(self._kept * (self._weights[0] @ self.here.choices.P.T))

    @cached_property
    def profits(self) -> Array:
        """Of every firm without each link (L, F)."""
        out = self.shares @ self.here.margins.T
        for f, stake in self.here.retail.stakes.agents.items():
            out[:, f] += (self._weights[0] * (self._kept @ (stake * self.here.choices.P))).sum(-1)
        return np.asarray(out)

    def gradients(self, firm: Index) -> Array:
        """dPi/dp_k (L, J) = kept s_k - sum_i w_i a_ik P_ik (m_ik - sum_j m_ij P_ij)."""
        P, buyers, stakes = self.here.choices.P, self.here.retail.buyers, self.here.retail.stakes
        aP = P * buyers.money
        w, r = self._weights
        m = self.here.margins[firm] * self._kept
        mean = m @ P
        direct = m * (w @ aP.T)
        for f, stake in stakes.agents.items():
            rows = np.flatnonzero(firm == f)
            if len(rows):
                mean[rows] += self._kept[rows] @ (stake * P)
                direct[rows] += w[rows] @ (stake * aP).T
        moved = direct - (w * r * mean) @ aP.T
        return np.asarray(self._kept * (stakes.price[firm] * self.shares - moved))


def broken_down(here: Conditions, links: Links, present: Mask) -> Worlds:
    """Each of the links broken down in turn."""
    plain = isinstance(here.retail.buyers.model, Logit)
    return (LogitWorlds if plain else Worlds)(here, links, present)
