"""Supply: marginal costs as a formula, and whose profit counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.specification.conduct import kappa_rows
from inroads.tables.naming import label


@dataclass(frozen=True)
class Supply:
    """Marginal costs f(c) = costs x gamma + omega, and the conduct behind prices.

    Prices are a Bertrand-Nash equilibrium of the firms named by firm_ids, each maximising its own
    profit plus kappa times that of others. Columns ownership0, ownership1, ... of products,
    PyBLP's, say the same product by product: row j, column k, how much the firm of j counts the
    profit of the market's product k.

    Parameters
    ----------
    costs : str
        Formula over columns of products; shares in it are endogenous; supply_instruments0, ... are
        excluded instruments.
    log : bool
        Whether f is the logarithm, or c itself.
    lowest, highest : float, optional
        Bounds that implied costs are clipped to.
    kappa : DataFrame, optional
        A table with the columns sets_price (the firm that sets the price), profit_of (the firm
        whose profit counts) and kappa (how much, 1 for one's own, 0 for pairs not listed); or a
        square table with these names on its axes
        (`frame.rename_axis(index="sets_price", columns="profit_of")`). Stored as a tuple of rows.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out of f(c), joined by "+".
    markets : str or sequence, optional
        Those with a supply side, ids or the name of a column that is true (1) for their products;
        all unless given.
    covariance : str, optional
        Formula of instruments z of E[xi omega z] = 0, "1" for E[xi omega] = 0: errors of demand and
        costs are uncorrelated, which can tell the price coefficient without an instrument (MacKay
        and Miller 2025). Columns covariance_instruments0, ... are such instruments, too.

    References
    ----------
    MacKay, A. and Miller, N. (2025), Estimating models of supply and demand: instruments and
    covariance restrictions, Management Science 71(1).

    Raises
    ------
    InputError
        For kappa without named axes, numbers that are none, or a firm that does not count its own
        profit fully.

    Examples
    --------
    >>> Supply("1 + log(hpwt)", lowest=0.001).log
    True
    """

    costs: str
    _: KW_ONLY
    log: bool = True
    lowest: float | None = None
    highest: float | None = None
    kappa: Any = None
    absorb: str | None = None
    markets: str | Sequence[Any] | None = None
    covariance: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kappa", None if self.kappa is None else kappa_rows(self.kappa))
        if self.markets is not None and not isinstance(self.markets, str):
            if not isinstance(self.markets, Iterable):
                expected = "a list of ids of markets, or the name of a column"
                raise refuse(
                    expected=expected,
                    found=repr(self.markets),
                    where="supply",
                    remedy="write markets=[...].",
                )
            object.__setattr__(self, "markets", tuple(self.markets))

    def transform(self, costs: Array) -> tuple[Array, Array]:
        """The function of marginal costs that is linear in characteristics, and its slope.

        Parameters
        ----------
        costs : (N,) array
            Marginal costs.

        Returns
        -------
        values : (N,) array
            f(c).
        slopes : (N,) array
            f'(c), zero where costs are clipped.

        Raises
        ------
        InputError
            Where there is no logarithm.
        """
        low = -np.inf if self.lowest is None else self.lowest
        clipped = np.clip(costs, low, np.inf if self.highest is None else self.highest)
        inside = (clipped == costs).astype(float)
        if not self.log:
            return clipped, inside
        if not (clipped > 0).all():
            raise refuse(
                expected="marginal costs above 0, of which a logarithm can be taken",
                found=f"{int((clipped <= 0).sum())} products below, the lowest {clipped.min():.3g}",
                where="supply",
                remedy="give lowest=0.001, or log=False, or start elsewhere.",
            )
        return np.log(clipped), inside / clipped

    def require_no_effects(self, where: str) -> None:
        """Refuse absorbed effects where costs are predicted from the formula alone.

        Parameters
        ----------
        where : str
            What predicts them.

        Raises
        ------
        InputError
            Where effects are absorbed.
        """
        if self.absorb is not None:
            raise refuse(
                expected="a supply side without absorbed effects",
                found=f"absorb='{self.absorb}'",
                where=where,
                remedy="write dummies as C(...) into the formula of costs.",
            )

    def supplied(self, products: pd.DataFrame) -> np.ndarray:
        """Which products have a supply side.

        Parameters
        ----------
        products : (N, ...) DataFrame
            Of a panel.

        Returns
        -------
        (N,) mask
            True for those of `markets`.

        Raises
        ------
        InputError
            For a column or ids that are not there, a column that is not 0 or 1, and no market at
            all.
        """
        if self.markets is None:
            return np.ones(len(products), dtype=bool)
        if isinstance(self.markets, str):
            if self.markets not in products:
                raise refuse(
                    expected=f"a column '{self.markets}'",
                    found="none",
                    where="supply",
                    remedy="correct the name.",
                )
            values = products[self.markets].to_numpy()
            valid = np.array([v in (0, 1) for v in values])
            ids = products["market_ids"].to_numpy()
            per_market = products[self.markets].groupby(ids, sort=False).nunique()
            if not valid.all() or (per_market > 1).any():
                expected = f"0 or 1 in '{self.markets}', the same for all products of a market"
                fault = str(per_market.idxmax()) if valid.all() else repr(values[~valid][0])
                raise refuse(
                    expected=expected, found=fault, where="supply", remedy="correct the column."
                )
            has_supply = values.astype(float) == 1
        else:
            market_ids = dict.fromkeys(products["market_ids"])
            labels = {m: label(m, market_ids) for m in self.markets}
            unknown = [m for m, market in labels.items() if market is None]
            if unknown:
                raise refuse(
                    expected="ids of markets",
                    found=str(unknown[0]),
                    where="supply",
                    remedy="correct or drop it.",
                )
            has_supply = products["market_ids"].isin(list(labels.values())).to_numpy()
        if not has_supply.any():
            raise refuse(
                expected="a market with a supply side",
                found="none",
                where="supply",
                remedy="name one, or leave out supply.",
            )
        return np.asarray(has_supply, dtype=bool)
