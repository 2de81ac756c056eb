"""What is estimated: a demand system written as formulas over the columns of a panel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.independence import independent_columns
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.tables.formulas import design_matrix
from inroads.tables.panel import Panel


@dataclass(frozen=True)
class Demand:
    """Utility of j to agent i: linear x beta + random x (sigma nodes_i + pi demographics_i).

    linear: formula of what all agents value alike; prices in it are endogenous. absorb: columns of
    ids whose fixed effects are taken out, joined by "+". random: formula of what they value
    differently. demographics: formula over columns of agents. nested: whether nesting_ids are
    nests, with one nesting parameter. Formulas are formulaic's; columns are PyBLP's.
    """

    linear: str
    absorb: str | None = None
    random: str | None = None
    demographics: str | None = None
    nested: bool = False


@dataclass(frozen=True)
class Supply:
    """Marginal costs: f(c) = costs x gamma + omega, f the logarithm or c itself.

    costs: formula over columns of products; supply_instruments0, ... are excluded instruments.
    log: whether f is the logarithm. lowest, highest: bounds that implied costs are clipped to.
    Prices are a Bertrand-Nash equilibrium of the firms named by firm_ids.
    """

    costs: str
    log: bool = True
    lowest: float | None = None
    highest: float | None = None

    def transform(self, costs: Array) -> tuple[Array, Array]:
        """f(c) and f'(c) (N,), zero where costs are clipped; InputError where there is no log."""
        clipped = np.clip(costs, self.lowest, self.highest)
        inside = (clipped == costs).astype(float)
        if not self.log:
            return clipped, inside
        if not (clipped > 0).all():
            raise InputError.single(
                expected="marginal costs above 0, of which a logarithm can be taken",
                found=f"{int((clipped <= 0).sum())} products below, the lowest {clipped.min():.3g}",
                where="supply",
                remedy="give lowest=0.001, or log=False, or start elsewhere.",
            )
        return np.log(clipped), inside / clipped


@dataclass(frozen=True)
class Design:
    """A demand system, with supply or without, as arrays over products (N) and agents (A rows).

    X1 (N, K1) and Z (N, M) have fixed effects taken out; X2 (N, K2), nodes (A, K2), demographics
    (A, D); names of columns of X1, X2, demographics and Z; `dropped` names instruments that others,
    or fixed effects, explain; X3 (N, K3), ZS (N, MS) and cost_names are supply's, beside
    which a coefficient of prices is searched where `linear` has one.
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
    supply: Supply | None = None
    X3: Array = field(default_factory=lambda: np.zeros((0, 0)))
    ZS: Array = field(default_factory=lambda: np.zeros((0, 0)))
    cost_names: tuple[str, ...] = ()
    searches_prices: bool = False

    def within(self, columns: Array) -> Array:
        """Columns (N, ...) without their fixed effects."""
        if self.absorbed is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return np.asarray(self._fixed_effects.residualize(flat)).reshape(columns.shape)

    @cached_property
    def _fixed_effects(self) -> Any:
        import pyhdfe

        assert self.absorbed is not None
        return pyhdfe.create(self.absorbed.to_numpy(), drop_singletons=False)


def design(demand: Demand, panel: Panel, supply: Supply | None = None) -> Design:
    """Arrays of a demand system on a panel; raises InputError for formulas and columns at fault.

    Beside supply the coefficient of prices moves costs: it is searched, and leaves X1.
    """
    products, agents = panel.products, panel.agents
    X1, linear = _matrix(demand.linear, products)
    X2, random = _matrix(demand.random, products)
    people, people_names = _matrix(demand.demographics, agents)
    if demand.random and agents is None:
        raise _needs("agents", "a table of agents for random coefficients", "give agents=")
    rows = 0 if agents is None else len(agents)
    nodes = np.zeros((rows, X2.shape[1]))
    for k in range(X2.shape[1]):
        if agents is not None and f"nodes{k}" in agents:
            nodes[:, k] = agents[f"nodes{k}"]
        elif demand.demographics is None:
            raise _needs("agents", f"a column 'nodes{k}' for {random[k]}", "draw nodes first")
    exogenous = [k for k, name in enumerate(linear) if not re.search(r"\bprices\b", name)]
    searched = supply is not None and len(exogenous) < len(linear)
    if supply is not None:
        if {linear[k] for k in range(len(linear)) if k not in exogenous} - {"prices"}:
            raise _needs("linear", "prices as they are, beside supply", "write 'prices' alone")
        X1, linear = X1[:, exogenous], tuple(linear[k] for k in exogenous)
        exogenous = list(range(len(linear)))
    instruments = [c for c in products if re.fullmatch(r"demand_instruments\d+", str(c))]
    Z = np.column_stack([X1[:, exogenous], products[instruments].to_numpy(float)])
    absorbed = _absorbed(demand.absorb, products)
    bare = Design(
        X1,
        Z,
        X2,
        nodes,
        people,
        linear,
        random,
        people_names,
        (*(linear[k] for k in exogenous), *map(str, instruments)),
        absorbed,
    )
    if Z.shape[1] < X1.shape[1]:
        raise _needs(
            "products",
            f"at least {X1.shape[1]} instruments (demand_instruments0, ...)",
            f"add excluded instruments; there are {Z.shape[1]}",
        )
    within = bare.within(Z)
    kept = independent_columns(within, np.linalg.norm(Z, axis=0))
    return replace(
        bare,
        X1=bare.within(X1),
        Z=within[:, kept],
        instruments=tuple(bare.instruments[k] for k in kept),
        dropped=tuple(n for k, n in enumerate(bare.instruments) if k not in kept),
        searches_prices=searched,
        **_supply(supply, products),
    )


def _supply(supply: Supply | None, products: pd.DataFrame) -> dict[str, Any]:
    """X3, ZS and names of the supply side."""
    if supply is None:
        return {}
    if "firm_ids" not in products:
        raise _needs("products", "a column 'firm_ids' for supply", "add the column")
    X3, names = _matrix(supply.costs, products)
    excluded = [c for c in products if re.fullmatch(r"supply_instruments\d+", str(c))]
    ZS = np.column_stack([X3, products[excluded].to_numpy(float)])
    ZS = ZS[:, independent_columns(ZS)]
    return {
        "supply": supply,
        "X3": X3,
        "ZS": ZS,
        "cost_names": tuple(f"gamma[{n}]" for n in names),
    }


def _matrix(formula: str | None, frame: pd.DataFrame | None) -> tuple[Array, tuple[str, ...]]:
    if formula is None or frame is None:
        return np.zeros((0 if frame is None else len(frame), 0)), ()
    matrix, _ = design_matrix(formula, frame)
    names = tuple("1" if name == "Intercept" else _unwrapped(name) for name in matrix.columns)
    return matrix.to_numpy(float), names


def _unwrapped(name: str) -> str:
    inside = re.fullmatch(r"I\((.*)\)", name)
    return inside[1] if inside else name


def _absorbed(absorb: str | None, products: pd.DataFrame) -> pd.DataFrame | None:
    if absorb is None:
        return None
    names = [re.sub(r"^C\((.*)\)$", r"\1", part.strip()) for part in absorb.split("+")]
    missing: Sequence[str] = [n for n in names if n not in products]
    if missing:
        raise _needs("products", f"a column '{missing[0]}' to absorb", "correct the name")
    return products[names].apply(lambda column: pd.factorize(column)[0])


def _needs(where: str, expected: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found="none", where=where, remedy=remedy + ".")
