"""[consumers] of study.toml: who may buy."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inroads.study.config.config_base import Cell, PerMonth, PerYear, Section, Share, Unit

YearlyIncome = Annotated[Cell, Unit("dollars a year")]


class Income(Section):
    """A group of consumers by income. Without any, all have $60,000 a year."""

    label: str
    """Its name in messages and in the ledger."""
    mean: YearlyIncome
    """Its mean income."""
    shares: tuple[Share, ...] = Field(min_length=1)
    """Its part of consumers; several numbers are added up. Only proportions between groups
    matter."""
    strained: Annotated[Cell, Unit("odds")] = 1.0
    """Its odds of being short of cash, relative to other groups."""
    regions: tuple[str, ...] = ()
    """The regions of [[market.region]] in which it lives, all unless named. Its share is then of
    those who live there."""


class SubgroupShare(Section):
    """Owners of a brand among the better off, where they are more or fewer."""

    income_from: Annotated[float, Unit("dollars a year")]
    """The income groups of at least this mean."""
    share: Share
    """The part of them that owns the brand."""


class Owned(Section):
    """Owners of a brand today; without any, nobody owns a thing that matters."""

    brand: str
    """The brand; what buyers own of brands not listed is "other"."""
    platform: str = ""
    """The platform of what they own, as in products.csv; blank where that has none."""
    share: Share | None = None
    """Their part of consumers. Exactly one group leaves it out: the rest."""
    among: SubgroupShare | None = None
    """Another part among the better off."""


class Liquidity(Section):
    """Who is short of cash, and what paying later is worth. Without it paying later is worth
    nothing."""

    strained: Share
    """The part of consumers that is short of cash: it cannot pay over time unless granted credit
    (the parameter `credit`)."""
    annual_rate: PerYear
    """The discount rate of all others."""
    strained_monthly_rate: PerMonth
    """The discount rate of those short of cash."""
    later: Share = 1.0
    """What a dollar that may be paid later weighs beside one paid at once, before discounting: 1
    for buyers who compare prices, less for those who look at what is due a month. No moment of
    targets.csv tells it from tastes for channels: it takes sales with and without paying over
    time."""


class SelectivePart(Section):
    """Whether who knows a little-known brand likes such brands more than others would."""

    sigma: Annotated[Cell, Unit("utility")]
    """The standard deviation of the taste for brands that not everyone knows."""
    rho: Cell
    """The correlation of that taste with knowing them, from 0 to below 1."""
    nodes: int = Field(default=5, ge=2, le=15)
    """Points of the taste that consumers are split by; a run's time grows with them."""


class ConsumerPart(Section):
    """Consumers: by income, by what they own, by liquidity, by what they know."""

    income: tuple[Income, ...] = ()
    """Income groups, each a table [[consumers.income]]."""
    owned: tuple[Owned, ...] = ()
    """What consumers own today, by brand, each a table [[consumers.owned]]."""
    liquidity: Liquidity | None = None
    """Who is short of cash."""
    awareness: dict[str, Share] = Field(default_factory=dict)
    """By brand, the part of consumers that knows it; everyone knows a brand not listed."""
    awareness_at: dict[str, dict[str, Share]] = Field(default_factory=dict)
    """By brand and channel, where it differs: at a channel with members, the part of these that
    knows the brand; at an open one, the part of consumers that knows it when it shops there, at
    least as many as elsewhere. The brand is in `awareness` too."""
    selective: SelectivePart | None = None
    """Whether those who know a brand like it more."""
    income_exponent: Cell = 0.0
    """How much less money weighs for the rich: (60,000 / income) to this power."""
