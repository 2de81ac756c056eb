"""What moves do in one market: prices, shares, profits and welfare before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium
    from inroads.market.market import Market
    from inroads.market.moves.base import Move

_OUTCOMES: Mapping[str, Callable[[Equilibrium], pd.Series]] = {
    "price": lambda e: e.prices,
    "share": lambda e: e.shares,
    "profit": lambda e: e.profits,
    "consumer_surplus": lambda e: pd.Series({"all": e.consumer_surplus}),
}


def market_changes(market: Market, moves: Sequence[Move]) -> pd.DataFrame:
    """before, after and change, by quantity and name, firms answering.

    What is not there has neither sales nor profits, and no price.
    """
    before, after = (m.solve(certificate=False) for m in (market, market.after(*moves)))
    tables = {}
    for quantity, of in _OUTCOMES.items():
        values = {"before": of(before), "after": of(after)}
        names = list(dict.fromkeys(name for v in values.values() for name in v.index))
        absent = np.nan if quantity == "price" else 0.0
        tables[quantity] = pd.DataFrame(
            {when: v.reindex(names, fill_value=absent) for when, v in values.items()}
        )
    table = pd.concat(tables, names=["quantity", "name"])
    return table.assign(change=table["after"] - table["before"])


def moved(table: pd.DataFrame) -> pd.Series:
    """Changes, and what is after where there was nothing before."""
    return table["change"].where(table["before"].notna(), table["after"])
