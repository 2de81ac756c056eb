"""Instruments as columns of a panel."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.errors import refuse
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers

Side = Literal["demand", "supply"]


def append_instruments(
    panel: Panel, frame: pd.DataFrame | ArrayLike, side: Side = "demand", replacing: bool = False
) -> Panel:
    """A panel with further instruments of one side.

    They become demand_instruments<n> (supply_instruments<n>), and the panel's notes say what is
    what.
    Columns that are 0 in every row (sums over rivals of a monopolist, say) are left out and noted.

    Parameters
    ----------
    panel : Panel
        Of N products.
    frame : (N, M) DataFrame or array
        Such as `blp_instruments` makes: rows in the order of panel.products, or a data frame with
        the same index in any order.
    side : {"demand", "supply"}
        Whose instruments they are.
    replacing : bool
        Whether they take the place of all there are, n counting from 0; else n goes on from the
        last.

    Returns
    -------
    Panel
        With M columns more.

    Raises
    ------
    InputError
        For another side, another number of rows, and cells that are no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1, 2, 2], "firm_ids": ["a", "b", "a", "b"], "x": [1.0, 2.0, 3.0, 5.0],
    ...     "prices": [1.0, 2.0, 1.5, 2.5], "shares": [0.2, 0.3, 0.1, 0.4],
    ... })
    >>> panel = ir.read_panel(products)
    >>> panel = ir.append_instruments(panel, ir.blp_instruments("0 + x", panel))
    >>> panel.products["demand_instruments0"].tolist()
    [2.0, 1.0, 5.0, 3.0]
    """
    if side not in ("demand", "supply"):
        raise refuse(
            expected="side 'demand' or 'supply'",
            found=repr(side),
            where="append_instruments",
            remedy="choose one of the two.",
        )
    table = pd.DataFrame(panel.in_order(frame))
    try:
        values = table.to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise refuse(
            expected="a table of numbers",
            found=str(error),
            where="append_instruments",
            remedy="give numbers only.",
        ) from error
    if len(values) != len(panel):
        actual = f"{len(values)} rows"
        raise refuse(
            expected=f"{len(panel)} rows, those of the panel's products",
            found=actual,
            where="append_instruments",
            remedy="make it of them.",
        )
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        line = row_numbers(panel.products, panel.rows)[row]
        actual = f"{values[row, column]} in column {table.columns[column]}, row {line}"
        raise refuse(
            expected="finite numbers",
            found=actual,
            where="append_instruments",
            remedy="mend or drop the column.",
        )
    stem = f"{side}_instruments"
    existing = [str(c) for c in panel.products if re.fullmatch(rf"{stem}\d+", str(c))]
    first = 0 if replacing else 1 + max((int(c[len(stem) :]) for c in existing), default=-1)
    products = panel.products.drop(columns=existing if replacing else [])
    used = np.flatnonzero(np.any(values != 0, axis=0))
    names = [f"{stem}{first + n}" for n in range(len(used))]
    added = pd.DataFrame(values[:, used], products.index, names)
    notes = [f"{n} is {table.columns[k]}" for n, k in zip(names, used, strict=True)]
    zero_columns = [str(c) for k, c in enumerate(table.columns) if k not in used]
    if zero_columns:
        notes.append(f"instruments that are 0 everywhere left out: {', '.join(zero_columns)}")
    other_notes = tuple(n for n in panel.notes if not (replacing and n.startswith(stem)))
    return replace(
        panel, products=pd.concat([products, added], axis=1), notes=(*other_notes, "; ".join(notes))
    )
