"""The tables an industry is made of, checked: offers, bargaining weights, holdings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.conduct.buyers import Buyers
from inroads.errors import InputError, Problem
from inroads.tables.cells import cell_text
from inroads.tables.naming import label

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

#: what is left of a cost of zero, as a fraction of the price
_ROUNDING = 1e-9


def checked(offers: pd.DataFrame, buyers: Buyers) -> pd.DataFrame:
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
        expected, remedy = f"a number in '{name}' for every offer", "fill it in."
        known = np.isfinite(values)
        if name == "capacity":
            known, expected = values > 0, "units above 0 in 'capacity' for every offer"
            remedy = "write inf where there is no limit; an offer that cannot be sold is left out."
        elif name == "wholesale":
            expected, remedy = "a number in 'wholesale', or a blank", "correct it."
            known |= filled[name].map(cell_text).eq("").to_numpy() if not known.all() else False
        if not known.all():
            place = int(np.argmin(known))
            raise InputError.single(
                expected=expected,
                found=f"{cell_text(filled[name].iloc[place]) or 'a blank'} "
                f"for {filled.index[place]}",
                where="offers",
                remedy=remedy,
            )
        if filled[name].dtype == object:
            filled[name] = values
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


def _check(buyers: Buyers) -> None:
    """Refuse buyers whose utility, marginal utility of money or weights cannot be."""
    u, a, w = buyers.utility, buyers.money, buyers.weights
    if w.shape != u.shape[-1:] or a.shape not in (w.shape, u.shape):
        raise InputError.single(
            expected="utility (J, I), money (I,) or (J, I), weights (I,)",
            found=f"{u.shape}, {a.shape} and {w.shape}",
            where="buyers",
            remedy="give one row an offer and one column an agent.",
        )
    total = w if (w < 0).any() else w.sum(keepdims=True)
    for name, values, good, expected in (
        ("utility", u, u < np.inf, "numbers, or -inf for what cannot be chosen"),
        ("money", a, (a > 0) & (a < np.inf), "marginal utilities of money above 0"),
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
    row, column = label(maker, table.index), label(shop, table.columns)
    if row is None or column is None:
        raise InputError.single(
            expected=f"the bargaining weight of {shop} towards {maker}",
            found="none",
            where="terms.power",
            remedy="give a table with makers as rows and shops as columns.",
        )
    return _number(table.loc[row, column])


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
    axes = [[label(n, firms) for n in axis] for axis in (holdings.index, holdings.columns)]
    given = [*holdings.index, *holdings.columns]
    unknown = [n for n, known in zip(given, [*axes[0], *axes[1]], strict=True) if known is None]
    twice = [axis[k] for axis in axes for k in range(len(axis)) if axis[k] in axis[:k]]
    if unknown:
        raise InputError.single(
            expected="firms of this market in holdings",
            found=str(unknown[0]),
            where="holdings",
            remedy=f"choose from {', '.join(map(str, firms))}.",
        )
    if twice:
        raise InputError.single(
            expected="each firm once in the rows of holdings, and once in its columns",
            found=f"{twice[0]} twice",
            where="holdings",
            remedy="drop one, or rename the firm that it is.",
        )
    try:
        table = holdings.set_axis(axes[0], axis=0).set_axis(axes[1], axis=1)
        table = table.reindex(index=firms, columns=firms).astype(float).fillna(0.0)
        table = table.to_numpy(copy=True)
    except (TypeError, ValueError) as error:
        raise InputError.single(
            expected="parts of profits, from 0 to 1",
            found=str(error),
            where="holdings",
            remedy="write 0.25 for a quarter.",
        ) from error
    if not ((table >= 0) & (table <= 1)).all():
        raise InputError.single(
            expected="parts of profits, from 0 to 1",
            found=str(table[~((table >= 0) & (table <= 1))][0]),
            where="holdings",
            remedy="write 0.25 for a quarter.",
        )
    np.fill_diagonal(table, 1.0)
    return np.asarray(table)


def check_costs(
    costs: Mapping[str, Array], prices: Array, names: Sequence[object], where: str, remedy: str
) -> None:
    """Refuse implied unit costs (J,) below zero by more than rounding, the offers named."""
    problems = []
    for kind, cost in costs.items():
        below = [int(j) for j in np.argsort(cost) if cost[j] < -_ROUNDING * prices[j]]
        if below:
            said = [f"{cost[j]:.4g} for {names[j]}, sold at {prices[j]:.4g}" for j in below[:5]]
            more = f", and {len(below) - 5} more" if len(below) > 5 else ""
            problems.append(
                Problem(
                    where,
                    None,
                    None,
                    f"{kind} costs of {'; '.join(said)}{more}",
                    "prices and demand at which unit costs are 0 or more",
                    f"{remedy}, or allow it with below_zero=True.",
                )
            )
    if problems:
        raise InputError(problems)
