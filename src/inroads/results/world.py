"""The world ranking: what makers ship in the world, and who passes whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from inroads.results.base import Quantiles, Record
from inroads.results.keys import DealScenario


class Shipment(Record):
    """Units that a manufacturer shipped in the world in a calendar quarter."""

    manufacturer: str
    quarter: str
    units: float


class PassingOdds(Record):
    """The probability that the leader ships strictly more than a rival.

    span: in that quarter; in it or in one before it; in that calendar year.
    """

    rival: str
    scenario: DealScenario
    span: Literal["quarter", "by", "year"]
    period: str
    probability: float


class ShipmentForecast(Record):
    """Units in the world in a calendar quarter, as forecast."""

    scenario: DealScenario
    manufacturer: str
    quarter: str
    quantiles: Quantiles


class WorldRanking(Record):
    """Who passes whom in the world, as one research firm counts."""

    leader: str
    rivals: tuple[str, ...]
    research_firm: str
    until: str
    """The last quarter forecast."""
    is_shares_of_total: bool = False
    """Whether forecasts are shares of all makers' shipments, which add up."""
    damping: float = 1.0
    """What is left after a quarter of the growth that forecasts go on with."""
    correlation: Mapping[str, Mapping[str, float | None]] = {}
    """Of one-step errors in the past, of what was forecast."""
    history: tuple[Shipment, ...]
    odds: tuple[PassingOdds, ...]
    forecast: tuple[ShipmentForecast, ...]
    points: int
    """Of the forecast, each drawn beside a draw of the entrant's future."""

    def odds_of(self, rival: str, scenario: DealScenario, span: str) -> dict[str, float]:
        """By period, the probability that the leader passes a rival."""
        key = (rival, scenario, span)
        return {
            row.period: row.probability
            for row in self.odds
            if (row.rival, row.scenario, row.span) == key
        }

    @property
    def years(self) -> list[str]:
        """Calendar years of which every quarter is a forecast."""
        if not self.rivals:
            return []
        quarters = self.odds_of(self.rivals[0], DealScenario.WITHOUT_DEALS, "quarter")
        ahead = [quarter[:4] for quarter in quarters]
        return [year for year in dict.fromkeys(ahead) if ahead.count(year) == 4]
