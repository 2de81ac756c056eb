"""Inputs that hang together: each as by itself, ranks correlated."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from inroads.errors import InputError
from inroads.uncertainty import Together, Triangular

ONE, OTHER = Triangular("a", 0.0, 1.0, 4.0), Triangular("b", -1.0, 0.0, 0.5)


def test_each_is_distributed_as_by_itself_and_ranks_go_together():
    u = np.random.default_rng(0).random((40_000, 2))
    values = Together((ONE, OTHER), 0.7).at(u)
    for k, alone in enumerate((ONE, OTHER)):
        levels = np.linspace(0.05, 0.95, 7)
        np.testing.assert_allclose(np.quantile(values[:, k], levels), alone.at(levels), atol=0.03)
    # Spearman's rank correlation of a Gaussian copula.
    wanted = 6 / np.pi * np.arcsin(0.7 / 2)
    assert spearmanr(values).statistic == pytest.approx(wanted, abs=0.01)


def test_the_ends_are_independence_and_one_input():
    u = np.random.default_rng(1).random((100, 3))
    three = (ONE, OTHER, Triangular("c", 0.0, 0.5, 1.0))
    apart = Together(three, 0.0).at(u)
    np.testing.assert_allclose(apart, np.column_stack([t.at(u[:, k]) for k, t in enumerate(three)]))
    one = Together.uniforms(u, 1.0)
    np.testing.assert_allclose(one, np.tile(u[:, :1], 3))


def test_groups_that_are_none_are_refused():
    with pytest.raises(InputError, match="two inputs"):
        Together((ONE,), 0.5)
    with pytest.raises(InputError, match="correlation"):
        Together((ONE, OTHER), 1.5)
