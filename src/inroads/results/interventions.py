"""What politics does to an entrant's deals, and what financing and the value of members do.

Money is dollars a period of the study, prices are dollars apiece (means by units sold).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from inroads.results.base import Certificate, IfDefined, Record


class Tariff(Record):
    """A tariff on customs value (production cost), as a fraction of it."""

    rate: float
    payer: Literal["manufacturer", "channel"]
    """Who owes it at the border."""
    manufacturers: tuple[str, ...]
    """Whose products it is on."""


class InterventionKind(StrEnum):
    """What politics does to an entrant that has deals with all partners of the answer."""

    TARIFF_ON_ENTRANT = "tariff_on_entrant"
    TARIFF_ON_IMPORTS = "tariff_on_imports"
    MADE_WITHIN = "made_within"
    """Its products made where the tariff on imports does not reach, at another cost."""
    BARRED_FROM_CHANNELS = "barred_from_channels"
    PARTNER_WITHDRAWS = "partner_withdraws"
    BARRED_FROM_OPEN_CHANNEL = "barred_from_open_channel"
    BANNED = "banned"


class Intervention(Record):
    """An intervention, and changes against the deals before it."""

    manufacturer: str
    kind: InterventionKind
    tariff: Tariff | None = None
    cost_change: float | None = None
    """Of its cost of production, as a fraction, where its products are made elsewhere."""
    withdrawn: str | None = None
    """The partner that withdraws."""
    remaining: tuple[str, ...] = ()
    """The partners that stay then."""
    units: float
    """The manufacturer's."""
    units_before: float
    manufacturer_profit_change: float
    rivals_profit_change: float
    """Of other manufacturers."""
    channels_profit_change: float
    consumer_surplus_change: float
    tariff_revenue: float
    welfare_change: float
    """Profits of all firms, consumer surplus and tariff revenue together."""
    certificate: Certificate


class LeverKind(StrEnum):
    """A change of how consumers pay, or of what members are worth to channels."""

    NONE = "none"
    """Nothing is changed."""
    LONGER_FINANCING = "longer_financing"
    """`setting`: months."""
    DOWN_PAYMENT = "down_payment"
    """`setting`: the share of the price asked at once."""
    NO_FINANCING = "no_financing"
    NO_MEMBER_VALUE = "no_member_value"
    HIGHER_MEMBER_VALUE = "higher_member_value"
    """`setting`: the factor."""


class Lever(Record):
    """The first entrant's deals with all partners of the answer under a lever."""

    manufacturer: str
    kind: LeverKind
    setting: float | None = None
    units: float
    units_without_deals: float
    multiple: IfDefined
    retail_price: float
    """Through partners."""
    wholesale_price: float
    manufacturer_gain: float
    certificate: Certificate
    certificate_without_deals: Certificate
