"""Solved markets beside each other: several equilibria of one, and one before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from inroads.conduct.multiple_equilibria import solve_equilibria
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.equilibrium import Equilibrium
from inroads.solution import Solution, Status

if TYPE_CHECKING:
    from inroads.market.market import Market


def equilibria(market: Market) -> tuple[list[Equilibrium], int]:
    """See `Market.equilibria`."""
    if not market.has_firms:
        return [market.solve()], 0
    if conduct_arrays.is_limited(market):
        raise refuse(
            expected="offers without capacities or quotas, to look for further equilibria",
            found="some with",
            where="market",
            remedy="drop the column 'capacity', or solve() the market as it is.",
        )
    negotiated = conduct_arrays.negotiated_terms(market)
    given = conduct_arrays.given_wholesale(market) if negotiated is None else None
    solved = solve_equilibria(conduct_arrays.retail(market), negotiated, wholesale=given)
    distinct = [
        Equilibrium(market, Solution(e, Status.CONVERGED, e.certificate.residual.relative, 0))
        for e in solved.distinct
        if e.certificate is not None
    ]
    return distinct, solved.starts_failed


def compare(before: Equilibrium, after: Equilibrium, by: str = "manufacturer") -> pd.DataFrame:
    """Before and after, side by side.

    Parameters
    ----------
    before, after : Equilibrium
        Two solved markets.
    by : str
        "offer", or a column of the market's table (manufacturer, channel...).

    Returns
    -------
    DataFrame
        By offer: prices and shares of consumers, changes as fractions of what they were. Otherwise
        units and shares of sales, largest first.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> change = ir.compare(market.solve(), market.after(ir.Merge("A", "B")).solve(), by="offer")
    >>> change["price_change"].round(3).to_dict()
    {'a': 0.098, 'b': 0.161, 'c': 0.003}
    """
    if by == "offer":
        frame = pd.DataFrame(
            {
                "price_before": before.prices,
                "price_after": after.prices,
                "share_before": before.shares,
                "share_after": after.shares,
            }
        )
        frame["price_change"] = frame["price_after"] / frame["price_before"] - 1
        frame["share_change"] = frame["share_after"] / frame["share_before"] - 1
        return frame
    frame = pd.DataFrame(
        {
            "units_before": before.sales(by),
            "units_after": after.sales(by),
            "share_before": before.share_of_sales(by),
            "share_after": after.share_of_sales(by),
        }
    ).fillna(0.0)
    frame["units_change"] = frame["units_after"] - frame["units_before"]
    return frame.sort_values("units_after", ascending=False)
