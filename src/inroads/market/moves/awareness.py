"""Who knows which brand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inroads.market.carried import with_awareness
from inroads.market.market import Market
from inroads.market.moves.base import Move, refuse_move, require_labels
from inroads.market.names import require_name

# As good as nobody.
_NOBODY = 1e-12


@dataclass(frozen=True)
class Campaign:
    """Make a brand known to a share of consumers.

    Parameters
    ----------
    brand : str
        Which.
    awareness : float
        The share, from 0 to 1.
    members_of : tuple of str, optional
        Channels whose members it reaches; all consumers unless given.
    """

    brand: str
    awareness: float
    members_of: tuple[str, ...] | None = None

    def apply(self, market: Market) -> Market:
        """The market with this awareness; raises InputError unless it is between 0 and 1."""
        require_labels(self, market)
        require_name(market, "brand", self.brand)
        if not 0 <= self.awareness <= 1:
            raise refuse_move(
                self,
                "awareness between 0 and 1",
                str(self.awareness),
                "give a share of consumers, 0.35 for 35 percent",
            )
        consumers = market.labelled_consumers
        awareness = consumers.awareness.copy()
        if self.brand not in awareness:
            awareness[self.brand] = 1.0
        rows = awareness.index if self.members_of is None else list(self.members_of)
        for name in self.members_of or ():
            require_name(market, "channel", name)
        awareness.loc[rows, self.brand] = self.awareness
        return replace(market, consumers=replace(consumers, awareness=awareness))


@dataclass(frozen=True)
class Exposure:
    """Advertising for a brand, which adds to what is known and reaches ever fewer who do not know.

    Of those who do not know the brand, exp(-exposure) still do not afterwards: exposure is
    proportional to dollars, so that awareness is concave in them, and several campaigns add.

    Parameters
    ----------
    brand : str
        Which.
    exposure : float
        Of whom a campaign reaches in full.
    channels : tuple of str, optional
        Whose campaigns these are, each reaching its own members in full; of everybody unless given.
    seen_elsewhere : float
        The part of a channel's campaign that others see.

    References
    ----------
    Dubé, J.-P., G. Hitsch and P. Manchanda (2005), An empirical model of advertising dynamics,
    Quantitative Marketing and Economics 3(2).
    """

    brand: str
    exposure: float
    channels: tuple[str, ...] | None = None
    seen_elsewhere: float = 1.0

    def apply(self, market: Market) -> Market:
        """The market in which more know the brand; raises InputError for numbers out of range."""
        require_labels(self, market)
        require_name(market, "brand", self.brand)
        if not (0 <= self.exposure < np.inf and 0 <= self.seen_elsewhere <= 1):
            raise refuse_move(
                self,
                "an exposure of 0 or more, of which others see a part from 0 to 1",
                f"{self.exposure:g}, {self.seen_elsewhere:g}",
                "correct them",
            )
        for name in self.channels or ():
            require_name(market, "channel", name)
        consumers = market.labelled_consumers
        if self.brand not in consumers.awareness:
            return market
        awareness = consumers.awareness
        seen = np.ones(len(awareness))
        if self.channels is not None:
            own = [[home == c for c in self.channels] for home in awareness.index]
            seen = np.where(own, 1.0, self.seen_elsewhere).sum(axis=1)
        unaware = (1 - awareness[self.brand].to_numpy(float)) * np.exp(-self.exposure * seen)
        return with_awareness(market, awareness.assign(**{self.brand: 1 - unaware}))


def exposure_to_reach(before: float, reached: float) -> float:
    """The exposure that raises awareness from one share to another; 0 where it is there already."""
    if reached <= before:
        return 0.0
    return float(np.log((1 - before) / max(1 - reached, _NOBODY)))


def partner_campaigns(
    market: Market,
    brands: Iterable[str],
    channels: Sequence[str],
    awareness: float,
    *,
    seen_elsewhere: float | None,
) -> list[Move]:
    """The campaigns of channels for brands: each brings `awareness` among its own members, others
    see the part `seen_elsewhere` of it, and several add. Without that part one reaches everybody,
    and more do not add. None makes a brand less known."""
    if not channels:
        return []
    before = {brand: market.labelled_consumers.min_awareness(brand) for brand in brands}
    less = [brand for brand in before if before[brand] < awareness]
    if seen_elsewhere is None:
        return [Campaign(brand, awareness) for brand in less]
    return [
        Exposure(
            brand, exposure_to_reach(before[brand], awareness), tuple(channels), seen_elsewhere
        )
        for brand in less
    ]
