"""A demand system, with supply or without, as arrays over products and agents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array, Index
from inroads.errors import refuse
from inroads.estimation.design.berry import nest_codes
from inroads.estimation.design.demographics import ByProduct, read_demographics
from inroads.estimation.design.fixed_effects import FixedEffects
from inroads.estimation.design.formula_columns import (
    check_columns,
    check_instruments,
    formula_matrix,
    mentions,
    mentions_any,
    price_slopes,
)
from inroads.estimation.design.innovations import with_innovations
from inroads.estimation.design.panel_arrays import (
    absorbed_codes,
    availability,
    check_endogenous,
    check_prices_beside_supply,
    lognormal_columns,
    node_matrix,
    numbered_columns,
    with_supply,
)
from inroads.estimation.design.without_outside import check_without_outside
from inroads.estimation.specification.conduct import Conduct
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.supply import Supply
from inroads.numerics.columns import independent_columns
from inroads.tables.panel import Panel


def _nothing() -> Array:
    return np.zeros((0, 0))


@dataclass(frozen=True, kw_only=True)
class Design:
    """A demand system, with supply or without, as arrays over products (N) and agents (A rows).

    X1 (N, K1) and Z (N, M) have fixed effects taken out; X2 (N, K2), nodes (A, K2), demographics
    (A, D); linear, random, demographic_names and instruments name their columns; `dropped` are
    instruments that others, or fixed effects, explain. linear_slopes (K1,) and random_slopes (K2,):
    dx/dprices, nan where it is not one number. has_nodes (K2,): which nodes there are. lognormal
    (K2,). log_slopes: dx/dln prices of both, where all columns that hold prices are logarithms and
    there is no supply. outside: whether consumers may buy nothing. nests (L, N): codes, outermost
    level first. available (A, J): which products an agent can choose, by position in the market.

    X3 (N, K3), ZS (N, MS), cost_names and supply_instruments are supply's, zero for products
    without a supply side (supplied, (N,)), beside which a coefficient of prices is searched where
    `linear` has one; conduct says whose profit counts. ZC (N, MC): instruments of xi omega; ZI (N,
    MI): of innovations of xi, previous (N,) being the rows of predecessors, -1 where there is none.
    """

    X1: Array
    Z: Array
    X2: Array
    nodes: Array
    demographics: Array
    linear: tuple[str, ...]
    random: tuple[str, ...]
    demographic_names: tuple[str, ...]
    instruments: tuple[str, ...]
    fixed_effects: FixedEffects | None
    by_product: ByProduct | None = None
    dropped: tuple[str, ...] = ()
    linear_slopes: Array = field(default_factory=_nothing)
    random_slopes: Array = field(default_factory=_nothing)
    log_slopes: tuple[Array, Array] | None = None
    has_nodes: np.ndarray = field(default_factory=_nothing)
    lognormal: np.ndarray = field(default_factory=_nothing)
    nests: np.ndarray = field(default_factory=_nothing)
    available: np.ndarray | None = None
    outside: bool = True
    supply: Supply | None = None
    X3: Array = field(default_factory=_nothing)
    ZS: Array = field(default_factory=_nothing)
    cost_names: tuple[str, ...] = ()
    supply_instruments: tuple[str, ...] = ()
    supplied: np.ndarray = field(default_factory=_nothing)
    supply_effects: FixedEffects | None = None
    conduct: Conduct | None = None
    searches_prices: bool = False
    ZC: Array = field(default_factory=_nothing)
    covariance_instruments: tuple[str, ...] = ()
    ZI: Array = field(default_factory=_nothing)
    innovation_instruments: tuple[str, ...] = ()
    previous: Index = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    def without_fixed_effects(self, columns: Array) -> Array:
        """Columns (N, ...) less what fixed effects explain (Frisch and Waugh 1933)."""
        if self.fixed_effects is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return self.fixed_effects.residualize(flat).reshape(columns.shape)

    def without_supply_effects(self, columns: Array) -> Array:
        """The same of the supply side: columns (N, ...), whose other rows stay."""
        if self.supply_effects is None or not columns.size:
            return columns
        residual, rows = columns.copy(), columns[self.supplied]
        flat = self.supply_effects.residualize(rows.reshape(len(rows), -1))
        residual[self.supplied] = flat.reshape(rows.shape)
        return residual

    @property
    def absorbed_rank(self) -> int:
        """Degrees of freedom that fixed effects take."""
        return 0 if self.fixed_effects is None else self.fixed_effects.rank

    @property
    def outside_utility(self) -> float:
        """That of buying nothing, which without an outside option nobody would."""
        return 0.0 if self.outside else -np.inf

    @property
    def demographic_squares(self) -> Array:
        """Sums (D,) over agents of squares of demographics, of their mean over products where they
        differ by product."""
        squares = np.asarray((self.demographics**2).sum(axis=0))
        if self.by_product is not None:
            squares[list(self.by_product.columns)] = self.by_product.squares
        return squares

    @property
    def identical_agents(self) -> bool:
        """Whether all agents of a market choose alike, so that one stands for all."""
        return not self.random and self.available is None


def build_design(
    demand: Demand, panel: Panel, supply: Supply | None = None, sigma: ArrayLike | None = None
) -> Design:
    """Arrays of a demand system on a panel; raises InputError for formulas and columns at fault.

    Beside supply the coefficient of prices moves costs: it is searched, and leaves X1. sigma, where
    the search starts, is needed only where agents have nodes for its nonzero columns alone, as
    PyBLP's tables may. Columns of X1 and X3 that others or fixed effects explain are refused;
    instruments that are so explained are dropped and named in `dropped`.
    """
    products = panel.products
    matrices = with_innovations(_collect(demand, panel, supply, sigma), demand, panel)
    raw, names = formula_matrix(demand.linear, products)
    endogenous = np.array([mentions_any(name, demand.endogenous) for name in names], dtype=bool)
    priced = np.array([mentions(name, "prices") for name in names], dtype=bool)
    in_X1 = ~priced if supply is not None else np.ones(len(names), dtype=bool)
    absorbs = matrices.fixed_effects is not None
    check_columns(matrices.X1, raw[:, in_X1], matrices.linear, "linear", absorbed=absorbs)
    endogenous_names = [name for name, e in zip(names, endogenous, strict=True) if e]
    for stem in ("demand_instruments", "supply_instruments")[: 1 + (supply is not None)]:
        excluded = numbered_columns(products, stem)
        values = products[excluded].to_numpy(float)
        check_instruments(values, excluded, raw[:, endogenous], endogenous_names)
    linear_rho = len(matrices.nests) if matrices.identical_agents and supply is None else 0
    required = matrices.X1.shape[1] + linear_rho
    of_levels_and_innovations = len(matrices.instruments) + len(matrices.innovation_instruments)
    if of_levels_and_innovations < required:
        raise refuse(
            expected=f"at least {required} instruments (demand_instruments0, ...)",
            found="none",
            where="products",
            remedy=f"add excluded instruments; there are {of_levels_and_innovations}.",
        )
    return matrices


def unchecked_design(
    demand: Demand,
    panel: Panel,
    sigma: ArrayLike | None = None,
    *,
    all_instruments: bool = False,
) -> Design:
    """The design without supply, instruments not counted: what simulation needs.

    all_instruments: keep those that others explain, as in a part of a panel they may.
    """
    return _collect(demand, panel, None, sigma, all_instruments=all_instruments)


def _collect(
    demand: Demand,
    panel: Panel,
    supply: Supply | None,
    sigma: ArrayLike | None,
    *,
    all_instruments: bool = False,
) -> Design:
    products, agents = panel.products, panel.agents
    if not panel.outside:
        check_without_outside(demand, panel, supply)
    X1, linear = formula_matrix(demand.linear, products, panel.rows)
    X2, random = formula_matrix(demand.random, products, panel.rows)
    demographics = read_demographics(demand.demographics, panel, whole=not all_instruments)
    if demand.random and agents is None:
        raise refuse(
            expected="a table of agents for random coefficients",
            found="none",
            where="agents",
            remedy="give agents=.",
        )
    for name in (*linear, *random):
        if mentions(name, "shares"):
            raise refuse(
                expected="formulas without shares, which it explains",
                found="none",
                where="demand",
                remedy=f"drop {name}.",
            )
    slopes = price_slopes(demand.linear, products, len(linear))
    random_slopes = price_slopes(demand.random, products, len(random))
    check_endogenous(demand.endogenous, products)
    free_of_prices = [k for k, name in enumerate(linear) if not mentions(name, "prices")]
    searches_prices = supply is not None and len(free_of_prices) < len(linear)
    if supply is not None:
        check_prices_beside_supply(linear, random, random_slopes)
        X1, slopes = X1[:, free_of_prices], slopes[free_of_prices]
        linear = tuple(linear[k] for k in free_of_prices)
    exogenous = [k for k, name in enumerate(linear) if not mentions_any(name, demand.endogenous)]
    excluded = numbered_columns(products, "demand_instruments")
    by_formula, formula_names = formula_matrix(demand.instruments, products, panel.rows)
    Z = np.column_stack([X1[:, exogenous], products[excluded].to_numpy(float), by_formula])
    instruments = (*(linear[k] for k in exogenous), *excluded, *formula_names)
    nodes, has_nodes = node_matrix(agents, X2.shape[1], sigma)
    codes = absorbed_codes(demand.absorb, panel)
    no_nests = np.zeros((0, len(products)), dtype=int)
    log_slopes = None
    if supply is None and (np.isnan(slopes).any() or np.isnan(random_slopes).any()):
        logs = tuple(
            price_slopes(formula, products, len(names), log=True)
            for formula, names in ((demand.linear, linear), (demand.random, random))
        )
        log_slopes = None if np.isnan(np.concatenate(logs)).any() else (logs[0], logs[1])
    matrices = Design(
        X1=X1,
        Z=Z,
        X2=X2,
        nodes=nodes,
        demographics=demographics.matrix,
        by_product=demographics.by_product,
        linear=linear,
        random=random,
        demographic_names=demographics.names,
        instruments=instruments,
        fixed_effects=None if codes is None else FixedEffects(codes),
        linear_slopes=slopes,
        random_slopes=random_slopes,
        log_slopes=log_slopes,
        has_nodes=has_nodes,
        lognormal=lognormal_columns(demand.lognormal, random),
        nests=nest_codes(products) if demand.nested else no_nests,
        available=availability(panel),
        outside=panel.outside,
        searches_prices=searches_prices,
    )
    Z_residual = matrices.without_fixed_effects(Z)
    independent = list(range(Z.shape[1]))
    if not all_instruments:
        independent = independent_columns(Z_residual, np.linalg.norm(Z, axis=0))
    dropped = tuple(n for k, n in enumerate(instruments) if k not in independent)
    matrices = replace(
        matrices,
        X1=matrices.without_fixed_effects(X1),
        Z=Z_residual[:, independent],
        instruments=tuple(instruments[k] for k in independent),
        dropped=dropped,
    )
    return matrices if supply is None else with_supply(matrices, supply, panel)
