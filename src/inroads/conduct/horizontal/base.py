"""The contract of every horizontal conduct: margins at what is bought, and prices at costs.

owns (J, J): how much of offer k's profit the seller of offer j counts as its own, one on the
diagonal: firms, mergers, holdings and partial collusion alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.demand_systems import DemandSystem, SystemAtPrices
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.errors import refuse
from inroads.numerics.newton import newton_by_differences
from inroads.solution import Solution

Demand = PricedDemand | DemandSystem
AtPrices = DemandAtPrices | SystemAtPrices


class Conduct(ABC):
    """How prices come about."""

    #: Whether what is bought follows costs (the best offer wins an auction), not prices.
    by_costs = False

    @abstractmethod
    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """p - c (J,) at which what is bought at `prices` (J,) is an equilibrium; of auctions,
        `prices` are those at which the best offer is chosen, costs."""

    def solve(self, demand: Demand, owns: Array, costs: Array, start: Array) -> Solution[Array]:
        """Prices (J,) at costs (J,), from a start (J,): p - margins(p) = c.

        The residual is relative to the larger of price and the money that buyers notice.
        """

        def gap(p: Array) -> Array:
            return p - costs - self.margins(demand, p, owns)

        return newton_by_differences(gap, start, demand.money_per_util)

    def quantities(self, demand: Demand, prices: Array, costs: Array) -> AtPrices:
        """What is bought at an equilibrium's prices and costs (J,)."""
        return demand.at_prices(costs if self.by_costs else prices)


def choosers(demand: Demand, conduct: str) -> Demand:
    """The demand, refused unless it says what is bought without an offer."""
    if isinstance(demand, DemandSystem) and not demand.lets_offers_go:
        raise refuse(
            expected=f"a demand that says what is bought without an offer, for {conduct}",
            found=type(demand).__name__,
            where="demand",
            remedy="use logit, nested logit, overlapping nests or CES.",
        )
    return demand


def groups(owns: Array, conduct: str) -> Array:
    """Which offers each seller has (F, J), of sellers that count all of a profit or none."""
    whole = ((owns == 0) | (owns == 1)).all() and (owns == owns.T).all()
    rows = np.unique(owns, axis=0)
    if not whole or not (rows.sum(axis=0) == 1).all():
        raise refuse(
            expected=f"firms that own their offers wholly, for {conduct}",
            found="parts of profits",
            where="ownership",
            remedy="use conduct='bertrand' or 'cournot' for holdings and collusion.",
        )
    return np.asarray(rows)
