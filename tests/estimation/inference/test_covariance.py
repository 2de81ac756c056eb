"""The moments' Jacobian: how long a step of each parameter is, in residuals' own size."""

import numpy as np

from inroads.estimation.gmm.moments import Equation
from inroads.estimation.inference.covariance import MomentJacobian


def test_lengths_are_what_a_unit_of_a_parameter_does_to_residuals_in_their_size():
    """Root mean squares, over equations; costs in another money have residuals in it too."""
    rng = np.random.default_rng(0)
    N = 40
    X, Z = rng.normal(size=(2, N, 2)), rng.normal(size=(2, N, 4))
    residuals, dy = rng.normal(size=(2, N)) * [[1.0], [3.0]], rng.normal(size=(2, N, 3))
    size = np.sqrt((residuals**2).mean(axis=1))
    expected = np.concatenate(
        [
            *(np.sqrt((X[e] ** 2).mean(axis=0)) / size[e] for e in range(2)),
            np.sqrt(sum((dy[e] ** 2).mean(axis=0) / size[e] ** 2 for e in range(2))),
        ]
    )
    for money in (1.0, 100.0):
        unit = [1.0, money]
        found = MomentJacobian.at(
            [Equation(X[e], Z[e]) for e in range(2)],
            [unit[e] * residuals[e] for e in range(2)],
            [unit[e] * dy[e] for e in range(2)],
            np.zeros(3),
            at_bounds=np.zeros(3, dtype=bool),
        )
        in_money = np.array([1.0, 1.0, money, money, 1.0, 1.0, 1.0])
        np.testing.assert_allclose(found.lengths * in_money, expected, rtol=1e-12)
        assert not found.fixed.any()


def test_what_moves_nothing_is_as_long_as_itself():
    equation = Equation(np.zeros((5, 1)), np.ones((5, 1)))
    found = MomentJacobian.at(
        [equation], [np.ones(5)], [np.zeros((5, 1))], np.zeros(1), at_bounds=np.array([True])
    )
    np.testing.assert_array_equal(found.lengths, 1.0)
    np.testing.assert_array_equal(found.fixed, [False, True])
