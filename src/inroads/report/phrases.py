"""Words that several sections share, made of results and of the study's nouns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from inroads.display import counted
from inroads.report.format import (
    between,
    capitalised,
    digits_drawn,
    digits_of_end,
    dollars,
    is_order_of_magnitude,
    is_too_wide,
    list_words,
    with_unit,
)
from inroads.results.base import Deal
from inroads.results.calibration import Population
from inroads.results.keys import InputKey, InputKind
from inroads.results.market import Mechanism, SalesSwing, Scenario, ScenarioGroup
from inroads.results.negotiations import Negotiation, TermsAtEnd, TermsSwing
from inroads.results.outlook import EntrantPath, Spread
from inroads.results.tree import Results

#: fewer draws than this are a rough picture
FEW_DRAWS = 100
#: said where no central value is
NO_CENTRAL_VALUE = ", too wide a range for a number within it to be named"
Metric = Callable[[TermsAtEnd], float]


def reserve(results: Results, entrants: Sequence[str]) -> str:
    """A sentence on entrants whose numbers rest on a quality never observed; nothing without any.
    It begins with a space."""
    if not entrants:
        return ""
    whose = list_words([f"{name}'s" for name in entrants])
    return (
        f" {whose} numbers are an order of magnitude rather than a forecast: the quality of such "
        f"{results.words.products} has never been observed in this market."
    )


def entering_widely(results: Results, entrant: str, low: float, high: float, *, first: bool) -> str:
    """An entrant's sales where their range is too wide for a central value."""
    verb = f"{entrant} would sell" if first else entrant
    per = f" {units_per(results)}" if first else ""
    return f"{verb} {between(low, high, 1)}{per}{NO_CENTRAL_VALUE}"


def best_liked_words(results: Results) -> str:
    """A sentence where entrants' products would be liked better than any that everyone knows,
    nothing otherwise. It begins with a space."""
    line = results.hedonic
    if line is None or line.best_known is None:
        return ""
    above = [p.product for p in line.above_all if p.manufacturer in results.entrants]
    if not above:
        return ""
    return (
        f" This takes {list_words(above)} to be better liked at equal price than the "
        f"{line.best_known.product}, the best liked {results.words.product} that everyone knows, "
        "by more than a standard error: read it with that doubt."
    )


def units_per(results: Results) -> str:
    """What is counted, over which time: "boxes a week"."""
    return f"{results.words.units} a {results.study.per}"


def partners_words(partners: Iterable[str]) -> str:
    """Partners in words; none is "no partner"."""
    return list_words(list(partners)) or "no partner"


def pair_words(pair: Negotiation | Deal) -> str:
    """ "Alba and Nord"."""
    return f"{pair.manufacturer} and {pair.channel}"


def direct_only(results: Results) -> str:
    """How an entrant sells without partners: "in the open channel only"."""
    return f"{results.words.direct} only"


def population_words(results: Results, population: Population) -> str:
    """Makers that one never seen is a draw from."""
    w = results.words
    match population:
        case Population.ALL:
            return f"all {w.manufacturers} on sale"
        case Population.SOLD_BY_CHANNELS:
            return f"{w.manufacturers} that {w.channels} sell"
        case Population.OPEN_CHANNEL_ONLY:
            return f"{w.manufacturers} that no {w.channel} sells"
        case Population.LITTLE_KNOWN:
            return f"{w.manufacturers} whose brand not everyone knows"
        case Population.WELL_KNOWN:
            return f"{w.manufacturers} whose brand everyone knows"
        case Population.GIVEN:
            return f"{w.manufacturers} that the study names"


def scenario_words(results: Results, scenario: Scenario) -> str:
    """What a scenario is called."""
    if scenario.group == ScenarioGroup.WRITTEN:
        return scenario.title or scenario.name
    words = results.words
    partners = list_words(scenario.partners)
    through = f"with {partners}" if partners else direct_only(results)
    label = f"{list_words(list(scenario.entrants))} {through}"
    if scenario.group == ScenarioGroup.FULL_RANGE:
        label += f", {words.main_products} and {words.further_products}"
    if scenario.group == ScenarioGroup.AWARENESS and scenario.awareness is not None:
        label += f", known to {scenario.awareness:.0%}"
    return label


def mechanism_words(results: Results, mechanism: Mechanism) -> str:
    """What a mechanism is called."""
    if mechanism == Mechanism.COMPATIBILITY:
        return capitalised(results.words.compatibility)
    return mechanism.value.capitalize()


def assumption_words(results: Results, name: str) -> str:
    """What an assumption is: the label of its target, or where study.toml uses it."""
    for target in results.calibration.targets:
        if target.name == name:
            return target.label
    for row in results.ledger:
        if row.id == name and row.file.endswith(".toml") and row.use:
            return row.use
    return name.replace("-", " ")


def the(label: str) -> str:
    """What an input or assumption is, within a sentence: "the awareness of a brand", "how a launch
    turns out", "Muesli's standing"."""
    first = label.split(maxsplit=1)[0]
    if first.endswith(("'s", "’s")):
        return label
    within = label[0].lower() + label[1:] if first[1:].islower() else label
    return within if within.startswith(("how ", "what ", "whether ", "who ")) else f"the {within}"


def fraction_words(value: float, in_percent: bool) -> str:
    """A target's value: a percentage where the study states it as one."""
    text = f"{100 * value:.3g}%" if in_percent else f"{value:.3g}"
    return text.replace("-", "−")


# Sales at list prices across assumptions' ranges


def at_list_prices(results: Results) -> str:
    """What sections on list prices say first where channels set prices elsewhere."""
    return "At list prices, " if results.negotiations else ""


def ranked_sales_swings(results: Results) -> list[SalesSwing]:
    """The assumption with the widest answers first."""
    return sorted(results.sales_swings, key=lambda swing: -_spread(swing))


def _spread(swing: SalesSwing) -> float:
    """Mean over entrants of log(most units / fewest units)."""
    logs = []
    for entrant, at_low in swing.low.entrants.items():
        low, high = at_low.units, swing.high.entrants[entrant].units
        if low > 0 and high > 0:
            logs.append(abs(math.log(high / low)))
    return sum(logs) / len(logs) if logs else 0.0


def sales_matter_most(results: Results) -> str:
    """A sentence: the assumption that sales at list prices hang on most; nothing if none moved."""
    swings = ranked_sales_swings(results)
    if not swings:
        return ""
    top = swings[0]
    low, high = (with_unit(end.value, top.unit) for end in (top.low, top.high))
    return (
        f" What matters most: {the(assumption_words(results, top.assumption))} ({low} to {high})."
    )


# Terms of the first negotiation across assumptions' ranges


def terms_swings(results: Results) -> tuple[TermsSwing, ...]:
    """Swings of the first negotiation; none without negotiations."""
    return results.negotiations.swings if results.negotiations else ()


def swing_words(results: Results, swing: TermsSwing) -> str:
    """The assumption of a swing."""
    if swing.assumption is None:
        return f"quality of {results.words.products} without sales"
    return assumption_words(results, swing.assumption)


def reach(swing: TermsSwing, metric: Metric) -> float:
    """How far a metric moves across an assumption's range."""
    return abs(metric(swing.high) - metric(swing.low))


def assumption_value(value: float, unit: str) -> str:
    """An assumption's value in few words: shares and probabilities as percentages."""
    if unit.startswith(("share", "probability", "percent")):
        scale = 1.0 if unit.startswith("percent") else 100.0
        return f"{with_unit(round(scale * value, 6), '')} percent"
    if unit.upper().startswith("USD"):
        return dollars(value)
    return with_unit(value, unit.split(" per ")[0].split(" of ")[0])


def range_words(swing: TermsSwing) -> str:
    """The range of an assumption that was moved."""
    if swing.assumption is None:
        return "± one standard error"
    low, high = (assumption_value(end.value, swing.unit) for end in (swing.low, swing.high))
    unit = low.partition(" ")[1:]
    same = "".join(unit) if unit == high.partition(" ")[1:] else ""
    return f"{low.removesuffix(same)} to {high}"


def terms_matter_most(results: Results, metric: Metric) -> str:
    """A sentence: the assumption across whose range the metric of the first deal moves most."""
    swings = [swing for swing in terms_swings(results) if reach(swing, metric) > 0]
    if not swings:
        return ""
    top = max(swings, key=lambda swing: reach(swing, metric))
    return f"What matters most: {the(swing_words(results, top))} ({range_words(top)})."


def joint_surplus(end: TermsAtEnd) -> float:
    """The metric that most sentences are about."""
    return end.joint_surplus


# Quarters to come


def few_draws_note(results: Results) -> str:
    """A sentence where draws are few; nothing where they are many, or none."""
    draws = results.outlook.draws_solved if results.outlook else 0
    return f"These are {draws} draws: a rough picture." if 0 < draws < FEW_DRAWS else ""


def is_loose_entrant(results: Results, manufacturer: str) -> bool:
    """Whether an entrant's sales in the answer span too wide a range for a number within it."""
    entrants = results.negotiations.entrants if results.negotiations else ()
    return any(
        is_too_wide(e.units_low, e.units_high) for e in entrants if e.manufacturer == manufacturer
    )


def is_doubtful(results: Results, manufacturer: str) -> bool:
    """Whether a standard error of quality leaves an entrant's sales an order of magnitude."""
    entrants = results.negotiations.entrants if results.negotiations else ()
    return any(
        is_order_of_magnitude(e.units_low, e.units_high)
        for e in entrants
        if e.manufacturer == manufacturer
    )


def unobserved_quality_note(results: Results) -> str:
    """The reserve on entrants that periods to come are about."""
    paths = results.outlook.paths if results.outlook else ()
    return reserve(results, [p.manufacturer for p in paths if is_doubtful(results, p.manufacturer)])


def digits_of(spread: Spread | None) -> int:
    """One digit is known where nine draws of ten are an order of magnitude apart, or where other
    draws would change the second; else two."""
    if spread is None:
        return 2
    if is_order_of_magnitude(spread.quantiles.p5, spread.quantiles.p95):
        return 1
    return digits_drawn(spread.mean, spread.mean_error)


def interval(spread: Spread, digits: int = 0) -> str:
    """Nine draws of ten, in dollars: "$490 million to $4.8 billion"; to what is known of it unless
    digits are given."""
    digits = digits or digits_of(spread)
    return " to ".join(
        dollars(x, digits if digits > 1 else digits_of_end(x))
        for x in (spread.quantiles.p5, spread.quantiles.p95)
    )


def has_no_mean(spread: Spread | None) -> bool:
    """Whether not even the mean is named: not where only the sign is open, as of worth at odds."""
    return spread is not None and is_wide(spread) and spread.quantiles.p5 * spread.quantiles.p95 > 0


def is_wide(spread: Spread | None) -> bool:
    """Whether nine draws of ten are too far apart for a central value."""
    return spread is not None and is_too_wide(spread.quantiles.p5, spread.quantiles.p95)


def break_even_words(path: EntrantPath, per: str) -> str:
    """When entry has paid for itself: "3 periods", "not within 12 periods"."""
    periods = path.periods_to_break_even
    if periods is None:
        return f"not within {len(path.units)} {per}s"
    return counted(periods, per)


def input_words(results: Results, key: InputKey) -> str:
    """What an input is: "taste: Habit", "quality of Muesli's products", an assumption's label."""
    name = key.name
    labels = {
        p.name: p.label for p in (*results.calibration.parameters, *results.calibration.estimated)
    }
    if key.kind == InputKind.ASSUMPTION:
        labels = {name: assumption_words(results, name)}
    return key.described(results.words, labels)
