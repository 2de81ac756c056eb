"""What firms have to know of any demand: quantities at prices, with two derivatives.

`PricedDemand` answers the same questions of agents who choose. What only agents have (stakes that
differ among them) is refused by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

import numpy as np

from inroads.choice.base import ALL, Array, Index, Mask
from inroads.errors import InputError, refuse


class SystemAtPrices(ABC):
    """Demand at prices (..., J); leading axes are worlds."""

    @property
    @abstractmethod
    def shares(self) -> Array:
        """q (..., J): units per unit of the market's size."""

    @property
    @abstractmethod
    def jacobian(self) -> Array:
        """dq_j/dp_k (..., J, J), row j the quantity."""

    @property
    @abstractmethod
    def surplus(self) -> Array:
        """Consumer surplus (...), money, up to a constant: its slope in p_j is -q_j."""

    @abstractmethod
    def own_curvature(self, stakes: Array) -> Array:
        """sum_j stakes_kj d2q_j/dp_k dp_l (..., J, J), row k for stakes of its own."""

    @property
    def own_slope(self) -> Array:
        """-dq_j/dp_j (..., J), the scale of first-order conditions."""
        return np.asarray(-np.einsum("...jj->...j", self.jacobian))

    def mean(self, stake: Array) -> NoReturn:
        """Refused: there are no agents."""
        raise self._no_agents()

    def gradient(self, stake: Array, rows: Index | slice = ALL) -> NoReturn:
        """Refused: there are no agents."""
        raise self._no_agents()

    def curvature(self, stake: Array, rows: Index | slice = ALL) -> NoReturn:
        """Refused: there are no agents."""
        raise self._no_agents()

    def _no_agents(self) -> InputError:
        return refuse(
            expected="stakes that are the same whoever buys",
            found=f"stakes by agent, and {type(self).__name__} without agents",
            where="stakes.agent_stakes",
            remedy="describe consumers by PricedDemand.",
        )


class DemandSystem(ABC):
    """Quantities of J offers at any prices."""

    #: Whether it says what is bought without an offer.
    lets_offers_go = True

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """(..., J): worlds that the system itself has, and offers."""

    @property
    @abstractmethod
    def money_per_util(self) -> float:
        """An amount of money that matters to buyers: the scale of small prices."""

    @abstractmethod
    def at_prices(self, prices: Array, present: Mask | None = None) -> SystemAtPrices:
        """Demand at prices (..., J), offers `present` (..., J) alone, where they may be absent."""

    @property
    def has_surplus(self) -> bool:
        """Whether the area under demand is the same whichever price moves first."""
        return True

    def select(self, worlds: Mask) -> DemandSystem:
        """Of worlds (...), those selected: the system is the same in all."""
        return self

    def compensating_variation(self, before: Array, after: Array) -> float:
        """What makes up for prices going from `before` to `after` (J,), money; positive is harm."""
        return float(self.at_prices(before).surplus - self.at_prices(after).surplus)


class WholeShelf(DemandSystem):
    """A system that says nothing of what is bought without an offer."""

    lets_offers_go = False

    @abstractmethod
    def evaluate(self, prices: Array) -> SystemAtPrices:
        """Demand at prices (..., J)."""

    def at_prices(self, prices: Array, present: Mask | None = None) -> SystemAtPrices:
        """Demand at prices (..., J); InputError where an offer is absent."""
        if present is not None and not present.all():
            raise refuse(
                expected="a demand that says what is bought without an offer",
                found=type(self).__name__,
                where="demand",
                remedy="use logit, nested logit, overlapping nests or CES to withdraw offers or to "
                "bargain over them.",
            )
        return self.evaluate(prices)


def positive_logs(prices: Array) -> Array:
    """ln p, nan where prices are not above zero: no search goes there."""
    return np.log(np.where(prices > 0, prices, np.nan))
