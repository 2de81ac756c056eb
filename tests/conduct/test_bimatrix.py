"""Textbook games: equilibria, and what leading is worth."""

import numpy as np
import pytest

from inroads.conduct.bimatrix import equilibria, leading, pure_equilibria


def test_the_dilemma_has_one_equilibrium() -> None:
    A = np.array([[2.0, 0.0], [3.0, 1.0]])
    assert pure_equilibria(A, A.T) == [(1, 1)]
    assert len(equilibria(A, A.T)) == 1


def test_the_battle_has_two_and_a_mixed_one() -> None:
    A, B = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])
    assert pure_equilibria(A, B) == [(0, 0), (1, 1)]
    x, y = equilibria(A, B)[2]
    np.testing.assert_allclose(x, [2 / 3, 1 / 3])
    np.testing.assert_allclose(y, [1 / 3, 2 / 3])
    assert leading(A, B) == (0, 0)
    assert leading(B.T, A.T) == (1, 1)


def test_pennies_have_a_mixed_one_only() -> None:
    A = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert pure_equilibria(A, -A) == []
    ((x, y),) = equilibria(A, -A)
    np.testing.assert_allclose([x, y], 0.5)


def test_the_leader_of_a_duopoly_is_stackelbergs() -> None:
    """Price 12 - q1 - q2, no costs: 6 against 3, alone 4 each."""
    q = np.arange(13.0)
    price = np.maximum(12 - q[:, None] - q, 0.0)
    A, B = price * q[:, None], price * q
    assert (4, 4) in pure_equilibria(A, B)
    assert leading(A, B) == (6, 3)


def test_random_games_have_equilibria_that_are() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        A, B = rng.standard_normal((2, 3, 4))
        answers = equilibria(A, B)
        assert len(answers) % 2 == 1
        for x, y in answers:
            assert (A @ y).max() == pytest.approx(x @ A @ y)
            assert (x @ B).max() == pytest.approx(x @ B @ y)
