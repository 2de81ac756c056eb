"""Enter with one channel and decide later: what the freedom to stop or to widen is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.dynamics.decision_tree import (
    GO_ON,
    NARROW,
    OUT,
    STOP,
    WIDE,
    WIDEN,
    EntryCase,
    evaluate_tree,
    flexibility,
    staged_entry,
)
from inroads.results.outlook import EntryPlan, EntryStart, NextStep, StagedEntry
from inroads.study.negotiations.negotiations import with_quality_shift
from inroads.study.outlook.entrant_path import PathModel
from inroads.study.outlook.fates import read_odds
from inroads.study.outlook.path_numbers import outlook_sections

if TYPE_CHECKING:
    from inroads.study.load import Study

# Three points with the mean, variance and kurtosis of a normal distribution, in standard errors.
_POINTS, _ODDS = (-np.sqrt(3.0), 0.0, np.sqrt(3.0)), (1 / 6, 2 / 3, 1 / 6)


# What the tree of decisions calls a start and a next step.
_STARTS = {
    OUT: EntryStart.STAY_OUT,
    NARROW: EntryStart.FIRST_CHANNEL,
    WIDE: EntryStart.BOTH_CHANNELS,
}
_STEPS = {STOP: NextStep.STOP, GO_ON: NextStep.GO_ON, WIDEN: NextStep.WIDEN}
_PLANS = {
    EntryPlan.STAY_OUT: {"": OUT},
    EntryPlan.BOTH_CHANNELS: {"": WIDE, WIDE: GO_ON},
    EntryPlan.FIRST_THEN_STOP: {"": NARROW, NARROW: STOP},
    EntryPlan.FIRST_THEN_GO_ON: {"": NARROW, NARROW: GO_ON},
    EntryPlan.FIRST_THEN_WIDEN: {"": NARROW, NARROW: WIDEN},
}


def staged_entry_of(
    study: Study,
    model: PathModel,
    manufacturer: str,
    channels: tuple[str, str],
    *,
    quality_error: pd.Series,
) -> StagedEntry:
    """What a manufacturer's entry is worth that starts with the first channel and may stop, go on
    or widen to the second after `path.decide` periods; dollars at the launch.

    What shows by then is how good consumers think its products: lower, as expected or higher by so
    many standard errors of their quality, and whether politics still lets them be sold. Launches
    are at the odds of `fates`; their costs are spent whether or not they come about, and again with
    each later generation of products while the deal stands. Money is above that of the open channel
    alone at the same quality. A channel that is left takes the products off its shelf, and nothing
    is earned from then on above the open channel.
    """
    part, decide = model.part, model.part.decide
    odds = read_odds(study, outlook_sections(study)[1], part, manufacturer, channels)
    launches = odds.fates(part.periods)
    first, second, both = (
        float(launches.probability[launches.launched[:, which].all(axis=1)].sum())
        for which in ([0], [1], [0, 1])
    )
    cases = [
        _case(model, manufacturer, channels, z, probability=p, quality_error=quality_error)
        for z, p in _at()
    ]
    tree = staged_entry(
        cases,
        decide,
        (first, min(both / first, 1.0) if first > 0 else 0.0),
        (model.launch_cost, model.launch_cost),
        rate=model.rate_per_period,
        only_second=max(second - both, 0.0),
        lasting=odds.survival(part.periods),
    )
    best = evaluate_tree(tree, model.rate_per_period)
    return StagedEntry(
        manufacturer=manufacturer,
        channels=channels,
        decision_period=decide,
        launch_probabilities=(first, second),
        both_launched=both,
        launch_cost=model.launch_cost,
        value=best.value,
        best_start=_STARTS[best.best[""]],
        best_next=_next_steps(best.best),
        value_of_first_channel=evaluate_tree(tree, model.rate_per_period, {"": NARROW}).value,
        plans={
            plan: evaluate_tree(tree, model.rate_per_period, fixed).value
            for plan, fixed in _PLANS.items()
        },
        flexibility=flexibility(tree, model.rate_per_period),
    )


def _next_steps(best: Mapping[str, str]) -> tuple[NextStep, ...]:
    """What is done after a start with one channel, for quality from low to high."""
    nodes = sorted(node for node in best if node.startswith(f"{NARROW} >"))
    return tuple(_STEPS[best[node]] for node in nodes)


def _at() -> list[tuple[float, float]]:
    return [(float(z), p) for z, p in zip(_POINTS, _ODDS, strict=True)]


def _case(
    model: PathModel,
    manufacturer: str,
    channels: tuple[str, str],
    errors: float,
    *,
    probability: float,
    quality_error: pd.Series,
) -> EntryCase:
    """How entry turns out where quality is so many standard errors higher."""
    shifted = model
    if errors:
        game = with_quality_shift(model.game, manufacturer, errors, quality_error)
        shifted = replace(model, game=game, _paths={})
    first, second = channels
    alone = shifted.follow(manufacturer, {}).profits[manufacturer].to_numpy(float)
    # What later generations cost at the start of their period, in money of its end.
    interest = 1.0 + model.rate_per_period

    def gain(deals: dict[str, int]) -> Array:
        gained = shifted.follow(manufacturer, deals).profits[manufacturer].to_numpy(float) - alone
        for begin in deals.values():
            gained[model.launches(begin)[1:]] -= interest * model.launch_cost
        return np.asarray(gained)

    return EntryCase(
        probability=probability,
        narrow=gain({first: 0}),
        widened=gain({first: 0, second: model.part.decide}),
        wide=gain({first: 0, second: 0}),
    )
