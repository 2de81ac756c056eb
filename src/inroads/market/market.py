"""A market: offers, consumers, how prices come about, and who owns what. Immutable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.consideration_demand import ConsiderationDemand
from inroads.conduct.demand_systems import DemandSystem
from inroads.conduct.priced_demand import PricedDemand
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.consumers import Consumers
from inroads.market.offer_columns import Columns, firm_columns, offer_columns, offer_names
from inroads.market.offers import checked
from inroads.market.pricing import ListPrices, Pricing
from inroads.market.utility_columns import UtilityColumns, utility_at_list_prices, utility_columns

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium
    from inroads.market.moves.base import Move
    from inroads.market.vertical import FirmFacts

#: a manufacturer and the firm that sells
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, repr=False)
class Market(Displayed):
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
        `Consumers`, `PricedDemand`, or one of `conduct.demand_systems` (overlapping nests, ...).
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
    at_channels
        Labelled: (manufacturer, channel) -> utility of its offers there, beyond quality and appeal.
    weights_given_deals
        As `weights`, in a market, given which pairs of manufacturer and seller have offers: deals
        change who knows what.
    size, period
        Consumers in the market in one period, and the period's label.
    moves
        What has been done to it, by `after`.
    """

    offers: pd.DataFrame
    consumers: Consumers | PricedDemand | DemandSystem
    pricing: Pricing = field(default_factory=ListPrices)
    products: pd.DataFrame = field(default_factory=pd.DataFrame)
    channels: pd.DataFrame = field(default_factory=pd.DataFrame)
    tastes: Mapping[str, float] = field(default_factory=dict)
    firm_facts: FirmFacts | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    holdings: pd.DataFrame | None = None
    stakes: Mapping[str, Array] = field(default_factory=dict)
    at_channels: Mapping[Pair, float] = field(default_factory=dict)
    weights_given_deals: Callable[[Market, frozenset[Pair]], Array] | None = None
    size: float = 1.0
    period: str = ""
    moves: tuple[Move, ...] = ()

    def __post_init__(self) -> None:
        for name, value in checked(self).items():
            object.__setattr__(self, name, value)

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
            moved = move.apply(market)
            market = replace(moved, moves=(*market.moves, move))
            # What has been derived does not depend on how the market came about.
            market.__dict__.update({**moved.__dict__, **market.__dict__})
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
        """The distinct equilibria that a dozen starts lead to: no proof that there is no other.

        Prices that are held begin, and stay, as the offers have them.

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

    def _card(self) -> Card:
        kind = "labelled" if self.is_labelled else "arrays"
        offers, pricing = counted(len(self.offers), "offer"), type(self.pricing).__name__
        return Card(
            line=f"Market of {offers} ({kind}), {pricing}",
            table=self.offers,
            next_steps=("market.solve()", "market.after(move)", "ir.compare(before, after)"),
        )

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
            found=f"demand as arrays ({type(self.consumers).__name__})",
            where="market",
            remedy="build the market from tables.",
        )

    # Demand

    @cached_property
    def arrays(self) -> UtilityColumns:
        """A labelled market as arrays over offers (rows of `offers`) and cells of consumers."""
        return utility_columns(self.columns, self.labelled_consumers)

    @property
    def weights(self) -> Array:
        """Agents' weights (I,), labelled by cell and type (C, T), with the deals there are."""
        if self.weights_given_deals is not None:
            return self.weights_given_deals(self, self.pairs)
        if not self.is_labelled:
            return getattr(self.consumers, "weights", np.ones(1))
        return self.arrays.weights(self.tastes.get("credit", 0.0))

    @cached_property
    def demand(self) -> PricedDemand | ConsiderationDemand | DemandSystem:
        """Demand at any prices: utility is linear in price, around list prices where labelled."""
        return conduct_arrays.demand_of(self)

    @cached_property
    def columns(self) -> Columns:
        """Offers with the columns of their products and channels, as arrays (J,) by name."""
        return offer_columns(self)

    @cached_property
    def table(self) -> pd.DataFrame:
        """`columns` as a table."""
        return pd.DataFrame(self.columns) if self.is_labelled else self.offers

    @property
    def utility(self) -> Array:
        """u (J, C) of a labelled market at list prices, for those who know all brands."""
        return utility_at_list_prices(self.columns, self.arrays, self.tastes)

    # Firms

    @cached_property
    def firm_columns(self) -> Columns:
        """The firms' side of offers, arrays (J,) by name: firms, the price to begin from, wholesale
        price, costs, taxes, and what is fixed or negotiated (`offers.FIRM_COLUMNS`)."""
        return firm_columns(self) if self.is_labelled else self.columns

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """`firm_columns` as a table, a row an offer."""
        return (
            pd.DataFrame(self.firm_columns, self.offer_names) if self.is_labelled else self.offers
        )

    @cached_property
    def offer_names(self) -> pd.Index:
        """What offers are called: (product, channel) where labelled."""
        return offer_names(self)

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
        return np.asarray(self.firm_columns[name], dtype=float)

    def owner(self, side: str) -> np.ndarray:
        """The owner of each offer's firm.

        Parameters
        ----------
        side : {"manufacturer", "seller"}
            Which firm.

        Returns
        -------
        (J,) array
            By offer.
        """
        owners = [self.owners.get(firm, firm) for firm in self.firm_columns[side]]
        array = np.empty(len(owners), dtype=object)
        array[:] = owners
        return array

    @cached_property
    def firms(self) -> list[str]:
        """Owners, in the order of `Stakes`' first axis: sellers first, then manufacturers."""
        return list(dict.fromkeys([*self.owner("seller"), *self.owner("manufacturer")]))

    @property
    def pairs(self) -> frozenset[Pair]:
        """Manufacturers and sellers that have offers together."""
        sides = (self.firm_columns[side] for side in ("manufacturer", "seller"))
        return frozenset(zip(*sides, strict=True))
