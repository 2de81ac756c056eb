"""What is on which shelf, and at which price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice import Nested
from inroads.choice.base import Array
from inroads.conduct.priced_demand import PricedDemand
from inroads.market.market import Market
from inroads.market.moves.base import (
    firm_label,
    label_or_new,
    refuse_move,
    require_labels,
    require_offers,
)
from inroads.market.moves.shelf import add_offers, without_offers
from inroads.market.names import require_name, select_offers


@dataclass(frozen=True)
class Launch:
    """Put a product on the shelf of a channel, at a price.

    Where the firms of a labelled market respond, a new pair of manufacturer and channel has no
    wholesale price yet.

    Parameters
    ----------
    product : str
        One of a labelled market's products; where demand is given as arrays, the new offer's name.
    channel : str, optional
        Every open channel unless named; where demand is given as arrays, the manufacturer itself.
    price : float, optional
        The product's list price unless given; where demand is given as arrays, the price to begin
        from, which must be.
    manufacturer : str, optional
        Where demand is given as arrays, which must be given there.
    utility, alpha : (I,) array, optional
        Where demand is given as arrays: each agent's utility at price zero, which must be given
        (or characteristics), and marginal utility of money there, the agents' own unless given.
    characteristics : mapping, optional
        In a market of an estimate, instead of utility: all that its formulas use but prices, and
        ids whose effects were absorbed (the market's, the manufacturer's and product's own are
        known): ``product_ids="like this one"``.
    xi : float
        What is unobserved of the product, beside characteristics. `launch_outcomes` draws it.
    effect : float or ProjectedEffects, optional
        Beside characteristics, the absorbed effect of the product: a number (utility), or
        ``fit.project("1 + sugar")``, which says it of them.
    production_cost, retail_cost, wholesale : float, optional
        Of a unit; production_cost is that of the product unless given.
    nest : object, optional
        Under nested logit, the offer whose nests it joins.
    """

    product: str
    channel: str | None = None
    price: float | None = None
    _: KW_ONLY
    manufacturer: str | None = None
    utility: Array | None = None
    alpha: Array | None = None
    characteristics: Mapping[str, Any] | None = None
    xi: float = 0.0
    effect: Any = None
    production_cost: float | None = None
    retail_cost: float | None = None
    wholesale: float | None = None
    nest: object | None = None

    def apply(self, market: Market) -> Market:
        """The market with the offer as its last; raises InputError if it is on sale already."""
        if not market.is_labelled:
            return self._add_to_arrays(market)
        for name in ("manufacturer", "utility", "alpha", "characteristics", "effect", "nest"):
            if getattr(self, name) is not None:
                expected = "a launch of one of the market's products"
                raise refuse_move(self, expected, f"{name}=", f"leave {name} to the product.")
        require_name(market, "product", self.product)
        is_open = ~market.channels["has_members"]
        channels = [self.channel] if self.channel else list(market.channels.index[is_open])
        for channel in channels:
            market = add_offers(
                self,
                market,
                (self.product,),
                channel,
                price=self.price,
                production_cost=self.production_cost,
                retail_cost=self.retail_cost,
                wholesale=self.wholesale,
            )
        return market

    def _add_to_arrays(self, market: Market) -> Market:
        demand = market.consumers
        if not isinstance(demand, PricedDemand):
            actual, remedy = type(demand).__name__, "describe consumers by PricedDemand."
            raise refuse_move(self, "consumers to whom an offer can be added", actual, remedy)
        name = label_or_new(self.product, list(market.offers.index))
        if name in market.offers.index:
            actual, remedy = repr(self.product), "give it another."
            raise refuse_move(self, "a name that no offer has", actual, remedy)
        agents = demand.utility.shape[-1]
        says_utility = self.utility is not None or self.characteristics is not None
        if self.manufacturer is None or self.price is None or not says_utility:
            expected = "manufacturer=, price= and utility= (or characteristics=) here"
            raise refuse_move(self, expected, "none", "give each of them.")
        given = self._utility_from(market)
        if np.shape(given) != (agents,):
            actual = f"utility of shape {np.shape(given)}"
            raise refuse_move(self, f"utility of {agents} agents", actual, "give one number each.")
        alpha, model = demand.alpha, demand.model
        if demand.alpha_by_offer and self.alpha is None:
            raise refuse_move(self, "alpha= for the new offer", "none", "give (I,) values.")
        if self.alpha is not None:
            every = alpha if demand.alpha_by_offer else np.broadcast_to(alpha, demand.utility.shape)
            alpha = np.vstack([every, self.alpha])
        if isinstance(model, Nested):
            if self.nest is None:
                expected = "nest=, an offer whose nests it joins"
                raise refuse_move(self, expected, "none", "name one.")
            sibling = market.offers.index.get_loc(require_name(market, "offer", self.nest))
            model = model.subset(np.append(np.arange(len(market.offers)), sibling))
        if market.stakes:
            actual, remedy = "some", "build the market with the offer."
            raise refuse_move(self, "no stakes by agent", actual, remedy)
        manufacturer = firm_label(market, self.manufacturer)
        channel = manufacturer if self.channel is None else firm_label(market, self.channel)
        wholesale = np.nan if self.wholesale is None else self.wholesale
        row = {
            **{"manufacturer": manufacturer, "channel": channel, "seller": channel},
            **{"price": self.price, "wholesale": wholesale},
            **{"production_cost": self.production_cost or 0.0},
            **{"retail_cost": self.retail_cost or 0.0},
            **{"retail_share": 1.0, "channel_pays": 1.0, "manufacturer_receives": 1.0},
            **{"price_fixed": False, "negotiated": self.wholesale is None},
            "capacity": np.inf,
        }
        new = pd.DataFrame([row], index=pd.Index([name], tupleize_cols=False))
        utility = np.vstack([demand.utility, given])
        with_launched = getattr(demand, "with_launched", None)
        if with_launched is not None and self.characteristics is not None:
            demand = with_launched(name, self.characteristics)
        return replace(
            market,
            offers=pd.concat([market.offers, new]),
            consumers=replace(demand, utility=utility, alpha=alpha, model=model),
        )

    def _utility_from(self, market: Market) -> Any:
        """Each agent's utility at price zero: as given, or by the formulas of an estimate."""
        if self.characteristics is None:
            if self.xi != 0.0 or self.effect is not None:
                raise refuse_move(
                    self, "characteristics= beside xi= and effect=", "none", "give them."
                )
            return self.utility
        consumers: Any = market.consumers
        by_formulas = getattr(consumers, "utility_of", None)
        if by_formulas is None or self.utility is not None:
            expected = "either utility=, or characteristics= in a market of an estimate"
            actual = "both" if by_formulas is not None else "characteristics= in another market"
            raise refuse_move(self, expected, actual, "take the market from fit.market(id).")
        own = {"product_ids": self.product, "firm_ids": self.manufacturer}
        ids = {name: own[name] for name in consumers.formulas.ids if name in own}
        return by_formulas(xi=self.xi, effect=self.effect, **(ids | dict(self.characteristics)))


@dataclass(frozen=True)
class Withdraw:
    """Take offers off the shelf: all that match the names given.

    Parameters
    ----------
    product, channel, manufacturer : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    product: str | None = None
    channel: str | None = None
    manufacturer: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market without these offers."""
        mask = select_offers(
            market,
            manufacturer=self.manufacturer,
            product=self.product,
            channel=self.channel,
            offer=self.offer,
        )
        what = self.product or (
            f"products of {self.manufacturer}" if self.manufacturer else "offers"
        )
        at = f" at {self.channel}" if self.channel else ""
        return without_offers(self, market, require_offers(self, mask, f"{what} on sale{at}"))


@dataclass(frozen=True)
class Exclusive:
    """A manufacturer sells through one channel only: its offers elsewhere leave the shelf.

    Parameters
    ----------
    manufacturer : str
        Who.
    channel : str
        Through whom.
    """

    manufacturer: str
    channel: str

    def apply(self, market: Market) -> Market:
        """The market without the manufacturer's other offers."""
        stay = select_offers(market, manufacturer=self.manufacturer, channel=self.channel)
        require_offers(self, stay, f"offers of {self.manufacturer} at {self.channel}")
        own = select_offers(market, manufacturer=self.manufacturer)
        return without_offers(self, market, own & ~stay)


@dataclass(frozen=True)
class Deal:
    """A channel takes a manufacturer's products onto its shelf, on the channel's terms.

    Where firms respond, the wholesale price of a new pair is to be negotiated.

    Parameters
    ----------
    manufacturer : str
        Whose products.
    channel : str
        Whose shelf.
    products : tuple of str, optional
        All that the manufacturer has on sale anywhere, unless named.
    price : float, optional
        In dollars; each product's list price unless given.
    financing : bool
        Whether the channel's terms of payment apply.
    adapted : bool
        Whether the products are made to meet the channel's standard, there and wherever else they
        are sold.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.Deal("Alpha", "North", ("Alpha One",)).financing
    True
    """

    manufacturer: str
    channel: str
    products: tuple[str, ...] | None = None
    _: KW_ONLY
    price: float | None = None
    financing: bool = True
    adapted: bool = True

    def apply(self, market: Market) -> Market:
        """The market with the deal; raises InputError where there is nothing to put on sale."""
        require_labels(self, market)
        require_name(market, "manufacturer", self.manufacturer)
        require_name(market, "channel", self.channel)
        products = self.products
        if products is None:
            own = select_offers(market, manufacturer=self.manufacturer)
            products = tuple(dict.fromkeys(market.offers.loc[own, "product"]))
        for product in products:
            require_name(market, "product", product)
            manufacturer = market.products.loc[product, "manufacturer"]
            if manufacturer != self.manufacturer:
                raise refuse_move(
                    self,
                    f"a product of {self.manufacturer}",
                    f"{product}, of {manufacturer}",
                    "name the manufacturer's own products",
                )
        if not products:
            raise refuse_move(
                self,
                f"products for {self.manufacturer} to sell",
                "none on sale",
                "name products=, or launch them first",
            )
        if self.adapted:
            standard = str(market.channels.loc[self.channel, "standard"])
            for product in products:
                market = Adapt(product, (standard,)).apply(market)
        return add_offers(
            self, market, products, self.channel, price=self.price, financing=self.financing
        )


@dataclass(frozen=True)
class Adapt:
    """Make a product meet more standards, wherever it is sold.

    Parameters
    ----------
    product : str
        Which.
    standards : tuple of str
        What it is made compatible with.
    """

    product: str
    standards: tuple[str, ...]

    def apply(self, market: Market) -> Market:
        """The market with this variant of the product."""
        require_labels(self, market)
        require_name(market, "product", self.product)
        more = {n for n in self.standards if n != "any"}
        offers, products = market.offers, market.products

        def adapted(table: pd.DataFrame, of: Iterable[str]) -> pd.DataFrame:
            rows = zip(of, table["standards"], strict=True)
            every = [_join(n, more) if product == self.product else n for product, n in rows]
            return table.assign(standards=np.array(every, dtype=object))

        offers, products = adapted(offers, offers["product"]), adapted(products, products.index)
        return replace(market, offers=offers, products=products)


def _join(standards: str, more: Iterable[str]) -> str:
    return "+".join(sorted(set(standards.split("+")) | set(more)))
