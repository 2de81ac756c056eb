"""Columns of a panel's tables as the arrays of a demand system and its supply side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.independence import independent_columns
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.formula_columns import check_columns, matrix, names_column, plain
from inroads.estimation.specification import Conduct, Supply
from inroads.tables.faults import no_numbers, said
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers


def supply_side(supply: Supply | None, panel: Panel) -> dict[str, Any]:
    """X3, ZS, names and conduct of the supply side."""
    if supply is None:
        return {}
    products = panel.products
    conduct = Conduct.of(products, supply)
    supplied = supply.supplied(products)
    rows = products[supplied]
    lines = np.array(row_numbers(products, panel.rows))[supplied]
    own, names = matrix(supply.costs, rows, lines)
    if any(names_column(name, "prices") for name in names):
        raise needs("supply", "costs without prices, which they explain", "drop prices")
    check_columns(own, own, names, "supply", False)
    exogenous = [k for k, name in enumerate(names) if not names_column(name, "shares")]
    excluded = family(products, "supply_instruments")
    all_of = np.column_stack([own[:, exogenous], rows[excluded].to_numpy(float)])
    called = [*(names[k] for k in exogenous), *excluded]
    kept = independent_columns(all_of)
    if len(kept) < len(names):
        raise needs(
            "products",
            f"at least {len(names)} instruments (supply_instruments0, ...)",
            f"add excluded instruments; there are {len(kept)}",
        )
    X3, ZS = np.zeros((len(products), len(names))), np.zeros((len(products), len(kept)))
    X3[supplied], ZS[supplied] = own, all_of[:, kept]
    return {
        "supply": supply,
        "X3": X3,
        "ZS": ZS,
        "cost_names": tuple(f"gamma[{n}]" for n in names),
        "supply_instruments": tuple(called[k] for k in kept),
        "supplied": supplied,
        "conduct": conduct,
        "dropped": tuple(n for k, n in enumerate(called) if k not in kept),
    }


def check_prices_beside_supply(linear: Sequence[str], random: Sequence[str], slopes: Array) -> None:
    """Refuse columns whose derivative in prices is not one number: costs follow from it."""
    if [n for n in linear if names_column(n, "prices") and n != "prices"]:
        raise needs("linear", "prices as they are, beside supply", "write 'prices' alone")
    if np.isnan(slopes).any():
        name = random[int(np.argmax(np.isnan(slopes)))]
        expected = f"prices as they are or times a number beside supply, not {name}"
        raise needs("random", expected, "write prices, or I(-prices)")


def nodes_of(
    agents: pd.DataFrame | None, K2: int, sigma: ArrayLike | None
) -> tuple[Array, np.ndarray]:
    """Nodes (A, K2), zero where there are none, and for which columns there are (K2,).

    With fewer than K2 they belong to the nonzero columns of sigma, in order, as in PyBLP.
    """
    there = 0
    while agents is not None and f"nodes{there}" in agents and there < K2:
        there += 1
    nodes, drawn = np.zeros((0 if agents is None else len(agents), K2)), np.zeros(K2, dtype=bool)
    places = np.arange(there)
    if 0 < there < K2 and sigma is not None:
        used = _nonzero_columns(sigma)
        if len(used) == K2 and used.sum() <= there:
            places = np.flatnonzero(used)
    if agents is not None:
        nodes[:, places] = agents[[f"nodes{k}" for k in range(len(places))]].to_numpy(float)
    drawn[places] = True
    return nodes, drawn


def _nonzero_columns(sigma: ArrayLike) -> np.ndarray:
    """Which columns of sigma are searched; nothing for what is no matrix, told elsewhere."""
    try:
        start = np.asarray(sigma, dtype=float)
    except (TypeError, ValueError):
        return np.zeros(0, dtype=bool)
    return np.asarray((np.atleast_2d(start) != 0).any(axis=0))


def lognormal(wanted: Sequence[str], random: Sequence[str]) -> np.ndarray:
    """Which columns of `random` have lognormal coefficients (K2,)."""
    squeezed = ["".join(name.split()) for name in random]
    names = ["".join(plain(name).split()) for name in wanted]
    for name, given in zip(names, wanted, strict=True):
        if name not in squeezed:
            raise InputError.single(
                expected=f"columns of random ({', '.join(random) or 'none'})",
                found=given,
                where="lognormal",
                remedy="name the columns as `random` gives them.",
            )
    return np.array([name in names for name in squeezed], dtype=bool)


def available(panel: Panel) -> np.ndarray | None:
    """Whom products are open to (A, J), by place in the market; None where to everybody."""
    if panel.agents is None or "availability0" not in panel.agents:
        return None
    columns = [f"availability{k}" for k in range(len(family(panel.agents, "availability")))]
    return np.asarray(panel.agents[columns].to_numpy(float) == 1)


def family(frame: pd.DataFrame, stem: str) -> list[str]:
    """Columns stem0, stem1, ... in the order of the table."""
    return [str(c) for c in frame if re.fullmatch(rf"{stem}\d+", str(c))]


def absorbed(absorb: str | None, panel: Panel) -> pd.DataFrame | None:
    """Codes of the fixed effects to be taken out (N, F)."""
    if absorb is None:
        return None
    products = panel.products
    names = [re.sub(r"^C\((.*)\)$", r"\1", part.strip()) for part in absorb.split("+")]
    missing: Sequence[str] = [n for n in names if n not in products]
    if missing:
        raise needs("products", f"a column '{missing[0]}' to absorb", "correct the name")
    blank = [n for n in names if products[n].isna().any()]
    if blank:
        raise needs("products", f"an id in every row of '{blank[0]}'", "fill in the blank cells")
    rows = row_numbers(products, panel.rows)
    missing_words = [
        problem
        for name in names
        for problem in said(
            products[name], no_numbers(products[name], category=True), rows, "products", "an id"
        )
    ]
    if missing_words:
        raise InputError(missing_words)
    return products[names].apply(lambda column: pd.factorize(column)[0])


def needs(where: str, expected: str, remedy: str) -> InputError:
    """The error that something is not there."""
    return InputError.single(expected=expected, found="none", where=where, remedy=remedy + ".")
