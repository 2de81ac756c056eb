"""What is estimated: demand and supply as formulas over a panel, and firms' conduct."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bertrand import ownership
from inroads.errors import refuse
from inroads.tables.naming import label

SETS, PROFIT, KAPPA = AXES = ("sets_price", "profit_of", "kappa")


@dataclass(frozen=True)
class Demand:
    """Utility of j to agent i: linear x beta + random x (sigma nodes_i + pi demographics_i) + xi_j.

    Formulas are formulaic's; columns are PyBLP's.

    Parameters
    ----------
    linear : str
        Formula of what all agents value alike; prices in it are endogenous.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out, joined by "+".
    random : str, optional
        Formula of what agents value differently.
    demographics : str, optional
        Formula over columns of agents.
    nested : bool
        Whether nesting_ids (one level) or nesting_ids0, nesting_ids1, ... (outermost first; an
        inner nest is part of its outer one) are nests, with a nesting parameter rho a level.
    lognormal : tuple of str
        Columns of `random`, "-prices" for I(-prices), whose coefficient is
        exp(sigma nodes_i + pi demographics_i), so that a constant among demographics gives its
        median.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (1995), Automobile prices in market equilibrium,
    Econometrica 63(4).

    Examples
    --------
    >>> Demand("0 + prices", absorb="product_ids", random="1 + prices").random
    '1 + prices'
    """

    linear: str
    _: KW_ONLY
    absorb: str | None = None
    random: str | None = None
    demographics: str | None = None
    nested: bool = False
    lognormal: tuple[str, ...] = ()


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
    markets : str or sequence, optional
        Those with a supply side, ids or the name of a column that is true (1) for their products;
        all unless given.

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
    markets: str | Sequence[Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kappa", None if self.kappa is None else _rows(self.kappa))
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
        clipped = np.clip(costs, self.lowest, self.highest)
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


@dataclass(frozen=True)
class Conduct:
    """Whose profit counts: firms (N,) as codes into kappa (F, F), or product by product (N, J)."""

    firms: np.ndarray
    kappa: Array | None = None
    by_product: Array | None = None

    @classmethod
    def from_products(cls, products: pd.DataFrame, supply: Supply | None = None) -> Conduct:
        """From firm_ids, and kappa or ownership0...; raises InputError for what does not fit."""
        if "firm_ids" not in products:
            raise refuse(
                expected="a column 'firm_ids' for supply",
                found="none",
                where="supply",
                remedy="add the column.",
            )
        codes, ids = pd.factorize(products["firm_ids"])
        columns = [c for c in products if str(c).startswith("ownership") and str(c)[9:].isdigit()]
        rows = None if supply is None else supply.kappa
        if columns and rows is not None:
            actual = f"kappa and the column {columns[0]}"
            raise refuse(
                expected="kappa or ownership0..., not both",
                found=actual,
                where="supply",
                remedy="drop one of them.",
            )
        if columns:
            names = [f"ownership{k}" for k in range(len(columns))]
            return cls(codes, None, products[names].to_numpy(float))
        if rows is None:
            return cls(codes)
        positions = {firm: position for position, firm in enumerate(ids)}
        labels = {f: label(f, positions) for row in rows for f in row[:2]}
        unknown = [f for f, firm in labels.items() if firm is None]
        if unknown:
            expected = f"firms of products ({', '.join(map(str, list(ids)[:5]))}, ...)"
            raise refuse(
                expected=expected,
                found=repr(unknown[0]),
                where="supply",
                remedy="correct kappa, or drop the row.",
            )
        kappa = np.eye(len(ids))
        for sets, profit, value in rows:
            kappa[positions[labels[sets]], positions[labels[profit]]] = value
        return cls(codes, kappa)

    @property
    def by_firm(self) -> bool:
        """Whether firms count their own products' profit and nothing else."""
        return self.kappa is None and self.by_product is None

    def padded(self, rows: int) -> Conduct:
        """The same for so many products, those added being priced by nobody."""
        added = rows - len(self.firms)
        return replace(self, firms=np.append(self.firms, np.full(added, -1))) if added else self

    def ownership_or_firms(self, products: np.ndarray) -> np.ndarray:
        """Firms (B, J) where each counts its own profit and no other, else `ownership`."""
        return self.firms[products] if self.by_firm else self.ownership(products)

    def ownership(self, products: np.ndarray) -> Array:
        """How much the firm that prices j counts product k's profit (B, J, J), row j, column k."""
        if self.by_product is not None:
            owns = self.by_product[products][..., : products.shape[-1]]
            diagonal = np.einsum("...jj->...j", owns)
            if not (diagonal == 1).all():
                row = products[np.unravel_index(int(np.argmax(diagonal != 1)), diagonal.shape)]
                raise refuse(
                    expected="1 in ownership for a product's own profit",
                    found=f"another number for product {row + 1} of the table",
                    where="supply",
                    remedy="correct the columns.",
                )
            return np.asarray(owns)
        firms = self.firms[products]
        if self.kappa is None:
            return ownership(firms)
        return np.asarray(self.kappa[firms[..., :, None], firms[..., None, :]])


def _rows(kappa: Any) -> tuple[tuple[Any, Any, float], ...]:
    """kappa as rows (firm that sets the price, firm whose profit counts, number)."""
    if isinstance(kappa, tuple):
        kappa = pd.DataFrame(list(kappa), columns=list(AXES))
    frame = kappa if isinstance(kappa, pd.DataFrame) else _frame(kappa)
    axes = {frame.index.name: "index", frame.columns.name: "columns"}
    if {SETS, PROFIT} <= axes.keys():
        square = frame if axes[SETS] == "index" else frame.T
        rows = [(s, p, square.at[s, p]) for s in square.index for p in square.columns]
    elif set(AXES) <= set(frame.columns):
        rows = list(zip(*(frame[name] for name in AXES), strict=True))
    else:
        raise refuse(
            expected=f"kappa with the columns {', '.join(AXES)}, or with axes of these names",
            found=f"columns {list(map(str, frame.columns))[:5]} and axes {list(axes)}",
            where="supply",
            remedy='name the axes: kappa.rename_axis(index="sets_price", columns="profit_of").',
        )
    by_pair: dict[tuple[Any, Any], float] = {}
    for sets, profit, value in rows:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        wrong_diagonal = sets == profit and number != 1
        if not np.isfinite(number) or wrong_diagonal or (sets, profit) in by_pair:
            expected = "1 for a firm's own profit" if wrong_diagonal else "one finite number a pair"
            actual = f"{value!r} for {sets} and {profit}"
            raise refuse(
                expected=f"kappa of {expected}",
                found=actual,
                where="supply",
                remedy="correct kappa.",
            )
        by_pair[sets, profit] = number
    return tuple((s, p, v) for (s, p), v in by_pair.items())


def _frame(kappa: Any) -> pd.DataFrame:
    try:
        return pd.DataFrame(kappa)
    except (TypeError, ValueError) as error:
        raise refuse(
            expected="a table of kappa",
            found=repr(kappa)[:100],
            where="supply",
            remedy="give a DataFrame.",
        ) from error
