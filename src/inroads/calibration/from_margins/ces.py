"""CES and nested CES from shares of spending, prices and margins.

A margin over price is not homogeneous in anything that is unknown: gamma, and the nesting
parameter, are searched for, 1 / gamma between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import Outside, inside_shares
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array, Index
from inroads.conduct.bertrand import owned
from inroads.conduct.demand_systems import CES
from inroads.conduct.horizontal import Conduct, PostedPrices
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class CESFit:
    """A CES market that has the observed shares of spending and prices.

    gamma: the elasticity of substitution (across nests). rho: nesting parameter, the elasticity
    within a nest being 1 + (gamma - 1) / (1 - rho). costs, target, fitted (J,): as in `MarginFit`.
    demand: per unit of money spent on the market. doubts: as in `MarginFit`.
    """

    gamma: float
    rho: Array
    costs: Array
    target: Array
    fitted: Array
    demand: CES
    solution: Solution[Array]
    doubts: tuple[str, ...] = ()


def fit_ces(
    prices: ArrayLike,
    spending_shares: ArrayLike,
    margins: ArrayLike,
    owner: ArrayLike,
    *,
    outside: Outside = "rest",
    nests: ArrayLike | None = None,
    rho: float | None = 0.0,
    market_elasticity: float | None = None,
    conduct: Conduct | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> CESFit:
    """Calibrate CES demand and costs to one market.

    prices, spending_shares, margins (J,): shares of money spent; margins are fractions of price,
    nan where unknown. nests (J,): labels. rho: None where margins are to tell it.
    market_elasticity: of all sales when all prices rise in proportion, below -1, which is
    -1 - (gamma - 1) times the outside share: where that is unknown, it is met exactly. The rest as
    in `fit_margins`. Least squares in fractions of price.

    Raises InputError where margins do not tell gamma, or leave no cost.
    """
    one_of("outside", outside, "rest", "none", "unknown")
    seeks_outside = outside == "unknown" and market_elasticity is None
    if market_elasticity is not None and (outside != "unknown" or not market_elasticity < -1):
        raise refuse(
            expected="a market elasticity below -1, where the outside share is unknown",
            found=f"{market_elasticity} with outside='{outside}'",
            where="market_elasticity",
            remedy="say outside='unknown', or leave the elasticity out: gamma and shares imply it.",
        )
    p, m = np.asarray(prices, dtype=float), np.asarray(margins, dtype=float)
    s = inside_shares(np.asarray(spending_shares, dtype=float), outside)
    labels = None if nests is None else np.unique(np.asarray(nests), return_inverse=True)[1]
    groups = None if labels is None else labels.astype(np.intp)
    rule, owns = PostedPrices() if conduct is None else conduct, owned(owner)
    is_given, free = np.isfinite(m), 1 + int(rho is None) + int(seeks_outside)
    if is_given.sum() < free:
        raise refuse(
            expected=f"at least {free} margin(s)",
            found=str(int(is_given.sum())),
            where="margins",
            remedy="give more margins, or fix rho.",
        )

    def demand(theta: Array) -> CES:
        nesting = np.full(len(p), theta[1] if rho is None else rho)
        gamma = float(1.0 / theta[0])
        rest = 0.0
        if seeks_outside:
            rest = theta[-1]
        elif market_elasticity is not None:
            rest = min(-(market_elasticity + 1.0) / (gamma - 1.0), 1.0 - 1e-6)
        return ces_at(p, s * (1.0 - rest), gamma, groups, nesting)

    def lerner(theta: Array) -> Array:
        return np.asarray(rule.margins(demand(theta), p, owns) / p)

    def residuals(theta: Array) -> Array:
        return np.asarray((lerner(theta) - m)[is_given])

    starts = np.array(list(product(STARTS, repeat=free)))
    solution = search_unit_interval(residuals, starts, "the elasticity of substitution")
    solution.unwrap()
    theta = solution.value
    fitted = lerner(theta)
    costs = p * (1.0 - fitted)
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        check_costs({"unit": costs}, p, offer_names, "margins", remedy="correct margins or shares")
    searched = {} if rho is not None else {"the nesting parameter rho": float(theta[1])}
    if seeks_outside:
        searched["the outside share"] = float(theta[-1])
    return CESFit(
        gamma=float(1.0 / theta[0]),
        rho=np.full(len(p), theta[1] if rho is None else rho),
        costs=costs,
        target=m,
        fitted=fitted,
        demand=demand(theta),
        solution=solution,
        doubts=doubts(searched, fitted, m, range(1, len(p) + 1) if names is None else names),
    )


def ces_at(
    prices: Array, spending_shares: Array, gamma: float, nests: Index | None, rho: Array
) -> CES:
    """CES demand with these shares of spending (J,) at these prices (J,)."""
    return CES(buyers_at(np.log(prices), spending_shares, gamma - 1.0, nests, rho=rho))
