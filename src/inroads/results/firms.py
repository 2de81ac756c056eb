"""The firms behind the market of the data: costs, what members are worth, bargaining weights."""

from __future__ import annotations

from inroads.results.base import Certificate, IfDefined, Record


class ChannelFacts(Record):
    """A channel with members, in dollars a member."""

    channel: str
    member_value: float
    """What the channel counts of the revenue that a member who pays over time brings."""
    cash_member_value: float
    """The same of a member without credit."""
    margin: float
    """On what it sells, as a fraction of that revenue."""
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
    """At which the list price is the channel's best answer; None in the open channel."""
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


class BaselineProof(Record):
    """The market of the data with firms that respond, solved from other prices."""

    price_gap: float
    """Largest gap to list prices, in dollars."""
    share_gap: float
    """Largest gap to shares of the data."""
    certificate: Certificate


class Firms(Record):
    """Firms as calibrated."""

    member_value_scale: float
    """The part of a member's revenue until it leaves that channels count."""
    channels: tuple[ChannelFacts, ...]
    manufacturers: tuple[ManufacturerFacts, ...]
    offers: tuple[OfferTerms, ...]
    channel_weight: BargainingWeight
    pairs: tuple[ImpliedTerms, ...]
    margin_target: MarginTarget | None = None
    """None where the value of members is taken as given."""
    materials: tuple[MaterialsCheck, ...]
    baseline: BaselineProof
