"""What manufacturers pay channels for shelf and marketing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_firms, require_offers
from inroads.market.names import select_offers


@dataclass(frozen=True)
class Allowance:
    """A manufacturer pays a channel so much a unit that it sells: shelf, marketing funds.

    Retail prices answer it as they answer a lower wholesale price, which is what it amounts to. It
    is of terms that stand; what is bargained over is not the manufacturer's to give.

    Parameters
    ----------
    manufacturer : str
        Who pays.
    unit : float
        Money a unit sold.
    channel : str, optional
        To whom; to every channel that buys of it unless named.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.Allowance("Alpha", 5.0, "North").unit
    5.0
    """

    manufacturer: str
    unit: float
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market with lower wholesale prices; raises InputError where none stand."""
        require_firms(self, market)
        if not np.isfinite(self.unit):
            raise refuse_move(self, "an amount of money", str(self.unit), "give a number.")
        named = select_offers(market, manufacturer=self.manufacturer, channel=self.channel)
        wholesale = market.column("wholesale")
        bargains = market.pricing.terms is not None
        negotiated = market.contracts["negotiated"].to_numpy(bool) & bargains
        stands = named & np.isfinite(wholesale) & ~negotiated
        require_offers(self, stands, f"wholesale prices of {self.manufacturer} that stand")
        lower = np.where(stands, wholesale - self.unit, wholesale)
        return replace(market, offers=market.offers.assign(wholesale=lower))
