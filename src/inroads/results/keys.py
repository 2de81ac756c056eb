"""What the numbers of draws are of: typed names of inputs and outputs, and of scenarios."""

from __future__ import annotations

from enum import StrEnum

from inroads.results.base import Record


class Quantity(StrEnum):
    """What a draw says of an entrant; `FIRST_OF_PATH` and what follows are period by period."""

    FIRST_PERIOD_GAIN = "first_period_gain"
    """Dollars that deals add to profit in the first period after the launch."""
    LAUNCHED = "launched"
    """1 where the deals come to a launch, else 0."""
    PERIODS_TO_LAUNCH = "periods_to_launch"
    """Periods from the date of the study to the launch."""
    PERIODS_ON_SALE = "periods_on_sale"
    """Periods on sale before politics ends it."""

    UNITS = "units"
    """Units a period with all deals, given a launch."""
    UNITS_WITHOUT_DEALS = "units_without_deals"
    """Units a period in the open channel only."""
    SALES_SHARE = "sales_share"
    """Share of all sales with all deals, given a launch."""
    SALES_SHARE_WITHOUT_DEALS = "sales_share_without_deals"
    """Share of all sales in the open channel only."""
    AWARENESS = "awareness"
    """Share of consumers who know the entrant's best-known brand, given a launch."""
    VALUE_SO_FAR = "value_so_far"
    """Dollars earned by deals less launch costs so far, present value, given a launch."""
    VALUE_SO_FAR_AT_ODDS = "value_so_far_at_odds"
    """The same with the odds of negotiations and politics."""
    RIVAL_UNITS_CHANGE = "rival_units_change"
    """Change of a rival's units a period, given a launch."""

    UNITS_MULTIPLE = "units_multiple"
    """Units of the first period over those without deals."""
    VALUE_IF_LAUNCHED = "value_if_launched"
    """`VALUE_SO_FAR` of the last period."""
    VALUE_AT_ODDS = "value_at_odds"
    """`VALUE_SO_FAR_AT_ODDS` of the last period."""
    PAYS_IF_LAUNCHED = "pays_if_launched"
    """1 where `VALUE_IF_LAUNCHED` is above zero, else 0; its mean is a probability."""
    PAYS_AT_ODDS = "pays_at_odds"
    """1 where `VALUE_AT_ODDS` is above zero, else 0; its mean is a probability."""


#: said once a draw
ONCE = (
    Quantity.FIRST_PERIOD_GAIN,
    Quantity.LAUNCHED,
    Quantity.PERIODS_TO_LAUNCH,
    Quantity.PERIODS_ON_SALE,
)
#: said of every period after the launch
BY_PERIOD = (
    Quantity.UNITS,
    Quantity.UNITS_WITHOUT_DEALS,
    Quantity.SALES_SHARE,
    Quantity.SALES_SHARE_WITHOUT_DEALS,
    Quantity.AWARENESS,
    Quantity.VALUE_SO_FAR,
    Quantity.VALUE_SO_FAR_AT_ODDS,
)


class OutputKey(Record):
    """A number that a draw gives.

    rival: for `RIVAL_UNITS_CHANGE`, whose units; period: after the launch, from 0, None for what
    is said once.
    """

    manufacturer: str
    quantity: Quantity
    rival: str | None = None
    period: int | None = None

    @property
    def column(self) -> str:
        """The name of its column in a table of draws."""
        pieces = (self.quantity.value, self.manufacturer, self.rival, self.period)
        return "|".join(str(piece) for piece in pieces if piece is not None)


class InputKind(StrEnum):
    """What kind of number is uncertain."""

    TASTE = "taste"
    """A deviation of a calibrated taste, in its unit."""
    ASSUMPTION = "assumption"
    """The value of an assumption, as written."""
    QUALITY = "quality"
    """Quality of a manufacturer's products without sales, all of them: in standard errors of what
    they share."""
    PRODUCT_QUALITY = "product_quality"
    """Quality of one of them by itself, in standard errors of its own."""
    LAUNCHES = "launches"
    """How far past launches on the whole stand from their mean: in standard errors of it."""
    LAUNCH = "launch"
    """A manufacturer's launch about that mean, in standard deviations of launches."""
    AT_CHANNEL = "at_channel"
    """A manufacturer's standing at a channel (both named), in standard deviations of such."""
    MEMBER_VALUE = "member_value"
    """What channels count of the value of a member, relative to the calibrated."""
    NEGOTIATION_LUCK = "negotiation_luck"
    """A uniform number: below the odds of a launch, a manufacturer's deals are launched."""
    SHELF_LUCK = "shelf_luck"
    """A uniform number: a channel drops a manufacturer's product (both named) once it was likely
    to have done so by that much."""
    POLITICAL_LUCK = "political_luck"
    """A uniform number that says for how long politics lets a manufacturer sell."""


class InputKey(Record):
    """An uncertain input; `name` is a taste, an assumption, a manufacturer or a product, or "";
    channel: of `AT_CHANNEL` and `SHELF_LUCK`, where."""

    kind: InputKind
    name: str = ""
    channel: str = ""

    @property
    def column(self) -> str:
        """The name of its column in a table of draws."""
        return "|".join([self.kind.value, self.name, *([self.channel] if self.channel else [])])


class DealScenario(StrEnum):
    """Three answers to whether deals come about."""

    WITHOUT_DEALS = "without_deals"
    WITH_DEALS = "with_deals"
    """Launched for sure, in the period drawn."""
    AT_ODDS = "at_odds"
    """At the odds of negotiations and politics."""
