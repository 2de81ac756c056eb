"""Costs, taxes, subsidies and tariffs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.errors import one_of
from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_firms, require_offers
from inroads.market.names import select_offers


def _selected(
    move: object, market: Market, manufacturer: str | None, channel: str | None, *, offer: object
) -> Mask:
    require_firms(move, market)
    return require_offers(
        move, select_offers(market, manufacturer=manufacturer, channel=channel, offer=offer)
    )


def _assign(market: Market, mask: Mask, changes: Mapping[str, Array]) -> Market:
    """The market with other values (J,) in columns of its contracts, where the mask is."""
    columns = {
        name: np.where(mask, values, market.column(name)) for name, values in changes.items()
    }
    return replace(market, offers=market.offers.assign(**columns))


def _check_rate(move: object, rate: float, below: float) -> None:
    if not -1 < rate < below:
        expected = "a rate above -1" + (" and below 1" if below == 1 else "")
        raise refuse_move(move, expected, str(rate), "0.1 is 10 percent.")


def _check_amount(move: object, amount: float) -> None:
    if not np.isfinite(amount):
        raise refuse_move(move, "an amount of money", str(amount), "give a number.")


@dataclass(frozen=True, kw_only=True)
class ChangeCost:
    """Unit costs of the offers that match change: all by a fraction, production by an amount.

    Parameters
    ----------
    amount : float
        Money a unit, added to the cost of production.
    fraction : float
        0.1 for 10 percent more.
    manufacturer, channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    amount: float = 0.0
    fraction: float = 0.0
    manufacturer: str | None = None
    channel: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market at these costs."""
        mask = _selected(self, market, self.manufacturer, self.channel, offer=self.offer)
        if not self.fraction >= -1:
            expected = "a fraction of -1 or more"
            raise refuse_move(self, expected, str(self.fraction), "0.1 is 10 percent.")
        _check_amount(self, self.amount)
        factor = 1 + self.fraction
        costs = {
            "production_cost": market.column("production_cost") * factor + self.amount,
            "retail_cost": market.column("retail_cost") * factor,
        }
        return _assign(market, mask, costs)


@dataclass(frozen=True, kw_only=True)
class Tax:
    """A tax on what is sold: so much a unit, or a rate.

    Who remits it makes no difference to the outcome.

    Parameters
    ----------
    unit : float
        Money a unit.
    rate : float
        As a fraction of `base`.
    base : {"consumer price", "producer price"}
        The consumer price (the seller keeps 1 - rate of it), or the producer price, what is left to
        the seller (it keeps 1 / (1 + rate); 10 percent of the producer price is 9.1 percent of the
        consumer's).
    manufacturer, channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    unit: float = 0.0
    rate: float = 0.0
    base: Literal["consumer price", "producer price"] = "consumer price"
    manufacturer: str | None = None
    channel: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market with the tax."""
        mask = _selected(self, market, self.manufacturer, self.channel, offer=self.offer)
        one_of("base", self.base, "consumer price", "producer price")
        consumer = self.base == "consumer price"
        _check_rate(self, self.rate, below=1.0 if consumer else np.inf)
        _check_amount(self, self.unit)
        factor = 1 - self.rate if consumer else 1 / (1 + self.rate)
        changes = {
            "retail_share": market.column("retail_share") * factor,
            "retail_cost": market.column("retail_cost") + self.unit,
        }
        return _assign(market, mask, changes)


@dataclass(frozen=True)
class Subsidy:
    """Money to the seller for each unit sold of the offers that match.

    Parameters
    ----------
    unit : float
        Money a unit.
    manufacturer, channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    unit: float
    manufacturer: str | None = None
    channel: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market with the subsidy."""
        mask = _selected(self, market, self.manufacturer, self.channel, offer=self.offer)
        _check_amount(self, self.unit)
        return _assign(market, mask, {"retail_cost": market.column("retail_cost") - self.unit})


@dataclass(frozen=True)
class Tariff:
    """A tariff on goods as they cross the border.

    Parameters
    ----------
    rate : float
        As a fraction of `base`.
    base : {"customs value", "wholesale price"}
        Must be said.
    payer : {"manufacturer", "channel"}
        The manufacturer, who then receives that much less, or the channel that imports.
    value : float, optional
        The customs value, money a unit; production cost unless given.
    manufacturer, channel : str, optional
        Of the offers.
    offer : object, optional
        An offer's own name.
    """

    rate: float
    _: KW_ONLY
    base: Literal["customs value", "wholesale price"] | None = None
    payer: Literal["manufacturer", "channel"] = "channel"
    value: float | None = None
    manufacturer: str | None = None
    channel: str | None = None
    offer: object | None = None

    def apply(self, market: Market) -> Market:
        """The market with the tariff."""
        mask = _selected(self, market, self.manufacturer, self.channel, offer=self.offer)
        if self.base not in ("customs value", "wholesale price"):
            expected = "a tariff's base, 'customs value' or 'wholesale price'"
            raise refuse_move(
                self, expected, repr(self.base), "say what the rate is a fraction of."
            )
        one_of("payer", self.payer, "manufacturer", "channel")
        by_manufacturer = self.payer == "manufacturer"
        shrinks = self.base == "wholesale price" and by_manufacturer
        _check_rate(self, self.rate, below=1.0 if shrinks else np.inf)
        if self.base == "customs value":
            cost = market.column("production_cost")
            value = cost if self.value is None else np.full(len(cost), float(self.value))
            if not np.all(value[mask] > 0):
                actual = "production costs of 0"
                raise refuse_move(self, "a customs value above 0", actual, "give value=.")
            column = "production_cost" if by_manufacturer else "retail_cost"
            return _assign(market, mask, {column: market.column(column) + self.rate * value})
        column = "manufacturer_receives" if by_manufacturer else "channel_pays"
        factor = 1 - self.rate if by_manufacturer else 1 + self.rate
        return _assign(market, mask, {column: market.column(column) * factor})
