"""Who knows which brands, and likes them: shares met, closed forms, no selection where sigma is
0."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from inroads.choice.consideration import SelectiveAwareness, consideration_sets

SHARES = st.lists(st.one_of(st.just(0.0), st.just(1.0), st.floats(0.001, 0.999)), max_size=3)


@given(SHARES, st.floats(0.0, 3.0), st.floats(0.0, 0.95), st.integers(min_value=1, max_value=9))
def test_the_share_that_knows_a_brand_is_its_awareness(awareness, sigma, rho, nodes):
    a = np.array(awareness)
    types = consideration_sets(a, SelectiveAwareness(sigma=sigma, rho=rho, nodes=nodes))
    assert types.probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert (types.probability >= 0).all()
    np.testing.assert_allclose(types.probability @ types.knows, a, atol=1e-12)


def test_without_a_spread_of_tastes_nothing_is_selective():
    a = np.array([[0.1, 0.6], [0.35, 0.9]])
    plain, off = consideration_sets(a), consideration_sets(a, SelectiveAwareness(sigma=0, rho=0.9))
    np.testing.assert_array_equal(plain.knows, off.knows)
    np.testing.assert_array_equal(plain.probability, off.probability)
    assert not off.z.any()


@pytest.mark.parametrize(("a", "rho"), [(0.1, 0.6), (0.35, 0.6), (0.9, 0.5)])
def test_those_who_know_a_brand_like_it_as_a_truncated_normal_has_it(a, rho):
    """E[z | rho z + sqrt(1 - rho^2) e > t] = rho phi(t) / a."""
    types = consideration_sets(np.array([a]), SelectiveAwareness(sigma=1, rho=rho, nodes=15))
    knows = types.knows[:, 0]
    mean = types.probability[knows] @ types.z[knows] / a
    assert mean == pytest.approx(rho * norm.pdf(norm.ppf(1 - a)) / a, rel=2e-3)


def test_those_who_learn_last_like_it_least():
    def mean_taste(a):
        types = consideration_sets(np.array([a]), SelectiveAwareness(sigma=1, rho=0.7))
        knows = types.knows[:, 0]
        return types.probability[knows] @ types.z[knows] / a

    means = [mean_taste(a) for a in (0.05, 0.2, 0.5, 0.8, 0.99)]
    assert (np.diff(means) < 0).all()
    assert mean_taste(1.0) == pytest.approx(0.0, abs=1e-12)


def test_brands_that_are_known_to_like_minds_are_known_together():
    types = consideration_sets(np.array([0.2, 0.2]), SelectiveAwareness(sigma=1, rho=0.8))
    both = types.probability[types.knows.all(axis=1)].sum()
    assert both > 0.2 * 0.2 + 0.02


@pytest.mark.parametrize("selection", [None, SelectiveAwareness(sigma=1.2, rho=0.6, nodes=4)])
def test_who_knows_a_brand_in_general_knows_it_where_more_know_it(selection):
    awareness = np.array([[0.2, 0.5, 0.35], [0.05, 0.05, 1.0]])
    types = consideration_sets(awareness, selection, chains=[(1, 0), (2,)])
    states = 3 * 2
    assert len(types.knows) == (states if selection is None else 1 + 4 * (states - 1))
    assert not (types.knows[:, 0] & ~types.knows[:, 1]).any()
    np.testing.assert_allclose(types.probability.sum(axis=-1), 1, rtol=1e-14)
    assert (types.probability >= 0).all()
    known = types.probability @ types.knows
    np.testing.assert_allclose(known, awareness, rtol=1e-12)


def test_chains_of_one_are_as_without():
    selection = SelectiveAwareness(sigma=1.0, rho=0.5, nodes=3)
    awareness = np.array([[0.2, 0.7], [0.4, 0.1]])
    for chosen in (None, selection):
        plain = consideration_sets(awareness, chosen)
        chained = consideration_sets(awareness, chosen, chains=[(0,), (1,)])
        np.testing.assert_array_equal(plain.knows, chained.knows)
        np.testing.assert_array_equal(plain.probability, chained.probability)


def test_thresholds_are_found_in_a_few_steps(monkeypatch):
    """Newton's method: each step squares what is left."""
    steps = []
    cumulative = scipy.special.ndtr
    monkeypatch.setattr(scipy.special, "ndtr", lambda x: steps.append(1) or cumulative(x))
    awareness = np.array([0.1, 0.3, 0.7, 0.95])
    types = consideration_sets(awareness, SelectiveAwareness(sigma=1.0, rho=0.8))
    np.testing.assert_allclose(types.probability @ types.knows, awareness, rtol=1e-12)
    assert len(steps) < 15
