"""What both sides of a link gain at other terms, all other terms held.

One class a timing: where retail prices are held money passes from one side to the other; where they
answer, they are solved for at every wholesale price tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining.base import BargainingGame, Gains, gains_from_trade
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.numerics.golden_section import golden_section

# Steps of a wholesale price, in its size: those by which gains are read as parabolas, how far
# these are followed, and far out.
NEAR = 5e-4
_FOLLOWED, _FAR = 5e-3, (-0.4, -0.1, 0.1, 0.4)
# Retail prices that answer are found to this, relative, near the point and far from it, in so many
# iterations, or they are not.
_EXACT, _ROUGH, _PATIENCE = 1e-12, 1e-5, 200

#: what a link maximises, of gains of manufacturers and of channels (n,) on lines (n,)
Objective = Callable[[Array, Array, Index], Array]


@dataclass(frozen=True, kw_only=True)
class TermsPoint:
    """A game at its terms, with profits of every firm without each link (L, F): those of the market
    without its offers, evaluated anew."""

    game: BargainingGame
    at: Conditions
    without: Array

    @property
    def unit(self) -> float:
        """The money that a unit of utility is worth."""
        return self.at.retail.demand.money_per_util

    @property
    def offers(self) -> Index:
        """The first offer of each link (L,)."""
        return np.asarray(self.game.links.offers_lost.argmax(axis=1))

    @property
    def sold(self) -> Array:
        """Of each link's offers (L, J)."""
        return np.asarray(self.game.links.offers_lost * self.at.choices.shares)

    @property
    def gains(self) -> Gains:
        """Of each link (L,)."""
        return gains_from_trade(self.game.links, self.at.profits, self.without)


def terms_point(game: BargainingGame, at: Conditions) -> TermsPoint:
    """The point at conditions with all links."""
    present = game.present & ~game.links.offers_lost
    retail = game.links.market_without(game.retail)
    prices, w = (np.broadcast_to(v, present.shape) for v in (at.prices, at.wholesale))
    if game.prices_answer:
        profits = _answered_profits(retail, prices, w, present, _EXACT)
    else:
        profits = retail.conditions(prices, w, present).profits
    return TermsPoint(game=game, at=at, without=profits)


def _answered_profits(
    retail: Retail, start: Array, w: Array, present: Mask, tolerance: float
) -> Array:
    """Profits (n, F) at retail prices that answer wholesale prices (n, J); nan where not known."""
    prices = solve_prices(
        retail,
        start,
        w,
        present,
        tolerance=tolerance,
        max_iterations=_PATIENCE,
        throw=False,
    ).value
    at = retail.conditions(prices, w, present)
    far = np.abs(at.foc_in_money()) / np.maximum(np.abs(prices), retail.demand.money_per_util)
    return np.where((far.max(axis=-1) <= tolerance)[:, None], at.profits, np.nan)


@dataclass(frozen=True, kw_only=True)
class MovedTerms:
    """Lines along each of which one term moves, in steps of its size: that of link (n,), in money
    size (n,), offer (n,) being the first that moves. Near the point gains are parabolas
    manufacturer, channel (3, n), followed between low and high (n,)."""

    link: Index
    offer: Index
    size: Array
    manufacturer: Array
    channel: Array
    low: Array
    high: Array

    @property
    def lines(self) -> Index:
        """0..n-1."""
        return np.arange(len(self.link))

    def near(self, step: Array) -> tuple[Array, Array]:
        """Gains of manufacturers and channels (n,) at steps (n,) near the point."""
        power = np.stack([np.ones_like(step), step, step**2])
        return (self.manufacturer * power).sum(axis=0), (self.channel * power).sum(axis=0)

    def search(self, objective: Objective) -> tuple[Array, Array]:
        """The best step (n,), and the objective there."""

        def values(step: Array) -> Array:
            return objective(*self.near(step), self.lines)

        step = golden_section(values, self.low, self.high)
        return step, values(step)


def held_prices(point: TermsPoint) -> MovedTerms:
    """Retail prices held: a line a link, as far as both sides gain."""
    links, share, gains = point.game.links, point.at.retail.stakes.wholesale_share, point.gains
    offer = point.offers
    size = np.maximum(np.abs(point.at.wholesale[offer]), point.unit)
    received = (share[links.manufacturer] * point.sold).sum(axis=1) * size
    paid = -(share[links.channel] * point.sold).sum(axis=1) * size
    return MovedTerms(
        link=np.arange(len(links)),
        offer=offer,
        size=size,
        manufacturer=np.stack([gains.manufacturer, received, np.zeros_like(size)]),
        channel=np.stack([gains.channel, -paid, np.zeros_like(size)]),
        low=-gains.manufacturer / received,
        high=gains.channel / paid,
    )


@dataclass(frozen=True, kw_only=True)
class AnsweredTerms(MovedTerms):
    """Retail prices answer: a line an offer. pass_through (J, J): how they begin to."""

    point: TermsPoint
    pass_through: Array

    def gains(self, line: Index, step: Array, tolerance: float = _ROUGH) -> tuple[Array, Array]:
        """Gains of manufacturers and channels (m,) at steps (m,) along lines (m,), solved for."""
        more = step * self.size[line]
        return _solved_gains(
            self.point,
            self.pass_through,
            self.offer[line],
            self.link[line],
            more=more,
            tolerance=tolerance,
        )

    def search(self, objective: Objective) -> tuple[Array, Array]:
        """The best step near the point or, where more is to be had there, far from it."""
        step, best = super().search(objective)
        low, high = (objective(*self.near(end), self.lines) for end in (self.low, self.high))
        below, above = (
            np.stack(
                [
                    objective(*self.gains(self.lines, np.full(len(step), x)), self.lines)
                    for x in side
                ]
            )
            for side in (_FAR[:2], _FAR[2:])
        )
        grid = np.array([*_FAR[:2], -_FOLLOWED, 0.0, _FOLLOWED, *_FAR[2:]])
        values = np.vstack([below, low, best, high, above])
        top = values.argmax(axis=0)
        step, best = np.where(top == 3, step, grid[top]), values.max(axis=0)
        peaks = (values[1:-1] >= values[:-2]) & (values[1:-1] >= values[2:])
        peaks[2] = False
        n, line = np.nonzero(peaks & (values[1:-1] > -np.inf))
        if len(n):

            def solved(x: Array) -> Array:
                return objective(*self.gains(line, x, _EXACT), line)

            x = golden_section(solved, grid[n], grid[n + 2], iterations=25)
            for k, trial, value in zip(line, x, solved(x), strict=True):
                if value > best[k]:
                    step[k], best[k] = trial, value
        return step, best


def answered_prices(point: TermsPoint) -> AnsweredTerms:
    """Retail prices answering every wholesale price."""
    links, w = point.game.links, point.at.wholesale
    offer = np.flatnonzero(links.link_of_offer >= 0)
    link = links.link_of_offer[offer]
    size = np.maximum(np.abs(w[offer]), point.unit)
    pass_through = point.at.pass_through()
    ahead, behind = (
        _solved_gains(point, pass_through, offer, link, more=sign * NEAR * size, tolerance=_EXACT)
        for sign in (1, -1)
    )
    unmoved = point.gains.manufacturer[link], point.gains.channel[link]
    manufacturer, channel = (
        np.stack([h, (a - b) / (2 * NEAR), (a + b - 2 * h) / (2 * NEAR**2)])
        for h, a, b in zip(unmoved, ahead, behind, strict=True)
    )
    return AnsweredTerms(
        link=link,
        offer=offer,
        size=size,
        manufacturer=manufacturer,
        channel=channel,
        low=np.full(len(link), -_FOLLOWED),
        high=np.full(len(link), _FOLLOWED),
        point=point,
        pass_through=pass_through,
    )


def _solved_gains(
    point: TermsPoint,
    pass_through: Array,
    offer: Index,
    link: Index,
    *,
    more: Array,
    tolerance: float,
) -> tuple[Array, Array]:
    """Gains of both sides of links (m,) where one wholesale price, of offer (m,), rises by `more`
    (m,); without the link the offer is not sold, whatever its price."""
    game, at, row = point.game, point.at, np.arange(len(offer))
    w = np.tile(at.wholesale, (len(offer), 1))
    w[row, offer] += more
    start = at.prices + (pass_through[:, offer] * more).T
    present = np.broadcast_to(game.present, w.shape)
    profits = _answered_profits(game.retail, start, w, present, tolerance)
    manufacturer, channel = game.links.manufacturer[link], game.links.channel[link]
    return (
        profits[row, manufacturer] - point.without[link, manufacturer],
        profits[row, channel] - point.without[link, channel],
    )
