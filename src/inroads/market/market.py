"""A market: offers, consumers, how prices come about, and who owns what. Immutable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.consideration_demand import ConsiderationDemand
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.consumers import Consumers
from inroads.market.offers import check_offers, label_firms, labelled_contracts
from inroads.market.pricing import ListPrices, Pricing
from inroads.market.utility_columns import (
    DOLLARS,
    UtilityColumns,
    utility_at_list_prices,
    utility_columns,
)

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium
    from inroads.market.moves.base import Move
    from inroads.market.vertical import FirmFacts

#: a manufacturer and the firm that sells
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Market:
    """Offers, the consumers who choose among them, and how prices come about.

    A market is either *labelled*, its consumers being `Consumers` whose utility is made of columns
    of offers, products and channels, or given as *arrays*, its consumers being a `PricedDemand`
    over the same offers, as an estimate gives it.

    Parameters
    ----------
    offers
        A row an offer. Of arrays, the index naming it: manufacturer, channel, price. Labelled:
        product, channel, price, months, down, limit, standards, extra (utility). Both may have what
        firms need, see `offers.FIRM_COLUMNS`: seller, start, wholesale, production_cost,
        retail_cost, retail_share, channel_pays, manufacturer_receives, capacity, price_fixed,
        negotiated. Money is in the unit of prices.
    consumers
        `Consumers` or `PricedDemand`.
    pricing
        `ListPrices()`, `Bertrand()` or `Vertical(BargainingTerms(...))`.
    products, channels
        Of a labelled market. products: index product; manufacturer, brand, platform, tier,
        standards ("a+b": what it is compatible with), price (the list price at which it would be
        launched), quality (utility; NaN where unknown), and, where firms respond, production_cost.
        channels: index channel; has_members (bool; others are open: manufacturers sell there
        themselves, at list prices), standard, months, down, limit, appeal (utility).
    tastes
        Of a labelled market: money (utility per 100 dollars at the reference income), inertia,
        platform, brand (utility), credit (share of the strained who may pay later).
    firm_facts
        What is known of the firms behind a labelled market; see `with_firms`.
    owners
        Firm -> owner, for firms that another owns.
    holdings
        Rows are holders, columns owners: the share of each owner's profit that the holder counts as
        its own (one on the diagonal, zero unless given).
    stakes
        Of arrays: what a firm earns besides, (J, I) by agent.
    weights_given_deals
        Agents' weights (I,) in a market, by cell and type (C, T) in a labelled one, given which
        pairs of manufacturer and seller have offers, where deals change who knows what.
    size, period
        Consumers in the market in one period, and the period's label.
    moves
        What has been done to it, by `after`.
    """

    offers: pd.DataFrame
    consumers: Consumers | PricedDemand
    pricing: Pricing = field(default_factory=ListPrices)
    products: pd.DataFrame = field(default_factory=pd.DataFrame)
    channels: pd.DataFrame = field(default_factory=pd.DataFrame)
    tastes: Mapping[str, float] = field(default_factory=dict)
    firm_facts: FirmFacts | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    holdings: pd.DataFrame | None = None
    stakes: Mapping[str, Array] = field(default_factory=dict)
    weights_given_deals: Callable[[Market, frozenset[Pair]], Array] | None = None
    size: float = 1.0
    period: str = ""
    moves: tuple[Move, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.consumers, PricedDemand):
            object.__setattr__(self, "offers", check_offers(self.offers, self.consumers))
            for name in ("owners", "stakes"):
                values = label_firms(name, getattr(self, name), self.offers)
                object.__setattr__(self, name, values)
        if not isinstance(self.size, Real) or not 0 < self.size < np.inf:
            raise refuse(
                expected="a number of consumers above 0",
                found=str(self.size),
                where="size",
                remedy="leave it at 1 for money per consumer.",
            )

    # What is done with a market

    def after(self, *moves: Move) -> Market:
        """The market after moves, one after the other.

        Parameters
        ----------
        *moves : Move
            `Launch`, `Deal`, `Merge`, ...

        Returns
        -------
        Market
            Another; this one stays as it is.

        Raises
        ------
        InputError
            Where a move names what does not exist, makes no difference, or has no meaning in this
            kind of market.
        """
        market = self
        for move in moves:
            market = replace(move.apply(market), moves=(*market.moves, move))
        return market

    def solve(self, *, certificate: bool = True, throw: bool = True) -> Equilibrium:
        """Who buys what, at which prices and terms.

        Parameters
        ----------
        certificate : bool
            Whether the equilibrium is proved: residuals, curvature, and a search for deviations
            that pay.
        throw : bool
            Whether a failure is an error; else the result says so.

        Returns
        -------
        Equilibrium
            The solved market.

        Raises
        ------
        ConvergenceError
            Where there is no equilibrium, or its certificate fails.
        """
        from inroads.market.equilibrium import Equilibrium

        return Equilibrium(self, self.pricing.solve(self, certificate, throw))

    def equilibria(self) -> tuple[list[Equilibrium], int]:
        """The distinct equilibria that a dozen starts lead to.

        Prices that are held begin, and stay, as the offers have them. That one is found is no proof
        that there is no other.

        Returns
        -------
        equilibria : list of Equilibrium
            Cheapest first.
        failed : int
            How many starts led to none.
        """
        from inroads.market.comparison import equilibria

        return equilibria(self)

    def with_firms(self, facts: FirmFacts) -> Market:
        """The labelled market with its firms, which then set prices (Bertrand).

        Wholesale prices are those at which channels' list prices are best answers, manufacturers'
        costs follow from their margins.

        Parameters
        ----------
        facts : FirmFacts
            What is known of the firms.

        Returns
        -------
        Market
            With costs and terms.
        """
        from inroads.market.vertical import implied_vertical_market

        return implied_vertical_market(self, facts)

    def with_implied_costs(self, *, below_zero: bool = False) -> Market:
        """The same with unit costs at which its prices, and its terms, are an equilibrium.

        Sellers' costs follow from retail prices; manufacturers' also, where terms are bargained
        over simultaneously and linearly; otherwise `production_cost` is taken as known.

        Parameters
        ----------
        below_zero : bool
            Whether costs may be below zero (a seller's may: what it earns besides can be worth more
            than its retail costs).

        Returns
        -------
        Market
            With retail_cost and production_cost.

        Raises
        ------
        InputError
            Where firms set no prices, and where a cost comes out below zero.
        """
        return conduct_arrays.with_implied_costs(self, below_zero=below_zero)

    # Kinds of markets

    @property
    def is_labelled(self) -> bool:
        """Whether consumers are labelled."""
        return isinstance(self.consumers, Consumers)

    @property
    def has_firms(self) -> bool:
        """Whether firms set prices."""
        return not isinstance(self.pricing, ListPrices)

    @property
    def labelled_consumers(self) -> Consumers:
        """The consumers of a labelled market; refused where demand is given as arrays."""
        if isinstance(self.consumers, Consumers):
            return self.consumers
        raise refuse(
            expected="labelled consumers",
            found="demand as arrays (PricedDemand)",
            where="market",
            remedy="build the market from tables.",
        )

    # Demand

    @cached_property
    def arrays(self) -> UtilityColumns:
        """A labelled market as arrays over offers (rows of `offers`) and cells of consumers."""
        return utility_columns(self.table, self.labelled_consumers)

    @property
    def weights(self) -> Array:
        """Agents' weights (I,), of a labelled market by cell and type (C, T), with the deals there
        are."""
        if self.weights_given_deals is not None:
            return self.weights_given_deals(self, self.pairs)
        if isinstance(self.consumers, PricedDemand):
            return self.consumers.weights
        return self.arrays.weights(self.tastes.get("credit", 0.0))

    @property
    def alpha(self) -> Array:
        """Marginal utility of a dollar paid now by cell (C,), of a labelled market."""
        return np.asarray(self.tastes["money"] * self.arrays.money / DOLLARS)

    @cached_property
    def demand(self) -> PricedDemand | ConsiderationDemand:
        """Demand at any prices: utility is linear in price, around list prices where labelled."""
        if isinstance(self.consumers, PricedDemand):
            return replace(self.consumers, weights=self.weights)
        return conduct_arrays.demand_around_list_prices(self)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Offers with the columns of their products and channels."""
        if not self.is_labelled:
            return self.offers
        product = self.products.index.get_indexer(self.offers["product"])
        channel = self.channels.index.get_indexer(self.offers["channel"])
        columns = {c: self.offers[c].to_numpy() for c in self.offers}
        for name in ("manufacturer", "brand", "platform", "tier", "quality"):
            columns[name] = self.products[name].to_numpy()[product]
        for name in ("has_members", "standard", "appeal"):
            columns[name] = self.channels[name].to_numpy()[channel]
        return pd.DataFrame(columns)

    @property
    def utility(self) -> Array:
        """u (J, C) of a labelled market at list prices, for those who know the brand and like it as
        everyone does."""
        return utility_at_list_prices(self.table, self.arrays, self.tastes)

    # Firms

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """A row an offer: its firms, the price to begin from, wholesale price, costs, taxes, and
        what is fixed or negotiated, with every one of `offers.FIRM_COLUMNS`."""
        if not self.is_labelled:
            return self.offers
        return labelled_contracts(self.table, self.firm_facts)

    def column(self, name: str) -> Array:
        """A column of numbers of `contracts`.

        Parameters
        ----------
        name : str
            "price", "wholesale", "retail_cost", ...

        Returns
        -------
        (J,) array
            By offer.
        """
        return np.asarray(self.contracts[name].to_numpy(float))

    def owner(self, side: str) -> pd.Series:
        """The owner of each offer's firm.

        Parameters
        ----------
        side : {"manufacturer", "seller"}
            Which firm.

        Returns
        -------
        Series
            By offer.
        """
        return self.contracts[side].map(lambda firm: self.owners.get(firm, firm))

    @cached_property
    def firms(self) -> list[str]:
        """Owners, in the order of `Stakes`' first axis: sellers first, then manufacturers."""
        return list(dict.fromkeys([*self.owner("seller"), *self.owner("manufacturer")]))

    @property
    def pairs(self) -> frozenset[Pair]:
        """Manufacturers and sellers that have offers together."""
        contracts = self.contracts
        return frozenset(zip(contracts["manufacturer"], contracts["seller"], strict=True))
