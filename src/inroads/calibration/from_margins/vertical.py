"""A vertical market from margins at both levels: marginal utility of money, weights, costs.

Retail conditions and simultaneous Nash bargains are linear in margins at given shares and prices,
and homogeneous: margins are x(lambda) / alpha. So alpha is concentrated out, as for Bertrand
sellers, and least squares in fractions of price searches for bargaining weights alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.chain_margins import (
    ChainMargins,
    Power,
    fit_power,
    groups_of,
)
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import (
    Outside,
    check_alternatives,
    inside_shares,
)
from inroads.choice.base import Array
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import DisagreementOver, make_links
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes
from inroads.display import Card, Displayed, counted
from inroads.errors import one_of
from inroads.market.offers import check_costs
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True, repr=False)
class VerticalFit(Displayed):
    """A chain that has the observed shares and prices, and margins as near as they come.

    Parameters
    ----------
    alpha : float
        Marginal utility of money.
    channel_weight : (J,) array
        The channel's bargaining weight, 1 where a firm sells what it makes.
    production_cost, retail_cost : (J,) array
        Unit costs of manufacturers and channels.
    channel_target, channel_fitted : (J,) array
        (p - w - retail_cost) / p; target nan where not given.
    manufacturer_target, manufacturer_fitted : (J,) array
        (w - production_cost) / w; nan where not given or, of integrated firms, not defined.
    buyers : PricedDemand
        The demand found.
    retail : Retail
        Who sets which price.
    bargaining : NegotiatedTerms
        Who bargains with whom.
    solution : Solution
        Of the weights, group by group; its residual is the step still to go.
    doubts : tuple of str
        What makes it doubtful: weights at a bound, margins missed by more than 10 points.
    """

    alpha: float
    channel_weight: Array
    production_cost: Array
    retail_cost: Array
    channel_target: Array
    channel_fitted: Array
    manufacturer_target: Array
    manufacturer_fitted: Array
    buyers: PricedDemand
    retail: Retail
    bargaining: NegotiatedTerms
    solution: Solution[Array]
    doubts: tuple[str, ...] = ()

    def _card(self) -> Card:
        import pandas as pd

        table = {
            "channel_weight": self.channel_weight,
            "channel_target": self.channel_target,
            "channel_fitted": self.channel_fitted,
            "manufacturer_target": self.manufacturer_target,
            "manufacturer_fitted": self.manufacturer_fitted,
        }
        return Card(
            line=f"VerticalFit of {counted(len(self.retail_cost), 'offer')}, alpha "
            f"{self.alpha:.4g}, {'; '.join(self.doubts) or 'no doubts'}",
            table=pd.DataFrame(table),
            next_steps=("fit.channel_weight", "fit.production_cost", "fit.retail_cost"),
        )

    @property
    def residuals(self) -> Array:
        """fitted - target of channels, then manufacturers (2J,), nan where there is no target."""
        return np.concatenate(
            [
                self.channel_fitted - self.channel_target,
                self.manufacturer_fitted - self.manufacturer_target,
            ]
        )


def fit_vertical_margins(
    prices: ArrayLike,
    wholesale: ArrayLike,
    shares: ArrayLike,
    channel_margins: ArrayLike,
    *,
    manufacturer_margins: ArrayLike,
    manufacturers: ArrayLike,
    channels: ArrayLike,
    power: Power = "one",
    disagreement: DisagreementOver = "offer",
    outside: Literal["rest", "none"] = "rest",
    nests: ArrayLike | None = None,
    rho: ArrayLike = 0.0,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> VerticalFit:
    """Calibrate logit demand, bargaining weights and costs of a chain with linear wholesale prices.

    prices, wholesale, shares, channel_margins, manufacturer_margins (J,), margins as in
    `VerticalFit`, nan where unknown. manufacturers, channels (J,): labels of firms, one list for
    both levels: a firm at both is integrated, and its offers' wholesale price is its cost. power:
    which offers share a bargaining weight. nests (J,): labels; rho: their parameter, given.
    outside, below_zero, names: as in `fit_margins`. Bargaining is simultaneous (Sheu and Taragin
    2021).

    Raises InputError where margins do not tell the weights and where they imply costs below zero,
    ConvergenceError where the search fails.
    """
    one_of("power", power, "one", "manufacturer", "channel", "pair")
    one_of("outside", outside, "rest", "none")
    one_of("disagreement", disagreement, "offer", "pair")
    p, w = np.asarray(prices, dtype=float), np.asarray(wholesale, dtype=float)
    manufacturers, channels = np.asarray(manufacturers), np.asarray(channels)
    firms = np.unique(np.concatenate([manufacturers, channels]), return_inverse=True)[1].astype(
        np.intp
    )
    M, R = np.split(firms, 2)
    is_vertical = R != M
    kind: Outside = outside
    check_alternatives(R, kind)
    s = inside_shares(np.asarray(shares, float), kind)
    labels = None if nests is None else np.unique(np.asarray(nests), return_inverse=True)[1]
    nest = None if labels is None else labels.astype(np.intp)
    nesting = np.broadcast_to(np.asarray(rho, dtype=float), p.shape)
    unit = buyers_at(p, s, 1.0, nest, rho=nesting)
    model = ChainMargins(unit, p, p, w, M, channels=R, disagreement=disagreement)
    group = groups_of(power, M, R)
    group[is_vertical] = np.unique(group[is_vertical], return_inverse=True)[1]
    target = np.concatenate(
        [
            np.asarray(channel_margins, dtype=float),
            np.where(is_vertical, np.asarray(manufacturer_margins, dtype=float), np.nan),
        ]
    )
    fitted = fit_power(model, target, group, is_vertical)
    lam, alpha, solution = fitted.weights, fitted.alpha, fitted.solution
    channel, manufacturer = np.split(fitted.margins, 2)
    production_cost = np.where(is_vertical, w * (1.0 - manufacturer), w)
    retail_cost = p * (1.0 - channel) - w
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        remedy = "correct margins, wholesale prices, shares or prices"
        unit_costs = {"production": production_cost, "retail": retail_cost}
        check_costs(unit_costs, p, offer_names, "margins", remedy=remedy)
    buyers = buyers_at(p, s, alpha, nest, rho=nesting)
    retail = Retail(buyers, vertical_stakes(M, R, production_cost, retail_cost), R)
    links = make_links(M, R, lam, disagreement)
    bargaining = NegotiatedTerms(links=links, production_cost=production_cost)
    channel_target, manufacturer_target = np.split(target, 2)
    offer_labels = [str(name) for name in (range(1, len(p) + 1) if names is None else names)]
    searched = {
        f"the channel's weight in bargains over {offer_labels[j]}": float(lam[j])
        for j in np.flatnonzero(is_vertical)[np.unique(group[is_vertical], return_index=True)[1]]
    }
    levels = [f"{name} ({level})" for level in ("channel", "manufacturer") for name in offer_labels]
    return VerticalFit(
        alpha=alpha,
        channel_weight=lam,
        production_cost=production_cost,
        retail_cost=retail_cost,
        channel_target=channel_target,
        channel_fitted=channel,
        manufacturer_target=manufacturer_target,
        manufacturer_fitted=np.where(is_vertical, manufacturer, np.nan),
        buyers=buyers,
        retail=retail,
        bargaining=bargaining,
        solution=solution,
        doubts=doubts(searched, fitted.margins, target, levels),
    )
