"""Maxima of many functions at once."""

import numpy as np

from inroads.numerics.golden_section import golden_section

LOW, HIGH = np.zeros(5), np.array([2.0, 1.0, 3.0, 1.0, 4.0])
PEAKS = np.array([0.3, 1.0, 1.7, 0.0, 3.9])


def test_peaks_inside_and_at_the_ends():
    found = golden_section(lambda x: -(np.abs(x - PEAKS) ** 1.5), LOW, HIGH, iterations=60)
    np.testing.assert_allclose(found, PEAKS, atol=1e-9)


def test_each_iteration_keeps_the_golden_part():
    distances = [
        np.abs(golden_section(lambda x: -np.abs(x - PEAKS), LOW, HIGH, iterations=n) - PEAKS)
        for n in (0, 10, 20)
    ]
    part = (np.sqrt(5) - 1) / 2
    for n, distance in zip((0, 10, 20), distances, strict=True):
        assert (distance <= HIGH * part ** (n + 1)).all()


def test_where_there_is_no_value_nothing_is_looked_for():
    """A peak beside the end of what is defined."""
    found = golden_section(
        lambda x: np.where(x < 0.5, -np.inf, -x), np.zeros(1), np.ones(1), iterations=60
    )
    np.testing.assert_allclose(found, 0.5, atol=1e-9)
