"""Who bargains with whom over which offers, and what disagreement takes off the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.retail_pricing import Retail
from inroads.errors import refuse

DisagreementOver = Literal["offer", "pair"]


@dataclass(frozen=True, kw_only=True)
class Links:
    """L bilateral negotiations.

    offers_lost (L, J): the offers a link is about, which are not sold if it breaks down.
    manufacturer, channel (L,): the firms. channel_weight (L,): lambda in [0, 1], the channel's
    weight in the Nash product. agent_weights_without (L, I): agents' weights should a link break
    down, where that changes who knows what.
    """

    offers_lost: Mask
    manufacturer: Index
    channel: Index
    channel_weight: Array
    agent_weights_without: Array | None = None

    def __post_init__(self) -> None:
        inside = (self.channel_weight >= 0) & (self.channel_weight <= 1)
        if not inside.all():
            raise refuse(
                expected="bargaining weights of channels, from 0 to 1",
                found=str(self.channel_weight[~inside][0]),
                where="channel_weight",
                remedy="give the weight of the channel; 0.5 is an even split.",
            )

    def __len__(self) -> int:
        return len(self.manufacturer)

    @property
    def link_of_offer(self) -> Index:
        """(J,): the link of each offer, -1 where none is."""
        if not len(self):
            return np.full(self.offers_lost.shape[1], -1)
        return np.where(self.offers_lost.any(axis=0), self.offers_lost.argmax(axis=0), -1)

    def select(self, which: Mask | Index) -> Links:
        """Some of the links."""
        weights = self.agent_weights_without
        return Links(
            offers_lost=self.offers_lost[which],
            manufacturer=self.manufacturer[which],
            channel=self.channel[which],
            channel_weight=self.channel_weight[which],
            agent_weights_without=None if weights is None else weights[which],
        )

    def market_without(self, retail: Retail) -> Retail:
        """The market as it is without each link: L worlds where agents' weights differ."""
        if self.agent_weights_without is None:
            return retail
        return retail.with_agent_weights(self.agent_weights_without)


def make_links(
    manufacturers: Index,
    channels: Index,
    channel_weight: Array | float,
    disagreement: DisagreementOver,
) -> Links:
    """Links between manufacturers and channels (J,) that are different firms; integrated offers
    have none.

    channel_weight: lambda, a number or (J,), the same for all offers of a pair where pairs bargain.
    disagreement: whether each offer is a negotiation of its own, or each pair of firms.
    """
    J = len(manufacturers)
    lam = np.broadcast_to(np.asarray(channel_weight, dtype=float), (J,))
    groups: dict[object, list[int]] = {}
    for j in range(J):
        if manufacturers[j] != channels[j]:
            key = j if disagreement == "offer" else (manufacturers[j], channels[j])
            groups.setdefault(key, []).append(j)
    offers_lost = np.zeros((len(groups), J), dtype=bool)
    for row, members in enumerate(groups.values()):
        offers_lost[row, members] = True
        if np.ptp(lam[members]) > 0:
            raise refuse(
                expected="one bargaining weight for all offers of a pair",
                found=str(lam[members].tolist()),
                where="channel_weight",
                remedy="give one, or let offers bargain one by one (disagreement 'offer').",
            )
    first = np.array([members[0] for members in groups.values()], dtype=int)
    return Links(
        offers_lost=offers_lost,
        manufacturer=manufacturers[first],
        channel=channels[first],
        channel_weight=lam[first],
    )
