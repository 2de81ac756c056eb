"""[firms] of study.toml: what channels and manufacturers earn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from inroads.study.config.config_base import (
    Cell,
    Dollars,
    PerMonth,
    PerUnit,
    PerYear,
    Section,
    Share,
    Unit,
    refused,
)

Revenue = Annotated[Cell, Unit("dollars a month")]


class ManufacturerPart(Section):
    """A manufacturer's margin: given, or capture / (1 - distribution)."""

    name: str
    """As in products.csv."""
    margin: Share | None = None
    """Its margin on what it is paid."""
    capture: Share | None = None
    """Instead of `margin`: the part of the retail price that it keeps as profit."""
    distribution: Share | None = None
    """With `capture`: the part of the retail price that distribution and retail keep."""

    @model_validator(mode="after")
    def _one_way(self) -> ManufacturerPart:
        parts = [self.capture, self.distribution]
        whole = all(cell is not None for cell in parts)
        if (self.margin is not None and parts != [None, None]) or (
            self.margin is None and not whole
        ):
            raise refused("either margin, or both capture and distribution")
        return self


class ChannelPart(Section):
    """What a member is worth to a channel: given, or revenue less cost to serve, over churn and the
    discount rate. A channel that is not listed earns nothing on its members."""

    name: str
    """A channel with members, as in channels.csv."""
    member_value: Dollars | None = None
    """What a member is worth."""
    revenue: Revenue | None = None
    """Instead of `member_value`: what a member pays."""
    churn: PerMonth | None = None
    """With `revenue`: the part of members that leaves."""
    cash_member_value: Dollars | None = None
    """What a member is worth who may not pay over time; like the others unless given."""
    cash_revenue: Revenue | None = None
    """Instead of `cash_member_value`: what such a member pays."""
    cash_churn: PerMonth | None = None
    """With `cash_revenue`: the part of such members that leaves."""
    goods_margin: Annotated[Cell, Unit("share, 1 = 100 percent")] | None = None
    """Its margin on what it sells, below 0 for a loss: what members are worth to it is scaled until
    that is met."""
    promotion: Share | None = None
    """Instead of `goods_margin`, where wholesale is "by product": the part of list prices that
    buyers do not pay there."""

    @model_validator(mode="after")
    def _one_way(self) -> ChannelPart:
        for prefix in ("", "cash_"):
            value, revenue, churn = (
                getattr(self, f"{prefix}{key}") for key in ("member_value", "revenue", "churn")
            )
            if (revenue is None) != (churn is None) or None not in (value, revenue):
                raise refused(
                    f"either {prefix}member_value, or both {prefix}revenue and {prefix}churn"
                )
            if not prefix and value is None and revenue is None:
                raise refused("member_value, or revenue and churn")
        if None not in (self.goods_margin, self.promotion):
            raise refused("either goods_margin or promotion", "both")
        return self

    @property
    def has_target(self) -> bool:
        """Whether what its members are worth is scaled to what it sells."""
        return self.goods_margin is not None or self.promotion is not None

    @property
    def has_cash_members(self) -> bool:
        """Whether something is said of members who may not pay over time."""
        return self.cash_member_value is not None or self.cash_revenue is not None


class MarginTargetPart(Section):
    """A channel's accounts: the value of members is scaled until its margin is met."""

    channel: str
    """A channel with members."""
    margin: Annotated[Cell, Unit("share, 1 = 100 percent")] | None = None
    """Its margin on what it sells, below 0 where that costs it more than it brings."""
    revenue: Dollars | None = None
    """Instead of `margin`: its revenue from what it sells, over any time."""
    cost: Dollars | None = None
    """With `revenue`: what that cost it, over the same time."""

    @model_validator(mode="after")
    def _one_way(self) -> MarginTargetPart:
        accounts = [self.revenue, self.cost]
        whole = all(cell is not None for cell in accounts)
        if (self.margin is not None and accounts != [None, None]) or (
            self.margin is None and not whole
        ):
            raise refused("either margin, or both revenue and cost")
        return self


class FinancingCostPart(Section):
    """What paying over time costs a channel."""

    funds: PerYear = 0.0
    """Its cost of funds while buyers pay."""
    losses: Share = 0.0
    """The part of what is paid over time that is never paid, or returned."""


class FirmsPart(Section):
    """The firms behind the market: costs and terms are read off list prices."""

    manufacturer_margin: Share
    """The margin of manufacturers without one of their own, on what they are paid."""
    retail_cost: PerUnit = 0.0
    """What selling a unit costs a channel with members, besides what it pays for it."""
    open_channel_cut: Share = 0.0
    """The part of the price that retailers keep in the open channel."""
    wholesale: Literal["by channel", "by product"] = "by channel"
    """Whether wholesale prices are those that a channel's list prices imply; or one a product, what
    retailers leave of its lowest open price: what list prices imply beyond that, buyers do not pay
    (promotions), and entrants' products are given off list prices alike."""
    cost_to_serve: Share = 0.0
    """The part of what a member pays that serving it costs."""
    discount_rate: PerYear = 0.0
    """At which channels discount what a member will pay."""
    financing: FinancingCostPart | None = None
    """What paying over time costs channels; nothing where left out."""
    manufacturer: tuple[ManufacturerPart, ...] = ()
    """Manufacturers with a margin of their own, each a table [[firms.manufacturer]]."""
    channel: tuple[ChannelPart, ...] = ()
    """Channels to which members are worth something, each a table [[firms.channel]]."""
    margin_target: MarginTargetPart | None = None
    """What the value of members is scaled to; as given where left out."""

    @model_validator(mode="after")
    def _each_once(self) -> FirmsPart:
        for kind, names in (
            ("manufacturer", [m.name for m in self.manufacturer]),
            ("channel", [c.name for c in self.channel]),
        ):
            if doubled := [name for name in names if names.count(name) > 1]:
                raise refused(f"each {kind} once in [[firms.{kind}]]", f"{doubled[0]} twice")
        return self

    @model_validator(mode="after")
    def _target_has_members(self) -> FirmsPart:
        if self.margin_target and not self.channel:
            raise refused("[[firms.channel]] beside margin_target", "none")
        if self.margin_target and any(c.has_target for c in self.channel):
            raise refused("either margin_target, or goods_margin or promotion of channels", "both")
        promotions = [c.name for c in self.channel if c.promotion is not None]
        if promotions and self.wholesale != "by product":
            raise refused('wholesale = "by product" beside promotion', ", ".join(promotions))
        return self
