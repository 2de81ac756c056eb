"""What can be done to a market: rows and columns of its tables, changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.scenario.market import Market


@dataclass(frozen=True)
class Launch:
    """Put a device on the shelf of a channel (every open channel unless named), at a price.

    `price` in dollars is the device's list price unless given.
    """

    device: str
    channel: str | None = None
    price: float | None = None

    def apply(self, market: Market) -> Market:
        """The market with the offer; raises InputError if it is on sale there already."""
        market.known("device", self.device)
        opens = market.channels.index[market.channels["kind"] == "open"]
        channels = [self.channel] if self.channel else list(opens)
        for channel in channels:
            market = _shelve(market, self.device, channel, self.price)
        return market


@dataclass(frozen=True)
class Withdraw:
    """Take a device off the shelf of one channel, or of all."""

    device: str
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market without these offers."""
        mask = market.select(device=self.device, channel=self.channel)
        return _without(market, mask, f"{self.device} on sale{_at(self.channel)}")


@dataclass(frozen=True)
class Deal:
    """A channel takes a manufacturer's devices onto its shelf, on the channel's terms.

    devices: all that the manufacturer has on sale anywhere, unless named. price in dollars: each
    device's list price unless given. financing: whether the channel's instalments apply. adapted:
    whether the devices are made to work on the channel's network, there and wherever else they
    are sold.
    """

    manufacturer: str
    channel: str
    devices: tuple[str, ...] | None = None
    price: float | None = None
    financing: bool = True
    adapted: bool = True

    def apply(self, market: Market) -> Market:
        """The market with the deal; raises InputError where there is nothing to put on sale."""
        here = market.select(maker=self.manufacturer)
        market.known("channel", self.channel)
        devices = self.devices
        if devices is None:
            devices = tuple(dict.fromkeys(market.offers.loc[here, "device"]))
        for device in devices:
            market.known("device", device)
            maker = market.devices.loc[device, "maker"]
            if maker != self.manufacturer:
                raise InputError.single(
                    expected=f"a device of {self.manufacturer}",
                    found=f"{device}, of {maker}",
                    where="deal",
                    remedy="name the manufacturer's own devices",
                )
        if not devices:
            raise InputError.single(
                expected=f"devices for {self.manufacturer} to sell",
                found="none on sale",
                where="deal",
                remedy="name devices=, or launch them first",
            )
        for device in devices:
            if self.adapted:
                network = str(market.channels.loc[self.channel, "network"])
                market = Adapt(device, (network,)).apply(market)
            market = _shelve(market, device, self.channel, self.price, self.financing)
        return market


@dataclass(frozen=True)
class NoDeal:
    """A channel drops all devices of a manufacturer."""

    manufacturer: str
    channel: str

    def apply(self, market: Market) -> Market:
        """The market without these offers."""
        mask = market.select(maker=self.manufacturer, channel=self.channel)
        return _without(market, mask, f"devices of {self.manufacturer}{_at(self.channel)}")


@dataclass(frozen=True)
class Ban:
    """A manufacturer's devices may not be sold: in one channel, or anywhere."""

    manufacturer: str
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market without these offers."""
        mask = market.select(maker=self.manufacturer, channel=self.channel)
        return _without(market, mask, f"devices of {self.manufacturer}{_at(self.channel)}")


@dataclass(frozen=True)
class Campaign:
    """Make a brand known to a share of consumers: all, or the customers of some carriers."""

    brand: str
    awareness: float
    carriers: tuple[str, ...] | None = None

    def apply(self, market: Market) -> Market:
        """The market with this awareness; raises InputError unless it is between 0 and 1."""
        market.known("brand", self.brand)
        if not 0 <= self.awareness <= 1:
            raise InputError.single(
                expected="awareness between 0 and 1",
                found=str(self.awareness),
                where="campaign",
                remedy="give a share of consumers, 0.35 for 35 percent",
            )
        awareness = market.consumers.awareness.copy()
        if self.brand not in awareness:
            awareness[self.brand] = 1.0
        rows = awareness.index if self.carriers is None else list(self.carriers)
        for name in self.carriers or ():
            market.known("channel", name)
        awareness.loc[rows, self.brand] = self.awareness
        return replace(market, consumers=replace(market.consumers, awareness=awareness))


@dataclass(frozen=True)
class Financing:
    """Interest-free instalments on the offers that match the names given (0 months: cash)."""

    months: int
    down: float = 0.0
    manufacturer: str | None = None
    device: str | None = None
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market with these terms."""
        if self.months < 0 or self.down < 0:
            raise InputError.single(
                expected="months and down payment of 0 or more",
                found=f"{self.months} months, {self.down} dollars down",
                where="financing",
                remedy="0 months means cash",
            )
        mask = market.select(maker=self.manufacturer, device=self.device, channel=self.channel)
        _some(mask, "offers that match")
        offers = market.offers.copy()
        offers.loc[mask, ["months", "down"]] = [float(self.months), float(self.down)]
        return replace(market, offers=offers)


@dataclass(frozen=True)
class Adapt:
    """Make a device work on more networks, wherever it is sold."""

    device: str
    networks: tuple[str, ...]

    def apply(self, market: Market) -> Market:
        """The market with this variant of the device."""
        market.known("device", self.device)
        more = {n for n in self.networks if n != "any"}
        offers, devices = market.offers.copy(), market.devices.copy()
        mask = offers["device"].eq(self.device)
        offers.loc[mask, "networks"] = offers.loc[mask, "networks"].map(lambda n: _join(n, more))
        devices.loc[self.device, "networks"] = _join(devices.loc[self.device, "networks"], more)
        return replace(market, offers=offers, devices=devices)


@dataclass(frozen=True)
class PriceChange:
    """A new price (dollars), or a change by a fraction (-0.1 for 10 percent less)."""

    device: str
    price: float | None = None
    by: float | None = None
    channel: str | None = None

    def apply(self, market: Market) -> Market:
        """The market at the new price; raises InputError unless it is above zero."""
        mask = market.select(device=self.device, channel=self.channel)
        _some(mask, f"{self.device} on sale{_at(self.channel)}")
        if (self.price is None) == (self.by is None):
            raise InputError.single(
                expected="either price= or by=",
                found="both or neither",
                where="price change",
                remedy="give one of them",
            )
        offers = market.offers.copy()
        old = offers.loc[mask, "price"]
        new = old * (1 + self.by) if self.by is not None else old * 0 + float(self.price or 0)
        if not (new > 0).all():
            raise InputError.single(
                expected="a price above 0 dollars",
                found=f"{new.iloc[0]:g}",
                where="price change",
                remedy="give the price in dollars",
            )
        offers.loc[mask, "price"] = new
        return replace(market, offers=offers)


def _shelve(
    market: Market,
    device: str,
    channel: str,
    price: float | None,
    financing: bool = True,
) -> Market:
    market.known("channel", channel)
    if market.select(device=device, channel=channel).any():
        raise InputError.single(
            expected=f"{device} not yet on sale{_at(channel)}",
            found="it is already",
            where="launch",
            remedy="drop this move, or change its price with PriceChange",
        )
    row, shelf = market.devices.loc[device], market.channels.loc[channel]
    price = float(row["price"]) if price is None else float(price)
    if not price > 0:
        raise InputError.single(
            expected="a price above 0 dollars",
            found=f"{price:g}",
            where="launch",
            remedy="give the price in dollars",
        )
    offer = {
        "device": device,
        "channel": channel,
        "price": price,
        "months": float(shelf["months"]) if financing else 0.0,
        "down": float(shelf["down"]),
        "limit": float(shelf["limit"]),
        "networks": str(row["networks"]),
        "extra": 0.0,
    }
    offers = pd.concat([market.offers, pd.DataFrame([offer])], ignore_index=True)
    return replace(market, offers=offers)


def _without(market: Market, mask: np.ndarray, what: str) -> Market:
    _some(mask, what)
    return replace(market, offers=market.offers[~mask].reset_index(drop=True))


def _some(mask: np.ndarray, what: str) -> None:
    if not mask.any():
        raise InputError.single(
            expected=what, found="none", where="move", remedy="check the names, or drop this move"
        )


def _at(channel: str | None) -> str:
    return f" at {channel}" if channel else ""


def _join(networks: str, more: Iterable[str]) -> str:
    return "+".join(sorted(set(networks.split("+")) | set(more)))
