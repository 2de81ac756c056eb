"""A plan as results.json and plan.json hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.plans.mandate import ALONE, PREDICTED, Mandate
from inroads.results.keys import InputKey
from inroads.results.plans import (
    Clause,
    DealMandate,
    FirmPlan,
    Learnt,
    PlayedPlan,
    PriceRange,
    Trial,
    WholesaleTerms,
)

if TYPE_CHECKING:
    from inroads.plans.result import Plan


def plan_record(plan: Plan) -> FirmPlan:
    """The plan as a record of results."""
    return FirmPlan(
        firm=plan.firm,
        is_channel=any(mandate.is_channel for mandate in plan.mandates.values()),
        as_of=plan.as_of,
        lock=plan.lock,
        tried=len(plan.tried),
        combinations=plan.combinations,
        draws=len(plan.expected),
        failed=plan.failed,
        press=plan.answer,
        best=plan.best,
        floor=plan.floor,
        best_above_floor=plan.best_above_floor,
        least_regret=plan.least_regret,
        perfect_information=plan.perfect_information,
        plans=tuple(_played(plan)),
        information=tuple(
            Learnt(
                input=InputKey.of(str(name)),
                what=row["what"],
                worth=row["worth"],
                standard_error=row["standard error"],
            )
            for name, row in plan.information.iterrows()
        ),
        trials=tuple(
            Trial(
                partner=str(partner),
                worth=row["worth"],
                standard_error=row["standard error"],
                sold_low=row["sold low"],
                plan_if_low=row["plan if low"],
                sold_high=row["sold high"],
                plan_if_high=row["plan if high"],
            )
            for partner, row in plan.trials.iterrows()
        ),
        mandates=tuple(_mandate(plan, page) for page in plan.mandates.values()),
    )


def _played(plan: Plan) -> list[PlayedPlan]:
    table, drawn = plan.table, plan.expected
    best = drawn.idxmax(axis=1).value_counts(normalize=True)
    errors = drawn.std() / np.sqrt(len(drawn))
    return [
        PlayedPlan(
            name=str(name),
            expected=row["expected"],
            expected_error=errors[name],
            low=row["low"],
            high=row["high"],
            tail=row["tail"],
            loss_odds=row["odds of a loss"],
            regret=row["regret"],
            on_frontier=row["on the frontier"],
            gain=row["gain"],
            gain_low=row["gain low"],
            gain_high=row["gain high"],
            better=row["better"],
            best=best.get(name, 0.0),
        )
        for name, row in table.iterrows()
    ]


def _mandate(plan: Plan, page: Mandate) -> DealMandate:
    manufacturer, channel = (
        (page.partner, page.firm)
        if page.is_channel
        else (
            page.firm,
            page.partner,
        )
    )
    worlds = {
        world: _terms(page.terms.loc[world], plan.earned_back.loc[(page.partner, world)])
        for world in (PREDICTED, ALONE)
        if world in page.terms.index
    }
    return DealMandate(
        manufacturer=manufacturer,
        channel=channel,
        predicted=worlds[PREDICTED],
        alone=worlds.get(ALONE),
        clauses=tuple(
            Clause(
                name=str(name),
                to_manufacturer=row[f"to {manufacturer}"],
                to_channel=row[f"to {channel}"],
                asks=row["asks"],
                bears=row["bears"],
            )
            for name, row in page.concessions.iterrows()
        ),
        outside={str(without): change for without, change in page.outside.items()},
    )


def _terms(row: pd.Series, earned: pd.Series) -> WholesaleTerms:
    prices = {
        name: PriceRange(central=row[name], low=row[f"{name} low"], high=row[f"{name} high"])
        for name in ("lowest", "agreed", "highest")
    }
    return WholesaleTerms(
        **prices,
        no_common_ground=row["no common ground"],
        earned_back=earned["price"],
        pays=earned["pays"],
    )
