"""Shares that demand at known parameters predicts, of the panel or of other tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import one_of, refuse
from inroads.estimation.design.replayed_design import replayed_design
from inroads.estimation.priced_panel import PricedPanel, shares_at
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.panel import Panel, read_panel
from inroads.tables.read import TableSource, read_labelled

#: what is unobserved of products: as estimated, or numbers
Xi = ArrayLike | Literal["estimated"]
_IDS = ("market_ids", "firm_ids", "product_ids")


def predict(
    fitted: PricedPanel,
    products: TableSource | None = None,
    agents: TableSource | None = None,
    *,
    xi: Xi = 0.0,
) -> pd.DataFrame:
    """See `Estimate.predict`."""
    if isinstance(xi, str):
        one_of("xi", xi, "estimated")
    panel = fitted.panel if products is None else _panel_of(fitted, products, agents)
    table, explained = panel.products, fitted.explained_utility
    delta = explained.of(table) + _effects(fitted, table)
    delta = delta + (_estimated_xi(fitted, table) if isinstance(xi, str) else _numbers(panel, xi))
    design = replayed_design(fitted.design, explained.formulas, panel)
    with one_blas_thread():
        predicted = shares_at(replace(fitted, panel=panel, design=design, delta=delta))
    observed = ["shares"] if products is None or "shares" in _names(products) else []
    columns = [c for c in (*_IDS, "prices", *observed) if c in table]
    return table[columns].assign(mean_utility=delta, predicted=predicted)


def _effects(fitted: PricedPanel, table: pd.DataFrame) -> Array:
    effects = fitted.absorbed_effects
    return np.zeros(len(table)) if effects is None else effects.of(table)


def _panel_of(fitted: PricedPanel, products: TableSource, agents: TableSource | None) -> Panel:
    """Tables as a panel; shares that are not there are stood in for, and agents are the panel's."""
    given = read_labelled(products, "products")
    # New products have no instruments, and need none.
    unused = re.compile(r"(demand|supply)_instruments\d+")
    columns = [c for c in given.frame if not unused.fullmatch(str(c))]
    table = given.frame[columns].set_axis(given.labels)
    if "market_ids" not in table:
        raise refuse(
            expected="a column 'market_ids'",
            found="none",
            where="products",
            remedy="say which market each product is in.",
        )
    ids = table["market_ids"]
    counts = ids.groupby(ids.to_numpy()).transform("size").to_numpy()
    own = fitted.panel.agents
    if agents is None and own is not None:
        markets = set(map(str, ids))
        without = markets.difference(map(str, own["market_ids"]))
        if without:
            raise refuse(
                expected="agents of every market",
                found=f"none in {min(without)}, which the panel does not have",
                where="agents",
                remedy="give agents=, of another market under its name, say.",
            )
        _check_places(fitted, table)
        agents = own[[str(market) in markets for market in own["market_ids"]]]
    outside = fitted.panel.outside
    stand_in = table.assign(shares=(0.5 if outside else 1.0) / counts)
    panel = read_panel(stand_in, agents, prices="prices" in table, outside=outside)
    if "shares" not in table:
        return panel
    return replace(panel, products=panel.products.assign(shares=table["shares"].to_numpy()))


def _check_places(fitted: PricedPanel, table: pd.DataFrame) -> None:
    """Refuse other products than the panel's where its agents count them by their places."""
    design, own = fitted.design, fitted.panel.products
    if design.available is None and design.by_product is None:
        return
    keys = ["product_ids"] if "product_ids" in own and "product_ids" in table else []
    for market, rows in table.groupby(table["market_ids"].astype(str), sort=False):
        before = own[own["market_ids"].astype(str) == market]
        alike = len(before) == len(rows) and all(
            list(before[key].astype(str)) == list(rows[key].astype(str)) for key in keys
        )
        if not alike:
            raise refuse(
                expected="the panel's products in the panel's order, by which columns of its "
                "agents (availability0, or demographics by product) count them",
                found=f"others in market {market}",
                where="products",
                remedy="give agents= with a column for each product of these markets.",
            )


def _names(products: TableSource) -> list[str]:
    return [str(name) for name in read_labelled(products, "products").frame.columns]


def _numbers(panel: Panel, xi: ArrayLike) -> Array:
    values = np.asarray(panel.in_order(xi), dtype=float)
    if values.shape not in ((), (len(panel),)) or not np.isfinite(values).all():
        raise refuse(
            expected=f"a finite number, or one for each of {len(panel)} products",
            found=f"shape {values.shape}" if values.ndim else str(values),
            where="xi",
            remedy="give 0, xi='estimated', or a number a product.",
        )
    return np.asarray(np.broadcast_to(values, (len(panel),)))


def _estimated_xi(fitted: PricedPanel, table: pd.DataFrame) -> Array:
    """xi (N,) of products that the panel has in the same market."""
    own = fitted.panel.products
    if table is own:
        return fitted.xi
    keys = [name for name in ("market_ids", "product_ids") if name in own]
    index = pd.MultiIndex.from_frame(own[keys].astype(str))
    sought = [tuple(map(str, row)) for row in table[[k for k in keys if k in table]].to_numpy()]
    if "product_ids" not in own or not index.is_unique:
        raise refuse(
            expected="product_ids, one a product and market, to find xi by",
            found="none" if "product_ids" not in own else "some twice",
            where="products",
            remedy="give xi as numbers, fit.xi among them.",
        )
    unknown = [key for key in sought if key not in index]
    if unknown:
        raise refuse(
            expected="products of the panel, whose xi is known",
            found=f"{unknown[0][-1]} in market {unknown[0][0]}",
            where="xi",
            remedy="give numbers: 0, or what products like it have (fit.xi).",
        )
    return np.asarray(pd.Series(fitted.xi, index).loc[sought].to_numpy(float))
