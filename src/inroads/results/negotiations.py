"""What deals bring when channels set prices: terms, how far they are, what they hang on.

An entrant sells in the open channel and through the channels it has deals with. Money is dollars
a period of the study, prices are dollars apiece (means by units sold), unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from inroads.results.base import Certificate, IfDefined, Record
from inroads.results.firms import CostBases
from inroads.results.interventions import Intervention, Lever
from inroads.results.networks import EveryChannel, Networks, Response


class ChannelResponse(Record):
    """What deals do to the other manufacturers' offers in a channel, and to its profit."""

    price_change: float
    """Mean by units before, in dollars."""
    units_change: float
    profit_change: float


class Negotiation(Record):
    """One negotiation, against its breaking down; without it the entrant has `other_deals` only."""

    manufacturer: str
    channel: str
    other_deals: Mapping[str, tuple[str, ...]] = {}
    """Deals of other entrants that stand: channels by manufacturer."""
    full_range: bool = False
    """Whether it is over all of the entrant's products, not only its main ones."""
    units: float
    """The entrant's in the channel."""
    units_elsewhere: float
    """The entrant's outside the channel, with the deal."""
    units_without_deal: float
    """The entrant's anywhere, without the deal."""
    joint_surplus: float
    manufacturer_gain: float
    """Over its disagreement profit."""
    channel_gain: float
    """Over its disagreement profit."""
    manufacturer_disagreement_profit: float
    channel_disagreement_profit: float
    fixed_fee: float
    """Paid by the channel; zero where the contract has none."""
    wholesale_price: float
    """Agreed."""
    lowest_wholesale_price: float
    """At which the manufacturer gains nothing, retail prices held."""
    highest_wholesale_price: float
    """At which the channel gains nothing, retail prices held."""
    production_cost: float
    retail_price: float
    """As posted, beside list prices: `given_off` is still to be taken off it."""
    list_price: float
    given_off: float = 0.0
    """What the channel gives off, as it does off list prices."""
    manufacturer_profit_change: float
    """From the equilibrium without the deal to that with it."""
    channel_profit_change: float
    """From the equilibrium without the deal to that with it."""
    rival_units_change: Mapping[str, float]
    """By manufacturer."""
    channel_responses: Mapping[str, ChannelResponse]
    """By channel with members."""
    consumer_surplus_change: float
    certificate: Certificate
    certificate_without_deal: Certificate

    @property
    def both_gain(self) -> bool:
        """Whether there is something to split."""
        return self.manufacturer_gain >= 0 and self.channel_gain >= 0


class EntrantDeals(Record):
    """An entrant's deals with all partners of the answer at once, against none of them."""

    manufacturer: str
    partners: tuple[str, ...]
    units: float
    units_low: float
    """With the quality of its products without sales one standard error lower."""
    units_high: float
    """The same one standard error higher."""
    units_without_deals: float
    multiple: IfDefined
    """Units over those without deals; None where these are none."""
    share: float
    """Of all sales."""
    market_units_change: float
    """Of all manufacturers together."""
    manufacturer_gain: float
    rival_units_change: Mapping[str, float]
    """By manufacturer."""
    channel_responses: Mapping[str, ChannelResponse]
    """By channel with members, partners among them."""
    consumer_surplus_change: float
    certificate: Certificate

    @property
    def partners_gain(self) -> float:
        """Profit that the deals bring the partners together."""
        return sum(self.channel_responses[partner].profit_change for partner in self.partners)


class TermsVariant(StrEnum):
    """How the first negotiation is held otherwise."""

    CENTRAL = "central"
    """As in the answer: linear price, simultaneous, the central weight."""
    LOW_WEIGHT = "low_weight"
    HIGH_WEIGHT = "high_weight"
    TWO_PART = "two_part"
    """A fixed fee besides the price."""
    SEQUENTIAL = "sequential"
    """Retail prices answer wholesale prices."""
    SEQUENTIAL_TWO_PART = "sequential_two_part"


class TermsCase(Record):
    """The first negotiation under one way of bargaining."""

    variant: TermsVariant
    channel_weight: float
    """The channel's share of the joint surplus."""
    negotiation: Negotiation


class NegotiationState(StrEnum):
    """How far negotiations have come by the date of the study."""

    NONE = "none"
    RUMOURED = "rumoured"
    TALKS = "talks"
    AGREED = "agreed"
    LAUNCHED = "launched"
    COLLAPSED = "collapsed"


class StateChange(Record):
    """A day on which the state of negotiations changed."""

    date: str
    state: NegotiationState


class Prospect(Record):
    """What a deal is expected to bring, given how far its negotiation has come."""

    manufacturer: str
    channel: str
    state: NegotiationState
    since: str | None = None
    """The day of the last event; None without any."""
    event: str | None = None
    """What happened then."""
    source: str | None = None
    history: tuple[StateChange, ...] = ()
    launch_probability: float
    """That neither politics nor the negotiation itself ends the deal before its launch: the mean
    over the ranges of what is assumed."""
    launch_probability_at_modes: IfDefined = None
    """The same with every number assumed at what is most likely."""
    value_if_launched: float
    """Dollars to the manufacturer over the time on sale, undiscounted."""
    expected_value: float
    """Dollars at the odds of a launch, less the launch cost, which is spent either way."""
    channel_expected_value: float
    """Dollars to the channel at the odds of a launch."""
    break_even_hazard: float
    """The political hazard a period at which the manufacturer expects nothing."""
    political_hazard: float
    """Probability a period that politics ends the deal, as assumed."""
    political_hazard_low: IfDefined = None
    """The low end of its range; None for a plain number or a fact."""
    political_hazard_high: IfDefined = None
    launch_cost: float
    """Dollars a channel and launch; the mean over its range, as are the periods on sale."""
    periods_on_sale: float
    worth_periods: float
    """What these sell, in periods like the first after the launch."""


class Event(Record):
    """What is known of a negotiation, with its source."""

    date: str
    manufacturer: str
    channel: str
    state: NegotiationState
    event: str
    published: str
    source: str
    url: str = ""
    quote: str = ""


class Talks(Record):
    """How far the negotiation of a pair has come, without what the deal would bring."""

    manufacturer: str
    channel: str
    state: NegotiationState
    history: tuple[Event, ...]
    """What is known of it, in order."""
    launch_probability: IfDefined
    """The mean over the ranges of what is assumed, as if it began where there is none; None for a
    study that says nothing of hazards."""


class TermsAtEnd(Record):
    """The first negotiation at one end of an assumption's range."""

    value: float
    """The assumption, as written, in its unit; standard errors for unobserved quality."""
    joint_surplus: float
    wholesale_price: float
    lowest_wholesale_price: float
    highest_wholesale_price: float
    manufacturer_gain: float
    channel_gain: float
    units: float
    retail_price: float
    launch_probability: float
    expected_value: float
    """To the manufacturer, see `Prospect`."""
    break_even_hazard: float
    certificate: Certificate


class TermsSwing(Record):
    """The first negotiation across the range of one assumption, firms calibrated anew."""

    assumption: str | None
    """Its id; None for the quality of the entrant's products without sales."""
    unit: str
    reason: str
    central: float
    low: TermsAtEnd
    high: TermsAtEnd


class EntrantCampaign(Record):
    """Being known: what partners' campaigns bring an entrant, and one that it would run alone."""

    manufacturer: str
    cost: float
    """Dollars of a partner's campaign."""
    awareness_without: float
    """The part of consumers that knows the brand, without partners' campaigns."""
    awareness_with: float
    """The same with those of all partners of the answer, mean over consumers."""
    first_dollar: float
    """What the first dollar of a campaign of its own brings back while the products are on sale,
    without partners."""
    own_dollars: float
    """What it would spend so; it is spent with deals or without."""


class CornerEnd(Record):
    """An assumption at one end of its range."""

    assumption: str
    value: float
    """As written, in its unit."""


class WorstCorner(Record):
    """The first negotiation with every assumption that swings at the end that is worse for it."""

    ends: tuple[CornerEnd, ...]
    quality_errors: float
    """Of the entrant's products without sales, in standard errors."""
    terms: TermsAtEnd


class NegotiationResults(Record):
    """Negotiations of the entrants with channels, and what their deals rest on."""

    negotiations: tuple[Negotiation, ...]
    """Every entrant with every channel, each the entrant's only one."""
    prospects: tuple[Prospect, ...]
    """One a negotiation, in the same order."""
    entrants: tuple[EntrantDeals, ...]
    full_range: tuple[Negotiation, ...]
    """With the first partner, over all of an entrant's products."""
    terms: tuple[TermsCase, ...]
    """The first entrant with the first partner."""
    networks: Networks
    every_channel: tuple[EveryChannel, ...] = ()
    """Each entrant with all channels that negotiate, the others out; then beside them."""
    responses: tuple[Response, ...] = ()
    """Of the manufacturers that lose most, to each entrant's deals with the partners."""
    events: tuple[Event, ...]
    """Known at the date of the study, in order."""
    interventions: tuple[Intervention, ...]
    levers: tuple[Lever, ...]
    swings: tuple[TermsSwing, ...]
    campaigns: tuple[EntrantCampaign, ...] = ()
    """By entrant; none where a campaign reaches everybody."""
    costs: CostBases | None = None
    """The answer on both bases of costs; None where members are worth nothing."""
    worst_corner: WorstCorner | None = None
    """All of them at once, at their worse ends."""

    def prospect_of(self, negotiation: Negotiation) -> Prospect:
        """What the deal of a negotiation is expected to bring."""
        return self.prospects[self.negotiations.index(negotiation)]

    def of_answer(self, entrant: EntrantDeals) -> list[Negotiation]:
        """An entrant's negotiations with the partners of the answer."""
        return [
            n
            for n in self.negotiations
            if n.manufacturer == entrant.manufacturer and n.channel in entrant.partners
        ]

    @property
    def has_politics(self) -> bool:
        """Whether politics may end a deal, or intervenes."""
        return bool(self.interventions) or any(p.political_hazard > 0 for p in self.prospects)

    @property
    def first(self) -> Negotiation | None:
        """The negotiation that swings and other terms are about."""
        return next(iter(self.of_answer(self.entrants[0])), None) if self.entrants else None
