"""The hedonic line: least squares with makers' standing, and errors that are carried along."""

import numpy as np
import pandas as pd
import pytest

from inroads.calibration.hedonic import hedonic_line
from inroads.errors import InputError


def sample(sigma=0.0, n=40):
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"screen": rng.uniform(4, 6, n), "ram": rng.uniform(1, 6, n)})
    manufacturer = pd.Series(rng.choice(["A", "B", "C"], size=n))
    standing = manufacturer.map({"A": 1.0, "B": -0.5, "C": 0.2})
    return (
        0.7 * X["screen"] + 0.3 * X["ram"] + standing + sigma * rng.normal(size=n),
        X,
        manufacturer,
    )


def test_exact_line_is_found_and_predicts():
    quality, X, manufacturer = sample()
    line = hedonic_line(quality, X, manufacturer)
    assert line.coefficients["screen"] == pytest.approx(0.7, abs=1e-10)
    new = pd.DataFrame({"screen": [5.0], "ram": [4.0]})
    value, error = line.predict(new, "B")
    assert value[0] == pytest.approx(0.7 * 5 + 0.3 * 4 - 0.5, abs=1e-10)
    assert error[0] == pytest.approx(0.0, abs=1e-9)


def test_a_new_manufacturer_stands_like_others_and_their_spread_is_added():
    line = hedonic_line(*sample())
    value, error = line.predict(pd.DataFrame({"screen": [5.0], "ram": [4.0]}), "D", ["A", "B"])
    assert value[0] == pytest.approx(0.7 * 5 + 0.3 * 4 + 0.25, abs=1e-9)
    assert error[0] == pytest.approx(np.std([1.0, -0.5], ddof=1), abs=1e-9)
    with pytest.raises(InputError, match=r"\[hedonic\] like"):
        line.predict(pd.DataFrame({"screen": [5.0], "ram": [4.0]}), "D")


def test_standard_errors_are_those_of_least_squares():
    quality, X, manufacturer = sample(sigma=0.4)
    line = hedonic_line(quality, X, manufacturer)
    design = np.column_stack([X, *((manufacturer == m).astype(float) for m in line.manufacturers)])
    residual = quality - design @ line.coefficients.to_numpy()
    assert np.abs(design.T @ residual).max() < 1e-10
    expected = residual @ residual / (40 - 5) * np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(line.covariance, expected, rtol=1e-9)
    x = np.array([5.0, 4.0] + [float(m == "C") for m in line.manufacturers])
    _, error = line.predict(pd.DataFrame({"screen": [5.0], "ram": [4.0]}), "C")
    assert error[0] == pytest.approx(np.sqrt(line.sigma**2 + x @ expected @ x), rel=1e-9)


def test_a_specification_that_does_not_vary_within_manufacturers_is_refused():
    quality, X, manufacturer = sample()
    X["flag"] = (manufacturer == "A").astype(float)
    with pytest.raises(InputError, match="vary within manufacturers"):
        hedonic_line(quality, X, manufacturer)
