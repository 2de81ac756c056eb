"""Berry's (1994) inversion of logit and nested logit shares, in closed form.

With nests g and the nests h inside them,
ln s_j - ln s_0 = delta_j + rho_0 ln s_(h|g) + rho_1 ln s_(j|h): Berry (1994) for one level of
nests, Verboven (1996) for two. Nesting parameters are linear in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse

if TYPE_CHECKING:
    from inroads.estimation.design.matrices import Design
    from inroads.tables.panel import Panel


def log_share_ratios(S: Array) -> Array:
    """ln s_j - ln s_0 (..., J) of shares S (..., J): mean utilities of plain logit."""
    return np.asarray(np.log(S) - np.log1p(-S.sum(axis=-1, keepdims=True)))


def panel_log_share_ratios(panel: Panel) -> Array:
    """ln s_j - ln s_0 (N,) of a panel's products."""
    S = panel.products["shares"].to_numpy(float)
    ratios = np.empty(len(S))
    for block in panel.blocks:
        ratios[block.products] = log_share_ratios(S[block.products])
    return ratios


def nest_codes(products: pd.DataFrame) -> np.ndarray:
    """The nest of each product on each level (L, N), outermost first, as whole numbers.

    From nesting_ids, or nesting_ids0, nesting_ids1, ...; an inner nest is one of its outer nest, so
    that inner nests of different outer ones may have the same id. Raises InputError without them.
    """
    columns: list[str] = []
    while f"nesting_ids{len(columns)}" in products:
        columns.append(f"nesting_ids{len(columns)}")
    if bool(columns) == ("nesting_ids" in products):
        raise refuse(
            expected="a column 'nesting_ids', or nesting_ids0, nesting_ids1, ... instead",
            found="both" if columns else "none",
            where="products",
            remedy="drop one or the other." if columns else "add the column, or nested=False.",
        )
    outer = np.zeros(len(products), dtype=int)
    levels = []
    for column in columns or ["nesting_ids"]:
        codes = pd.factorize(products[column])[0]
        outer = pd.factorize(outer * (codes.max(initial=0) + 1) + codes)[0]
        levels.append(outer)
    return np.stack(levels)


def within_shares(design: Design, products: pd.DataFrame) -> Array:
    """ln of the share of each level's inner nest (at last the product) in its nest (N, L)."""
    shares = products["shares"].to_numpy(float)
    markets = pd.factorize(products["market_ids"])[0]
    nest_shares = []
    for codes in design.nests:
        groups = pd.factorize(markets * (codes.max(initial=0) + 1) + codes)[0]
        nest_shares.append(np.bincount(groups, weights=shares)[groups])
    inner = [*nest_shares[1:], shares]
    return np.column_stack([np.log(i) - np.log(s) for i, s in zip(inner, nest_shares, strict=True)])
