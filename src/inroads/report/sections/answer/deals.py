"""The answer of a study with negotiations: what deals bring, on which terms, whether they hold."""

from __future__ import annotations

from inroads.report.format import (
    between,
    count_words,
    dollars,
    is_order_of_magnitude,
    is_too_wide,
    list_words,
    number,
    percent,
    times,
    unit_price,
)
from inroads.report.phrases import (
    best_liked_words,
    break_even_words,
    entering_widely,
    is_doubtful,
    partners_words,
    reserve,
    units_per,
)
from inroads.results.base import Deal
from inroads.results.interventions import InterventionKind
from inroads.results.negotiations import EntrantDeals, NegotiationResults, NegotiationState
from inroads.results.tree import Results


def paragraphs(results: Results) -> list[str]:
    """Units, what each side earns, terms, which deals are made, what breaks them, their worth.

    Channels set their own retail prices here; what the same deals bring at list prices is said
    beside it. Empty where the study has no negotiations.
    """
    negotiated = results.negotiations
    if negotiated is None or not negotiated.entrants:
        return []
    every = (
        _units(results, negotiated),
        _money(results, negotiated),
        _terms(results, negotiated),
        _deals_made(results, negotiated),
        _breaks(results, negotiated),
        _worth(results),
    )
    return [paragraph for paragraph in every if paragraph]


def _units(results: Results, negotiated: NegotiationResults) -> str:
    clauses = [_entering(results, e, first=k == 0) for k, e in enumerate(negotiated.entrants)]
    text = f"With {partners_words(negotiated.entrants[0].partners)}, {'; '.join(clauses)}."
    text += best_liked_words(results)
    names = [e.manufacturer for e in negotiated.entrants]
    text += reserve(results, [name for name in names if is_doubtful(results, name)])
    listed = [clause for e in negotiated.entrants if (clause := _at_list_prices(results, e))]
    if listed:
        text += (
            f" This is with {results.words.channels} free to set their prices; at list prices it "
            f"would be {' and '.join(listed)}."
        )
    return text


def _entering(results: Results, entrant: EntrantDeals, first: bool) -> str:
    low, high = entrant.units_low, entrant.units_high
    if is_too_wide(low, high):
        return entering_widely(results, entrant.manufacturer, low, high, first=first)
    digits = 1 if is_order_of_magnitude(low, high) else 2
    verb = f"{entrant.manufacturer} would sell about" if first else f"{entrant.manufacturer} about"
    text = f"{verb} {count_words(entrant.units, digits)}"
    text += f" {units_per(results)}" if first else ""
    text += f" ({between(low, high, digits)})"
    if entrant.multiple is not None:
        text += f", {times(entrant.multiple, digits)} what it would sell without them"
    text += f" and {percent(entrant.share, digits)} of the market"
    return text


def _at_list_prices(results: Results, entrant: EntrantDeals) -> str:
    name = entrant.manufacturer
    scenario = results.headline_scenario(name)
    if scenario is None or scenario.partners != entrant.partners:
        return ""
    sales = scenario.entrants[name]
    low, high = sales.units_low, sales.units_high
    if low is not None and high is not None and is_too_wide(low, high):
        return f"{between(low, high, 1)} for {name}"
    more = f" ({times(sales.multiple)})" if sales.multiple is not None else ""
    return f"{count_words(sales.units)} for {name}{more}"


def _money(results: Results, negotiated: NegotiationResults) -> str:
    clauses = []
    for entrant in negotiated.entrants:
        name, partners = entrant.manufacturer, partners_words(entrant.partners)
        partners += " together" if len(entrant.partners) > 1 else ""
        if is_too_wide(entrant.units_low, entrant.units_high):
            continue
        gain = entrant.partners_gain
        shared = (
            f"{dollars(gain)} to {partners}"
            if gain >= 0
            else f"would cost {partners} {dollars(-gain)}"
        )
        gains = f"{dollars(entrant.manufacturer_gain)} a {results.study.per} to {name}"
        clauses.append(f"{gains} and {shared}")
    if not clauses:
        return ""
    one = sum(len(entrant.partners) for entrant in negotiated.entrants) == 1
    text = f"{'This deal' if one else 'These deals'} would be worth {'; '.join(clauses)}."
    return text + _lost_together(results, negotiated)


def _lost_together(results: Results, negotiated: NegotiationResults) -> str:
    """Why partners make deals by which they lose together, where they do."""
    rivals = [
        e
        for e in negotiated.entrants
        if e.partners_gain < 0
        and len(e.partners) > 1
        and not is_too_wide(e.units_low, e.units_high)
        and all(row.channel_gain > 0 for row in negotiated.of_answer(e))
    ]
    if not rivals:
        return ""
    names = list_words([e.manufacturer for e in rivals])
    channel = results.words.channel
    return (
        f" Each {channel} gains by its own deal with {names}; together they lose, for what one "
        f"{channel} wins it takes from the others."
    )


def _all(n: int) -> str:
    return "both" if n == 2 else f"all {n}"


def _terms(results: Results, negotiated: NegotiationResults) -> str:
    rows = negotiated.negotiations
    gain = [row for row in rows if row.both_gain]
    if not rows:
        return ""
    if not gain:
        return "In no negotiation is there anything to split: no deal would be made."
    every = _all(len(rows)) if len(gain) == len(rows) else f"{len(gain)} of {len(rows)}"
    text = [f"There is something to split in {every} negotiations." if len(rows) > 1 else ""]
    for row in (n for e in negotiated.entrants for n in negotiated.of_answer(e)[:1]):
        if not row.both_gain:
            continue
        less = ""
        if row.given_off >= 1:
            less = f", promotions of {unit_price(row.given_off)} still to be taken off both"
        text.append(
            f"{row.channel} would buy {row.manufacturer}'s {results.words.main_products} at about "
            f"{unit_price(row.wholesale_price)} apiece (both gain from "
            f"{unit_price(row.lowest_wholesale_price)} to "
            f"{unit_price(row.highest_wholesale_price)}; they cost "
            f"{unit_price(row.production_cost)} to make) and sell them at about "
            f"{unit_price(row.retail_price)}, against {unit_price(row.list_price)} at list{less}."
        )
    return " ".join(filter(None, text))


def _deals_made(results: Results, negotiated: NegotiationResults) -> str:
    networks = negotiated.networks
    deals, always_made = networks.deals, networks.always_made
    if len(deals) < 2:
        return ""
    if not networks.stable:
        return "No set of these deals is stable: from each, somebody gains by leaving or joining."
    if len(always_made) == len(deals):
        text = f"{_all(len(deals)).capitalize()} of these deals would be made: no other set of them"
        text += " is stable"
    elif always_made:
        which = list_words([_deal(deal) for deal in always_made])
        text = f"Of the {len(deals)} possible deals, {which} would be made in every stable set"
    else:
        text = f"Several sets of the {len(deals)} possible deals are stable, with no deal in common"
    return f"{text}{_takes(results, negotiated)}."


def _deal(deal: Deal) -> str:
    return f"{deal.manufacturer}'s with {deal.channel}"


def _takes(results: Results, negotiated: NegotiationResults) -> str:
    """What deals take off each other's value."""
    effects = negotiated.networks.effects
    lost = [1 - e.gain_together / e.gain_alone for e in effects if e.gain_alone > 0]
    if not lost:
        return ""
    undone = sum(e.gain_together < 0 for e in effects)
    end = "undoes none" if not undone else f"undoes {undone} of {len(effects)}"
    if max(lost) <= 0:
        maker = results.words.manufacturer
        return f"; none takes anything off what another is worth to its {maker}"
    most = percent(max(lost))
    maker = results.words.manufacturer
    return f"; each takes up to {most} off what another is worth to its {maker}, but {end}"


def _breaks(results: Results, negotiated: NegotiationResults) -> str:
    without_talks = (NegotiationState.NONE, NegotiationState.COLLAPSED)
    pending = [p for p in negotiated.prospects if p.state not in without_talks]
    if not pending or not negotiated.has_politics:
        return ""
    likely = sorted({round(p.launch_probability, 10) for p in pending})
    limits = [p.break_even_hazard for p in pending]
    chance = percent(likely[0])
    if len(likely) > 1:
        chance = f"{number(100 * likely[0], 2)} to {percent(likely[-1])}"
    first = pending[0]
    low, high = first.political_hazard_low, first.political_hazard_high
    hazard = f"of {100 * first.political_hazard:g} percent a {results.study.per}"
    if low is not None and high is not None:
        hazard = (
            f"anywhere from {100 * low:g} to {100 * high:g} percent a {results.study.per}, most "
            f"likely {100 * first.political_hazard:g},"
        )
    text = (
        f"What can break them is politics: at an assumed hazard {hazard} a deal now in "
        f"talks is launched with probability {chance}; talks are worth their cost up to a hazard "
        f"of {number(100 * min(limits), 2)} to {percent(max(limits))}."
    )
    return text + _bars(results, negotiated)


def _bars(results: Results, negotiated: NegotiationResults) -> str:
    bars = [
        row for row in negotiated.interventions if row.kind == InterventionKind.BARRED_FROM_CHANNELS
    ]
    per, channels = results.study.per, results.words.channels
    clauses = []
    for verb, sign in (("cost", -1), ("bring", 1)):
        amounts = [
            f"{row.manufacturer} {dollars(abs(row.manufacturer_profit_change))}"
            for row in bars
            if (row.manufacturer_profit_change > 0) == (sign > 0)
        ]
        if amounts:
            clauses.append(f"would {verb} {list_words(amounts)} a {per}")
    return f" A bar from {channels} {' and '.join(clauses)}." if clauses else ""


def _worth(results: Results) -> str:
    """What deals are worth over time, if launched; "" without periods to come."""
    outlook = results.outlook
    if outlook is None or not outlook.paths:
        return ""
    clauses = []
    for k, path in enumerate(outlook.paths):
        after = break_even_words(path, results.study.per)
        pays = path.periods_to_break_even is not None
        clauses.append(
            f"{dollars(path.net_value)} to {path.manufacturer}"
            + (" if they are launched" if k == 0 else "")
            + (f", paid for after {after}" if pays else f", {after.replace('not', 'not paid for')}")
        )
    return (
        f"Over {outlook.periods} {results.study.per}s, at {percent(outlook.discount_rate)} a year, "
        f"the deals are worth {'; '.join(clauses)}."
    )
