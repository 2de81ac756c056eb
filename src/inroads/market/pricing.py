"""How prices come about: a field of a market, and the solver that goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bargaining import Contract, DisagreementOver, LinearPrice, Timing
from inroads.conduct.capacity import solve_with_capacity
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.conduct.demand_systems import SystemAtPrices
from inroads.conduct.equilibrium import PriceEquilibrium, explain_failure, solve
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.errors import ConvergenceError, one_of, refuse
from inroads.market import conduct_arrays
from inroads.solution import Solution, Status
from inroads.tables.naming import label

if TYPE_CHECKING:
    from inroads.market.market import Market
    from inroads.market.moves.quotas import Quota


@dataclass(frozen=True)
class ListedPrices:
    """A market at prices as they are: choices, shares and prices (J,)."""

    choices: DemandAtPrices | ConsiderationAtPrices | SystemAtPrices
    prices: Array

    @property
    def shares(self) -> Array:
        """s (J,)."""
        return self.choices.shares


class Pricing(Protocol):
    """A way in which prices come about."""

    @property
    def terms(self) -> BargainingTerms | None:
        """How firms bargain; None where they do not."""
        ...

    def solve(self, market: Market, certificate: bool, throw: bool) -> Solution[Any]:
        """The market's state.

        Parameters
        ----------
        market : Market
            What is solved.
        certificate : bool
            Whether an equilibrium is proved.
        throw : bool
            Whether a failure is an error; else the Solution says so.

        Returns
        -------
        Solution
            Of `ListedPrices`, or of a `PriceEquilibrium`.
        """
        ...


@dataclass(frozen=True)
class ListPrices:
    """Nobody answers: every offer is sold at its price.

    Nothing is solved for; the residual is how far probabilities are from adding up to one.
    """

    terms: ClassVar[None] = None

    def solve(self, market: Market, certificate: bool, throw: bool) -> Solution[ListedPrices]:
        """What consumers buy."""
        prices = market.columns["price"].astype(float)
        choices = market.demand.at_prices(prices)
        if isinstance(choices, SystemAtPrices):
            return Solution(ListedPrices(choices, prices), Status.CONVERGED, 0.0, 0)
        bought = float(choices.shares.sum() + choices.none_share)
        gap = abs(bought - float(market.weights.sum()))
        status = Status.CONVERGED if gap < 1e-10 else Status.STALLED
        return Solution(ListedPrices(choices, prices), status, gap, 0)


@dataclass(frozen=True)
class Bertrand:
    """Sellers set retail prices, each given all others; wholesale prices stand as given.

    Parameters
    ----------
    quotas : tuple of Quota
        That `Quota` imposed.
    """

    quotas: tuple[Quota, ...] = ()
    terms: ClassVar[None] = None

    def solve(self, market: Market, certificate: bool, throw: bool) -> Solution[PriceEquilibrium]:
        """Bertrand-Nash prices, under capacities where offers have them, and quotas."""
        limited = conduct_arrays.is_limited(market)
        return (_solve_with_capacity if limited else _solve)(market, certificate, throw)


@dataclass(frozen=True)
class Vertical:
    """Sellers set retail prices; wholesale prices of offers marked `negotiated` are bargained.

    Parameters
    ----------
    terms : BargainingTerms
        How.
    """

    terms: BargainingTerms = field(default_factory=lambda: BargainingTerms())

    def solve(self, market: Market, certificate: bool, throw: bool) -> Solution[PriceEquilibrium]:
        """Retail prices and wholesale terms."""
        if np.isfinite(market.column("capacity")).any():
            raise refuse(
                expected="capacities, or terms that are bargained over",
                found="both",
                where="offers",
                remedy="drop the column 'capacity', or give wholesale prices and Bertrand().",
            )
        return _solve(market, certificate, throw)


@dataclass(frozen=True, eq=False)
class BargainingTerms:
    """How wholesale terms come about between manufacturers and channels; equal, and hashed, by
    value.

    Parameters
    ----------
    power : float or DataFrame
        lambda, the channel's weight in the Nash product, 0 to 1: a number, or a table with
        manufacturers as rows and channels as columns.
    contract : Contract
        `LinearPrice()`, a wholesale price, or `TwoPartTariff()`, a price and a fixed fee.
    timing : {"simultaneous", "sequential"}
        Whether retail prices are held while firms bargain, or answer.
    disagreement : {"offer", "pair"}
        Whether a breakdown takes one offer off the shelf, or all offers of the pair.

    Raises
    ------
    InputError
        For other contracts, timings and disagreements.

    References
    ----------
    Horn, H. and Wolinsky, A. (1988), Bilateral monopolies and incentives for merger, RAND Journal
    of Economics 19(3).

    Examples
    --------
    >>> import inroads as ir
    >>> ir.BargainingTerms(power=0.4).channel_weight("Alpha", "North")
    0.4
    """

    power: float | pd.DataFrame = 0.5
    contract: Contract = field(default_factory=LinearPrice)
    timing: Timing = "simultaneous"
    disagreement: DisagreementOver = "pair"

    def __post_init__(self) -> None:
        if not isinstance(self.contract, Contract):
            raise refuse(
                expected="LinearPrice() or TwoPartTariff()",
                found=repr(self.contract),
                where="terms.contract",
                remedy="give one of them.",
            )
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
        return isinstance(other, BargainingTerms) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def channel_weight(self, manufacturer: str, channel: str) -> float:
        """lambda of a pair.

        Parameters
        ----------
        manufacturer, channel : str
            The two; a firm's own weight with itself is 1.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        InputError
            Where the table has no number for the pair, or one out of range.
        """
        if manufacturer == channel:
            return 1.0
        power = self.power
        if isinstance(power, pd.DataFrame):
            row, column = label(manufacturer, power.index), label(channel, power.columns)
            if row is None or column is None:
                raise refuse(
                    expected=f"the bargaining weight of {channel} towards {manufacturer}",
                    found="none",
                    where="terms.power",
                    remedy="give a table with manufacturers as rows and channels as columns.",
                )
            power = power.loc[row, column]
        try:
            weight = float(power)
        except (TypeError, ValueError):
            weight = np.nan
        if not 0 <= weight <= 1:
            raise refuse(
                expected="bargaining weights of channels, from 0 to 1",
                found=str(power),
                where="terms.power",
                remedy="give the weight of the channel; 0.5 is an even split.",
            )
        return weight


def _solve(market: Market, certificate: bool, throw: bool) -> Solution[PriceEquilibrium]:
    negotiated = conduct_arrays.negotiated_terms(market)
    try:
        return solve(
            conduct_arrays.retail(market),
            negotiated,
            start=market.column("price"),
            wholesale=conduct_arrays.given_wholesale(market) if negotiated is None else None,
            certificate=certificate,
            throw=throw,
        )
    except ConvergenceError as error:
        raise _by_name(market, error) from None


def _solve_with_capacity(
    market: Market, certificate: bool, throw: bool
) -> Solution[PriceEquilibrium]:
    """Under capacities and quotas: as if an offer at its limit cost its shadow price more.

    The certificate is of these costs.
    """
    retail, w = conduct_arrays.retail(market), conduct_arrays.given_wholesale(market)
    groups, units = conduct_arrays.limits(market)
    try:
        limited = solve_with_capacity(
            retail, units / market.size, market.column("price"), w, groups=groups, throw=throw
        )
        extra = np.zeros_like(retail.stakes.cost)
        extra[np.maximum(retail.price_setter, 0), np.arange(len(w))] = limited.value.shadow_cost
        dearer = replace(retail, stakes=retail.stakes.with_costs(extra))
        solution = solve(
            dearer, start=limited.value.prices, wholesale=w, certificate=certificate, throw=throw
        )
    except ConvergenceError as error:
        raise _by_name(market, error) from None
    at = limited.value.conditions
    shadow = limited.value.shadow_prices[len(w) :]
    value = replace(solution.value, conditions=at, profits=at.profits, shadow_prices=shadow)
    return replace(solution, value=value, residual=limited.residual, iterations=limited.iterations)


def _by_name(market: Market, error: ConvergenceError) -> ConvergenceError:
    """The same error, firms and offers by name."""
    value = error.solution.value
    if not isinstance(value, PriceEquilibrium) or value.certificate is None:
        return error
    names = value.certificate.named(market.firms, list(market.offer_names))
    return ConvergenceError(explain_failure(value, names), error.solution)
