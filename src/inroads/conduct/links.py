"""Who bargains with whom over which offers, and what disagreement takes off the shelf."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.pricing import Retail
from inroads.errors import InputError

Disagreement = Literal["offer", "pair"]


@dataclass(frozen=True)
class Links:
    """L bilateral negotiations.

    drops (L, J): the offers a link is about, which are not sold if it breaks down. maker, shop
    (L,): the firms. power (L,): lambda in [0, 1], the shop's weight in the Nash product. weights
    (L, I): agents' weights should a link break down, where that changes who knows what.
    """

    drops: Mask
    maker: Index
    shop: Index
    power: Array
    weights: Array | None = None

    def __post_init__(self) -> None:
        if not ((self.power >= 0) & (self.power <= 1)).all():
            raise InputError.single(
                expected="bargaining weights of shops, from 0 to 1",
                found=str(self.power[~((self.power >= 0) & (self.power <= 1))][0]),
                where="power",
                remedy="give the weight of the channel; 0.5 is an even split.",
            )

    def __len__(self) -> int:
        return len(self.maker)

    @property
    def of_offer(self) -> Index:
        """(J,): the link of each offer, -1 where none is."""
        return np.where(self.drops.any(axis=0), self.drops.argmax(axis=0), -1)

    def only(self, which: Mask | Index) -> Links:
        """Some of the links."""
        weights = None if self.weights is None else self.weights[which]
        return Links(
            self.drops[which], self.maker[which], self.shop[which], self.power[which], weights
        )

    def without(self, retail: Retail) -> Retail:
        """The market as it is without each link: L worlds where agents' weights differ."""
        if self.weights is None:
            return retail
        return replace(retail, buyers=replace(retail.buyers, weights=self.weights))


def links(makers: Index, shops: Index, power: Array | float, disagreement: Disagreement) -> Links:
    """Links between makers and shops (J,) that are different firms; integrated offers have none.

    power: lambda, a number or (J,), the same for all offers of a pair where pairs bargain.
    disagreement: whether each offer is a negotiation of its own, or each pair of firms.
    """
    J = len(makers)
    lam = np.broadcast_to(np.asarray(power, dtype=float), (J,))
    groups: dict[object, list[int]] = {}
    for j in range(J):
        if makers[j] != shops[j]:
            key = j if disagreement == "offer" else (makers[j], shops[j])
            groups.setdefault(key, []).append(j)
    drops = np.zeros((len(groups), J), dtype=bool)
    for row, members in enumerate(groups.values()):
        drops[row, members] = True
        if np.ptp(lam[members]) > 0:
            raise InputError.single(
                expected="one bargaining weight for all offers of a pair",
                found=str(lam[members].tolist()),
                where="power",
                remedy="give one, or let offers bargain one by one (disagreement 'offer').",
            )
    first = np.array([members[0] for members in groups.values()], dtype=int)
    return Links(drops, makers[first], shops[first], lam[first])
