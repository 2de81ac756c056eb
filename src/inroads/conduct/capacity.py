"""Bertrand prices when some offers, or groups of them, cannot sell more than so much.

A firm that would sell more raises the price until the limit holds: as if the offer cost mu_l more,
with mu_l >= 0, s_l <= limit_l and one of the two equal (Froeb, Tschantz and Crooke 2003). Of a
group, a quota, s_l is the sum and mu_l the same for all members. Newton on prices and shadow prices
together, the binding limits chosen anew at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.errors import refuse
from inroads.solution import Solution, Status


@dataclass(frozen=True)
class CapacityEquilibrium:
    """The equilibrium, and the shadow price (L,) of a unit of each limit; groups (L, J)."""

    conditions: Conditions
    shadow_prices: Array
    groups: Array

    @property
    def shadow_cost(self) -> Array:
        """What limits add to the cost of a unit of each offer (J,), money."""
        return np.asarray(self.shadow_prices @ self.groups)

    @property
    def prices(self) -> Array:
        """Retail prices (J,)."""
        return self.conditions.prices


@dataclass(frozen=True, kw_only=True)
class _Point:
    """Conditions at prices with shadow prices (L,), and what is left: of prices, of limits,
    relative.

    retail is without shadow prices; groups (L, J).
    """

    retail: Retail
    groups: Array
    at: Conditions
    shadow: Array
    gap: Array
    slack: Array
    binding: Mask

    @property
    def size(self) -> float:
        """The larger of both, relative."""
        unit = self.at.retail.demand.money_per_util
        far = np.abs(self.gap) / np.maximum(np.abs(self.at.prices), unit)
        miss = np.abs(np.minimum(self.shadow / unit, self.slack))
        return float(np.concatenate([far, miss]).max(initial=0.0))


def solve_with_capacity(
    retail: Retail,
    limits: Array,
    start: Array,
    wholesale: Array | None = None,
    *,
    groups: Array | None = None,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
    throw: bool = True,
) -> Solution[CapacityEquilibrium]:
    """Prices (J,) of sellers whose offers' shares cannot exceed limits (L,), inf where none.

    groups (L, J): whose shares each limit is of, 1 or 0; each offer's own (L = J) unless given.
    Whoever sets the price of an offer bears its limits; limits need an offer that somebody prices.
    start, wholesale (J,): as in `solve_prices`. The residual is the larger of the prices' (as
    there) and of min(shadow price over the money that a unit of utility is worth, log limit -
    log share).
    Raises InputError for limits not positive, ConvergenceError short of `tolerance`, unless
    throw=False.
    """
    limited = np.isfinite(limits)
    groups = np.eye(len(start)) if groups is None else groups
    nobody = ~(groups[:, retail.price_setter >= 0] > 0).any(axis=1)
    if not (limits > 0).all() or (limited & nobody).any():
        raise refuse(
            expected="limits above 0, on offers whose price somebody sets",
            found=str(limits[(limits <= 0) | (limited & nobody)].tolist()),
            where="limits",
            remedy="take offers that cannot be sold off the shelf; give inf where there is none.",
        )
    free = solve_prices(retail, start, wholesale, throw=False)
    none = np.zeros(len(limits))
    unlimited = _evaluate(retail, limits, free.value, none, wholesale=wholesale, groups=groups)
    point, steps = _newton(unlimited, limits, tolerance, max_iterations)
    if not point.size <= tolerance:
        # In one go it failed: tighten the limits little by little.
        point, excess = unlimited, np.maximum(-unlimited.slack, 0.0)
        for tightness in np.linspace(0.9, 0.0, 10):
            point, more = _newton(
                point, limits * np.exp(tightness * excess), tolerance, max_iterations
            )
            steps += more
    status = Status.CONVERGED if point.size <= tolerance else Status.MAX_ITERATIONS
    at = retail.conditions(point.at.prices, wholesale)
    value = CapacityEquilibrium(at, point.shadow, groups)
    solution = Solution(value, status, point.size, steps)
    if throw:
        solution.unwrap()
    return solution


def _newton(point: _Point, limits: Array, tolerance: float, limit: int) -> tuple[_Point, int]:
    """The point where Newton ends from `point`, and the number of its steps."""
    where = np.flatnonzero(np.isfinite(limits))
    wholesale = point.at.wholesale

    def at(prices: Array, shadow: Array) -> _Point:
        return _evaluate(
            point.retail, limits, prices, shadow, wholesale=wholesale, groups=point.groups
        )

    point = at(point.at.prices, point.shadow)
    for iteration in range(limit):
        if point.size <= tolerance or not np.isfinite(point.size):
            return point, iteration
        dp, dmu = _step(point, where)
        for _ in range(8):
            ahead = at(point.at.prices + dp, point.shadow + dmu)
            if ahead.size < point.size:
                break
            dp, dmu = dp / 2, dmu / 2
        point = ahead
    return point, limit


def _evaluate(
    retail: Retail,
    limits: Array,
    p: Array,
    mu: Array,
    *,
    wholesale: Array | None,
    groups: Array,
) -> _Point:
    bears = np.zeros_like(retail.stakes.cost)
    free = np.flatnonzero(retail.price_setter >= 0)
    bears[retail.price_setter[free], free] = (mu @ groups)[free]
    dear = replace(retail, stakes=retail.stakes.with_costs(bears))
    at = dear.conditions(p, wholesale)
    with np.errstate(divide="ignore"):
        slack = np.log(limits) - np.log(groups @ at.choices.shares)
    return _Point(
        retail=retail,
        groups=groups,
        at=at,
        shadow=mu,
        gap=at.foc_in_money(),
        slack=slack,
        binding=mu / retail.demand.money_per_util > slack,
    )


def _step(point: _Point, where: Index) -> tuple[Array, Array]:
    """Newton's step of prices (J,) and shadow prices (L,), limits binding where they seem to."""
    price_setter, D = point.at.retail.price_setter, point.at.choices.jacobian
    J, groups = len(price_setter), point.groups[where]
    same = (price_setter[:, None] == price_setter) & point.at.is_set[:, None]
    in_mu = np.where(same, -D.T, 0.0) @ groups.T
    binds = point.binding[where]
    log_share = (groups @ D) / (groups @ point.at.choices.shares)[:, None]
    rows = np.where(binds[:, None], -log_share, 0.0)
    own = np.diag(np.where(binds, 0.0, 1.0))
    system = np.block([[point.at.foc_jacobian(), in_mu], [rows, own]])
    left = np.where(binds, point.slack[where], point.shadow[where])
    step = -np.linalg.solve(system, np.concatenate([point.at.foc(), left]))
    dmu = np.zeros(len(point.shadow))
    dmu[where] = step[J:]
    return step[:J], dmu
