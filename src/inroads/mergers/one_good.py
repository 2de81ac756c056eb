"""One good at one price, calibrated: Cournot, or Stackelberg where firms lead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inroads.calibration.from_margins.logit import best_alpha
from inroads.choice.base import Array, Mask
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, passed_on
from inroads.errors import refuse
from inroads.market.offers import check_costs
from inroads.mergers.inputs import MergerTable
from inroads.mergers.model import MarketModel, OneGoodModel


def one_good(
    table: MergerTable,
    form: str,
    market_elasticity: float | None,
    leaders: Sequence[object],
    *,
    stackelberg: bool,
) -> tuple[MarketModel, Array]:
    """Cournot or Stackelberg: margins over price are a firm's share over the elasticity."""
    p, spread = float(table.prices.mean()), float(np.ptp(table.prices))
    if spread > 1e-6 * p:
        raise refuse(
            expected="one price, of one good",
            found=f"prices from {table.prices.min():.6g} to {table.prices.max():.6g}",
            where="merger",
            remedy="give the price of the good in each row, or a demand for several products.",
        )
    units = table.units if table.units is not None else table.money
    assert units is not None
    s, names = units / units.sum(), table.firm_names
    absent = [str(name) for name in leaders if str(name) not in names]
    if absent or stackelberg != bool(leaders):
        raise refuse(
            expected="leaders that are firms of the table" if stackelberg else "no leaders",
            found=", ".join(absent or map(str, leaders)) or "none",
            where="leaders",
            remedy="name firms that move first, with conduct='stackelberg'.",
        )
    leads = np.array([firm in {str(name) for name in leaders} for firm in table.firms])
    of_firm = np.array([s[table.owner == f].sum() for f in table.owner])
    if market_elasticity is not None and not market_elasticity < 0:
        raise refuse(
            expected="a market elasticity below 0",
            found=str(market_elasticity),
            where="market_elasticity",
            remedy="give the percent by which sales change when the price rises by one percent.",
        )
    rising = np.zeros(len(s)) if table.cost_elasticities is None else table.cost_elasticities
    fitted, x = np.zeros(len(s)), of_firm
    # What a leader passes on moves with the elasticity, and with costs: a few rounds settle it.
    for _ in range(500):
        elasticity = market_elasticity or -best_alpha(x, table.margins)
        last, fitted = fitted, x / -elasticity
        if np.abs(fitted - last).max() < 1e-15:
            break
        slopes = rising * (1.0 - fitted) / s
        x = of_firm * _leaders_part(form, slopes, table, s, leads, elasticity)
    d = rising * p * (1.0 - fitted) / s
    costs = p * (1.0 - fitted) - d * s
    marginal = {"marginal": p * (1.0 - fitted)}
    check_costs(marginal, table.prices, table.products, "margins", remedy="correct margins")
    top = np.array(np.inf) if table.capacities is None else table.capacities
    if (s >= top * (1 - 1e-9)).any():
        raise refuse(
            expected="output below capacity, where margins are those of quantity setters",
            found=f"{table.products[int((s - top).argmax())]} at its capacity",
            where="capacities",
            remedy="leave its capacity blank, or give one that it can still fill.",
        )
    model = OneGoodModel(
        demand=InverseDemand(form, p, 1.0, elasticity),
        plants=Plants(costs=costs, cost_slopes=d, capacity=top),
        owner=table.owner,
        leaders=leads,
    )
    return model, fitted


def _leaders_part(
    form: str, slopes: Array, table: MergerTable, s: Array, leads: Mask, elasticity: float
) -> Array:
    """What of a unit more of a firm the total rises by (J,): less than one where it leads.

    slopes (J,): of marginal costs, over price.
    """
    if not leads.any():
        return np.ones(len(s))
    demand = InverseDemand(form, 1.0, 1.0, elasticity)
    followers = [np.flatnonzero(table.owner == f) for f in np.unique(table.owner[~leads])]
    plants = Plants(costs=np.zeros(len(s)), cost_slopes=slopes)
    return np.where(leads, passed_on(demand, plants, followers, s, 1.0), 1.0)
