"""Which deals would be made: every set of deals, what undoes it, what deals do to each other.

Money is dollars a period of the study, prices are dollars apiece.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from inroads.results.base import Certificate, Deal, Record


class DealTerms(Record):
    """A deal within a network."""

    manufacturer: str
    channel: str
    units: float
    wholesale_price: float
    retail_price: float
    manufacturer_gain: float
    channel_gain: float


class BlockingMove(Record):
    """What undoes a network: a deal cut by one side, one formed by both, or nothing to split."""

    kind: Literal["cut", "form", "no_surplus"]
    deal: Deal | None = None


class Network(Record):
    """One set of deals, all others of the entrants not made."""

    deals: tuple[Deal, ...]
    profits: Mapping[str, float]
    """By firm."""
    consumer_surplus: float
    blocked_by: BlockingMove | None
    """None where the network is stable."""
    terms: tuple[DealTerms, ...]
    certificate: Certificate


class DealEffect(Record):
    """What a deal brings its manufacturer by itself, and beside one other."""

    deal: Deal
    beside: Deal
    gain_alone: float
    gain_together: float


class ExclusiveClause(Record):
    """What being a manufacturer's only channel brings, against deals with all partners."""

    manufacturer: str
    channel: str
    channel_gain: float
    manufacturer_loss: float
    pays: bool
    """Whether the gain exceeds the loss."""


class Networks(Record):
    """All sets of deals between entrants and partners; only `deals` where these are too many."""

    deals: tuple[Deal, ...]
    """Those that may be made."""
    networks: tuple[Network, ...] = ()
    stable: tuple[tuple[Deal, ...], ...] = ()
    """In which nobody gains by cutting a deal, no two by making one."""
    effects: tuple[DealEffect, ...] = ()
    exclusive: tuple[ExclusiveClause, ...] = ()

    @property
    def always_made(self) -> tuple[Deal, ...]:
        """Deals that are in every stable network."""
        if not self.stable:
            return ()
        return tuple(deal for deal in self.deals if all(deal in deals for deals in self.stable))

    @property
    def first_stable(self) -> Network | None:
        """The first stable network; None where there is none."""
        if not self.stable:
            return None
        return next((n for n in self.networks if set(n.deals) == set(self.stable[0])), None)
