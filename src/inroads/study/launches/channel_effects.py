"""How far makers on sale stand above their mean at single channels, as far as the data say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.market.equilibrium import Equilibrium

if TYPE_CHECKING:
    from inroads.study.load import Study


def channel_effects(study: Study) -> tuple[Array, Array]:
    """Such differences in utility (K,), and of each the sum of squares of its parts (K,): 1 of one
    maker at one channel, less where several add up.

    Margins of a maker at a channel say what it is worth there beyond its products and the channel;
    checks of makers' share at channels, by how much its odds are off.
    """
    fitted = study.fitted
    outcome = fitted.market.solve()
    differences = _margins(outcome) + _checks(study, outcome)
    if not differences:
        return np.zeros(0), np.zeros(0)
    values, squares = zip(*differences, strict=True)
    return np.array(values), np.array(squares)


def _margins(outcome: Equilibrium) -> list[tuple[float, float]]:
    table = outcome.market.table
    extra = table.groupby(["manufacturer", "channel"], sort=False)["extra"].mean()
    return [(float(value), 1.0) for value in extra if value != 0]


def _checks(study: Study, outcome: Equilibrium) -> list[tuple[float, float]]:
    """Of targets.csv, shares of makers at channels that the market was not fitted to."""
    checks = {check.name: check for check in study.fitted.checks}
    table = outcome.market.table.assign(units=outcome.state.shares)
    differences = []
    for row in study.tables["targets"].to_dict("records"):
        check = checks.get(row["name"])
        if check is None or row["moment"] != "share":
            continue
        makers, _, channels = str(row["of"]).partition("|")
        theirs = table["manufacturer"].isin(makers.split(";"))
        theirs &= table["channel"].isin(channels.split(";"))
        units = table[theirs].groupby(["manufacturer", "channel"])["units"].sum()
        parts = units / units.sum()
        differences.append(
            (_log_odds(check.value) - _log_odds(check.fitted), float((parts**2).sum()))
        )
    return differences


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
