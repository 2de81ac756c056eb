"""Margins of a chain at bargaining weights, linear in what manufacturers earn."""

from __future__ import annotations

from typing import Literal

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.bargaining.links import DisagreementOver, Links, make_links
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import Demand, SecondScore
from inroads.conduct.stakes import ownership_rows

Power = Literal["one", "manufacturer", "channel", "pair"]


class ChainMargins:
    """Margins of a chain at given shares and prices, and a marginal utility of money of one.

    demand: with these shares at the prices `at` (J,), which are retail prices where channels post
    them, wholesale prices where they bid (`bids`): then what a channel adds to buyers' choice is
    its margin, whatever manufacturers' are. p, w (J,): retail and wholesale prices, as observed.
    """

    def __init__(
        self,
        demand: Demand,
        at: Array,
        p: Array,
        w: Array,
        manufacturers: Index,
        *,
        channels: Index,
        disagreement: DisagreementOver,
        bids: bool = False,
    ) -> None:
        self.p, self.w = p, w
        self.links: Links = make_links(manufacturers, channels, 1.0, disagreement)
        count = count_firms(manufacturers, channels)
        makes, sells = ownership_rows(manufacturers, count), ownership_rows(channels, count)
        k, drops = self.links, self.links.offers_lost.astype(float)
        now, remaining = demand.at_prices(at), ~self.links.offers_lost
        without = demand.at_prices(np.broadcast_to(at, remaining.shape), remaining)
        lost, D = now.shares - without.shares, now.jacobian
        # Channels' margins that retail conditions ask for: fixed - follow @ manufacturers' margins.
        if bids:
            self.fixed = SecondScore().margins(demand, at, ownership(channels))
            self.follow = np.zeros((len(p), len(k)))
        else:
            right = np.column_stack([-now.shares, (makes[channels] * D.T) @ drops.T])
            responses = np.linalg.solve(sells[channels] * D.T, right)
            self.fixed, self.follow = responses[:, 0], responses[:, 1:]

        def gain(firm: Index) -> tuple[Array, Array]:
            """A firm's gain from each link: a constant, and what manufacturers' margins add."""
            from_channel = sells[firm] * lost
            return from_channel @ self.fixed, (
                makes[firm] * lost
            ) @ drops.T - from_channel @ self.follow

        self.manufacturer_gain, self.channel_gain = gain(k.manufacturer), gain(k.channel)
        self.first = drops.argmax(axis=1)

    def margins(self, power: Array) -> Array:
        """Of channels over p, then of manufacturers over w (2J,), for weights (J,)."""
        return self.along(power, np.zeros((len(self.p), 0)))[0]

    def along(self, power: Array, dpower: Array) -> tuple[Array, Array]:
        """The same, and its derivative (2J, K) as weights move along dpower (J, K)."""
        lam = power[self.first]
        (m0, m1), (s0, s1) = self.manufacturer_gain, self.channel_gain
        system = lam[:, None] * m1 - (1 - lam)[:, None] * s1
        t = np.linalg.solve(system, (1 - lam) * s0 - lam * m0)
        channel = self.fixed - self.follow @ t
        joint_gain = m0 + s0 + (m1 + s1) @ t
        dt = -np.linalg.solve(system, joint_gain[:, None] * dpower[self.first])
        drops = self.links.offers_lost
        x = np.concatenate([channel / self.p, (t @ drops) / self.w])
        dx = np.vstack([-self.follow @ dt / self.p[:, None], (drops.T @ dt) / self.w[:, None]])
        return x, dx


def count_firms(manufacturers: Index, channels: Index) -> int:
    return int(max(manufacturers.max(), channels.max())) + 1


def groups_of(power: Power, manufacturers: Index, channels: Index) -> Index:
    """A label (J,) for each bargaining weight."""
    label = {
        "one": np.zeros_like(manufacturers),
        "manufacturer": manufacturers,
        "channel": channels,
        "pair": manufacturers * count_firms(manufacturers, channels) + channels,
    }[power]
    return label.copy()
