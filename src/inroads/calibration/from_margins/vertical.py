"""A vertical chain from shares, prices and margins at both levels: money, power and costs.

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

from inroads.calibration.from_margins.logit import Outside, best_alpha, buyers_at, inside_shares
from inroads.calibration.from_margins.unit_search import STARTS, search
from inroads.choice.model import Array, Index
from inroads.conduct.buyers import Buyers
from inroads.conduct.equilibrium import Bargaining
from inroads.conduct.links import Disagreement, Links, links
from inroads.conduct.pricing import Retail
from inroads.conduct.stakes import chain, one_hot
from inroads.errors import InputError, one_of
from inroads.scenario.offers import check_costs
from inroads.solution import Solution

Power = Literal["one", "maker", "shop", "pair"]


@dataclass(frozen=True)
class ChainFit:
    """A chain that has the observed shares and prices, and margins as near as they come.

    alpha: marginal utility of money. power (J,): the shop's bargaining weight, 1 where a firm
    sells what it makes. making, handling (J,): unit costs of makers and shops. Targets and fitted
    margins (J,) are (p - w - handling) / p of shops and (w - making) / w of makers, nan where not
    given (or, of integrated makers, not defined). solution: of the weights, group by group; its
    residual is the step still to go.
    """

    alpha: float
    power: Array
    making: Array
    handling: Array
    shop_target: Array
    shop_fitted: Array
    maker_target: Array
    maker_fitted: Array
    buyers: Buyers
    retail: Retail
    bargaining: Bargaining
    solution: Solution[Array]

    @property
    def misses(self) -> Array:
        """fitted - target of shops, then makers (2J,), nan where there is no target."""
        return np.concatenate(
            [self.shop_fitted - self.shop_target, self.maker_fitted - self.maker_target]
        )


def fit_chain_margins(
    prices: ArrayLike,
    wholesale: ArrayLike,
    shares: ArrayLike,
    shop_margins: ArrayLike,
    maker_margins: ArrayLike,
    makers: ArrayLike,
    shops: ArrayLike,
    *,
    power: Power = "one",
    disagreement: Disagreement = "offer",
    outside: Literal["rest", "none"] = "rest",
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> ChainFit:
    """Calibrate logit demand, bargaining weights and costs of a chain with linear wholesale prices.

    prices, wholesale, shares, shop_margins, maker_margins (J,), margins as in `ChainFit`, nan where
    unknown. makers, shops (J,): labels of firms, one list for both levels: a firm at both is
    integrated, and its offers' wholesale price is its cost. power: which offers share a bargaining
    weight. outside, below_zero, names: as in `fit_margins`. Bargaining is simultaneous (Sheu and
    Taragin 2021).

    Raises InputError where margins do not tell the weights and where they imply costs below zero,
    ConvergenceError where the search fails.
    """
    one_of("power", power, "one", "maker", "shop", "pair")
    one_of("outside", outside, "rest", "none")
    one_of("disagreement", disagreement, "offer", "pair")
    p, w = np.asarray(prices, dtype=float), np.asarray(wholesale, dtype=float)
    makers, shops = np.asarray(makers), np.asarray(shops)
    firms = np.unique(np.concatenate([makers, shops]), return_inverse=True)[1].astype(np.intp)
    M, R = np.split(firms, 2)
    apart = R != M
    kind: Outside = outside
    model = _ChainModel(p, w, inside_shares(np.asarray(shares, float), kind), M, R, disagreement)
    group = _groups(power, M, R)
    group[apart] = np.unique(group[apart], return_inverse=True)[1]
    target = np.concatenate(
        [
            np.asarray(shop_margins, dtype=float),
            np.where(apart, np.asarray(maker_margins, dtype=float), np.nan),
        ]
    )
    free = int(group[apart].max(initial=-1)) + 1
    if np.isfinite(target).sum() < free + 1:
        raise InputError.single(
            expected=f"at least {free + 1} margins for {free} bargaining weight(s) and alpha",
            found=str(int(np.isfinite(target).sum())),
            where="margins",
            remedy="give more margins, or let more offers share a weight (power='one').",
        )

    def weights(theta: Array) -> Array:
        lam = np.ones(len(p))
        lam[apart] = theta[group[apart]]
        return lam

    known = np.isfinite(target)
    to_group = np.zeros((len(p), free))
    to_group[apart, group[apart]] = 1.0

    def misses(theta: Array) -> Array:
        x = model.margins(weights(theta))
        return np.asarray((x / best_alpha(x, target) - target)[known])

    def jacobian(theta: Array) -> Array:
        x, dx = model.along(weights(theta), to_group)
        x, dx, m = x[known], dx[known], target[known]
        c = float(m @ x) / float(x @ x)
        return np.asarray(c * dx + np.outer(x, (m - 2 * c * x) @ dx / (x @ x)))

    starts = np.tile(STARTS, (free, 1)).T
    solution = search(misses, starts, "bargaining weights", jacobian)
    solution.unwrap()
    lam = weights(solution.value)
    x = model.margins(lam)
    alpha = best_alpha(x, target)
    shop, maker = np.split(x / alpha, 2)
    making = np.where(apart, w * (1.0 - maker), w)
    handling = p * (1.0 - shop) - w
    if not below_zero:
        called = range(1, len(p) + 1) if names is None else names
        remedy = "correct margins, wholesale prices, shares or prices"
        check_costs({"making": making, "handling": handling}, p, called, "margins", remedy)
    buyers = buyers_at(p, model.s, alpha, None, np.zeros(len(p)))
    retail = Retail(buyers, chain(M, R, making, handling), R)
    bargaining = Bargaining(links(M, R, lam, disagreement), making)
    seen, made = np.split(target, 2)
    shown = np.where(apart, maker, np.nan)
    return ChainFit(
        *(alpha, lam, making, handling, seen, shop, made, shown),
        *(buyers, retail, bargaining, solution),
    )


class _ChainModel:
    """Margins of a chain at given shares, prices, and a marginal utility of money of one."""

    def __init__(
        self, p: Array, w: Array, s: Array, makers: Index, shops: Index, how: Disagreement
    ) -> None:
        self.p, self.w, self.s = p, w, s
        self.links: Links = links(makers, shops, 1.0, how)
        count = _count(makers, shops)
        makes, sells = one_hot(makers, count), one_hot(shops, count)
        k, drops = self.links, self.links.drops.astype(float)
        buyers = buyers_at(p, s, 1.0, None, np.zeros(len(p)))
        D = buyers.at(p).jacobian
        there = ~self.links.drops
        lost = s - buyers.at(np.broadcast_to(p, there.shape), there).shares
        # Shops' margins that retail conditions ask for: fixed - follow @ makers' margins.
        own = sells[shops] * D.T
        answers = np.linalg.solve(own, np.column_stack([-s, (makes[shops] * D.T) @ drops.T]))
        self.fixed, self.follow = answers[:, 0], answers[:, 1:]

        def gain(firm: Index) -> tuple[Array, Array]:
            """A firm's gain from each link: a constant, and what makers' margins add."""
            from_shop = sells[firm] * lost
            return from_shop @ self.fixed, (makes[firm] * lost) @ drops.T - from_shop @ self.follow

        self.maker_gain, self.shop_gain = gain(k.maker), gain(k.shop)
        self.first = drops.argmax(axis=1)

    def margins(self, power: Array) -> Array:
        """Of shops over p, then of makers over w (2J,), for weights (J,)."""
        return self.along(power, np.zeros((len(self.p), 0)))[0]

    def along(self, power: Array, moved: Array) -> tuple[Array, Array]:
        """The same, and its derivative (2J, K) as weights move along moved (J, K)."""
        lam = power[self.first]
        (m0, m1), (s0, s1) = self.maker_gain, self.shop_gain
        system = lam[:, None] * m1 - (1 - lam)[:, None] * s1
        t = np.linalg.solve(system, (1 - lam) * s0 - lam * m0)
        shop = self.fixed - self.follow @ t
        off = m0 + s0 + (m1 + s1) @ t
        dt = -np.linalg.solve(system, off[:, None] * moved[self.first])
        drops = self.links.drops
        x = np.concatenate([shop / self.p, (t @ drops) / self.w])
        dx = np.vstack([-self.follow @ dt / self.p[:, None], (drops.T @ dt) / self.w[:, None]])
        return x, dx


def _count(makers: Index, shops: Index) -> int:
    return int(max(makers.max(), shops.max())) + 1


def _groups(power: Power, makers: Index, shops: Index) -> Index:
    """A label (J,) for each bargaining weight."""
    label = {
        "one": np.zeros_like(makers),
        "maker": makers,
        "shop": shops,
        "pair": makers * _count(makers, shops) + shops,
    }[power]
    return label.copy()
