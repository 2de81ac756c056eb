"""A merger of bidders who differ in capacity, calibrated from prices, margins and who sells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import least_squares

from inroads.choice.base import Array, Index
from inroads.conduct.horizontal.procurement import CapacityAuction
from inroads.display import Card, Displayed
from inroads.errors import ConvergenceError, one_of, refuse
from inroads.mergers.inputs import merging_firms, read_merger_table
from inroads.solution import Solution, Status
from inroads.tables.read import TableSource

_STARTS = (-1.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True, repr=False)
class Procurement(Displayed):
    """Bidders before and after a merger; `ir.procurement` makes one.

    Parameters
    ----------
    firms : DataFrame
        A row a firm after the merger: capacity, expected price and margin where it wins, the
        probability that it does, before (of its parts, together) and after.
    before, after : CapacityAuction
        The two.
    buyer_value : float
        What the buyer would pay elsewhere, at which the reserve before the merger was its best.
    reserve_before, reserve_after : float
        Reserve prices.
    buyer_harm : float
        By what the buyer expects to pay more; positive is harm.
    """

    firms: pd.DataFrame
    before: CapacityAuction
    after: CapacityAuction
    buyer_value: float
    reserve_before: float
    reserve_after: float
    buyer_harm: float

    def _card(self) -> Card:
        return Card(
            line=f"Procurement among {len(self.before.capacity)} bidders, "
            f"{len(self.after.capacity)} after the merger: the buyer expects to pay "
            f"{self.buyer_harm:.4g} more",
            table=self.firms,
            next_steps=("m.firms", "m.buyer_value", "m.reserve_after", "m.buyer_harm"),
        )


def procurement(
    table: TableSource,
    parties: Sequence[object],
    *,
    costs: str = "uniform",
    reserve: float | None = None,
    sells: float | None = None,
    holds_reserve: bool = False,
) -> Procurement:
    """Merge bidders of a procurement auction that differ in capacity.

    Parameters
    ----------
    table : path or table
        A row a firm: product_ids, firm_ids, prices (expected, where it wins), margins ((p - c) / p,
        blank where unknown) and capacities, in any unit: relative to their sum.
    parties : sequence of str
        Firms that merge.
    costs : {"uniform", "exponential", "weibull", "gumbel", "frechet"}
        What a unit of capacity draws its cost from.
    reserve : float, optional
        The buyer's reserve price; found unless given.
    sells : float, optional
        The probability that somebody wins the contract, below 1.
    holds_reserve : bool
        Whether the buyer keeps its reserve after the merger; it chooses anew unless so.

    Returns
    -------
    Procurement
        Prices, margins, probabilities, what the buyer loses.

    Raises
    ------
    InputError
        Where prices, margins and `sells` are fewer than what is to be found; one bidder.
    ConvergenceError
        Where the search fails.

    References
    ----------
    Waehrer, K. and Perry, M. (2003), The effects of mergers in open-auction markets, RAND Journal
    of Economics 34(2).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"],
    ...     "prices": [3.89, 3.79, 3.74], "margins": [0.228, 0.209, 0.197],
    ...     "capacities": [0.65, 0.30, 0.05],
    ... })
    >>> m = ir.procurement(table, ("A", "B"), sells=0.67)
    >>> m.buyer_harm > 0
    True
    """
    one_of("costs", costs, "uniform", "exponential", "weibull", "gumbel", "frechet")
    data = read_merger_table(table, sold=False)
    names = merging_firms(parties, data.firm_names)
    if data.given_capacities is None or not np.isfinite(data.given_capacities).all():
        raise refuse(
            expected="a column 'capacities' without blanks",
            found="none" if data.given_capacities is None else "a blank",
            where="merger",
            remedy="give each bidder's capacity, in any unit.",
        )
    if sells is not None and not 0 < sells < 1:
        raise refuse(
            expected="a probability that somebody sells, above 0 and below 1",
            found=str(sells),
            where="sells",
            remedy="leave it out if it is not known.",
        )
    shares = data.given_capacities / data.given_capacities.sum()
    owner = data.owner
    capacity = _added(owner, shares)
    before = _calibrated(costs, capacity, data.prices, data.margins, owner, reserve, sells)
    joint = np.where(np.isin(data.firms, names), data.firm_names.index(names[0]), owner)
    merged, numbers = np.unique(joint, return_inverse=True)
    value = before.buyer_value
    after = CapacityAuction(before.costs, _added(numbers, shares), before.reserve)
    if not holds_reserve:
        after = CapacityAuction(after.costs, after.capacity, after.best_reserve(value))
    label = [
        " + ".join(names) if data.firm_names[f] == names[0] else data.firm_names[f] for f in merged
    ]
    parts = np.array([np.unique(numbers[owner == f])[0] for f in range(len(capacity))])
    wins = np.bincount(parts, before.wins)
    firms = pd.DataFrame(
        {
            "capacity": after.capacity,
            "price_before": np.bincount(parts, before.wins * before.prices) / wins,
            "price_after": after.prices,
            "margin_before": np.bincount(parts, before.wins * before.margins) / wins,
            "margin_after": after.margins,
            "wins_before": wins,
            "wins_after": after.wins,
        },
        index=pd.Index(label, name="firm"),
    )
    return Procurement(
        firms=firms,
        before=before,
        after=after,
        buyer_value=value,
        reserve_before=before.reserve,
        reserve_after=after.reserve,
        buyer_harm=after.buyer_cost(value) - before.buyer_cost(value),
    )


def _calibrated(
    costs: str,
    capacity: Array,
    prices: Array,
    margins: Array,
    owner: Index,
    reserve: float | None,
    sells: float | None,
) -> CapacityAuction:
    """The auction whose prices, margins and sales come nearest, in fractions."""
    unit = float(prices.mean())
    shapes = 1 if costs == "exponential" else 2
    targets = len(prices) + int(np.isfinite(margins).sum()) + int(sells is not None)
    free = shapes + int(reserve is None)
    if targets < free or len(capacity) < 2:
        raise refuse(
            expected=f"two bidders or more, and {free} numbers or more that tell costs",
            found=f"{len(capacity)} bidder(s), {targets} prices, margins and probabilities",
            where="merger",
            remedy="give margins, sells=, or the reserve.",
        )

    def auction(theta: Array) -> CapacityAuction:
        F = _distribution(costs, theta[:shapes], unit)
        low = max(float(F.ppf(1e-9)), 0.0)
        r = reserve if reserve is not None else low + unit * float(np.exp(theta[-1]))
        return CapacityAuction(F, capacity, float(r))

    def residuals(theta: Array) -> Array:
        at = auction(theta)
        if not at.sells > 1e-9:
            return np.full(targets, 1e3)
        p, m = at.prices[owner], (at.margins / at.prices)[owner]
        misses = [1 - p / prices, (m - margins)[np.isfinite(margins)]]
        return np.concatenate([*misses, [] if sells is None else [at.sells - sells]])

    grid = np.array(np.meshgrid(*[_STARTS] * free)).reshape(free, -1).T
    best = sorted(grid, key=lambda theta: float((residuals(theta) ** 2).sum()))[:3]
    ends = [least_squares(residuals, theta, xtol=1e-14, ftol=1e-14, gtol=1e-14) for theta in best]
    end = min(ends, key=lambda e: float(e.cost))
    if not end.success:
        failed = Solution(end.x, Status.STALLED, float(end.optimality), int(end.nfev))
        raise ConvergenceError(
            "expected costs and a reserve that meet prices and margins; found no end of the "
            "search. Remedy: give the reserve, or another distribution.",
            failed,
        )
    return auction(end.x)


def _added(owner: Index, values: Array) -> Array:
    return np.asarray(np.bincount(owner, values), dtype=float)


def _distribution(costs: str, theta: Array, unit: float) -> Any:
    """What capacity draws from, at any real parameters; unit: money."""
    width = unit * float(np.exp(theta[-1]))
    if costs == "exponential":
        return stats.expon(scale=width)
    if costs == "weibull":
        return stats.weibull_min(float(np.exp(theta[0])), scale=width)
    if costs == "frechet":
        # A shape above one, below which costs have no mean.
        return stats.invweibull(1.0 + float(np.exp(theta[0])), scale=width)
    if costs == "gumbel":
        return stats.gumbel_r(loc=unit * theta[0], scale=width)
    low = unit / (1.0 + float(np.exp(-theta[0])))
    return stats.uniform(loc=low, scale=width)
