"""Sellers bargain over the price of each offer with final buyers (Nash)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.horizontal.base import Conduct, Demand, choosers
from inroads.numerics.linear import solve_or_nan


@dataclass(frozen=True)
class BargainingWithBuyers(Conduct):
    """Each price maximises B_j^lambda G_j^(1 - lambda), all other prices held.

    B_j is what buyers gain by offer j, W - W without j, and G_j what its seller does: all it earns
    less what it would without j, whose buyers go elsewhere. buyer_weight: lambda, (J,) or a number,
    in [0, 1): zero is Bertrand. R mergersim's bargain_foc, with consumers' gain in money.
    """

    buyer_weight: Array | float

    def system(self, demand: Demand, prices: Array, owns: Array) -> tuple[Array, Array]:
        """A (J, J) and b (J,): first-order conditions in margins m are A m = b.

        b - A m is lambda dB/dp G + (1 - lambda) B dPi/dp, signs turned.
        """
        J, lam = len(prices), np.broadcast_to(self.buyer_weight, prices.shape)
        at = choosers(demand, "bargaining with buyers").at_prices(prices)
        without = demand.at_prices(np.broadcast_to(prices, (J, J)), ~np.eye(J, dtype=bool))
        gain = at.surplus - without.surplus
        lost = owns * (at.shares - without.shares)
        A = (lam * at.shares)[:, None] * lost - ((1 - lam) * gain)[:, None] * (owns * at.jacobian.T)
        return A, np.asarray((1 - lam) * gain * at.shares)

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """A^-1 b; nan where buyers have nowhere else to go."""
        return -solve_or_nan(*self.system(demand, prices, owns))
