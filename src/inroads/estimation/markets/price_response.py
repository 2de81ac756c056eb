"""Who minds paying: what demand must be like for costs, prices and welfare to follow from it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import numpy as np

from inroads.errors import refuse

if TYPE_CHECKING:
    from inroads.estimation.priced_panel import PricedPanel


def check_one_value_of_money(fitted: PricedPanel, what: str) -> None:
    """Refuse demand whose agents mind a unit of money more at one product than at another."""
    in_logs = fitted.design.log_slopes is not None
    if not in_logs and any(s.buyers.alpha_by_offer for s in fitted.stacks):
        raise refuse(
            expected="one marginal utility of money for each consumer",
            found="prices times a demographic that differs by product",
            where=what,
            remedy="let that demographic meet a constant or characteristics, not prices.",
        )


def upward_share(fitted: PricedPanel) -> float:
    """The part of agents, by weight, whose coefficient of prices is above 0."""
    everybody = sum(float(s.buyers.weights.sum()) for s in fitted.stacks)
    return sum(s.upward_weight for s in fitted.stacks) / everybody


def warn_of_upward_demand(fitted: PricedPanel) -> None:
    """Say how many agents welfare leaves out, if any."""
    share = upward_share(fitted)
    if share > 0:
        text = f"{share:.2%} of agents like to pay: their welfare is left out"
        warnings.warn(text, UserWarning, stacklevel=3)


Who = Literal["demand", "somebody"]

_FAULT = {
    "demand": "demand in which prices do not matter",
    "somebody": "nobody who dislikes paying",
}


def check_price_response(fitted: PricedPanel, who: Who) -> None:
    """Refuse a market in which prices do not matter, or in which nobody minds."""
    for s in fitted.stacks:
        money = s.buyers.alpha != 0 if who == "demand" else s.buyers.alpha > 0
        money = money.any(axis=-2) if s.buyers.alpha_by_offer else money
        valid = (money & (s.buyers.weights > 0)).any(axis=-1)
        if not valid.all():
            market = fitted.column("market_ids")[s.products[int(np.argmin(valid)), 0]]
            raise refuse(
                expected="agents with a marginal utility of money above 0",
                found=f"{_FAULT[who]} in market {market}",
                where="demand",
                remedy="write prices in `linear` or `random`, and see whether their coefficient is "
                "below zero.",
            )
