"""From a practitioner's table (shares, prices, some margins) to a market in which firms respond."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.doubts import warn_of
from inroads.calibration.from_margins.logit import MarginFit, Outside, fit_margins
from inroads.calibration.from_margins.vertical import VerticalFit, fit_vertical_margins
from inroads.choice.base import Array
from inroads.conduct.bargaining.links import DisagreementOver
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.pricing import BargainingTerms, Bertrand, Vertical
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import TableSource, read_table
from inroads.tables.schema import row_numbers


def market_from_margins(
    table: TableSource,
    *,
    outside: Outside = "rest",
    rho: Any = None,
    market_elasticity: float | None = None,
    size: float = 1.0,
    below_zero: bool = False,
) -> tuple[Market, MarginFit]:
    """A logit or nested logit market calibrated to shares, prices and margins.

    Parameters
    ----------
    table : path or table
        product_ids, firm_ids, prices, shares, margins ((p - c) / p, blank where unknown) and, for
        nested logit, nesting_ids; ids become text.
    outside : {"rest", "none", "unknown"}
        Whether the outside option has what shares leave of one, there is none, or margins are to
        tell its share.
    rho : float, array or None
        Nesting parameter, one for all or one an offer; None for one that margins are to tell where
        the table has nests; 0 is plain logit.
    market_elasticity : float, optional
        Of all sales when all prices rise in proportion, below 0; it is met exactly, margins then
        only find the rest.
    size : float
        Consumers in the market.
    below_zero : bool
        Whether implied costs may be below zero.

    Returns
    -------
    market : Market
        In which firms set prices.
    fit : MarginFit
        Demand found, costs, and how near margins came.

    Raises
    ------
    InputError
        For columns that are missing, blank ids, cells that are no numbers above 0, margins of one
        or more (cost of zero or less), and costs below zero that margins imply for other offers.

    Warns
    -----
    CalibrationWarning
        Where rho or the outside share ends at a bound, or a margin is missed by more than 10
        points.

    References
    ----------
    Werden, G. and Froeb, L. (1994), The effects of mergers in differentiated products industries,
    Journal of Law, Economics, and Organization 10(2).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, fit = ir.market_from_margins(table)
    >>> round(fit.alpha, 3)
    2.857
    >>> market.after(ir.Merge("A", "B")).solve().prices.round(2).to_dict()
    {'a': 1.1, 'b': 1.16, 'c': 2.01}
    """
    frame = read_table(table, "market")
    names, firms = _ids(frame, "product_ids"), _ids(frame, "firm_ids")
    p, s, m = (_numbers(frame, name) for name in ("prices", "shares", "margins"))
    nests = _ids(frame, "nesting_ids") if "nesting_ids" in frame else None
    about_nests = [str(c) for c in frame.columns if str(c).lower().startswith("nest")]
    has_rho = rho is not None and np.any(np.asarray(rho) != 0)
    if nests is None and (has_rho or about_nests):
        raise refuse(
            expected="nests in a column 'nesting_ids'",
            found=f"columns {', '.join(map(str, frame.columns))}",
            where="market",
            remedy="rename the column that has them, or leave nests and rho out.",
        )
    fit = fit_margins(
        *(p, s, m, firms),
        outside=outside,
        nests=nests,
        rho=0.0 if nests is None else rho,
        market_elasticity=market_elasticity,
        below_zero=below_zero,
        names=list(names),
    )
    warn_of(fit.doubts)
    offers = pd.DataFrame(
        {"manufacturer": firms, "channel": firms, "price": p, "retail_cost": fit.costs},
        index=pd.Index(names, name="product_ids"),
    )
    return Market(offers=offers, consumers=fit.buyers, pricing=Bertrand(), size=size), fit


def vertical_market_from_margins(
    table: TableSource,
    *,
    power: Power = "one",
    outside: Literal["rest", "none"] = "rest",
    disagreement: DisagreementOver = "offer",
    rho: Any = None,
    size: float = 1.0,
    below_zero: bool = False,
) -> tuple[Market, VerticalFit]:
    """Manufacturers and channels calibrated to margins of both.

    Terms are linear and simultaneous.

    Parameters
    ----------
    table : path or table
        product_ids, one an offer; firm_ids and channel_ids, its manufacturer and channel, the same
        where one firm is both; prices, wholesale, shares; channel_margins, (p - w - retail cost) /
        p, and manufacturer_margins, (w - production cost) / w, blank where unknown; for nested
        logit, nesting_ids.
    power : {"one", "manufacturer", "channel", "pair"}
        Whether all bargains share a weight, or those of a manufacturer, a channel, a pair.
    outside : {"rest", "none"}
        Whether the outside option has what shares leave of one, or there is none.
    disagreement : {"offer", "pair"}
        What breakdown takes off the shelf.
    rho : float or array, optional
        Nesting parameter, one for all or one an offer, where the table has nests: it is given,
        margins of chains telling weights; 0 is plain logit.
    size : float
        Consumers in the market.
    below_zero : bool
        Whether implied costs may be below zero.

    Returns
    -------
    market : Market
        In which manufacturers and channels bargain.
    fit : VerticalFit
        Demand, bargaining weights and costs found, and how near margins came.

    Raises
    ------
    InputError
        As `market_from_margins` does, and where margins do not tell the weights.

    Warns
    -----
    CalibrationWarning
        Where a bargaining weight ends at a bound, or a margin is missed by more than 10 points.

    References
    ----------
    Sheu, G. and Taragin, C. (2021), Simulating mergers in a vertical supply chain with bargaining,
    RAND Journal of Economics 52(3).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b"], "firm_ids": ["A", "B"], "channel_ids": ["R", "S"],
    ...     "prices": [2.0, 2.0], "wholesale": [1.2, 1.2], "shares": [0.3, 0.2],
    ...     "channel_margins": [0.3, None], "manufacturer_margins": [0.4, None],
    ... })
    >>> market, fit = ir.vertical_market_from_margins(table)
    >>> fit.channel_weight.round(2)
    array([0.56, 0.56])
    """
    frame = read_table(table, "market")
    names = _ids(frame, "product_ids")
    manufacturers, channels = _ids(frame, "firm_ids"), _ids(frame, "channel_ids")
    columns = ("prices", "wholesale", "shares", "channel_margins", "manufacturer_margins")
    p, w, s, channel_margins, manufacturer_margins = (_numbers(frame, name) for name in columns)
    nests = _ids(frame, "nesting_ids") if "nesting_ids" in frame else None
    if (nests is None) != (rho is None):
        raise refuse(
            expected="nests in a column 'nesting_ids', and their parameter rho",
            found="rho without nests" if nests is None else "nests without rho",
            where="market",
            remedy="give both (rho=0 is plain logit), or neither.",
        )
    fit = fit_vertical_margins(
        *(p, w, s, channel_margins),
        manufacturer_margins=manufacturer_margins,
        manufacturers=manufacturers,
        channels=channels,
        power=power,
        outside=outside,
        disagreement=disagreement,
        nests=nests,
        rho=0.0 if rho is None else rho,
        below_zero=below_zero,
        names=list(names),
    )
    warn_of(fit.doubts)
    offers = pd.DataFrame(
        {
            "manufacturer": manufacturers,
            "channel": channels,
            "price": p,
            "wholesale": w,
            "production_cost": fit.production_cost,
            "retail_cost": fit.retail_cost,
        },
        index=pd.Index(names, name="product_ids"),
    )
    weights = (
        offers.assign(power=fit.channel_weight)
        .groupby(["manufacturer", "channel"])["power"]
        .first()
        .unstack()
    )
    terms = BargainingTerms(weights, disagreement=disagreement)
    market = Market(offers=offers, consumers=fit.buyers, pricing=Vertical(terms), size=size)
    return market, fit


def _numbers(frame: pd.DataFrame, name: str) -> Array:
    """A column of numbers (J,): margins between 0 and 1 or blank (nan), all others above 0."""
    cells = _cells(frame, name)
    optional = name.endswith("margins")
    expected = "margins above 0 and below 1 or blank" if optional else f"{name} above 0"
    numbers = []
    for row, cell in enumerate(cells):
        value = np.nan if optional and not cell else parse_number(cell)
        if value is None or value <= 0 or (optional and value >= 1):
            product = _cells(frame, "product_ids")[row]
            remedy = f"correct row {row_numbers(frame)[row]} of '{name}'"
            if optional:
                remedy += (
                    ": fractions of price (0.45, not 45), and a margin of the price or more leaves "
                    "no cost"
                )
            raise refuse(
                expected=expected,
                found=f"{cell or 'a blank'} for {product}",
                where="market",
                remedy=f"{remedy}.",
            )
        numbers.append(value)
    return np.array(numbers, dtype=float)


def _ids(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of names (J,), as text."""
    cells = _cells(frame, name)
    if "" in cells:
        row = row_numbers(frame)[cells.index("")]
        raise refuse(
            expected=f"an id in '{name}'",
            found="a blank",
            where="market",
            remedy=f"fill in row {row}.",
        )
    return np.array(cells, dtype=object)


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        raise refuse(
            expected=f"a column '{name}'",
            found=", ".join(map(str, frame.columns)),
            where="market",
            remedy="add it, or rename the one that has it.",
        )
    return [cell_text(cell) for cell in frame[name]]
