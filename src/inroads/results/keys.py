"""What the numbers of draws are of: typed names of inputs and outputs, and of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from inroads.results.base import Record
from inroads.results.words import Words


class Quantity(StrEnum):
    """What a draw says of an entrant; `FIRST_OF_PATH` and what follows are period by period."""

    FIRST_PERIOD_GAIN = "first_period_gain"
    """Dollars that deals add to profit in the first period after the launch."""
    COMMON_GROUND = "common_ground"
    """Dollars that the deal with the least of it leaves its two sides together, over the time on
    sale and less the launch cost, against its breaking down."""
    NO_COMMON_GROUND = "no_common_ground"
    """1 where `COMMON_GROUND` is below zero, else 0; its mean is a probability."""
    LAUNCHED = "launched"
    """The part of what all deals bring that those launched in a draw bring: 0 none, 1 all."""
    LAUNCH_ODDS = "launch_odds"
    """The probability that a deal is launched."""
    VALUE_AT_TALK_ODDS = "value_at_talk_odds"
    """`VALUE_IF_LAUNCHED` at the odds that talks succeed; costs are of launches that come."""
    VALUE_AT_LAUNCH_ODDS = "value_at_launch_odds"
    """And that politics lets deals begin."""
    VALUE_WHILE_ALLOWED = "value_while_allowed"
    """And for as long as it lets them stand."""
    VALUE_AT_ODDS = "value_at_odds"
    """And first launches paid for whether or not they come about: the expected value."""
    PAYS_AT_ODDS = "pays_at_odds"
    """The probability that what is earned exceeds what is spent."""
    PARTNERS_VALUE_AT_ODDS = "partners_value_at_odds"
    """Dollars that deals bring to their channels together, at the odds, present value."""
    PERIODS_TO_LAUNCH = "periods_to_launch"
    """Periods from the date of the study to the launch."""
    PERIODS_ON_SALE = "periods_on_sale"
    """Periods on sale before politics ends it."""

    UNITS = "units"
    """Units a period with all deals, given a launch."""
    UNITS_IN_REGION = "units_in_region"
    """The same in one region."""
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
    """The same at the odds of negotiations and politics: the expected value so far."""
    RIVAL_UNITS_CHANGE = "rival_units_change"
    """Change of a rival's units a period, given a launch."""

    UNITS_MULTIPLE = "units_multiple"
    """Units of the first period over those without deals."""
    VALUE_IF_LAUNCHED = "value_if_launched"
    """`VALUE_SO_FAR` of the last period."""
    PAYS_IF_LAUNCHED = "pays_if_launched"
    """1 where `VALUE_IF_LAUNCHED` is above zero, else 0; its mean is a probability."""


#: said once a draw
ONCE = (
    Quantity.FIRST_PERIOD_GAIN,
    Quantity.COMMON_GROUND,
    Quantity.LAUNCHED,
    Quantity.LAUNCH_ODDS,
    Quantity.VALUE_AT_TALK_ODDS,
    Quantity.VALUE_AT_LAUNCH_ODDS,
    Quantity.VALUE_WHILE_ALLOWED,
    Quantity.VALUE_AT_ODDS,
    Quantity.PAYS_AT_ODDS,
    Quantity.PARTNERS_VALUE_AT_ODDS,
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

    rival: for `RIVAL_UNITS_CHANGE`, whose units; region: for `UNITS_IN_REGION`, where; period:
    after the launch, from 0, None for what is said once.
    """

    manufacturer: str
    quantity: Quantity
    rival: str | None = None
    region: str | None = None
    period: int | None = None

    def at(self, period: int) -> OutputKey:
        """The same in one period."""
        return self.model_copy(update={"period": period})

    @property
    def column(self) -> str:
        """The name of its column in a table of draws."""
        pieces = (self.quantity.value, self.manufacturer, self.rival, self.region, self.period)
        return "|".join(str(piece) for piece in pieces if piece is not None)


class InputKind(StrEnum):
    """What kind of number is uncertain."""

    TASTE = "taste"
    """A deviation of a calibrated taste, in its unit."""
    ESTIMATE = "estimate"
    """A deviation of a parameter of the estimate that the study rests on, in its unit."""
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
    """A uniform number: below their odds, the talks of a pair succeed."""
    SHELF_LUCK = "shelf_luck"
    """A uniform number: a channel drops a manufacturer's product (both named) once it was likely
    to have done so by that much."""
    POLITICAL_LUCK = "political_luck"
    """A uniform number, one for all, that says how far politics lets deals come."""


class InputKey(Record):
    """An uncertain input; `name` is a taste, a parameter, an assumption, a manufacturer, a product,
    or ""; channel: of `AT_CHANNEL` and `SHELF_LUCK`, where."""

    kind: InputKind
    name: str = ""
    channel: str = ""

    @property
    def column(self) -> str:
        """The name of its column in a table of draws."""
        return "|".join([self.kind.value, self.name, *([self.channel] if self.channel else [])])

    @classmethod
    def of(cls, column: str) -> InputKey:
        """The key whose column this is."""
        kind, name, *channel = column.split("|")
        return cls(kind=InputKind(kind), name=name, channel="".join(channel))

    @property
    def is_luck(self) -> bool:
        """Whether nobody can know it before the fact."""
        return self.kind.value.endswith("luck")

    def described(self, nouns: Words, labels: Mapping[str, str]) -> str:
        """What it is: "taste: Habit", "quality of Muesli's products", an assumption's label.

        labels: what tastes, estimates and assumptions are called, by name.
        """
        name, label = self.name, labels.get(self.name) or self.name.replace("-", " ")
        match self.kind:
            case InputKind.TASTE:
                return f"taste: {label.partition(':')[0]}"
            case InputKind.ESTIMATE:
                return f"estimate: {label}"
            case InputKind.ASSUMPTION:
                return label
            case InputKind.QUALITY:
                return f"quality of {name}'s {nouns.products}"
            case InputKind.PRODUCT_QUALITY:
                return f"quality of {name} by itself"
            case InputKind.LAUNCHES:
                return "how launches turn out on the whole"
            case InputKind.LAUNCH:
                return f"how {name}'s launch turns out"
            case InputKind.AT_CHANNEL:
                return f"{name}'s standing at {self.channel}"
            case InputKind.MEMBER_VALUE:
                return f"what {nouns.channels} count of a {nouns.member}"
            case InputKind.NEGOTIATION_LUCK:
                return f"luck of the talks of {' and '.join(name.split(', '))}"
            case InputKind.SHELF_LUCK:
                return f"luck of {name} in keeping its place at {self.channel}"
            case InputKind.POLITICAL_LUCK:
                return "luck in politics, one for all"


class DealScenario(StrEnum):
    """Three answers to whether deals come about."""

    WITHOUT_DEALS = "without_deals"
    WITH_DEALS = "with_deals"
    """Launched for sure, in the period drawn."""
    AT_ODDS = "at_odds"
    """At the odds of negotiations and politics."""
