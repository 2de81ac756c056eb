"""A market in which firms respond: offers with their makers and shops, buyers, and terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.bargaining import (
    Contract,
    DisagreementOver,
    LinearPrice,
    Links,
    NegotiatedTerms,
    Timing,
    make_links,
)
from inroads.conduct.implied_costs import implied_costs, implied_vertical_costs
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import Stakes, ownership_rows
from inroads.errors import InputError, one_of
from inroads.scenario.offers import checked, counted, power_of
from inroads.tables.schema import suggestion

if TYPE_CHECKING:
    from inroads.scenario.settlement import Settlement

#: a maker and a shop
Pair = tuple[str, str]


class Move(Protocol):
    """A change to an industry: anything with `apply`."""

    def apply(self, industry: Industry) -> Industry:
        """The industry after the move; the one given stays as it is."""
        ...


@dataclass(frozen=True, eq=False)
class Terms:
    """How wholesale terms come about between makers and shops.

    power: the shop's weight in the Nash product, 0 to 1: a number, or a table with makers as rows
    and shops as columns. contract: linear wholesale prices, or a price and a fixed fee. timing:
    whether retail prices are held while firms bargain, or answer. disagreement: whether a breakdown
    takes one offer off the shelf, or all offers of the pair. Equal, and hashed, by value.
    """

    power: float | pd.DataFrame = 0.5
    contract: Contract = field(default_factory=LinearPrice)
    timing: Timing = "simultaneous"
    disagreement: DisagreementOver = "pair"

    def __post_init__(self) -> None:
        one_of("terms.timing", self.timing, "simultaneous", "sequential")
        one_of("terms.disagreement", self.disagreement, "offer", "pair")

    @property
    def _value(self) -> tuple[object, ...]:
        """What terms are compared by: every cell of a table of power, with its labels."""
        power: object = self.power
        if isinstance(power, pd.DataFrame):
            power = (tuple(power.index), tuple(power.columns), tuple(power.to_numpy().ravel()))
        return power, self.contract, self.timing, self.disagreement

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Terms) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True)
class Industry:
    """Offers and the firms behind them; prices, and terms where there are any, respond.

    offers: a row each, the index naming it; maker and shop (the same firm where it sells what it
    makes); price and wholesale price; making and handling, the unit costs of maker and shop; kept,
    the part of the consumer price that the shop keeps; pays and gets, what the shop pays and the
    maker receives for each unit of the wholesale price; held, whether the price stays as it is;
    bargained, whether the wholesale price is bargained over where there are terms; capacity, the
    units that can be sold at most (without terms). Money is in the unit of prices.

    buyers: demand, offers in the same order. terms: None where wholesale prices are given. owners:
    firm -> owner, for firms that another owns. holdings: rows are holders, columns owners, the
    share of each owner's profit that the holder counts as its own (one on the diagonal, zero unless
    given). stakes: what a firm earns besides, (J, I) by agent. weights_of: agents' weights (I,)
    given which pairs of maker and shop have offers, where deals change who knows what. size:
    consumers in the market.
    """

    offers: pd.DataFrame
    buyers: PricedDemand
    terms: Terms | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    holdings: pd.DataFrame | None = None
    stakes: Mapping[str, Array] = field(default_factory=dict)
    weights_of: Callable[[frozenset[Pair]], Array] | None = None
    size: float = 1.0
    moves: tuple[Move, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "offers", checked(self.offers, self.buyers))
        unknown = self.owners.keys() - {*self.offers["maker"], *self.offers["shop"]}
        if unknown:
            raise InputError.single(
                expected="firms of this market as keys of owners",
                found=", ".join(sorted(map(str, unknown))),
                where="owners",
                remedy="correct the name, or drop it.",
            )
        if not 0 < self.size < np.inf:
            raise InputError.single(
                expected="a number of consumers above 0",
                found=str(self.size),
                where="size",
                remedy="leave it at 1 for money per consumer.",
            )

    def after(self, *moves: Move) -> Industry:
        """The industry after `moves`, one after the other."""
        industry = self
        for move in moves:
            industry = replace(move.apply(industry), moves=(*industry.moves, move))
        return industry

    def column(self, name: str) -> Array:
        """A column of numbers (J,)."""
        return np.asarray(self.offers[name].to_numpy(float))

    def owner(self, of: str) -> pd.Series:
        """The owner of each offer's "maker" or "shop"."""
        return self.offers[of].map(lambda firm: self.owners.get(firm, firm))

    @cached_property
    def firms(self) -> list[str]:
        """Owners, in the order of `Stakes`' first axis: shops first, then makers."""
        return list(dict.fromkeys([*self.owner("shop"), *self.owner("maker")]))

    def _index(self, of: str) -> Index:
        return np.asarray(pd.Index(self.firms).get_indexer(self.owner(of)))

    def stakes_at(self, handling: Array, making: Array) -> Stakes:
        """Stakes of owners at unit costs (J,) of shops and makers."""
        makes, sells = (
            ownership_rows(self._index(of), len(self.firms)) for of in ("maker", "shop")
        )
        agents: dict[int, Array] = {}
        for firm, stake in self.stakes.items():
            owner = self.firms.index(self.owners.get(firm, firm))
            agents[owner] = agents.get(owner, 0.0) + stake
        stakes = Stakes(
            retail_price_share=sells * self.column("kept"),
            wholesale_share=makes * self.column("gets") - sells * self.column("pays"),
            cost=makes * making + sells * handling,
            agent_stakes=agents,
        )
        if self.holdings is None:
            return stakes
        return stakes.owned_by(counted(self.holdings, self.firms))

    @property
    def retail(self) -> Retail:
        """Who buys, who earns what, who sets which price, as arrays."""
        held = self.offers["held"].to_numpy(bool)
        stakes = self.stakes_at(self.column("handling"), self.column("making"))
        return Retail(self.present_buyers, stakes, np.where(held, -1, self._index("shop")))

    @property
    def pairs(self) -> frozenset[Pair]:
        """Makers and shops that have offers together."""
        return frozenset(zip(self.offers["maker"], self.offers["shop"], strict=True))

    @property
    def present_buyers(self) -> PricedDemand:
        """PricedDemand with the weights that the pairs in the industry bring."""
        if self.weights_of is None:
            return self.buyers
        return replace(self.buyers, weights=self.weights_of(self.pairs))

    @property
    def bargaining(self) -> NegotiatedTerms | None:
        """The negotiations, as arrays; None where wholesale prices are given."""
        if self.terms is None:
            return None
        table = self.terms.power
        pairs_of = zip(self.offers["maker"], self.offers["shop"], strict=True)
        power = np.array([power_of(table, maker, shop) for maker, shop in pairs_of])
        talks = self.offers["bargained"].to_numpy(bool)
        maker, shop = self._index("maker"), self._index("shop")
        pairs = make_links(maker, np.where(talks, shop, maker), power, self.terms.disagreement)
        if self.weights_of is not None:
            apart = [self.weights_of(self.pairs - {pair}) for pair in self.pairs_of(pairs)]
            pairs = replace(pairs, agent_weights_without=np.array(apart) if apart else None)
        held = talks | (maker == shop)
        base = np.where(held, self.column("making") / self.column("gets"), self.given_wholesale)
        return NegotiatedTerms(
            links=pairs,
            production_cost=base,
            timing=self.terms.timing,
            contract=self.terms.contract,
        )

    def pairs_of(self, of: Links) -> list[Pair]:
        """The maker and the shop, as offers name them, of each link."""
        rows = of.offers_lost.argmax(axis=1)
        return list(
            zip(self.offers["maker"].iloc[rows], self.offers["shop"].iloc[rows], strict=True)
        )

    def calibrated(self, *, below_zero: bool = False) -> Industry:
        """The same with unit costs at which its prices, and its terms, are an equilibrium.

        Shops' costs follow from retail prices; makers' also, where terms are bargained over
        simultaneously and linearly; otherwise `making` is taken as known. Raises InputError where
        a cost comes out below zero, unless `below_zero` says that they may (a shop's may: what it
        earns besides can be worth more than its handling costs).
        """
        p, making = self.column("price"), self.column("making")
        terms, bargaining = self.terms, self.bargaining
        if terms is None or bargaining is None or len(bargaining.links) == 0:
            w = self.given_wholesale
            handling = implied_costs(self.retail, self.stakes_at, p, w, making)
        else:
            if not isinstance(terms.contract, LinearPrice) or terms.timing != "simultaneous":
                raise InputError.single(
                    expected="linear contracts under simultaneous timing, to read costs off terms",
                    found=f"{type(terms.contract).__name__}, {terms.timing}",
                    where="terms",
                    remedy="give making and handling costs instead of calibrating them.",
                )
            w = self._known("wholesale", self._index("maker") != self._index("shop"))
            handling, making = implied_vertical_costs(
                self.retail, self.stakes_at, bargaining.links, p, w, making
            )
        for name, cost in (("making", making), ("handling", handling)):
            if not below_zero and (cost < 0).any():
                j = int(np.argmin(cost))
                raise InputError.single(
                    expected="prices and demand at which unit costs are 0 or more",
                    found=f"{name} costs of {cost[j]:.4g} for {self.offers.index[j]}, "
                    f"sold at {p[j]:.4g}",
                    where="offers",
                    remedy="check prices and elasticities, or allow it with below_zero=True.",
                )
        return replace(self, offers=self.offers.assign(handling=handling, making=making))

    @property
    def given_wholesale(self) -> Array:
        """Wholesale prices (J,) where nobody bargains: as given, at cost inside one firm."""
        inside = self._index("maker") == self._index("shop")
        talks = self.offers["bargained"].to_numpy(bool) & (self.terms is not None)
        known = self._known("wholesale", ~inside & ~talks)
        return np.where(inside, self.column("making") / self.column("gets"), known)

    def _known(self, name: str, needed: Mask) -> Array:
        values = self.column(name)
        if np.isnan(values[needed]).any():
            row = self.offers.index[needed & np.isnan(values)][0]
            raise InputError.single(
                expected=f"a number in '{name}' for every offer sold through another firm's shop",
                found=f"none for {row}",
                where="offers",
                remedy="fill it in, or give terms= to have it bargained over.",
            )
        return np.where(np.isnan(values), self.column("making"), values)

    def solve(self, *, certificate: bool = True, throw: bool = True) -> Settlement:
        """The equilibrium. Raises ConvergenceError where it, or its certificate, fails."""
        from inroads.scenario.settling import settle

        return settle(self, certificate, throw)

    def equilibria(self) -> tuple[list[Settlement], int]:
        """The distinct equilibria that a dozen starts lead to, cheapest first, and how many starts
        led to none. That one is found is no proof that there is no other."""
        from inroads.scenario.settling import equilibria

        return equilibria(self)

    def select(
        self, *, maker: str | None = None, shop: str | None = None, offer: object | None = None
    ) -> Mask:
        """A mask over offers that match all of the names given; unknown names are refused."""
        mask = np.ones(len(self.offers), dtype=bool)
        for kind, name in (("maker", maker), ("shop", shop)):
            if name is not None:
                mask &= (self.offers[kind] == self.known(kind, name)).to_numpy()
        if offer is not None:
            mask &= self.offers.index == self.known("offer", offer)
        return mask

    def known(self, kind: str, name: object) -> object:
        """`name` itself where the industry has such a maker, shop, firm or offer."""
        choices = {
            "maker": self.offers["maker"],
            "shop": self.offers["shop"],
            "firm": [*self.offers["maker"], *self.offers["shop"]],
            "offer": self.offers.index,
        }[kind]
        if name not in set(choices):
            known = list(dict.fromkeys(map(str, choices)))
            hint = suggestion(str(name), known) or f"choose from {', '.join(known[:12])}."
            raise InputError.single(
                expected=f"a {kind} of this market".replace("a o", "an o"),
                found=repr(name),
                where="move",
                remedy=hint,
            )
        return name
