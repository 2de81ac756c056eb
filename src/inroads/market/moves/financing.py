"""How offers are paid for."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace

from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_labels, require_offers
from inroads.market.names import select_offers


@dataclass(frozen=True)
class Finance:
    """Interest-free payment over months for the offers that match the names given.

    Parameters
    ----------
    months : int
        0 for cash.
    down : float
        What is paid at once, in dollars.
    manufacturer, product, channel : str, optional
        Of the offers.
    """

    months: int
    down: float = 0.0
    _: KW_ONLY
    manufacturer: str | None = None
    product: str | None = None
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market with these terms."""
        require_labels(self, market)
        if self.months < 0 or self.down < 0:
            raise refuse_move(
                self,
                "months and down payment of 0 or more",
                f"{self.months} months, {self.down} dollars down",
                "0 months means cash",
            )
        mask = require_offers(
            self,
            select_offers(
                market, manufacturer=self.manufacturer, product=self.product, channel=self.channel
            ),
        )
        offers = market.offers.copy()
        offers.loc[mask, ["months", "down"]] = [float(self.months), float(self.down)]
        return replace(market, offers=offers)
