"""Instruments made of other products' characteristics, and how strong they are.

Prices follow from how crowded a product's corner of its market is. Characteristics of the other
products say how crowded: their sums in Berry, Levinsohn and Pakes (1995), their distances in
Gandhi and Houde (2020, NBER working paper 26375). Prices and shares are no such characteristics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inroads.choice.base import Array
from inroads.errors import InputError, Problem, refuse
from inroads.tables.formulas import design_matrix
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers

Codes = NDArray[np.intp]
Pairs = Sequence[tuple[int, int]]

#: A distance closer to the standard deviation than this fraction of it equals it.
TIE = 1e-12


def blp_instruments(formula: str, panel: Panel) -> pd.DataFrame:
    """Sums of characteristics over other products.

    Parameters
    ----------
    formula : str
        Of K characteristics, over columns of products.
    panel : Panel
        Of N products, with firm_ids.

    Returns
    -------
    (N, 2 K) DataFrame
        Index of panel.products: first other[x], sums over the other products of the firm in the
        market, then rival[x], over those of other firms; the intercept is called 1 and counts
        products.

    Raises
    ------
    InputError
        For a formula at fault and for products without a market or a firm.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (1995), Automobile prices in market equilibrium,
    Econometrica 63(4).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1, 1], "firm_ids": ["a", "a", "b"], "x": [1.0, 2.0, 3.0],
    ...     "prices": [1.0, 2.0, 1.5], "shares": [0.2, 0.3, 0.1],
    ... })
    >>> ir.blp_instruments("0 + x", ir.read_panel(products)).to_dict("list")
    {'other[x]': [2.0, 1.0, 0.0], 'rival[x]': [3.0, 3.0, 3.0]}
    """
    X, names = _characteristics(formula, panel)
    markets, firms = _groups(panel)
    firm_totals = _totals(X, firms)
    rival_totals = _totals(X, markets) - firm_totals
    return _frame(firm_totals - X, rival_totals, names, panel)


def differentiation_instruments(
    formula: str,
    panel: Panel,
    version: Literal["local", "quadratic"] = "local",
    interact: bool = False,
) -> pd.DataFrame:
    """Sums of functions of differences d_x = x_j - x_k between products.

    Summed over products k of the market of j: in the local version ``1[|d_x| < sd_x]`` or, with
    `interact`, ``1[|d_x| < sd_x] d_y`` for any two columns x and y of `formula`; in the quadratic
    one d_x^2 and, with `interact`, d_x d_y. sd_x is the standard deviation of d_x over all pairs of
    different products that share a market.

    Parameters
    ----------
    formula : str
        Of characteristics, over columns of products.
    panel : Panel
        Of N products, with firm_ids.
    version : {"local", "quadratic"}
        Which function of differences.
    interact : bool
        Whether pairs of characteristics are terms too.

    Returns
    -------
    (N, 2 T) DataFrame
        For T such terms, index of panel.products: first other_local[x] (or [x, y]; or
        other_quadratic), over the other products of the firm, then rival_local[x].

    Raises
    ------
    InputError
        For another version, a formula at fault, products without a market or a firm.

    References
    ----------
    Gandhi, A. and Houde, J.-F. (2020), Measuring substitution patterns in differentiated-products
    industries, NBER working paper 26375.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1, 1], "firm_ids": ["a", "a", "b"], "x": [1.0, 2.0, 4.0],
    ...     "prices": [1.0, 2.0, 1.5], "shares": [0.2, 0.3, 0.1],
    ... })
    >>> panel = ir.read_panel(products)
    >>> ir.differentiation_instruments("0 + x", panel, "quadratic").to_dict("list")
    {'other_quadratic[x]': [1.0, 1.0, 0.0], 'rival_quadratic[x]': [9.0, 4.0, 13.0]}
    """
    if version not in ("local", "quadratic"):
        raise refuse(
            expected="version 'local' or 'quadratic'",
            found=repr(version),
            where="differentiation_instruments",
            remedy="choose one of the two.",
        )
    X, names = _characteristics(formula, panel)
    markets, firms = _groups(panel)
    columns, local = range(len(names)), version == "local"
    pairs = [(k, l) for k in columns for l in columns if k == l or (interact and (local or k < l))]
    if local:
        other, rival = _local(X, markets, firms, pairs, interact=interact)
    else:
        other, rival = _quadratic(X, markets, firms, pairs)
    labels = [f"{names[k]}, {names[l]}" if interact else names[k] for k, l in pairs]
    return _frame(other, rival, labels, panel, kind=f"_{version}")


def _characteristics(formula: str, panel: Panel) -> tuple[Array, list[str]]:
    if not (isinstance(formula, str) and isinstance(panel, Panel)):
        raise refuse(
            expected="a formula, then a panel",
            found=f"a {type(formula).__name__}, then a {type(panel).__name__}",
            where="instruments",
            remedy='write differentiation_instruments("0 + size", panel).',
        )
    matrix, _ = design_matrix(formula, panel.products, panel.rows)
    if not matrix.shape[1]:
        raise refuse(
            expected="a characteristic",
            found="none",
            where=f"formula '{formula}'",
            remedy="name a column of products.",
        )
    return matrix.to_numpy(float), ["1" if n == "Intercept" else str(n) for n in matrix.columns]


def _groups(panel: Panel) -> tuple[Codes, Codes]:
    """The market of each product (N,), and the firm in the market."""
    products, ids = panel.products, ("market_ids", "firm_ids")
    for name in ids:
        if name not in products:
            raise refuse(
                expected=f"a column '{name}'",
                found="none",
                where="products",
                remedy="add it: who sells what, and where.",
            )
    blank = [
        Problem(
            file="products",
            row=row,
            column=name,
            value=None,
            expected="an id",
            remedy="fill in the cell.",
        )
        for name in ids
        if (missing := products[name].isna()).any()
        for row in np.array(row_numbers(products, panel.rows))[missing]
    ]
    if blank:
        raise InputError(blank)
    markets, firms = (pd.factorize(products[name])[0] for name in ids)
    return markets, pd.factorize(markets * (firms.max(initial=0) + 1) + firms)[0]


def _totals(columns: Array, groups: Codes) -> Array:
    """Sums of columns (N, K) over the group of each row (N, K)."""
    return np.asarray(pd.DataFrame(columns).groupby(groups).transform("sum"), dtype=float)


def _squares(x: Array, y: Array, groups: Codes) -> Array:
    """Sum over k in the group of j of (x_j - x_k)(y_j - y_k), (N,).

    It is n x_j y_j - x_j sum y - y_j sum x + sum xy: no pair of products is ever formed.
    """
    both = pd.DataFrame({"x": x, "y": y})
    # From the first product of the group, what is alike gives exact zeros: a column of what
    # rounding leaves would pass for an instrument.
    x, y = (both - both.groupby(groups).transform("first")).to_numpy().T
    n, Sx, Sy, Sxy = _totals(np.column_stack([np.ones_like(x), x, y, x * y]), groups).T
    return np.asarray(n * x * y - x * Sy - y * Sx + Sxy)


def _quadratic(X: Array, markets: Codes, firms: Codes, pairs: Pairs) -> tuple[Array, Array]:
    """Sums over the firm's products, and over rivals', one column a pair of columns of X."""
    other, rival = np.zeros((2, len(X), len(pairs)))
    for t, (k, l) in enumerate(pairs):
        other[:, t] = _squares(X[:, k], X[:, l], firms)
        rival[:, t] = _squares(X[:, k], X[:, l], markets) - other[:, t]
    return other, rival


def _local(
    X: Array, markets: Codes, firms: Codes, pairs: Pairs, *, interact: bool
) -> tuple[Array, Array]:
    """Counts of close products, or sums of differences from them; a market at a time."""
    sizes = np.bincount(markets)
    count = max(int(sizes @ (sizes - 1)), 1)
    squares = [_squares(x, x, markets).sum() for x in X.T]
    reach = np.sqrt(np.array(squares) / count) * (1 - TIE)
    other, rival = np.zeros((2, len(X), len(pairs)))
    for rows in pd.Series(markets).groupby(markets).indices.values():
        x, firm = X[rows], firms[rows]
        same = firm[:, None] == firm
        for t, (k, l) in enumerate(pairs):
            close = np.abs(x[:, k, None] - x[:, k]) < reach[k]
            np.fill_diagonal(close, False)
            for sums, counted in ((other, close & same), (rival, close & ~same)):
                sums[rows, t] = (
                    np.where(counted, x[:, l, None] - x[:, l], 0.0).sum(axis=1)
                    if interact
                    else np.count_nonzero(counted, axis=1)
                )
    return other, rival


def _frame(
    other: Array, rival: Array, names: list[str], panel: Panel, *, kind: str = ""
) -> pd.DataFrame:
    columns = [f"{group}{kind}[{name}]" for group in ("other", "rival") for name in names]
    return pd.DataFrame(np.hstack([other, rival]), panel.products.index, columns)
