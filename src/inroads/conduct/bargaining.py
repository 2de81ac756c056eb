"""Nash-in-Nash bargaining over wholesale prices, retail prices taken as given while it lasts.

Each link maximises gain_shop^lambda gain_maker^(1 - lambda), gains being whole-firm profits with
the agreement less those without it, everything else held (Horn and Wolinsky 1988; Draganska,
Klapper and Villas-Boas 2010; Sheu and Taragin 2021). A linear wholesale price moves money one for
one, so lambda gain_maker = (1 - lambda) gain_shop, linear in wholesale prices at given retail
prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.model import Array, Mask
from inroads.conduct.breakdown import Worlds, broken_down
from inroads.conduct.links import Links
from inroads.conduct.price_search import newton_step
from inroads.conduct.pricing import Conditions, Retail
from inroads.conduct.stakes import Stakes
from inroads.solution import Solution, Status


@dataclass(frozen=True)
class Gains:
    """What each link brings its maker and its shop (..., L), money per consumer."""

    maker: Array
    shop: Array

    @property
    def joint(self) -> Array:
        """Joint surplus of each link (..., L)."""
        return self.maker + self.shop


def split(links: Links, gains: Gains, rates: tuple[Array, Array]) -> Array:
    """lambda b gain_maker - (1 - lambda) a gain_shop (..., L), zero where the Nash product peaks.

    rates: a and b (L,), what one unit more of the wholesale price brings the maker and costs the
    shop. Both are one unless a tariff, or a holding in the other side, comes between them.
    """
    a, b = rates
    return links.power * b * gains.maker - (1 - links.power) * a * gains.shop


def rates(links: Links, stakes: Stakes) -> tuple[Array, Array]:
    """See `split`; alike for all offers of a link, whose mean is taken."""
    sold = links.drops / links.drops.sum(axis=1, keepdims=True)
    maker = (stakes.wholesale[..., links.maker, :] * sold).sum(axis=-1)
    return maker, -(stakes.wholesale[..., links.shop, :] * sold).sum(axis=-1)


def gains(links: Links, agreed: Array, without: Array) -> Gains:
    """Gains from profits with all links (F,) and without each (L, F)."""
    row = np.arange(len(links))
    maker = agreed[..., links.maker] - without[..., row, links.maker]
    shop = agreed[..., links.shop] - without[..., row, links.shop]
    return Gains(maker, shop)


@dataclass(frozen=True)
class Simultaneous:
    """The system of retail prices p (J,) and wholesale margins t (L,), one margin a link.

    Wholesale prices are base + t on the offers of a link; base (J,) is the maker's cost per unit.
    present (J,): offers on the shelf.
    """

    retail: Retail
    links: Links
    base: Array
    present: Mask

    @cached_property
    def rates(self) -> tuple[Array, Array]:
        """See `split`."""
        return rates(self.links, self.retail.stakes)

    def wholesale(self, t: Array) -> Array:
        """w (J,)."""
        return self.base + t @ self.links.drops

    def at(self, p: Array, t: Array) -> tuple[Conditions, Worlds]:
        """All links in place, and each broken down in turn."""
        here = self.retail.at(p, self.wholesale(t), self.present)
        return here, broken_down(here, self.links, self.present)

    def margins(self, p: Array) -> Array:
        """t (L,) at given retail prices: one linear solve."""
        here, worlds = self.at(p, np.zeros(len(self.links)))
        return newton_step(self.slope(here, worlds), self.split(here, worlds))

    def split(self, here: Conditions, worlds: Worlds) -> Array:
        """See the function `split`."""
        return split(self.links, gains(self.links, here.profits, worlds.profits), self.rates)

    def slope(self, here: Conditions, worlds: Worlds) -> Array:
        """d split / dt (L, L)."""
        k, stakes = self.links, self.retail.stakes
        lost = here.choices.shares - worlds.shares
        a, b = self.rates
        maker, shop = (k.power * b)[:, None], ((1 - k.power) * a)[:, None]
        pays = maker * stakes.wholesale[k.maker] - shop * stakes.wholesale[k.shop]
        return np.asarray((pays * lost) @ k.drops.T)

    def solve(
        self, start: Array, tolerance: float = 1e-12, max_iterations: int = 200
    ) -> Solution[Array]:
        """(p, t) stacked (J + L,); the residual is that of prices, and of margins alike."""
        k, J = self.links, len(start)
        unit = self.retail.buyers.unit
        p, t = start.copy(), self.margins(start)
        here, worlds, wrong = self._look(p, t)
        for iteration in range(max_iterations + 1):
            size = np.concatenate([np.abs(p), np.abs(self.wholesale(t)) @ k.drops.T])
            residual = float((np.abs(wrong) / np.maximum(size, unit)).max(initial=0.0))
            if residual <= tolerance or not np.isfinite(residual) or iteration == max_iterations:
                break
            system = np.block(
                [
                    [here.jacobian(), here.in_wholesale() @ k.drops.T],
                    [self.split_in_prices(here, worlds), self.slope(here, worlds)],
                ]
            )
            right = np.concatenate([here.own(), self.split(here, worlds)])
            step = newton_step(system, right)
            ahead = self._look(p + step[:J], t + step[J:])
            if np.abs(ahead[2]).max() < np.abs(wrong).max():
                p, t = p + step[:J], t + step[J:]
            else:
                # Each side's own answer: markups by their fixed point, then the linear solve.
                p = p + here.gap()
                t = self.margins(p)
                ahead = self._look(p, t)
            here, worlds, wrong = ahead
        status = Status.CONVERGED if residual <= tolerance else Status.MAX_ITERATIONS
        return Solution(np.concatenate([p, t]), status, residual, iteration)

    def split_in_prices(self, here: Conditions, worlds: Worlds) -> Array:
        """d split / dp (L, J)."""
        k, every = self.links, here.gradients()
        a, b = self.rates
        maker = every[k.maker] - worlds.gradients(k.maker)
        shop = every[k.shop] - worlds.gradients(k.shop)
        return np.asarray((k.power * b)[:, None] * maker - ((1 - k.power) * a)[:, None] * shop)

    def _look(self, p: Array, t: Array) -> tuple[Conditions, Worlds, Array]:
        """Conditions with all links, without each, and by how much money each is off (J + L,)."""
        here, worlds = self.at(p, t)
        sold, off = self.links.drops @ here.choices.shares, self.split(here, worlds)
        off = np.divide(off, sold, out=np.full_like(off, np.inf), where=sold > 0)
        return here, worlds, np.concatenate([here.gap(), off])
