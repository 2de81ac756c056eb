"""From a table and two words, demand and conduct, to a calibrated market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.ces import fit_ces
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.overlapping import fit_overlapping
from inroads.calibration.from_margins.slopes import fit_system
from inroads.choice.base import Array
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    Colluding,
    Conduct,
    Demand,
    PostedPrices,
    QuantitySetting,
    SecondScore,
)
from inroads.errors import one_of, refuse
from inroads.mergers.inputs import MergerTable
from inroads.mergers.model import MarketModel, PricedModel
from inroads.mergers.one_good import one_good

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
_LOGITS = ("logit", "nested logit")
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
    collusion: float = 0.0
    collusion_after: float | None = None

    def __post_init__(self) -> None:
        one_of("demand", self.demand, *DEMANDS)
        one_of("conduct", self.conduct, *CONDUCTS)
        one_of("outside", self.outside, "rest", "none", "unknown")
        for weight in (self.collusion, self.collusion_after or 0.0):
            if not 0 <= weight <= 1 or (weight and self.conduct not in ("bertrand", "cournot")):
                raise refuse(
                    expected="a part of others' profits from 0 to 1, under Bertrand or Cournot",
                    found=f"{weight} with {self.conduct}",
                    where="collusion",
                    remedy="leave it at 0 for other conducts.",
                )
        is_one_good = self.demand.startswith("one good")
        if (self.conduct == "stackelberg" and not is_one_good) or (
            is_one_good and self.conduct not in ("cournot", "stackelberg")
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
                remedy="give 0.5 for equal weights; of bargaining over posted prices with logit or "
                "nested logit, margins may tell it.",
            )
        bargains = given.conduct == "bargaining"
        return BargainingWithBuyers(weight) if bargains else BargainingInAuction(weight)
    if given.conduct == "second score":
        return SecondScore()
    return PostedPrices() if given.conduct == "bertrand" else QuantitySetting()


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """The market, fitted margins (J,) as fractions of price, and what is doubtful about them."""

    model: MarketModel
    fitted: Array
    doubts: tuple[str, ...]


def calibrate(table: MergerTable, given: Assumptions) -> Calibrated:
    """A market from a table.

    Raises InputError where the table does not tell what demand needs.
    """
    if given.demand.startswith("one good"):
        good, at_margins = one_good(
            table,
            given.demand.removeprefix("one good, "),
            given.market_elasticity,
            given.leaders,
            stackelberg=given.conduct == "stackelberg",
        )
        doubtful = doubts({}, at_margins, table.margins, table.products)
        return Calibrated(model=good, fitted=at_margins, doubts=doubtful)
    p, m = table.prices, table.margins
    if given.conduct == "bargaining" and given.buyer_weight is None and given.demand in _LOGITS:
        return _with_weight(table, given)
    rule = conduct_of(given)
    if given.collusion:
        rule = Colluding(rule, given.collusion)
    common: dict[str, Any] = {"conduct": rule, "names": table.products}
    demand: Any
    if given.demand in ("ces", "nested ces"):
        r = _money(table, given)
        ces = fit_ces(
            p,
            r,
            m,
            table.firms,
            outside=given.outside,  # type: ignore[arg-type]
            market_elasticity=given.market_elasticity,
            **_nesting(table, given),
            **common,
        )
        demand, costs, fitted, doubtful = ces.demand, ces.costs, ces.fitted, ces.doubts
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
        demand, costs, fitted, doubtful = wide.demand, wide.costs, wide.fitted, wide.doubts
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
        doubtful = doubts({}, fitted, m, table.products)
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
        demand, costs, fitted, doubtful = logit.buyers, logit.costs, logit.fitted, logit.doubts
    if table.capacities is not None:
        rule = _within_capacities(table, given, rule, demand)
    model = PricedModel(
        demand=demand,
        conduct=rule,
        owner=table.owner,
        costs=costs,
        prices=p,
        products=table.products,
    )
    return Calibrated(model=model, fitted=fitted, doubts=doubtful)


def _with_weight(table: MergerTable, given: Assumptions) -> Calibrated:
    """The market where margins tell buyers' weight too."""
    fit = fit_margins(
        table.prices,
        _units(table, given),
        table.margins,
        table.firms,
        outside=given.outside,  # type: ignore[arg-type]
        market_elasticity=given.market_elasticity,
        conduct=BargainingWithBuyers,
        names=table.products,
        **_nesting(table, given),
    )
    model = PricedModel(
        demand=fit.buyers,
        conduct=fit.conduct,
        owner=table.owner,
        costs=fit.costs,
        prices=table.prices,
        products=table.products,
    )
    return Calibrated(model=model, fitted=fit.fitted, doubts=fit.doubts)


def _within_capacities(
    table: MergerTable, given: Assumptions, rule: Conduct, demand: Demand
) -> Conduct:
    """Posted prices that keep quantities within capacities, none of which is reached as it is."""
    assert table.capacities is not None
    if given.conduct != "bertrand" or given.collusion or given.collusion_after:
        raise refuse(
            expected="capacities under Bertrand without collusion, or of one good",
            found=given.conduct + (" with collusion" if given.collusion else ""),
            where="capacities",
            remedy="leave the column out.",
        )
    q = demand.at_prices(table.prices).shares
    limits = table.capacities * q.sum()
    if (q >= limits * (1 - 1e-9)).any():
        raise refuse(
            expected="quantities below capacity, where margins are those of free prices",
            found=f"{table.products[int((q - limits).argmax())]} at its capacity",
            where="capacities",
            remedy="leave its capacity blank, or give one that it can still fill.",
        )
    return PostedPrices(limits)


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
