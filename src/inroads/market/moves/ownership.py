"""Who owns whom, and whose an offer is."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

from inroads.errors import one_of
from inroads.market.market import Market
from inroads.market.moves.base import firm_label, refuse_move, require_firms, require_offers
from inroads.market.moves.shelf import standing_owners
from inroads.market.names import require_name, select_offers


@dataclass(frozen=True)
class Merge:
    """Firms come under one owner, the first of them.

    Parameters
    ----------
    *firms : object
        Two or more.
    savings : float
        The fraction by which unit costs of their offers fall, on the side each stands on.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.Merge("A", "B", savings=0.05).firms
    ('A', 'B')
    """

    firms: tuple[object, ...]
    savings: float = 0.0

    def __init__(self, *firms: object, savings: float = 0.0) -> None:
        object.__setattr__(self, "firms", firms)
        object.__setattr__(self, "savings", savings)

    def apply(self, market: Market) -> Market:
        """The market with these firms under the owner of the first."""
        require_firms(self, market)
        firms = list(dict.fromkeys(require_name(market, "firm", firm) for firm in self.firms))
        if len(firms) < 2:
            expected = "two firms or more to merge"
            raise refuse_move(self, expected, str(self.firms), "name each of them.")
        head = market.owners.get(firms[0], firms[0])
        merging = {market.owners.get(f, f) for f in firms}
        contracts = market.contracts
        every = dict.fromkeys([*contracts["manufacturer"], *contracts["seller"]])
        owners = dict(market.owners)
        owners |= {f: head for f in every if market.owners.get(f, f) in merging and f != head}
        if market.holdings is not None:
            expected = "no holdings between firms"
            raise refuse_move(self, expected, "some", "merge by holdings instead.")
        if not self.savings < 1:
            raise refuse_move(self, "savings below 1", str(self.savings), "0.1 is 10 percent.")
        costs = {
            cost: contracts[cost].to_numpy() * (1 - self.savings * contracts[side].isin(firms))
            for cost, side in (("production_cost", "manufacturer"), ("retail_cost", "seller"))
        }
        costs = {cost: values.to_numpy(float) for cost, values in costs.items()}
        return replace(market, offers=market.offers.assign(**costs), owners=owners)


@dataclass(frozen=True)
class Divest:
    """Offers (all that match the names given) pass to another firm.

    Parameters
    ----------
    to : str
        The firm, which may be new.
    manufacturer, channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    side : {"manufacturer", "channel", "both"}
        On which side the firm takes over.
    """

    to: str
    _: KW_ONLY
    manufacturer: str | None = None
    channel: str | None = None
    offer: object | None = None
    side: Literal["manufacturer", "channel", "both"] = "both"

    def apply(self, market: Market) -> Market:
        """The market with the offers in the hands of `to`."""
        require_firms(self, market)
        if market.is_labelled:
            raise refuse_move(
                self,
                "a market whose offers name their firms (demand as arrays)",
                "a labelled market, in which a product has one manufacturer",
                "change products['manufacturer'], or merge firms.",
            )
        mask = require_offers(
            self,
            select_offers(
                market, manufacturer=self.manufacturer, channel=self.channel, offer=self.offer
            ),
        )
        one_of("side", self.side, "manufacturer", "channel", "both")
        sides = ("manufacturer", "channel") if self.side == "both" else (self.side,)
        offers = market.offers.copy()
        firm = firm_label(market, self.to)
        for side in sides:
            offers.loc[mask, side] = firm
            if side == "channel":
                offers.loc[mask, "seller"] = firm
        return replace(market, offers=offers, owners=standing_owners(market, offers))
