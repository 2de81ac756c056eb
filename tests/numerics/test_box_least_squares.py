"""Least squares over the unit box: inside, at an edge, and where a direction is undetermined."""

import numpy as np
import pytest

from inroads.numerics.box_least_squares import minimize_in_unit_box
from inroads.solution import Status

STARTS = np.array([[0.1, 0.9], [0.5, 0.5], [0.9, 0.2]])


def test_a_minimum_inside_is_met_exactly():
    def residuals(x):
        return np.array([x[0] ** 2 - 0.09, x[0] * x[1] - 0.21])

    minimum = minimize_in_unit_box(residuals, STARTS)
    solution = minimum.as_solution(1e-8)
    np.testing.assert_allclose(solution.value, [0.3, 0.7], atol=1e-9)
    assert solution.status is Status.CONVERGED
    assert minimum.is_identified


def test_an_analytic_jacobian_gives_the_same():
    A = np.array([[2.0, 1.0], [0.5, -1.0], [1.0, 1.0]])
    target = A @ np.array([0.25, 0.6]) + np.array([0.01, -0.02, 0.01])

    def residuals(x):
        return A @ x - target

    with_jacobian = minimize_in_unit_box(residuals, STARTS, lambda x: A)
    best = np.linalg.lstsq(A, target, rcond=None)[0]
    np.testing.assert_allclose(with_jacobian.x, best, atol=1e-9)
    np.testing.assert_allclose(minimize_in_unit_box(residuals, STARTS).x, best, atol=1e-6)


def test_a_minimum_outside_ends_at_the_edge():
    minimum = minimize_in_unit_box(lambda x: np.array([x[0] - 1.5, x[1] - 0.4]), STARTS)
    assert minimum.x[0] == pytest.approx(1.0, abs=1e-5)
    assert minimum.x[1] == pytest.approx(0.4, abs=1e-5)


def test_an_undetermined_direction_is_seen():
    minimum = minimize_in_unit_box(lambda x: np.array([x[0] + x[1] - 1.1]), STARTS)
    assert not minimum.is_identified
