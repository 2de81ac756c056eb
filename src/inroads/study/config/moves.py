"""Moves as study.toml writes them, and the moves they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from inroads.market.moves import (
    Allowance,
    Campaign,
    Deal,
    Finance,
    Launch,
    Move,
    SetPrice,
    Withdraw,
)
from inroads.study.config.config_base import PerUnit, Section, Share, Unit

#: what a cell under a name stands for
Number = Callable[[float | str, str], float]


def _maybe(cell: float | str | None, name: str, number: Number) -> float | None:
    return None if cell is None else number(cell, name)


class LaunchPart(Section):
    """A product put on a shelf."""

    move: Literal["launch"]
    product: str
    """Of products.csv, not yet on sale there."""
    channel: str | None = None
    """On whose shelf; every open channel unless named."""
    price: PerUnit | None = None
    """Its price; the list price of products.csv unless given."""

    def to_move(self, number: Number) -> Move:
        return Launch(self.product, self.channel, _maybe(self.price, "price", number))


class WithdrawPart(Section):
    """A product taken off one shelf, or all."""

    move: Literal["withdraw"]
    product: str
    """On sale."""
    channel: str | None = None
    """Off whose shelf; all shelves unless named."""

    def to_move(self, number: Number) -> Move:
        return Withdraw(self.product, self.channel)


class DealPart(Section):
    """A manufacturer's products on a channel's shelf."""

    move: Literal["deal"]
    manufacturer: str
    """Whose products."""
    channel: str
    """On whose shelf, and on whose terms of payment."""
    products: tuple[str, ...] | None = None
    """Which; all that it has on sale anywhere unless named."""
    price: PerUnit | None = None
    """The price of each; its list price unless given."""

    def to_move(self, number: Number) -> Move:
        price = _maybe(self.price, "price", number)
        return Deal(self.manufacturer, self.channel, self.products, price=price)


class NoDealPart(Section):
    """A channel without a manufacturer."""

    move: Literal["no deal"]
    manufacturer: str
    """Whose products leave."""
    channel: str
    """Whose shelf."""

    def to_move(self, number: Number) -> Move:
        return Withdraw(manufacturer=self.manufacturer, channel=self.channel)


class BanPart(Section):
    """A manufacturer barred from a channel, or everywhere."""

    move: Literal["ban"]
    manufacturer: str
    """Who is barred."""
    channel: str | None = None
    """From where; everywhere unless named."""

    def to_move(self, number: Number) -> Move:
        return Withdraw(manufacturer=self.manufacturer, channel=self.channel)


class CampaignPart(Section):
    """A brand made known to a share of consumers."""

    move: Literal["campaign"]
    brand: str
    """Which."""
    awareness: Share
    """The part of consumers that knows it then."""
    members_of: tuple[str, ...] | None = None
    """Only among members of these channels; among all unless named."""

    def to_move(self, number: Number) -> Move:
        return Campaign(self.brand, number(self.awareness, "awareness"), self.members_of)


class FinancingPart(Section):
    """Payment over time on the offers named."""

    move: Literal["financing"]
    months: Annotated[int, Unit("months")]
    """How long buyers may pay."""
    down: PerUnit | None = None
    """What is paid at once; nothing unless given."""
    manufacturer: str | None = None
    """Only offers of this manufacturer."""
    product: str | None = None
    """Only offers of this product."""
    channel: str | None = None
    """Only offers at this channel."""

    def to_move(self, number: Number) -> Move:
        down = _maybe(self.down, "down", number) or 0.0
        return Finance(
            self.months,
            down,
            manufacturer=self.manufacturer,
            product=self.product,
            channel=self.channel,
        )


class PricePart(Section):
    """A new price, or a change by a fraction."""

    move: Literal["price"]
    product: str
    """Whose price."""
    price: PerUnit | None = None
    """The new price; or"""
    by: float | None = None
    """the change as a fraction: -0.1 is ten percent less."""
    channel: str | None = None
    """Only at this channel; wherever it is sold unless named."""

    def to_move(self, number: Number) -> Move:
        return SetPrice(
            self.product, _maybe(self.price, "price", number), by=self.by, channel=self.channel
        )


class AllowancePart(Section):
    """A manufacturer pays channels so much a unit, for shelf and marketing. It has a meaning only
    where channels set prices: in `inroads what-if`."""

    move: Literal["allowance"]
    manufacturer: str
    """Who pays."""
    unit: PerUnit
    """How much for each unit sold."""
    channel: str | None = None
    """To whom; to every channel that buys of it unless named."""

    def to_move(self, number: Number) -> Move:
        return Allowance(self.manufacturer, number(self.unit, "unit"), self.channel)


MovePart = Annotated[
    LaunchPart
    | WithdrawPart
    | DealPart
    | NoDealPart
    | BanPart
    | CampaignPart
    | FinancingPart
    | PricePart
    | AllowancePart,
    Field(discriminator="move"),
]
