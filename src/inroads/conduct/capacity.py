"""Bertrand prices when some offers cannot sell more than so much.

A firm that would sell more raises the price until the limit holds: as if the offer cost mu_j more,
with mu_j >= 0, s_j <= limit_j and one of the two equal (Froeb, Tschantz and Crooke 2003). Newton
on prices and shadow costs together, the binding limits chosen anew at every step.
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
    """The equilibrium, and what one unit more of each limit would bring its seller (J,), money."""

    conditions: Conditions
    shadow_cost: Array

    @property
    def prices(self) -> Array:
        """Retail prices (J,)."""
        return self.conditions.prices


@dataclass(frozen=True, kw_only=True)
class _Point:
    """Conditions at prices with shadow costs, and what is left: of prices, of limits, relative.

    retail is without shadow costs.
    """

    retail: Retail
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
        return float(np.maximum(far, miss).max(initial=0.0))


def solve_with_capacity(
    retail: Retail,
    limits: Array,
    start: Array,
    wholesale: Array | None = None,
    *,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
    throw: bool = True,
) -> Solution[CapacityEquilibrium]:
    """Prices (J,) of sellers whose offers' shares cannot exceed limits (J,), inf where none.

    Whoever sets the price of an offer bears its limit; offers that nobody prices take none.
    start, wholesale (J,): as in `solve_prices`. The residual is the larger of the prices' (as
    tpoint) and of min(shadow cost over the money that a unit of utility is worth, log limit -
    log share).
    Raises InputError for limits not positive, ConvergenceError short of `tolerance`, unless
    throw=False.
    """
    limited = np.isfinite(limits)
    if not (limits > 0).all() or (limited & (retail.price_setter < 0)).any():
        raise refuse(
            expected="limits above 0, on offers whose price somebody sets",
            found=str(limits[(limits <= 0) | (limited & (retail.price_setter < 0))].tolist()),
            where="limits",
            remedy="take offers that cannot be sold off the shelf; give inf where tpoint is none.",
        )
    free = solve_prices(retail, start, wholesale, throw=False)
    unlimited = _evaluate(retail, limits, free.value, np.zeros(len(limits)), wholesale=wholesale)
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
    value = CapacityEquilibrium(retail.conditions(point.at.prices, wholesale), point.shadow)
    solution = Solution(value, status, point.size, steps)
    if throw:
        solution.unwrap()
    return solution


def _newton(point: _Point, limits: Array, tolerance: float, limit: int) -> tuple[_Point, int]:
    """The point where Newton ends from `point`, and the number of its steps."""
    where = np.flatnonzero(np.isfinite(limits))
    retail, wholesale = point.retail, point.at.wholesale
    point = _evaluate(retail, limits, point.at.prices, point.shadow, wholesale=wholesale)
    for iteration in range(limit):
        if point.size <= tolerance or not np.isfinite(point.size):
            return point, iteration
        dp, dmu = _step(point, where)
        for _ in range(8):
            ahead = _evaluate(
                retail, limits, point.at.prices + dp, point.shadow + dmu, wholesale=wholesale
            )
            if ahead.size < point.size:
                break
            dp, dmu = dp / 2, dmu / 2
        point = ahead
    return point, limit


def _evaluate(
    retail: Retail, limits: Array, p: Array, mu: Array, *, wholesale: Array | None
) -> _Point:
    bears = np.zeros_like(retail.stakes.cost)
    free = np.flatnonzero(retail.price_setter >= 0)
    bears[retail.price_setter[free], free] = mu[free]
    dear = replace(retail, stakes=retail.stakes.with_costs(bears))
    at = dear.conditions(p, wholesale)
    with np.errstate(divide="ignore"):
        slack = np.log(limits) - np.log(at.choices.shares)
    return _Point(
        retail=retail,
        at=at,
        shadow=mu,
        gap=at.foc_in_money(),
        slack=slack,
        binding=mu / retail.demand.money_per_util > slack,
    )


def _step(point: _Point, where: Index) -> tuple[Array, Array]:
    """Newton's step of prices (J,) and shadow costs (J,), limits binding where they now seem to."""
    price_setter, D = point.at.retail.price_setter, point.at.choices.jacobian
    J = len(price_setter)
    same = (price_setter[:, None] == price_setter) & point.at.is_set[:, None]
    in_mu = np.where(same, -D.T, 0.0)[:, where]
    binds = point.binding[where]
    log_share = D[where] / point.at.choices.shares[where, None]
    rows = np.where(binds[:, None], -log_share, 0.0)
    own = np.diag(np.where(binds, 0.0, 1.0))
    system = np.block([[point.at.foc_jacobian(), in_mu], [rows, own]])
    left = np.where(binds, point.slack[where], point.shadow[where])
    step = -np.linalg.solve(system, np.concatenate([point.at.foc(), left]))
    dmu = np.zeros(J)
    dmu[where] = step[J:]
    return step[:J], dmu
