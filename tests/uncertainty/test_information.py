"""Values of information: textbook examples, and closed forms within their Monte Carlo error."""

import numpy as np
import pytest
from scipy.stats import norm

from inroads.errors import InputError
from inroads.uncertainty import evpi, evppi


def test_evpi_of_two_states() -> None:
    """Oil or none, drilling or not: knowing saves the loss of a dry well."""
    for odds in (0.1, 0.25, 0.4, 0.7):
        v = np.array([[60.0, 0.0], [-40.0, 0.0]])
        exact = odds * 60 - max(odds * 60 - (1 - odds) * 40, 0.0)
        assert evpi(v, [odds, 1 - odds]) == pytest.approx(exact, abs=1e-10)


def test_nothing_to_learn_where_one_decision_is_best_everywhere() -> None:
    assert evpi([[3.0, 1.0], [5.0, 2.0]]) == 0.0


def linear(n: int, seed: int, mean: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Do nothing, or gain mean + 2 x + z + noise; all standard normal."""
    rng = np.random.default_rng(seed)
    x, z, noise = rng.standard_normal((3, n))
    return np.column_stack([np.zeros(n), mean + 2 * x + z + 0.5 * noise]), x, z


def exact(mean: float, sd: float) -> float:
    """E[max(N(mean, sd), 0)] - max(mean, 0)."""
    return float(mean * norm.cdf(mean / sd) + sd * norm.pdf(mean / sd) - max(mean, 0.0))


def test_evppi_of_linear_values_is_the_closed_form_within_its_error() -> None:
    values, x, z = linear(4000, seed=1)
    cases = ((x, 2.0), (z, 1.0), (np.column_stack([x, z]), np.sqrt(5.0)))
    for inputs, sd in cases:
        known = evppi(values, inputs)
        assert abs(known.value - exact(0.3, sd)) < 3 * known.standard_error
        assert known.standard_error < 0.05
        assert known.degree == 1


def test_the_standard_error_is_the_spread_of_estimates() -> None:
    estimates = [evppi(v, z) for v, _, z in (linear(300, seed=k, mean=0.8) for k in range(200))]
    spread = np.std([e.value for e in estimates])
    assert np.mean([e.standard_error for e in estimates]) == pytest.approx(spread, rel=0.2)


def test_curved_values_take_a_higher_degree() -> None:
    """Worth x^2 - 1 or nothing: E[max(x^2 - 1, 0)] = 2 phi(1)."""
    x = np.random.default_rng(3).standard_normal(4000)
    known = evppi(np.column_stack([np.zeros(4000), x**2 - 1]), x)
    assert known.degree == 2
    assert known.value == pytest.approx(2 * norm.pdf(1), abs=0.05)


def test_what_has_no_part_in_values_is_worth_nothing() -> None:
    values, _, _ = linear(400, seed=4)
    noise = np.random.default_rng(5).standard_normal(400)
    assert evppi(values, noise).value == 0.0
    assert evppi(values, np.ones(400)).value == 0.0


def test_information_on_all_inputs_is_at_most_perfect() -> None:
    values, x, z = linear(1000, seed=6)
    assert evppi(values, np.column_stack([x, z])).value < evpi(values)


def test_tables_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="inputs of the 2 draws"):
        evppi([[1.0], [2.0]], [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="leave out draws that failed"):
        evpi([[1.0], [np.nan]])
    with pytest.raises(InputError, match="sum to 1"):
        evpi([[1.0], [2.0]], [0.5, 0.6])
