"""What a run cannot say, read off its own results."""

from __future__ import annotations

from inroads.report.format import capitalised
from inroads.report.section import Definitions, Section
from inroads.report.sections.ledger import count_kinds
from inroads.results.market import ScenarioGroup
from inroads.results.outlook import Outlook
from inroads.results.tree import Results

#: in a few words, and in a sentence
Limit = tuple[str, str]


def section(results: Results) -> Section:
    """Always there."""
    counts = count_kinds(results)
    summary = ""
    if counts["assumed"]:
        summary = (
            f"{counts['assumed']} of the {sum(counts.values())} numbers behind this page are "
            "assumptions"
        )
    return Section(
        name="limits", title="Limits", summary=summary, blocks=[Definitions(limits(results))]
    )


def limits(results: Results) -> list[Limit]:
    """Every limit of the answer."""
    outlook = results.outlook
    ahead = outlook if outlook and outlook.paths else None
    return [
        *(_firms(results) if results.negotiations else [_still(results)]),
        _ahead(results) if ahead else _one_period(results),
        *(_outlook(results, ahead) if ahead else []),
        *_negotiations(results),
        *_data(results),
    ]


def _still(results: Results) -> Limit:
    rivals = ", and no rival cuts them when somebody enters" if results.entrants else ""
    return (
        "Prices stand still",
        f"Prices are those written in the study, not what was paid after rebates{rivals}.",
    )


def _one_period(results: Results) -> Limit:
    first_day = ""
    if results.entrants:
        first_day = "; consumers know an entrant, or do not, from the first day"
    return (
        f"One {results.study.per}, and then the same",
        f"The market is that of {results.study.period}, without launches by rivals, learning or "
        f"word of mouth afterwards{first_day}.",
    )


def _ahead(results: Results) -> Limit:
    return (
        f"One {results.study.per}, except in time and risk",
        f"Talks, networks, scenarios and what was tried of them are of {results.study.period}.",
    )


def _firms(results: Results) -> list[Limit]:
    w = results.words
    rebates = ""
    if results.firms and results.firms.wholesale == "by product":
        rebates = "; retail prices are as posted, before promotions"
    rows = [
        (
            "Who answers",
            f"{capitalised(w.channels)} do, with the prices of all {w.units}; present "
            f"{w.manufacturers} do not fight back: wholesale prices and prices outside "
            f"{w.channels} stand.",
        ),
        (
            "Far from list prices",
            f"Utility falls linearly in price, so that low prices are extrapolated{rebates}.",
        ),
    ]
    if results.features.members:
        who = f"all who pay by {w.financing}" if results.features.financing else "all of them"
        rows.append(
            (
                capitalised(w.members),
                f"What a {w.member} is worth to a {w.channel} is the same for {who}; what it pays "
                "for service is not taken off consumers' surplus.",
            )
        )
    return rows


def _outlook(results: Results, outlook: Outlook) -> list[Limit]:
    w, features = results.words, results.features
    waiting = ", and consumers do not wait for the next model" if features.successors else ""
    next_ones = (
        f"; the next generation of {w.units} is to the others what this one is"
        if features.successors
        else ""
    )
    seasons = "Seasons change only how many buy" if features.seasons else "There are no seasons"
    lasting = f"{w.members}, " if features.members else ""
    rows = [
        (
            "Nobody else moves",
            f"Over all {outlook.periods} {results.study.per}s no rival enters, answers or leaves"
            f"{waiting}.",
        ),
        ("Quality stands still", f"{seasons}{next_ones}."),
        (
            "What is not counted",
            f"After the last {results.study.per} {lasting}customers that come again and names that "
            "last are worth nothing; there is no tax, overhead or working capital.",
        ),
    ]
    if outlook.draws_solved:
        rows.append(
            (
                "What is not drawn",
                "The model's own form, facts taken at their values, and what lies beyond the "
                "stated ranges.",
            )
        )
    return rows


def _negotiations(results: Results) -> list[Limit]:
    if results.negotiations is None:
        if not results.entrants:
            return []
        return [
            (
                "No bargaining",
                "Deals are taken as made, on whatever terms: the study says nothing of "
                f"{'talks' if results.firms else 'firms and talks'}.",
            )
        ]
    w, sources, one = results.words, "the talks", ""
    if results.negotiations.has_politics:
        sources = "politics and of the talks"
        one = "; politics ends all of an entrant’s deals or none, and for good"
    rows = [
        (
            "What breaks deals",
            f"Hazards of {sources} are assumed, alike every {results.study.per} and for all pairs"
            f"{one}.",
        )
    ]
    if results.firms:
        rows.append(
            (
                "Weights are borrowed",
                f"{capitalised(w.channels)} bargain with entrants with the weight "
                f"({results.firms.channel_weight.central:.2f}) that their terms with present "
                f"{w.manufacturers} imply, retail prices held; it rests on what these are assumed "
                "to earn.",
            )
        )
    return rows


def _data(results: Results) -> list[Limit]:
    w, rows = results.words, []
    ahead = results.outlook is not None and bool(results.outlook.paths)
    if ahead or results.scenarios_of(ScenarioGroup.AWARENESS):
        fading = ", and how fast names spread and fade," if ahead else ""
        rows.append(
            (
                "Awareness is assumed",
                f"Who knows an entrant, before and after a campaign{fading} is not measured.",
            )
        )
    if results.hedonic and results.hedonic.products:
        draws = results.outlook.draws_solved if results.outlook else 0
        rows.append(
            (
                f"{capitalised(w.products)} without sales here",
                "Ranges are one standard error of the line that their quality is read off, without "
                f"errors of parameters and assumptions{', which draws have' if draws else ''}.",
            )
        )
    return rows
