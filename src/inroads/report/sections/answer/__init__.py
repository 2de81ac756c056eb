"""The answer in a few sentences, made of the run's numbers."""

from __future__ import annotations

from markupsafe import Markup

from inroads.report.format import (
    between,
    capitalised,
    count_words,
    dollars,
    is_order_of_magnitude,
    is_too_wide,
    list_words,
    percent,
    times,
    with_unit,
)
from inroads.report.phrases import (
    assumption_words,
    best_liked_words,
    entering_widely,
    mechanism_words,
    partners_words,
    ranked_sales_swings,
    reserve,
    scenario_words,
    the,
    units_per,
)
from inroads.report.section import Paragraph, Section, blocks, note, text
from inroads.report.sections.answer import deals, verdict
from inroads.report.sections.launches import launch_warning
from inroads.report.sections.ledger import assumption_link
from inroads.results.market import Scenario, ScenarioGroup
from inroads.results.tree import Results

_UNKNOWN = "What the gain comes from was not taken apart."


def section(results: Results) -> Section | None:
    """What is read first where there is no verdict; None where there is one."""
    if verdict.verdicts(results):
        return None
    answer = paragraphs(results)
    return Section(
        name="answer",
        title="The answer",
        blocks=blocks(
            launch_warning(results),
            [text(words) for words in answer],
            _together(results),
            _ranges(results),
        ),
        brief=answer if results.negotiations else [" ".join(answer)],
    )


def paragraphs(results: Results) -> list[str]:
    """What happens, and what it comes from and hangs on.

    With negotiations: what deals bring, terms, which would be made, what breaks them, what they
    are worth over time, then why. Numbers are rounded to two digits, to one where the range is
    wider than a factor of four. A study without entry is answered by its market and by the change
    that matters most.
    """
    strategic = deals.paragraphs(results)
    if strategic:
        why = _why(results, "At list prices ")
        return [*strategic, why] if why != _UNKNOWN else strategic
    entering = [
        clause
        for k, name in enumerate(results.entrants)
        if (clause := _entering(results, name, first=k == 0))
    ]
    doubtful = [name for name in results.entrants if _is_doubtful(results, name)]
    if not entering:
        return [_market(results), _largest_change(results)]
    partners = partners_words(results.partners_of_answer)
    first = f"With {partners}, {'; '.join(entering)}.{best_liked_words(results)}"
    return [first + reserve(results, doubtful), _why(results)]


def _is_doubtful(results: Results, entrant: str) -> bool:
    scenario = results.headline_scenario(entrant)
    sales = scenario.entrants[entrant] if scenario else None
    return sales is not None and is_order_of_magnitude(sales.units_low, sales.units_high)


def _entering(results: Results, entrant: str, first: bool) -> str:
    scenario = results.headline_scenario(entrant)
    if scenario is None:
        return ""
    sales = scenario.entrants[entrant]
    low, high = sales.units_low, sales.units_high
    if low is not None and high is not None and is_too_wide(low, high):
        return entering_widely(results, entrant, low, high, first=first)
    digits = 1 if is_order_of_magnitude(low, high) else 2
    verb = f"{entrant} would sell about" if first else f"{entrant} about"
    words = f"{verb} {count_words(sales.units, digits)}"
    words += f" {units_per(results)}" if first else ""
    if low is not None and high is not None:
        words += f" ({between(low, high, digits)})"
    if sales.multiple is not None:
        words += f", {times(sales.multiple, digits)} what it would sell without them"
    if sales.share is not None:
        words += f" and {percent(sales.share, digits)} of the market"
    return words


def _why(results: Results, start: str = "") -> str:
    clauses = [c for c in (_parts(results), _hangs(results)) if c]
    if not clauses:
        return _UNKNOWN
    return f"{capitalised(start + '; '.join(clauses))}."


def _parts(results: Results) -> str:
    """The two largest mechanisms, by their mean part of the gains."""
    partners = results.partners_of_answer
    rows = [d for d in results.decompositions if d.partners == partners and d.parts and d.gain > 0]
    if not rows:
        return ""
    shares = {m: [d.parts.get(m, 0.0) / d.gain for d in rows] for m in rows[0].parts}
    largest = sorted(shares, key=lambda m: -sum(shares[m]))[:2]
    clauses = []
    for k, mechanism in enumerate(largest):
        shares_of_each = [percent(s) for s in shares[mechanism]]
        if k == 0:
            pairs = zip(shares_of_each, rows, strict=True)
            shares_of_each = [f"{p} of {d.manufacturer}'s" for p, d in pairs]
        clauses.append(
            f"{mechanism_words(results, mechanism).lower()} ({list_words(shares_of_each)})"
        )
    return f"the gain comes mostly from {list_words(clauses)}"


def _hangs(results: Results) -> str:
    swings = ranked_sales_swings(results)
    if not swings:
        return ""
    swing = swings[0]
    low, high = swing.low, swing.high
    cases = [
        f"{name} would sell {between(at_low.units, high.entrants[name].units)}"
        f"{', less the higher it is' if high.entrants[name].units < at_low.units else ''}"
        for name, at_low in low.entrants.items()
    ]
    return (
        f"the answer hangs most on {the(assumption_words(results, swing.assumption))}, taken as "
        f"{with_unit(swing.central, swing.unit)}: between {with_unit(low.value, swing.unit)} and "
        f"{with_unit(high.value, swing.unit)}, {list_words(cases)}"
    )


def _market(results: Results) -> str:
    base = results.baseline
    shares = base.shares.manufacturer
    leader = max(shares, key=lambda name: shares[name])
    price = "" if base.mean_price is None else f" at a mean price of {dollars(base.mean_price)}"
    return (
        f"In {results.study.period} consumers bought {count_words(base.total_units, 3)} "
        f"{units_per(results)}{price}; {leader} led with {percent(shares[leader])} of them."
    )


def _largest_change(results: Results) -> str:
    written = results.scenarios_of(ScenarioGroup.WRITTEN)
    if not written:
        return "No change to the market was tried."
    largest = max(written, key=lambda s: abs(s.outcome.consumer_surplus_change))
    change = largest.outcome.consumer_surplus_change
    # Where nobody buys any more there is no change per buyer.
    per_buyer = largest.outcome.consumer_surplus_change_per_buyer
    a_buyer = "" if per_buyer is None else f" ({dollars(abs(per_buyer))} a buyer)"
    units = largest.outcome.total_units - results.baseline.total_units
    return (
        f"Of the changes tried, “{scenario_words(results, largest)}” matters most: consumers would "
        f"be {dollars(abs(change))} a {results.study.per} {'better' if change >= 0 else 'worse'} "
        f"off{a_buyer}, and {count_words(abs(units))} {'more' if units >= 0 else 'fewer'} "
        f"{results.words.units} would be sold.{_newcomers(largest)}"
    )


def _newcomers(scenario: Scenario) -> str:
    """What those sell who come into the market, with ranges."""
    clauses = [
        f"{name} {count_words(sales.units)}"
        + (
            ""
            if sales.units_low is None or sales.units_high is None
            else f" ({between(sales.units_low, sales.units_high)})"
        )
        for name, sales in scenario.entrants.items()
    ]
    return f" Those who come in would sell: {list_words(clauses)}." if clauses else ""


def _together(results: Results) -> Paragraph | None:
    """What each entrant sells when all enter; nothing where there is only one."""
    scenario = results.entering_together
    sales = scenario.entrants if scenario else {}
    sold_by = [f"{name} {count_words(e.units)}" for name, e in sales.items() if e.units]
    if len(sold_by) < 2:
        return None
    at_list = ", at list prices" if results.negotiations else ""
    words = f"Each entrant alone. All together{at_list}: {list_words(sold_by)} "
    return note(f"{words}{results.words.units} a {results.study.per}.{_stable_network(results)}")


def _stable_network(results: Results) -> str:
    """What each entrant sells through channels in the only stable network, where there is one."""
    networks = results.negotiations.networks if results.negotiations else None
    if networks is None or len(networks.stable) != 1 or networks.first_stable is None:
        return ""
    sold: dict[str, float] = {}
    for terms in networks.first_stable.terms:
        sold[terms.manufacturer] = sold.get(terms.manufacturer, 0.0) + terms.units
    if not sold:
        return ""
    sold_by = list_words([f"{name} {count_words(units)}" for name, units in sold.items()])
    channels = results.words.channels
    return (
        f" With all deals of the stable network made, {channels} setting prices: {sold_by} through "
        f"{channels}."
    )


def _ranges(results: Results) -> Paragraph | None:
    """What the ranges are, and the main assumptions, each with a link to its place."""
    swings = ranked_sales_swings(results)
    if not swings and not results.hedonic:
        return None
    parts = [Markup("Ranges:")]
    if results.hedonic:
        link = Markup('<a href="#unsold">quality of {} without sales here</a>')
        estimate = " and the estimate" if results.calibration.estimated else ""
        words = f"{estimate}, one standard error lower and higher."
        parts.append(link.format(results.words.products) + words)
    if swings:
        links = [
            assumption_link(results, s.assumption) + f" ({with_unit(s.central, s.unit)})"
            for s in swings
        ]
        parts.append("Main assumptions: " + Markup("; ").join(links) + ".")
    return note(Markup(" ").join(parts))
