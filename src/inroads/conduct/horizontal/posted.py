"""Bertrand: sellers post prices, all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.bertrand import markups
from inroads.conduct.capacity import solve_with_capacity
from inroads.conduct.horizontal.base import Conduct, Demand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.solution import Solution


@dataclass(frozen=True, eq=False)
class PostedPrices(Conduct):
    """Nash in prices; Newton's method with the exact Jacobian.

    limits (J,): quantities that offers cannot exceed, inf where none; their prices then rise until
    they do not (Froeb, Tschantz and Crooke 2003).
    """

    limits: Array | None = None

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """-(owns * D')^-1 q; nan where buyers have nowhere else to go."""
        at = demand.at_prices(prices)
        try:
            return markups(at.jacobian, at.shares, owns)
        except np.linalg.LinAlgError:
            return np.full_like(prices, np.nan)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def solve(self, demand: Demand, owns: Array, costs: Array, start: Array) -> Solution[Array]:
        """See `Conduct.solve`."""
        retail = posted_retail(demand, owns, costs)
        if self.limits is not None:
            limited = solve_with_capacity(retail, self.limits, start, throw=False)
            prices = np.asarray(limited.value.prices)
            return Solution(prices, limited.status, limited.residual, limited.iterations)
        solution = solve_prices(retail, start, throw=False)
        return replace(solution, value=np.asarray(solution.value))


def posted_retail(demand: Demand, owns: Array, costs: Array) -> Retail:
    """Who sets which price, sellers that count the same profits, up to scale, being one."""
    scaled = owns / owns.max(axis=1, keepdims=True)
    _, first, seller = np.unique(scaled.round(12), axis=0, return_index=True, return_inverse=True)
    rows = scaled[first]
    stakes = Stakes(retail_price_share=rows, wholesale_share=np.zeros_like(rows), cost=rows * costs)
    return Retail(demand, stakes, seller.reshape(-1).astype(np.intp))


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def best_answer(demand: Demand, weights: Array, costs: Array, prices: Array) -> Array:
    """Prices (J,) where one seller answers best, all others held.

    weights (J,): what it counts of the profits of its own offers, zero of others.

    Raises ConvergenceError where it would go on raising them.
    """
    rows = weights[None]
    stakes = Stakes(retail_price_share=rows, wholesale_share=np.zeros_like(rows), cost=rows * costs)
    retail = Retail(demand, stakes, np.where(weights > 0, 0, -1))
    return np.asarray(solve_prices(retail, prices).value)
