"""The tables an industry is made of, checked: offers, bargaining weights, holdings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import InputError

#: columns of offers that are numbers, with what they are unless given
NUMBERS = {
    "price": None,
    "wholesale": np.nan,
    "making": 0.0,
    "handling": 0.0,
    "kept": 1.0,
    "pays": 1.0,
    "gets": 1.0,
    "capacity": np.inf,
}


def checked(offers: pd.DataFrame, buyers: PricedDemand) -> pd.DataFrame:
    """Offers with every column, in one order; refused where numbers are missing."""
    problems = [c for c in ("maker", "shop", "price") if c not in offers]
    if problems:
        raise InputError.single(
            expected=f"a column '{problems[0]}'",
            found=", ".join(map(str, offers.columns)),
            where="offers",
            remedy="add the column.",
        )
    if len(offers) != buyers.utility.shape[-2]:
        raise InputError.single(
            expected=f"{buyers.utility.shape[-2]} offers, as buyers choose from",
            found=str(len(offers)),
            where="offers",
            remedy="give one row an offer, in the same order.",
        )
    filled = offers.assign(**{c: v for c, v in NUMBERS.items() if c not in offers})
    flags = {"held": False, "bargained": True}
    filled = filled.assign(**{c: v for c, v in flags.items() if c not in filled})
    for name in NUMBERS:
        values = pd.to_numeric(filled[name], errors="coerce").to_numpy(float)
        known = (values > 0) if name == "capacity" else np.isfinite(values)
        if name != "wholesale" and not known.all():
            row = filled.index[~known][0]
            raise InputError.single(
                expected=f"a number in '{name}' for every offer",
                found=f"{filled.loc[row, name]} for {row}",
                where="offers",
                remedy="fill it in.",
            )
    for name in ("maker", "shop"):
        if filled[name].isna().any() or (filled[name].astype(str).str.strip() == "").any():
            row = filled.index[filled[name].isna() | (filled[name].astype(str).str.strip() == "")]
            raise InputError.single(
                expected=f"a {name} for every offer",
                found=f"none for {row[0]}",
                where="offers",
                remedy="name the firm.",
            )
    if not filled.index.is_unique:
        raise InputError.single(
            expected="a name of its own for each offer",
            found=str(filled.index[filled.index.duplicated()][0]) + " twice",
            where="offers",
            remedy="index offers by device and channel.",
        )
    _check(buyers)
    return filled


def _check(buyers: PricedDemand) -> None:
    """Refuse buyers whose utility, marginal utility of money or weights cannot be."""
    u, a, w = buyers.utility, buyers.alpha, buyers.weights
    if w.shape != u.shape[-1:] or a.shape not in (w.shape, u.shape):
        raise InputError.single(
            expected="utility (J, I), alpha (I,) or (J, I), weights (I,)",
            found=f"{u.shape}, {a.shape} and {w.shape}",
            where="buyers",
            remedy="give one row an offer and one column an agent.",
        )
    total = w if (w < 0).any() else w.sum(keepdims=True)
    for name, values, good, expected in (
        ("utility", u, u < np.inf, "numbers, or -inf for what cannot be chosen"),
        ("alpha", a, (a > 0) & (a < np.inf), "marginal utilities of money above 0"),
        ("weights", total, (total >= 0) & (total <= 1 + 1e-9), "weights of 0 or more, a sum of 1"),
    ):
        if not good.all():
            raise InputError.single(
                expected=expected,
                found=str(values[~good][0]),
                where=f"buyers.{name}",
                remedy="correct it; agents are the last axis.",
            )


def power_of(table: float | pd.DataFrame, maker: str, shop: str) -> float:
    """The shop's weight towards the maker."""
    if maker == shop:
        return 1.0
    if not isinstance(table, pd.DataFrame):
        return _number(table)
    if maker not in table.index or shop not in table.columns:
        raise InputError.single(
            expected=f"the bargaining weight of {shop} towards {maker}",
            found="none",
            where="terms.power",
            remedy="give a table with makers as rows and shops as columns.",
        )
    return _number(table.loc[maker, shop])


def _number(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = np.nan
    if not 0 <= found <= 1:
        raise InputError.single(
            expected="bargaining weights of shops, from 0 to 1",
            found=str(value),
            where="terms.power",
            remedy="give the weight of the channel; 0.5 is an even split.",
        )
    return found


def counted(holdings: pd.DataFrame, firms: list[str]) -> Array:
    """(G, F) of `Stakes.combined`, one on the diagonal."""
    unknown = [n for n in [*holdings.index, *holdings.columns] if n not in firms]
    if unknown:
        raise InputError.single(
            expected="firms of this market in holdings",
            found=str(unknown[0]),
            where="holdings",
            remedy=f"choose from {', '.join(firms)}.",
        )
    table = holdings.reindex(index=firms, columns=firms).fillna(0.0).to_numpy(float, copy=True)
    if not ((table >= 0) & (table <= 1)).all():
        raise InputError.single(
            expected="parts of profits, from 0 to 1",
            found=str(table[~((table >= 0) & (table <= 1))][0]),
            where="holdings",
            remedy="write 0.25 for a quarter.",
        )
    np.fill_diagonal(table, 1.0)
    return np.asarray(table)
