"""Worked example: a new demand model, a class of its own in `choice/`.

Agents differ in how sharply they choose: the errors of agent i have the scale sigma_i (Fiebig,
Keane, Louviere and Wasi 2010), so P_ij is logit at u_ij / sigma_i and the inclusive value is
sigma_i log(exp(u_i0 / sigma_i) + sum_k exp(u_ik / sigma_i)). A model states probabilities,
inclusive values and the kernel with its derivatives (`choice/base.py`); inversion and pricing then
take it as it is. Every derivative is tested against differences, and the whole against logit with
utilities divided by sigma_i beforehand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from inroads.choice import Logit, invert, shares, surplus
from inroads.choice.base import ALL, Array, DemandCurve, Index, demand_of
from inroads.conduct.equilibrium import solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import integrated_stakes

LOGIT = Logit()


@dataclass(frozen=True)
class ScaledLogit:
    """Logit with errors of scale sigma (I,). The kernel has 1/sigma once, its derivative twice."""

    sigma: Array

    def evaluate(self, utility: Array, outside: Array | float = 0.0) -> tuple[Array, Array]:
        P, inclusive = LOGIT.evaluate(utility / self.sigma, np.asarray(outside) / self.sigma)
        return P, self.sigma * inclusive

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        return lambda delta: demand_of(self, delta[..., None] + mu, weights, outside)

    def kernel(self, P: Array, c: Array) -> Array:
        return LOGIT.kernel(P, c / self.sigma)

    def own_slope(self, P: Array, c: Array) -> Array:
        return LOGIT.own_slope(P, c / self.sigma)

    def along(self, P: Array, du: Array, rows: slice | Index = ALL) -> Array:
        return LOGIT.along(P, du / self.sigma, rows)

    def kernel_along(
        self, P: Array, c: Array, du: Array, left: Array | None = None, rows: slice | Index = ALL
    ) -> Array:
        return LOGIT.kernel_along(P, c / self.sigma**2, du, left, rows=rows)

    def kernel_along_own(self, P: Array, c: Array, m: Array, left: Array | None = None) -> Array:
        return LOGIT.kernel_along_own(P, c / self.sigma**2, m, left)


J, I = 5, 4
RNG = np.random.default_rng(2)
MODEL = ScaledLogit(np.array([0.4, 0.8, 1.0, 2.5]))
UTILITY = RNG.normal(size=(J, I)) + np.where(np.eye(J, I, k=-2) > 0, -np.inf, 0.0)
OUTSIDE, WEIGHTS = RNG.normal(size=I), RNG.dirichlet(np.ones(I))
MONEY = RNG.uniform(0.5, 2.0, size=(J, I))


def probabilities(utility: Array) -> Array:
    return MODEL.evaluate(utility, OUTSIDE)[0]


def differences(f: Callable[[Array], Array], h: float = 1e-5) -> Array:
    """Central differences of f in mean utilities, the last axis."""
    steps = h * np.eye(J)
    return np.stack([(f(step) - f(-step)) / (2 * h) for step in steps], axis=-1)


def test_shares_are_the_gradient_of_surplus_and_the_kernel_is_their_jacobian() -> None:
    P = probabilities(UTILITY)

    def surplus_at(delta: Array) -> Array:
        return np.asarray(surplus(MODEL.evaluate(UTILITY + delta[:, None], OUTSIDE)[1], WEIGHTS))

    def shares_at(delta: Array) -> Array:
        return shares(probabilities(UTILITY + delta[:, None]), WEIGHTS)

    np.testing.assert_allclose(shares(P, WEIGHTS), differences(surplus_at), atol=1e-9)
    np.testing.assert_allclose(MODEL.kernel(P, WEIGHTS), differences(shares_at), atol=1e-9)


def test_probabilities_and_kernel_along_a_direction() -> None:
    P, du, h = probabilities(UTILITY), RNG.normal(size=(J, I)), 1e-5
    m = RNG.normal(size=(J, J))

    def along(f: Callable[[Array], Array], direction: Array) -> Array:
        ahead, behind = (probabilities(UTILITY + t * direction) for t in (h, -h))
        return (f(ahead) - f(behind)) / (2 * h)

    np.testing.assert_allclose(MODEL.along(P, du), along(lambda x: x, du), atol=1e-9)
    for c in (WEIGHTS, WEIGHTS * MONEY):

        def kernel(x: Array, c: Array = c) -> Array:
            return MODEL.kernel(x, c)

        slope = along(kernel, du)
        np.testing.assert_allclose(MODEL.kernel_along(P, c, du), slope, atol=1e-9)
        rows = np.array([0, 3])
        np.testing.assert_allclose(MODEL.kernel_along(P, c, du, rows=rows), slope[rows], atol=1e-9)
        by_row = [along(kernel, np.tile(m[j][:, None], I))[j] for j in range(J)]
        np.testing.assert_allclose(MODEL.kernel_along_own(P, c, m), by_row, atol=1e-9)


def test_mean_utilities_come_back_from_shares() -> None:
    delta = RNG.normal(size=J)
    S = shares(probabilities(delta[:, None] + UTILITY), WEIGHTS)
    inverted = invert(S, UTILITY, WEIGHTS, outside=OUTSIDE, model=MODEL).unwrap()
    np.testing.assert_allclose(inverted, delta, rtol=1e-10)


@pytest.mark.parametrize("alpha", [MONEY[0], MONEY])
def test_firms_price_as_they_do_before_the_same_choices_written_as_logit(alpha: Array) -> None:
    stakes = integrated_stakes(np.array([0, 0, 1, 1, 2]), np.linspace(0.4, 0.8, J))
    demands = {
        "scaled": PricedDemand(
            utility=UTILITY, alpha=alpha, weights=WEIGHTS, outside=OUTSIDE, model=MODEL
        ),
        "logit": PricedDemand(
            utility=UTILITY / MODEL.sigma,
            alpha=alpha / MODEL.sigma,
            weights=WEIGHTS,
            outside=OUTSIDE / MODEL.sigma,
        ),
    }
    prices = {
        name: solve(Retail(demand, stakes, np.array([0, 0, 1, 1, 2])), start=np.full(J, 2.0))
        for name, demand in demands.items()
    }
    assert prices["scaled"].value.certificate is not None
    assert prices["scaled"].value.certificate.is_equilibrium()
    np.testing.assert_allclose(
        prices["scaled"].value.prices, prices["logit"].value.prices, rtol=1e-9
    )
