"""The contract of every bargaining game, the forms a contract may take, and gains from trade.

Each link maximises the Nash product gain_channel^lambda gain_manufacturer^(1 - lambda); gains are
whole-firm profits with the agreement less those without it, all other links held (Horn and Wolinsky
1988). Games differ in whether retail prices answer while firms bargain, hence in what profits
without a link are and in the first-order condition.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.conduct.bargaining.links import Links
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.errors import refuse
from inroads.solution import Solution


class Contract(ABC):
    """What a link agrees on."""

    @property
    @abstractmethod
    def two_part_weight(self) -> float:
        """The weight of the joint surplus in a link's objective: 0 where only the wholesale price
        divides it, 1 where a fixed fee does."""


@dataclass(frozen=True)
class LinearPrice(Contract):
    """A contract that is a wholesale price per unit, and nothing else.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.LinearPrice().two_part_weight
    0.0
    """

    @property
    def two_part_weight(self) -> float:
        """0."""
        return 0.0


@dataclass(frozen=True)
class TwoPartTariff(Contract):
    """A wholesale price that makes the joint surplus largest, and a fixed fee that divides it.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.TwoPartTariff().two_part_weight
    1.0
    """

    @property
    def two_part_weight(self) -> float:
        """1."""
        return 1.0


@dataclass(frozen=True)
class MixedContract(Contract):
    """A mix of both objectives, as R mergersim has it; `weight` is the two-part tariff's."""

    weight: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.weight < 1:
            raise refuse(
                expected="a weight of the two-part tariff above 0 and below 1",
                found=str(self.weight),
                where="contract",
                remedy="give LinearPrice() for 0, TwoPartTariff() for 1.",
            )

    @property
    def two_part_weight(self) -> float:
        """`weight`."""
        return self.weight


@dataclass(frozen=True)
class Gains:
    """What each link brings its manufacturer and its channel (..., L), money per consumer."""

    manufacturer: Array
    channel: Array

    @property
    def joint(self) -> Array:
        """Joint surplus of each link (..., L)."""
        return self.manufacturer + self.channel


def gains_from_trade(links: Links, agreed: Array, disagreement: Array) -> Gains:
    """Gains from profits with all links (..., F) and without each (..., L, F)."""
    row = np.arange(len(links))
    return Gains(
        agreed[..., links.manufacturer] - disagreement[..., row, links.manufacturer],
        agreed[..., links.channel] - disagreement[..., row, links.channel],
    )


def nash_foc(links: Links, gains: Gains, pass_rates: tuple[Array, Array]) -> Array:
    """lambda b gain_manufacturer - (1 - lambda) a gain_channel (..., L), zero where the Nash
    product peaks in money that passes between the two.

    pass_rates: a and b (L,), what one unit more of that money brings the manufacturer and costs the
    channel: one each unless a tariff, or a holding in the other side, comes between them.
    """
    a, b = pass_rates
    lam = links.channel_weight
    return lam * b * gains.manufacturer - (1 - lam) * a * gains.channel


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a game settles on: retail and wholesale prices (J,), fixed fees (L,) that channels pay
    manufacturers, and profits of every firm without each link (L, F), before fees.

    Money is per consumer in the market; disagreement profits are nan where they are not known.
    """

    prices: Array
    wholesale: Array
    fixed_fees: Array
    disagreement_profits: Array


@dataclass(frozen=True, kw_only=True)
class BargainingGame(ABC):
    """Wholesale terms of `links`, every other firm's terms and retail pricing taken into account.

    production_cost (J,): the manufacturer's unit cost, at which wholesale margins are zero; for
    offers without a link, the wholesale price at which they change hands. present (J,): offers on
    the shelf.
    """

    #: Whether retail prices answer wholesale terms, each of which maximises its Nash product with
    #: all others held; None for a game of another kind, whose terms no certificate speaks of.
    prices_answer: ClassVar[bool | None] = None

    retail: Retail
    links: Links
    production_cost: Array
    present: Mask
    contract: Contract

    @staticmethod
    @abstractmethod
    def check(links: Links, contract: Contract) -> None:
        """Raise InputError for links and contracts that the game has no solution for."""

    @abstractmethod
    def solve(self, start: Array) -> Solution[Terms]:
        """The terms, from retail prices (J,) to begin with."""

    @abstractmethod
    def disagreement_profits(self, conditions: Conditions) -> Array:
        """Profits of every firm without each link (L, F), all others at `conditions`."""

    @abstractmethod
    def foc(self, prices: Array, wholesale: Array) -> Array:
        """The links' first-order conditions at prices (J,), zero at a solution."""

    def conditions(self, prices: Array, wholesale: Array) -> Conditions:
        """The retail market with all links in place."""
        return self.retail.conditions(prices, wholesale, self.present)

    def fixed_fees(self, conditions: Conditions, disagreement: Array) -> Array:
        """Fees (L,) that divide the gains under a two-part tariff; zero under other contracts."""
        if self.contract.two_part_weight < 1:
            return np.zeros(len(self.links))
        before = gains_from_trade(self.links, conditions.profits, disagreement)
        a, b = fee_rates(self.links, conditions.retail.stakes)
        return -nash_foc(self.links, before, (a, b)) / (a * b)

    def terms(self, conditions: Conditions, disagreement: Array) -> Terms:
        """Terms at wholesale prices agreed upon."""
        return Terms(
            prices=conditions.prices,
            wholesale=conditions.wholesale,
            fixed_fees=self.fixed_fees(conditions, disagreement),
            disagreement_profits=disagreement,
        )

    def at_cost(self, start: Array) -> Solution[Terms]:
        """Terms where wholesale prices are the manufacturer's cost: retail prices alone answer."""
        w = self.production_cost
        priced = solve_prices(self.retail, start, w, self.present, throw=False)
        at = self.conditions(priced.value, w)
        terms = self.terms(at, self.disagreement_profits(at))
        return Solution(terms, priced.status, priced.residual, priced.iterations)


def fee_rates(links: Links, stakes: Stakes) -> tuple[Array, Array]:
    """What a unit of a fixed fee brings the manufacturer and costs the channel (L,), one each but
    for holdings between them."""
    counted, m, c = stakes.fee_weights, links.manufacturer, links.channel
    return counted[m, m] - counted[m, c], counted[c, c] - counted[c, m]
