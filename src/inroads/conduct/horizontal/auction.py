"""Second-score auctions: buyers take the best offer and pay what makes the next firm's as good.

With logit buyers, Brannman and Froeb (2000), Miller (2014); any model of choice here. A firm's
expected margin, given that it wins, is what its offers add to what a buyer can get over the
probability that it wins: (W - W without f) / S_f, which for logit is -ln(1 - S_f) / (alpha S_f).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.demand_systems import CES
from inroads.conduct.horizontal.base import Conduct, Demand, choosers, groups
from inroads.errors import refuse
from inroads.solution import Solution, Status


class SecondScore(Conduct):
    """Prices are costs and what the winner is better by."""

    by_costs = True

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """(W - W without f) / S_f (J,), f the firm of each offer, at what is chosen at `prices`."""
        has = groups(owns, "auctions")
        if len(has) < 2 and _must_buy(demand):
            raise refuse(
                expected="two bidders or more, or buyers who may not buy",
                found="one firm with every offer, and no outside option",
                where="auction",
                remedy="give shares of all who might buy, or more firms.",
            )
        if isinstance(demand, CES):
            raise refuse(
                expected="buyers who each take one offer, for auctions",
                found="CES, whose buyers divide their money among all",
                where="demand",
                remedy="use logit, nested logit or overlapping nests.",
            )
        at = choosers(demand, "auctions").at_prices(prices)
        J = len(prices)
        without = demand.at_prices(np.broadcast_to(prices, (len(has), J)), has == 0)
        margin = (at.surplus - without.surplus) / (has @ at.shares)
        return np.asarray(margin @ has)

    def solve(self, demand: Demand, owns: Array, costs: Array, start: Array) -> Solution[Array]:
        """In closed form."""
        prices = costs + self.margins(demand, costs, owns)
        is_finite = bool(np.isfinite(prices).all())
        return Solution(
            prices,
            Status.CONVERGED if is_finite else Status.UNREACHABLE,
            0.0 if is_finite else np.inf,
            0,
        )


def _must_buy(demand: Demand) -> bool:
    """Whether nobody is left without an offer however dear all are."""
    return bool(demand.at_prices(np.full(demand.shape, 1e6)).shares.sum() > 1 - 1e-9)


@dataclass(frozen=True)
class BargainingInAuction(SecondScore):
    """The winner and the buyer bargain: of the second score's margin, buyers keep their weight.

    buyer_weight (J,) or a number, in [0, 1): zero is the auction (R mergersim's ssbargain_foc).
    """

    buyer_weight: Array | float

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """(1 - lambda) of the second score's margins (J,)."""
        return np.asarray((1.0 - self.buyer_weight) * super().margins(demand, prices, owns))
