"""The figures at the top of a study's tab, beside those of a case that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from inroads.dashboard.deals.outcomes import Outcome
from inroads.dashboard.deals.study_cases import Worth
from inroads.dashboard.figure import Figure
from inroads.report.format import capitalised, count_words, list_words, percent, signed_money
from inroads.results.negotiations import Prospect
from inroads.results.words import Words


def sales_figures(outcome: Outcome, case_a: Outcome | None, words: Words, per: str) -> list[Figure]:
    """What the entrant sells, and its share."""
    numbers, before = outcome.numbers, None if case_a is None else case_a.numbers
    tier = f"{words.channels} answer" if outcome.has_firms else "at list prices"
    return [
        Figure(
            what=f"{capitalised(words.units)} a {per}, {tier}",
            value=count_words(numbers["units"], 3),
            more=f"{count_words(numbers['units_without'], 3)} without deals",
            case_a="" if before is None else count_words(before["units"], 3),
            is_first=True,
        ),
        Figure(
            what=f"Share of sales, {tier}",
            value=percent(numbers["share"], 3).replace(" percent", "%"),
            more=percent(numbers["share_without"], 3).replace(" percent", "%") + " without deals",
            case_a="" if before is None else percent(before["share"], 3).replace(" percent", "%"),
        ),
    ]


def money_figures(outcome: Outcome, case_a: Outcome | None, words: Words, per: str) -> list[Figure]:
    """What the deals bring each side, and consumers."""
    partners = list_words(outcome.case.partners) or "no partners"
    rows = (
        ("entrant_gain", f"Brings {outcome.case.entrant}", f"{words.currency} a {per}"),
        ("partners_gain", f"Brings {partners}", f"{words.currency} a {per}, together"),
        ("rivals_gain", f"Rival {words.manufacturers}", f"{words.currency} a {per}, together"),
        ("consumer_surplus_change", "Consumers' surplus", f"{words.currency} a {per}"),
    )
    return [
        Figure(
            what=what,
            value=signed_money(outcome.numbers[name], 3),
            more=more,
            case_a="" if case_a is None else signed_money(case_a.numbers[name], 3),
        )
        for name, what, more in rows
    ]


def worth_figures(worth: Worth, case_a: Worth | None, per: str) -> list[Figure]:
    """What the deals are worth over the periods to come."""
    return [
        Figure(
            what=f"Worth over {worth.periods} {per}s, at the odds",
            value=signed_money(worth.at_odds, 3),
            more=f"{signed_money(worth.if_launched, 3)} if launched at once; odds that they pay: "
            + percent(worth.pays, 2).replace(" percent", "%"),
            case_a="" if case_a is None else signed_money(case_a.at_odds, 3),
        ),
        Figure(
            what="The same to the partners together",
            value=signed_money(worth.partners_at_odds, 3),
            case_a="" if case_a is None else signed_money(case_a.partners_at_odds, 3),
        ),
        Figure(
            what="Odds that one deal at least is launched",
            value=percent(worth.launch_odds, 2).replace(" percent", "%"),
            case_a=""
            if case_a is None
            else percent(case_a.launch_odds, 2).replace(" percent", "%"),
        ),
    ]


def odds_figures(prospects: Sequence[Prospect], per: str) -> list[Figure]:
    """The odds of each deal, where the periods to come are not followed."""
    return [
        Figure(
            what=f"Odds of a launch at {ahead.channel}",
            value=percent(ahead.launch_probability, 2).replace(" percent", "%"),
            more=f"{signed_money(ahead.expected_value, 3)} expected, launch paid",
        )
        for ahead in prospects
    ]
