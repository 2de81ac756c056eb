"""Every derivative against differences; the nested twin against its generating function."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inroads.choice import Logit, Nested, consumer_surplus, price_jacobian, shares, surplus
from inroads.choice.nested_derivatives import along_rho, kernel_moved
from inroads.errors import InputError

J, I = 7, 5
TREE = np.array([[0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 3, 4, 4]])
MODELS = {
    "logit": Logit(),
    "nested": Nested([0, 0, 1, 1, 1, 2, 2], 0.6),
    "nest a product": Nested(np.arange(7), 0.5),
    "two levels": Nested(TREE, [0.3, 0.7]),
    "rho by nest": Nested([0, 0, 1, 1, 1, 2, 2], np.array([[0.1, 0.1, 0.4, 0.4, 0.4, 0.8, 0.8]])),
}


def case(seed=0):
    rng = np.random.default_rng(seed)
    u = rng.normal(size=(J, I)) * 2
    u[2, 1] = u[5, 1] = u[6, 1] = u[0, 3] = -np.inf
    return u, rng.dirichlet(np.ones(I)), rng.normal(size=I), rng.uniform(0.5, 2, size=(J, I))


def central(f, x, h=1e-6):
    return np.stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))], axis=-1)


@pytest.mark.parametrize("name", MODELS)
def test_shares_are_the_gradient_of_surplus(name):
    model, (u, w, u0, _) = MODELS[name], case()
    P, _ = model.evaluate(u, u0)
    gradient = central(lambda d: surplus(model.evaluate(u + d[:, None], u0)[1], w), np.zeros(J))
    np.testing.assert_allclose(shares(P, w), gradient, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_kernel_is_the_jacobian_of_shares(name):
    model, (u, w, u0, _) = MODELS[name], case()
    P, _ = model.evaluate(u, u0)
    numeric = central(lambda d: shares(model.evaluate(u + d[:, None], u0)[0], w), np.zeros(J))
    np.testing.assert_allclose(model.kernel(P, w), numeric, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_price_jacobian_with_money_by_agent_and_offer(name):
    model, (u, w, u0, money) = MODELS[name], case()
    P, _ = model.evaluate(u, u0)

    def at(p):
        return shares(model.evaluate(u - money * p[:, None], u0)[0], w)

    np.testing.assert_allclose(
        price_jacobian(P, w, money, model), central(at, np.zeros(J)), atol=1e-9
    )
    same = np.broadcast_to(money[0], (J, I))
    np.testing.assert_allclose(
        price_jacobian(P, w, same, model), price_jacobian(P, w, money[0], model), atol=1e-14
    )


@pytest.mark.parametrize("name", MODELS)
def test_price_derivative_of_consumer_surplus_is_minus_shares(name):
    model, (u, w, u0, _) = MODELS[name], case()
    a = np.linspace(0.5, 2, I)

    def at(p):
        return consumer_surplus(model.evaluate(u - a * p[:, None], u0)[1], w, a)

    P, _ = model.evaluate(u, u0)
    np.testing.assert_allclose(central(at, np.zeros(J)), -shares(P, w), atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_and_kernel_along_a_direction(name):
    model, (u, w, u0, money) = MODELS[name], case()
    direction = np.random.default_rng(5).normal(size=(J, I))

    def along(f, h=1e-5):
        ahead, behind = (model.evaluate(u + t * direction, u0)[0] for t in (h, -h))
        return (f(ahead) - f(behind)) / (2 * h)

    P, _ = model.evaluate(u, u0)
    np.testing.assert_allclose(model.along(P, direction), along(lambda x: x), atol=1e-9)
    for c in (w, w * money):
        numeric = along(lambda x, c=c: model.kernel(x, c))
        np.testing.assert_allclose(model.kernel_along(P, c, direction), numeric, atol=1e-9)
        rows = np.array([1, 4])
        np.testing.assert_allclose(
            model.kernel_along(P, c, direction, rows=rows), numeric[rows], atol=1e-9
        )
    # Rows weighed: agent by agent.
    left = money[::-1]
    numeric = along(
        lambda x: sum(
            left[:, i, None] * model.kernel(x[:, [i]], w[[i]]) * money[:, i] for i in range(I)
        )
    )
    np.testing.assert_allclose(
        model.kernel_along(P, w * money, direction, left=left), numeric, atol=1e-9
    )


@pytest.mark.parametrize("name", MODELS)
def test_each_row_of_the_kernel_along_its_own_direction(name):
    model, (u, w, u0, money) = MODELS[name], case()
    m = np.random.default_rng(6).normal(size=(J, J))
    P, _ = model.evaluate(u, u0)
    for c, left in ((w, None), (w * money, money[::-1])):
        found = model.kernel_along_own(P, c, m, left)
        for j in range(J):
            row = model.kernel_along(P, c, np.repeat(m[j][:, None], I, axis=1), left)[j]
            np.testing.assert_allclose(found[j], row, atol=1e-13)


def test_nested_with_rho_zero_is_logit():
    u, w, u0, money = case()
    nested = Nested(TREE, [0.0, 0.0])
    P, W = Logit().evaluate(u, u0)
    Pn, Wn = nested.evaluate(u, u0)
    np.testing.assert_allclose(Pn, P, atol=1e-14)
    np.testing.assert_allclose(Wn, W, atol=1e-13)
    np.testing.assert_allclose(nested.kernel(P, w), Logit().kernel(P, w), atol=1e-14)
    np.testing.assert_allclose(nested.kernel(P, money), Logit().kernel(P, money), atol=1e-13)


def test_one_level_against_the_formula_of_berry():
    """ln s_j - ln s_0 = delta_j + rho ln s_(j|g), Berry (1994)."""
    delta, groups, rho = np.array([0.5, -0.3, 1.0, 0.2]), np.array([0, 0, 1, 1]), 0.7
    P, _ = Nested(groups, rho).evaluate(delta[:, None])
    s = P[:, 0]
    within = s / np.array([s[groups == g].sum() for g in groups])
    np.testing.assert_allclose(
        np.log(s) - np.log1p(-s.sum()), delta + rho * np.log(within), atol=1e-12
    )


def test_batches_are_markets_one_by_one():
    cases = [case(seed) for seed in range(3)]
    u, w, u0, money = (np.stack(x) for x in zip(*cases, strict=True))
    for model in MODELS.values():
        P, W = model.evaluate(u, u0)
        G, D = model.kernel(P, w), price_jacobian(P, w, money, model)
        for b, (ub, wb, u0b, mb) in enumerate(cases):
            Pb, Wb = model.evaluate(ub, u0b)
            np.testing.assert_allclose(P[b], Pb, atol=1e-14)
            np.testing.assert_allclose(W[b], Wb, atol=1e-13)
            np.testing.assert_allclose(G[b], model.kernel(Pb, wb), atol=1e-14)
            np.testing.assert_allclose(D[b], price_jacobian(Pb, wb, mb, model), atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40, deadline=None)
@given(scale=st.floats(0, 1e5), shift=st.floats(-1e6, 1e6), seed=st.integers(0, 99))
def test_never_overflows(name, scale, shift, seed):
    u = np.random.default_rng(seed).normal(size=(J, I)) * scale + shift
    with np.errstate(over="raise", invalid="raise"):
        P, W = MODELS[name].evaluate(u)
    assert np.isfinite(P).all()
    assert np.isfinite(W).all()
    assert (P >= 0).all()
    assert (P.sum(axis=0) <= 1 + 1e-9).all()
    assert (np.maximum(u.max(axis=0), 0) <= W + 1e-9 * np.abs(W)).all()


def test_demand_curves_agree_with_probabilities_also_at_the_far_end():
    u, w, u0, _ = case()
    for model in MODELS.values():
        curve = model.demand(u, w, u0)
        for delta in (np.zeros(J), np.linspace(-3, 3, J), np.linspace(-900, 900, J)):
            found = curve(delta)
            P, W = model.evaluate(u + delta[:, None], u0)
            np.testing.assert_allclose(found.shares, shares(P, w), rtol=1e-11, atol=1e-300)
            np.testing.assert_allclose(found.surplus(), surplus(W, w), rtol=1e-12)
            np.testing.assert_allclose(found.jacobian(), model.kernel(P, w), atol=1e-14)


@pytest.mark.parametrize(
    ("nests", "rho"),
    [
        ([0, 0, 1], 1.0),
        ([0, 0, 1], -0.1),
        ([[0, 0, 1], [0, 1, 1]], [0.2, 0.4]),
        ([[0, 0, 1], [0, 1, 2]], [0.4, 0.2]),
        ([[0, 0, 1], [0, 1, 2]], [0.4, 0.2, 0.1]),
        ([0, 0, 1], [[0.1, 0.2, 0.3]]),
    ],
)
def test_a_tree_that_is_not_one_is_refused(nests, rho):
    with pytest.raises(InputError, match="expected"):
        Nested(nests, rho)


TREES = {
    "one level": ([0, 0, 1, 1, 1, 2, 2], [0.6]),
    "two levels": ([[0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 3, 4, 4]], [0.3, 0.7]),
    "three levels": (
        [[0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 3, 4]],
        [0.2, 0.5, 0.6],
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_probabilities_and_kernel_along_rho(name):
    """Beside central differences, also where agents cannot choose all offers."""
    tree, rho = TREES[name]
    rng = np.random.default_rng(1)
    u, w = rng.normal(size=(2, 7, 5)) * 2, rng.dirichlet(np.ones(5), size=2)
    u[0, 2, 1] = u[0, 5, 1] = u[0, 6, 1] = u[1, 0, 3] = -np.inf

    def at(value, level):
        moved = np.array(rho)
        moved[level] += value
        model = Nested(tree, moved)
        P, _ = model.evaluate(u)
        return P, model.kernel(P, w)

    model = Nested(tree, rho)
    P, _ = model.evaluate(u)
    slopes = along_rho(model, P)
    for level in range(len(rho)):
        (up, G_up), (down, G_down) = at(1e-6, level), at(-1e-6, level)
        np.testing.assert_allclose(slopes[level], (up - down) / 2e-6, atol=1e-8)
        dG = kernel_moved(model, P, w, slopes[level], level=level)
        np.testing.assert_allclose(dG, (G_up - G_down) / 2e-6, atol=1e-8)
    du = rng.normal(size=u.shape)
    found = kernel_moved(model, P, w, model.along(P, du))
    np.testing.assert_allclose(found, model.kernel_along(P, w, du), atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("agents", [3, 20])
@pytest.mark.parametrize("level", [0.0, 400.0, -800.0])
def test_demand_at_mean_utilities_is_that_of_the_model(name, agents, level):
    """Fewer agents than offers and more, utilities that overflow and underflow."""
    model, rng = MODELS[name], np.random.default_rng(9)
    mu = rng.normal(size=(2, J, agents)) * 2 + level * (np.arange(agents) % 2)
    mu[0, 1, 0] = -np.inf
    w, outside = rng.dirichlet(np.ones(agents), size=2), rng.normal(size=(2, agents))
    curve = model.demand(mu, w, outside)
    for delta in (rng.normal(size=(2, J)), rng.normal(size=(2, J)) - level / 2):
        P, inclusive = model.evaluate(mu + delta[..., None], outside)
        at = curve(delta)
        np.testing.assert_allclose(at.shares, shares(P, w), rtol=1e-11, atol=1e-300)
        np.testing.assert_allclose(at.surplus(), surplus(inclusive, w), rtol=1e-12)
        np.testing.assert_allclose(at.probabilities(), P, rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(at.jacobian(), model.kernel(P, w), rtol=1e-9, atol=1e-14)


def test_what_comes_on_top_of_every_utility_changes_nothing():
    """Also where exponentials would overflow, or vanish."""
    u, w, u0, _ = case()
    delta = np.linspace(-1, 1, J)
    plain = Logit().demand(u, w, u0)(delta)
    for more in (900.0, -900.0):
        found = Logit().demand(u + more, w, u0 + more)(delta)
        np.testing.assert_allclose(found.shares, plain.shares, rtol=1e-11)
        np.testing.assert_allclose(found.jacobian(), plain.jacobian(), rtol=1e-10, atol=1e-14)
        assert found.surplus() == pytest.approx(plain.surplus() + more, rel=1e-12)
