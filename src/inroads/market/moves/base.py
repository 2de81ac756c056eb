"""What every move shares: the contract, what a market must have, and how a move is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from inroads.choice.base import Mask
from inroads.errors import InputError, refuse
from inroads.tables.cells import cell_text
from inroads.tables.naming import label

if TYPE_CHECKING:
    from inroads.market.market import Market


class Move(Protocol):
    """A change to a market: anything with `apply`."""

    def apply(self, market: Market) -> Market:
        """The market after the move; the one given stays as it is.

        Parameters
        ----------
        market : Market
            Before it.

        Returns
        -------
        Market
            After it.

        Raises
        ------
        InputError
            Where the move has no meaning, names what does not exist, or changes nothing.
        """
        ...


def refuse_move(move: object, expected: str, actual: str, remedy: str) -> InputError:
    """The error of a move that cannot be made, by the move's name."""
    return refuse(
        expected=expected, found=actual, where=f"move {type(move).__name__}", remedy=remedy
    )


def require_labels(move: object, market: Market) -> None:
    """Refuse a market whose demand is given as arrays, without products, channels and brands."""
    if not market.is_labelled:
        raise refuse_move(
            move,
            "a market whose consumers are labelled (Consumers, with products and channels)",
            "demand as arrays (PricedDemand)",
            "build the market from tables, or use a move on offers and firms.",
        )


def require_firms(move: object, market: Market) -> None:
    """Refuse a market in which nobody answers: what firms own, pay and bear makes no difference."""
    if not market.has_firms:
        raise refuse_move(
            move,
            "a market in which firms set prices (pricing Bertrand or Vertical)",
            "list prices",
            "give pricing=Bertrand(), or derive costs with market.with_firms(FirmFacts(...)).",
        )


def require_offers(move: object, mask: Mask, expected: str = "offers that match") -> Mask:
    """The mask itself, refused where it is empty."""
    if not np.any(mask):
        raise refuse_move(move, expected, "none", "check the names, or drop this move.")
    return mask


def firm_label(market: Market, name: object) -> Any:
    """A firm as the market names it, or a new one."""
    columns = market.firm_columns
    return label_or_new(name, [*columns["manufacturer"], *columns["seller"]])


def label_or_new(name: object, others: list[Any]) -> Any:
    """The one of that name; a new name is text where the others are."""
    named = label(name, others)
    if named is not None:
        return named
    return cell_text(name) if all(isinstance(other, str) for other in others) else name
