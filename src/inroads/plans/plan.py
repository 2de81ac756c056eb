"""A firm's plan: every strategy tried at the central numbers, the best played in every draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from inroads.errors import refuse
from inroads.plans.chances import chances, worth
from inroads.plans.criteria import tail
from inroads.plans.deal_sales import deal_sales
from inroads.plans.earning_back import earned_back
from inroads.plans.mandate import first_sales_column, mandate
from inroads.plans.paths import Played
from inroads.plans.plan_model import check_signs, plan_ensemble, with_strategies
from inroads.plans.result import Plan
from inroads.plans.strategies import Strategy, read_choices
from inroads.plans.variants import variants, worths
from inroads.results.keys import InputKey
from inroads.study.lock import lock_of
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.outlook.uncertainty import input_labels
from inroads.uncertainty.ensemble import FAILURE, INPUT

if TYPE_CHECKING:
    from inroads.study.load import Study

#: called with what is being done, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]


def plan(
    study: Study,
    firm: str | None = None,
    *,
    drawing: DrawSettings = DrawSettings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
) -> Plan:
    """What a firm of a study should do: an entrant, or a channel that negotiates.

    Every combination of its choices ([[plan]] of study.toml) is tried at the central numbers; the
    best of them, the plan in the press and no deal are played in every draw of all that is
    uncertain, the same draws for each.

    Parameters
    ----------
    study : Study
        With [entry], [firms], [negotiations] and [path].
    firm : str, optional
        An entrant or a channel; the first entrant unless given.
    drawing : DrawSettings
        How many draws (those of [[plan]] unless given), on how many processes, and where they are
        kept, so that a run that was killed goes on where it stood.
    progress : callable
        Called with what is being done, how far it is, and how far it goes.

    Returns
    -------
    Plan
        Best by expected value, under a floor, by least regret; what it is worth to know more.

    Raises
    ------
    InputError
        For a firm without anything to choose, choices that contradict each other, and more of them
        than are tried.
    InroadsError
        Where no draw could be solved.
    """
    with threadpool_limits(1):
        choices = read_choices(study, firm)
        count = choices.draws if drawing.draws is None else drawing.draws
        if count < 2:
            raise refuse(
                expected="two draws at least",
                found=str(count),
                where="draws",
                remedy="give more; 100 for a true picture.",
            )
        every, model = plan_ensemble(study, choices, seed=drawing.seed)
        check_signs(choices, every.names)
        central = Played.of(study.path().with_prices_at_launches(), choices)
        odds = chances(study, central, {})
        at_center = []
        for k, strategy in enumerate(choices.strategies):
            progress("plans at the central numbers", k, len(choices.strategies))
            at_center.append(worth(central, strategy, odds))
        order = sorted(range(len(at_center)), key=lambda k: -at_center[k])
        chosen = [choices.strategies[k] for k in order[: choices.solve]]
        none = Strategy()
        strategies = tuple(dict.fromkeys([*chosen, choices.answer, none]))
        agreed = {s: {p: deal_sales(central, s, p) for p in s.partners} for s in strategies}
        ensemble = with_strategies(every, model, strategies, agreed)
        with drawing.drawn(ensemble, count) as wait_for:
            draws = wait_for(progress)
            columns = draws.columns([*ensemble.outputs, *(INPUT + n for n in ensemble.names)])
            failures = draws.column(FAILURE)
        solved = np.array([not text for text in failures], dtype=bool)
        if solved.sum() < 2:
            raise refuse(
                expected="two draws at least that could be solved",
                found=f"{solved.sum()} of {len(solved)}: {failures[~solved][0]}",
                where=f"plan of {choices.firm}",
                remedy="look into the failure, then narrow the inputs.",
            )
        drawn = {name: column[solved] for name, column in columns.items()}
        currency = study.config.words.currency
        progress("mandates", 0, 0)
        mandates = {
            partner: page
            for partner in choices.answer.partners
            if (page := mandate(central, partner, drawn, currency=currency)) is not None
        }
    named, period = input_labels(study), study.config.study.per
    names = {s: s.label(period) for s in (*choices.strategies, none)}
    expected, value = worths(choices, strategies, drawn, period)
    tried = pd.DataFrame(
        {
            "expected": [at_center[k] for k in order],
            "played": [choices.strategies[k] in strategies for k in order],
        },
        index=pd.Index([names[choices.strategies[k]] for k in order], name="plan"),
    )
    answer = names[choices.answer]
    return Plan(
        firm=choices.firm,
        tried=tried,
        priced=frozenset(v.label(period) for v in variants(choices, strategies) if v.clauses)
        & frozenset(expected.columns),
        first_sales=pd.DataFrame({p: drawn[first_sales_column(p)] for p in mandates}),
        trial_noise=choices.trial_noise,
        combinations=sum(1 for _ in variants(choices, choices.strategies)),
        answer=answer,
        expected=expected,
        value=value,
        inputs=pd.DataFrame({n: drawn[INPUT + n] for n in ensemble.names}),
        labels={n: InputKey.of(n).described(study.config.words, named) for n in ensemble.names},
        floor=float(tail(value[[answer]].to_numpy())[0])
        if choices.floor is None
        else choices.floor,
        mandates=mandates,
        earned_back=earned_back(choices, drawn),
        lock=lock_of(study, drawing),
        as_of=study.as_of,
        currency=currency,
        failed=int((~solved).sum()),
    )
