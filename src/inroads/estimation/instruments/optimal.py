"""Feasible optimal instruments: what theta does to xi and omega where these are zero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.formula_columns import matrix, names_column
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import Free, rho_names
from inroads.estimation.instruments.appending import append_instruments
from inroads.estimation.markets.costs import Pricing, apart
from inroads.estimation.markets.market_state import Here
from inroads.estimation.markets.mean_utilities import Markets
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.panel import Panel
from inroads.threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


def optimal_instruments(estimate: Estimate, prices: ArrayLike | None = None) -> Panel:
    """The estimate's panel with approximately optimal instruments in place of all others.

    Chamberlain's (1987) instruments are the expected derivatives of (xi, omega) in the parameters,
    weighted by the inverse of the errors' covariance; approximately, the derivatives are taken
    where xi and omega are zero and prices are as expected (Berry, Levinsohn and Pakes 1999;
    Reynaert and Verboven 2014; Conlon and Gortmaker 2020). Expected prices are `prices` (N,) if
    given; beside supply, the equilibrium at xi = omega = 0; otherwise (and in markets without a
    supply side) what demand's instruments and exogenous columns say of prices by least squares.

    The columns are: demand_instruments0..., one for each parameter that is searched (and rho of a
    nested logit), each column of `linear` with prices at expected prices where its coefficient is
    not searched, and beside supply what moves costs but not utility; supply_instruments0...
    likewise, with what moves utility but not costs. Estimate again with the panel: there are as
    many moments as parameters, or a few more beside supply.

    Raises InputError for prices that do not fit; ConvergenceError where equilibrium prices are not
    found.
    """
    with one_blas_thread():
        expected = _expected_prices(estimate, prices)
        return _replaced(estimate, expected)


def _expected_prices(e: Estimate, given: ArrayLike | None) -> Array:
    """Prices (N,) as they are expected from what is exogenous."""
    seen = e.panel.products["prices"].to_numpy(float)
    if given is not None:
        prices = np.asarray(e.panel.in_order(given), dtype=float)
        if prices.shape != seen.shape or not np.isfinite(prices).all():
            raise InputError.single(
                expected=f"{len(seen)} expected prices, one a product",
                found=f"shape {prices.shape}" if prices.shape != seen.shape else "no number",
                where="prices",
                remedy="give a number for each product, in the order of the panel.",
            )
        return prices
    within = e.design.within(seen)
    basis = np.linalg.qr(e.design.Z)[0]
    fitted = basis @ (basis.T @ within)
    prices = np.asarray(fitted + seen - within)
    supply = e.design.supply
    # Costs that hang on shares have no price of their own: the regression serves, as in PyBLP.
    if supply is not None and not names_column(supply.costs, "shares"):
        rows, costs = e.design.supplied, e.after.costs()
        costs[rows] = _expected_costs(e)[rows]
        there = replace(e.after, delta=e.delta - e.xi)
        prices[rows] = there.prices(costs=costs)[rows]
    return prices


def _expected_costs(e: Estimate) -> Array:
    """Marginal costs (N,) without omega; nan for products without a supply side."""
    supply, rows = e.design.supply, e.design.supplied
    assert supply is not None
    costs = np.full(len(e.panel), np.nan)
    expected = supply.transform(e.costs[rows])[0] - e.omega[rows]
    costs[rows] = np.exp(expected) if supply.log else expected
    return costs


def _replaced(e: Estimate, prices: Array) -> Panel:
    """The panel with instruments made at expected prices (N,)."""
    products = e.panel.products
    moved = products.assign(prices=prices)
    X1, names = matrix(e.demand.linear, products)
    expected_X1 = _again(e.demand.linear, products, moved)
    design = replace(e.design, X2=_again(e.demand.random, products, moved))
    delta = e.delta - e.xi + (expected_X1 - X1) @ e.params[list(names)].to_numpy()
    free, theta = _searched(e)
    markets = Markets(design, replace(e.panel, products=moved), free)
    here = markets.here(theta, delta)
    in_xi = markets.derivative(theta, delta, here)
    shares = np.zeros(len(products))
    for now in here:
        shares[now.part.products] = np.matmul(now.P, now.part.w[..., None])[..., 0]
    searched = free.names(design)
    endogenous = [n for n in names if names_column(n, "prices")]
    exogenous = pd.DataFrame(X1, products.index, list(names)).drop(columns=endogenous)
    if e.design.supply is None:
        made = pd.DataFrame(in_xi / np.var(e.xi), products.index, searched)
        for n in endogenous:
            made[f"expected {n}"] = expected_X1[:, names.index(n)]
        return append_instruments(e.panel, made, "demand", replacing=True)
    in_omega = _cost_slopes(e, design, here, in_xi, shares)
    if e.design.searches_prices:
        in_xi[:, 0] -= prices
    rows = e.design.supplied
    inverse = np.linalg.inv(np.cov(e.xi[rows], e.omega[rows]))
    both = np.stack([in_xi, in_omega], axis=1)
    made, made_of_costs = (
        pd.DataFrame(inverse[k] @ both, products.index, searched) for k in range(2)
    )
    made_of_costs[~rows] = 0.0
    shifters = _cost_columns(e, products.assign(shares=shares))
    for name in shifters.columns.difference(exogenous.columns, sort=False):
        side = made_of_costs if names_column(name, "shares") else made
        side[name] = shifters[name]
    for name in exogenous.columns.difference([*shifters.columns, "1"], sort=False):
        made_of_costs[name] = np.where(rows, exogenous[name], 0.0)
    found = append_instruments(e.panel, made, "demand", replacing=True)
    return append_instruments(found, made_of_costs, "supply", replacing=True)


def _searched(e: Estimate) -> tuple[Free, Array]:
    """What is searched, rho of a nested logit beside it, and where it ended."""
    free = e.free
    rho = e.params[rho_names(len(e.design.nests))].to_numpy(float)
    ended = e.params.to_numpy(float)[len(e.params) - free.start.size :]
    if len(rho) and not len(free.rho):
        return replace(free, rho=rho), np.concatenate([ended, rho])
    return free, ended


def _cost_slopes(
    e: Estimate, design: Design, here: list[Here], ddelta: Array, shares: Array
) -> Array:
    """df(c)/dtheta (N, P), where costs are without omega; zero for products without supply."""
    assert design.supply is not None
    out = np.zeros(ddelta.shape)
    common = float(e.params["prices"]) if design.searches_prices else 0.0
    for now in here:
        p, tied = now.part.products, apart(design, now.part, len(shares))
        if tied is not None:
            there = replace(now, part=replace(now.part, S=shares[p]))
            pricing = Pricing.at(there, design, common, tied)
            out[p] = pricing.slopes_of_costs(ddelta[p])
    if design.supply.log:
        out[design.supplied] /= _expected_costs(e)[design.supplied, None]
    return out


def _cost_columns(e: Estimate, products: pd.DataFrame) -> pd.DataFrame:
    """Columns of the cost formula but the intercept, zero for products without a supply side."""
    supply, rows = e.design.supply, e.design.supplied
    assert supply is not None
    seen = e.panel.products[rows]
    _, names = matrix(supply.costs, seen)
    values = np.zeros((len(products), len(names)))
    values[rows] = _again(supply.costs, seen, products[rows])
    return pd.DataFrame(values, products.index, list(names)).drop(columns="1", errors="ignore")


def _again(formula: str | None, seen: pd.DataFrame, moved: pd.DataFrame) -> Array:
    """The columns of a formula fixed on the rows seen, for other values in these rows."""
    if formula is None:
        return np.zeros((len(moved), 0))
    return np.asarray(apply(design_matrix(formula, seen)[1], moved), dtype=float)
