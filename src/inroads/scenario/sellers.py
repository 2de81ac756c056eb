"""What sellers do in a quarter of a path: keep list prices, or answer them on terms that stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd

from inroads.choice import Logit
from inroads.choice.model import Array, Mask
from inroads.conduct.bargaining import LinearPrice
from inroads.errors import InputError
from inroads.scenario.chain import Chain
from inroads.scenario.industry import Industry, Pair, Terms
from inroads.scenario.market import Market

_TERMS = ["wholesale", "making", "handling", "ratio"]


@dataclass(frozen=True)
class Book:
    """What stands from one quarter to the next, by (device, channel), prices as at launch.

    terms: wholesale price, unit costs, and the price asked relative to the list price; talked: the
    pairs of maker and carrier whose terms were bargained over.
    """

    terms: pd.DataFrame
    talked: frozenset[Pair] = frozenset()


@dataclass(frozen=True)
class Traded:
    """A quarter's trade: prices and wholesale prices (J,), P (J, I); profits, links in dollars."""

    prices: Array
    wholesale: Array
    P: Array
    profits: pd.Series
    links: pd.DataFrame
    book: Book


class Sellers(Protocol):
    """Anything that sets a quarter's prices."""

    def open(self) -> Book:
        """The book at the start."""
        ...

    def trade(
        self, market: Market, quarter: int, aged: Array, before: Market, book: Book
    ) -> Traded:
        """Trade in `market`, list prices being (J,) `aged` times those at launch.

        before: the market before what was done to it in this quarter, but for its prices.
        """
        ...


@dataclass(frozen=True)
class ListPrices:
    """Nobody answers: everything is sold at its list price, and nothing is known of profits."""

    def open(self) -> Book:
        """Nothing stands."""
        return Book(pd.DataFrame(columns=_TERMS))

    def trade(
        self, market: Market, quarter: int, aged: Array, before: Market, book: Book
    ) -> Traded:
        """What consumers buy at list prices."""
        P, _ = Logit().evaluate(market.utility)
        prices = market.table["price"].to_numpy(float)
        none = pd.Series(dtype=float, name="profit")
        return Traded(prices, np.full(len(prices), np.nan), P, none, pd.DataFrame(), book)


@dataclass(frozen=True)
class ChainPrices:
    """The firms of a chain: carriers price, wholesale prices stand, new pairs bargain.

    Wholesale prices and makers' costs follow the list price of their device down and up again.
    terms: how pairs that did not trade at the start bargain, in the quarter in which they come and
    in those of `renegotiate` (over that quarter's profits); pairs that did keep their terms, also
    for new models: the mean part of the list price. making: dollars it costs to make a new device;
    by default what the maker's margin leaves of its list price in the open channel. reprice: the
    quarters in which carriers set prices (None: all of them) beside those in which pairs come; in
    others, prices keep the ratio to list that they had, at the start one. certificate: whether each
    equilibrium is proved (twice the time).
    """

    chain: Chain
    terms: Terms = field(default_factory=Terms)
    making: Mapping[str, float] = field(default_factory=dict)
    renegotiate: tuple[int, ...] = ()
    reprice: tuple[int, ...] | None = None
    certificate: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.terms.contract, LinearPrice):
            raise InputError.single(
                expected="linear wholesale prices, which can be held from quarter to quarter",
                found=type(self.terms.contract).__name__,
                where="terms",
                remedy="give Terms(contract=LinearPrice()).",
            )

    def open(self) -> Book:
        """Terms as list prices imply."""
        return Book(self.chain.costs.assign(ratio=1.0)[_TERMS])

    def trade(
        self, market: Market, quarter: int, aged: Array, before: Market, book: Book
    ) -> Traded:
        """The equilibrium of the quarter. Raises ConvergenceError where none is found."""
        names = pd.MultiIndex.from_frame(market.offers[["device", "channel"]])
        terms = self._terms(market, names, aged, book)
        scaled = terms[_TERMS[:3]].assign(
            wholesale=terms["wholesale"] * aged, making=terms["making"] * aged
        )
        industry = Chain(market, self.chain.firms, scaled).industry()
        offers = industry.offers
        pairs = list(zip(offers["maker"], offers["shop"], strict=True))
        unknown = scaled["wholesale"].isna().to_numpy() & market.table["kind"].eq("carrier")
        fresh = {pair for pair, is_new in zip(pairs, unknown, strict=True) if is_new}
        answers = self.reprice is None or quarter in self.reprice or bool(fresh)
        if not answers:
            offers = offers.assign(held=True)
        talking = fresh | (set(book.talked) if quarter in self.renegotiate else set())
        listed = market.table["price"].to_numpy(float)
        asked = listed * terms["ratio"].to_numpy()
        bargained = np.array([pair in talking for pair in pairs], dtype=bool)
        if answers:
            # Carriers' prices of new phones are looked for from what these cost to make.
            asked = np.where(unknown, scaled["making"], asked)
        some = bool(bargained.any())
        industry = replace(
            industry,
            offers=offers.assign(price=asked, bargained=bargained),
            terms=self.terms if some else None,
        )
        if some:
            industry = _unless_broken_down(industry, market, before)
        settled = industry.solve(certificate=self.certificate)
        e = settled.equilibrium
        sold_on = market.table["kind"].eq("carrier").to_numpy()
        wholesale = np.where(sold_on, e.wholesale, np.nan)
        kept = terms.assign(wholesale=wholesale / aged, ratio=e.prices / listed)
        gone = book.terms[~book.terms.index.isin(names)]
        after = pd.concat([gone, kept]) if len(gone) else kept
        held = Book(after, book.talked | fresh)
        return Traded(
            e.prices, wholesale, e.conditions.choices.P, settled.profits, settled.links, held
        )

    def _terms(self, market: Market, names: pd.MultiIndex, aged: Array, book: Book) -> pd.DataFrame:
        """Terms of a quarter's offers, as at launch; wholesale prices of new pairs not known."""
        terms = book.terms.reindex(names)
        new = ~names.isin(book.terms.index)
        if not new.any():
            return terms
        firms, table = self.chain.firms, market.table
        listed = table["price"].to_numpy(float) / aged
        maker, carrier = table["maker"], table["kind"].eq("carrier").to_numpy()
        part = _parts(market, terms["wholesale"].to_numpy() / listed)
        margin = np.array([firms.margin_of(m) for m in maker])
        known = dict(self.chain.device_costs()) | dict(self.making)
        cost = table["device"].map(known).to_numpy(float)
        cost = np.where(np.isnan(cost), (1 - margin) * (1 - firms.fee) * listed, cost)
        added = pd.DataFrame(
            {
                "wholesale": np.where(carrier, part * listed, np.nan),
                "making": cost,
                "handling": np.where(carrier, firms.handling, 0.0),
                "ratio": 1.0,
            },
            names,
        )
        return pd.concat([terms[~new], added[new]]).reindex(names)


def _parts(market: Market, part: Array) -> Array:
    """The mean part of list prices that each offer's maker and channel trade at; nan for none."""
    keys = [market.table["maker"].to_numpy(), market.table["channel"].to_numpy()]
    return np.asarray(pd.Series(part).groupby(keys).transform("mean").to_numpy(float))


def _unless_broken_down(industry: Industry, market: Market, before: Market) -> Industry:
    """Where the last of a maker's deals breaks down, its brands stay as little known as before."""
    now, then = market.consumers.awareness, before.consumers.awareness
    louder = [b for b in now if b in then and not np.allclose(now[b], then[b], rtol=0, atol=1e-15)]
    of: dict[str, set[str]] = {}
    for maker, brand in zip(market.table["maker"], market.table["brand"], strict=True):
        if brand in louder:
            of.setdefault(maker, set()).add(brand)
    carriers = set(market.channels.index[market.channels["kind"] == "carrier"])
    new: Mask = industry.offers["bargained"].to_numpy(bool)
    talkers = set(industry.offers["maker"][new]) & set(of)
    if not talkers:
        return industry
    kept: dict[frozenset[str], Array] = {}

    def weights(pairs: frozenset[Pair]) -> Array:
        silent = frozenset(talkers - {m for m, shop in pairs if shop in carriers})
        if silent not in kept:
            quiet = [brand for maker in silent for brand in of[maker]]
            awareness = now.assign(**{brand: then[brand] for brand in quiet})
            people = replace(market.consumers, awareness=awareness)
            kept[silent] = replace(market, consumers=people).weights
        return kept[silent]

    return replace(industry, weights_of=weights)
