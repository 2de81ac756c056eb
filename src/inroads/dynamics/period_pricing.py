"""What sellers do in a period of a path: keep list prices, or answer them on terms that stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.conduct.bargaining import LinearPrice
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.errors import refuse
from inroads.market.market import Market, Pair
from inroads.market.pricing import BargainingTerms, Vertical
from inroads.market.vertical import FirmFacts, with_terms

_TERMS = ["wholesale", "production_cost", "retail_cost", "ratio"]


@dataclass(frozen=True)
class StandingTerms:
    """What stands from one period to the next, by (product, channel), prices as at launch.

    terms: wholesale price, unit costs, and the price asked relative to the list price; talked: the
    pairs of manufacturer and channel whose terms were bargained over.
    """

    terms: pd.DataFrame
    talked: frozenset[Pair] = frozenset()


@dataclass(frozen=True, kw_only=True)
class PeriodOutcome:
    """A period's trade: prices and wholesale prices (J,), choices; profits, links in dollars."""

    prices: Array
    wholesale: Array
    choices: ConsiderationAtPrices
    profits: pd.Series
    links: pd.DataFrame
    standing_terms: StandingTerms


class Sellers(Protocol):
    """Anything that sets a period's prices."""

    def initial_terms(self) -> StandingTerms:
        """The terms that stand before the first period.

        Returns
        -------
        StandingTerms
            By offer.
        """
        ...

    def price_period(
        self,
        market: Market,
        period: int,
        list_price_factor: Array,
        before: Market,
        *,
        standing: StandingTerms,
    ) -> PeriodOutcome:
        """What is sold in a period, at which prices and terms.

        Parameters
        ----------
        market : Market
            At list prices of the period.
        period : int
            Which.
        list_price_factor : (J,) array
            List prices relative to those at launch.
        before : Market
            Before the period's moves.
        standing : StandingTerms
            Those of the period before.

        Returns
        -------
        PeriodOutcome
            Prices, choice probabilities, profits, and the terms that stand after it.

        Raises
        ------
        ConvergenceError
            Where no equilibrium is found.
        """
        ...


@dataclass(frozen=True)
class FixedListPrices:
    """Nobody answers: everything is sold at its list price, and nothing is known of profits."""

    def choices(self, market: Market) -> ConsiderationAtPrices:
        """What consumers choose at list prices."""
        return _by_cell(market.demand.at_prices(market.table["price"].to_numpy(float)))

    def initial_terms(self) -> StandingTerms:
        """Nothing stands."""
        return StandingTerms(pd.DataFrame(columns=_TERMS))

    def price_period(
        self,
        market: Market,
        period: int,
        list_price_factor: Array,
        before: Market,
        *,
        standing: StandingTerms,
    ) -> PeriodOutcome:
        """What consumers buy at list prices."""
        prices = market.table["price"].to_numpy(float)
        none = pd.Series(dtype=float, name="profit")
        return PeriodOutcome(
            prices=prices,
            wholesale=np.full(len(prices), np.nan),
            choices=self.choices(market),
            profits=none,
            links=pd.DataFrame(),
            standing_terms=standing,
        )


@dataclass(frozen=True, kw_only=True)
class EquilibriumPrices:
    """Firms respond: channels price, wholesale prices stand, new pairs bargain.

    Wholesale prices and production costs follow the list price of their product down and up again.

    Parameters
    ----------
    market : Market
        With its firms (`Market.with_firms`), at the terms from which the path starts.
    terms : BargainingTerms
        How pairs that did not trade at the start bargain, in the period in which they come and in
        those of `renegotiate` (over that period's profits); pairs that did keep their terms, also
        for new models: the mean share of the list price.
    production_cost : mapping
        Dollars it costs to make a new product; by default what the manufacturer's margin leaves of
        its list price in the open channel.
    renegotiate : tuple of int
        Periods in which they bargain again.
    reprice : tuple of int, optional
        The periods in which channels set prices (all unless given) beside those in which pairs
        come; in others, prices keep the ratio to list that they had, at the start one.
    certificate : bool
        Whether each equilibrium is proved (twice the time).

    Raises
    ------
    InputError
        For contracts other than linear prices, and a market without its firms.
    """

    market: Market
    terms: BargainingTerms = field(default_factory=BargainingTerms)
    production_cost: Mapping[str, float] = field(default_factory=dict)
    renegotiate: tuple[int, ...] = ()
    reprice: tuple[int, ...] | None = None
    certificate: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.terms.contract, LinearPrice):
            raise refuse(
                expected="linear wholesale prices, which can be held from period to period",
                found=type(self.terms.contract).__name__,
                where="terms",
                remedy="give BargainingTerms(contract=LinearPrice()).",
            )
        if self.market.firm_facts is None:
            raise refuse(
                expected="a market with its firms",
                found="none: nothing is known of costs and terms",
                where="market",
                remedy="give market.with_firms(FirmFacts(...)).",
            )

    @property
    def facts(self) -> FirmFacts:
        """What is known of the firms."""
        assert self.market.firm_facts is not None
        return self.market.firm_facts

    def initial_terms(self) -> StandingTerms:
        """Terms as list prices imply."""
        return StandingTerms(self.market.contracts.assign(ratio=1.0)[_TERMS])

    def price_period(
        self,
        market: Market,
        period: int,
        list_price_factor: Array,
        before: Market,
        *,
        standing: StandingTerms,
    ) -> PeriodOutcome:
        """The equilibrium of the period. Raises ConvergenceError where none is found."""
        names = pd.MultiIndex.from_frame(market.offers[["product", "channel"]])
        terms = self._terms(market, names, list_price_factor, standing)
        wholesale = terms["wholesale"].to_numpy() * list_price_factor
        production_cost = terms["production_cost"].to_numpy() * list_price_factor
        has_members = market.table["has_members"].to_numpy()
        manufacturers = market.table["manufacturer"]
        sellers = market.table["channel"].where(has_members, manufacturers)
        pairs = list(zip(manufacturers, sellers, strict=True))
        unknown = np.isnan(wholesale) & has_members
        fresh = {pair for pair, is_new in zip(pairs, unknown, strict=True) if is_new}
        answers = self.reprice is None or period in self.reprice or bool(fresh)
        bargaining = fresh | (set(standing.talked) if period in self.renegotiate else set())
        negotiated = np.array([pair in bargaining for pair in pairs], dtype=bool)
        listed = market.table["price"].to_numpy(float)
        start = listed * terms["ratio"].to_numpy()
        if answers:
            # Channels' prices of what is new are looked for from what it costs to make.
            start = np.where(unknown, production_cost, start)
        columns = {
            "wholesale": wholesale,
            "production_cost": production_cost,
            "retail_cost": terms["retail_cost"].to_numpy(),
            "start": start,
            "negotiated": negotiated,
            "price_fixed": np.ones(len(names), dtype=bool) if not answers else ~has_members,
        }
        priced = with_terms(market, self.facts, columns)
        if negotiated.any():
            priced = replace(priced, pricing=Vertical(self.terms))
            priced = _unless_broken_down(priced, market, before)
        solved = priced.solve(certificate=self.certificate)
        state = solved.arrays
        wholesale = np.where(has_members, state.wholesale, np.nan)
        renewed = terms.assign(wholesale=wholesale / list_price_factor, ratio=state.prices / listed)
        gone = standing.terms[~standing.terms.index.isin(names)]
        after = pd.concat([gone, renewed]) if len(gone) else renewed
        return PeriodOutcome(
            prices=state.prices,
            wholesale=wholesale,
            choices=_by_cell(solved.choices),
            profits=solved.profits,
            links=solved.links,
            standing_terms=StandingTerms(after, standing.talked | fresh),
        )

    def _terms(
        self,
        market: Market,
        names: pd.MultiIndex,
        list_price_factor: Array,
        standing: StandingTerms,
    ) -> pd.DataFrame:
        """Terms of a period's offers, as at launch; wholesale prices of new pairs not known."""
        terms = standing.terms.reindex(names)
        new = ~names.isin(standing.terms.index)
        if not new.any():
            return terms
        facts, table = self.facts, market.table
        listed = table["price"].to_numpy(float) / list_price_factor
        has_members = table["has_members"].to_numpy()
        share = _mean_by_pair(market, terms["wholesale"].to_numpy() / listed)
        margin = np.array([facts.margin_of(m) for m in table["manufacturer"]])
        costs = self.market.products["production_cost"].dropna().to_dict() | dict(
            self.production_cost
        )
        cost = table["product"].map(costs).to_numpy(float)
        cost = np.where(np.isnan(cost), (1 - margin) * (1 - facts.open_channel_cut) * listed, cost)
        added = pd.DataFrame(
            {
                "wholesale": np.where(has_members, share * listed, np.nan),
                "production_cost": cost,
                "retail_cost": np.where(has_members, facts.retail_cost, 0.0),
                "ratio": 1.0,
            },
            names,
        )
        return pd.concat([terms[~new], added[new]]).reindex(names)


def _by_cell(choices: DemandAtPrices | ConsiderationAtPrices) -> ConsiderationAtPrices:
    assert isinstance(choices, ConsiderationAtPrices)  # the market is labelled
    return choices


def _mean_by_pair(market: Market, share: Array) -> Array:
    """The mean share of list prices that each offer's manufacturer and channel trade at; nan for
    none."""
    keys = [market.table["manufacturer"].to_numpy(), market.table["channel"].to_numpy()]
    return np.asarray(pd.Series(share).groupby(keys).transform("mean").to_numpy(float))


def _unless_broken_down(priced: Market, market: Market, before: Market) -> Market:
    """Where the last of a manufacturer's deals breaks down, its brands stay as little known as
    before."""
    after_moves = market.labelled_consumers.awareness
    earlier = before.labelled_consumers.awareness
    louder = [
        b
        for b in after_moves
        if b in earlier and not np.allclose(after_moves[b], earlier[b], rtol=0, atol=1e-15)
    ]
    brands: dict[str, set[str]] = {}
    for manufacturer, brand in zip(
        market.table["manufacturer"], market.table["brand"], strict=True
    ):
        if brand in louder:
            brands.setdefault(manufacturer, set()).add(brand)
    with_members = set(market.channels.index[market.channels["has_members"]])
    negotiated: Mask = priced.contracts["negotiated"].to_numpy(bool)
    campaigners = set(priced.contracts["manufacturer"][negotiated]) & set(brands)
    if not campaigners:
        return priced
    weights_of: dict[frozenset[str], Array] = {}

    def weights(_: Market, pairs: frozenset[Pair]) -> Array:
        silent = frozenset(campaigners - {m for m, seller in pairs if seller in with_members})
        if silent not in weights_of:
            quiet = [brand for manufacturer in silent for brand in brands[manufacturer]]
            awareness = after_moves.assign(**{brand: earlier[brand] for brand in quiet})
            consumers = replace(market.labelled_consumers, awareness=awareness)
            weights_of[silent] = replace(market, consumers=consumers).weights
        return weights_of[silent]

    return replace(priced, weights_given_deals=weights)
