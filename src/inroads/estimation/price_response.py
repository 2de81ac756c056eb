"""Whether agents dislike paying, without which neither prices nor costs follow from demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from inroads.errors import refuse

if TYPE_CHECKING:
    from inroads.estimation.post_estimation import FittedDemand

Who = Literal["demand", "somebody", "everybody"]

_FAULT = {
    "demand": "demand in which prices do not matter",
    "somebody": "nobody who dislikes paying",
    "everybody": "agents who do not dislike paying",
}


def check_price_response(fitted: FittedDemand, who: Who) -> None:
    """Refuse a market in which prices do not matter, in which nobody, or not everybody, minds."""
    for s in fitted.stacks:
        money, counts = np.broadcast_arrays(s.buyers.alpha, s.buyers.weights > 0)
        valid = {
            "demand": ((money != 0) & counts).any(axis=-1),
            "somebody": ((money > 0) & counts).any(axis=-1),
            "everybody": ((money > 0) | ~counts).all(axis=-1),
        }[who]
        if not valid.all():
            market = fitted.column("market_ids")[s.products[int(np.argmin(valid)), 0]]
            raise refuse(
                expected="agents with a marginal utility of money above 0",
                found=f"{_FAULT[who]} in market {market}",
                where="demand",
                remedy="write prices in `linear` or `random`, and see whether their coefficient is "
                "below zero.",
            )
