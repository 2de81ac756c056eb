"""Screens of a merger at the market as it is, nothing solved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.conduct.screens import gross_upward_pricing_pressure, upward_pricing_pressure
from inroads.errors import refuse
from inroads.mergers.calibrated.model import MarketModel
from inroads.mergers.inputs import merging_firms, read_merger_table
from inroads.tables.read import TableSource


def screens(model: MarketModel, after: Array, products: list[str]) -> pd.DataFrame:
    """UPP, GUPPI, CMCR, own pass-through by product, `after` (J, J) being what sellers own then.

    UPP is money, GUPPI a fraction of what sellers get, CMCR the fraction by which an offer's
    marginal cost would have to fall for its price to stay, pass_through dp_j/dc_j before the
    merger. Where there is one price, diversion to the partner is not defined and UPP and GUPPI are
    blank. What is sold at capacity has a margin of its own, which may already be enough.
    """
    before, owns = model.before, model.ownership.owns
    joint = model.implied_margins(after)
    needed = joint - model.implied_margins(owns)
    slack = before.margins - model.implied_margins(owns)
    needed = np.where(slack > 1e-6 * before.prices, np.maximum(needed - slack, 0.0), needed)
    nothing = np.full(len(products), np.nan)
    D = model.jacobian
    upp, guppi = nothing, nothing
    if D is not None:
        m = before.margins
        upp = upward_pricing_pressure(D, m, owns, after)
        guppi = gross_upward_pricing_pressure(D, before.net, m, owns, after=after)
    return pd.DataFrame(
        {
            "UPP": upp,
            "GUPPI": guppi,
            "CMCR": needed / before.costs,
            "pass_through": np.diag(model.pass_through()),
        },
        index=pd.Index(products, name="product_ids"),
    )


def diversion_table(ratios: Array, products: list[str]) -> pd.DataFrame:
    """Ratios (J, J + 1), of what a product loses, to each other and outside (last)."""
    return pd.DataFrame(
        ratios,
        index=pd.Index(products, name="from"),
        columns=pd.Index([*products, "outside"], name="to"),
    )


def pricing_pressure(
    table: TableSource,
    parties: Sequence[object],
    diversions: ArrayLike,
    *,
    efficiencies: float = 0.0,
) -> pd.DataFrame:
    """UPP, GUPPI and CMCR from margins and diversion alone: no demand, nothing calibrated.

    Parameters
    ----------
    table : path or table
        product_ids, firm_ids, prices and margins ((p - c) / p), of every product of the parties.
    parties : sequence of str
        Firms that merge.
    diversions : (J, J) table
        Row j: of what j loses, to k; its diagonal is not used.
    efficiencies : float
        Fraction by which the merger lowers the parties' marginal costs.

    Returns
    -------
    DataFrame
        A row a product of the parties: UPP (money, net of efficiencies), GUPPI (fraction of price),
        CMCR (fraction of cost), the least savings at which prices would not rise.

    Raises
    ------
    InputError
        As `merger` does, and for products of the parties without a margin.

    References
    ----------
    Farrell, J. and Shapiro, C. (2010), Antitrust evaluation of horizontal mergers, B.E. Journal of
    Theoretical Economics 10(1).
    Werden, G. (1996), A robust test for consumer welfare enhancing mergers among sellers of
    differentiated products, Journal of Industrial Economics 44(4).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b"], "firm_ids": ["A", "B"], "prices": [10.0, 8.0],
    ...     "margins": [0.4, 0.5],
    ... })
    >>> pressure = ir.pricing_pressure(table, ("A", "B"), [[0, 0.2], [0.25, 0]])
    >>> pressure.round(3).to_dict("list")
    {'UPP': [0.8, 1.0], 'GUPPI': [0.08, 0.125], 'CMCR': [0.175, 0.316]}
    """
    data = read_merger_table(table, sold=False)
    names = merging_firms(parties, data.firm_names)
    J = len(data.products)
    D = np.asarray(diversions, dtype=float).copy()
    if D.shape != (J, J) or not np.isfinite(D).all():
        raise refuse(
            expected=f"diversions of {J} rows and columns, in the order of products",
            found=" x ".join(map(str, D.shape)),
            where="diversions",
            remedy="give, in row j, where what j loses goes.",
        )
    np.fill_diagonal(D, 0.0)
    merges = np.isin(data.firms, names)
    blank = [data.products[j] for j in np.flatnonzero(merges & np.isnan(data.margins))]
    if blank:
        raise refuse(
            expected="a margin of every product of the parties",
            found=f"none of {blank[0]}",
            where="margins",
            remedy="give it, or calibrate a demand: ir.merger.",
        )
    p, m = data.prices[merges], (data.prices * data.margins)[merges]
    own = data.owner[merges]
    together = D[np.ix_(merges, merges)]
    apart = np.where(own[:, None] == own, together, 0.0)
    costs, gained = p - m, together - apart
    # First-order conditions over own slopes: (I - D within the owner) m is what own sales ask.
    needed = np.linalg.solve(np.eye(len(p)) - together, m - apart @ m)
    return pd.DataFrame(
        {
            "UPP": gained @ m - efficiencies * costs,
            "GUPPI": (gained @ m) / p,
            "CMCR": (needed - m) / costs,
        },
        index=pd.Index([data.products[j] for j in np.flatnonzero(merges)], name="product_ids"),
    )
