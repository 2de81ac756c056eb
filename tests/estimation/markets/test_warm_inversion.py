"""Mean utilities from nearby: in few steps, and these are Broyden's."""

import numpy as np
import pytest

from inroads.choice import Logit
from inroads.estimation.markets.warm_inversion import invert_from
from inroads.numerics.stacked_factor import StackedFactor

J, AGENTS = 6, 30


class Markets:
    """Stacked markets whose mean utilities are known, and the factor of their Jacobian nearby."""

    def __init__(self, count=3, tastes=1.0):
        rng = np.random.default_rng(4)
        mu = tastes * rng.normal(size=(count, J, AGENTS))
        weights = rng.dirichlet(np.ones(AGENTS), size=count)
        self.curve = Logit().demand(mu, weights, np.zeros((count, AGENTS)))
        self.delta = rng.normal(-1, 1, (count, J))
        self.S = self.curve(self.delta).shares
        self.away = rng.normal(size=(count, J))
        self.tried = []

    def demand(self, delta):
        self.tried.append(delta)
        return self.curve(delta)

    def invert(self, start):
        self.G = self.curve(start).jacobian()
        return invert_from(self.demand, self.S, start, StackedFactor.factorize(self.G))


@pytest.mark.parametrize(("far", "jacobians", "most"), [(0.02, 0, 9), (0.3, 1, 10), (1.0, 2, 16)])
def test_from_nearby_few_steps_and_fewer_jacobians_are_enough(far, jacobians, most):
    markets = Markets()
    found, demand = markets.invert(markets.delta + far * markets.away)
    assert found.converged
    assert found.iterations <= jacobians
    assert len(markets.tried) <= most
    np.testing.assert_allclose(found.value, markets.delta, atol=1e-11)
    np.testing.assert_allclose(demand.shares, markets.S, rtol=2e-13)
    np.testing.assert_array_equal(demand.shares, markets.curve(found.value).shares)


def test_steps_are_those_of_broydens_matrices():
    """F = G^-1 (s * log(s / S)) with the old G; B = I, then B + F d' / d'd after a step d."""
    markets = Markets(count=1)
    markets.invert(markets.delta + 0.3 * markets.away)
    assert len(markets.tried) > 4
    delta, d, B = markets.tried[0][0], None, np.eye(J)
    for (following,) in markets.tried[1:]:
        s = markets.curve(delta[None]).shares[0]
        F = np.linalg.solve(markets.G[0], s * np.log(s / markets.S[0]))
        if d is not None:
            B += np.outer(F, d) / (d @ d)
        d = -np.linalg.solve(B, F)
        np.testing.assert_allclose(following, delta + d, atol=1e-12)
        delta = following


def test_a_mean_utility_that_is_none_begins_at_zero():
    markets = Markets()
    start = markets.delta + 0.02 * markets.away
    factor = StackedFactor.factorize(markets.curve(start).jacobian())
    unknown = np.where(np.arange(J) == 2, -np.inf, start)
    found, _ = invert_from(markets.demand, markets.S, unknown, factor)
    np.testing.assert_array_equal(markets.tried[0], np.where(np.arange(J) == 2, 0.0, start))
    assert found.converged
