"""Moves as study.toml writes them, and the moves they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from inroads.market.moves import Campaign, Deal, Finance, Launch, Move, SetPrice, Withdraw
from inroads.study.config.config_base import Cell, Section

#: what a cell stands for
Number = Callable[[float | str], float]


def _maybe(cell: float | str | None, number: Number) -> float | None:
    return None if cell is None else number(cell)


class LaunchPart(Section):
    """A product put on a shelf."""

    move: Literal["launch"]
    product: str
    channel: str | None = None
    price: Cell | None = None

    def to_move(self, number: Number) -> Move:
        return Launch(self.product, self.channel, _maybe(self.price, number))


class WithdrawPart(Section):
    """A product taken off one shelf, or all."""

    move: Literal["withdraw"]
    product: str
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        return Withdraw(self.product, self.channel)


class DealPart(Section):
    """A manufacturer's products on a channel's shelf."""

    move: Literal["deal"]
    manufacturer: str
    channel: str
    products: tuple[str, ...] | None = None
    price: Cell | None = None

    def to_move(self, number: Number) -> Move:
        price = _maybe(self.price, number)
        return Deal(self.manufacturer, self.channel, self.products, price=price)


class NoDealPart(Section):
    """A channel without a manufacturer."""

    move: Literal["no deal"]
    manufacturer: str
    channel: str

    def to_move(self, number: Number) -> Move:
        return Withdraw(manufacturer=self.manufacturer, channel=self.channel)


class BanPart(Section):
    """A manufacturer barred from a channel, or everywhere."""

    move: Literal["ban"]
    manufacturer: str
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        return Withdraw(manufacturer=self.manufacturer, channel=self.channel)


class CampaignPart(Section):
    """A brand made known to a share of consumers."""

    move: Literal["campaign"]
    brand: str
    awareness: Cell
    members_of: tuple[str, ...] | None = None

    def to_move(self, number: Number) -> Move:
        return Campaign(self.brand, number(self.awareness), self.members_of)


class FinancingPart(Section):
    """Payment over time on the offers named."""

    move: Literal["financing"]
    months: int
    down: Cell | None = None
    manufacturer: str | None = None
    product: str | None = None
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        down = _maybe(self.down, number) or 0.0
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
    price: Cell | None = None
    by: float | None = None
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        return SetPrice(self.product, _maybe(self.price, number), by=self.by, channel=self.channel)


MovePart = Annotated[
    LaunchPart
    | WithdrawPart
    | DealPart
    | NoDealPart
    | BanPart
    | CampaignPart
    | FinancingPart
    | PricePart,
    Field(discriminator="move"),
]
