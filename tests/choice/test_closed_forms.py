"""Textbook closed forms at 1e-10 (reference numbers, section T)."""

import numpy as np
import pytest
from scipy.optimize import root

from inroads.choice import (
    Logit,
    consideration_sets,
    consumer_surplus,
    diversion_ratios,
    elasticities,
    payment_factor,
    price_jacobian,
    shares,
)

ONE = np.ones(1)


def logit(delta, alpha=1.0, prices=0.0):
    u = (np.asarray(delta) - alpha * np.asarray(prices))[:, None]
    P, inclusive = Logit().evaluate(u)
    return P, inclusive


def bertrand(delta, alpha, costs, owners=None):
    """Prices at which every first-order condition holds, by our shares and derivatives."""
    owners = np.arange(len(delta)) if owners is None else np.asarray(owners)
    same = owners[:, None] == owners[None, :]

    def foc(p):
        P, _ = logit(delta, alpha, p)
        D = price_jacobian(P, ONE, np.array([alpha]))
        return shares(P, ONE) + (same * D).T @ (p - costs)

    found = root(foc, np.asarray(costs) + 1 / alpha, tol=1e-14)
    assert np.abs(foc(found.x)).max() < 1e-12
    P, _ = logit(delta, alpha, found.x)
    return found.x, shares(P, ONE)


@pytest.mark.parametrize(
    ("n", "price"),
    [
        (1, 2.278464542761074),
        (2, 2.226750644834348),
        (3, 2.1892307432749383),
        (5, 2.140297723250885),
        (10, 2.0836440042391975),
    ],
)
def test_symmetric_single_product_firms(n, price):
    p, _ = bertrand(np.ones(n), 1.0, np.ones(n))
    np.testing.assert_allclose(p, price, atol=1e-10)


def test_markups_and_lerner_index():
    alpha, costs = 1.7, np.array([0.4, 0.7, 0.2, 0.9])
    p, s = bertrand([1.0, 0.3, -0.5, 0.8], alpha, costs)
    np.testing.assert_allclose(p - costs, 1 / (alpha * (1 - s)), atol=1e-10)
    owners = np.array([0, 0, 1, 1])
    p, s = bertrand([1.0, 0.3, -0.5, 0.8], alpha, costs, owners)
    firm = np.array([s[owners == f].sum() for f in owners])
    np.testing.assert_allclose((p - costs) / p, 1 / (alpha * p * (1 - firm)), atol=1e-10)


def test_elasticities_and_diversion():
    alpha, p = 0.8, np.array([1.0, 2.0, 3.0])
    P, _ = logit([1.0, 2.0, 0.5], alpha, p)
    s = shares(P, ONE)
    D = price_jacobian(P, ONE, np.array([alpha]))
    e = elasticities(D, p, s)
    np.testing.assert_allclose(np.diag(e), -alpha * p * (1 - s), atol=1e-12)
    np.testing.assert_allclose(e[0, 1], alpha * p[1] * s[1], atol=1e-12)
    diversion = diversion_ratios(D)
    np.testing.assert_allclose(diversion[0, 1], s[1] / (1 - s[0]), atol=1e-12)
    np.testing.assert_allclose(diversion[0, -1], (1 - s.sum()) / (1 - s[0]), atol=1e-12)
    np.testing.assert_allclose(diversion.sum(axis=-1), 1.0, atol=1e-12)


def test_diversion_is_to_the_offer_of_the_column_where_slopes_are_not_symmetric():
    """Of what j loses by a dollar more, the part that k wins: -ds_k/dp_j over ds_j/dp_j."""
    diversion = diversion_ratios(np.array([[-4.0, 1.0], [2.0, -5.0]]))
    np.testing.assert_allclose(diversion, [[0.0, 0.5, 0.5], [0.2, 0.0, 0.8]], rtol=1e-14)


def test_single_product_pass_through_is_one_minus_share():
    delta, alpha, h = [1.2], 0.9, 1e-5
    up, _ = bertrand(delta, alpha, np.array([0.3 + h]))
    down, _ = bertrand(delta, alpha, np.array([0.3 - h]))
    _, s = bertrand(delta, alpha, np.array([0.3]))
    assert (up - down)[0] / (2 * h) == pytest.approx(1 - s[0], abs=1e-8)


def test_surplus_and_the_value_of_a_new_product():
    alpha, v = 0.6, np.array([0.5, -0.2, 1.1])
    money = np.array([alpha])
    P, inclusive = logit(v)
    cs = consumer_surplus(inclusive, ONE, money)
    assert cs == pytest.approx(np.log1p(np.exp(v).sum()) / alpha, abs=1e-12)
    _, without = logit(v[:2])
    gain = cs - consumer_surplus(without, ONE, money)
    assert gain == pytest.approx(np.log(1 / (1 - shares(P, ONE)[2])) / alpha, abs=1e-12)


@pytest.mark.parametrize(
    ("delta", "awareness", "expected"),
    [
        ([1, 0.5], [0.8, 0.4], [0.51298184288, 0.148099429926]),
        ([1, 0.5, -0.2], [0.9, 0.5, 0.25], [0.534509477191, 0.162949707616, 0.043770114832]),
        ([1, 0.5, -0.2], [1, 1, 1], [0.43944370925, 0.266536082878, 0.132357901687]),
    ],
)
def test_limited_awareness(delta, awareness, expected):
    types = consideration_sets(np.array(awareness, dtype=float))
    weights = types.probability
    u = np.where(types.knows, np.asarray(delta, dtype=float), -np.inf).T
    P, _ = Logit().evaluate(u)
    np.testing.assert_allclose(shares(P, weights), expected, atol=1e-10)
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)


def test_markup_with_homogeneous_awareness():
    """A monopolist known to a share phi of consumers: markup 1 / (alpha (1 - s / phi))."""
    phi, alpha, delta, cost = 0.35, 1.1, 2.0, 0.5
    types = consideration_sets(np.array([phi]))
    weights = types.probability
    blind = np.where(types.knows, 0.0, -np.inf).T

    def foc(p):
        P, _ = Logit().evaluate(delta - alpha * p[0] + blind)
        D = price_jacobian(P, weights, np.full(2, alpha))
        return shares(P, weights) + (p - cost) * D[0]

    p = root(foc, [1.5], tol=1e-14).x
    P, _ = Logit().evaluate(delta - alpha * p[0] + blind)
    s = shares(P, weights)[0]
    assert p[0] - cost == pytest.approx(1 / (alpha * (1 - s / phi)), abs=1e-10)


def test_a_unit_tax_is_a_cost():
    """A per-unit tax t raises prices exactly as costs higher by t do."""
    delta, alpha, t = [1.0, 0.4], 1.3, 0.25
    costs = np.array([0.6, 0.8])
    consumer, _ = bertrand(delta, alpha, costs + t)
    net, _ = bertrand(np.asarray(delta) - alpha * t, alpha, costs)
    np.testing.assert_allclose(consumer - t, net, atol=1e-10)


def test_an_ad_valorem_tax_is_a_higher_cost():
    """At rate t on the consumer's price: prices as with cost / (1 - t), and (1 - t) the profits."""
    delta, alpha, t, costs = np.array([1.0, 0.4]), 1.3, 0.2, np.array([0.6, 0.8])

    def foc(p):
        P, _ = logit(delta, alpha, p)
        D = price_jacobian(P, ONE, np.array([alpha]))
        return (1 - t) * shares(P, ONE) + np.diag(D) * ((1 - t) * p - costs)

    taxed = root(foc, costs + 1 / alpha, tol=1e-14).x
    untaxed, s = bertrand(delta, alpha, costs / (1 - t))
    np.testing.assert_allclose(taxed, untaxed, atol=1e-10)
    profits = s * ((1 - t) * taxed - costs)
    np.testing.assert_allclose(profits, (1 - t) * s * (untaxed - costs / (1 - t)), atol=1e-12)


def test_ces_is_logit_in_log_prices():
    """Revenue shares r of CES: elasticity of quantity -gamma + (gamma - 1) r; for a small firm the
    markup is gamma / (gamma - 1) and an ad-valorem tax is passed on in full."""
    gamma, p = 3.5, np.array([0.8, 1.3, 2.1])
    P, _ = Logit().evaluate((np.array([0.2, -0.4, 0.5]) - (gamma - 1) * np.log(p))[:, None])
    r = shares(P, ONE)
    G = Logit().kernel(P, ONE)
    revenue = -(gamma - 1) * G / r[:, None]
    quantity = revenue - np.eye(3)
    np.testing.assert_allclose(np.diag(quantity), -gamma + (gamma - 1) * r, atol=1e-12)
    np.testing.assert_allclose(quantity[0, 1], (gamma - 1) * r[1], atol=1e-12)

    def best_price(cost, keeps):
        def foc(p):
            P, _ = Logit().evaluate(np.array([[-30 - (gamma - 1) * np.log(p[0])]]))
            elasticity = -1 - (gamma - 1) * Logit().kernel(P, ONE)[0, 0] / shares(P, ONE)[0]
            return keeps * p[0] * (1 + elasticity) - cost * elasticity

        return root(foc, [1.5 * cost], tol=1e-14).x[0]

    assert best_price(0.7, 1.0) == pytest.approx(0.7 * gamma / (gamma - 1), abs=1e-10)
    assert best_price(0.7, 0.9) == pytest.approx(best_price(0.7, 1.0) / 0.9, abs=1e-10)


def test_price_factor():
    assert payment_factor(0.0, 24) == 1.0
    assert payment_factor(0.02, 0) == 1.0
    parts = sum(1 / 24 / 1.02**k for k in range(1, 25))
    assert payment_factor(0.02, 1) == pytest.approx(1 / 1.02, abs=1e-14)
    assert payment_factor(0.02, 24) == pytest.approx(parts, abs=1e-14)
    assert payment_factor(0.02, 24, 0.3) == pytest.approx(0.3 + 0.7 * parts, abs=1e-14)
    assert payment_factor([0.01, 0.05], [[12], [24]]).shape == (2, 2)
