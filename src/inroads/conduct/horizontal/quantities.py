"""Cournot with differentiated offers: sellers set quantities, prices clear."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.horizontal.base import Conduct, Demand
from inroads.errors import refuse


class QuantitySetting(Conduct):
    """Nash in quantities."""

    def margins(self, demand: Demand, prices: Array, owns: Array) -> Array:
        """p_j - c_j = -sum_k owns_jk q_k dp_k/dq_j, dp/dq = D^-1."""
        at = demand.at_prices(prices)
        D = at.jacobian
        if not np.isfinite(D).all():
            return np.full_like(prices, np.nan)
        if np.linalg.cond(D) > 1e13:
            raise refuse(
                expected="prices that quantities determine",
                found="demand that stays as it is when all prices rise alike: no outside option",
                where="demand",
                remedy="give shares of all who might buy (outside='rest' or 'unknown').",
            )
        return np.asarray(-(owns * np.linalg.inv(D).T) @ at.shares)
