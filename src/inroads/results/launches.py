"""Past launches: predicted in the study's market, what happened, what that says of entrants.

Nothing of a launch but its price, shelves, specification and awareness goes into its prediction.
"""

from __future__ import annotations

from enum import StrEnum

from inroads.results.base import IfDefined, Quantiles, Record


class LaunchMeasure(StrEnum):
    """What a figure of a launch is of."""

    UNITS = "units"
    """Units sold in its months."""
    SHARE_OF_CHANNEL = "share_of_channel"
    """A fraction of what the channel sold."""
    SHARE_OF_MEMBERS = "share_of_members"
    """A fraction of what the channel's members bought, wherever."""
    SHARE_OF_MARKET = "share_of_market"
    """A fraction of what everybody bought."""


class LaunchBound(StrEnum):
    """Whether a figure is a number or a bound."""

    NONE = "none"
    UPPER = "upper"
    """It was at most that."""
    LOWER = "lower"
    """It was at least that."""


class LaunchFigure(Record):
    """A figure of a past launch, predicted and reported, in the unit of its measure."""

    launch: str
    manufacturer: str
    channels: tuple[str, ...] = ()
    """Those that it is of; all on which it was on sale where empty."""
    measure: LaunchMeasure
    months: float
    """That the figure covers."""
    predicted: float
    """By the study's market, its own product unseen."""
    prediction_error: float
    """Standard error in logs, from the product's quality."""
    happened: float
    """As reported; a bound where `bound` says so."""
    bound: LaunchBound
    report_error: float
    """Standard deviation in logs of the report."""
    log_ratio: float
    """log(happened / predicted)."""
    quantiles: Quantiles | None = None
    """What the prediction and all other launches say; None where these are too few to read."""
    below: IfDefined = None
    """The probability that they give to less than what happened, or than the bound."""
    units: float
    """What happened as units a period in the study's market."""
    published: str
    source: str
    url: str = ""
    quote: str = ""
    note: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number, not a bound."""
        return self.bound == LaunchBound.NONE


class LaunchCoverage(Record):
    """How many numbers lie in the intervals that all other launches give them."""

    level: float
    """The probability that they should."""
    inside: int
    count: int
    low: float
    """Of the exact 95 percent interval of the true probability."""
    high: float


class LaunchPopulation(Record):
    """Log of happened over predicted, read as draws from one population."""

    mean: float
    mean_error: float
    spread: float
    """Standard deviation of launches beyond the errors of predictions and reports."""
    spread_error: float
    channel_spread: float
    """Standard deviation of a maker's standing from one channel to the next."""
    channel_spread_error: float
    spread_drawn: float
    """Of launches as the answer has it: the root of the mean square."""
    channel_spread_drawn: float
    """The same of a maker's standing from one channel to the next."""
    launches: int
    numbers: int
    bounds: int
    uniformity: IfDefined
    """The p-value that each number is where those before it say; None with too few."""
    coverage: tuple[LaunchCoverage, ...]
    factor: Quantiles
    """Of happened over predicted, for a launch to come at one channel, its quality known."""


class LaunchForecast(Record):
    """An entrant's units a period with the partners of the answer, past launches in it.

    Launches were predicted at list prices, whatever was paid: so are units here.
    """

    manufacturer: str
    partners: tuple[str, ...]
    units: float
    """The answer at list prices."""
    units_before: float
    """The same before past launches were looked at: by the line of quality alone."""
    units_at_channels_prices: float | None = None
    """The answer with channels setting prices; None without negotiations."""
    quantiles: Quantiles
    """Of the answer at list prices, by the errors of quality, of launches and of channels."""
    above_every_launch: tuple[str, ...] = ()
    """Channels at which the answer gives it more than any launch of the table sold a period."""


class PastLaunches(Record):
    """The launches of a study's table."""

    figures: tuple[LaunchFigure, ...]
    population: LaunchPopulation | None = None
    """None with fewer than five numbers."""
    forecasts: tuple[LaunchForecast, ...] = ()
    """None without a population."""

    @property
    def largest(self) -> LaunchFigure | None:
        """The number that is most units a period."""
        numbers = [figure for figure in self.figures if figure.is_number]
        return max(numbers, key=lambda figure: figure.units) if numbers else None
