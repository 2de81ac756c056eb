"""Period by period: who buys moves, brands become known, prices fall, new models come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.awareness_dynamics import Advertising, Law, pushes
from inroads.dynamics.launch_course import LaunchCourse, Place
from inroads.dynamics.path_start import PathStart, labelled, path_start, purchases_of
from inroads.dynamics.period_pricing import FixedListPrices, Sellers
from inroads.dynamics.population import Hazard, Population
from inroads.dynamics.record import Path, PathRecorder
from inroads.errors import refuse
from inroads.market.carried import at_list_prices, with_weights
from inroads.market.market import Market
from inroads.market.moves import Move, Withdraw


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """What happens from period to period, whoever sells.

    Parameters
    ----------
    periods : int
        How many.
    hazard : float or mapping
        The share of consumers that is in the market in a period, by home channel where it differs.
    law : Law
        How brands become known.
    decline : float
        The part of its price that a product loses a month.
    life : int
        Periods after which a successor takes a product's place in its manufacturer's line, at the
        price at which it came; 0 for never.
    ages : mapping
        Periods that a product had been on sale at the start (0 unless given; less than a life).
    moves : mapping
        Period -> what is done to the market at its start; prices in moves are those at launch.
    advertising : tuple of Advertising
        Pushes beside it.
    launch : LaunchCourse
        How products that come on the path go on.
    season : tuple of float
        Consumers in the market in each period relative to those of the market given, again and
        again; as many unless given.
    months_per_period : float
        How long a period is.
    groups : tuple of str
        Columns of cells, 1 for who belongs to a group and 0 for others, whose purchases are
        recorded apart.

    Raises
    ------
    InputError
        For numbers out of range.
    """

    periods: int
    hazard: Hazard
    law: Law = field(default_factory=Law)
    decline: float = 0.0
    life: int = 0
    ages: Mapping[str, int] = field(default_factory=dict)
    moves: Mapping[int, tuple[Move, ...]] = field(default_factory=dict)
    advertising: tuple[Advertising, ...] = ()
    launch: LaunchCourse = field(default_factory=LaunchCourse)
    season: tuple[float, ...] = ()
    months_per_period: float = 3.0
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.periods < 1:
            raise refuse(
                expected="at least 1 period",
                found=str(self.periods),
                where="settings.periods",
                remedy="correct it.",
            )
        if not self.months_per_period > 0:
            raise refuse(
                expected="months above 0",
                found=f"{self.months_per_period:g}",
                where="settings.months_per_period",
                remedy="correct it.",
            )
        if not 0 <= self.decline < 1:
            raise refuse(
                expected="a part of the price, from 0 to below 1",
                found=f"{self.decline:g}",
                where="settings.decline",
                remedy="correct it.",
            )
        if self.life < 0:
            raise refuse(
                expected="periods, 0 for no successors",
                found=str(self.life),
                where="settings.life",
                remedy="correct it.",
            )
        for product, age in self.ages.items():
            if age < 0 or (self.life and age >= self.life):
                raise refuse(
                    expected="an age from 0 to below a life",
                    found=f"{age} for {product}",
                    where="settings.ages",
                    remedy="correct it.",
                )
        if not all(factor > 0 for factor in self.season):
            raise refuse(
                expected="numbers above 0",
                found=", ".join(f"{factor:g}" for factor in self.season),
                where="settings.season",
                remedy="correct it.",
            )
        late = [q for q in self.moves if not 0 <= q < self.periods]
        if late:
            expected = f"moves in periods 0 to {self.periods - 1}"
            raise refuse(
                expected=expected,
                found=f"period {late[0]}",
                where="settings.moves",
                remedy="correct it.",
            )

    def list_price_factor(self, product: str, period: int, born: int) -> float:
        """A product's list price relative to that at which it entered the path.

        Parameters
        ----------
        product : str
            Which.
        period : int
            When.
        born : int
            The period in which it entered, 0 for those on sale at the start.

        Returns
        -------
        float
            1 at first.
        """
        young = self.ages.get(product, 0) if born == 0 else 0
        age = self.age(period, born, young)
        return float((1.0 - self.decline) ** (self.months_per_period * (age - young)))

    def age(self, period: int, born: int, young: int = 0) -> int:
        """Periods that a product of a line has been on sale.

        Parameters
        ----------
        period : int
            When.
        born : int
            The period in which its line entered the path.
        young : int
            How old it was by then.

        Returns
        -------
        int
            0 for one that is new, a successor too.
        """
        age = young + period - born
        return age % self.life if self.life else age


def simulate_path(
    market: Market,
    settings: PathSettings,
    sellers: Sellers | None = None,
    start: PathStart | None = None,
) -> Path:
    """The path of a market over periods.

    Parameters
    ----------
    market : Market
        Labelled; its consumers are those in the market in period 0.
    settings : PathSettings
        What happens.
    sellers : Sellers, optional
        Who sets prices: list prices unless given, or `EquilibriumPrices`.
    start : PathStart, optional
        `path_start` of the same market and hazard, where it is known already.

    Returns
    -------
    Path
        Sales, prices, awareness, and profits where sellers have them.

    Raises
    ------
    InputError
        For moves that make no sense when their period comes.
    ConvergenceError
        Where prices are not found.
    InroadsError
        Where stocks and flows do not agree.
    """
    seller = sellers or FixedListPrices()
    start = start or path_start(market, settings.hazard)
    shelf, population, brands = start.market, start.population, start.brands
    aware, bought = start.aware, start.bought
    on_shelves = shelves(shelf, bought, population, brands)
    background = settings.law.background(aware, on_shelves, in_use(population, brands))
    standing, present = seller.initial_terms(), dict.fromkeys(market.offers["product"], 0)
    born, still_sold, hazard = dict(present), dict[Place, float](), population.hazard
    recorder = PathRecorder(
        market=market,
        periods=settings.periods,
        months_per_period=settings.months_per_period,
        groups=settings.groups,
    )
    for period in range(settings.periods):
        if settings.season:
            factor_of_season = settings.season[period % len(settings.season)]
            population = population.with_hazard(hazard * factor_of_season)
        awareness = labelled(population, aware, brands)
        before = with_weights(shelf, population.coming_weight, awareness, population.size)
        shelf = before.after(*settings.moves.get(period, ()))
        unmoved = aware
        if shelf is not before:
            aware = _awareness_after_moves(shelf, population, brands)
        products = shelf.columns["product"]
        for product in products:
            born.setdefault(product, period)
        factors = {
            d: settings.list_price_factor(d, period, born[d]) for d in dict.fromkeys(products)
        }
        factor = np.array([factors[product] for product in products])
        priced = at_list_prices(shelf, shelf.columns["price"].astype(float) * factor)
        new = {d: settings.age(period, q) for d, q in born.items() if d not in present}
        priced = settings.launch.aged(priced, new)
        outcome = seller.price_period(priced, period, factor, before, standing=standing)
        standing = outcome.standing_terms
        bought = purchases_of(outcome.choices, population)
        after = population.moved(bought, priced.columns)
        recorder.record_sales(period, priced, outcome, population, after=after, bought=bought)
        recorder.record_awareness(population, unmoved, aware)
        on_shelves = shelves(priced, bought, population, brands)
        push = pushes(settings.advertising, period, population.homes, brands)
        aware = settings.law.next(
            aware, on_shelves, in_use(after, brands), push, background=background
        )
        still_sold = settings.launch.survival(priced, bought.sum(axis=1), new, still_sold)
        for product, channel in settings.launch.dropped(priced, still_sold):
            shelf = shelf.after(Withdraw(product, channel))
            recorder.dropped[product, channel] = period
        population = after
    return recorder.path(population, aware, brands)


def shelves(market: Market, bought: Array, population: Population, brands: list[str]) -> Array:
    """The part of purchases by members of each home channel (H, B) made where a brand is sold."""
    columns = market.columns
    channels = {c: k for k, c in enumerate(dict.fromkeys(columns["channel"]))}
    of = np.array([channels[c] for c in columns["channel"]])
    visits = np.zeros((len(channels), len(population.homes)))
    np.add.at(visits, of, population.by_home(bought))
    total = visits.sum(axis=0)
    part = np.divide(visits, total, out=np.zeros_like(visits), where=total > 0)
    sold = np.zeros((len(channels), len(brands)))
    for channel, brand in zip(of, columns["brand"], strict=True):
        if brand in brands:
            sold[channel, brands.index(brand)] = 1.0
    return np.asarray(part.T @ sold)


def in_use(population: Population, brands: list[str]) -> Array:
    """The part of the products that members of each home channel use (H, B)."""
    use, total = population.by_home(population.owned), population.by_home(population.weight)
    share = np.divide(use, total, out=np.zeros_like(use), where=total > 0)
    rows = [population.brands.index(b) if b in population.brands else -1 for b in brands]
    none = np.zeros(len(population.homes))
    shares_in_use = np.array([share[b] if b >= 0 else none for b in rows])
    return shares_in_use.reshape(len(brands), len(none)).T


def _awareness_after_moves(market: Market, population: Population, brands: list[str]) -> Array:
    """Awareness (H, B) after what was done to the market."""
    awareness = market.labelled_consumers.awareness
    new = [b for b in awareness if b not in brands]
    if new:
        expected = f"a campaign for a brand that not everybody knows ({', '.join(brands)})"
        raise refuse(
            expected=expected, found=str(new[0]), where="settings.moves", remedy="correct it."
        )
    return np.asarray(awareness.loc[list(population.homes), brands].to_numpy(float))
