"""Bertrand-Nash prices of stacked markets of mixed logit, J x I a step.

The first-order conditions s_j - b_j m_j + sum_i w_i a_i P_ij sum_k counts_fk P_ik m_k = 0, f the
firm that sets p_j and b_j = sum_i w_i a_i P_ij, give margins m as a fixed point (Morrow and Skerlos
2011), here under Anderson's acceleration. Nothing of the size J x J is formed.
"""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.priced_demand import PricedDemand
from inroads.numerics.acceleration import AcceleratedSteps
from inroads.solution import Solution, Status

_PATIENCE, _MAX_STEPS = 15, 200
# A smaller sum of exp(utility), against that at the start, may have lost terms to underflow.
_LEAST_TOTAL, _MOST_TOTAL = 1e-100, 1e100


def bertrand_prices(
    demand: PricedDemand,
    setter: Index | None,
    counts: Array,
    costs: Array,
    start: Array,
    *,
    tolerance: float = 1e-12,
) -> Solution[Array]:
    """Prices (B, J) from a start (B, J) at which each firm's are best answers; costs (B, J).

    demand: of plain logit, alpha (B, I). setter (B, J): the firm in 0..F-1 that sets p_j, None for
    one a product; counts (B, F, J): how much firm f counts product j's profit, one for its own.

    The residual is the largest distance of a price from its best answer, to first order, relative
    to the larger of the price and the money that a unit of utility is worth; STALLED where the
    iteration does not go on, as where some agents like to pay.
    """
    if setter is None:
        setter = np.broadcast_to(np.arange(start.shape[-1]), start.shape)
    prices, residual = start.copy(), np.full(len(start), np.inf)
    active, steps = np.arange(len(start)), 0
    unit = demand.money_per_util
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        while len(active) and steps < _MAX_STEPS:
            markup = _Markups.at(demand, active, setter, counts, prices)
            trials = AcceleratedSteps(prices[active], _PATIENCE)
            half = len(active) // 2
            while steps < _MAX_STEPS:
                steps += 1
                step = markup(trials.x - costs[active], trials.x)
                size = np.abs(step / np.maximum(np.abs(trials.x), unit)).max(axis=-1)
                trials.record(step, np.where(np.isnan(size), np.inf, size))
                going = ~(trials.smallest <= tolerance) & trials.progressing()
                # The few that are left go on alone.
                if going.sum() <= half:
                    break
            prices[active], residual[active] = trials.best, trials.smallest
            active = active[going]
    worst = float(residual.max(initial=0.0))
    return Solution(
        prices, Status.CONVERGED if worst <= tolerance else Status.STALLED, worst, steps
    )


class _Markups:
    """How far margins are from best answers, exponentials taken against those at some prices."""

    def __init__(
        self,
        utility: Array,
        alpha: Array,
        none: Array,
        weights: Array,
        setter: Index,
        counts: Array,
    ) -> None:
        self.utility, self.alpha, self.none, self.weights = utility, alpha, none, weights
        self.setter, self.counts = setter[..., None], counts
        self.by_agent = np.stack([weights, weights * alpha], axis=-1)

    @classmethod
    def at(
        cls, demand: PricedDemand, rows: Index, setter: Index, counts: Array, prices: Array
    ) -> _Markups:
        """Of the markets `rows`, scaled by the best offer at prices (B, J)."""
        utility, alpha, weights = demand.utility[rows], demand.alpha[rows], demand.weights[rows]
        outside = np.broadcast_to(np.asarray(demand.outside, dtype=float), demand.weights.shape)
        top = (utility - alpha[:, None, :] * prices[rows][..., None]).max(axis=-2)
        top = np.maximum(top, outside[rows])
        none = np.exp(outside[rows] - top)
        return cls(utility - top[:, None, :], alpha, none, weights, setter[rows], counts[rows])

    def __call__(self, m: Array, prices: Array) -> Array:
        """What best answers to margins m (B, J) at prices (B, J) add to them.

        nan where utilities left the range, or shares do not fall in prices.
        """
        E = prices[..., None] * self.alpha[:, None, :]
        np.subtract(self.utility, E, out=E)
        np.exp(E, out=E)
        total = self.none + E.sum(axis=-2)
        if not (total.min() > _LEAST_TOTAL and total.max() < _MOST_TOTAL):
            lost = ~((total > _LEAST_TOTAL) & (total < _MOST_TOTAL)).all(axis=-1)
            total = np.where(lost[:, None], np.nan, total)
        # E is P times the total of each agent.
        firm_margins = np.matmul(self.counts * m[:, None, :], E)
        over = self.by_agent / total[..., None]
        firm_margins *= (over[..., 1] / total)[:, None, :]
        sums = np.matmul(E, np.concatenate([over, firm_margins.swapaxes(-1, -2)], axis=-1))
        others = np.take_along_axis(sums[..., 2:], self.setter, axis=-1)[..., 0]
        slope = np.where(sums[..., 1] > 0, sums[..., 1], np.nan)
        return np.asarray((sums[..., 0] + others) / slope - m)
