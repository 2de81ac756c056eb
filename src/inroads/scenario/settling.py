"""From an industry to what it settles on: one equilibrium, or all that many starts lead to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inroads.conduct.capacity import solve_limited
from inroads.conduct.equilibrium import Equilibrium, refusal, solve
from inroads.conduct.multiple import solve_equilibria
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
        if not isinstance(value, Equilibrium) or value.certificate is None:
            raise
        said = refusal(value, industry.firms, list(industry.offers.index))
        raise ConvergenceError(said, error.solution) from None


def equilibria(industry: Industry) -> tuple[list[Settlement], int]:
    """See `Industry.equilibria`."""
    given = industry.given_wholesale if industry.terms is None else None
    found = solve_equilibria(industry.retail, industry.bargaining, wholesale=given)
    each = [
        Settlement(industry, Solution(e, Status.CONVERGED, e.certificate.residual, 0))
        for e in found.found
        if e.certificate is not None
    ]
    return each, found.lost


def _free(industry: Industry, certificate: bool, throw: bool) -> Solution[Equilibrium]:
    return solve(
        industry.retail,
        industry.bargaining,
        start=industry.column("price"),
        wholesale=industry.given_wholesale if industry.terms is None else None,
        certificate=certificate,
        throw=throw,
    )


def _limited(industry: Industry, certificate: bool, throw: bool) -> Solution[Equilibrium]:
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
    found = solve_limited(retail, limits, industry.column("price"), w, throw=throw)
    extra = np.zeros_like(retail.stakes.cost)
    extra[np.maximum(retail.setter, 0), np.arange(len(w))] = found.value.shadow
    dearer = replace(retail, stakes=retail.stakes.with_costs(extra))
    settled = solve(
        dearer, start=found.value.prices, wholesale=w, certificate=certificate, throw=throw
    )
    value = replace(settled.value, at=found.value.at, profits=found.value.at.profits)
    return replace(settled, value=value, residual=found.residual, iterations=found.iterations)
