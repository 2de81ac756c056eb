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
    launches: int
    numbers: int
    bounds: int
    uniformity: IfDefined
    """The p-value that each number is where those before it say; None with too few."""
    coverage: tuple[LaunchCoverage, ...]
    factor: Quantiles
    """Of happened over predicted, for a launch to come whose quality is known."""


class ForecastAsTested(Record):
    """An entrant's units a period with the partners of the answer, by the model and as tested.

    Launches were predicted at list prices, whatever was paid: so is what is tested.
    """

    manufacturer: str
    partners: tuple[str, ...]
    units: float
    """By the model at list prices."""
    units_low: float | None = None
    """The same with quality one standard error lower."""
    units_high: float | None = None
    """The same one standard error higher."""
    units_at_channels_prices: float | None = None
    """By the model with channels setting prices; None without negotiations."""
    tested: Quantiles
    """Units with the population's mean and spread on the odds of its share, and its own error."""
    above_every_launch: tuple[str, ...] = ()
    """Channels at which the answer gives it more than any launch of the table sold a period."""


class PastLaunches(Record):
    """The launches of a study's table."""

    figures: tuple[LaunchFigure, ...]
    population: LaunchPopulation | None = None
    """None with fewer than five numbers."""
    forecasts: tuple[ForecastAsTested, ...] = ()
    """None without a population."""

    @property
    def largest(self) -> LaunchFigure | None:
        """The number that is most units a period."""
        numbers = [figure for figure in self.figures if figure.is_number]
        return max(numbers, key=lambda figure: figure.units) if numbers else None
