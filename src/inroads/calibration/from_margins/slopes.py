"""Linear, log-linear and almost ideal demand from shares, prices, and what tells its slopes.

Forms of demand differ in how slopes bend; the slopes themselves come from elasticities, from
diversion and margins, or are those of the logit that the same margins calibrate. At given relative
slopes margins are theirs over a scale, as for logit. The almost ideal system has relative slopes of
its own, since shares of spending add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.logit import Outside, best_alpha, fit_margins
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array
from inroads.conduct.bertrand import owned
from inroads.conduct.demand_systems import AIDS, DemandSystem, Linear, LogLinear
from inroads.conduct.horizontal import Conduct, PostedPrices
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs

Form = Literal["linear", "log-linear", "aids"]


@dataclass(frozen=True, kw_only=True)
class SystemFit:
    """A demand system that has the observed quantities and prices.

    demand: per unit of what shares are of; AIDS per unit of money spent. costs, target, fitted
    (J,): as in `MarginFit`. jacobian (J, J): dq_j/dp_k at observed prices.
    """

    demand: DemandSystem
    costs: Array
    target: Array
    fitted: Array
    jacobian: Array


def fit_system(
    form: Form,
    prices: ArrayLike,
    shares: ArrayLike,
    margins: ArrayLike,
    owner: ArrayLike,
    *,
    elasticities: ArrayLike | None = None,
    diversions: ArrayLike | None = None,
    market_elasticity: float | None = None,
    outside: Outside = "rest",
    nests: ArrayLike | None = None,
    rho: Any = 0.0,
    conduct: Conduct | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> SystemFit:
    """Calibrate a demand system and costs to one market.

    prices, shares, margins (J,): as in `fit_margins`; of AIDS shares are of units too. elasticities
    (J, J): row j of quantity j. diversions (J, J): D_jk, of what j loses, to k. Where neither is
    given, slopes are those of logit (nested logit with `nests`) at the same margins; of AIDS,
    proportional to shares of spending (Epstein and Rubinfeld 2002), less by rho across nests.
    market_elasticity: of AIDS, unless given, that of the same logit, -1 where all is inside, or
    what margins tell where outside="unknown"; of the others as in `fit_margins`.

    Raises InputError where what is given does not tell slopes.
    """
    one_of("demand", form, "linear", "log-linear", "aids")
    p, q = np.asarray(prices, dtype=float), np.asarray(shares, dtype=float)
    m = np.asarray(margins, dtype=float)
    owns = owned(owner)
    rule = PostedPrices() if conduct is None else conduct
    if elasticities is not None:
        E = _square("elasticities", elasticities, len(p))
        _check_own("elasticities", np.diag(E))
        D = E * q[:, None] / p
    elif form == "aids":
        if market_elasticity is None and outside == "rest" and q.sum() < 1 - 1e-9:
            fit = fit_margins(p, q, m, owner, conduct=rule, below_zero=True)
            market_elasticity = float((fit.buyers.at_prices(p).jacobian @ p).sum() / q.sum())
        total: float | None = -1.0 if market_elasticity is None else market_elasticity
        if outside == "unknown" and market_elasticity is None:
            total = None
        demand = _proportional(p, q, m, owns, rule, diversions, total, nests, rho)
        return _described(demand, p, m, owns, rule, below_zero, names)
    elif diversions is not None:
        D = _scaled(p, q, m, owns, rule, _slopes_of(_square("diversions", diversions, len(p))))
    else:
        fit = fit_margins(
            *(p, q, m, owner),
            outside=outside,
            nests=nests,
            rho=rho,
            market_elasticity=market_elasticity,
            conduct=rule,
            below_zero=True,
        )
        at = fit.buyers.at_prices(p)
        D, q = at.jacobian, at.shares
    return _described(
        _of_form(form, p, q, D, market_elasticity), p, m, owns, rule, below_zero, names
    )


def _of_form(
    form: Form, p: Array, q: Array, D: Array, market_elasticity: float | None
) -> DemandSystem:
    """The system with quantities q and slopes D at prices p."""
    if form == "linear":
        return Linear(q - D @ p, D)
    E = D * p / q[:, None]
    if form == "log-linear":
        return LogLinear(np.log(q) - E @ np.log(p), E)
    r = p * q / (p @ q)
    total = -1.0 if market_elasticity is None else market_elasticity
    # Shares of spending add up, so own slopes are what cross slopes leave.
    B = r[:, None] * (E - (1.0 + total) * r)
    B = (B + B.T) / 2
    np.fill_diagonal(B, 0.0)
    return AIDS(r, B - np.diag(B.sum(axis=1)), p, total)


def _described(
    demand: DemandSystem,
    p: Array,
    m: Array,
    owns: Array,
    rule: Conduct,
    below_zero: bool,
    names: Sequence[object] | None,
) -> SystemFit:
    fitted = rule.margins(demand, p, owns) / p
    costs = p * (1.0 - fitted)
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        check_costs({"unit": costs}, p, offer_names, "margins", remedy="correct margins or slopes")
    return SystemFit(
        demand=demand,
        costs=costs,
        target=m,
        fitted=fitted,
        jacobian=demand.at_prices(p).jacobian,
    )


def _scaled(p: Array, q: Array, m: Array, owns: Array, rule: Conduct, slopes: Array) -> Array:
    """Slopes whose margins come nearest, of those proportional to `slopes`."""
    local = Linear(q - slopes @ p, slopes)
    return best_alpha(rule.margins(local, p, owns) / p, m) * slopes


def _slopes_of(diversions: Array) -> Array:
    """Symmetric slopes (J, J), up to scale, from D_jk = -B_kj / B_jj.

    Symmetry, D_jk b_j = D_kj b_k, tells own slopes up to scale; where diversions do not allow it,
    least squares in logs.
    """
    off = diversions.copy()
    np.fill_diagonal(off, 0.0)
    if (off < 0).any() or (off.sum(axis=1) > 1 + 1e-9).any():
        raise refuse(
            expected="diversions from zero, rows of at most one in sum apart from the diagonal",
            found=f"a least of {off.min():.4g}, a largest sum of {off.sum(axis=1).max():.4g}",
            where="diversions",
            remedy="give, in row j, where each unit that j loses goes.",
        )
    j, k = np.nonzero(np.triu((off > 0) & (off.T > 0)))
    rows = np.zeros((len(j) + 1, len(off)))
    rows[np.arange(len(j)), j], rows[np.arange(len(j)), k] = 1.0, -1.0
    rows[-1] = 1.0
    right = np.append(np.log(off[k, j]) - np.log(off[j, k]), 0.0)
    b = np.exp(np.linalg.lstsq(rows, right, rcond=None)[0])
    B = b[:, None] * off
    return np.asarray((B + B.T) / 2 - np.diag(b))


def _proportional(
    p: Array,
    q: Array,
    m: Array,
    owns: Array,
    rule: Conduct,
    diversions: ArrayLike | None,
    market_elasticity: float | None,
    nests: ArrayLike | None,
    rho: Any,
) -> AIDS:
    """AIDS whose slopes have a scale that margins tell, with it a nesting parameter and the
    market's elasticity where these are None."""
    r = p * q / (p @ q)
    if market_elasticity is not None and not market_elasticity < 0:
        raise refuse(
            expected="a market elasticity below 0",
            found=str(market_elasticity),
            where="market_elasticity",
            remedy="give the percent by which sales change when prices rise by one percent.",
        )
    same = np.ones((len(p), len(p)), dtype=bool)
    if nests is not None:
        labels = np.asarray(nests)
        same = labels[:, None] == labels
    seeks, free = rho is None and nests is not None, 1
    free += int(seeks) + int(market_elasticity is None)

    def demand(theta: Array) -> AIDS:
        across = 1.0 - (theta[1] if seeks else float(rho or 0.0))
        shape = np.outer(r, r) * np.where(same, 1.0, across)
        if diversions is not None:
            shape = _slopes_of(_square("diversions", diversions, len(p)))
        np.fill_diagonal(shape, 0.0)
        shape -= np.diag(shape.sum(axis=1))
        total = market_elasticity
        if total is None:
            total = -float(theta[-1] / (1.0 - theta[-1]))
        # Any scale from zero to without bound.
        scale = theta[0] / (1.0 - theta[0]) / np.abs(np.diag(shape) / r).mean()
        return AIDS(r, shape * scale, p, total)

    is_given = np.isfinite(m)
    if is_given.sum() < free:
        raise refuse(
            expected=f"at least {free} margin(s), or elasticities",
            found=str(int(is_given.sum())),
            where="margins",
            remedy="give more margins, or fix rho.",
        )

    def residuals(theta: Array) -> Array:
        return np.asarray((rule.margins(demand(theta), p, owns) / p - m)[is_given])

    grid = np.array(list(product(STARTS, repeat=free)))
    solution = search_unit_interval(residuals, grid, "the slopes of demand")
    return demand(solution.unwrap())


def pcaids(
    prices: ArrayLike,
    spending_shares: ArrayLike,
    own_elasticity: float,
    *,
    market_elasticity: float = -1.0,
    of: int = 0,
) -> AIDS:
    """AIDS from one own elasticity, that of offer `of`, and the market's (Epstein and Rubinfeld).

    prices, spending_shares (J,): the latter summing to one.
    """
    p, r = np.asarray(prices, dtype=float), np.asarray(spending_shares, dtype=float)
    own = r[of] * (own_elasticity + 1.0 - r[of] * (1.0 + market_elasticity))
    scale = own / (r[of] * (1.0 - r[of]))
    if not own < 0:
        raise refuse(
            expected="an own elasticity below the market's",
            found=f"{own_elasticity} beside {market_elasticity}",
            where="own_elasticity",
            remedy="give the offer's own elasticity, with its sign.",
        )
    return AIDS(r, scale * (np.diag(r) - np.outer(r, r)), p, market_elasticity)


def _square(name: str, table: ArrayLike, count: int) -> Array:
    values = np.asarray(table, dtype=float)
    if values.shape != (count, count) or not np.isfinite(values).all():
        raise refuse(
            expected=f"a table of {count} rows and columns, in the order of offers, without blanks",
            found=f"{' x '.join(map(str, values.shape))}"
            + ("" if np.isfinite(values).all() else " with blanks"),
            where=name,
            remedy="correct it.",
        )
    return values


def _check_own(name: str, own: Array) -> None:
    if not (own < 0).all():
        raise refuse(
            expected="own elasticities below 0",
            found=f"{own.max():.4g}",
            where=name,
            remedy="put own elasticities, with their sign, on the diagonal.",
        )
