"""What can be done to an industry: who owns whom, costs, taxes, clauses, the shelf."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from inroads.choice import Nested
from inroads.choice.model import Array, Mask
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import InputError, one_of
from inroads.scenario.industry import Industry


@dataclass(frozen=True)
class Merge:
    """Firms come under one owner, the first of them.

    savings: the fraction by which unit costs of their offers fall, at the level each stands at.
    """

    firms: tuple[str, ...]
    savings: float = 0.0

    def __init__(self, *firms: str, savings: float = 0.0) -> None:
        object.__setattr__(self, "firms", firms)
        object.__setattr__(self, "savings", savings)

    def apply(self, industry: Industry) -> Industry:
        """The industry with these firms under the owner of the first."""
        if len(set(self.firms)) < 2:
            raise _refused("two firms or more to merge", str(self.firms), "name each of them.")
        for firm in self.firms:
            industry.known("firm", firm)
        head = industry.owners.get(self.firms[0], self.firms[0])
        joined = {industry.owners.get(f, f) for f in self.firms}
        every = dict.fromkeys([*industry.offers["maker"], *industry.offers["shop"]])
        owners = dict(industry.owners)
        owners |= {f: head for f in every if industry.owners.get(f, f) in joined and f != head}
        if industry.holdings is not None:
            raise _refused("no holdings between firms", "some", "merge by holdings instead.")
        if not self.savings < 1:
            raise _refused("savings below 1", str(self.savings), "0.1 is 10 percent.")
        offers = industry.offers
        for cost, of in (("making", "maker"), ("handling", "shop")):
            theirs = offers[of].isin(self.firms)
            offers = offers.assign(**{cost: offers[cost] * (1 - self.savings * theirs)})
        return replace(industry, offers=offers, owners=owners)


@dataclass(frozen=True)
class Divest:
    """Offers (all that match the names given) pass to another firm, at the level named."""

    to: str
    maker: str | None = None
    shop: str | None = None
    offer: object | None = None
    level: Literal["maker", "shop", "both"] = "both"

    def apply(self, industry: Industry) -> Industry:
        """The industry with the offers in the hands of `to`."""
        mask = _some(industry.select(maker=self.maker, shop=self.shop, offer=self.offer))
        one_of("level", self.level, "maker", "shop", "both")
        levels = ("maker", "shop") if self.level == "both" else (self.level,)
        offers = industry.offers.copy()
        for level in levels:
            offers.loc[mask, level] = self.to
        return replace(industry, offers=offers, owners=_owners(industry, offers))


@dataclass(frozen=True)
class CostChange:
    """Unit costs of the offers that match change: all by a fraction, the maker's by an amount."""

    amount: float = 0.0
    fraction: float = 0.0
    maker: str | None = None
    shop: str | None = None
    offer: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry at these costs."""
        mask = _some(industry.select(maker=self.maker, shop=self.shop, offer=self.offer))
        if not self.fraction >= -1:
            raise _refused("a fraction of -1 or more", str(self.fraction), "0.1 is 10 percent.")
        offers = industry.offers.copy()
        offers.loc[mask, ["making", "handling"]] *= 1 + self.fraction
        offers.loc[mask, "making"] += self.amount
        return replace(industry, offers=offers)


@dataclass(frozen=True)
class Tax:
    """A tax on what is sold: so much a unit, or a rate.

    base: what the rate is a fraction of: the consumer price (the shop keeps 1 - rate of it), or the
    producer price, what is left to the shop (it keeps 1 / (1 + rate); 10 percent of the producer
    price is 9.1 percent of the consumer's). Who remits it makes no difference to the outcome.
    """

    unit: float = 0.0
    rate: float = 0.0
    base: Literal["consumer price", "producer price"] = "consumer price"
    maker: str | None = None
    shop: str | None = None
    offer: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry with the tax."""
        mask = _some(industry.select(maker=self.maker, shop=self.shop, offer=self.offer))
        one_of("base", self.base, "consumer price", "producer price")
        consumer = self.base == "consumer price"
        _check_rate(self.rate, below=1.0 if consumer else np.inf)
        factor = 1 - self.rate if consumer else 1 / (1 + self.rate)
        offers = industry.offers.copy()
        offers.loc[mask, "kept"] *= factor
        offers.loc[mask, "handling"] += self.unit
        return replace(industry, offers=offers)


@dataclass(frozen=True)
class Subsidy:
    """Money to the seller for each unit sold of the offers that match."""

    unit: float
    maker: str | None = None
    shop: str | None = None
    offer: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry with the subsidy."""
        return Tax(-self.unit, maker=self.maker, shop=self.shop, offer=self.offer).apply(industry)


@dataclass(frozen=True)
class Tariff:
    """A tariff on goods as they cross the border.

    base, which must be said: the customs value, `value` money a unit (making cost unless given), or
    the wholesale price. payer: the maker, who then receives that much less, or the shop that
    imports.
    """

    rate: float
    base: Literal["customs value", "wholesale price"] | None = None
    payer: Literal["maker", "shop"] = "shop"
    value: float | None = None
    maker: str | None = None
    shop: str | None = None
    offer: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry with the tariff."""
        mask = _some(industry.select(maker=self.maker, shop=self.shop, offer=self.offer))
        if self.base not in ("customs value", "wholesale price"):
            expected = "a tariff's base, 'customs value' or 'wholesale price'"
            raise _refused(expected, repr(self.base), "say what the rate is a fraction of.")
        one_of("payer", self.payer, "maker", "shop")
        shrinks = self.base == "wholesale price" and self.payer == "maker"
        _check_rate(self.rate, below=1.0 if shrinks else np.inf)
        offers = industry.offers.copy()
        if self.base == "customs value":
            value = industry.column("making")[mask] if self.value is None else self.value
            if not np.all(value > 0):
                raise _refused("a customs value above 0", "making costs of 0", "give value=.")
            level = "making" if self.payer == "maker" else "handling"
            offers.loc[mask, level] += self.rate * value
        elif self.payer == "shop":
            offers.loc[mask, "pays"] *= 1 + self.rate
        else:
            offers.loc[mask, "gets"] *= 1 - self.rate
        return replace(industry, offers=offers)


@dataclass(frozen=True)
class Exclusive:
    """A maker sells through one shop only: its offers elsewhere leave the shelf."""

    maker: str
    shop: str

    def apply(self, industry: Industry) -> Industry:
        """The industry without the maker's other offers."""
        here = _some(industry.select(maker=self.maker, shop=self.shop))
        return without(industry, industry.select(maker=self.maker) & ~here)


@dataclass(frozen=True)
class Delist:
    """Offers that match leave the shelf."""

    maker: str | None = None
    shop: str | None = None
    offer: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry without them."""
        return without(
            industry, _some(industry.select(maker=self.maker, shop=self.shop, offer=self.offer))
        )


@dataclass(frozen=True)
class HoldPrice:
    """The price of an offer is set, to an amount or by a fraction, and stays there."""

    offer: object
    price: float | None = None
    by: float | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry at this price."""
        if (self.price is None) == (self.by is None):
            raise _refused("either price= or by=", "both or neither", "give one of them.")
        mask = _some(industry.select(offer=self.offer))
        offers = industry.offers.copy()
        old = offers.loc[mask, "price"]
        offers.loc[mask, "price"] = old * (1 + self.by) if self.by is not None else self.price
        offers.loc[mask, "held"] = True
        return replace(industry, offers=offers)


@dataclass(frozen=True)
class Enter:
    """A new offer: its firms and unit costs, a price to begin from, and what buyers make of it.

    utility, money (I,): each agent's utility at price zero and marginal utility of money there (the
    agents' own unless given). Under nested logit, `nest` is the offer whose nests it joins.
    """

    offer: object
    maker: str
    price: float
    utility: Array
    shop: str | None = None
    making: float = 0.0
    handling: float = 0.0
    wholesale: float = np.nan
    money: Array | None = None
    nest: object | None = None

    def apply(self, industry: Industry) -> Industry:
        """The industry with the offer as its last."""
        if self.offer in industry.offers.index:
            raise _refused("a name that no offer has", repr(self.offer), "give it another.")
        row = {
            **{"maker": self.maker, "shop": self.shop or self.maker, "price": self.price},
            **{"making": self.making, "handling": self.handling, "wholesale": self.wholesale},
            **{"kept": 1.0, "pays": 1.0, "gets": 1.0, "held": False},
            "bargained": np.isnan(self.wholesale),
            "capacity": np.inf,
        }
        added = pd.DataFrame([row], index=pd.Index([self.offer], tupleize_cols=False))
        offers = pd.concat([industry.offers, added])
        b = industry.buyers
        agents = b.utility.shape[-1]
        if np.shape(self.utility) != (agents,):
            found = f"utility of shape {np.shape(self.utility)}"
            raise _refused(f"utility of {agents} agents", found, "give one number an agent.")
        money, model = b.alpha, b.model
        by_offer = b.alpha_by_offer
        if by_offer and self.money is None:
            raise _refused("money= for the new offer", "none", "give (I,) values.")
        if self.money is not None:
            old = money if by_offer else np.broadcast_to(money, b.utility.shape)
            money = np.vstack([old, self.money])
        if isinstance(model, Nested):
            if self.nest is None:
                raise _refused("nest=, an offer whose nests it joins", "none", "name one.")
            sibling = industry.offers.index.get_loc(industry.known("offer", self.nest))
            model = model.subset(np.append(np.arange(len(industry.offers)), sibling))
        grown = replace(b, utility=np.vstack([b.utility, self.utility]), alpha=money, model=model)
        if industry.stakes:
            raise _refused("no stakes by agent", "some", "build the industry with the offer.")
        return replace(industry, offers=offers, buyers=grown)


def without(industry: Industry, mask: Mask) -> Industry:
    """The industry without the offers of a mask (J,)."""
    kept = ~mask
    if not kept.any():
        raise _refused("an offer that stays", "none", "leave something on the shelf.")
    b = industry.buyers
    model = b.model.subset(kept) if isinstance(b.model, Nested) else b.model
    money = b.alpha[kept] if b.alpha_by_offer else b.alpha
    buyers: PricedDemand = replace(b, utility=b.utility[kept], alpha=money, model=model)
    stakes = {firm: stake[kept] for firm, stake in industry.stakes.items()}
    offers = industry.offers[kept]
    owners = _owners(industry, offers)
    return replace(industry, offers=offers, buyers=buyers, stakes=stakes, owners=owners)


def _owners(industry: Industry, offers: pd.DataFrame) -> dict[str, str]:
    """Owners of the firms that are still there."""
    left = {*offers["maker"], *offers["shop"]}
    return {firm: owner for firm, owner in industry.owners.items() if firm in left}


def _check_rate(rate: float, below: float) -> None:
    if not -1 < rate < below:
        expected = "a rate above -1" + (" and below 1" if below == 1 else "")
        raise _refused(expected, str(rate), "0.1 is 10 percent.")


def _some(mask: Mask) -> Mask:
    if not mask.any():
        raise _refused("offers that match", "none", "check the names, or drop this move.")
    return mask


def _refused(expected: str, found: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found=found, where="move", remedy=remedy)
