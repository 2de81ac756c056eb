"""Estimation by GMM: logit, nested logit, random coefficients; demand alone or with supply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares, minimize
from threadpoolctl import threadpool_limits

from inroads.choice.model import Array
from inroads.errors import ConvergenceError, InputError
from inroads.fit.blp import Free
from inroads.fit.demand import Demand, Supply, design
from inroads.fit.gmm import (
    Projection,
    covariance,
    efficient_root,
    moment_covariance,
    residuals_of,
    two_stage_root,
)
from inroads.fit.results import Estimate
from inroads.fit.system import NestedRegression, System
from inroads.solution import Solution, Status
from inroads.tables.panel import Panel

#: evaluations so far, objective
Report = Callable[[int, float], None]
# A search has converged when a further step would gain less, relative to the objective's root
# (or to one, where that is smaller): rounding in the objective hides less.
_CLOSE = 1e-5
_GAUSS_NEWTON = 25
# A residual so large that no search keeps the step that led there.
_REFUSED = 1e6


def estimate(
    demand: Demand,
    panel: Panel,
    *,
    supply: Supply | None = None,
    start: Mapping[str, Any] | None = None,
    steps: int = 2,
    starts: int = 1,
    clustered: bool = False,
    update_first: bool = False,
    seed: int = 0,
    report: Report = lambda *_: None,
) -> Estimate:
    """Demand, or demand and supply, by GMM (Berry, Levinsohn and Pakes 1995).

    start: {"sigma": (K2, K2) or its diagonal, "pi": (K2, D), "prices": number}; entries that are
    zero stay zero; the coefficient of prices in `linear` is searched only beside supply. steps: 1
    weighs moments as two-stage least squares does, 2 updates the weights once, from centred robust
    (or, with clustered=True, by clustering_ids) moments; update_first updates them at the start
    already. starts: how many points the search begins at, the given one and random ones around it;
    what each of them finds is kept. Linear parameters are concentrated out.

    Raises InputError for what is wrong in formulas or tables. A search that ends short of its
    tolerance gives an Estimate whose `converged` is False.
    """
    if demand.random and not start:
        raise InputError.single(
            expected="start={'sigma': ..., 'pi': ...} for the random coefficients",
            found="none",
            where="estimate",
            remedy="give a value for each entry that is to be estimated.",
        )
    given = start or {}
    arrays = design(demand, panel, supply)
    prices = given.get("prices")
    if arrays.searches_prices != (prices is not None):
        raise InputError.single(
            expected="start={'prices': ...} beside supply and prices in `linear`, only there",
            found="none" if prices is None else f"{prices} where it is not searched",
            where="estimate",
            remedy="give a value to start from, -1.0 say, or take it out.",
        )
    free = Free.of(arrays, given.get("sigma"), given.get("pi"), prices)
    clusters = _clusters(panel) if clustered else None
    with threadpool_limits(1):
        system = NestedRegression(arrays, panel) if demand.nested else System(arrays, panel, free)
        rng = np.random.default_rng(seed)
        theta, optima = system.start, np.zeros(0)
        L = two_stage_root(system.equations)
        if update_first:
            L = efficient_root(_found(system, L, theta, clusters)[1])
        for step in range(steps):
            tries = [theta]
            if step == 0:
                around = [rng.uniform(0.3, 1.7, size=theta.size) for _ in range(starts - 1)]
                tries += [theta * factor for factor in around]
            ended = [_search(system, L, t, report) for t in tries]
            if step == 0:
                optima = np.sort([objective for _, objective in ended])
            solution = min(ended, key=lambda one: one[1])[0]
            theta = solution.value
            projection, S, y = _found(system, L, theta, clusters)
            objective = float(np.sum(projection.residual(y) ** 2))
            if step < steps - 1:
                L = efficient_root(S)
        V = covariance(projection, system.slopes(theta), S)
    return Estimate.of(
        demand, panel, arrays, system, solution, projection.beta(y), V, objective, optima, steps
    )


def _found(
    system: System | NestedRegression, L: Array, theta: Array, clusters: Array | None
) -> tuple[Projection, Array, list[Array]]:
    """At theta: the projection, the covariance of moments there, and y of each equation."""
    projection = Projection(system.equations, L)
    y = system.at(theta)
    residuals = residuals_of(system.equations, y, projection.beta(y))
    return projection, moment_covariance(system.equations, residuals, clusters), y


def _search(
    system: System | NestedRegression, L: Array, start: Array, report: Report
) -> tuple[Solution[Array], float]:
    """Gauss-Newton on r(theta), then BFGS from its Hessian where r is too large for that to end."""
    projection = Projection(system.equations, L)
    count = 0

    def attempt(theta: Array) -> Array | None:
        """r(theta), or None where theta is outside the domain: the start alone must be inside."""
        nonlocal count
        count += 1
        try:
            r = projection.residual(system.at(theta))
        except (ConvergenceError, InputError):
            if count == 1:
                raise
            return None
        report(count, float(r @ r))
        return r

    def residual(theta: Array) -> Array:
        r = attempt(theta)
        return np.full(L.shape[1], _REFUSED) if r is None else r

    def jacobian(theta: Array) -> Array:
        return projection.residual(system.slopes(theta))

    def objective(theta: Array) -> tuple[float, Array]:
        r = attempt(theta)
        if r is None:
            return np.inf, np.zeros(len(theta))
        return float(r @ r), 2 * jacobian(theta).T @ r

    def left(theta: Array) -> tuple[float, Array]:
        """What a further Gauss-Newton step gains, relative to the objective's root; J there."""
        J, r = jacobian(theta), projection.residual(system.at(theta))
        gain = float(np.linalg.norm(J @ np.linalg.lstsq(J, r, rcond=None)[0]))
        return gain / max(1.0, float(np.linalg.norm(r))), J

    if not start.size:
        r = residual(start)
        return Solution(start, Status.CONVERGED, 0.0, 1), float(r @ r)
    theta = least_squares(
        residual,
        start,
        jacobian,
        x_scale="jac",
        ftol=None,
        xtol=1e-9,
        gtol=1e-9,
        max_nfev=_GAUSS_NEWTON,
    ).x
    gain, J = left(theta)
    if gain > _CLOSE:
        H = np.linalg.pinv(2 * J.T @ J, hermitian=True)
        options: Any = {"hess_inv0": (H + H.T) / 2, "gtol": 0.0, "maxiter": 300, "xrtol": 1e-9}
        theta = minimize(objective, theta, jac=True, method="BFGS", options=options).x
        gain, _ = left(theta)
    status = Status.CONVERGED if gain < _CLOSE else Status.STALLED
    r = projection.residual(system.at(theta))
    return Solution(theta, status, gain, count), float(r @ r)


def _clusters(panel: Panel) -> Array:
    if "clustering_ids" not in panel.products:
        raise InputError.single(
            expected="a column 'clustering_ids'",
            found="none",
            where="products",
            remedy="add it, or leave out clustered=True.",
        )
    return np.asarray(pd.factorize(panel.products["clustering_ids"])[0])
