"""One good, several plants: Cournot, and Stackelberg with leaders, within capacities.

Inverse demand is P = a - b Q or P = a Q^(-1/e). Plant j has marginal cost c_j + d_j q_j up to a
capacity; an owner's plants produce where its marginal revenue P + P' Q_f is. At a given total a
firm's output falls in P and is monotone, so two nested searches on a line find the equilibrium,
and its uniqueness is theirs (Novshek 1985).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq

from inroads.choice.base import Array, Index
from inroads.errors import UnreachableError, one_of


@dataclass(frozen=True)
class InverseDemand:
    """P(Q), linear or of constant elasticity, through a price and quantity with an elasticity.

    form: "linear" or "log-linear". price, quantity: observed. elasticity: dlnQ/dlnP there, below 0.
    """

    form: str
    price: float
    quantity: float
    elasticity: float

    def __post_init__(self) -> None:
        one_of("form", self.form, "linear", "log-linear")

    def at(self, Q: float) -> float:
        """P."""
        if self.form == "linear":
            return self.price * (1.0 + (Q / self.quantity - 1.0) / self.elasticity)
        return float(self.price * (Q / self.quantity) ** (1.0 / self.elasticity))

    def slope(self, Q: float) -> float:
        """P'."""
        if self.form == "linear":
            return self.price / (self.quantity * self.elasticity)
        return self.at(Q) / (Q * self.elasticity)

    def bend(self, Q: float) -> float:
        """P''."""
        if self.form == "linear":
            return 0.0
        return self.slope(Q) * (1.0 / self.elasticity - 1.0) / Q

    @property
    def most(self) -> float:
        """A quantity that is never sold: at a price of zero, or a millionth of today's."""
        if self.form == "linear":
            return self.quantity * (1.0 - self.elasticity)
        return float(self.quantity * 1e6 ** (-self.elasticity))

    def consumer_surplus(self, before: float, after: float) -> float:
        """The change of consumer surplus between two total quantities."""
        if self.form == "linear":
            area = (self.at(before) + self.at(after)) / 2 * (after - before)
        elif self.elasticity == -1.0:
            area = self.price * self.quantity * np.log(after / before)
        else:
            k = 1.0 + 1.0 / self.elasticity
            area = (self.at(after) * after - self.at(before) * before) / k
        return float(area - self.at(after) * after + self.at(before) * before)


@dataclass(frozen=True, kw_only=True)
class Plants:
    """Costs of plants (J,): c + d q up to capacity."""

    costs: Array
    cost_slopes: Array
    capacity: Array = field(default_factory=lambda: np.array(np.inf))

    def output(self, of: Index, P: float, slope: float) -> Array:
        """What one owner's plants `of` (n,) produce at price P, its own effect on it `slope` < 0.

        Its marginal revenue m solves supply(m) = (P - m) / -slope.
        """
        c, d = self.costs[of], self.cost_slopes[of]
        top = np.broadcast_to(self.capacity, self.costs.shape)[of]

        def supply(m: float) -> Array:
            with np.errstate(divide="ignore", invalid="ignore"):
                rising = np.where(d > 0, (m - c) / d, np.where(m > c, np.inf, 0.0))
            return np.clip(rising, 0.0, top)

        def over(m: float) -> float:
            return float(supply(m).sum() - (P - m) / -slope)

        low = float(c.min())
        if low >= P:
            return np.zeros(len(of))
        m = float(brentq(over, low - 1e-12 * abs(P), P, xtol=1e-15 * abs(P), rtol=1e-15))
        # Flat plants stand ready at their cost: they make what is left.
        flat = (d == 0) & (np.abs(c - m) <= 1e-9 * abs(P))
        if not flat.any():
            return supply(m)
        m = float(c[flat].min())
        flat = (d == 0) & (c == m)
        q = np.where(flat, 0.0, supply(m))
        rest = max((P - m) / -slope - q.sum(), 0.0)
        q[flat] = np.minimum(rest / flat.sum(), top[flat])
        return np.asarray(q)


def quantities(
    demand: InverseDemand, plants: Plants, owner: Index, leaders: Array | None = None
) -> Array:
    """Output (J,) of plants owned by owner (J,) in 0..F-1.

    leaders (F,): whether a firm moves first (Stackelberg); none unless given.

    Raises UnreachableError where nobody can sell at a profit.
    """
    firms = [np.flatnonzero(owner == f) for f in range(int(owner.max()) + 1)]
    leads = np.zeros(len(firms), dtype=bool) if leaders is None else np.asarray(leaders, dtype=bool)
    followers = [f for f, lead in zip(firms, leads, strict=True) if not lead]
    ahead = [f for f, lead in zip(firms, leads, strict=True) if lead]
    if not plants.costs.min() < demand.at(1e-9 * demand.quantity):
        raise UnreachableError(
            "expected a plant whose cost is below what buyers would pay; found none. Remedy: "
            "correct costs or the market elasticity."
        )

    def responses(Q: float) -> Array:
        q = np.zeros(len(owner))
        for f in followers:
            q[f] = plants.output(f, demand.at(Q), demand.slope(Q))
        return q

    def with_leaders(Q: float) -> Array:
        """All outputs were the total Q: leaders see what followers leave of their own effect."""
        q = responses(Q)
        passed = demand.slope(Q) * passed_on(demand, plants, followers, q, Q)
        for f in ahead:
            q[f] = plants.output(f, demand.at(Q), passed)
        return q

    def excess(Q: float) -> float:
        return float(with_leaders(Q).sum() - Q)

    Q = _root(excess, demand.most, demand.quantity)
    return with_leaders(Q)


def passed_on(
    demand: InverseDemand, plants: Plants, followers: list[Index], q: Array, Q: float
) -> float:
    """dQ / dL: what of a unit more of leaders the total rises by, once followers have answered."""
    answered = 0.0
    slope, bend = demand.slope(Q), demand.bend(Q)
    top = np.broadcast_to(plants.capacity, q.shape)
    for f in followers:
        moving = f[(q[f] > 0) & (q[f] < top[f])]
        if len(moving):
            d = plants.cost_slopes[moving]
            rise = 0.0 if (d == 0).any() else 1.0 / float((1.0 / d).sum())
            answered += (slope + bend * float(q[f].sum())) / (slope - rise)
    return 1.0 / (1.0 + answered)


def _root(excess: Callable[[float], float], most: float, near: float) -> float:
    """The total at which firms make just that."""
    low, high = near, near
    for _ in range(200):
        if excess(low) > 0:
            break
        low /= 2
    for _ in range(200):
        if excess(high) < 0 or high >= most:
            break
        high = min(high * 1.5, most)
    return float(brentq(excess, low, high, xtol=1e-15 * near, rtol=1e-15))
