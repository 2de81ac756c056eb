"""The moments that targets.csv may name, as matrices over offers and cells of consumers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from inroads.calibration.consideration_types import ConsiderationTypes, squares
from inroads.calibration.moments import Moment, OwnElasticity, Ratio, Taste
from inroads.choice.base import Array
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.utility_columns import FEATURES, UtilityColumns, owner_groups

TASTES = (*FEATURES, "credit")
Computed = Ratio | OwnElasticity | Taste


def _elasticity(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    offers = market.table["tier"].eq(of).to_numpy()
    k = FEATURES.index("money")
    return OwnElasticity(k, arrays.X[k], offers)


def _channel_switching(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    from_members = _rows(market.table["has_members"], arrays)
    return Ratio(from_members * (1 - arrays.X[FEATURES.index("inertia")]), from_members)


def _brand_switching(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    return _brand_switched(market, arrays, has_members=True)


def _brand_switching_open(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    return _brand_switched(market, arrays, has_members=False)


def _brand_switched(market: Market, arrays: UtilityColumns, *, has_members: bool) -> Computed:
    in_channels = _rows(market.table["has_members"].eq(has_members), arrays)
    return Ratio(in_channels * (1 - arrays.X[FEATURES.index("brand")]), in_channels)


def _retention(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    columns = {c: market.labelled_consumers.cells[c].to_numpy() for c in ("brand", "platform")}
    table = market.table
    if of in set(columns["brand"]):
        groups = owner_groups(table["brand"], columns["brand"])
        owns, same = columns["brand"] == of, pd.Series(groups == of)
    else:
        owns, same = columns["platform"] == of, table["platform"].eq(of)
    owners = np.broadcast_to(owns.astype(float), arrays.base.shape).copy()
    return Ratio(_rows(same, arrays) * owners, owners)


def _financed(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    table = market.table
    payable_later = _rows(table["channel"].eq(of) & (table["months"] > 0), arrays)
    return Ratio(payable_later * arrays.financed, payable_later)


def _share(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    manufacturers, _, channels = of.partition("|")
    table = market.table
    in_channels = _rows(table["channel"].isin(channels.split(";")), arrays)
    theirs = _rows(table["manufacturer"].isin(manufacturers.split(";")), arrays)
    return Ratio(theirs * in_channels, in_channels)


def _taste(market: Market, arrays: UtilityColumns, of: str) -> Computed:
    if of not in TASTES:
        raise refuse(
            expected=f"a taste, one of {', '.join(TASTES)}",
            found=repr(of),
            where="targets.csv, taste",
            remedy="correct 'of'.",
        )
    return Taste(TASTES.index(of))


def _rows(mask: pd.Series, arrays: UtilityColumns) -> Array:
    """A mask over offers as (J, C)."""
    return np.repeat(mask.to_numpy(float)[:, None], arrays.base.shape[1], axis=1)


def types_of(arrays: UtilityColumns) -> ConsiderationTypes:
    """What consumers within cells know, as calibration takes it."""
    types = arrays.types
    return ConsiderationTypes(
        probability=types.probability, group=arrays.group, taste=types.taste_by_group
    )


def taste_columns(arrays: UtilityColumns) -> Array:
    """What each taste of FEATURES weighs (5, J, C), and nothing for the last, who gets credit."""
    return np.concatenate([arrays.X, np.zeros((1, *arrays.X.shape[1:]))])


def moment_value(moment: Moment, outcome: Equilibrium, theta: Array) -> float:
    """A moment in a solved labelled market."""
    choices = outcome.choices
    assert isinstance(choices, ConsiderationAtPrices)
    return moment.value(choices.purchases, squares(choices), theta)


class NamedMoment(NamedTuple):
    """A moment that targets.csv may name: what `of` names, what it is in words, and as numbers."""

    of: str
    words: str
    computed: Callable[[Market, UtilityColumns, str], Computed]


MOMENTS = {
    "elasticity": NamedMoment(
        "a tier",
        "Percent change in units of an offer as its own price rises by one percent; mean over the "
        "offers of the tier, by units.",
        _elasticity,
    ),
    "channel_switching": NamedMoment(
        "",
        "Purchases from channels with members other than the buyer's own / all purchases from "
        "channels with members.",
        _channel_switching,
    ),
    "brand_switching": NamedMoment(
        "",
        "Purchases of another brand than owned / all purchases, at channels with members.",
        _brand_switching,
    ),
    "brand_switching_open": NamedMoment(
        "",
        "The same at open channels.",
        _brand_switching_open,
    ),
    "retention": NamedMoment(
        "a brand of [[consumers.owned]], or a platform",
        "Purchases of it by its owners / all purchases by its owners.",
        _retention,
    ),
    "financed": NamedMoment(
        "a channel",
        "Purchases paid over time / purchases of offers there that may be.",
        _financed,
    ),
    "share": NamedMoment(
        "manufacturers|channels, each joined by ';'",
        "Units of these manufacturers at these channels / all units at these channels.",
        _share,
    ),
    "taste": NamedMoment(
        "a name of [parameters]",
        "The taste itself: an estimate from other data, whose standard error is `error`.",
        _taste,
    ),
}


def moment(name: str, of: str, market: Market, arrays: UtilityColumns) -> Computed:
    """The moment of a row of targets.csv; raises InputError where there is none such."""
    if name not in MOMENTS:
        raise refuse(
            expected=f"one of {', '.join(MOMENTS)}",
            found=name,
            where="targets.csv, moment",
            remedy="choose one of these.",
        )
    computed = MOMENTS[name].computed(market, arrays, of)
    if isinstance(computed, Taste):
        return computed
    meant = computed.denominator if isinstance(computed, Ratio) else computed.offers
    if not meant.any():
        raise refuse(
            expected="offers and consumers that this moment is about",
            found=f"none for {of!r}" if of else "none",
            where=f"targets.csv, {name}",
            remedy="correct 'of', or delete the row." if of else "delete the row.",
        )
    return computed
