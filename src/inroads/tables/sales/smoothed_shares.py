"""Shares of which none is zero, where few consumers leave products without a sale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.tables.read import TableSource, read_labelled


def smoothed_shares(
    products: TableSource, consumers: str | float, *, buyers: float = 0.5
) -> pd.DataFrame:
    """Products whose shares are as if each, and nothing, had found some buyers more.

    Of J products and n consumers a share s becomes (n s + b) / (n + b (J + 1)). Half a buyer takes
    the first-order bias out of log odds (Haldane 1956; Anscombe 1956); a whole one is Laplace's
    rule (Gandhi, Lu and Shi 2013), which pulls further towards equal shares. Dropping what did not
    sell keeps those that were lucky. None is right where n stays small: hold them against each
    other.

    Parameters
    ----------
    products : path or table
        With market_ids and shares, of which some may be 0.
    consumers : str or float
        How many chose in each market: a column, or one number.
    buyers : float
        How many are added to each option.

    Returns
    -------
    DataFrame
        The table with other shares, for `read_panel`.

    Raises
    ------
    InputError
        For columns that are not there, consumers or buyers that are none, consumers that differ
        within a market, and shares that are not between 0 and 1.

    References
    ----------
    Gandhi, A., Lu, Z. and Shi, X. (2013), Estimating demand for differentiated products with error
    in market shares, CeMMAP working paper 03/13.
    Haldane, J. B. S. (1956), The estimation and significance of the logarithm of a ratio of
    frequencies, Annals of Human Genetics 20(4).
    Anscombe, F. J. (1956), On estimating binomial response relations, Biometrika 43(3/4).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({"market_ids": [1, 1], "shares": [0.0, 0.5]})
    >>> ir.smoothed_shares(products, 17, buyers=1)["shares"].round(3).tolist()
    [0.05, 0.475]
    """
    if not buyers > 0:
        raise refuse(
            expected="buyers above 0",
            found=repr(buyers),
            where="buyers",
            remedy="give 0.5, or 1 for Laplace's rule.",
        )
    given = read_labelled(products, "products")
    table = given.frame.set_axis(given.labels)
    needed = ["market_ids", "shares", *([consumers] if isinstance(consumers, str) else [])]
    for name in needed:
        if name not in table:
            raise refuse(
                expected=f"a column '{name}'",
                found="none",
                where="products",
                remedy="add it, or give consumers as a number." if name == consumers else "add it.",
            )
    n = table[consumers] if isinstance(consumers, str) else pd.Series(consumers, table.index)
    count = pd.to_numeric(n, errors="coerce").to_numpy(float)
    shares = pd.to_numeric(table["shares"], errors="coerce").to_numpy(float)
    ids = table["market_ids"].to_numpy()
    by_market = pd.DataFrame({"n": count, "share": shares}).groupby(ids, sort=False)
    differ = by_market["n"].transform("nunique").to_numpy() != 1
    over = by_market["share"].transform("sum").to_numpy() > 1 + 1e-9
    for fault, expected, remedy in (
        (~(count > 0) | ~np.isfinite(count), "consumers above 0", "correct the column."),
        (differ, "one number of consumers in each market", "correct the column."),
        (~((shares >= 0) & (shares <= 1)), "shares from 0 to 1", "correct them."),
        (over, "shares that sum to 1 or less", "divide sales by the size of the market."),
    ):
        if fault.any():
            raise refuse(
                expected=expected,
                found=f"others in market {ids[int(np.argmax(fault))]}",
                where="products",
                remedy=remedy,
            )
    J = by_market["n"].transform("size").to_numpy()
    return table.assign(shares=(count * shares + buyers) / (count + buyers * (J + 1)))
