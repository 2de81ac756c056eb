"""How the market was fitted: parameters, targets, checks, the line for unsold products, and its
placebo: makers on sale, predicted as if they had never been seen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from inroads.results.base import IfDefined, Record


class Parameter(Record):
    """A taste that was searched, or taken from an estimate."""

    name: str
    label: str
    """As study.toml calls it."""
    value: float
    standard_error: IfDefined
    """From those of the targets, or the estimate's own; None where it is not known."""


class Target(Record):
    """A number of the data that the search came near to."""

    name: str
    label: str
    target: float
    error: float
    """Standard error of the target."""
    fitted: float
    misses_by: float
    """Fitted less target, in standard errors."""
    in_percent: bool = False
    """Whether the study states it as a percentage; values here are fractions all the same."""


class Check(Record):
    """A number of the data that was not fitted, beside what the model says."""

    name: str
    label: str
    value: float
    fitted: float
    in_percent: bool = False
    """Whether the study states it as a percentage."""


class Margin(Record):
    """An observed share of sales, met exactly; names are lists joined by ';', "" for any."""

    name: str
    manufacturer: str = ""
    product: str = ""
    channel: str = ""
    region: str = ""
    fitted: float
    observed: float


class Calibration(Record):
    """The fit of tastes to targets."""

    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    checks: tuple[Check, ...]
    margins: tuple[Margin, ...]
    sensitivity: Mapping[str, Mapping[str, IfDefined]]
    """By parameter and target: change of the parameter for one standard error of the target."""
    unidentified: tuple[Mapping[str, float], ...]
    """Combinations of parameters (name: weight) that the targets do not pin."""
    distance: float
    """Half the sum of squared misses, in standard errors."""
    status: str
    residual: float
    evaluations: int
    estimated: tuple[Parameter, ...] = ()
    """What was taken from an estimate in place of being searched; none where there is none."""
    estimate: str = ""
    """The file that it was read from, as study.toml names it."""


class HedonicCoefficient(Record):
    """Utility for one unit more of a term of the line."""

    name: str
    value: float
    standard_error: float


class PredictedQuality(Record):
    """A product without sales in the data, its quality in units of utility: read off the line, and
    corrected by how past launches turned out where these are known."""

    product: str
    manufacturer: str
    quality: float
    standard_error: float
    """Of the line, and of launches."""
    own_error: float
    """The part of the standard error that no other product of its maker shares."""


class QualityOnSale(Record):
    """A product with sales, its quality as calibrated, in units of utility."""

    product: str
    manufacturer: str
    quality: float
    awareness: float
    """The smallest share of any channel's members that knows its brand."""


class MakerEffect(Record):
    """How far a maker's products stand from what their specifications say, in units of utility."""

    manufacturer: str
    products: int
    """With sales."""
    effect: float
    standard_error: float
    retained: float
    """Part of what its products say that the effect retains; the rest is drawn to the mean."""


class Hedonic(Record):
    """The line of quality on specifications, with makers' effects."""

    coefficients: tuple[HedonicCoefficient, ...]
    tau: float
    """Standard deviation of makers' effects, in units of utility."""
    sigma: float
    """Standard deviation of products about their maker's line, in units of utility."""
    r_squared: float
    """Part of the differences in quality that specifications and makers' effects explain."""
    observations: int
    """Products with sales."""
    makers: tuple[MakerEffect, ...]
    products: tuple[PredictedQuality, ...]
    on_sale: tuple[QualityOnSale, ...]

    @property
    def best_known(self) -> QualityOnSale | None:
        """The best liked product, at equal price, of a brand that everyone knows."""
        rivals = [p for p in self.on_sale if p.awareness >= 1]
        return max(rivals, key=lambda p: p.quality, default=None)

    @property
    def above_all(self) -> list[PredictedQuality]:
        """Products that would be liked better than it by more than their standard error."""
        best = self.best_known
        if best is None:
            return []
        return [p for p in self.products if p.quality > best.quality + p.standard_error]


class Population(StrEnum):
    """Makers that one never seen is taken to be a draw from."""

    ALL = "all"
    SOLD_BY_CHANNELS = "sold_by_channels"
    """Those that a channel with members sells."""
    OPEN_CHANNEL_ONLY = "open_channel_only"
    """Those that none does."""
    LITTLE_KNOWN = "little_known"
    """Those with a brand that not everyone knows."""
    WELL_KNOWN = "well_known"
    """Those whose brands everyone knows."""
    GIVEN = "given"
    """Those that study.toml lists."""


class PlaceboProduct(Record):
    """A product on sale, predicted by a line without its maker."""

    product: str
    manufacturer: str
    log_ratio: float
    """Predicted less calibrated quality: the logarithm of their odds at equal price."""
    standard_error: float
    z: float
    """The log ratio in standard errors."""


class PopulationError(Record):
    """How well makers left out are predicted as draws from a population."""

    population: Population
    manufacturers: tuple[str, ...]
    mean_log_ratio: float
    """Mean over makers of their products' mean log ratio."""
    standard_error: float
    """Of that mean, makers being the clusters."""
    rmse: float
    """Root mean square of log ratios, each maker counting once."""


class Placebo(Record):
    """Each maker left out in turn, by the rule that is used for makers without sales."""

    population: Population
    """Of which makers never seen are draws, whichever predicted best unless study.toml says."""
    products: tuple[PlaceboProduct, ...]
    populations: tuple[PopulationError, ...]
    """All that were tried, the one used among them."""

    @property
    def used(self) -> PopulationError:
        """The errors of the population that is used."""
        return next(p for p in self.populations if p.population == self.population)

    @property
    def outside(self) -> int:
        """Products outside of the interval that should hold nine in ten."""
        return sum(abs(p.z) > 1.6448536269514722 for p in self.products)
