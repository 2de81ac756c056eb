"""A move on what products are: characteristics, where the market keeps the formulas of utility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from inroads.market.moves.base import refuse_move
from inroads.market.names import require_name

if TYPE_CHECKING:
    from inroads.market.market import Market


@dataclass(frozen=True)
class Change:
    """Give a product other characteristics, in a market that an estimate handed over.

    Utility moves by the estimate's formulas, for each agent by its tastes; what is unobserved of
    the product stays, and so does its cost (`ChangeCost` is for that).

    Parameters
    ----------
    product : str
        The offer's name.
    **characteristics
        New values of columns that the estimate's formulas use.

    Examples
    --------
    >>> Change("sedan", hpwt=0.6).characteristics["hpwt"]
    0.6
    """

    product: str
    characteristics: Mapping[str, Any]

    def __init__(self, product: str, /, **characteristics: Any) -> None:
        object.__setattr__(self, "product", product)
        object.__setattr__(self, "characteristics", MappingProxyType(characteristics))

    def apply(self, market: Market) -> Market:
        """The market with the product as it then is.

        Parameters
        ----------
        market : Market
            Of an estimate (`fit.market(id)`).

        Returns
        -------
        Market
            After it.

        Raises
        ------
        InputError
            Where the market has no formulas, and for what they do not use.
        """
        changed = getattr(market.consumers, "with_characteristics", None)
        if changed is None:
            raise refuse_move(
                self,
                "a market that keeps the formulas it was estimated with",
                "another",
                "take it from an estimate: fit.market(id).",
            )
        if not self.characteristics:
            raise refuse_move(self, "characteristics to change", "none", "write hpwt=0.6, say.")
        name = require_name(market, "offer", self.product)
        row = market.offers.index.get_loc(name)
        return replace(market, consumers=changed(row, name, self.characteristics))
