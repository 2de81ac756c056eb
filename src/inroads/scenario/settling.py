"""From an industry to what it settles on: one equilibrium, or all that many starts lead to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inroads.conduct.capacity import solve_with_capacity
from inroads.conduct.equilibrium import PriceEquilibrium, explain_failure, solve
from inroads.conduct.multiple_equilibria import solve_equilibria
from inroads.errors import ConvergenceError, InputError
from inroads.scenario.industry import Industry
from inroads.scenario.settlement import Settlement
from inroads.solution import Solution, Status


def settle(industry: Industry, certificate: bool, throw: bool) -> Settlement:
    """See `Industry.solve`."""
    way = _limited if np.isfinite(industry.column("capacity")).any() else _free
    try:
        return Settlement(industry, way(industry, certificate, throw))
    except ConvergenceError as error:
        value = error.solution.value
        if not isinstance(value, PriceEquilibrium) or value.certificate is None:
            raise
        said = explain_failure(value, industry.firms, list(industry.offers.index))
        raise ConvergenceError(said, error.solution) from None


def equilibria(industry: Industry) -> tuple[list[Settlement], int]:
    """See `Industry.equilibria`."""
    given = industry.given_wholesale if industry.terms is None else None
    found = solve_equilibria(industry.retail, industry.bargaining, wholesale=given)
    each = [
        Settlement(industry, Solution(e, Status.CONVERGED, e.certificate.residual, 0))
        for e in found.distinct
        if e.certificate is not None
    ]
    return each, found.starts_failed


def _free(industry: Industry, certificate: bool, throw: bool) -> Solution[PriceEquilibrium]:
    return solve(
        industry.retail,
        industry.bargaining,
        start=industry.column("price"),
        wholesale=industry.given_wholesale if industry.terms is None else None,
        certificate=certificate,
        throw=throw,
    )


def _limited(industry: Industry, certificate: bool, throw: bool) -> Solution[PriceEquilibrium]:
    """Beside capacities: as if an offer at its limit cost its shadow price more.

    The certificate is of these costs.
    """
    if industry.terms is not None:
        raise InputError.single(
            expected="capacities, or terms that are bargained over",
            found="both",
            where="offers",
            remedy="drop the column 'capacity', or give wholesale prices without terms.",
        )
    retail, w = industry.retail, industry.given_wholesale
    limits = industry.column("capacity") / industry.size
    found = solve_with_capacity(retail, limits, industry.column("price"), w, throw=throw)
    extra = np.zeros_like(retail.stakes.cost)
    extra[np.maximum(retail.price_setter, 0), np.arange(len(w))] = found.value.shadow_cost
    dearer = replace(retail, stakes=retail.stakes.with_costs(extra))
    settled = solve(
        dearer, start=found.value.prices, wholesale=w, certificate=certificate, throw=throw
    )
    value = replace(
        settled.value, conditions=found.value.conditions, profits=found.value.conditions.profits
    )
    return replace(settled, value=value, residual=found.residual, iterations=found.iterations)
