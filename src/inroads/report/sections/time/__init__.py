"""Time and risk: the same deals from period to period, what moves their worth, the world."""

from __future__ import annotations

from markupsafe import Markup

from inroads.report.format import capitalised, dollars, percent
from inroads.report.phrases import direct_only, few_draws_note
from inroads.report.section import (
    Details,
    Figure,
    Paragraph,
    Section,
    blocks,
    note,
    text,
)
from inroads.report.sections.time import options, paths, spread, world, worth
from inroads.results.outlook import Outlook
from inroads.results.tree import Results

_ENOUGH = 1000


def section(results: Results) -> Section | None:
    """What deals are worth over time; None without periods to come."""
    outlook = results.outlook
    if outlook is None or not outlook.paths:
        return None
    return Section(
        name="time",
        title="Time and risk",
        blocks=blocks(
            Figure("value-path", paths.value_chart(results, outlook)),
            _introduction(results, outlook),
            _how_sure(results, outlook),
            _worth(results, outlook),
            Details(
                "Sales, and being known",
                blocks(
                    Figure("share-path", paths.share_chart(results, outlook)),
                    Figure("known-path", paths.awareness_chart(results, outlook)),
                    note(worth.points_words(outlook)),
                ),
            ),
            _options(results, outlook),
            text(worth.listing_words(results)),
        ),
        brief=(worth.brief_table(results, outlook),),
    )


def moves_section(results: Results) -> Section | None:
    """What moves the worth; None where nothing was drawn."""
    outlook = results.outlook
    draws = outlook.draws if outlook else None
    if outlook is None or draws is None or not draws.solved:
        return None
    few = Markup("So few draws cannot tell which of the inputs matters most: {} would.")
    slopes = spread.slopes_chart(results, outlook)
    per = results.study.per
    return Section(
        name="moves",
        title="What moves the worth",
        blocks=blocks(
            Figure("slopes", slopes),
            text(few.format(command(results))) if slopes is None else None,
            note(
                f"{len(draws.inputs)} inputs are drawn: assumptions over their ranges in the "
                "ledger (triangles), errors of estimates (normal), and luck; independent but for "
                "tastes and what is said to go together."
            ),
            Details(
                f"How sure the first {per} is",
                [
                    spread.intervals_table(outlook, per),
                    note(
                        f"{capitalised(results.words.units)} and {results.words.currency} a {per}, "
                        "if launched."
                    ),
                ],
            ),
        ),
    )


def world_section(results: Results) -> Section | None:
    """How likely the leader passes each rival; None without a world table."""
    ranking = results.outlook.world if results.outlook else None
    if ranking is None:
        return None
    table = world.passing_table(results, ranking)
    return Section(
        name="world",
        title="The world table",
        blocks=blocks(
            Figure("passing", world.passing_chart(results, ranking)),
            Details(
                f"By year, and what is shipped until {ranking.until}",
                blocks(
                    table,
                    note(
                        "Probability that it ships more in a calendar year. “With them”: launched "
                        f"for sure, in the {results.study.per} drawn."
                    )
                    if table.rows
                    else None,
                    Figure("shipments", world.shipments_chart(results, ranking)),
                ),
            ),
        ),
    )


def command(results: Results) -> Markup:
    """What draws enough futures to tell inputs apart."""
    line = f"inroads run {results.study.name} --draws {_ENOUGH}"
    return Markup("<code>{}</code>").format(line)


def _introduction(results: Results, outlook: Outlook) -> Paragraph:
    return text(
        f"Profits added over selling {direct_only(results)}, less {dollars(outlook.launch_cost)} a "
        f"{results.words.channel} and launch, as present value at "
        f"{percent(outlook.discount_rate)} a year over {outlook.periods} {results.study.per}s "
        "from the launch on."
    )


def _how_sure(results: Results, outlook: Outlook) -> Paragraph:
    draws = outlook.draws
    if draws is None or not draws.solved:
        words = Markup(
            "No futures were drawn: all of this is at the central numbers, without intervals. {} "
            "draws some."
        )
        return text(words.format(command(results)))
    words = Markup(f"{draws.solved:,} futures were drawn")
    if draws.failed:
        words += f"; {draws.failed} more had no solution and are left out"
    words += "."
    if rough := few_draws_note(results):
        words += Markup(" <b>{}</b> {} draws enough.").format(rough, command(results))
    return text(words)


def _worth(results: Results, outlook: Outlook) -> Details:
    """Worth by entrant, what takes it off, and by firm."""
    members, chances = "", options.launch_chances(outlook)
    if results.features.members:
        w = results.words
        members = f"; {w.channels}’ profits count {w.members} when they come or go"
    odds = ""
    if outlook.draws_solved:
        ends = "politics and talks do" if results.has_politics else "talks do"
        each = f" (one by one: {chances})" if chances else ""
        odds = (
            f" Launched: {ends} not end all deals before{each}; at the odds, intervals are of "
            "demand and costs, not of luck."
        )
    bridge = worth.bridge_table(results, outlook)
    firms = worth.firms_table(outlook)
    return Details(
        "Worth if launched, at the odds, and to others",
        blocks(
            worth.worth_table(outlook, results.study.per),
            note(
                "If launched: at the central numbers (— where draws lie too far apart for one), "
                f"then from the draws.{odds}"
            )
            if odds
            else None,
            bridge,
            note(worth.no_common_ground(outlook)) if bridge else None,
            firms,
            note(f"If launched, each entrant alone{members}.") if firms.rows else None,
        ),
    )


def _options(results: Results, outlook: Outlook) -> Details | None:
    if not outlook.staged_entry:
        return None
    more = options.against_the_draws(results, outlook)
    return Details(
        "To stop or to widen",
        blocks(
            [text(words) for words in options.options_words(results)],
            options.options_table(outlook),
            note(
                f"{capitalised(results.words.currency)} at the launch, at the odds of each "
                f"({options.launch_chances(outlook)}); "
                f"the second {results.words.channel} after {outlook.decision_period} "
                f"{results.study.per}s, once quality shows: as expected, "
                f"or 1.7 standard errors lower or higher.{f' {more}' if more else ''}"
            ),
        ),
    )
