"""Enter with one carrier and decide later: what the freedom to stop or to widen is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    Prospect,
    flexibility,
    staged_entry,
    worth,
)
from inroads.dynamics.present_value import quarterly
from inroads.errors import InputError
from inroads.study.breakdown import odds, state_of
from inroads.study.load import Study
from inroads.study.pathway import Pathway
from inroads.study.talks import of_quality

# Three points with the mean, variance and kurtosis of a normal distribution, in standard errors.
_POINTS, _ODDS = (-np.sqrt(3.0), 0.0, np.sqrt(3.0)), (1 / 6, 2 / 3, 1 / 6)


def widening(
    study: Study, way: Pathway, maker: str, carriers: tuple[str, str], quality_error: pd.Series
) -> dict[str, Any]:
    """What a maker's entry is worth that starts with the first carrier and may stop, go on or widen
    to the second after `path.decide` quarters; as results.json has it, dollars when talks begin.

    What shows by then is how good consumers think its phones: lower, as expected or higher by so
    many standard errors of their quality. Each launch is at the odds of `breakdown`, independently;
    launch costs are spent whether or not it comes about, and again with each later generation of
    phones while the deal stands. Money is above that of the open channel alone at the same quality.
    A carrier that is left takes the phones off its shelf, and nothing is earned from then on above
    the open channel.
    """
    part = study.config.talks
    if part is None:
        raise InputError.single(
            expected="a part [talks], for the odds that a deal is launched",
            found="none",
            where="study.toml",
            remedy="add it, or leave the option out.",
        )
    first, second = carriers
    hazards, decide = odds(study, part), way.part.decide
    chances = [hazards.launch(state_of(study, maker, c)["state"]) for c in carriers]
    found = [_prospect(way, maker, carriers, z, p, quality_error) for z, p in _at()]
    tree = staged_entry(
        found,
        decide,
        (chances[0], chances[1]),
        (way.launch_cost, way.launch_cost),
        way.rate,
        to_launch=round(hazards.to_launch),
    )
    best = worth(tree, way.rate)
    plans = {
        "out": {"": OUT},
        "both": {"": WIDE},
        "one, then stop": {"": NARROW, NARROW: STOP},
        "one, then go on": {"": NARROW, NARROW: GO_ON},
        "one, then widen": {"": NARROW, NARROW: WIDEN},
    }
    return {
        "maker": maker,
        "carriers": [first, second],
        "decide": decide,
        "launch": chances,
        "launch_cost": way.launch_cost,
        "value": best.value,
        "best": best.best,
        "free": worth(tree, way.rate, {"": NARROW}).value,
        "plans": {name: worth(tree, way.rate, plan).value for name, plan in plans.items()},
        "flexibility": flexibility(tree, way.rate),
    }


def _at() -> list[tuple[float, float]]:
    return [(float(z), p) for z, p in zip(_POINTS, _ODDS, strict=True)]


def _prospect(
    way: Pathway,
    maker: str,
    carriers: tuple[str, str],
    errors: float,
    probability: float,
    quality_error: pd.Series,
) -> Prospect:
    """How entry turns out where quality is so many standard errors higher."""
    here = way
    if errors:
        stage = of_quality(way.stage, maker, errors, quality_error)
        here = replace(way, stage=stage, _kept={})
    first, second = carriers
    alone = here.follow(maker, {}).profits[maker].to_numpy(float)
    # What later generations cost at the start of their quarter, in money of its end.
    interest = 1.0 + quarterly(way.rate)

    def gain(deals: dict[str, int]) -> Array:
        gained = here.follow(maker, deals).profits[maker].to_numpy(float) - alone
        for begin in deals.values():
            gained[way.launches(begin)[1:]] -= interest * way.launch_cost
        return np.asarray(gained)

    return Prospect(
        probability,
        narrow=gain({first: 0}),
        widened=gain({first: 0, second: way.part.decide}),
        wide=gain({first: 0, second: 0}),
    )
