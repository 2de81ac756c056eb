"""What entrants sell in a scenario, in all and by region, each with its range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.results.market import EntrantSales
from inroads.study.market.estimate_spread import EstimateSpread
from inroads.study.market.regions import units_by_region

#: a region's name where all of them are meant
EVERYWHERE = ""


def entrant_sales(
    outcome: Equilibrium,
    before: Equilibrium,
    entrants: Sequence[str],
    *,
    moves: Callable[[Market], Market],
    quality_error: pd.Series,
    spread: EstimateSpread,
) -> dict[str, dict[str, EntrantSales]]:
    """Entrants' sales by region, `EVERYWHERE` first, and manufacturer; also with their unobserved
    quality, and the estimate that the study may rest on, an error off.

    before: what multiples are of; moves: the scenario's.
    """
    if not entrants:
        return {}
    every = partial(_units, manufacturers=entrants)
    units, reference, estimated = every(outcome), every(before), spread.of_log_units(moves, every)
    ends = [
        pd.concat([_units_at(outcome.market, name, z, quality_error) for name in entrants])
        for z in (-1.0, 1.0)
    ]
    total = {EVERYWHERE: float(outcome.sales().sum())}
    total |= units_by_region(outcome).groupby("region", sort=False)["units"].sum().to_dict()
    sales: dict[str, dict[str, EntrantSales]] = {}
    for at, sold in units.items():
        low, high = (float(end[at]) for end in ends)
        low, high = _wider(sold, low, high, estimated.get(at, 0.0))
        sales.setdefault(at[0], {})[at[1]] = EntrantSales(
            units=sold,
            units_low=low,
            units_high=high,
            share=sold / total[at[0]] if total[at[0]] else None,
            multiple=sold / reference[at] if reference[at] else None,
        )
    return sales


def _units(outcome: Equilibrium, manufacturers: Sequence[str]) -> pd.Series:
    """Units a period by region, `EVERYWHERE` first, and manufacturer."""
    by_region = units_by_region(outcome).groupby("region", sort=False)
    places = {EVERYWHERE: outcome.sales()}
    places |= {at: sold.set_index("manufacturer")["units"] for at, sold in by_region}
    return pd.concat(
        {at: sold.reindex(list(manufacturers), fill_value=0.0) for at, sold in places.items()}
    ).astype(float)


def _units_at(market: Market, manufacturer: str, z: float, error: pd.Series) -> pd.Series:
    """Units of a manufacturer with its products' quality z standard errors off."""
    products = market.products.copy()
    of_manufacturer = products["manufacturer"].eq(manufacturer)
    products.loc[of_manufacturer, "quality"] += z * error[of_manufacturer]
    shifted = replace(market, products=products)
    # Quality enters no array: what was assembled for the market serves here too.
    shifted.__dict__["arrays"] = market.arrays
    return _units(shifted.solve(), [manufacturer])


def _wider(units: float, low: float, high: float, spread: float) -> tuple[float, float]:
    """A range of units with what else their logarithm may be off, independently."""
    if not (spread > 0 and min(units, low, high) > 0):
        return low, high
    below, above = (float(np.hypot(np.log(end / units), spread)) for end in (low, high))
    return units * float(np.exp(-below)), units * float(np.exp(above))
