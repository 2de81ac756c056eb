"""What is estimated: a demand system written as formulas over the columns of a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from inroads.fit.arrays import Design
from inroads.fit.columns import (
    check_columns,
    check_instruments,
    matrix,
    names_column,
    price_slopes,
)
from inroads.fit.gathering import (
    absorbed,
    available,
    check_prices_beside_supply,
    family,
    lognormal,
    needs,
    nodes_of,
    supply_side,
)
from inroads.fit.nests import nest_codes
from inroads.fit.supply import Supply
from inroads.numerics.columns import independent_columns
from inroads.tables.panel import Panel

__all__ = ["Demand", "Design", "Supply", "design", "unchecked_design"]


@dataclass(frozen=True)
class Demand:
    """Utility of j to agent i: linear x beta + random x (sigma nodes_i + pi demographics_i).

    linear: formula of what all agents value alike; prices in it are endogenous. absorb: columns of
    ids whose fixed effects are taken out, joined by "+". random: formula of what they value
    differently. lognormal: columns of `random`, "-prices" for I(-prices), whose coefficient is
    exp(sigma nodes_i + pi demographics_i), so that a constant among demographics gives its median.
    demographics: formula over columns of agents. nested: whether nesting_ids (one level) or
    nesting_ids0, nesting_ids1... (outermost first; an inner nest is part of its outer one) are
    nests, with a nesting parameter rho a level. Formulas are formulaic's; columns are PyBLP's.
    """

    linear: str
    absorb: str | None = None
    random: str | None = None
    demographics: str | None = None
    nested: bool = False
    lognormal: tuple[str, ...] = ()


def design(
    demand: Demand, panel: Panel, supply: Supply | None = None, sigma: ArrayLike | None = None
) -> Design:
    """Arrays of a demand system on a panel; raises InputError for formulas and columns at fault.

    Beside supply the coefficient of prices moves costs: it is searched, and leaves X1. sigma, where
    the search starts, is needed only where agents have nodes for its nonzero columns alone, as
    PyBLP's tables may. Columns of X1 and X3 that others or fixed effects explain are refused;
    instruments that are so explained are dropped and named in `dropped`.
    """
    products = panel.products
    found = _arrays(demand, panel, supply, sigma)
    raw, names = matrix(demand.linear, products)
    endogenous = np.array([names_column(name, "prices") for name in names], dtype=bool)
    own = ~endogenous if supply is not None else np.ones(len(names), dtype=bool)
    check_columns(found.X1, raw[:, own], found.linear, "linear", found.absorbed is not None)
    called = [name for name, e in zip(names, endogenous, strict=True) if e]
    for stem in ("demand_instruments", "supply_instruments")[: 1 + (supply is not None)]:
        excluded = family(products, stem)
        check_instruments(products[excluded].to_numpy(float), excluded, raw[:, endogenous], called)
    wanted = found.X1.shape[1] + (len(found.nests) if found.alike and supply is None else 0)
    if found.Z.shape[1] < wanted:
        raise needs(
            "products",
            f"at least {wanted} instruments (demand_instruments0, ...)",
            f"add excluded instruments; there are {found.Z.shape[1]}",
        )
    return found


def unchecked_design(demand: Demand, panel: Panel, sigma: ArrayLike | None = None) -> Design:
    """The same without supply, instruments not counted: what simulation needs."""
    return _arrays(demand, panel, None, sigma)


def _arrays(demand: Demand, panel: Panel, supply: Supply | None, sigma: ArrayLike | None) -> Design:
    products, agents = panel.products, panel.agents
    X1, linear = matrix(demand.linear, products, panel.rows)
    X2, random = matrix(demand.random, products, panel.rows)
    people, people_names = matrix(demand.demographics, agents, panel.agent_rows)
    if demand.random and agents is None:
        raise needs("agents", "a table of agents for random coefficients", "give agents=")
    for name in (*linear, *random):
        if names_column(name, "shares"):
            raise needs("demand", "formulas without shares, which it explains", f"drop {name}")
    slopes = price_slopes(demand.linear, products, len(linear))
    random_slopes = price_slopes(demand.random, products, len(random))
    exogenous = [k for k, name in enumerate(linear) if not names_column(name, "prices")]
    searched = supply is not None and len(exogenous) < len(linear)
    if supply is not None:
        check_prices_beside_supply(linear, random, random_slopes)
        X1, slopes = X1[:, exogenous], slopes[exogenous]
        linear = tuple(linear[k] for k in exogenous)
        exogenous = list(range(len(linear)))
    excluded = family(products, "demand_instruments")
    Z = np.column_stack([X1[:, exogenous], products[excluded].to_numpy(float)])
    called = (*(linear[k] for k in exogenous), *excluded)
    nodes, drawn = nodes_of(agents, X2.shape[1], sigma)
    found = Design(
        X1,
        Z,
        X2,
        nodes,
        people,
        linear,
        random,
        people_names,
        called,
        absorbed(demand.absorb, panel),
        (),
        slopes,
        random_slopes,
        drawn,
        lognormal(demand.lognormal, random),
        nest_codes(products) if demand.nested else np.zeros((0, len(products)), dtype=int),
        available(panel),
        searches_prices=searched,
    )
    within = found.within(Z)
    kept = independent_columns(within, np.linalg.norm(Z, axis=0))
    side = supply_side(supply, panel)
    dropped = (*(n for k, n in enumerate(called) if k not in kept), *side.pop("dropped", ()))
    return replace(
        found,
        X1=found.within(X1),
        Z=within[:, kept],
        instruments=tuple(called[k] for k in kept),
        dropped=dropped,
        **side,
    )
