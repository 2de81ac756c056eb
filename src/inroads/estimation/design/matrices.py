"""A demand system, with supply or without, as arrays over products and agents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.independence import independent_columns
from inroads.choice.model import Array
from inroads.estimation.design.fixed_effects import FixedEffects
from inroads.estimation.design.formula_columns import (
    check_columns,
    check_instruments,
    matrix,
    names_column,
    price_slopes,
)
from inroads.estimation.design.nests import nest_codes
from inroads.estimation.design.panel_arrays import (
    absorbed,
    available,
    check_prices_beside_supply,
    family,
    lognormal,
    needs,
    nodes_of,
    supply_side,
)
from inroads.estimation.specification import Conduct, Demand, Supply
from inroads.tables.panel import Panel


def _nothing() -> Array:
    return np.zeros((0, 0))


@dataclass(frozen=True)
class Design:
    """A demand system, with supply or without, as arrays over products (N) and agents (A rows).

    X1 (N, K1) and Z (N, M) have fixed effects taken out; X2 (N, K2), nodes (A, K2), demographics
    (A, D); names of columns of X1, X2, demographics and Z; `dropped` names instruments that others,
    or fixed effects, explain. linear_slopes (K1,) and random_slopes (K2,): dx/dprices, nan where it
    is not one number. drawn (K2,): which nodes there are. lognormal (K2,). nests (L, N): codes,
    outermost level first. available (A, J): whom products are open to, by place in the market.

    X3 (N, K3), ZS (N, MS), cost_names and supply_instruments are supply's, zero for products
    without a supply side (supplied, (N,)), beside which a coefficient of prices is searched where
    `linear` has one; conduct says whose profit counts.
    """

    X1: Array
    Z: Array
    X2: Array
    nodes: Array
    demographics: Array
    linear: tuple[str, ...]
    random: tuple[str, ...]
    people: tuple[str, ...]
    instruments: tuple[str, ...]
    absorbed: pd.DataFrame | None
    dropped: tuple[str, ...] = ()
    linear_slopes: Array = field(default_factory=_nothing)
    random_slopes: Array = field(default_factory=_nothing)
    drawn: np.ndarray = field(default_factory=_nothing)
    lognormal: np.ndarray = field(default_factory=_nothing)
    nests: np.ndarray = field(default_factory=_nothing)
    available: np.ndarray | None = None
    supply: Supply | None = None
    X3: Array = field(default_factory=_nothing)
    ZS: Array = field(default_factory=_nothing)
    cost_names: tuple[str, ...] = ()
    supply_instruments: tuple[str, ...] = ()
    supplied: np.ndarray = field(default_factory=_nothing)
    conduct: Conduct | None = None
    searches_prices: bool = False

    def within(self, columns: Array) -> Array:
        """Columns (N, ...) without their fixed effects."""
        if self.absorbed is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return self._fixed_effects.residualize(flat).reshape(columns.shape)

    @cached_property
    def _fixed_effects(self) -> FixedEffects:
        assert self.absorbed is not None
        return FixedEffects(self.absorbed.to_numpy())

    @property
    def absorbed_rank(self) -> int:
        """Degrees of freedom that fixed effects take."""
        return 0 if self.absorbed is None else self._fixed_effects.rank

    @property
    def alike(self) -> bool:
        """Whether all agents of a market choose alike, so that one stands for all."""
        return not self.random and self.available is None


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
