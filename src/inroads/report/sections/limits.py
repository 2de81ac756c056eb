"""What a run cannot say, read off its own results."""

from __future__ import annotations

from inroads.report.format import capitalised, list_words
from inroads.report.phrases import fraction_words
from inroads.report.section import Definitions, Section
from inroads.report.sections.ledger import count_kinds
from inroads.results.interventions import LeverKind
from inroads.results.market import ScenarioGroup
from inroads.results.outlook import Outlook
from inroads.results.tree import Results

#: in a few words, and in a sentence or two
Limit = tuple[str, str]


def section(results: Results) -> Section:
    """Always there."""
    return Section(name="limits", title="Limits", blocks=[Definitions(limits(results))])


def limits(results: Results) -> list[Limit]:
    """Every limit of the answer."""
    outlook = results.outlook
    ahead = _outlook(results, outlook) if outlook and outlook.paths else []
    return [
        *(_firms(results) if results.negotiations else [_still(results)]),
        _ahead(results) if ahead else _one_period(results),
        *ahead,
        *_negotiations(results),
        *_data(results),
    ]


def _still(results: Results) -> Limit:
    rivals = ", and no rival cuts them when somebody enters" if results.entrants else ""
    return (
        "Prices stand still",
        "Prices are those written in the study (list prices, not what was paid after rebates)"
        f"{rivals}.",
    )


def _one_period(results: Results) -> Limit:
    per = results.study.per
    first_day = ""
    if results.entrants:
        first_day = " Consumers know an entrant, or do not, from the first day."
    return (
        f"One {per}, and then the same",
        f"The market is that of {results.study.period}: one {per}, without launches by rivals, "
        f"learning, or word of mouth afterwards.{first_day}",
    )


def _tried(results: Results) -> list[str]:
    """What was tried of a deal, besides its terms."""
    negotiated = results.negotiations
    politics = ["politics"] if negotiated and negotiated.has_politics else []
    levers = negotiated.levers if negotiated else ()
    tried = any(lever.kind != LeverKind.NONE for lever in levers)
    return [*politics, *(["levers"] if tried else [])]


def _ahead(results: Results) -> Limit:
    per = results.study.per
    parts = ["talks", "networks", *_tried(results), "scenarios"]
    return (
        f"One {per}, except in time and risk",
        f"{capitalised(list_words(parts))} are of the market of {results.study.period}: one {per}. "
        "Only time and risk goes on from there.",
    )


def _firms(results: Results) -> list[Limit]:
    w = results.words
    channels = capitalised(w.channels)
    parts = ["talks", "terms", *_tried(results)]
    rebates = "; list prices themselves are not what was paid after rebates"
    if results.firms and results.firms.wholesale == "by product":
        rebates = (
            f". Retail prices are as posted: what {w.channels} give off list prices, and off "
            f"these, was liked as part of the {w.product}"
        )
    rows = [
        (
            "Two numbers for one deal",
            f"Where {w.channels} set retail prices ({', '.join(parts)}) they answer a deal; in the "
            "table of scenarios and in what follows from it prices stand at list. The first is the "
            "answer; the second shows what the change of prices adds.",
        ),
        (
            "Who answers",
            f"{channels} answer a deal with the prices of all {w.units} on their shelves. Present "
            f"{w.manufacturers}' wholesale prices stand where today's list prices imply them to "
            f"be, and prices in the open channel stand at list: present {w.manufacturers} do not "
            "fight back.",
        ),
        (
            "Far from list prices",
            "Utility falls linearly in price, with the slope that it has at list prices. Prices "
            f"far from them, such as a {w.main_product} at two thirds of its list price, are "
            f"extrapolated{rebates}.",
        ),
    ]
    if results.features.members:
        who = f"all who pay by {w.financing}" if results.features.financing else "all of them"
        target = results.firms.margin_target if results.firms else None
        by_margin = f", and is set by one {w.channel}'s loss on {w.goods}" if target else ""
        rows.append(
            (
                capitalised(w.members),
                f"What a {w.member} is worth to a {w.channel} is the same for {who}{by_margin}. "
                f"One who changes {w.channel} is worth what "
                f"the new {w.channel} makes of it; what it then pays for service is not taken off "
                "consumers' surplus.",
            )
        )
    return rows


def _outlook(results: Results, outlook: Outlook) -> list[Limit]:
    w = results.words
    lasting = "customers that come again and names that last"
    if results.features.members:
        lasting = f"{w.members}, {lasting}"
    waiting, generations, ages, until = "", "", "", "for good"
    if results.features.successors:
        waiting = "Consumers do not wait for the next model, and firms"
        generations = f"The next generation of {w.units} is to the others what this one is. "
        ages, until = f" but for the ages of {w.products}", "until the next launch"
    rows = [
        (
            "Nobody else moves",
            f"Over all {outlook.periods} {results.study.per}s incumbents' wholesale terms and "
            "prices in the open channel stand, relative to list, and no rival enters, answers or "
            f"leaves; they would. {waiting or 'Firms'} price and bargain over one "
            f"{results.study.per}.",
        ),
        (
            "Quality stands still",
            f"{generations}{_seasons(results, ages)}{_course(results)} The market is not at rest "
            "at the start; differences between two paths are less exposed to that than levels.",
        ),
        (
            "What becomes known",
            "How fast names become known and are forgotten is assumed; awareness belongs to "
            f"customers of {w.channels}, and who has bought a {w.product} knows no more than "
            "others.",
        ),
        (
            "What is not counted",
            f"Nothing counts after the last {results.study.per}: {lasting} "
            "are worth nothing then. There is no tax, overhead or working capital.",
        ),
    ]
    talks = f"Talks with each {w.channel} fail by themselves"
    if results.has_politics:
        rows.append(
            (
                "Politics as odds",
                "Politics ends talks, and sales after a launch, with odds that are assumed, alike "
                f"every {results.study.per} and for good; what it would do besides is not priced. "
                f"{talks}, politics ends all of an entrant’s deals or none.",
            )
        )
    else:
        rows.append(("Talks as odds", f"{talks}."))
    if outlook.draws_solved:
        rows.append(
            (
                "What is not drawn",
                "The model's own form, facts taken at their values, and what lies beyond the "
                f"stated ranges. In draws {w.channels} set prices when {w.products} are launched "
                f"and keep them relative to list {until}; at the central numbers, "
                f"every {results.study.per}.",
            )
        )
    if outlook.world:
        rows.append(
            (
                "The world table",
                "Forecasts take past growth, its seasons and its spread to go on, each "
                f"{w.manufacturer} by itself; what deals add has no season and changes nothing "
                "elsewhere.",
            )
        )
    return rows


def _seasons(results: Results, ages: str) -> str:
    per = results.study.per
    if results.features.seasons:
        return f"Seasons change how many buy; else every {per} is like the first{ages}."
    return f"There are no seasons: every {per} is like the first{ages}."


def _course(results: Results) -> str:
    """What becomes of a launch."""
    w, features = results.words, results.features
    text = ""
    if features.fading:
        text = f" Entrants' {w.units} are less wanted with each {results.study.per} after a launch;"
        text += f" those of {w.manufacturers} on sale are taken at the mean of their lives."
    if features.dropping:
        text += f" {w.channels.capitalize()} may drop {w.products} that hardly sell."
    return text


def _negotiations(results: Results) -> list[Limit]:
    if results.negotiations is None:
        if not results.entrants:
            return []
        return [
            (
                "No bargaining",
                "Deals are taken as made. What partners would ask for them, in wholesale prices or "
                "exclusivity, and whether a deal would hold, is not computed: the study says "
                f"nothing of {'talks' if results.firms else 'firms and talks'}.",
            )
        ]
    per = results.study.per
    hazards = "Hazards of the talks are assumed"
    if results.negotiations.has_politics:
        hazards = "Hazards of politics and of the talks themselves are independent"
    gains = "In the table of talks gains" if results.outlook else "Gains"
    rows = [
        (
            "What breaks talks",
            f"{hazards}, alike every {per} and alike for all pairs; none is measured. {gains} on "
            "sale are not discounted.",
        )
    ]
    if results.firms:
        channels = results.words.channels
        costs = (
            " An entrant's costs are read off its list price, present "
            f"{results.words.manufacturers}' off the wholesale prices that {channels}' prices "
            "imply: the latter come out higher."
        )
        if results.firms.wholesale == "by product":
            costs = (
                f" Costs of all {results.words.manufacturers} are read off lowest list prices; "
                f"what {channels} give off list prices is what their pricing leaves unexplained, "
                "and an entrant is given off as much at the same price."
            )
        rows.append(
            (
                "Weights are borrowed",
                f"{capitalised(channels)} bargain with entrants with the weight "
                f"({results.firms.channel_weight.central:.2f}) that their terms with present "
                f"{results.words.manufacturers} imply on average, retail prices held while they "
                f"bargain. It rests on what {results.words.manufacturers} are assumed to earn."
                f"{costs}",
            )
        )
    return rows


def _data(results: Results) -> list[Limit]:
    w, rows = results.words, []
    if results.scenarios_of(ScenarioGroup.AWARENESS):
        rows.append(
            (
                "Awareness is assumed",
                "What part of consumers knows an entrant, before and after a partner's campaign, "
                "is not measured in these data; the ladder of awareness shows what it is worth.",
            )
        )
    if results.hedonic and results.hedonic.products:
        names = list_words([p.product for p in results.hedonic.products])
        draws = results.outlook.draws_solved if results.outlook else 0
        rows.append(
            (
                f"{capitalised(w.products)} without sales here",
                f"The quality of {names} is read off a line through "
                f"{results.hedonic.observations} {w.products} sold. The ranges printed are one "
                "standard error of that line only; they leave out the errors of the parameters and "
                f"the ranges of the assumptions{', which draws have' if draws else ''}.",
            )
        )
    if results.calibration.checks:
        comparisons = "; ".join(
            f"{c.label}: {fraction_words(c.value, c.in_percent)} seen, "
            f"{fraction_words(c.fitted, c.in_percent)} in the model"
            for c in results.calibration.checks
        )
        rows.append(("What was not fitted", f"{comparisons}."))
    counts = count_kinds(results)
    if counts["assumed"]:
        rows.append(
            (
                "Assumptions",
                f"{counts['assumed']} of the {sum(counts.values())} different numbers behind "
                "this page are assumptions; each has its range and its reason in the ledger.",
            )
        )
    return rows
