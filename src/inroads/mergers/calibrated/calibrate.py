"""From a table and two words, demand and conduct, to a calibrated market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.calibration.from_margins.ces import fit_ces
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.overlapping import fit_overlapping
from inroads.calibration.from_margins.slopes import fit_system
from inroads.choice.base import Array
from inroads.conduct.horizontal import BargainingWithBuyers, Conduct, Demand
from inroads.errors import refuse
from inroads.mergers.calibrated.assumptions import Assumptions
from inroads.mergers.calibrated.capacities import at_capacity, cost_margins, within_capacities
from inroads.mergers.calibrated.model import Calibrated, PricedModel
from inroads.mergers.calibrated.one_good import one_good
from inroads.mergers.calibrated.ownership import with_holdings
from inroads.mergers.calibrated.taxes import taxes_of
from inroads.mergers.inputs import MergerTable

_NESTED = ("nested logit", "nested ces")
_SYSTEMS = ("linear", "log-linear", "aids")


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """A demand that was found, and with it: conduct, margins (J,) over price, parameters."""

    demand: Demand
    fitted: Array
    parameters: Mapping[str, float]
    doubts: tuple[str, ...]
    conduct: Conduct


def calibrate(table: MergerTable, given: Assumptions) -> Calibrated:
    """A market from a table.

    Raises InputError where the table does not tell what demand needs.
    """
    p, names = table.prices, table.products
    ownership = with_holdings(table.owner, table.firm_names, given.holdings)
    taxes = taxes_of(given.unit_tax, given.tax_rate, products=names, prices=p)
    if given.one_good:
        return one_good(table, given, ownership, taxes)
    full = at_capacity(table)
    # Of the price that buyers pay; what sellers that sell all they can earn tells no slope.
    untaxed = (p - taxes.unit) / p
    margins = np.where(full, np.nan, table.margins * untaxed)
    owns = taxes.weighed(np.maximum(ownership.owns, given.collusion))
    fit = _fit(table, given, margins, owns)
    wished = fit.fitted / untaxed
    fitted, doubtful = cost_margins(table, full, wished)
    rule = fit.conduct
    if table.capacities is not None:
        rule = within_capacities(table, given.conduct, rule, fit.demand)
    model = PricedModel(
        demand=fit.demand,
        conduct=rule,
        ownership=ownership,
        costs=taxes.net(p) * (1.0 - fitted),
        taxes=taxes,
        collusion=given.collusion,
        parameters=fit.parameters,
        observed=p,
        products=names,
    )
    return Calibrated(model=model, fitted=fitted, doubts=(*fit.doubts, *doubtful))


def _fit(table: MergerTable, given: Assumptions, margins: Array, owns: Array) -> _Fit:
    """Demand from margins (J,) over price, of sellers that count owns (J, J)."""
    p = table.prices
    rule: Any = BargainingWithBuyers if given.seeks_weight else given.rule()
    common: dict[str, Any] = {"conduct": rule, "names": table.products}
    if given.demand in ("ces", "nested ces"):
        ces = fit_ces(
            p,
            _money(table, given),
            margins,
            owns,
            outside=given.outside,  # type: ignore[arg-type]
            market_elasticity=given.market_elasticity,
            **_nesting(table, given),
            **common,
        )
        return _Fit(
            demand=ces.demand,
            fitted=ces.fitted,
            parameters={"gamma": ces.gamma, **_rho(table, given, ces.rho)},
            doubts=ces.doubts,
            conduct=rule,
        )
    if given.demand == "overlapping nests":
        if given.allocation is None:
            raise refuse(
                expected="what part of each product is in each nest",
                found="none",
                where="allocation",
                remedy="give a table with a row a product, rows summing to one.",
            )
        wide = fit_overlapping(
            *(p, _units(table, given), margins, owns),
            allocation=given.allocation,
            rho=given.rho,
            outside=given.outside,  # type: ignore[arg-type]
            **common,
        )
        rhos = {f"rho of nest {k + 1}": float(r) for k, r in enumerate(wide.rho)}
        alike = len(set(rhos.values())) == 1
        return _Fit(
            demand=wide.demand,
            fitted=wide.fitted,
            parameters={"alpha": wide.alpha, **({"rho": float(wide.rho[0])} if alike else rhos)},
            doubts=wide.doubts,
            conduct=rule,
        )
    if given.demand in _SYSTEMS:
        system = fit_system(
            given.demand,  # type: ignore[arg-type]
            *(p, _units(table, given), margins, owns),
            elasticities=given.elasticities,
            diversions=given.diversions,
            market_elasticity=given.market_elasticity,
            outside=given.outside,  # type: ignore[arg-type]
            nests=table.nests if given.rho is not None else None,
            rho=0.0 if given.rho is None else given.rho,
            **common,
        )
        q = system.demand.at_prices(p).shares
        total = float((system.jacobian @ p).sum() / q.sum())
        return _Fit(
            demand=system.demand,
            fitted=system.fitted,
            parameters={"market_elasticity": total},
            doubts=doubts({}, system.fitted, margins, table.products),
            conduct=rule,
        )
    logit = fit_margins(
        p,
        _units(table, given),
        margins,
        owns,
        outside=given.outside,  # type: ignore[arg-type]
        market_elasticity=given.market_elasticity,
        **_nesting(table, given),
        **common,
    )
    parameters = {"alpha": logit.alpha, **_rho(table, given, logit.rho)}
    if given.outside == "unknown":
        parameters["outside_share"] = logit.outside
    if given.seeks_weight:
        assert isinstance(logit.conduct, BargainingWithBuyers)
        parameters["buyer_weight"] = float(logit.conduct.buyer_weight)
    return _Fit(
        demand=logit.buyers,
        fitted=logit.fitted,
        parameters=parameters,
        doubts=logit.doubts,
        conduct=logit.conduct,
    )


def _rho(table: MergerTable, given: Assumptions, rho: Array) -> dict[str, float]:
    """Nesting parameters by name: one, or one a nest where they differ."""
    if given.demand not in _NESTED or table.nests is None:
        return {}
    if len(set(rho.tolist())) == 1 and not isinstance(given.rho, str):
        return {"rho": float(rho[0])}
    return {f"rho of {nest}": float(r) for nest, r in zip(table.nests, rho, strict=True)}


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
