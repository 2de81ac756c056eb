"""Margins and prices of stacked markets at given demand, each firm's own products apart.

`owns` is (B, J, J), how much the firm of j counts k's profit, or, where each counts its own and no
other, firms (B, J) as codes.
"""

from __future__ import annotations

import numpy as np

from inroads.choice import Logit
from inroads.choice.base import Array
from inroads.conduct.bertrand import firm_rows, markups, ownership
from inroads.conduct.bertrand_prices import bertrand_prices
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.estimation.markets.costs import bundle_margins
from inroads.estimation.markets.price_bundles import price_bundles
from inroads.solution import Solution

# From so many products on, firms are solved one by one: nothing of the size J x J is formed.
_LARGE = 100


def as_ownership(owns: np.ndarray) -> Array:
    """(B, J, J), however it is given."""
    return np.asarray(ownership(owns) if owns.ndim == 2 else owns)


def own_price_slopes(choices: DemandAtPrices) -> Array:
    """ds_j/dp_j (B, J)."""
    demand, P = choices.demand, choices.P
    if P.shape[-2] < _LARGE or not isinstance(demand.model, Logit) or demand.alpha_by_offer:
        return np.asarray(np.einsum("bjj->bj", choices.jacobian))
    c = demand.weights * demand.alpha
    return np.asarray(np.einsum("bji,bi,bji->bj", P, c, P) - choices.own_slope)


def bertrand_margins(choices: DemandAtPrices, owns: np.ndarray, S: Array) -> Array:
    """p - c (B, J) at which prices are an equilibrium, shares being S (B, J)."""
    demand = choices.demand
    if owns.shape[1] < _LARGE or not isinstance(demand.model, Logit) or demand.alpha_by_offer:
        return markups(choices.jacobian, S, as_ownership(owns))
    bundles = price_bundles(owns, whole_markets=False)
    c = demand.weights * demand.alpha
    _, _, m = bundle_margins(demand.model, choices.P, c, S, bundles=bundles)
    margins = np.zeros(S.shape)
    bundles.rows.put(margins, m)
    return margins


def prices_in_equilibrium(
    demand: PricedDemand, owns: np.ndarray, costs: Array, start: Array
) -> Solution[Array]:
    """Prices (B, J) from a start: the fixed point of markups, Newton's method where it fails."""
    plain = type(demand) is PricedDemand and not demand.alpha_by_offer
    if plain and isinstance(demand.model, Logit):
        setter, counts = firm_rows(owns) if owns.ndim == 2 else (None, owns)
        fixed_point = bertrand_prices(demand, setter, counts, costs, start)
        if fixed_point.converged:
            return fixed_point
    square = as_ownership(owns)
    stakes = Stakes(
        retail_price_share=square,
        wholesale_share=np.zeros_like(square),
        cost=square * costs[..., None, :],
    )
    retail = Retail(demand, stakes, np.arange(square.shape[-1]))
    return solve_prices(retail, start, throw=False)
