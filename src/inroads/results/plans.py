"""What firms of a study should do: plans, their worth and risk, mandates, what to find out first.

Money is of the present, against no deal.
"""

from __future__ import annotations

from datetime import date

from inroads.results.base import IfDefined, Record
from inroads.results.keys import InputKey
from inroads.results.study import Lock

#: standard errors above 0: of so many inputs, others are worth something by luck
SURE = 1.645


class PlayedPlan(Record):
    """A plan that was played in every draw: at the odds of its deals, unless luck is named."""

    name: str
    """What is done: "Markt now, Grund after 4 quarters"."""
    expected: float
    """The mean over draws."""
    expected_error: float
    """Of that mean, from so many draws."""
    low: float
    """5 % quantile over draws."""
    high: float
    """95 % quantile over draws."""
    tail: float
    """5 % quantile with the luck of talks and politics."""
    loss_odds: float
    """The share of draws, luck in them, that lose."""
    regret: float
    """The most that is missed in any draw by not having taken the best plan of that draw."""
    on_frontier: bool
    """Whether no other plan is better in `expected` or `tail` and as good in both."""
    gain: float
    """The mean over the plan in the press."""
    gain_low: float
    gain_high: float
    better: float
    """The share of draws in which it is worth more than the plan in the press."""
    best: float
    """The share of draws in which it is worth most of all."""


class Learnt(Record):
    """What knowing one uncertain input before choosing is worth."""

    input: InputKey
    what: str
    """What it is, in words."""
    worth: float
    standard_error: float

    @property
    def is_sure(self) -> bool:
        """Whether its worth is above 0 by more than luck would have it (one-sided 5 %)."""
        return self.worth > SURE * self.standard_error


class Trial(Record):
    """What a launch at one partner alone would teach in its first period."""

    partner: str
    worth: float
    """Of having seen its sales before choosing, before the trial is paid for."""
    standard_error: float
    sold_low: float
    """Units that are exceeded in 19 draws of 20."""
    plan_if_low: str
    """The plan that is best after these."""
    sold_high: float
    """In one of 20."""
    plan_if_high: str

    @property
    def is_sure(self) -> bool:
        """Whether its worth is above 0 by more than luck would have it (one-sided 5 %)."""
        return self.worth > SURE * self.standard_error


class PriceRange(Record):
    """A wholesale price at the central numbers, and its 5 and 95 % quantiles over draws."""

    central: float
    low: float
    high: float


class WholesaleTerms(Record):
    """The wholesale prices of a deal, a unit."""

    lowest: PriceRange
    """At which the manufacturer gains nothing."""
    agreed: PriceRange
    """Of the Nash bargain."""
    highest: PriceRange
    """At which the channel gains nothing."""
    no_common_ground: float
    """The share of draws in which `highest` is below `lowest`."""
    earned_back: IfDefined
    """At which the firm earns back, on average and at the odds of talks and politics, what it
    spends before the deal is signed."""
    pays: float
    """The share of draws in which it does so at the agreed price."""


class Clause(Record):
    """What a clause is worth to both sides, and in wholesale price."""

    name: str
    to_manufacturer: float
    to_channel: float
    asks: float
    """The rise of the wholesale price that makes up for it to the manufacturer."""
    bears: float
    """The rise that the channel would bear for it."""

    @property
    def adds(self) -> bool:
        """Whether both sides together gain by it, so that it is worth agreeing on."""
        largest = max(abs(self.to_manufacturer), abs(self.to_channel))
        return self.to_manufacturer + self.to_channel > 1e-6 * largest


class DealMandate(Record):
    """What a negotiator takes along."""

    manufacturer: str
    channel: str
    predicted: WholesaleTerms
    """Beside the study's other deals."""
    alone: WholesaleTerms | None = None
    """Without them; None where there are no others."""
    clauses: tuple[Clause, ...]
    outside: dict[str, float]
    """By outside option of the manufacturer, by how much the agreed price would move without it."""


class FirmPlan(Record):
    """What a firm should do, as plan.json has it too."""

    firm: str
    is_channel: bool
    as_of: date
    """The last day whose facts count."""
    lock: Lock
    """What it was made of and with."""
    tried: int
    """Plans tried at the central numbers."""
    combinations: int
    """With clauses on risk and signs, which go with each plan that is drawn."""
    draws: int
    failed: int
    """Draws that could not be solved."""
    press: str
    """The plan in the press: the study's own answer."""
    best: str
    """The plan of the highest expected worth."""
    floor: float
    """What a plan should be worth at least in 19 draws of 20."""
    best_above_floor: str | None
    """The best of those that are; None where none is."""
    least_regret: str
    perfect_information: float
    """What knowing everything but luck before choosing would be worth."""
    plans: tuple[PlayedPlan, ...]
    """The best first."""
    information: tuple[Learnt, ...]
    """The most valuable first."""
    trials: tuple[Trial, ...] = ()
    """The most telling first."""
    mandates: tuple[DealMandate, ...]

    def plan(self, name: str) -> PlayedPlan:
        """The plan of a name."""
        return next(one for one in self.plans if one.name == name)

    def is_of(self, lock: Lock | None, as_of: date) -> bool:
        """Whether it was made of the same inputs, on the same day."""
        return lock is not None and (self.lock.inputs, self.as_of) == (lock.inputs, as_of)
