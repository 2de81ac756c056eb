"""What to do: each firm's plan, its value against its risk, its mandates, what to learn first."""

from __future__ import annotations

from inroads.report.format import in_percent, money
from inroads.report.section import (
    Block,
    Details,
    Figure,
    Heading,
    NumberCard,
    NumberCards,
    Section,
    blocks,
    note,
    text,
)
from inroads.report.sections.plan import mandates
from inroads.report.sections.plan.advice import (
    NO_DEAL,
    criteria,
    learning,
    recommendation,
    short,
)
from inroads.report.sections.plan.frontier import frontier_chart, plans_table
from inroads.report.table import BriefTable, Column
from inroads.results.plans import FirmPlan
from inroads.results.tree import Results
from inroads.results.words import Words


def section(results: Results) -> Section | None:
    """None without plans."""
    if not results.plans:
        return None
    return plan_section(results.plans, results.words)


def plan_section(plans: tuple[FirmPlan, ...], words: Words) -> Section:
    """Of some firms."""
    every = [_of_firm(plan, words) for plan in plans]
    return Section(
        name="plan",
        title="What to do",
        summary="; ".join(f"{plan.firm}: {short(plan)}" for plan in plans),
        blocks=blocks(
            NumberCards([_card(plan, words) for plan in plans]),
            *(block for firm in every for block in firm),
        ),
        brief=[
            "\n".join(f"{plan.firm} — {recommendation(plan, words)}" for plan in plans),
            *(_brief(plan) for plan in plans),
            *(learning(plan) for plan in plans),
        ],
    )


def _card(plan: FirmPlan, words: Words) -> NumberCard:
    best = plan.plan(plan.best)
    if plan.best == NO_DEAL:
        press = plan.plan(plan.press)
        numbers = [
            ("the plan in the press is worth on average", money(press.expected),
             _ends(press.low, press.high)),
            ("and loses, luck included, in", in_percent(press.loss_odds), ""),
        ]  # fmt: skip
    else:
        numbers = [
            ("worth on average, against no deal", money(best.expected), _ends(best.low, best.high)),
            ("in 19 draws of 20 at least, luck included", money(best.tail), ""),
        ]
    if plan.best != plan.press:
        numbers += [
            ("more than the plan in the press", money(best.gain),
             _ends(best.gain_low, best.gain_high)),
            ("odds that it is better than that", in_percent(best.better), ""),
        ]  # fmt: skip
    numbers += [
        (f"odds that it is the best of {len(plan.plans)} plans", in_percent(best.best), ""),
        ("what knowing more before signing is worth at most", money(plan.perfect_information), ""),
    ]
    return NumberCard(title=plan.firm, words=recommendation(plan, words), numbers=tuple(numbers))


def _ends(low: float, high: float) -> str:
    return f"{money(low)} to {money(high)}" if low < high else ""


def _of_firm(plan: FirmPlan, words: Words) -> list[Block]:
    more = (
        f" ({plan.combinations} with clauses on risk and signs)"
        if plan.combinations > plan.tried
        else ""
    )
    failed = f"; {plan.failed} more could not be solved" if plan.failed else ""
    return blocks(
        Figure(f"frontier-{_name(plan)}", frontier_chart(plan)),
        plans_table(plan),
        note(
            f"{plan.tried} plans tried at the central numbers{more}, {len(plan.plans)} played in "
            f"{plan.draws} draws{failed}. Against no deal, at the present. Misses at most: by not "
            "having taken the best plan of a draw. Better in: the draws in which it is worth more "
            "than the plan in the press."
        ),
        text(criteria(plan)),
        Heading(f"{plan.firm} at the table") if plan.mandates else None,
        mandates.overview(plan),
        note(_price_note(plan, words)) if plan.mandates else None,
        [
            Details(
                f"Mandate with {mandates.other_side(plan, deal)}",
                [mandates.answers(plan, deal, words), *mandates.clauses_blocks(plan, deal, words)],
            )
            for deal in plan.mandates
        ],
        Heading(f"What {plan.firm} should find out first"),
        text(learning(plan)),
    )


def _price_note(plan: FirmPlan, words: Words) -> str:
    launch = (
        " Launch earned back at: before it is paid for, the price at which the deal is worth it on "
        "average, talks and politics at their odds."
        if not plan.is_channel
        else ""
    )
    return (
        f"Wholesale, a {words.unit}, beside the study's other deals; in brackets nine draws of "
        f"ten. Prices of the table hold once the launch is paid for.{launch}"
    )


def _brief(plan: FirmPlan) -> BriefTable:
    table = plans_table(plan)
    columns = [Column(head="", is_number=False), Column(head="Plan", is_number=False, wraps=True)]
    columns += [Column(head=head, wraps=True) for head in table.heads[2:]]
    return BriefTable(columns=columns, rows=table.rows, bold=table.bold)


def _name(plan: FirmPlan) -> str:
    return "".join(c if c.isalnum() else "-" for c in plan.firm)
