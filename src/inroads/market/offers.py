"""What offers say of the firms behind them, checked: columns, firms, holdings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.demand_systems import DemandSystem
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import InputError, Problem, refuse
from inroads.tables.cells import cell_text
from inroads.tables.naming import label

if TYPE_CHECKING:
    from inroads.market.market import Market
#: columns of offers that are numbers, with what they are unless given: wholesale price; unit costs
#: of manufacturer and seller; the share of the consumer price that the seller keeps; what the
#: seller pays and the manufacturer receives for each unit of the wholesale price; the units that
#: can be sold at most
NUMBERS = {
    "price": None,
    "wholesale": np.nan,
    "production_cost": 0.0,
    "retail_cost": 0.0,
    "retail_share": 1.0,
    "channel_pays": 1.0,
    "manufacturer_receives": 1.0,
    "capacity": np.inf,
}
#: whether the price stays as it is; whether the wholesale price is bargained over (under Vertical)
FLAGS = {"price_fixed": False, "negotiated": True}
# What is left of a cost of zero, as a fraction of the price.
_ROUNDING = 1e-9
#: Where fewer mind paying, demand is none that firms could face.
_LEAST_PAYERS = 0.5
#: what offers say unless given
FILLED = {**{c: v for c, v in NUMBERS.items() if c != "price"}, **FLAGS}
FIRM_COLUMNS = ("manufacturer", "channel", "seller", *NUMBERS, *FLAGS)


def checked(market: Market) -> dict[str, Any]:
    """Fields of a market as they are kept: offers with every column, firms by their labels. Refuses
    what cannot be."""
    if not isinstance(market.size, Real) or not 0 < market.size < np.inf:
        raise refuse(
            expected="a number of consumers above 0",
            found=str(market.size),
            where="size",
            remedy="leave it at 1 for money per consumer.",
        )
    if not isinstance(market.consumers, PricedDemand | DemandSystem):
        return {}
    offers = check_offers(market.offers, market.consumers)
    owners = label_firms("owners", market.owners, offers)
    stakes = label_firms("stakes", market.stakes, offers)
    return {"offers": offers, "owners": owners, "stakes": stakes}


def check_offers(offers: pd.DataFrame, demand: PricedDemand | DemandSystem) -> pd.DataFrame:
    """Offers with every column; refused where firms or numbers are missing.

    seller: the firm that sets the retail price, the channel unless given.
    """
    missing = [c for c in ("manufacturer", "channel", "price") if c not in offers]
    if missing:
        raise refuse(
            expected=f"a column '{missing[0]}'",
            found=", ".join(map(str, offers.columns)),
            where="offers",
            remedy="add the column.",
        )
    if len(offers) != demand.shape[-1]:
        raise refuse(
            expected=f"{demand.shape[-1]} offers, as consumers choose from",
            found=str(len(offers)),
            where="offers",
            remedy="give one row an offer, in the same order.",
        )
    filled = _fill(offers if "seller" in offers else offers.assign(seller=offers["channel"]))
    for name in NUMBERS:
        values = pd.to_numeric(filled[name], errors="coerce").to_numpy(float)
        expected, remedy = f"a number in '{name}' for every offer", "fill it in."
        valid = np.isfinite(values)
        if name == "capacity":
            valid, expected = values > 0, "units above 0 in 'capacity' for every offer"
            remedy = "write inf where there is no limit; an offer that cannot be sold is left out."
        elif name == "wholesale" and not valid.all():
            expected, remedy = "a number in 'wholesale', or a blank", "correct it."
            valid |= filled[name].map(cell_text).eq("").to_numpy()
        if not valid.all():
            place = int(np.argmin(valid))
            raise refuse(
                expected=expected,
                found=f"{cell_text(filled[name].iloc[place]) or 'a blank'} "
                f"for {filled.index[place]}",
                where="offers",
                remedy=remedy,
            )
        if filled[name].dtype == object:
            filled[name] = values
    for name in ("manufacturer", "channel", "seller"):
        blank = filled[name].isna() | (filled[name].astype(str).str.strip() == "")
        if blank.any():
            raise refuse(
                expected=f"a {name} for every offer",
                found=f"none for {filled.index[blank][0]}",
                where="offers",
                remedy="name the firm.",
            )
    if not filled.index.is_unique:
        raise refuse(
            expected="a name of its own for each offer",
            found=str(filled.index[filled.index.duplicated()][0]) + " twice",
            where="offers",
            remedy="index offers by product and channel.",
        )
    if isinstance(demand, PricedDemand):
        _check_demand(demand)
    return filled


def _fill(offers: pd.DataFrame) -> pd.DataFrame:
    """Offers with the columns of `NUMBERS` and `FLAGS` that they lack."""
    return offers.assign(**{c: v for c, v in FILLED.items() if c not in offers})


def _check_demand(demand: PricedDemand) -> None:
    """Refuse demand whose utility, marginal utility of money or weights cannot be."""
    u, a, w = demand.utility, demand.alpha, demand.weights
    if w.shape != u.shape[-1:] or a.shape not in (w.shape, u.shape):
        raise refuse(
            expected="utility (J, I), alpha (I,) or (J, I), weights (I,)",
            found=f"{u.shape}, {a.shape} and {w.shape}",
            where="consumers",
            remedy="give one row an offer and one column an agent.",
        )
    total = w if (w < 0).any() else w.sum(keepdims=True)
    for name, values, good, expected in (
        ("utility", u, u < np.inf, "numbers, or -inf for what cannot be chosen"),
        ("alpha", a, np.isfinite(a), "finite marginal utilities of money"),
        ("weights", total, (total >= 0) & (total <= 1 + 1e-9), "weights of 0 or more, a sum of 1"),
    ):
        if not good.all():
            raise refuse(
                expected=expected,
                found=str(values[~good][0]),
                where=f"consumers.{name}",
                remedy="correct it; agents are the last axis.",
            )
    dislikes = (a if a.ndim == 1 else a.min(axis=0)) > 0
    payers = float(w[dislikes].sum() / max(w.sum(), np.finfo(float).tiny))
    if payers < _LEAST_PAYERS:
        raise refuse(
            expected="marginal utilities of money above 0, of half the consumers at least",
            found=f"of {payers:.1%}",
            where="consumers.alpha",
            remedy="see why demand slopes up; alpha is -du/dprices.",
        )
    if payers < 1 and not dislikes[w > 0].all():
        text = f"{1 - payers:.2%} of agents like to pay: their welfare is left out"
        warnings.warn(text, UserWarning, stacklevel=3)


def label_firms(name: str, values: Mapping[Any, Any], offers: pd.DataFrame) -> dict[Any, Any]:
    """Values by firm as the offers name it; firms that have none are refused."""
    firms = [*offers["manufacturer"], *offers["seller"]]
    labels = {firm: label(firm, firms) for firm in values}
    unknown = [str(firm) for firm, named in labels.items() if named is None]
    if unknown:
        raise refuse(
            expected=f"firms of this market as keys of {name}",
            found=", ".join(sorted(unknown)),
            where=name,
            remedy="correct the name, or drop it.",
        )
    return {labels[firm]: value for firm, value in values.items()}


def profit_weights(holdings: pd.DataFrame, firms: list[str]) -> Array:
    """(G, F) of `Stakes.owned_by`, one on the diagonal."""
    axes = [[label(name, firms) for name in axis] for axis in (holdings.index, holdings.columns)]
    names = [*holdings.index, *holdings.columns]
    unknown = [n for n, firm in zip(names, [*axes[0], *axes[1]], strict=True) if firm is None]
    if unknown:
        raise refuse(
            expected="firms of this market in holdings",
            found=str(unknown[0]),
            where="holdings",
            remedy=f"choose from {', '.join(map(str, firms))}.",
        )
    repeated = [axis[k] for axis in axes for k in range(len(axis)) if axis[k] in axis[:k]]
    if repeated:
        raise refuse(
            expected="each firm once in the rows of holdings, and once in its columns",
            found=f"{repeated[0]} twice",
            where="holdings",
            remedy="drop one, or rename the firm that it is.",
        )
    try:
        square = holdings.set_axis(axes[0], axis=0).set_axis(axes[1], axis=1)
        square = square.reindex(index=firms, columns=firms).astype(float).fillna(0.0)
    except (TypeError, ValueError) as error:
        raise refuse(
            expected="shares of profits, from 0 to 1",
            found=str(error),
            where="holdings",
            remedy="write 0.25 for a quarter.",
        ) from error
    table = square.to_numpy(copy=True)
    if not ((table >= 0) & (table <= 1)).all():
        raise refuse(
            expected="shares of profits, from 0 to 1",
            found=str(table[~((table >= 0) & (table <= 1))][0]),
            where="holdings",
            remedy="write 0.25 for a quarter.",
        )
    np.fill_diagonal(table, 1.0)
    return np.asarray(table)


def check_costs(
    costs: Mapping[str, Array], prices: Array, names: Sequence[object], where: str, *, remedy: str
) -> None:
    """Refuse implied unit costs (J,) below zero by more than rounding, the offers named."""
    problems = []
    for side, cost in costs.items():
        below = [int(j) for j in np.argsort(cost) if cost[j] < -_ROUNDING * prices[j]]
        if below:
            listed = [f"{cost[j]:.4g} for {names[j]}, sold at {prices[j]:.4g}" for j in below[:5]]
            more = f", and {len(below) - 5} more" if len(below) > 5 else ""
            problems.append(
                Problem(
                    file=where,
                    row=None,
                    column=None,
                    value=f"{side} costs of {'; '.join(listed)}{more}",
                    expected="prices and demand at which unit costs are 0 or more",
                    remedy=f"{remedy}, or allow it with below_zero=True.",
                )
            )
    if problems:
        raise InputError(problems)
