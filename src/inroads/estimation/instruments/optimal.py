"""Feasible optimal instruments: what theta does to xi and omega where these are zero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.formula_columns import (
    formula_matrix,
    mentions,
    mentions_any,
)
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.instruments.appending import append_instruments
from inroads.estimation.markets.costs import Pricing, bundles_of
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


def optimal_instruments(estimate: Estimate, prices: ArrayLike | None = None) -> Panel:
    """The estimate's panel with approximately optimal instruments in place of all others.

    Chamberlain's (1987) instruments are the expected derivatives of (xi, omega) in the parameters,
    weighted by the inverse of the errors' covariance; approximately, the derivatives are taken
    where xi and omega are zero and prices are as expected. Estimate again with the panel: there are
    as many moments as parameters, or a few more beside supply.

    Parameters
    ----------
    estimate : Estimate
        Of a first step, say.
    prices : (N,) array, optional
        Expected prices. Unless given: beside supply, the equilibrium at xi = omega = 0; otherwise
        (and in markets without a supply side) what demand's instruments and exogenous columns say
        of prices by least squares.

    Returns
    -------
    Panel
        With demand_instruments0..., one for each parameter that is searched (and rho of a nested
        logit), each column of `linear` with prices at expected prices where its coefficient is not
        searched, and beside supply what moves costs but not utility; supply_instruments0...
        likewise, with what moves utility but not costs.

    Raises
    ------
    InputError
        For prices that do not fit.
    ConvergenceError
        Where equilibrium prices are not found.

    References
    ----------
    Chamberlain, G. (1987), Asymptotic efficiency in estimation with conditional moment
    restrictions, Journal of Econometrics 34(3).
    Berry, S., Levinsohn, J. and Pakes, A. (1999), Voluntary export restraints on automobiles,
    American Economic Review 89(3).
    Reynaert, M. and Verboven, F. (2014), Improving the performance of random coefficients demand
    models, Journal of Econometrics 179(1).
    Conlon, C. and Gortmaker, J. (2020), Best practices for differentiated products demand
    estimation with PyBLP, RAND Journal of Economics 51(4).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> rng = np.random.default_rng(0)
    >>> cost, xi = rng.uniform(1, 2, 300), rng.normal(0, 0.1, 300)
    >>> odds = np.exp(1 - 2 * (cost + xi) + xi)
    >>> products = pd.DataFrame({
    ...     "market_ids": np.arange(300), "prices": cost + xi, "shares": odds / (1 + odds),
    ...     "demand_instruments0": cost,
    ... })
    >>> demand = ir.Demand("1 + prices")
    >>> panel = ir.optimal_instruments(ir.estimate(demand, ir.read_panel(products)))
    >>> round(float(ir.estimate(demand, panel).params["prices"]), 1)
    -2.0
    """
    with one_blas_thread():
        expected = _expected_prices(estimate, prices)
        return _with_optimal_instruments(estimate, expected)


def _expected_prices(e: Estimate, supplied_prices: ArrayLike | None) -> Array:
    """Prices (N,) as they are expected from what is exogenous."""
    observed = e.panel.products["prices"].to_numpy(float)
    if supplied_prices is not None:
        prices = np.asarray(e.panel.in_order(supplied_prices), dtype=float)
        if prices.shape != observed.shape or not np.isfinite(prices).all():
            raise refuse(
                expected=f"{len(observed)} expected prices, one a product",
                found=f"shape {prices.shape}" if prices.shape != observed.shape else "no number",
                where="prices",
                remedy="give a number for each product, in the order of the panel.",
            )
        return prices
    residual = e.design.without_fixed_effects(observed)
    basis = np.linalg.qr(e.design.Z)[0]
    projected = basis @ (basis.T @ residual)
    prices = np.asarray(projected + observed - residual)
    supply = e.design.supply
    if supply is not None:
        supply.require_no_effects("optimal_instruments")
    # Costs that hang on shares have no price of their own: the regression serves, as in PyBLP.
    if supply is not None and not mentions(supply.costs, "shares"):
        rows, costs = e.design.supplied, e.fitted.costs()
        costs[rows] = _expected_costs(e)[rows]
        without_xi = replace(e.fitted, delta=e.delta - e.xi)
        prices[rows] = without_xi.prices(costs=costs)[rows]
    return prices


def _expected_costs(e: Estimate) -> Array:
    """Marginal costs (N,) without omega; nan for products without a supply side."""
    supply, rows = e.design.supply, e.design.supplied
    assert supply is not None
    costs = np.full(len(e.panel), np.nan)
    expected = supply.transform(e.costs[rows])[0] - e.omega[rows]
    costs[rows] = np.exp(expected) if supply.log else expected
    return costs


def _with_optimal_instruments(e: Estimate, prices: Array) -> Panel:
    """The panel with instruments taken at expected prices (N,)."""
    products = e.panel.products
    moved = products.assign(prices=prices)
    X1, names = formula_matrix(e.demand.linear, products)
    expected_X1 = _reapplied(e.demand.linear, products, moved)
    design = replace(e.design, X2=_reapplied(e.demand.random, products, moved))
    delta = e.delta - e.xi + (expected_X1 - X1) @ e.params[list(names)].to_numpy()
    layout, theta = _searched(e)
    mean_utilities = MeanUtilities(design, replace(e.panel, products=moved), layout)
    panel_state = mean_utilities.state_at(theta, delta)
    dxi = mean_utilities.derivative(panel_state).slope
    assert dxi is not None
    shares = np.zeros(len(products))
    for state in panel_state.states:
        shares[state.stack.products] = np.matmul(state.P, state.stack.w[..., None])[..., 0]
    searched = layout.names(design)
    others = [
        n for n in names if mentions_any(n, e.demand.endogenous) and not mentions(n, "prices")
    ]
    if others:
        raise refuse(
            expected="prices as the only endogenous column: of these alone it is known what they "
            "are at xi = 0",
            found=others[0],
            where="optimal_instruments",
            remedy="give instruments of your own.",
        )
    endogenous = [n for n in names if mentions(n, "prices")]
    exogenous = pd.DataFrame(X1, products.index, list(names)).drop(columns=endogenous)
    if e.design.supply is None:
        demand_side = pd.DataFrame(dxi / np.var(e.xi), products.index, searched)
        for n in endogenous:
            demand_side[f"expected {n}"] = expected_X1[:, names.index(n)]
        return append_instruments(e.panel, demand_side, "demand", replacing=True)
    domega = _cost_slopes(e, design, panel_state.states, dxi, shares=shares)
    if e.design.searches_prices:
        dxi[:, 0] -= prices
    rows = e.design.supplied
    inverse = np.linalg.inv(np.cov(e.xi[rows], e.omega[rows]))
    both = np.stack([dxi, domega], axis=1)
    demand_side, supply_side = (
        pd.DataFrame(inverse[k] @ both, products.index, searched) for k in range(2)
    )
    supply_side[~rows] = 0.0
    shifters = _cost_columns(e, products.assign(shares=shares))
    for name in shifters.columns.difference(exogenous.columns, sort=False):
        table = supply_side if mentions(name, "shares") else demand_side
        table[name] = shifters[name]
    for name in exogenous.columns.difference([*shifters.columns, "1"], sort=False):
        supply_side[name] = np.where(rows, exogenous[name], 0.0)
    with_demand = append_instruments(e.panel, demand_side, "demand", replacing=True)
    return append_instruments(with_demand, supply_side, "supply", replacing=True)


def _searched(e: Estimate) -> tuple[ParameterLayout, Array]:
    """What is searched, rho of a nested logit beside it, and the estimate of it."""
    layout = e.layout
    rho = e.params[rho_names(len(e.design.nests))].to_numpy(float)
    theta = e.params.to_numpy(float)[len(e.params) - layout.start.size :]
    if len(rho) and not len(layout.rho):
        return replace(layout, rho=rho), np.concatenate([theta, rho])
    return layout, theta


def _cost_slopes(
    e: Estimate, design: Design, states: tuple[MarketState, ...], ddelta: Array, *, shares: Array
) -> Array:
    """df(c)/dtheta (N, P), where costs are without omega; zero for products without supply."""
    assert design.supply is not None
    dcosts = np.zeros(ddelta.shape)
    price = float(e.params["prices"]) if design.searches_prices else 0.0
    for state in states:
        p, bundles = state.stack.products, bundles_of(design, state.stack, len(shares))
        if bundles is not None:
            at_shares = replace(state, stack=replace(state.stack, S=shares[p]))
            pricing = Pricing.at(at_shares, design, price, bundles)
            dcosts[p] = pricing.cost_slopes(ddelta[p])
    if design.supply.log:
        dcosts[design.supplied] /= _expected_costs(e)[design.supplied, None]
    return dcosts


def _cost_columns(e: Estimate, products: pd.DataFrame) -> pd.DataFrame:
    """Columns of the cost formula but the intercept, zero for products without a supply side."""
    supply, rows = e.design.supply, e.design.supplied
    assert supply is not None
    observed = e.panel.products[rows]
    _, names = formula_matrix(supply.costs, observed)
    values = np.zeros((len(products), len(names)))
    values[rows] = _reapplied(supply.costs, observed, products[rows])
    return pd.DataFrame(values, products.index, list(names)).drop(columns="1", errors="ignore")


def _reapplied(formula: str | None, observed: pd.DataFrame, moved: pd.DataFrame) -> Array:
    """The columns of a formula fixed on the rows observed, for other values in these rows."""
    if formula is None:
        return np.zeros((len(moved), 0))
    return np.asarray(apply(design_matrix(formula, observed)[1], moved), dtype=float)
