"""Demand without an outside option: all is told by comparing products of a market.

Shares of a market sum to one, u_ij = delta_j + mu_ij, j its products alone. What adds the same to
all of them moves no share: mean utilities are known up to a constant a market, which an absorbed
effect takes, and tastes for what all products of a market have alike are not known at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.estimation.design.panel_arrays import absorbed_codes
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.supply import Supply
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.design.matrices import Design
    from inroads.estimation.gmm.parameters import ParameterLayout

# A column whose range within markets is less than this part of its size is alike for all products.
_ROUNDING = 1e-12


def check_without_outside(demand: Demand, panel: Panel, supply: Supply | None) -> None:
    """Refuse supply, nests, agents' own choice sets, and demand without effects of markets."""
    if supply is not None:
        panel.require_outside("supply")
    by_agent = panel.agents is not None and "availability0" in panel.agents
    if demand.nested or by_agent:
        raise refuse(
            expected="demand without nests, over all products of a market, where there is no "
            "outside option",
            found="nests" if demand.nested else "availability0, ... of agents",
            where="demand",
            remedy="leave them out, or assume a size of the market.",
        )
    codes = absorbed_codes(demand.absorb, panel)
    markets = pd.factorize(panel.products["market_ids"])[0]
    columns = () if codes is None else codes.T
    if not any(_is_within(column, markets) for column in columns):
        raise refuse(
            expected="an absorbed effect of each market: without an outside option the level of "
            "utility in a market is not known",
            found=f"absorb={demand.absorb!r}",
            where="demand",
            remedy=f"absorb='{' + '.join(filter(None, ('market_ids', demand.absorb)))}'.",
        )


def check_searched(design: Design, panel: Panel, layout: ParameterLayout) -> None:
    """Refuse tastes for what all products of a market have alike, by name."""
    ids, X2 = panel.products["market_ids"].to_numpy(), pd.DataFrame(design.X2)
    grouped = X2.groupby(ids, sort=False)
    spread = (grouped.max() - grouped.min()).max().to_numpy()
    alike = spread <= _ROUNDING * X2.abs().max().to_numpy()
    differs = () if design.by_product is None else design.by_product.columns
    entries = [(k, False) for k, _ in np.argwhere(layout.sigma != 0)]
    entries += [(k, d in differs) for k, d in np.argwhere(layout.pi != 0)]
    for name, (k, by_product) in zip(layout.names(design), entries, strict=True):
        if alike[k] and not by_product:
            raise refuse(
                expected="tastes for what differs between products of a market, where there is no "
                "outside option",
                found=f"{name}, of {design.random[k]}, which all of a market have alike",
                where="start",
                remedy="leave it at zero: who likes all products more buys no other of them.",
            )


def _is_within(effect: np.ndarray, markets: np.ndarray) -> bool:
    """Whether each level of an effect is in one market, so that they add up to effects of it."""
    pairs = pd.Series(markets).groupby(effect)
    return bool((pairs.min() == pairs.max()).all())
