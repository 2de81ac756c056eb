"""At which price offers are sold, where somebody sets it for the firm."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace

import numpy as np

from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_offers
from inroads.market.names import select_offers


@dataclass(frozen=True)
class SetPrice:
    """A price, or a change by a fraction, of the offers that match.

    Where firms set prices, the price then stays as it is set.

    Parameters
    ----------
    product : str, optional
        Of the offers.
    price : float, optional
        The new price; this or `by`.
    by : float, optional
        The change, -0.1 for 10 percent less.
    channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    product: str | None = None
    price: float | None = None
    _: KW_ONLY
    by: float | None = None
    channel: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market at the new price; raises InputError unless it is above zero."""
        if (self.price is None) == (self.by is None):
            raise refuse_move(self, "either price= or by=", "both or neither", "give one of them")
        mask = select_offers(market, product=self.product, channel=self.channel, offer=self.offer)
        require_offers(self, mask, f"{self.product or 'offers'} on sale")
        offers = market.offers.copy()
        old = offers.loc[mask, "price"].astype(float)
        new = old * (1 + self.by) if self.by is not None else old * 0 + float(self.price or 0)
        if not (new > 0).all():
            remedy = "give the price in the unit of prices"
            raise refuse_move(self, "a price above 0", f"{new.iloc[0]:g}", remedy)
        offers.loc[mask, "price"] = new
        if market.has_firms:
            fixed = market.contracts["price_fixed"].to_numpy(bool)
            offers["price_fixed"] = fixed | mask
            if "start" in offers:
                offers.loc[mask, "start"] = np.nan
        return replace(market, offers=offers)
