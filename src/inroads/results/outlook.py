"""Periods to come: entrants' paths, what entry is worth over time, draws, the world ranking.

Period 0 is that of the launch. Money is dollars; present values are at the launch unless said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from inroads.errors import refuse
from inroads.results.base import IfDefined, Quantiles, Record
from inroads.results.keys import InputKey, Quantity
from inroads.results.world import WorldRanking


class CampaignValue(Record):
    """What the campaigns that come with deals add to them."""

    deals_without_campaigns: float
    """Present value before launch costs, prices set at launches only."""
    deals_with_campaigns: float
    """Present value before launch costs, prices set at launches only."""
    price_per_point: IfDefined
    """Dollars at which a point of awareness leaves nothing of what campaigns add."""


class EntrantPath(Record):
    """An entrant with all partners of the answer from period 0 on, at the central numbers.

    Sequences have an entry a period; stocks one more, at the start of each and after the last.
    """

    manufacturer: str
    partners: tuple[str, ...]
    units: tuple[float, ...]
    units_without_deals: tuple[float, ...]
    units_by_region: Mapping[str, tuple[float, ...]] = Field(default_factory=dict)
    """With deals; empty where the study has no regions."""
    share: tuple[float, ...]
    """Of all sales."""
    share_without_deals: tuple[float, ...]
    in_use: tuple[float, ...]
    """Stock of its products among consumers."""
    in_use_without_deals: tuple[float, ...]
    awareness: Mapping[str, tuple[float, ...]]
    """By brand, the share of consumers who know it (a stock)."""
    profit_change: tuple[float, ...]
    """Profit with deals less profit without, before launch costs."""
    launch_spending: tuple[float, ...]
    cumulative_value: tuple[float, ...]
    """Present value so far, launch costs paid."""
    gross_value: float
    """Present value before launch costs, prices set at launches only."""
    net_value: float
    """Present value, launch costs paid."""
    periods_to_break_even: int | None
    """None where deals do not pay for themselves within the path."""
    firm_value_changes: Mapping[str, float]
    """Present value of the change in profit by firm, the entrant's less launch costs; without
    firms that it leaves unchanged."""
    price_per_point: IfDefined
    """Dollars at which a point of awareness leaves nothing of entry as a whole."""
    campaign: CampaignValue
    residual: float

    @property
    def best_known(self) -> tuple[float, ...]:
        """The share that knows its best-known brand at the start of each period."""
        stocks = list(self.awareness.values())
        return tuple(max(now) for now in zip(*stocks, strict=True))[: len(self.units)]


class EntryStart(StrEnum):
    """How an entrant begins."""

    STAY_OUT = "stay_out"
    FIRST_CHANNEL = "first_channel"
    BOTH_CHANNELS = "both_channels"


class NextStep(StrEnum):
    """What an entrant with one channel does once quality has shown."""

    STOP = "stop"
    GO_ON = "go_on"
    WIDEN = "widen"


class EntryPlan(StrEnum):
    """What is fixed at the start."""

    STAY_OUT = "stay_out"
    BOTH_CHANNELS = "both_channels"
    FIRST_THEN_STOP = "first_then_stop"
    FIRST_THEN_GO_ON = "first_then_go_on"
    FIRST_THEN_WIDEN = "first_then_widen"


class StagedEntry(Record):
    """Begin with one channel and decide later: dollars at the launch, at the odds."""

    manufacturer: str
    channels: tuple[str, str]
    """The first, and the one that may come later."""
    decision_period: int
    launch_probabilities: tuple[float, float]
    """By channel."""
    both_launched: IfDefined = None
    """The probability that both are launched: politics is one shock for the two."""
    launch_cost: float
    """A channel and launch."""
    value: float
    """Of the best plan, decisions free."""
    best_start: EntryStart
    best_next: tuple[NextStep, ...]
    """After a start with one channel: for quality lower than, as, and higher than expected."""
    value_of_first_channel: float
    """Of a start with one channel, decisions after it free."""
    plans: Mapping[EntryPlan, float]
    flexibility: float
    """Value over that of the best plan fixed at the start."""


class Listing(Record):
    """An entrant's gain as a share of the valuations spoken of."""

    manufacturer: str
    years_of_profit: float
    """In a valuation."""
    valuation_low: float
    valuation_high: float
    last_year_gain: float
    """Profit that deals add in the last year of the path."""
    odds: float = 1.0
    """Of it, the part to be expected: that deals are launched, and politics lets them stand."""
    share_of_low: float
    """The last year's gain at the odds, at so many years of profit, over the valuation."""
    share_of_high: float


class TriangularDistribution(Record):
    """Between low and high, most likely at mode."""

    kind: Literal["triangular"] = "triangular"
    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:
        """Of the distribution."""
        return (self.low + self.mode + self.high) / 3

    @property
    def spread(self) -> float:
        """Its standard deviation."""
        low, mode, high = self.low, self.mode, self.high
        squares = low**2 + mode**2 + high**2 - low * mode - low * high - mode * high
        return math.sqrt(squares / 18)


class UniformDistribution(Record):
    """Any value between low and high alike."""

    kind: Literal["uniform"] = "uniform"
    low: float
    high: float


class NormalDistribution(Record):
    """Jointly normal."""

    kind: Literal["normal"] = "normal"
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]


class BernoulliDistribution(Record):
    """1 with this probability, else 0."""

    kind: Literal["bernoulli"] = "bernoulli"
    probability: float


class TogetherDistribution(Record):
    """Each triangular by itself, their ranks correlated."""

    kind: Literal["together"] = "together"
    each: tuple[TriangularDistribution, ...]
    correlation: float


Distribution = Annotated[
    TriangularDistribution
    | UniformDistribution
    | NormalDistribution
    | BernoulliDistribution
    | TogetherDistribution,
    Field(discriminator="kind"),
]


class DrawnInput(Record):
    """One uncertain input, or several that are drawn together."""

    keys: tuple[InputKey, ...]
    distribution: Distribution


class Spread(Record):
    """An output under the draws, in its own unit (`Quantity`)."""

    manufacturer: str
    quantity: Quantity
    rival: str | None = None
    """Whose units, for `RIVAL_UNITS_CHANGE`."""
    region: str | None = None
    """Where, for `UNITS_IN_REGION`."""
    period: int | None = None
    """After the launch; None for what is said once."""
    mean: float
    mean_error: float = 0.0
    """Monte Carlo error of the mean: what as many other draws would move it by."""
    quantiles: Quantiles


class Contribution(Record):
    """What one input brings to the spread of an output."""

    manufacturer: str
    quantity: Quantity
    input: InputKey
    slope: float
    """Change of the output for one standard deviation more of the input, linearly."""
    standard_error: float
    """Of the slope, from so many draws."""
    r_squared: float
    """Of the linear slopes of all inputs together."""


class Draws(Record):
    """Futures drawn from all uncertain inputs at once."""

    count: int
    failed: int
    """Draws without a solution, left out."""
    failure: str | None
    """What the first of them said."""
    seed: int
    inputs: tuple[DrawnInput, ...]
    by_period: tuple[Spread, ...]
    totals: tuple[Spread, ...]
    contributions: tuple[Contribution, ...]
    """Empty where draws are too few to tell."""

    @property
    def solved(self) -> int:
        """Draws that did not fail."""
        return self.count - self.failed

    def total(self, manufacturer: str, quantity: Quantity) -> Spread | None:
        """What is said once of a manufacturer."""
        key = (manufacturer, quantity)
        return next((s for s in self.totals if (s.manufacturer, s.quantity) == key), None)

    def path(
        self, manufacturer: str, quantity: Quantity, region: str | None = None
    ) -> list[Spread]:
        """What is said of a manufacturer, in a region, period by period, in order."""
        key = (manufacturer, quantity, region)
        rows = [s for s in self.by_period if (s.manufacturer, s.quantity, s.region) == key]
        return sorted(rows, key=lambda spread: spread.period or 0)

    def chart(self, manufacturer: str, quantity: Quantity = Quantity.UNITS) -> Any:
        """An Altair chart of a manufacturer's path with its fan: median, half and nine of ten."""
        import pandas as pd

        from inroads.charts.over_time import fan

        spreads = self.path(manufacturer, quantity)
        if not spreads:
            names = sorted({s.manufacturer for s in self.by_period})
            quantities = sorted({s.quantity.value for s in self.by_period})
            raise refuse(
                expected=f"one of {', '.join(names)}, and one of {', '.join(quantities)}",
                found=f"{manufacturer}, {quantity}",
                where="draws",
                remedy="choose what was drawn period by period.",
            )
        rows = [spread.quantiles.model_dump() for spread in spreads]
        table = pd.DataFrame(rows, index=[spread.period for spread in spreads])
        return fan(table, f"{manufacturer}, {quantity.value.replace('_', ' ')}")

    def contributions_to(self, quantity: Quantity) -> dict[str, list[Contribution]]:
        """By manufacturer, the steepest first."""
        rows: dict[str, list[Contribution]] = {}
        for row in self.contributions:
            if row.quantity == quantity:
                rows.setdefault(row.manufacturer, []).append(row)
        return {m: sorted(r, key=lambda c: -abs(c.slope)) for m, r in rows.items()}


class Outlook(Record):
    """Periods to come."""

    periods: int
    discount_rate: float
    """A year."""
    launch_cost: float
    """Dollars a channel and launch."""
    decision_period: int
    """After which an entrant with one channel decides."""
    stop_hazard: float = 0.0
    """Probability a period that politics ends sales at channels after the launch."""
    paths: tuple[EntrantPath, ...]
    staged_entry: tuple[StagedEntry, ...]
    """Empty where there is one partner only."""
    listing: Listing | None = None
    draws: Draws | None = None
    """None where no futures were drawn."""
    world: WorldRanking | None = None

    @property
    def draws_solved(self) -> int:
        """How many futures there are."""
        return self.draws.solved if self.draws else 0

    def total(self, manufacturer: str, quantity: Quantity) -> Spread | None:
        """What draws say once of a manufacturer; None without draws."""
        return self.draws.total(manufacturer, quantity) if self.draws else None

    def spread(
        self, manufacturer: str, quantity: Quantity, region: str | None = None
    ) -> list[Spread]:
        """What draws say of a manufacturer, in a region, period by period; empty without draws."""
        return self.draws.path(manufacturer, quantity, region) if self.draws else []

    def contributions_to(self, quantity: Quantity) -> dict[str, list[Contribution]]:
        """By manufacturer, what brings the spread of a quantity; empty without draws."""
        return self.draws.contributions_to(quantity) if self.draws else {}
