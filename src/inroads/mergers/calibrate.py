"""From a table and two words, demand and conduct, to a calibrated market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.ces import fit_ces
from inroads.calibration.from_margins.logit import best_alpha, fit_margins
from inroads.calibration.from_margins.overlapping import fit_overlapping
from inroads.calibration.from_margins.slopes import fit_system
from inroads.choice.base import Array, Mask
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    Conduct,
    PostedPrices,
    QuantitySetting,
    SecondScore,
)
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, passed_on
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs
from inroads.mergers.inputs import MergerTable
from inroads.mergers.model import MarketModel, OneGoodModel, PricedModel

DEMANDS = (
    "logit",
    "nested logit",
    "overlapping nests",
    "ces",
    "nested ces",
    "linear",
    "log-linear",
    "aids",
    "one good, linear",
    "one good, log-linear",
)
CONDUCTS = (
    "bertrand",
    "cournot",
    "stackelberg",
    "second score",
    "bargaining",
    "second-score bargaining",
)
_NESTED = ("nested logit", "nested ces")
_SYSTEMS = ("linear", "log-linear", "aids")


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """All that is assumed beside the table; see `merger`."""

    demand: str = "logit"
    conduct: str = "bertrand"
    outside: str = "rest"
    rho: Any = None
    elasticities: ArrayLike | None = None
    diversions: ArrayLike | None = None
    market_elasticity: float | None = None
    allocation: ArrayLike | None = None
    buyer_weight: float | None = None
    leaders: Sequence[object] = ()

    def __post_init__(self) -> None:
        one_of("demand", self.demand, *DEMANDS)
        one_of("conduct", self.conduct, *CONDUCTS)
        one_of("outside", self.outside, "rest", "none", "unknown")
        one_good = self.demand.startswith("one good")
        if (self.conduct == "stackelberg" and not one_good) or (
            one_good and self.conduct not in ("cournot", "stackelberg")
        ):
            raise refuse(
                expected="Cournot or Stackelberg with one good, and Stackelberg with nothing else",
                found=f"{self.demand} with {self.conduct}",
                where="demand and conduct",
                remedy="use demand='one good, linear' or 'one good, log-linear'.",
            )

    def varied(self, **changes: Any) -> Assumptions:
        """The same but for some."""
        return Assumptions(**{f.name: getattr(self, f.name) for f in fields(self)} | changes)


def conduct_of(given: Assumptions) -> Conduct:
    """How sellers of differentiated offers set prices."""
    if given.conduct in ("bargaining", "second-score bargaining"):
        weight = given.buyer_weight
        if weight is None or not 0 <= weight < 1:
            raise refuse(
                expected="buyers' bargaining weight, from 0 (sellers set prices) to below 1",
                found="none" if weight is None else str(weight),
                where="buyer_weight",
                remedy="give buyer_weight=0.5 for equal weights.",
            )
        bargains = given.conduct == "bargaining"
        return BargainingWithBuyers(weight) if bargains else BargainingInAuction(weight)
    rules: dict[str, Conduct] = {
        "bertrand": PostedPrices(),
        "cournot": QuantitySetting(),
        "second score": SecondScore(),
    }
    return rules[given.conduct]


def calibrate(table: MergerTable, given: Assumptions) -> tuple[MarketModel, Array]:
    """The market, and fitted margins (J,) as fractions of price.

    Raises InputError where the table does not tell what demand needs.
    """
    if given.demand.startswith("one good"):
        return _one_good(table, given)
    rule, p, m = conduct_of(given), table.prices, table.margins
    common: dict[str, Any] = {"conduct": rule, "names": table.products}
    demand: Any
    if given.demand in ("ces", "nested ces"):
        r = _money(table, given)
        ces = fit_ces(
            p,
            r,
            m,
            table.firms,
            outside="none" if given.outside == "none" else "rest",
            **_nesting(table, given),
            **common,
        )
        demand, costs, fitted = ces.demand, ces.costs, ces.fitted
    elif given.demand == "overlapping nests":
        if given.allocation is None:
            raise refuse(
                expected="what part of each product is in each nest",
                found="none",
                where="allocation",
                remedy="give a table with a row a product, rows summing to one.",
            )
        wide = fit_overlapping(
            *(p, _units(table, given), m, table.firms),
            allocation=given.allocation,
            rho=given.rho,
            outside=given.outside,  # type: ignore[arg-type]
            **common,
        )
        demand, costs, fitted = wide.demand, wide.costs, wide.fitted
    elif given.demand in _SYSTEMS:
        system = fit_system(
            given.demand,  # type: ignore[arg-type]
            *(p, _units(table, given), m, table.firms),
            elasticities=given.elasticities,
            diversions=given.diversions,
            market_elasticity=given.market_elasticity,
            outside=given.outside,  # type: ignore[arg-type]
            nests=table.nests if given.rho is not None else None,
            rho=0.0 if given.rho is None else given.rho,
            **common,
        )
        demand, costs, fitted = system.demand, system.costs, system.fitted
    else:
        logit = fit_margins(
            p,
            _units(table, given),
            m,
            table.firms,
            outside=given.outside,  # type: ignore[arg-type]
            market_elasticity=given.market_elasticity,
            **_nesting(table, given),
            **common,
        )
        demand, costs, fitted = logit.buyers, logit.costs, logit.fitted
    model = PricedModel(
        demand=demand,
        conduct=rule,
        owner=table.owner,
        costs=costs,
        prices=p,
        products=table.products,
    )
    return model, fitted


def _nesting(table: MergerTable, given: Assumptions) -> dict[str, Any]:
    """Nests and rho of nested demands, which margins tell unless it is given."""
    if given.demand not in _NESTED:
        return {}
    if table.nests is None:
        raise refuse(
            expected=f"a column 'nesting_ids', for {given.demand}",
            found="none",
            where="merger",
            remedy="add it, or leave nests out of demand.",
        )
    return {"nests": table.nests, "rho": given.rho}


def _units(table: MergerTable, given: Assumptions) -> Array:
    """Shares of units; of shares of money where these are of all that is sold."""
    if table.units is not None:
        return _without_outside(table.units, given, "shares")
    assert table.money is not None
    if given.outside == "rest" and given.demand != "aids":
        raise refuse(
            expected=f"shares of units, for {given.demand}",
            found="shares of money alone, which do not say how many units the rest would be",
            where="merger",
            remedy="give 'shares', demand='ces', or outside='none' or 'unknown'.",
        )
    units = table.money / table.prices
    return np.asarray(units / units.sum())


def _money(table: MergerTable, given: Assumptions) -> Array:
    """Shares of money; of shares of units where these are of all that is sold."""
    if table.money is not None:
        return _without_outside(table.money, given, "revenue_shares")
    assert table.units is not None
    if given.outside == "rest":
        raise refuse(
            expected=f"shares of money, for {given.demand}",
            found="shares of units alone, which do not say what is spent on the rest",
            where="merger",
            remedy="give 'revenue_shares', demand='logit', or outside='none'.",
        )
    money = table.units * table.prices
    return np.asarray(money / money.sum())


def _without_outside(shares: Array, given: Assumptions, name: str) -> Array:
    """Shares that leave something to the outside option where it has the rest."""
    if given.outside == "rest" and shares.sum() > 1 - 1e-9 and given.demand != "aids":
        raise refuse(
            expected=f"{name} that leave something of 1 to the outside option",
            found=f"a sum of {shares.sum():.6g}",
            where="merger",
            remedy="say outside='none' if all is inside, 'unknown' if margins are to tell.",
        )
    return shares


def _one_good(table: MergerTable, given: Assumptions) -> tuple[MarketModel, Array]:
    """Cournot or Stackelberg: margins over price are a firm's share over the elasticity."""
    p, spread = float(table.prices.mean()), float(np.ptp(table.prices))
    if spread > 1e-6 * p:
        raise refuse(
            expected="one price, of one good",
            found=f"prices from {table.prices.min():.6g} to {table.prices.max():.6g}",
            where="merger",
            remedy="give the price of the good in each row, or a demand for several products.",
        )
    units = table.units if table.units is not None else table.money
    assert units is not None
    s, names = units / units.sum(), table.firm_names
    absent = [str(name) for name in given.leaders if str(name) not in names]
    stackelberg = given.conduct == "stackelberg"
    if absent or stackelberg != bool(given.leaders):
        raise refuse(
            expected="leaders that are firms of the table" if stackelberg else "no leaders",
            found=", ".join(absent or map(str, given.leaders)) or "none",
            where="leaders",
            remedy="name firms that move first, with conduct='stackelberg'.",
        )
    leads = np.array([firm in {str(name) for name in given.leaders} for firm in table.firms])
    of_firm = np.array([s[table.owner == f].sum() for f in table.owner])
    if given.market_elasticity is not None and not given.market_elasticity < 0:
        raise refuse(
            expected="a market elasticity below 0",
            found=str(given.market_elasticity),
            where="market_elasticity",
            remedy="give the percent by which sales change when the price rises by one percent.",
        )
    rising = np.zeros(len(s)) if table.cost_elasticities is None else table.cost_elasticities
    fitted, x = np.zeros(len(s)), of_firm
    # What a leader passes on moves with the elasticity, and with costs: a few rounds settle it.
    for _ in range(500):
        elasticity = given.market_elasticity or -best_alpha(x, table.margins)
        last, fitted = fitted, x / -elasticity
        if np.abs(fitted - last).max() < 1e-15:
            break
        slopes = rising * (1.0 - fitted) / s
        x = of_firm * _leaders_part(given, slopes, table, s, leads, elasticity)
    d = rising * p * (1.0 - fitted) / s
    costs = p * (1.0 - fitted) - d * s
    marginal = {"marginal": p * (1.0 - fitted)}
    check_costs(marginal, table.prices, table.products, "margins", remedy="correct margins")
    top = np.array(np.inf) if table.capacities is None else table.capacities
    if (s >= top).any():
        raise refuse(
            expected="output below capacity, where margins are those of quantity setters",
            found=f"{table.products[int((s - top).argmax())]} at its capacity",
            where="capacities",
            remedy="leave its capacity blank, or give one that it can still fill.",
        )
    model = OneGoodModel(
        demand=InverseDemand(given.demand.removeprefix("one good, "), p, 1.0, elasticity),
        plants=Plants(costs=costs, cost_slopes=d, capacity=top),
        owner=table.owner,
        leaders=leads,
    )
    return model, fitted


def _leaders_part(
    given: Assumptions, slopes: Array, table: MergerTable, s: Array, leads: Mask, elasticity: float
) -> Array:
    """What of a unit more of a firm the total rises by (J,): less than one where it leads.

    slopes (J,): of marginal costs, over price.
    """
    if not leads.any():
        return np.ones(len(s))
    demand = InverseDemand(given.demand.removeprefix("one good, "), 1.0, 1.0, elasticity)
    followers = [np.flatnonzero(table.owner == f) for f in np.unique(table.owner[~leads])]
    plants = Plants(costs=np.zeros(len(s)), cost_slopes=slopes)
    return np.where(leads, passed_on(demand, plants, followers, s, 1.0), 1.0)
