"""A vertical market from margins at both levels: marginal utility of money, weights, costs.

Retail conditions and simultaneous Nash bargains are linear in margins at given shares and prices,
and homogeneous: margins are x(lambda) / alpha. So alpha is concentrated out, as for Bertrand
sellers, and least squares in fractions of price searches for bargaining weights alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import (
    Outside,
    best_alpha,
    check_alternatives,
    inside_shares,
)
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array, Index
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import DisagreementOver, Links, make_links
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import ownership_rows, vertical_stakes
from inroads.display import Card, Displayed, counted
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs
from inroads.solution import Solution

Power = Literal["one", "manufacturer", "channel", "pair"]


@dataclass(frozen=True, kw_only=True, repr=False)
class VerticalFit(Displayed):
    """A chain that has the observed shares and prices, and margins as near as they come.

    Parameters
    ----------
    alpha : float
        Marginal utility of money.
    channel_weight : (J,) array
        The channel's bargaining weight, 1 where a firm sells what it makes.
    production_cost, retail_cost : (J,) array
        Unit costs of manufacturers and channels.
    channel_target, channel_fitted : (J,) array
        (p - w - retail_cost) / p; target nan where not given.
    manufacturer_target, manufacturer_fitted : (J,) array
        (w - production_cost) / w; nan where not given or, of integrated firms, not defined.
    buyers : PricedDemand
        The demand found.
    retail : Retail
        Who sets which price.
    bargaining : NegotiatedTerms
        Who bargains with whom.
    solution : Solution
        Of the weights, group by group; its residual is the step still to go.
    doubts : tuple of str
        What makes it doubtful: weights at a bound, margins missed by more than 10 points.
    """

    alpha: float
    channel_weight: Array
    production_cost: Array
    retail_cost: Array
    channel_target: Array
    channel_fitted: Array
    manufacturer_target: Array
    manufacturer_fitted: Array
    buyers: PricedDemand
    retail: Retail
    bargaining: NegotiatedTerms
    solution: Solution[Array]
    doubts: tuple[str, ...] = ()

    def _card(self) -> Card:
        import pandas as pd

        table = {
            "channel_weight": self.channel_weight,
            "channel_target": self.channel_target,
            "channel_fitted": self.channel_fitted,
            "manufacturer_target": self.manufacturer_target,
            "manufacturer_fitted": self.manufacturer_fitted,
        }
        return Card(
            line=f"VerticalFit of {counted(len(self.retail_cost), 'offer')}, alpha "
            f"{self.alpha:.4g}, {'; '.join(self.doubts) or 'no doubts'}",
            table=pd.DataFrame(table),
            next_steps=("fit.channel_weight", "fit.production_cost", "fit.retail_cost"),
        )

    @property
    def residuals(self) -> Array:
        """fitted - target of channels, then manufacturers (2J,), nan where there is no target."""
        return np.concatenate(
            [
                self.channel_fitted - self.channel_target,
                self.manufacturer_fitted - self.manufacturer_target,
            ]
        )


def fit_vertical_margins(
    prices: ArrayLike,
    wholesale: ArrayLike,
    shares: ArrayLike,
    channel_margins: ArrayLike,
    *,
    manufacturer_margins: ArrayLike,
    manufacturers: ArrayLike,
    channels: ArrayLike,
    power: Power = "one",
    disagreement: DisagreementOver = "offer",
    outside: Literal["rest", "none"] = "rest",
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> VerticalFit:
    """Calibrate logit demand, bargaining weights and costs of a chain with linear wholesale prices.

    prices, wholesale, shares, channel_margins, manufacturer_margins (J,), margins as in
    `VerticalFit`, nan where unknown. manufacturers, channels (J,): labels of firms, one list for
    both levels: a firm at both is integrated, and its offers' wholesale price is its cost. power:
    which offers share a bargaining weight. outside, below_zero, names: as in `fit_margins`.
    Bargaining is simultaneous (Sheu and Taragin 2021).

    Raises InputError where margins do not tell the weights and where they imply costs below zero,
    ConvergenceError where the search fails.
    """
    one_of("power", power, "one", "manufacturer", "channel", "pair")
    one_of("outside", outside, "rest", "none")
    one_of("disagreement", disagreement, "offer", "pair")
    p, w = np.asarray(prices, dtype=float), np.asarray(wholesale, dtype=float)
    manufacturers, channels = np.asarray(manufacturers), np.asarray(channels)
    firms = np.unique(np.concatenate([manufacturers, channels]), return_inverse=True)[1].astype(
        np.intp
    )
    M, R = np.split(firms, 2)
    is_vertical = R != M
    kind: Outside = outside
    check_alternatives(R, kind)
    model = _VerticalModel(
        p,
        w,
        inside_shares(np.asarray(shares, float), kind),
        M,
        channels=R,
        disagreement=disagreement,
    )
    group = _groups(power, M, R)
    group[is_vertical] = np.unique(group[is_vertical], return_inverse=True)[1]
    target = np.concatenate(
        [
            np.asarray(channel_margins, dtype=float),
            np.where(is_vertical, np.asarray(manufacturer_margins, dtype=float), np.nan),
        ]
    )
    free = int(group[is_vertical].max(initial=-1)) + 1
    if np.isfinite(target).sum() < free + 1:
        raise refuse(
            expected=f"at least {free + 1} margins for {free} bargaining weight(s) and alpha",
            found=str(int(np.isfinite(target).sum())),
            where="margins",
            remedy="give more margins, or let more offers share a weight (power='one').",
        )

    def weights(theta: Array) -> Array:
        lam = np.ones(len(p))
        lam[is_vertical] = theta[group[is_vertical]]
        return lam

    is_given = np.isfinite(target)
    to_group = np.zeros((len(p), free))
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
    channel, manufacturer = np.split(x / alpha, 2)
    production_cost = np.where(is_vertical, w * (1.0 - manufacturer), w)
    retail_cost = p * (1.0 - channel) - w
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        remedy = "correct margins, wholesale prices, shares or prices"
        unit_costs = {"production": production_cost, "retail": retail_cost}
        check_costs(unit_costs, p, offer_names, "margins", remedy=remedy)
    buyers = buyers_at(p, model.s, alpha, None, rho=np.zeros(len(p)))
    retail = Retail(buyers, vertical_stakes(M, R, production_cost, retail_cost), R)
    links = make_links(M, R, lam, disagreement)
    bargaining = NegotiatedTerms(links=links, production_cost=production_cost)
    channel_target, manufacturer_target = np.split(target, 2)
    labels = [str(name) for name in (range(1, len(p) + 1) if names is None else names)]
    searched = {
        f"the channel's weight in bargains over {labels[j]}": float(lam[j])
        for j in np.flatnonzero(is_vertical)[np.unique(group[is_vertical], return_index=True)[1]]
    }
    levels = [f"{name} ({level})" for level in ("channel", "manufacturer") for name in labels]
    return VerticalFit(
        alpha=alpha,
        channel_weight=lam,
        production_cost=production_cost,
        retail_cost=retail_cost,
        channel_target=channel_target,
        channel_fitted=channel,
        manufacturer_target=manufacturer_target,
        manufacturer_fitted=np.where(is_vertical, manufacturer, np.nan),
        buyers=buyers,
        retail=retail,
        bargaining=bargaining,
        solution=solution,
        doubts=doubts(searched, x / alpha, target, levels),
    )


class _VerticalModel:
    """Margins of a chain at given shares, prices, and a marginal utility of money of one."""

    def __init__(
        self,
        p: Array,
        w: Array,
        s: Array,
        manufacturers: Index,
        *,
        channels: Index,
        disagreement: DisagreementOver,
    ) -> None:
        self.p, self.w, self.s = p, w, s
        self.links: Links = make_links(manufacturers, channels, 1.0, disagreement)
        count = _count(manufacturers, channels)
        makes, sells = ownership_rows(manufacturers, count), ownership_rows(channels, count)
        k, drops = self.links, self.links.offers_lost.astype(float)
        buyers = buyers_at(p, s, 1.0, None, rho=np.zeros(len(p)))
        D = buyers.at_prices(p).jacobian
        remaining = ~self.links.offers_lost
        lost = s - buyers.at_prices(np.broadcast_to(p, remaining.shape), remaining).shares
        # Channels' margins that retail conditions ask for: fixed - follow @ manufacturers' margins.
        foc_slope = sells[channels] * D.T
        responses = np.linalg.solve(
            foc_slope, np.column_stack([-s, (makes[channels] * D.T) @ drops.T])
        )
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


def _count(manufacturers: Index, channels: Index) -> int:
    return int(max(manufacturers.max(), channels.max())) + 1


def _groups(power: Power, manufacturers: Index, channels: Index) -> Index:
    """A label (J,) for each bargaining weight."""
    label = {
        "one": np.zeros_like(manufacturers),
        "manufacturer": manufacturers,
        "channel": channels,
        "pair": manufacturers * _count(manufacturers, channels) + channels,
    }[power]
    return label.copy()
