"""Margins of a chain, and the bargaining weights that bring them nearest to what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from inroads.calibration.from_margins.logit import best_alpha
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining.links import DisagreementOver, Links, make_links
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import Demand, SecondScore
from inroads.conduct.stakes import ownership_rows
from inroads.errors import refuse
from inroads.solution import Solution

Power = Literal["one", "manufacturer", "channel", "pair"]


@dataclass(frozen=True, kw_only=True)
class PowerFit:
    """weights (J,), 1 where a firm sells what it makes; alpha; margins (2J,), of channels over
    retail prices, then of manufacturers over wholesale ones; solution: of the weights searched."""

    weights: Array
    alpha: float
    margins: Array
    solution: Solution[Array]


def fit_power(model: ChainMargins, target: Array, group: Index, is_vertical: Mask) -> PowerFit:
    """Weights of groups (J,) of offers, and alpha, for margins (2J,), nan where unknown.

    Raises InputError where margins do not tell them.
    """
    free = int(group[is_vertical].max(initial=-1)) + 1
    if np.isfinite(target).sum() < free + 1:
        raise refuse(
            expected=f"at least {free + 1} margins for {free} bargaining weight(s) and alpha",
            found=str(int(np.isfinite(target).sum())),
            where="margins",
            remedy="give more margins, or let more offers share a weight (power='one').",
        )

    def weights(theta: Array) -> Array:
        lam = np.ones(len(group))
        lam[is_vertical] = theta[group[is_vertical]]
        return lam

    is_given = np.isfinite(target)
    to_group = np.zeros((len(group), free))
    to_group[is_vertical, group[is_vertical]] = 1.0

    def residuals(theta: Array) -> Array:
        x = model.margins(weights(theta))
        return np.asarray((x / best_alpha(x, target) - target)[is_given])

    def jacobian(theta: Array) -> Array:
        x, dx = model.along(weights(theta), to_group)
        x, dx, m = x[is_given], dx[is_given], target[is_given]
        c = float(m @ x) / float(x @ x)
        return np.asarray(c * dx + np.outer(x, (m - 2 * c * x) @ dx / (x @ x)))

    starts = np.tile(STARTS, (free, 1)).T
    solution = search_unit_interval(residuals, starts, "bargaining weights", jacobian)
    solution.unwrap()
    lam = weights(solution.value)
    x = model.margins(lam)
    alpha = best_alpha(x, target)
    return PowerFit(weights=lam, alpha=alpha, margins=x / alpha, solution=solution)


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
