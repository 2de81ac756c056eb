"""What the answer says of time and risk: worth, odds, the world ranking, a listing."""

from __future__ import annotations

from inroads.report.format import dollars, list_words, number, percent
from inroads.report.phrases import (
    NO_CENTRAL_VALUE,
    break_even_words,
    digits_of,
    few_draws_note,
    has_no_mean,
    interval,
    is_doubtful,
    is_loose_entrant,
    is_wide,
    reserve,
    unobserved_quality_note,
)
from inroads.results.keys import DealScenario, Quantity
from inroads.results.outlook import Outlook
from inroads.results.tree import Results

#: the reserve where it was said before
_AGAIN = ", again no more than an order of magnitude"


def paragraphs(results: Results) -> list[str]:
    """One paragraph; none where a study has no outlook."""
    outlook = results.outlook
    if outlook is None or not outlook.paths:
        return []
    again = _AGAIN if unobserved_quality_note(results) else None
    sentences = [
        _worth(results, outlook),
        _odds(results, outlook),
        passing_words(results),
        listing_words(results, again),
        few_draws_note(results),
    ]
    return [" ".join(sentence for sentence in sentences if sentence)]


def _worth(results: Results, outlook: Outlook) -> str:
    clauses = []
    for k, path in enumerate(outlook.paths):
        name = path.manufacturer
        value = outlook.total(name, Quantity.VALUE_IF_LAUNCHED)
        wide = is_wide(value)
        if value and wide:
            text = f"{interval(value)} to {name}"
        else:
            text = f"{dollars(path.net_value, digits_of(value))} to {name}"
        if k == 0:
            text += " if they are launched"
        if value and wide:
            text += f"{' in nine draws of ten' if k == 0 else ''}{NO_CENTRAL_VALUE}"
        elif value:
            text += f" ({interval(value)}{' in nine draws of ten' if k == 0 else ''})"
        after = break_even_words(path, results.study.per)
        pays = path.periods_to_break_even is not None
        text += f", paid for after {after}" if pays else f", {after.replace('not', 'not paid for')}"
        clauses.append(text + (reserve(results) if is_doubtful(results, name) else ""))
    return (
        f"Over {outlook.periods} {results.study.per}s, at {percent(outlook.discount_rate)} a year, "
        f"the deals are worth {'; '.join(clauses)}."
    )


def _odds(results: Results, outlook: Outlook) -> str:
    clauses: list[str] = []
    for path in outlook.paths:
        name = path.manufacturer
        worth = outlook.total(name, Quantity.VALUE_AT_ODDS)
        pays = outlook.total(name, Quantity.PAYS_AT_ODDS)
        if worth is None or pays is None:
            continue
        chance = f"{100 * pays.mean:.0f}"
        mean = f"{dollars(worth.mean, digits_of(worth))} to {name} ({interval(worth)})"
        # Odds are no error: what is launched must be known for its mean to be.
        if has_no_mean(outlook.total(name, Quantity.VALUE_IF_LAUNCHED)):
            mean = f"{interval(worth)} to {name}, with no mean to be named"
        pay = "they pay with probability" if not clauses else "pay with"
        clauses.append(f"{mean}, and {pay} {chance} percent")
    if not clauses:
        return ""
    stands = " and politics lets it stand" if results.has_politics else ""
    return (
        f"At the odds that talks come to a launch{stands}, they are worth on "
        f"average {'; '.join(clauses)}."
    )


def passing_words(results: Results) -> str:
    """How likely the leader passes each rival in the coming years, without deals and with."""
    world = results.outlook.world if results.outlook else None
    if world is None or not world.years:
        return ""
    clauses = []
    for k, rival in enumerate(world.rivals):
        without, with_ = (
            list_words([f"{100 * odds[year]:.0f}" for year in world.years])
            for odds in (
                world.odds_of(rival, scenario, "year")
                for scenario in (DealScenario.WITHOUT_DEALS, DealScenario.WITH_DEALS)
            )
        )
        start = "with probability " if k == 0 else ""
        first = (f" percent without {results.words.channels}", " with them")
        end = first if k == 0 else (" without", " with")
        clauses.append(f"{rival} {start}{without}{end[0]}, {with_}{end[1]}")
    years = list_words(world.years)
    return f"In the world table of {years} {world.leader} passes {'; '.join(clauses)}."


def listing_words(results: Results, doubt: str | None = None) -> str:
    """The gain as a share of the valuations spoken of; more than all of one is said to be so, and
    one that rests on a quality never observed has the reserve, or `doubt` instead."""
    listing = results.outlook.listing if results.outlook else None
    if listing is None or results.outlook is None:
        return ""
    value = results.outlook.total(listing.manufacturer, Quantity.VALUE_IF_LAUNCHED)
    if is_wide(value) or is_loose_entrant(results, listing.manufacturer):
        return (
            f"{listing.manufacturer}'s gain is known too loosely to be held against the valuations "
            f"spoken of ({dollars(listing.valuation_high)} and {dollars(listing.valuation_low)})."
        )
    odds = f" and at its odds ({percent(listing.odds)})" if listing.odds < 1 else ""
    text = (
        f"{listing.manufacturer}'s gain in the last year ({dollars(listing.last_year_gain)}), at "
        f"{number(listing.years_of_profit, 2)} years of profit{odds}, would be "
        f"{number(100 * listing.share_of_high, 2)} to {percent(listing.share_of_low)} of the "
        f"valuations spoken of ({dollars(listing.valuation_high)} and "
        f"{dollars(listing.valuation_low)})"
    )
    more_than_all = listing.share_of_low > 1
    if more_than_all:
        text += ", more than the whole of the lower one"
    if more_than_all or is_doubtful(results, listing.manufacturer):
        text += reserve(results) if doubt is None else doubt
    return f"{text}."
