"""The firms behind the market of the data: costs, what members are worth, bargaining weights."""

from __future__ import annotations

from typing import Literal

from inroads.results.base import Certificate, IfDefined, Record


class ChannelFacts(Record):
    """A channel with members, in dollars a member."""

    channel: str
    member_value: float
    """What the channel counts of the revenue that a member who pays over time brings."""
    cash_member_value: float
    """The same of a member without credit."""
    margin: float
    """On what it sells, as a fraction of what is paid for it."""
    scale: float = 1.0
    """What the channel counts of what a member brings."""
    margin_target: float | None = None
    """The margin that was to be met; None where it follows."""
    promotion: float = 0.0
    """The part of list prices that it gives off, over all that it sells; 0 where wholesale prices
    are by channel."""
    sold_to_others: IfDefined = None
    """The part of the units that it sells at list prices that members of other channels buy."""


class ManufacturerFacts(Record):
    """A manufacturer's margin, as a fraction of what it is paid."""

    manufacturer: str
    margin: float


class OfferTerms(Record):
    """An offer of the data: prices and cost in dollars apiece."""

    product: str
    channel: str
    price: float
    """List price to consumers."""
    wholesale_price: IfDefined
    """None in the open channel."""
    given_off: float = 0.0
    """What the channel gives off the list price: with `wholesale_price` what that price, as the
    channel's best answer, implies that a unit costs it."""
    production_cost: float
    """What the manufacturer's margin leaves."""


class BargainingWeight(Record):
    """Channels' share of joint surplus that present terms imply, over pairs."""

    central: float
    """Mean by units."""
    low: float
    """10th percentile."""
    high: float
    """90th percentile."""


class ImpliedTerms(Record):
    """What a present pair gains from its terms: dollars a period."""

    manufacturer: str
    channel: str
    manufacturer_gain: float
    channel_gain: float
    channel_weight: float
    """The channel's share of the two."""
    units: float


class MarginTarget(Record):
    """The reported margin of one channel to which the value of members is set."""

    channel: str
    target: float
    fitted: float


class MaterialsCheck(Record):
    """A bill of materials beside the implied cost of production: dollars apiece, not fitted."""

    product: str
    bill: float
    production_cost: float
    """Mean by units."""
    low: float
    """Lowest channel."""
    high: float
    """Highest channel."""


class AboveOpenPrice(Record):
    """An offer whose wholesale price is above what the product costs anyone in an open channel."""

    product: str
    channel: str
    wholesale_price: float
    open_price: float


class CostBasis(Record):
    """What costs are, read one way for every maker: dollars apiece, means by units."""

    wholesale: Literal["by channel", "by product"]
    """Wholesale prices as each channel's list prices imply, or one a product and promotions."""
    spent_to_list: float
    """What channels with members spend on a unit beside selling it (wholesale price and what they
    give off), over its list price: mean over units."""
    entrant_to_list: float
    """The same of entrants' main products, were they sold at what retailers leave of list."""
    compared: int
    """Offers of products that are on sale in an open channel too."""
    above_open_price: tuple[AboveOpenPrice, ...]
    """Those bought dearer than anyone could, the worst first."""
    below_materials: tuple[str, ...]
    """Products that cost less to make than their bill of materials."""


class DealsOnBasis(Record):
    """An entrant's deals with all partners of the answer on one basis of costs."""

    wholesale: Literal["by channel", "by product"]
    as_good_as: str | None
    """The product whose quality the entrant's main products have; None for their own."""
    manufacturer: str
    units: float
    manufacturer_gain: float
    channels_gain: float
    """Of all partners."""
    wholesale_price: float
    retail_price: float


class CostBases(Record):
    """Both bases of costs, and what each does to the answer."""

    bases: tuple[CostBasis, ...]
    """That of the answer first."""
    deals: tuple[DealsOnBasis, ...]


class BaselineProof(Record):
    """The market of the data with firms that respond, solved from other prices."""

    price_gap: float
    """Largest gap to list prices, in dollars."""
    share_gap: float
    """Largest gap to shares of the data."""
    certificate: Certificate


class Firms(Record):
    """Firms as calibrated."""

    wholesale: Literal["by channel", "by product"] = "by channel"
    """How wholesale prices are read off list prices, see `CostBasis`."""
    member_value_scale: float
    """The part of what a member brings until it leaves (after cost to serve and discounted where
    the study says so) that channels count, mean by units."""
    is_discounted: bool = False
    """Whether what a member brings is after cost to serve, or discounted."""
    channels: tuple[ChannelFacts, ...]
    manufacturers: tuple[ManufacturerFacts, ...]
    offers: tuple[OfferTerms, ...]
    channel_weight: BargainingWeight
    pairs: tuple[ImpliedTerms, ...]
    margin_target: MarginTarget | None = None
    """None where the value of members is taken as given."""
    materials: tuple[MaterialsCheck, ...]
    baseline: BaselineProof
