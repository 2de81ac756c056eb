"""Time and risk: the same deals from period to period, and how sure it all is."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from inroads.report.format import capitalised, dollars, percent
from inroads.report.phrases import direct_only, few_draws_note, unobserved_quality_note
from inroads.report.section import (
    Block,
    Details,
    Figure,
    Heading,
    Paragraph,
    Section,
    blocks,
    note,
    text,
)
from inroads.report.sections.answer.time import listing_words
from inroads.report.sections.time import options, paths, spread, world, worth
from inroads.results.outlook import Outlook
from inroads.results.tree import Results

_ENOUGH = 1000


def section(results: Results) -> Section | None:
    """None without periods to come."""
    outlook = results.outlook
    if outlook is None or not outlook.paths:
        return None
    return Section(
        name="time",
        title="Time and risk",
        blocks=blocks(
            _introduction(results, outlook),
            _how_sure(results, outlook),
            worth.worth_table(outlook, results.study.per),
            note(_explained(results, outlook) + unobserved_quality_note(results)),
            _bridge(results, outlook),
            Figure("value-path", paths.value_chart(results, outlook)),
            Figure("share-path", paths.share_chart(results, outlook)),
            Figure("known-path", paths.awareness_chart(results, outlook)),
            _awareness(outlook),
            _firms(results, outlook),
            _options(results, outlook),
            _listing(results),
            _world(results, outlook),
            _spread(results, outlook),
        ),
        brief=(worth.brief_table(results, outlook),),
    )


def command(results: Results) -> Markup:
    """What draws enough futures to tell inputs apart."""
    line = f"inroads run {results.study.name} --draws {_ENOUGH}"
    return Markup("<code>{}</code>").format(line)


def _introduction(results: Results, outlook: Outlook) -> Paragraph:
    w = results.words
    ages = f"{w.units} age and are followed by new ones, " if results.features.successors else ""
    fading = "like the first"
    if results.features.fading:
        ages += f"what is new of entrants is less wanted with each {results.study.per}, "
        fading = "as launches fade"
    return text(
        f"The same deals from {results.study.per} to {results.study.per}: {ages}"
        f"names become known and are forgotten, customers take what they know from {w.channel} to "
        f"{w.channel}, {w.channels} set prices anew. What deals add to profits over selling "
        f"{direct_only(results)}, less {dollars(outlook.launch_cost)} a {w.channel} and launch, "
        f"is given as its present value at {percent(outlook.discount_rate)} a year over "
        f"{outlook.periods} {results.study.per}s from the launch on. The talks above count their "
        f"{results.study.per}s on sale {fading}, "
        f"undiscounted, {w.channel} by {w.channel}."
    )


def _how_sure(results: Results, outlook: Outlook) -> Paragraph:
    draws = outlook.draws
    if draws is None or not draws.solved:
        words = Markup(
            "No futures were drawn: all of this is at the central numbers, without intervals. {} "
            "draws some."
        )
        return text(words.format(command(results)))
    words = Markup(
        f"How sure it is: {draws.solved:,} futures, drawn from the stated distributions of "
        f"{len(draws.inputs)} inputs."
    )
    if rough := few_draws_note(results):
        words += Markup(" <b>{}</b> {} draws enough.").format(rough, command(results))
    if draws.failed:
        words += (
            f" {draws.failed} of {draws.count} draws had no solution and are left out "
            f"({draws.failure})."
        )
    return text(words)


def _explained(results: Results, outlook: Outlook) -> str:
    """What the columns of the table of worth are."""
    words = "Worth if launched: with all partners of the answer, at the central numbers"
    if not outlook.draws_solved:
        return f"{words}."
    chances = options.launch_chances(outlook)
    one_by_one = f" (One by one: {chances}.)" if chances else ""
    ends, sooner = "the talks do not all break down", ""
    if results.has_politics:
        ends = "neither politics nor the talks end all of them before"
        sooner = " and those that politics ends sooner"
    return (
        f"{words}, then from the draws. Launched: the probability that {ends}, hazards lying "
        f"anywhere within their ranges.{one_by_one} "
        "Worth at the odds: what comes of it when deals that are not launched (the first launch is "
        f"spent then){sooner} are counted; its interval is what demand and costs leave open, not "
        "luck."
    )


def _bridge(results: Results, outlook: Outlook) -> Sequence[Block]:
    table = worth.bridge_table(results, outlook)
    if table is None:
        return ()
    shock = " Politics is one shock: it stops all of an entrant’s deals or none."
    return blocks(
        Heading("From worth if launched to worth at the odds"),
        table,
        note(
            "Each line adds a risk to the one above; talks with each "
            f"{results.words.channel} fail by themselves." + (shock if results.has_politics else "")
        ),
        text(words) if (words := worth.no_common_ground(results, outlook)) else None,
    )


def _awareness(outlook: Outlook) -> Sequence[Block]:
    return blocks(
        Heading("What awareness may cost"),
        worth.points_table(outlook),
        note(
            "A point is one percent of consumers, made aware by a campaign. Its price here is the "
            "one at which nothing is left: of what campaigns add to deals that are made anyway "
            "(this decides on a campaign), and of entry as a whole, launch costs paid. Present "
            "values, the first two before launch costs."
        ),
    )


def _firms(results: Results, outlook: Outlook) -> Sequence[Block]:
    table = worth.firms_table(outlook)
    if not table.rows:
        return ()
    w = results.words
    members = ""
    if results.features.members:
        members = f" {capitalised(w.channels)}’ profits count {w.members} when they come or go."
    return blocks(
        Heading(f"Who gains and who loses over {outlook.periods} {results.study.per}s"),
        table,
        note(
            "Present value of the change in profits if launched, each entrant alone; entrants less "
            f"launch costs.{members}"
        ),
    )


def _options(results: Results, outlook: Outlook) -> Sequence[Block]:
    if not outlook.staged_entry:
        return ()
    w = results.words
    return blocks(
        Heading("To stop or to widen"),
        [text(words) for words in options.options_words(results)],
        options.options_table(outlook),
        note(
            "Dollars at the launch, demand at its central numbers, at the odds of each launch "
            f"({options.launch_chances(outlook)}). Talks with the "
            f"second {w.channel}, where they come later, after {outlook.decision_period} "
            f"{results.study.per}s on sale. What shows by then is how good consumers think the "
            f"{w.units}: as expected, or 1.7 standard errors lower or higher."
            + (
                " Politics may stop both before the launch, or end both after it."
                if results.has_politics
                else ""
            )
        ),
        note(words) if (words := options.against_the_draws(results, outlook)) else None,
    )


def _listing(results: Results) -> Sequence[Block]:
    words = listing_words(results)
    if not words:
        return ()
    return blocks(
        Heading("A listing"),
        text(words),
        note(
            "Last year of the path, taken to be there for good, at the odds that deals are "
            "launched and stand by then. The share is proportional to the years of profit, an "
            "assumption."
        ),
    )


def _world(results: Results, outlook: Outlook) -> Sequence[Block]:
    ranking = outlook.world
    if ranking is None:
        return ()
    table = world.passing_table(results, ranking)
    explained = note(
        f"Probability that {ranking.leader} ships more {results.words.units} than the rival in a "
        f"calendar year, by {ranking.research_firm}’s count; strictly more. “With them”: launched "
        f"for sure, in the {results.study.per} drawn."
    )
    return blocks(
        Heading("The world table"),
        table,
        explained if table.rows else None,
        Figure("passing", world.passing_chart(results, ranking)),
        Figure("shipments", world.shipments_chart(results, ranking)),
    )


def _spread(results: Results, outlook: Outlook) -> Sequence[Block]:
    draws = outlook.draws
    if draws is None or not draws.solved:
        return ()
    w, per = results.words, results.study.per
    few = Markup("So few draws cannot tell which of the inputs matters most: {} would.")
    explained = blocks(Figure("slopes", spread.slopes_chart(results, outlook)))
    drawn = note(
        "Independent of each other, except tastes and those that are said to go together. Ranges "
        "of assumptions are their authors’ judgement, read as the ends of a triangle. One sequence "
        f"of draws (Sobol, scrambled, seed {draws.seed}) for everything on this page."
    )
    summary = f"What is drawn: {len(draws.inputs)} inputs and their distributions"
    table = spread.inputs_table(results, outlook)
    return blocks(
        Heading(f"How sure the first {results.study.per} is"),
        spread.intervals_table(outlook, results.study.per),
        note(
            f"{capitalised(w.units)} a {per}, dollars a {per}, given a launch. These intervals "
            "hold all that is drawn; the ranges of the answer above only one standard error of "
            "quality."
        ),
        Heading("What the spread comes from"),
        explained or text(few.format(command(results))),
        Details(summary, [table, drawn]) if table.rows else None,
    )
