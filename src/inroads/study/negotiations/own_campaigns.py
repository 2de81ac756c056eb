"""The campaign that an entrant would run without any partner: awareness for dollars of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import minimize_scalar

# Of a partner's campaign: the most that is tried, what slope is measured with, how near is enough.
_MOST = 8.0
_STEP = 1e-2
_CLOSE = 1e-2


@dataclass(frozen=True)
class OwnCampaign:
    """What an entrant without partners would spend on being known, in campaigns of the size of a
    partner's.

    exposure: of everybody. dollars: spent. first_dollar: what the first dollar brings back while
    the products are on sale. awareness: with it.
    """

    exposure: float
    dollars: float
    first_dollar: float


def best_campaign(
    profit: Callable[[float], float], *, exposure: float, cost: float, periods: float
) -> OwnCampaign:
    """The campaign that pays best: profit(exposure) a period over `periods`, less its dollars.

    exposure: of everybody to a campaign that costs `cost`. Profit is concave in it.
    """
    without = profit(0.0)

    def net(size: float) -> float:
        return periods * (profit(size * exposure) - without) - size * cost

    if not (exposure > 0 and cost > 0):
        return OwnCampaign(0.0, 0.0, 0.0)
    first = (net(_STEP) / _STEP + cost) / cost
    if first <= 1:
        return OwnCampaign(0.0, 0.0, first)
    best = minimize_scalar(
        lambda size: -net(size), bounds=(0.0, _MOST), method="bounded", options={"xatol": _CLOSE}
    )
    size = float(best.x)
    return OwnCampaign(size * exposure, size * cost, first)
