"""The arrays of a demand system on other tables, formulas as they were fixed on the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.berry import nest_codes
from inroads.estimation.design.demographics import read_demographics
from inroads.estimation.design.formula_columns import formula_matrix, mentions, plain_name
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.panel_arrays import availability, node_matrix
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult


def replayed_design(result: DemandResult, panel: Panel) -> Design:
    """The design on another panel: categories keep their levels, curves what they were fixed on.

    Without fixed effects, instruments and supply; linear columns are not in it, see
    `explained_utility`. Raises InputError for levels that the first panel did not have.
    """
    design, demand = result.design, result.demand
    X2 = _replay(demand.random, result.panel.products, panel.products)
    demographics = read_demographics(demand.demographics, panel, fixed_on=result.panel, whole=False)
    nodes, _ = node_matrix(panel.agents, len(design.random), result.layout.sigma)
    no_nests = np.zeros((0, len(panel)), dtype=int)
    empty = np.zeros((len(panel), 0))
    return replace(
        design,
        X1=empty,
        Z=empty,
        X2=X2,
        nodes=nodes,
        demographics=demographics.matrix,
        by_product=demographics.by_product,
        nests=nest_codes(panel.products) if demand.nested else no_nests,
        available=availability(panel),
        fixed_effects=None,
        supply=None,
        conduct=None,
    )


def explained_utility(result: DemandResult, products: pd.DataFrame) -> Array:
    """x beta (N,) of products with the prices that they have, without xi and absorbed effects."""
    matrix = _replay(result.demand.linear, result.panel.products, products)
    return np.asarray(matrix @ linear_coefficients(result))


def explained_costs(result: DemandResult, products: pd.DataFrame) -> Array:
    """Transformed costs (N,) of products by characteristics, without omega; supply is needed.

    The formula is fixed on products with a supply side, as in estimation.
    """
    supply, first = result.design.supply, result.panel.products
    assert supply is not None
    matrix = _replay(supply.costs, first[supply.supplied(first)], products)
    return np.asarray(matrix @ result.params[list(result.design.cost_names)].to_numpy(float))


def linear_coefficients(result: DemandResult) -> Array:
    """beta (K1,) of the columns of `linear`, prices among them."""
    _, names = formula_matrix(result.demand.linear, result.panel.products)
    return np.asarray(result.params[list(names)].to_numpy(float))


def effects_of(result: DemandResult, products: pd.DataFrame) -> Array:
    """Absorbed effects (N,) of products, found by the ids that were absorbed.

    Raises InputError for ids, or combinations of them, that the panel did not have.
    """
    if result.demand.absorb is None:
        return np.zeros(len(products))
    names = [plain_id(term) for term in result.demand.absorb.split("+")]
    absent = [name for name in names if name not in products]
    own = result.panel.products
    held = result.delta - result.xi - explained_utility(result, own)
    effects = pd.Series(held, pd.MultiIndex.from_frame(own[names].astype(str)))
    effects = effects[~effects.index.duplicated()]
    sought = None if absent else pd.MultiIndex.from_frame(products[names].astype(str))
    unknown = [] if sought is None else [key for key in sought if key not in effects.index]
    if absent or sought is None or unknown:
        fault = f"no column {absent[0]}" if absent else ", ".join(unknown[0])
        raise refuse(
            expected=f"products whose effects ({', '.join(names)}) were absorbed by the estimate",
            found=fault,
            where="products",
            remedy="write characteristics into `linear`; of effects nothing else is known.",
        )
    return np.asarray(effects.loc[sought].to_numpy(float))


def plain_id(term: str) -> str:
    """The column of a term of `absorb`: C(firm) is firm."""
    text = term.strip()
    return text[2:-1] if text.startswith("C(") and text.endswith(")") else text


def characteristic_slopes(result: DemandResult, column: str) -> Array:
    """du_ij/dx_j (N, I) of the agents of each product's market, zero beyond a market's own.

    Of formulas by central differences, extrapolated (exact to 1e-10). Raises InputError for a
    column that formulas do not use or that is no number, and where absorbed effects hold its mean.
    """
    table = result.panel.products
    linear = design_matrix(result.demand.linear, table)[1]
    random = None if result.demand.random is None else design_matrix(result.demand.random, table)[1]
    used = dict.fromkeys([*linear.used, *(() if random is None else random.used)])
    specs = [spec for spec in (linear, random) if spec is not None]
    if column not in used or any(column in spec.levels for spec in specs):
        raise refuse(
            expected=f"a column of numbers that formulas use ({', '.join(used)})",
            found=column if column not in used else f"{column}, a category",
            where="of",
            remedy="name one of these.",
        )
    if column not in linear.used and result.design.fixed_effects is not None:
        x = table[[column]].to_numpy(float)
        left = result.design.without_fixed_effects(x)
        if np.linalg.norm(left) <= 1e-9 * np.linalg.norm(x):
            raise refuse(
                expected="a characteristic whose mean effect on utility is known",
                found=f"{column}, which absorbed effects hold",
                where="of",
                remedy="write it into `linear` and absorb less; fit.project says what it is.",
            )
    common = np.zeros(len(table))
    if column in linear.used:
        common = _derivative(result.demand.linear, table, column) @ linear_coefficients(result)
    agents = max((s.w.shape[-1] for s in result.fitted.market_stacks), default=1)
    slopes = np.zeros((len(table), agents)) + common[:, None]
    if random is not None and column in random.used:
        dX2 = _derivative(result.demand.random, table, column)
        fitted = result.fitted
        for s in fitted.market_stacks:
            tastes = s.tastes(result.design, fitted.sigma, fitted.pi)
            slopes[s.products, : s.w.shape[-1]] += tastes.sum_of(dX2[s.products])
    return slopes


def _derivative(formula: str | None, table: pd.DataFrame, column: str) -> Array:
    """dX/dx (N, K) of a formula's columns."""
    assert formula is not None
    matrix, spec = design_matrix(formula, table)
    x = table[column].to_numpy(float)
    size = np.where(x == 0, max(float(np.abs(x).max(initial=0.0)), 1.0), np.abs(x))

    def slope(h: Array) -> Array:
        up, down = (apply(spec, table.assign(**{column: x + s * h})) for s in (1, -1))
        return np.asarray((up.to_numpy(float) - down.to_numpy(float)) / (2 * h[:, None]))

    slopes = (4 * slope(5e-4 * size) - slope(1e-3 * size)) / 3
    moves = np.array([mentions(plain_name(str(name)), column) for name in matrix.columns])
    return np.where(moves, slopes, 0.0)


def _replay(formula: str | None, first: pd.DataFrame | None, other: pd.DataFrame | None) -> Array:
    """The columns (N, K) that a formula, fixed on the first table, has on the other."""
    if formula is None or first is None or other is None:
        return np.zeros((0 if other is None else len(other), 0))
    return np.asarray(apply(design_matrix(formula, first)[1], other).to_numpy(float))
