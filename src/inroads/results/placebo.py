"""The placebo of a study: makers on sale, predicted as if they had never been seen."""

from __future__ import annotations

from enum import StrEnum

from inroads.results.base import Record


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
