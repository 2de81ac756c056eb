"""Columns of a panel's tables as the arrays of a demand system and its supply side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.design.fixed_effects import FixedEffects
from inroads.estimation.design.formula_columns import (
    check_columns,
    formula_matrix,
    mentions,
    plain_name,
)
from inroads.estimation.specification.conduct import Conduct
from inroads.estimation.specification.supply import Supply
from inroads.numerics.columns import independent_columns
from inroads.tables.faults import cell_problems, no_numbers
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers

if TYPE_CHECKING:
    from inroads.estimation.design.matrices import Design


def with_supply(design: Design, supply: Supply, panel: Panel) -> Design:
    """The design with X3, ZS, names and conduct of the supply side."""
    products = panel.products
    conduct = Conduct.from_products(products, supply)
    supplied = supply.supplied(products)
    rows = products[supplied]
    row_names = np.array(row_numbers(products, panel.rows))[supplied]
    X3, names = formula_matrix(supply.costs, rows, row_names)
    if any(mentions(name, "prices") for name in names):
        raise refuse(
            expected="costs without prices, which they explain",
            found="none",
            where="supply",
            remedy="drop prices.",
        )
    effects = _supply_effects(supply, panel, supplied)
    raw = X3
    X3 = raw if effects is None else effects.residualize(raw)
    check_columns(X3, raw, names, "supply", absorbed=effects is not None)
    exogenous = [k for k, name in enumerate(names) if not mentions(name, "shares")]
    excluded = numbered_columns(products, "supply_instruments")
    ZS = raw_ZS = np.column_stack([raw[:, exogenous], rows[excluded].to_numpy(float)])
    if effects is not None:
        ZS = effects.residualize(raw_ZS)
    instruments = [*(names[k] for k in exogenous), *excluded]
    ZC, covariance_names = _covariance_instruments(supply, rows, row_names)
    independent = independent_columns(ZS, np.linalg.norm(raw_ZS, axis=0))
    if len(independent) < len(names):
        raise refuse(
            expected=f"at least {len(names)} instruments (supply_instruments0, ...)",
            found="none",
            where="products",
            remedy=f"add excluded instruments; there are {len(independent)}.",
        )
    dropped = [n for k, n in enumerate(instruments) if k not in independent]
    used = independent_columns(ZC)
    dropped += [f"{n} (covariance)" for k, n in enumerate(covariance_names) if k not in used]
    return replace(
        design,
        supply=supply,
        X3=_on_rows(X3, supplied),
        ZS=_on_rows(ZS[:, independent], supplied),
        cost_names=tuple(f"gamma[{n}]" for n in names),
        supply_instruments=tuple(instruments[k] for k in independent),
        ZC=_on_rows(ZC[:, used], supplied),
        covariance_instruments=tuple(covariance_names[k] for k in used),
        supplied=supplied,
        supply_effects=effects,
        conduct=conduct,
        dropped=(*design.dropped, *dropped),
    )


def _covariance_instruments(
    supply: Supply, rows: pd.DataFrame, row_names: np.ndarray
) -> tuple[Array, tuple[str, ...]]:
    """Instruments of xi omega, by formula and by columns, of products with a supply side."""
    by_formula, names = formula_matrix(supply.covariance, rows, row_names)
    moved = [n for n in names if mentions(n, "prices") or mentions(n, "shares")]
    if moved:
        raise refuse(
            expected="covariance instruments without prices and shares, which errors move",
            found=moved[0],
            where="supply",
            remedy="write covariance='1', or what is exogenous.",
        )
    columns = numbered_columns(rows, "covariance_instruments")
    return np.column_stack([by_formula, rows[columns].to_numpy(float)]), (*names, *columns)


def _supply_effects(supply: Supply, panel: Panel, supplied: np.ndarray) -> FixedEffects | None:
    codes = absorbed_codes(supply.absorb, panel)
    if codes is None:
        return None
    columns = [pd.factorize(column)[0] for column in codes[supplied].T]
    return FixedEffects(np.column_stack(columns))


def _on_rows(columns: Array, supplied: np.ndarray) -> Array:
    """Columns of the rows with a supply side (N, K), zero in the others."""
    all_rows = np.zeros((len(supplied), columns.shape[1]))
    all_rows[supplied] = columns
    return all_rows


def check_prices_beside_supply(linear: Sequence[str], random: Sequence[str], slopes: Array) -> None:
    """Refuse columns whose derivative in prices is not one number: costs follow from it."""
    if [n for n in linear if mentions(n, "prices") and n != "prices"]:
        raise refuse(
            expected="prices as they are, beside supply",
            found="none",
            where="linear",
            remedy="write 'prices' alone.",
        )
    if np.isnan(slopes).any():
        name = random[int(np.argmax(np.isnan(slopes)))]
        expected = f"prices as they are or times a number beside supply, not {name}"
        raise refuse(
            expected=expected, found="none", where="random", remedy="write prices, or I(-prices)."
        )


def check_endogenous(columns: Sequence[str], products: pd.DataFrame) -> None:
    """Refuse names of endogenous columns that the table does not have."""
    given = (columns,) if isinstance(columns, str) else tuple(columns)
    absent = [c for c in given if c not in products and c != "prices"]
    if absent or isinstance(columns, str):
        raise refuse(
            expected="a tuple of columns of products",
            found=repr(absent[0] if absent else columns),
            where="endogenous",
            remedy="write endogenous=('prices', 'advertising').",
        )


def node_matrix(
    agents: pd.DataFrame | None, K2: int, sigma: ArrayLike | None
) -> tuple[Array, np.ndarray]:
    """Nodes (A, K2), zero where there are none, and for which columns there are (K2,).

    With fewer than K2 they belong to the nonzero columns of sigma, in order, as in PyBLP.
    """
    n_nodes = 0
    while agents is not None and f"nodes{n_nodes}" in agents and n_nodes < K2:
        n_nodes += 1
    n_agents = 0 if agents is None else len(agents)
    nodes, has_nodes = np.zeros((n_agents, K2)), np.zeros(K2, dtype=bool)
    positions = np.arange(n_nodes)
    if 0 < n_nodes < K2 and sigma is not None:
        is_used = _nonzero_columns(sigma)
        if len(is_used) == K2 and is_used.sum() <= n_nodes:
            positions = np.flatnonzero(is_used)
    if agents is not None:
        columns = [f"nodes{k}" for k in range(len(positions))]
        nodes[:, positions] = agents[columns].to_numpy(float)
    has_nodes[positions] = True
    return nodes, has_nodes


def _nonzero_columns(sigma: ArrayLike) -> np.ndarray:
    """Which columns of sigma are searched; empty for what is no matrix, refused elsewhere."""
    try:
        start = np.asarray(sigma, dtype=float)
    except (TypeError, ValueError):
        return np.zeros(0, dtype=bool)
    return np.asarray((np.atleast_2d(start) != 0).any(axis=0))


def lognormal_columns(names: Sequence[str], random: Sequence[str]) -> np.ndarray:
    """Which columns of `random` have lognormal coefficients (K2,)."""
    columns = ["".join(name.split()) for name in random]
    lognormal = ["".join(plain_name(name).split()) for name in names]
    for column, name in zip(lognormal, names, strict=True):
        if column not in columns:
            raise refuse(
                expected=f"columns of random ({', '.join(random) or 'none'})",
                found=name,
                where="lognormal",
                remedy="name the columns as `random` gives them.",
            )
    return np.array([column in lognormal for column in columns], dtype=bool)


def availability(panel: Panel) -> np.ndarray | None:
    """Which products agents can choose (A, J), by position in the market; None where all."""
    if panel.agents is None or "availability0" not in panel.agents:
        return None
    columns = [
        f"availability{k}" for k in range(len(numbered_columns(panel.agents, "availability")))
    ]
    return np.asarray(panel.agents[columns].to_numpy(float) == 1)


def numbered_columns(frame: pd.DataFrame, stem: str) -> list[str]:
    """Columns stem0, stem1, ... in the order of the table."""
    return [str(c) for c in frame if re.fullmatch(rf"{stem}\d+", str(c))]


def absorbed_codes(absorb: str | None, panel: Panel) -> np.ndarray | None:
    """Codes of the fixed effects to be taken out (N, F)."""
    if absorb is None:
        return None
    products = panel.products
    names = [re.sub(r"^C\((.*)\)$", r"\1", term.strip()) for term in absorb.split("+")]
    absent = [n for n in names if n not in products]
    if absent:
        raise refuse(
            expected=f"a column '{absent[0]}' to absorb",
            found="none",
            where="products",
            remedy="correct the name.",
        )
    blank = [n for n in names if products[n].isna().any()]
    if blank:
        raise refuse(
            expected=f"an id in every row of '{blank[0]}'",
            found="none",
            where="products",
            remedy="fill in the blank cells.",
        )
    rows = row_numbers(products, panel.rows)
    faults = [
        problem
        for name in names
        for problem in cell_problems(
            products[name],
            no_numbers(products[name], category=True),
            rows,
            "products",
            expected="an id",
        )
    ]
    if faults:
        raise InputError(faults)
    return np.column_stack([pd.factorize(products[name])[0] for name in names])
