"""Conduct: whose profit the firm that sets a price counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bertrand import ownership
from inroads.errors import refuse
from inroads.tables.naming import label

if TYPE_CHECKING:
    from inroads.estimation.specification.supply import Supply

SETS, PROFIT, KAPPA = AXES = ("sets_price", "profit_of", "kappa")


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


def kappa_rows(kappa: Any) -> tuple[tuple[Any, Any, float], ...]:
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
