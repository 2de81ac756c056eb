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
    """A device put on a shelf."""

    move: Literal["launch"]
    device: str
    channel: str | None = None
    price: Cell | None = None

    def to_move(self, number: Number) -> Move:
        return Launch(self.device, self.channel, _maybe(self.price, number))


class WithdrawPart(Section):
    """A device taken off one shelf, or all."""

    move: Literal["withdraw"]
    device: str
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        return Withdraw(self.device, self.channel)


class DealPart(Section):
    """A manufacturer's devices on a channel's shelf."""

    move: Literal["deal"]
    manufacturer: str
    channel: str
    devices: tuple[str, ...] | None = None
    price: Cell | None = None

    def to_move(self, number: Number) -> Move:
        price = _maybe(self.price, number)
        return Deal(self.manufacturer, self.channel, self.devices, price)


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
    carriers: tuple[str, ...] | None = None

    def to_move(self, number: Number) -> Move:
        return Campaign(self.brand, number(self.awareness), self.carriers)


class FinancingPart(Section):
    """Instalments on the offers named."""

    move: Literal["financing"]
    months: int
    down: Cell | None = None
    manufacturer: str | None = None
    device: str | None = None
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        down = _maybe(self.down, number) or 0.0
        return Finance(self.months, down, self.manufacturer, self.device, self.channel)


class PricePart(Section):
    """A new price, or a change by a fraction."""

    move: Literal["price"]
    device: str
    price: Cell | None = None
    by: float | None = None
    channel: str | None = None

    def to_move(self, number: Number) -> Move:
        return SetPrice(self.device, _maybe(self.price, number), self.by, self.channel)


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
