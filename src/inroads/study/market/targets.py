"""The moments that targets.csv may name, as matrices over offers and agents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from inroads.calibration.moments import OwnElasticity, Ratio
from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.utility_columns import FEATURES, UtilityColumns, owner_groups


def _elasticity(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
    """Own-price elasticity of offers of one tier."""
    offers = market.table["tier"].eq(of).to_numpy()
    k = FEATURES.index("money")
    return OwnElasticity(k, arrays.to_agents(arrays.X[k]), offers)


def _channel_switching(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
    """Of purchases from channels with members, those not at the buyer's own channel."""
    from_members = _rows(market.table["has_members"], arrays)
    return Ratio(
        from_members * (1 - arrays.to_agents(arrays.X[FEATURES.index("inertia")])), from_members
    )


def _brand_switching(
    has_members: bool,
) -> Callable[[Market, UtilityColumns, str], Ratio | OwnElasticity]:
    def moment(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
        """Of purchases from channels with members (or the open channel), those of another brand
        than owned."""
        in_channels = _rows(market.table["has_members"].eq(has_members), arrays)
        return Ratio(
            in_channels * (1 - arrays.to_agents(arrays.X[FEATURES.index("brand")])), in_channels
        )

    return moment


def _retention(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
    """Of purchases by owners of a brand (or platform), those of the same brand (platform)."""
    columns = {c: market.labelled_consumers.cells[c].to_numpy() for c in ("brand", "platform")}
    table = market.table
    if of in set(columns["brand"]):
        groups = owner_groups(table["brand"], columns["brand"])
        owns, same = columns["brand"] == of, pd.Series(groups == of)
    else:
        owns, same = columns["platform"] == of, table["platform"].eq(of)
    owners = np.broadcast_to(
        arrays.to_agents(owns.astype(float)), arrays.consideration.shape
    ).copy()
    return Ratio(_rows(same, arrays) * owners, owners)


def _financed(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
    """Of purchases from a channel that may be paid over time, those that are."""
    table = market.table
    payable_later = _rows(table["channel"].eq(of) & (table["months"] > 0), arrays)
    return Ratio(payable_later * arrays.to_agents(arrays.financed), payable_later)


def _share(market: Market, arrays: UtilityColumns, of: str) -> Ratio | OwnElasticity:
    """Makers' share within channels, written manufacturers|channels, each joined by ';'."""
    manufacturers, _, channels = of.partition("|")
    table = market.table
    in_channels = _rows(table["channel"].isin(channels.split(";")), arrays)
    theirs = _rows(table["manufacturer"].isin(manufacturers.split(";")), arrays)
    return Ratio(theirs * in_channels, in_channels)


def _rows(mask: pd.Series, arrays: UtilityColumns) -> Array:
    """A mask over offers as (J, I)."""
    return np.repeat(mask.to_numpy(float)[:, None], len(arrays.agents), axis=1)


MOMENTS: dict[str, Callable[[Market, UtilityColumns, str], Ratio | OwnElasticity]] = {
    "elasticity": _elasticity,
    "channel_switching": _channel_switching,
    "brand_switching": _brand_switching(True),
    "brand_switching_open": _brand_switching(False),
    "retention": _retention,
    "financed": _financed,
    "share": _share,
}


def moment(name: str, of: str, market: Market, arrays: UtilityColumns) -> Ratio | OwnElasticity:
    """The moment of a row of targets.csv; raises InputError where there is none such."""
    if name not in MOMENTS:
        raise refuse(
            expected=f"one of {', '.join(MOMENTS)}",
            found=name,
            where="targets.csv, moment",
            remedy="choose one of these.",
        )
    computed = MOMENTS[name](market, arrays, of)
    meant = computed.denominator if isinstance(computed, Ratio) else computed.offers
    if not meant.any():
        raise refuse(
            expected="offers and consumers that this moment is about",
            found=f"none for {of!r}",
            where=f"targets.csv, {name}",
            remedy="correct 'of', or delete the row.",
        )
    return computed
