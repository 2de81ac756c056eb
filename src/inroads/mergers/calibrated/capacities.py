"""What sellers cannot exceed, and what those that sell all they can say of costs.

At capacity a price is above the one that its seller would set, so that its margin says what it
costs, but nothing of demand: the two differ by what a unit more would bring (Froeb, Tschantz and
Crooke 2003).
"""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.horizontal import Conduct, Demand, PostedPrices
from inroads.errors import refuse
from inroads.mergers.inputs import MergerTable

#: how near to capacity, as a fraction, is at it
_FULL = 1e-6


def at_capacity(table: MergerTable) -> Mask:
    """Offers (J,) that sell all they can; InputError where they sell more."""
    q = table.units if table.units is not None else table.money
    assert q is not None
    if table.capacities is None:
        return np.zeros(len(q), dtype=bool)
    return full_of(1.0 - q / q.sum() / table.capacities, table, np.arange(len(q)))


def full_of(room: Array, table: MergerTable, rows: Index) -> Mask:
    """Those without room (I,), a fraction of capacity; rows (I,): of the table, that name them."""
    if (room < -_FULL).any():
        raise refuse(
            expected="quantities of at most capacity",
            found=f"{table.products[rows[int(room.argmin())]]} above its own by {-room.min():.1%}",
            where="capacities",
            remedy="give capacities in the unit of quantities, or of shares.",
        )
    return np.asarray(room <= _FULL)


def cost_margins(table: MergerTable, full: Mask, wished: Array) -> tuple[Array, list[str]]:
    """Margins (J,) of costs: those that sellers wish for, of offers at capacity those observed.

    What is doubtful is said: offers at capacity whose margin is unknown, or below the wished one.
    """
    observed, doubtful = table.margins, []
    for j in np.flatnonzero(full):
        name = table.products[j]
        if np.isnan(observed[j]):
            doubtful.append(
                f"{name} sells all it can and has no margin: its cost is taken as high as it can be"
            )
        elif observed[j] < wished[j] - 1e-9:
            doubtful.append(
                f"{name} sells all it can, yet its margin of {observed[j]:.2f} is below the "
                f"{wished[j]:.2f} that it would want without a limit, which is taken"
            )
    is_told = full & (np.nan_to_num(observed, nan=-np.inf) > wished)
    return np.where(is_told, observed, wished), doubtful


def within_capacities(table: MergerTable, conduct: str, rule: Conduct, demand: Demand) -> Conduct:
    """Posted prices that keep quantities within capacities."""
    if conduct != "bertrand":
        raise refuse(
            expected="capacities under Bertrand, or of one good",
            found=conduct,
            where="capacities",
            remedy="leave the column out.",
        )
    assert table.capacities is not None
    q = demand.at_prices(table.prices).shares
    # Offers at capacity stay at it, not a rounding below.
    limits = table.capacities * q.sum()
    return PostedPrices(np.where(at_capacity(table), q, limits))
