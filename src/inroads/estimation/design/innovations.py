"""Instruments of innovations, and which product's predecessor is which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Index
from inroads.errors import refuse
from inroads.estimation.design.formula_columns import formula_matrix, mentions_any
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.innovations import Innovations
from inroads.numerics.columns import independent_columns
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.design.matrices import Design


def with_innovations(design: Design, demand: Demand, panel: Panel) -> Design:
    """The design with instruments of innovations ZI, zero for products without a predecessor."""
    innovations = demand.innovations
    if innovations is None:
        return design
    if not isinstance(innovations, Innovations):
        raise refuse(
            expected="ir.Innovations(period=..., unit=..., lagged=...)",
            found=repr(innovations),
            where="innovations",
            remedy="write one.",
        )
    if demand.absorb is not None:
        raise refuse(
            expected="demand without absorbed effects beside innovations: what is left of xi "
            "within few periods is no AR(1)",
            found=f"absorb='{demand.absorb}'",
            where="innovations",
            remedy="write dummies as C(...) into `linear`, of periods rather than of products.",
        )
    products = panel.products
    now, names = formula_matrix(innovations.instruments, products, panel.rows)
    moved = [n for n in names if mentions_any(n, ("prices", "shares"))]
    if moved:
        raise refuse(
            expected="instruments that innovations of the same period do not move",
            found=moved[0],
            where="innovations",
            remedy=f"give lagged='0 + {moved[0]}'.",
        )
    before, lagged_names = formula_matrix(innovations.lagged, products, panel.rows)
    previous = predecessors(products, innovations)
    Z = np.column_stack([now, before[previous]])
    Z[previous < 0] = 0.0
    names = (*names, *(f"lag({name})" for name in lagged_names))
    independent = independent_columns(Z)
    dropped = tuple(f"{n} (innovations)" for k, n in enumerate(names) if k not in independent)
    return replace(
        design,
        ZI=Z[:, independent],
        innovation_instruments=tuple(names[k] for k in independent),
        previous=previous,
        dropped=(*design.dropped, *dropped),
    )


def predecessors(products: pd.DataFrame, innovations: Innovations) -> Index:
    """The row of the same unit one period before (N,), -1 where there is none."""
    columns = (*innovations.units, innovations.period)
    for column in columns:
        if column not in products or products[column].isna().any():
            raise refuse(
                expected=f"a column '{column}' without blanks",
                found="none" if column not in products else "blanks",
                where="innovations",
                remedy="add it, or name another as period= or unit=.",
            )
    periods = pd.factorize(products[innovations.period], sort=True)[0]
    units = products.groupby(list(innovations.units), sort=False, observed=True).ngroup()
    places = units.to_numpy() * (int(periods.max()) + 2) + periods
    order = np.argsort(places, kind="stable")
    same = np.flatnonzero(np.diff(places[order]) == 0)
    if same.size:
        row = products.iloc[order[same[0]]]
        raise refuse(
            expected="each unit once a period",
            found=f"{', '.join(str(row[c]) for c in columns)} twice",
            where="innovations",
            remedy="name all columns that tell units apart: unit=('product_ids', 'city'), say.",
        )
    earlier = np.minimum(np.searchsorted(places[order], places - 1), len(places) - 1)
    has_one = places[order][earlier] == places - 1
    if not has_one.any():
        raise refuse(
            expected="products that are there in two periods running",
            found="none",
            where="innovations",
            remedy=f"correct '{innovations.period}' or {', '.join(innovations.units)}.",
        )
    return np.asarray(np.where(has_one, order[earlier], -1), dtype=np.intp)
