"""More than one equilibrium: the same market solved from many starts.

With several types of consumers, sellers may live off the few who pay much or off the many who pay
little, and each may be right given what the others do. Nothing rules that out in general; starting
elsewhere is how it is noticed. That none is found is no proof that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.equilibrium import PriceEquilibrium, solve
from inroads.conduct.retail_pricing import Retail
from inroads.errors import ConvergenceError, refuse


@dataclass(frozen=True)
class Equilibria:
    """The distinct equilibria found, cheapest first, how many starts led to each, and how many
    led to none (no convergence, or a point that some firm gains by leaving)."""

    distinct: tuple[PriceEquilibrium, ...]
    starts_leading: tuple[int, ...]
    starts_failed: int

    def __len__(self) -> int:
        return len(self.distinct)


def spread_starts(retail: Retail, count: int = 12, seed: int = 0) -> Array:
    """Retail prices (count, J) to begin from, between 0.1 and 10 units of utility above cost.

    The first four are alike for all offers, the others differ from firm to firm at random. Held
    prices are no firm's to choose: every start has them as `Retail` does.
    """
    held = retail.price_setter < 0
    if held.any() and retail.held_prices is None:
        raise refuse(
            expected="the prices at which held ones are held",
            found=f"none, for offer {int(held.argmax())}",
            where="retail.held_prices",
            remedy="give Retail(..., held_prices=...), or starts.",
        )
    cost, unit = retail.stakes.cost.sum(axis=0), retail.demand.money_per_util
    alike = np.geomspace(0.1, 10.0, 4)[:, None] * np.ones(len(cost))
    firms = int(retail.price_setter.max()) + 1
    drawn = 10 ** np.random.default_rng(seed).uniform(-1, 1, (max(count - 4, 0), firms))
    every = np.concatenate([alike, drawn[:, np.maximum(retail.price_setter, 0)]])[:count]
    return retail.with_held_prices(cost + unit * every)


def solve_equilibria(
    retail: Retail,
    negotiated: NegotiatedTerms | None = None,
    *,
    starts: Array | None = None,
    wholesale: Array | None = None,
    present: Mask | None = None,
    apart: float = 1e-6,
) -> Equilibria:
    """Every equilibrium that starts (n, J) lead to, `spread_starts` unless given.

    Other arguments as in `equilibrium.solve`. Two are one if no retail or wholesale price of an
    offer on the shelf differs by more than `apart`, relative to the larger of the price and the
    money that a unit of utility is worth. Each holds a certificate that no firm gains by moving and
    that held prices have not moved.
    """
    unit = retail.demand.money_per_util
    shelf = np.ones(len(retail.price_setter), dtype=bool) if present is None else present
    distinct: list[PriceEquilibrium] = []
    leading: list[int] = []
    failed = 0
    for start in spread_starts(retail) if starts is None else starts:
        try:
            solved = solve(
                retail, negotiated, start=start, wholesale=wholesale, present=present
            ).value
        except (ConvergenceError, np.linalg.LinAlgError):
            failed += 1
            continue
        same = [k for k, other in enumerate(distinct) if _gap(solved, other, unit, shelf) <= apart]
        if same:
            leading[same[0]] += 1
        else:
            distinct.append(solved)
            leading.append(1)
    order = sorted(range(len(distinct)), key=lambda k: float(distinct[k].prices.sum()))
    return Equilibria(tuple(distinct[k] for k in order), tuple(leading[k] for k in order), failed)


def _gap(one: PriceEquilibrium, other: PriceEquilibrium, unit: float, shelf: Mask) -> float:
    a = np.concatenate([one.prices[shelf], one.wholesale[shelf]])
    b = np.concatenate([other.prices[shelf], other.wholesale[shelf]])
    return float((np.abs(a - b) / np.maximum(np.abs(a), unit)).max())
