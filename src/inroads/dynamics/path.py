"""Quarter by quarter: who buys moves, brands become known, prices fall, new models come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.dynamics.awareness_dynamics import Advertising, Law, pushes
from inroads.dynamics.population import Hazard, Population, population
from inroads.dynamics.quarterly_pricing import FixedListPrices, Sellers
from inroads.dynamics.record import Keeper, Path
from inroads.errors import InputError
from inroads.market.market import Market
from inroads.market.moves import Move
from inroads.market.pricing import ListPrices

MONTHS = 3


@dataclass(frozen=True)
class Plan:
    """What happens from quarter to quarter, whoever sells.

    quarters: how many. hazard: the share of consumers that is in the market in a quarter, by home
    carrier where it differs. law: how brands become known. decline: the part of its price that a
    phone loses a month. life: quarters after which a successor takes a phone's place in its maker's
    line, at the price at which it came; 0 for never. ages: quarters that a phone had been on sale
    at the start (0 unless given; less than a life). moves: what is done to the market at the start
    of a quarter; prices in moves are those at launch. advertising: pushes beside it.
    """

    quarters: int
    hazard: Hazard
    law: Law = field(default_factory=Law)
    decline: float = 0.0
    life: int = 0
    ages: Mapping[str, int] = field(default_factory=dict)
    moves: Mapping[int, tuple[Move, ...]] = field(default_factory=dict)
    advertising: tuple[Advertising, ...] = ()

    def __post_init__(self) -> None:
        if self.quarters < 1:
            raise _refused("at least 1 quarter", str(self.quarters), "plan.quarters")
        if not 0 <= self.decline < 1:
            raise _refused(
                "a part of the price, from 0 to below 1", f"{self.decline:g}", "plan.decline"
            )
        if self.life < 0:
            raise _refused("quarters, 0 for no successors", str(self.life), "plan.life")
        for device, age in self.ages.items():
            if age < 0 or (self.life and age >= self.life):
                raise _refused("an age from 0 to below a life", f"{age} for {device}", "plan.ages")
        late = [q for q in self.moves if not 0 <= q < self.quarters]
        if late:
            expected = f"moves in quarters 0 to {self.quarters - 1}"
            raise _refused(expected, f"quarter {late[0]}", "plan.moves")

    def aged(self, device: str, quarter: int, born: int) -> float:
        """A device's list price relative to that at which it entered the path, in quarter `born`
        (0 for those on sale at the start)."""
        young = self.ages.get(device, 0) if born == 0 else 0
        age = young + quarter - born
        if self.life:
            age %= self.life
        return float((1.0 - self.decline) ** (MONTHS * (age - young)))


def follow(market: Market, plan: Plan, sellers: Sellers | None = None) -> Path:
    """The path of a market, whose consumers are those in the market in quarter 0.

    sellers: list prices unless given. Raises InputError for moves that make no sense when their
    quarter comes, ConvergenceError where prices are not found, InroadsError where stocks and flows
    do not agree.
    """
    seller = sellers or FixedListPrices()
    market = replace(market, pricing=ListPrices())
    people = population(market, plan.hazard)
    brands = [str(b) for b in market.labelled_consumers.awareness]
    aware_frame = market.labelled_consumers.awareness.reindex(list(people.homes)).fillna(1.0)
    aware = aware_frame.to_numpy(float).copy()
    start = _with(market, people, aware, brands)
    on_shelves = shelves(start, _bought(start, start.solve().P, people), people, brands)
    background = plan.law.background(aware, on_shelves, in_use(people, brands))
    shelf, book, born = start, seller.open(), dict.fromkeys(market.offers["device"], 0)
    keeper = Keeper(market, plan.quarters)
    for quarter in range(plan.quarters):
        before = _with(shelf, people, aware, brands)
        shelf = before.after(*plan.moves.get(quarter, ()))
        unmoved, aware = aware, _known(shelf, people, brands)
        for device in shelf.offers["device"]:
            born.setdefault(device, quarter)
        ages = {d: plan.aged(d, quarter, born[d]) for d in dict.fromkeys(shelf.offers["device"])}
        aged = shelf.offers["device"].map(ages).to_numpy(float)
        offers = shelf.offers.assign(price=shelf.offers["price"].to_numpy(float) * aged)
        priced = replace(shelf, offers=offers)
        trade = seller.trade(priced, quarter, aged, before, book)
        book = trade.book
        bought = _bought(priced, trade.P, people)
        after = people.moved(bought, priced.table)
        keeper.keep(quarter, priced, trade, people, after, bought)
        keeper.hear(quarter, people, unmoved, aware, brands)
        on_shelves = shelves(priced, bought, people, brands)
        push = pushes(plan.advertising, quarter, people.homes, brands)
        aware = plan.law.next(aware, on_shelves, in_use(after, brands), push, background)
        people = after
    return keeper.path(people, aware, brands)


def shelves(market: Market, bought: Array, people: Population, brands: list[str]) -> Array:
    """The part of purchases by customers of each home carrier (H, B) made where a brand is sold."""
    table = market.table
    channels = list(dict.fromkeys(table["channel"]))
    of = pd.Index(channels).get_indexer(table["channel"])
    visits = np.zeros((len(channels), len(people.homes)))
    np.add.at(visits, of, people.by_home(bought))
    total = visits.sum(axis=0)
    part = np.divide(visits, total, out=np.zeros_like(visits), where=total > 0)
    sold = np.zeros((len(channels), len(brands)))
    for channel, brand in zip(of, table["brand"], strict=True):
        if brand in brands:
            sold[channel, brands.index(brand)] = 1.0
    return np.asarray(part.T @ sold)


def in_use(people: Population, brands: list[str]) -> Array:
    """The part of the phones that customers of each home carrier use (H, B)."""
    use, total = people.by_home(people.owned), people.by_home(people.weight)
    share = np.divide(use, total, out=np.zeros_like(use), where=total > 0)
    rows = [people.brands.index(b) if b in people.brands else -1 for b in brands]
    none = np.zeros(len(people.homes))
    shares_in_use = np.array([share[b] if b >= 0 else none for b in rows])
    return shares_in_use.reshape(len(brands), len(none)).T


def _bought(market: Market, P: Array, people: Population) -> Array:
    """Purchases (J, C) by cell, as shares of all consumers."""
    purchases = (P * market.weights).reshape(len(P), len(people.weight), -1).sum(axis=-1)
    return np.asarray(purchases * (people.size / people.number))


def _with(market: Market, people: Population, aware: Array, brands: list[str]) -> Market:
    """A market with the consumers that are in it now."""
    index = pd.Index(people.homes, name="home")
    awareness = pd.DataFrame(aware, index, columns=pd.Index(brands, dtype=object))
    consumers = replace(market.labelled_consumers, cells=people.in_market(), awareness=awareness)
    return replace(market, consumers=consumers, size=people.size)


def _known(market: Market, people: Population, brands: list[str]) -> Array:
    """Awareness (H, B) after what was done to the market."""
    awareness = market.labelled_consumers.awareness
    new = [b for b in awareness if b not in brands]
    if new:
        expected = f"a campaign for a brand that not everybody knows ({', '.join(brands)})"
        raise _refused(expected, str(new[0]), "plan.moves")
    return np.asarray(awareness.loc[list(people.homes), brands].to_numpy(float))


def _refused(expected: str, found: str, where: str) -> InputError:
    return InputError.single(expected=expected, found=found, where=where, remedy="correct it.")
