"""Generalized nested logit from shares, prices and margins, nests overlapping.

As for logit margins are those at a marginal utility of money of one over alpha; the nesting
parameter is searched for, utilities being inverted from shares at each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import Outside, best_alpha, inside_shares
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array
from inroads.conduct.bertrand import owned
from inroads.conduct.demand_systems import Overlapping
from inroads.conduct.demand_systems.overlapping import overlapping_at
from inroads.conduct.horizontal import Conduct, PostedPrices
from inroads.errors import one_of
from inroads.market.offers import check_costs
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class OverlappingFit:
    """A market in overlapping nests that has the observed shares and prices.

    alpha, costs, target, fitted, doubts: as in `MarginFit`. rho (N,): of nests. demand: buyers.
    """

    alpha: float
    rho: Array
    costs: Array
    target: Array
    fitted: Array
    demand: Overlapping
    solution: Solution[Array]
    doubts: tuple[str, ...] = ()


def fit_overlapping(
    prices: ArrayLike,
    shares: ArrayLike,
    margins: ArrayLike,
    owner: ArrayLike,
    *,
    allocation: ArrayLike,
    rho: ArrayLike | None = None,
    outside: Outside = "rest",
    conduct: Conduct | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> OverlappingFit:
    """Calibrate overlapping nests and costs to one market.

    allocation (J, N): what part of an offer is in each nest, rows summing to one. rho: a number or
    one a nest (N,), None where margins are to tell one number. The rest as in `fit_margins`.

    Raises InputError where margins do not tell what is asked of them, or leave no cost.
    """
    one_of("outside", outside, "rest", "none")
    p, m = np.asarray(prices, dtype=float), np.asarray(margins, dtype=float)
    s = inside_shares(np.asarray(shares, dtype=float), outside)
    a, rule = np.asarray(allocation, dtype=float), PostedPrices() if conduct is None else conduct
    owns = owned(owner)
    nests, is_given = a.shape[1], np.isfinite(m)

    def nesting(theta: Array) -> Array:
        value = theta[0] if rho is None else np.asarray(rho, dtype=float)
        return np.asarray(np.broadcast_to(value, (nests,)))

    def unit_margins(theta: Array) -> Array:
        demand = overlapping_at(p, s, 1.0, a, nesting(theta))
        return np.asarray(rule.margins(demand, p, owns) / p)

    def residuals(theta: Array) -> Array:
        x = unit_margins(theta)
        return np.asarray((x / best_alpha(x, m) - m)[is_given])

    starts = np.array(STARTS)[:, None] if rho is None else np.zeros((1, 0))
    solution = search_unit_interval(residuals, starts, "the nesting parameter")
    solution.unwrap()
    x = unit_margins(solution.value)
    alpha = best_alpha(x, m)
    costs = p * (1.0 - x / alpha)
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        check_costs({"unit": costs}, p, offer_names, "margins", remedy="correct margins or shares")
    r = nesting(solution.value)
    at = costs if rule.by_costs else p
    searched = {} if rho is not None else {"the nesting parameter rho": float(r[0])}
    return OverlappingFit(
        alpha=alpha,
        rho=r,
        costs=costs,
        target=m,
        fitted=x / alpha,
        demand=overlapping_at(at, s, alpha, a, r),
        solution=solution,
        doubts=doubts(searched, x / alpha, m, range(1, len(p) + 1) if names is None else names),
    )
