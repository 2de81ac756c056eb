"""Goods at one price each, calibrated: Cournot, or Stackelberg where firms lead."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import best_alpha
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, passed_on
from inroads.conduct.horizontal.plants import PlantGame
from inroads.errors import refuse
from inroads.market.offers import check_costs
from inroads.mergers.calibrated.assumptions import Assumptions
from inroads.mergers.calibrated.capacities import cost_margins, full_of
from inroads.mergers.calibrated.goods_model import GoodsModel
from inroads.mergers.calibrated.model import Calibrated
from inroads.mergers.calibrated.ownership import Ownership
from inroads.mergers.calibrated.taxes import Taxes
from inroads.mergers.inputs import MergerTable


def one_good(
    table: MergerTable, given: Assumptions, ownership: Ownership, taxes: Taxes
) -> Calibrated:
    """Margins over price are what an owner counts of a good's output over its elasticity."""
    form = given.demand.removeprefix("one good, ")
    good, plant = _numbered(table.good_labels, len(table.products)), _plants(table)
    p = _one_price_a_good(table, good)
    units = table.units if table.units is not None else table.money
    assert units is not None
    q = units / units.sum()
    leads = _leaders(table, given, good, plant)
    capacity = _capacities(table, plant)
    output = np.bincount(plant, q)
    full = full_of(1.0 - output / capacity, table, _first_of(plant))[plant]
    untaxed = (p - taxes.unit) / p
    margins = np.where(full, np.nan, table.margins * untaxed)
    owns = taxes.weighed(np.maximum(ownership.owns, given.collusion))
    total = np.bincount(good, q)
    x = (owns * (good[:, None] == good)) @ q / total[good]
    rising = np.zeros(len(q)) if table.cost_elasticities is None else table.cost_elasticities
    elasticity, fitted, part = _elasticities(table, given, good, margins, x), x, x
    # What a leader passes on moves with the elasticity, and with costs: a few rounds settle it.
    for _ in range(500):
        last, fitted = fitted, part / -elasticity[good]
        if np.abs(fitted - last).max() < 1e-15:
            break
        if leads.any():
            slopes = rising * (1.0 - fitted) / q
            part = x * _leaders_part(form, slopes, table, q, leads, float(elasticity[0]))
            elasticity = _elasticities(table, given, good, margins, part)
    at_cost, doubtful = cost_margins(table, full, fitted / untaxed)
    marginal = taxes.net(p) * (1.0 - at_cost)
    check_costs({"marginal": marginal}, p, table.products, "margins", remedy="correct margins")
    of_plant = np.bincount(plant, marginal * q) / output
    d = rising * of_plant[plant] / output[plant]
    demands = [
        InverseDemand(form, float(p[good == g][0]), float(total[g]), float(elasticity[g]))
        for g in range(len(total))
    ]
    costs = marginal - d * output[plant]
    labels = list(dict.fromkeys(table.good_labels or []))
    model = GoodsModel(
        game=PlantGame(
            demands=demands, good=good, plant=plant, costs=costs, cost_slopes=d, capacity=capacity
        ),
        sold=q,
        leaders=leads,
        ownership=ownership,
        costs=costs,
        taxes=taxes,
        collusion=given.collusion,
        parameters={
            f"market_elasticity of {labels[g]}" if labels else "market_elasticity": float(e)
            for g, e in enumerate(elasticity)
        },
    )
    missed = doubts({}, fitted, margins, table.products)
    return Calibrated(model=model, fitted=at_cost, doubts=(*missed, *doubtful))


def _numbered(labels: list[str] | None, count: int) -> Index:
    """Numbers (J,) in the order in which labels come; one for all without."""
    if labels is None:
        return np.zeros(count, dtype=np.intp)
    each = list(dict.fromkeys(labels))
    return np.array([each.index(label) for label in labels], dtype=np.intp)


def _plants(table: MergerTable) -> Index:
    """The plant (J,) of each row, its own unless said; InputError where owners differ."""
    if table.plant_labels is None:
        return np.arange(len(table.products), dtype=np.intp)
    plant = _numbered(table.plant_labels, len(table.products))
    for i in range(int(plant.max()) + 1):
        owners = list(dict.fromkeys(np.array(table.firms)[plant == i].tolist()))
        if len(owners) > 1:
            raise refuse(
                expected="plants of one firm each",
                found=f"{table.plant_labels[int((plant == i).argmax())]} of {' and '.join(owners)}",
                where="plant_ids",
                remedy="give each firm's part of it a name of its own.",
            )
    return plant


def _first_of(plant: Index) -> Index:
    return np.unique(plant, return_index=True)[1]


def _capacities(table: MergerTable, plant: Index) -> Array:
    """Of plants (I,), inf where there is no limit; rows of a plant agree, or are blank."""
    rows = np.full(len(plant), np.inf) if table.capacities is None else table.capacities
    out = np.full(int(plant.max()) + 1, np.inf)
    for i in range(len(out)):
        given = rows[(plant == i) & np.isfinite(rows)]
        if len(given) and np.ptp(given) > 1e-9 * given.max():
            names = table.plant_labels or table.products
            raise refuse(
                expected="one capacity a plant",
                found=f"several, of {names[int((plant == i).argmax())]}",
                where="capacities",
                remedy="give what the plant can make of all goods, in one of its rows or in each.",
            )
        out[i] = given.min(initial=np.inf)
    return out


def _one_price_a_good(table: MergerTable, good: Index) -> Array:
    """Prices (J,), those of a good alike."""
    mean = np.bincount(good, table.prices) / np.bincount(good)
    if (np.abs(table.prices - mean[good]) > 1e-6 * mean[good]).any():
        raise refuse(
            expected="one price, of one good",
            found=f"prices from {table.prices.min():.6g} to {table.prices.max():.6g}",
            where="merger",
            remedy="give the price of the good in each row, a column good_ids where there are "
            "several, or a demand for several products.",
        )
    return np.asarray(mean[good])


def _leaders(table: MergerTable, given: Assumptions, good: Index, plant: Index) -> Mask:
    """What is made (J,) by firms that move first."""
    leaders, stackelberg = [str(name) for name in given.leaders], given.conduct == "stackelberg"
    absent = [name for name in leaders if name not in table.firm_names]
    if absent or stackelberg != bool(leaders):
        raise refuse(
            expected="leaders that are firms of the table" if stackelberg else "no leaders",
            found=", ".join(absent or leaders) or "none",
            where="leaders",
            remedy="name firms that move first, with conduct='stackelberg'.",
        )
    if leaders and (good.max() > 0 or len(np.unique(plant)) < len(plant)):
        raise refuse(
            expected="one good, a row a plant, for Stackelberg",
            found=f"{int(good.max()) + 1} good(s), {len(np.unique(plant))} plant(s)",
            where="leaders",
            remedy="use conduct='cournot' for plants that make several goods.",
        )
    return np.array([firm in leaders for firm in table.firms])


def _elasticities(
    table: MergerTable, given: Assumptions, good: Index, margins: Array, x: Array
) -> Array:
    """Of goods (G,): as given, or what margins (J,) tell beside x (J,), margins at -1."""
    labels = list(dict.fromkeys(table.good_labels or ["the good"]))
    out = np.zeros(len(labels))
    for g, label in enumerate(labels):
        e = given.market_elasticity
        e = e.get(label) if isinstance(e, Mapping) else e
        if e is not None and not e < 0:
            raise refuse(
                expected="a market elasticity below 0",
                found=str(e),
                where="market_elasticity",
                remedy="give by how many percent sales change when the price rises by one.",
            )
        rows = good == g
        if e is None and not np.isfinite(margins[rows]).any():
            raise refuse(
                expected=f"a margin that tells the elasticity of {label}, below capacity",
                found="none",
                where="margins",
                remedy="give one, or market_elasticity=.",
            )
        out[g] = -best_alpha(x[rows], margins[rows]) if e is None else float(e)
    return out


def _leaders_part(
    form: str, slopes: Array, table: MergerTable, s: Array, leads: Mask, elasticity: float
) -> Array:
    """What of a unit more of a firm the total rises by (J,): less than one where it leads.

    slopes (J,): of marginal costs, over price.
    """
    demand = InverseDemand(form, 1.0, 1.0, elasticity)
    followers = [np.flatnonzero(table.owner == f) for f in np.unique(table.owner[~leads])]
    plants = Plants(costs=np.zeros(len(s)), cost_slopes=slopes)
    return np.where(leads, passed_on(demand, plants, followers, s, 1.0), 1.0)
