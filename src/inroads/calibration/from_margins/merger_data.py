"""From a practitioner's table (shares, prices, some margins) to a market in which firms respond."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.doubts import warn_of
from inroads.calibration.from_margins.logit import MarginFit, Outside, fit_margins
from inroads.calibration.from_margins.margin_columns import column_ids, column_numbers, read_chain
from inroads.calibration.from_margins.vertical import VerticalFit, fit_vertical_margins
from inroads.conduct.bargaining.links import DisagreementOver
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.pricing import BargainingTerms, Bertrand, Vertical
from inroads.tables.read import TableSource, read_table


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
    names, firms = column_ids(frame, "product_ids"), column_ids(frame, "firm_ids")
    p, s, m = (column_numbers(frame, name) for name in ("prices", "shares", "margins"))
    nests = column_ids(frame, "nesting_ids") if "nesting_ids" in frame else None
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
        Nesting parameter, one for all or one an offer, where the table has nests; margins tell one
        for all, beside weights, unless it is given; 0 is plain logit.
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
        Where a bargaining weight or rho ends at a bound, or a margin is missed by more than 10
        points.

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
    t = read_chain(table)
    if t.nests is None and rho is not None:
        raise refuse(
            expected="nests that rho is about, in a column 'nesting_ids'",
            found="rho without nests",
            where="market",
            remedy="give the column, or leave rho out.",
        )
    fit = fit_vertical_margins(
        *(t.prices, t.wholesale, t.shares, t.channel_margins),
        manufacturer_margins=t.manufacturer_margins,
        manufacturers=t.manufacturers,
        channels=t.channels,
        power=power,
        outside=outside,
        disagreement=disagreement,
        nests=t.nests,
        rho=rho,
        below_zero=below_zero,
        names=t.names,
    )
    warn_of(fit.doubts)
    offers = pd.DataFrame(
        {
            "manufacturer": t.manufacturers,
            "channel": t.channels,
            "price": t.prices,
            "wholesale": t.wholesale,
            "production_cost": fit.production_cost,
            "retail_cost": fit.retail_cost,
        },
        index=pd.Index(t.names, name="product_ids"),
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
