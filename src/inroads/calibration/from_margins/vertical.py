"""A vertical market from margins at both levels: marginal utility of money, weights, costs.

Retail conditions and simultaneous Nash bargains are linear in margins at given shares and prices,
and homogeneous: margins are x(lambda) / alpha (`chain_fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.chain_fit import fit_chain
from inroads.calibration.from_margins.chain_margins import Power
from inroads.choice.base import Array
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import DisagreementOver, make_links
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes
from inroads.display import Card, Displayed, counted
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True, repr=False)
class VerticalFit(Displayed):
    """A chain that has the observed shares and prices, and margins as near as they come.

    Parameters
    ----------
    alpha : float
        Marginal utility of money.
    rho : (J,) array
        Nesting parameter, 0 without nests.
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
    rho: Array
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
    rho: ArrayLike | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> VerticalFit:
    """Calibrate logit demand, bargaining weights and costs of a chain with linear wholesale prices.

    prices, wholesale, shares, channel_margins, manufacturer_margins (J,), margins as in
    `VerticalFit`, nan where unknown. manufacturers, channels (J,): labels of firms, one list for
    both levels: a firm at both is integrated, and its offers' wholesale price is its cost. power:
    which offers share a bargaining weight. nests (J,): labels; rho: their parameter, one number
    that margins are to tell unless given. outside, below_zero, names: as in `fit_margins`.
    Bargaining is simultaneous (Sheu and Taragin 2021).

    Raises InputError where margins do not tell the weights and where they imply costs below zero,
    ConvergenceError where the search fails.
    """
    fit = fit_chain(
        *(prices, wholesale, shares, channel_margins),
        manufacturer_margins=manufacturer_margins,
        manufacturers=manufacturers,
        channels=channels,
        bids=False,
        power=power,
        disagreement=disagreement,
        outside=outside,
        nests=nests,
        rho=rho,
        below_zero=below_zero,
        names=names,
    )
    M, R, making = fit.manufacturers, fit.channels, fit.production_cost
    channel_target, manufacturer_target = np.split(fit.target, 2)
    channel, manufacturer = np.split(fit.fitted, 2)
    return VerticalFit(
        alpha=fit.alpha,
        rho=fit.rho,
        channel_weight=fit.weights,
        production_cost=making,
        retail_cost=fit.retail_cost,
        channel_target=channel_target,
        channel_fitted=channel,
        manufacturer_target=manufacturer_target,
        manufacturer_fitted=np.where(M != R, manufacturer, np.nan),
        buyers=fit.buyers,
        retail=Retail(fit.buyers, vertical_stakes(M, R, making, fit.retail_cost), R),
        bargaining=NegotiatedTerms(
            links=make_links(M, R, fit.weights, disagreement), production_cost=making
        ),
        solution=fit.solution,
        doubts=fit.doubts,
    )
