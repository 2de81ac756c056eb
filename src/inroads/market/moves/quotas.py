"""Quotas: so many units of some offers together, and no more."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.base import Mask
from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_firms, require_offers
from inroads.market.names import select_offers
from inroads.market.pricing import Bertrand
from inroads.tables.naming import label


@dataclass(frozen=True)
class Quota:
    """At most so many units of the offers that match, all together.

    Sellers ask what they would if a unit cost the quota's shadow price more, which is the same for
    all of them: that of a licence that can be traded, or of the specific tax (`Tax`) that does as
    much. It is zero where the quota is not used up. What licences are worth stays with the sellers,
    as under a voluntary export restraint. `Equilibrium.quotas` has shadow prices.

    Costs inferred from prices under a quota (`fit.market`) contain the shadow price it had then.

    Parameters
    ----------
    units : float
        In the units of `Market.size`.
    manufacturers : tuple of str
        Whose offers count, those launched later too.
    offers : tuple
        Offers that count besides, by name.
    name : str, optional
        What it is called; by its manufacturers and offers unless given.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (1999), Voluntary export restraints on automobiles:
    evaluating a trade policy, American Economic Review 89(3).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> restrained = market.after(ir.Quota(0.2, ("A", "C"))).solve()
    >>> restrained.shares.round(3).to_dict()
    {'a': 0.156, 'b': 0.252, 'c': 0.044}
    >>> restrained.quotas["shadow_price"].round(3).to_dict()
    {'A, C': 0.424}
    """

    units: float
    manufacturers: tuple[str, ...] = ()
    offers: tuple[object, ...] = ()
    name: str | None = None

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or ", ".join(map(str, (*self.manufacturers, *self.offers)))

    def offers_of(self, market: Market) -> Mask:
        """The offers that count, of those on sale.

        Parameters
        ----------
        market : Market
            Whose offers.

        Returns
        -------
        (J,) mask
            True for those that do.
        """
        makers, names = list(market.columns["manufacturer"]), list(market.offer_names)
        counting = {label(maker, makers) for maker in self.manufacturers} - {None}
        named = {label(offer, names) for offer in self.offers} - {None}
        return np.array(
            [m in counting or n in named for m, n in zip(makers, names, strict=True)], dtype=bool
        )

    def apply(self, market: Market) -> Market:
        """The market under the quota; raises InputError where it is none, or nobody could keep it.

        Parameters
        ----------
        market : Market
            In which sellers set prices (Bertrand).

        Returns
        -------
        Market
            After it.
        """
        require_firms(self, market)
        if isinstance(self.manufacturers, str) or isinstance(self.offers, str):
            raise refuse_move(self, "tuples of names", "a name", 'write ("A",).')
        for maker in self.manufacturers:
            select_offers(market, manufacturer=maker)
        for offer in self.offers:
            select_offers(market, offer=offer)
        require_offers(self, self.offers_of(market), "manufacturers= or offers=")
        if not 0 < self.units < np.inf:
            raise refuse_move(
                self, "units above 0", str(self.units), "withdraw what may not be sold."
            )
        pricing = market.pricing
        if not isinstance(pricing, Bertrand):
            actual, remedy = (
                "terms that are bargained over",
                "give wholesale prices and Bertrand().",
            )
            raise refuse_move(self, "sellers who set prices at given terms", actual, remedy)
        if market.holdings is not None:
            remedy = "drop holdings: of whom a shadow price is a cost would have to be said."
            raise refuse_move(self, "firms that count their own profits", "holdings", remedy)
        if self.label in [quota.label for quota in pricing.quotas]:
            raise refuse_move(self, "a name that no other quota has", self.label, "give name=.")
        return replace(market, pricing=replace(pricing, quotas=(*pricing.quotas, self)))
