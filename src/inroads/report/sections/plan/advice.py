"""What a firm should do, in words: the recommendation, beside the verdict, by other criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inroads.report.format import count_words, digits_drawn, in_percent, money
from inroads.results.plans import FirmPlan, Learnt, PlayedPlan, Trial
from inroads.results.words import Words

#: what the plan without partners is called
NO_DEAL = "no deal"


def recommendation(plan: FirmPlan, words: Words) -> str:
    """What to do, in a sentence, with the odds that it is right."""
    best = plan.plan(plan.best)
    against = (
        f"better than the plan in the press ({plan.press}) in {in_percent(best.better)} of draws, "
        f"than every other in {in_percent(best.best)}"
    )
    if plan.best == plan.press:
        return (
            f"{plan.best}, as in the press: worth {worth_words(best)} on average, the best of "
            f"{len(plan.plans)} plans in {in_percent(best.best)} of draws."
        )
    if plan.best == NO_DEAL:
        stays = "" if plan.is_channel else f"; {plan.firm} sells {words.direct} only"
        return f"No deal for now{stays}. That is {against}."
    return f"{plan.best}: worth {worth_words(best)} on average, {against}."


def short(plan: FirmPlan) -> str:
    """What to do, in a few words."""
    return f"{plan.best}, for now" if plan.best == NO_DEAL else plan.best


def beside_verdicts(
    plans: Sequence[FirmPlan], verdicts: Mapping[str, tuple[str, str]]
) -> list[str]:
    """What each firm should do, and where there is a verdict on its deals what both measure and how
    they go together: by firm the verdict's word, and what it hangs on, "" where on nothing."""
    return [
        _beside(plan, *verdicts[plan.firm])
        if plan.firm in verdicts
        else f"What {plan.firm} should do: {short(plan)}."
        for plan in plans
    ]


def _beside(plan: FirmPlan, word: str, condition: str) -> str:
    press = plan.plan(plan.press)
    text = (
        f"What {plan.firm} should do: {short(plan)}. “{word}” is of the deals in the press, and "
        "says in which futures they pay; a plan is chosen before the future is known, and is what "
        f"is worth most on average of all that {plan.firm} may do. On average these deals are "
        f"worth {worth_words(press)} ({plan.draws} draws of the plan's own)"
    )
    if plan.best == plan.press:
        return f"{text}, and nothing else that was tried is worth more."
    if plan.best != NO_DEAL:
        return f"{text}, and {plan.best} {worth_words(plan.plan(plan.best))}."
    until = f", until it is known that {condition}" if condition else ""
    return f"{text}, so they are not to be made{until}."


def criteria(plan: FirmPlan) -> str:
    """The best plan by a floor on losses and by regret, beside that by expected worth."""
    best, least = plan.plan(plan.best), plan.plan(plan.least_regret)
    floor = money(plan.floor)
    if plan.best_above_floor is None:
        under = f"No plan is worth {floor} or more in 19 draws of 20"
    else:
        name = "it" if plan.best_above_floor == plan.best else plan.best_above_floor
        under = f"Of those worth {floor} or more in 19 draws of 20 {name} is best"
    if plan.least_regret == plan.best:
        return f"{under}, and it misses least where it is wrong, {money(best.regret)} at most."
    return (
        f"{under}. Who would rather not miss a good future takes {plan.least_regret}: it misses "
        f"{money(least.regret)} at most, {plan.best} {money(best.regret)}."
    )


def learning(plan: FirmPlan) -> str:
    """What to find out before signing, and what it is worth."""
    sure = sure_to_matter(plan)
    everything = (
        "Removing all uncertainty but chance before signing would be worth "
        f"{money(plan.perfect_information)}"
    )
    named = [
        f"{one.what} ({money(one.worth)}, standard error {money(one.standard_error)})"
        for one in sure
    ]
    text = (
        f"{everything}. Of single inputs, find out first: {'; '.join(named)}."
        if named
        else f"{everything}; no single input would surely change the plan."
    )
    return " ".join([text, *(_trial(one) for one in plan.trials if one.is_sure)])


def _trial(one: Trial) -> str:
    return (
        f"A trial at {one.partner}, before it is paid for, would teach as much as "
        f"{money(one.worth)}: {count_words(one.sold_low)} sold at first mean {one.plan_if_low}, "
        f"{count_words(one.sold_high)} {one.plan_if_high}."
    )


def sure_to_matter(plan: FirmPlan, most: int = 3) -> list[Learnt]:
    """Inputs whose worth is above what luck would have it, the most valuable first."""
    return [one for one in plan.information if one.is_sure][:most]


def worth_words(one: PlayedPlan) -> str:
    """The mean, to what so many draws know of it: "−$42M ± $12M"."""
    if not one.expected_error:
        return money(one.expected)
    mean = money(one.expected, digits_drawn(one.expected, one.expected_error))
    return f"{mean} ± {money(one.expected_error, 1)}"
