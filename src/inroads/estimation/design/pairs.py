"""Demographics by product from a table with a row a pair of consumer and product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from inroads.errors import InputError, refuse
from inroads.tables.cells import cell_text
from inroads.tables.panel import Panel
from inroads.tables.panel_checks import number_or_text
from inroads.tables.read import TableSource, read_labelled
from inroads.tables.schema import row_numbers

_WHERE = "append_demographics"


def append_demographics(panel: Panel, pairs: TableSource) -> Panel:
    """A panel whose agents have demographics by product, out of a table of pairs.

    Columns of the table that agents have say whose a row is, those that products have of what; the
    others are the demographics. So a distance may be known by consumer and product, or by postcode
    and shop. Agents get distance0, distance1, ..., of each product of their market in the order of
    its rows; `demographics="0 + distance"` then means them.

    Parameters
    ----------
    panel : Panel
        With agents.
    pairs : path or table
        A row a pair, of each agent and every product of its market; others are passed over.

    Returns
    -------
    Panel
        Its agents have J columns more for each demographic, J products in the largest market,
        blank beyond a market's last.

    Raises
    ------
    InputError
        For a table that names no column of agents or none of products, pairs that are missing or
        there twice, and demographics that agents have already.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1], "shop": ["north", "south"], "prices": [1.0, 1.2],
    ...     "shares": [0.2, 0.3],
    ... })
    >>> agents = pd.DataFrame({"market_ids": [1, 1], "weights": [0.4, 0.6], "town": ["A", "B"]})
    >>> miles = pd.DataFrame({
    ...     "town": ["A", "A", "B", "B"], "shop": ["north", "south"] * 2,
    ...     "miles": [1.0, 5.0, 4.0, 2.0],
    ... })
    >>> panel = ir.append_demographics(ir.read_panel(products, agents), miles)
    >>> panel.agents[["town", "miles0", "miles1"]].to_numpy().tolist()
    [['A', 1.0, 5.0], ['B', 4.0, 2.0]]
    """
    table = read_labelled(pairs, "pairs").frame
    products, agents = panel.products, panel.agents
    if agents is None:
        raise refuse(
            expected="a panel with agents",
            found="none",
            where=_WHERE,
            remedy="read it with agents.",
        )
    names = list(map(str, table.columns))
    whose, of_what = [n for n in names if n in agents], [n for n in names if n in products]
    values = [n for n in names if n not in agents and n not in products]
    _check_columns(names, whose, of_what, values)
    J = max(block.products.shape[1] for block in panel.blocks)
    taken = [f"{v}{j}" for v in values for j in range(J) if f"{v}{j}" in agents]
    if taken:
        raise refuse(
            expected="demographics that agents do not have yet",
            found=taken[0],
            where=_WHERE,
            remedy="rename the column of pairs, or drop those of agents.",
        )
    in_agents, in_pairs = _codes(agents, table, whose)
    in_products, of_pairs = _codes(products, table, of_what)
    width = int(max(in_products.max(), of_pairs.max())) + 1
    keys = in_pairs * width + of_pairs
    order = np.argsort(keys, kind="stable")
    ordered, rows = keys[order], row_numbers(table)
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        first, again = sorted(rows[k] for k in order[twice[0] : twice[0] + 2])
        keys_named = ", ".join(dict.fromkeys([*whose, *of_what]))
        raise refuse(
            expected="one row for each pair",
            found=f"rows {first} and {again} of the same {keys_named}",
            where="pairs",
            remedy="drop one of them.",
        )
    row_of_pair = np.full((len(agents), J), -1)
    for block in panel.blocks:
        sought = in_agents[block.agents][..., None] * width + in_products[block.products][:, None]
        at = np.minimum(np.searchsorted(ordered, sought), len(ordered) - 1)
        absent = np.argwhere(ordered[at] != sought)
        if len(absent):
            b, i, j = absent[0]
            raise _missing(panel, block.agents[b, i], block.products[b, j], whose, of_what)
        row_of_pair[block.agents, : block.products.shape[1]] = order[at]
    columns = {}
    for value in values:
        cells = np.asarray(number_or_text(table[value]))
        for j in range(J):
            column = pd.Series(cells[row_of_pair[:, j]], agents.index)
            columns[f"{value}{j}"] = column.where(row_of_pair[:, j] >= 0)
    wider = pd.concat([agents, pd.DataFrame(columns, agents.index)], axis=1)
    return replace(panel, agents=wider)


def _check_columns(
    names: list[str], whose: list[str], of_what: list[str], values: list[str]
) -> None:
    for given, expected in (
        ([n for n in whose if n not in of_what], "a column of agents that products do not have"),
        ([n for n in of_what if n not in whose], "a column of products that agents do not have"),
        (values, "columns that neither have: the demographics"),
    ):
        if not given:
            raise refuse(
                expected=f"pairs with {expected}",
                found=f"{', '.join(names)}",
                where=_WHERE,
                remedy="let whose a row is, and of what, stand in columns of both tables.",
            )


def _codes(
    table: pd.DataFrame, pairs: pd.DataFrame, names: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the rows of both by some columns, alike where cells read alike."""
    texts = [
        pd.DataFrame({n: f[n].map({c: cell_text(c) for c in f[n].unique()}) for n in names})
        for f in (table, pairs)
    ]
    codes = pd.concat(texts).groupby(names, sort=False).ngroup().to_numpy()
    return codes[: len(table)], codes[len(table) :]


def _missing(
    panel: Panel, agent: int, product: int, whose: list[str], of_what: list[str]
) -> InputError:
    assert panel.agents is not None
    row = row_numbers(panel.agents, panel.agent_rows)[agent]
    of_agent = [f"{n} {cell_text(panel.agents[n].iloc[agent])}" for n in whose]
    of_product = [
        f"{n} {cell_text(panel.products[n].iloc[product])}" for n in of_what if n not in whose
    ]
    return refuse(
        expected="a row of pairs for each agent and every product of its market",
        found=f"none of {', '.join(of_agent)} (row {row} of agents) and {', '.join(of_product)}",
        where=_WHERE,
        remedy="add it, or drop agents or products.",
    )
