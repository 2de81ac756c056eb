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


class Networks(Record):
    """All sets of deals between entrants and partners; only `deals` where these are too many."""

    deals: tuple[Deal, ...]
    """Those that may be made."""
    networks: tuple[Network, ...] = ()
    stable: tuple[tuple[Deal, ...], ...] = ()
    """In which nobody gains by cutting a deal, no two by making one."""
    effects: tuple[DealEffect, ...] = ()

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


class ChannelSet(Record):
    """An entrant's deals with some channels, against none of them."""

    channels: tuple[str, ...]
    is_stable: bool
    """Whether nobody gains by leaving a deal, and no two by making one."""
    manufacturer_change: float
    """Of the entrant's profit."""
    channel_changes: Mapping[str, float]
    """Of the profit of every channel that negotiates, in the set or not."""
    consumer_surplus_change: float


class Exclusivity(Record):
    """A clause that makes a channel the entrant's only one, against what would be made without.

    Dollars a period; a clause for so many periods brings and costs so many times as much.
    """

    channel: str
    from_open_channel: bool
    """Whether the entrant may not sell in the open channel either."""
    alternative: tuple[str, ...]
    """The channels that it would sell through otherwise: its best stable set."""
    channel_gain: float
    manufacturer_loss: float

    @property
    def pays(self) -> bool:
        """Whether the gain exceeds the loss."""
        return self.channel_gain > self.manufacturer_loss


class KeepingOut(Record):
    """What another firm loses by an entrant's deal, and what the deal brings its two sides."""

    rival: str
    """Who loses: another channel, or a manufacturer."""
    channel: str
    """Whose deal, the entrant's only one."""
    rival_loss: float
    manufacturer_gain: float
    channel_gain: float

    @property
    def pays(self) -> bool:
        """Whether the rival loses more than both sides of the deal gain, and could pay them off."""
        return self.rival_loss > self.manufacturer_gain + self.channel_gain


class Response(Record):
    """What a present manufacturer pays an entrant's partners for each of its own units they sell,
    and what that changes against paying nothing."""

    manufacturer: str
    """The entrant."""
    rival: str
    rival_loss: float
    """Of the rival's profit, by the entrant's deals."""
    allowance: float
    """Dollars a unit."""
    part_of_wholesale: float
    """The same as a part of the rival's mean wholesale price there."""
    rival_profit_change: float
    manufacturer_profit_change: float
    units_change: float
    """Of the entrant."""


class EveryChannel(Record):
    """All sets of an entrant's deals with all channels that negotiate."""

    manufacturer: str
    other_deals: Mapping[str, tuple[str, ...]] = {}
    """Deals of other entrants that stand: channels by manufacturer; none: they stay out."""
    sets: tuple[ChannelSet, ...]
    exclusivity: tuple[Exclusivity, ...] = ()
    keeping_out: tuple[KeepingOut, ...] = ()

    @property
    def stable(self) -> list[ChannelSet]:
        """Sets that are stable, the one best for the entrant first."""
        return sorted((s for s in self.sets if s.is_stable), key=lambda s: -s.manufacturer_change)

    def set_of(self, *channels: str) -> ChannelSet:
        """The set of these channels."""
        return next(s for s in self.sets if set(s.channels) == set(channels))

    @property
    def dilemma(self) -> tuple[str, ...]:
        """Channels of the best stable set that earn less in it than if none had a deal, though none
        of them would forgo its own: a prisoner's dilemma. Empty where there is none."""
        if not self.stable:
            return ()
        best = self.stable[0]
        return tuple(c for c in best.channels if best.channel_changes[c] < 0)
