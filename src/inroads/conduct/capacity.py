"""Bertrand prices when some offers cannot sell more than so much.

A firm that would sell more raises the price until the limit holds: as if the offer cost mu_j more,
with mu_j >= 0, s_j <= limit_j and one of the two equal (Froeb, Tschantz and Crooke 2003). Newton
on prices and shadow costs together, the binding limits chosen anew at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.pricing import Conditions, Retail, solve_prices
from inroads.errors import InputError
from inroads.solution import Solution, Status


@dataclass(frozen=True)
class Limited:
    """The equilibrium, and what one unit more of each limit would bring its seller (J,), money."""

    at: Conditions
    shadow: Array

    @property
    def prices(self) -> Array:
        """Retail prices (J,)."""
        return self.at.prices


@dataclass(frozen=True)
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
        unit = self.at.retail.buyers.unit
        far = np.abs(self.gap) / np.maximum(np.abs(self.at.prices), unit)
        miss = np.abs(np.minimum(self.shadow / unit, self.slack))
        return float(np.maximum(far, miss).max(initial=0.0))


def solve_limited(
    retail: Retail,
    limits: Array,
    start: Array,
    wholesale: Array | None = None,
    *,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
    throw: bool = True,
) -> Solution[Limited]:
    """Prices (J,) of sellers whose offers' shares cannot exceed limits (J,), inf where none.

    Whoever sets the price of an offer bears its limit; offers that nobody prices take none.
    start, wholesale (J,): as in `solve_prices`. The residual is the larger of the prices' (as
    there) and of min(shadow cost over the money that a unit of utility is worth, log limit -
    log share).
    Raises InputError for limits not positive, ConvergenceError short of `tolerance`, unless
    throw=False.
    """
    limited = np.isfinite(limits)
    if not (limits > 0).all() or (limited & (retail.setter < 0)).any():
        raise InputError.single(
            expected="limits above 0, on offers whose price somebody sets",
            found=str(limits[(limits <= 0) | (limited & (retail.setter < 0))].tolist()),
            where="limits",
            remedy="take offers that cannot be sold off the shelf; give inf where there is none.",
        )
    free = solve_prices(retail, start, wholesale, throw=False)
    open_ = _look(retail, limits, free.value, np.zeros(len(limits)), wholesale)
    here, steps = _newton(open_, limits, tolerance, max_iterations)
    if not here.size <= tolerance:
        # In one go it failed: tighten the limits little by little.
        here, excess = open_, np.maximum(-open_.slack, 0.0)
        for part in np.linspace(0.9, 0.0, 10):
            here, more = _newton(here, limits * np.exp(part * excess), tolerance, max_iterations)
            steps += more
    status = Status.CONVERGED if here.size <= tolerance else Status.MAX_ITERATIONS
    value = Limited(retail.at(here.at.prices, wholesale), here.shadow)
    solution = Solution(value, status, here.size, steps)
    if throw:
        solution.unwrap()
    return solution


def _newton(here: _Point, limits: Array, tolerance: float, limit: int) -> tuple[_Point, int]:
    """The point where Newton ends from `here`, and the number of its steps."""
    where = np.flatnonzero(np.isfinite(limits))
    retail, wholesale = here.retail, here.at.wholesale
    here = _look(retail, limits, here.at.prices, here.shadow, wholesale)
    for iteration in range(limit):
        if here.size <= tolerance or not np.isfinite(here.size):
            return here, iteration
        dp, dmu = _step(here, where)
        for _ in range(8):
            ahead = _look(retail, limits, here.at.prices + dp, here.shadow + dmu, wholesale)
            if ahead.size < here.size:
                break
            dp, dmu = dp / 2, dmu / 2
        here = ahead
    return here, limit


def _look(retail: Retail, limits: Array, p: Array, mu: Array, wholesale: Array | None) -> _Point:
    bears = np.zeros_like(retail.stakes.cost)
    free = np.flatnonzero(retail.setter >= 0)
    bears[retail.setter[free], free] = mu[free]
    dear = replace(retail, stakes=retail.stakes.with_costs(bears))
    at = dear.at(p, wholesale)
    with np.errstate(divide="ignore"):
        slack = np.log(limits) - np.log(at.choices.shares)
    return _Point(retail, at, mu, at.gap(), slack, mu / retail.buyers.unit > slack)


def _step(here: _Point, where: Index) -> tuple[Array, Array]:
    """Newton's step of prices (J,) and shadow costs (J,), limits binding where they now seem to."""
    setter, D = here.at.retail.setter, here.at.choices.jacobian
    J = len(setter)
    same = (setter[:, None] == setter) & here.at.free[:, None]
    in_mu = np.where(same, -D.T, 0.0)[:, where]
    binds = here.binding[where]
    log_share = D[where] / here.at.choices.shares[where, None]
    rows = np.where(binds[:, None], -log_share, 0.0)
    own = np.diag(np.where(binds, 0.0, 1.0))
    system = np.block([[here.at.jacobian(), in_mu], [rows, own]])
    left = np.where(binds, here.slack[where], here.shadow[where])
    step = -np.linalg.solve(system, np.concatenate([here.at.own(), left]))
    dmu = np.zeros(J)
    dmu[where] = step[J:]
    return step[:J], dmu
