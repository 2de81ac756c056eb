"""What sellers do in a period of a path: keep list prices, or answer them on terms that stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bargaining import LinearPrice
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.conduct.demand_systems import SystemAtPrices
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.dynamics.deal_awareness import weights_given_deals
from inroads.errors import refuse
from inroads.market.carried import carrying
from inroads.market.market import Market, Pair
from inroads.market.pricing import BargainingTerms, Vertical
from inroads.market.vertical import FirmFacts, at_terms

#: product and channel
Offer = tuple[str, str]


class OfferTerms(NamedTuple):
    """What an offer is sold on, prices as at launch: wholesale price, unit costs, and the price
    asked relative to the list price."""

    wholesale: float
    production_cost: float
    retail_cost: float
    ratio: float = 1.0


@dataclass(frozen=True)
class StandingTerms:
    """What stands from one period to the next.

    terms: by offer; talked: the pairs of manufacturer and channel whose terms were bargained over.
    """

    terms: Mapping[Offer, OfferTerms]
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
        choices = market.demand.at_prices(market.columns["price"].astype(float))
        assert not isinstance(choices, SystemAtPrices)
        return _by_cell(choices)

    def initial_terms(self) -> StandingTerms:
        """Nothing stands."""
        return StandingTerms({})

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
        prices = market.columns["price"].astype(float)
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
        names = ("wholesale", "production_cost", "retail_cost")
        rows = zip(*(self.market.column(name).tolist() for name in names), strict=True)
        return StandingTerms(
            {
                offer: OfferTerms(wholesale=w, production_cost=c, retail_cost=k)
                for offer, (w, c, k) in zip(_offers(self.market), rows, strict=True)
            }
        )

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
        terms = self._terms(market, list_price_factor, standing)
        wholesale = np.array([t.wholesale for t in terms]) * list_price_factor
        production_cost = np.array([t.production_cost for t in terms]) * list_price_factor
        # What is given off falls with list prices, what selling costs besides does not.
        handling = self.facts.retail_cost
        given_off = np.array([t.retail_cost for t in terms]) - handling
        selling = handling + given_off * list_price_factor
        columns = market.columns
        has_members = columns["has_members"].astype(bool)
        sellers = np.where(has_members, columns["channel"], columns["manufacturer"])
        pairs = list(zip(columns["manufacturer"], sellers, strict=True))
        unknown = np.isnan(wholesale) & has_members
        fresh = {pair for pair, is_new in zip(pairs, unknown, strict=True) if is_new}
        answers = self.reprice is None or period in self.reprice or bool(fresh)
        bargaining = fresh | (set(standing.talked) if period in self.renegotiate else set())
        negotiated = np.array([pair in bargaining for pair in pairs], dtype=bool)
        listed = columns["price"].astype(float)
        start = listed * np.array([t.ratio for t in terms])
        if answers:
            # Channels' prices of what is new are looked for from what it costs to make.
            start = np.where(unknown, production_cost, start)
        firms = {
            "wholesale": wholesale,
            "production_cost": production_cost,
            "retail_cost": np.where(has_members, selling, 0.0),
            "start": start,
            "negotiated": negotiated,
            "price_fixed": np.ones(len(terms), dtype=bool) if not answers else ~has_members,
        }
        priced = at_terms(market, self.facts, firms)
        if negotiated.any():
            bargained = replace(
                priced,
                pricing=Vertical(self.terms),
                weights_given_deals=weights_given_deals(priced, before),
            )
            priced = carrying(bargained, columns=priced.columns, arrays=priced.arrays)
        solved = priced.solve(certificate=self.certificate)
        state = solved.arrays
        wholesale = np.where(has_members, state.wholesale, np.nan)
        renewed = {
            offer: OfferTerms(
                wholesale=w,
                production_cost=t.production_cost,
                retail_cost=t.retail_cost,
                ratio=ratio,
            )
            for offer, t, w, ratio in zip(
                _offers(market),
                terms,
                (wholesale / list_price_factor).tolist(),
                (state.prices / listed).tolist(),
                strict=True,
            )
        }
        choices = solved.choices
        assert not isinstance(choices, SystemAtPrices)
        return PeriodOutcome(
            prices=state.prices,
            wholesale=wholesale,
            choices=_by_cell(choices),
            profits=solved.profits,
            links=solved.links if negotiated.any() else pd.DataFrame(),
            standing_terms=StandingTerms({**standing.terms, **renewed}, standing.talked | fresh),
        )

    def _terms(
        self, market: Market, list_price_factor: Array, standing: StandingTerms
    ) -> list[OfferTerms]:
        """Terms of a period's offers, as at launch; wholesale prices of new pairs not known."""
        stand = [standing.terms.get(offer) for offer in _offers(market)]
        if all(terms is not None for terms in stand):
            return [terms for terms in stand if terms is not None]
        facts, columns = self.facts, market.columns
        listed = columns["price"].astype(float) / list_price_factor
        firms = list(zip(columns["manufacturer"], columns["channel"], strict=True))
        costs = self.market.products["production_cost"].dropna().to_dict() | dict(
            self.production_cost
        )

        def new_terms(j: int) -> OfferTerms:
            shares = [
                t.wholesale / price
                for t, pair, price in zip(stand, firms, listed, strict=True)
                if t is not None and pair == firms[j] and not np.isnan(t.wholesale)
            ]
            manufacturer = columns["manufacturer"][j]
            received = (1 - facts.open_channel_cut) * listed[j]
            cost = costs.get(columns["product"][j], (1 - facts.margin_of(manufacturer)) * received)
            if not columns["has_members"][j]:
                return OfferTerms(wholesale=np.nan, production_cost=cost, retail_cost=0.0)
            # What the pair has agreed on for its other products, relative to their list prices.
            share = float(np.mean(shares)) if shares else np.nan
            return OfferTerms(
                wholesale=share * listed[j],
                production_cost=cost,
                retail_cost=facts.selling_cost(columns["channel"][j], listed[j]),
            )

        return [new_terms(j) if terms is None else terms for j, terms in enumerate(stand)]


def _offers(market: Market) -> list[Offer]:
    columns = market.columns
    return list(zip(columns["product"], columns["channel"], strict=True))


def _by_cell(choices: DemandAtPrices | ConsiderationAtPrices) -> ConsiderationAtPrices:
    assert isinstance(choices, ConsiderationAtPrices)  # the market is labelled
    return choices
