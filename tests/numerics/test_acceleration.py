"""Anderson's acceleration: fewer steps than the plain iteration, each problem on its own."""

import numpy as np

from inroads.numerics.acceleration import AcceleratedSteps


def solved(maps, steps, tolerance=1e-12):
    """Fixed points of x -> A x + b, after so many steps at most."""
    trials = AcceleratedSteps(np.zeros((len(maps), 40)), patience=10)
    for _ in range(steps):
        step = np.stack([A @ x + b - x for (A, b), x in zip(maps, trials.x, strict=True)])
        trials.record(step, np.abs(step).max(axis=-1))
        if (trials.smallest <= tolerance).all():
            break
    return trials


def linear_maps(count=3, n=40):
    rng = np.random.default_rng(0)
    maps = []
    for _ in range(count):
        Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
        eigenvalues = np.concatenate([[0.95, 0.9, -0.8], rng.uniform(0, 0.05, n - 3)])
        maps.append(((Q * eigenvalues) @ Q.T, rng.normal(size=n)))
    return maps


def test_slow_contractions_become_quick():
    maps = linear_maps()
    found = solved(maps, steps=25)
    assert (found.smallest <= 1e-12).all()
    for (A, b), x in zip(maps, found.best, strict=True):
        np.testing.assert_allclose(x, np.linalg.solve(np.eye(40) - A, b), atol=1e-9)


def test_stacked_problems_do_not_touch_each_other():
    maps = linear_maps()
    together = solved(maps, steps=25)
    for k in range(3):
        alone = solved([maps[k]], steps=25)
        np.testing.assert_allclose(together.best[k], alone.best[0], atol=1e-9)


def test_what_does_not_converge_is_told_and_the_best_is_kept():
    trials = AcceleratedSteps(np.zeros((1, 1)), patience=3)
    for k in range(8):
        trials.record(np.ones((1, 1)), np.array([1.0 + k]))
    assert not trials.progressing().any()
    assert trials.smallest[0] == 1.0
    np.testing.assert_array_equal(trials.best, [[0.0]])


def test_points_that_are_no_numbers_lead_back():
    trials = AcceleratedSteps(np.zeros((1, 2)), patience=3)
    trials.record(np.array([[1.0, 2.0]]), np.array([2.0]))
    trials.record(np.full((1, 2), np.nan), np.array([np.nan]))
    np.testing.assert_allclose(trials.x, [[1.0, 2.0]])
