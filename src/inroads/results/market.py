"""Scenarios at list prices: the market of the data, and what a change makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from inroads.results.base import IfDefined, Record
from inroads.results.networks import DealTerms


class SalesShares(Record):
    """Shares of all sales, adding up to one."""

    manufacturer: Mapping[str, float]
    channel: Mapping[str, float]
    product: Mapping[str, float]


class RegionSales(Record):
    """What a local market buys, in one period of the study."""

    consumers: float
    """Consumers in the market who live there."""
    units: Mapping[str, float]
    """Units a period by manufacturer."""
    shares: Mapping[str, float]
    """Shares of all sales there, by manufacturer; 0 where nothing is sold."""

    @property
    def total_units(self) -> float:
        """Units a period of all manufacturers."""
        return sum(self.units.values())


class MarketOutcome(Record):
    """A solved market at list prices, in one period of the study."""

    shares: SalesShares
    units: Mapping[str, float]
    """Units a period by manufacturer."""
    total_units: float
    """Units a period of all manufacturers."""
    regions: Mapping[str, RegionSales] = Field(default_factory=dict)
    """By region, in the order of study.toml; empty where the study has none."""
    mean_price: IfDefined
    """Dollars, by units sold; None where nothing is."""
    consumer_surplus_change: float
    """Dollars a period of all consumers, against the market of the data."""
    consumer_surplus_change_per_buyer: IfDefined
    """The same over the units sold; None where nothing is."""
    status: str
    """How the solver ended."""
    residual: float
    """The solver's, in shares."""


class Baseline(MarketOutcome):
    """The market of the data, as the model returns it."""

    reproduced_to: float
    """The largest gap between shares of the model and of the data, as a fraction of the market."""


class ScenarioGroup(StrEnum):
    """What a scenario belongs to."""

    ENTRY = "entry"
    """Entrants with their main products, by partners."""
    FULL_RANGE = "full_range"
    """Entrants with all their products."""
    AWARENESS = "awareness"
    """Entrants known to a given share of consumers."""
    WRITTEN = "written"
    """Written out in study.toml."""


class Move(Record):
    """One change of the market: the name of the move and what it is told."""

    name: str
    settings: Mapping[str, str | bool | int | float | tuple[str, ...] | None]

    @property
    def description(self) -> str:
        """In one line: "Launch: X, Nord"."""
        values = (
            " + ".join(value) if isinstance(value, tuple) else str(value)
            for value in self.settings.values()
        )
        return f"{self.name}: {', '.join(values)}"


class EntrantSales(Record):
    """An entrant in a scenario."""

    units: float
    """Units a period."""
    units_low: float | None = None
    """The same with the quality of its products without sales, and the estimate that the study may
    rest on, one standard error lower."""
    units_high: float | None = None
    """The same one standard error higher."""
    share: IfDefined = None
    """Of all sales; None where nothing is sold."""
    multiple: IfDefined = None
    """Units over those of the scenario `reference`; None where that sells nothing."""


class Scenario(Record):
    """Moves on the market of the data, every price at list, and what comes of them."""

    name: str
    """Its name in tables and on the command line."""
    group: ScenarioGroup
    title: str = ""
    """What study.toml calls it, in the group `WRITTEN`."""
    entrants: Mapping[str, EntrantSales]
    """By manufacturer, the first first."""
    entrants_by_region: Mapping[str, Mapping[str, EntrantSales]] = Field(default_factory=dict)
    """The same by region; empty where the study has none."""
    partners: tuple[str, ...] = ()
    """Channels that entrants have deals with."""
    reference: str = ""
    """The scenario of the same entrants without partners."""
    awareness: float | None = None
    """The share of consumers who know entrants' brands, where the scenario sets it."""
    moves: tuple[Move, ...] = ()
    outcome: MarketOutcome


class Mechanism(StrEnum):
    """What a deal brings."""

    FINANCING = "financing"
    SHELF = "shelf"
    COMPATIBILITY = "compatibility"
    AWARENESS = "awareness"


class Coalition(Record):
    """Units a period with only these mechanisms switched on."""

    mechanisms: tuple[Mechanism, ...]
    units: float


class Decomposition(Record):
    """What partners add to an entrant's units at list prices, shared out by Shapley value."""

    manufacturer: str
    partners: tuple[str, ...]
    gain: float
    """Units a period over entering without partners."""
    parts: Mapping[Mechanism, float]
    """Adding up to `gain`."""
    coalitions: tuple[Coalition, ...] = ()


class SwingUnits(Record):
    """An entrant's units a period with the headline's partners, and over those without."""

    units: float
    multiple: IfDefined


class SalesAtEnd(Record):
    """Entrants' sales at list prices at one end of an assumption's range, the market refitted."""

    value: float
    """The assumption, as written, in its unit."""
    entrants: Mapping[str, SwingUnits]


class SalesSwing(Record):
    """Entrants' sales at list prices across the range of one assumption."""

    assumption: str
    """Its id in assumptions.csv."""
    unit: str
    reason: str
    central: float
    """The value that the study takes, as written."""
    low: SalesAtEnd
    high: SalesAtEnd


class Change(Record):
    """A number before the moves and after them."""

    before: float
    after: float

    @property
    def by(self) -> float:
        """The difference."""
        return self.after - self.before


class WhatIf(Record):
    """A market after moves, against the same without them. Money is dollars a period."""

    moves: tuple[str, ...]
    """As they were made, in order."""
    entrants: tuple[str, ...]
    """Those with deals, who sell in the open channel without them."""
    at_list_prices: bool
    """Whether nobody answers; then nothing is known of profits."""
    units: Mapping[str, Change]
    """By manufacturer, a period."""
    profits: Mapping[str, Change]
    """By firm; empty at list prices."""
    terms: tuple[DealTerms, ...]
    """Of deals that were bargained over; empty at list prices."""
    consumer_surplus_change: float
