"""Calibration: exact margins, known parameters recovered, derivatives, honest about the rest."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.calibration.consideration_types import ConsiderationTypes, along, squares
from inroads.calibration.minimum_distance import Model, Parameter, Target, _Search, calibrate
from inroads.calibration.moments import OwnElasticity, Ratio
from inroads.choice import Logit, shares
from inroads.errors import ConvergenceError, InputError, UnreachableError

J, AGENTS, M = 12, 40, 6  # an agent is a cell of one type
TRUTH = np.array([0.8, 1.5, 0.3])
NAMES = ("money", "loyalty", "credit")


def market(seed=0):
    """Twelve offers of four makers in three channels; payment, loyalty, and a weight to find."""
    rng = np.random.default_rng(seed)
    price = rng.uniform(1, 6, size=J)
    income = rng.uniform(0.5, 2, size=AGENTS)
    owned = rng.integers(0, 4, size=AGENTS)
    manufacturer, channel = np.arange(J) % 4, np.arange(J) % 3
    X = np.zeros((3, J, AGENTS))
    X[0] = -price[:, None] / income
    X[1] = manufacturer[:, None] == owned
    base = np.where(rng.random((J, AGENTS)) < 0.1, -np.inf, 0.0)
    w0 = rng.dirichlet(np.ones(AGENTS))
    W = np.zeros((3, AGENTS))
    half = AGENTS // 2
    W[2, :half], W[2, half:] = w0[:half], -w0[half:]
    A = np.hstack([np.eye(4)[manufacturer], np.eye(3)[channel][:, :2]])
    types = ConsiderationTypes.none(J, AGENTS)
    model = Model(base=base, X=X, w0=w0, W=W, A=A, margins=np.ones(M), types=types)
    u = (A @ rng.normal(-1, 1, size=M))[:, None] + model.mu(TRUTH)
    P, _ = Logit().evaluate(u)
    w = model.weights(TRUTH)
    Q = P * w
    moments = {
        "elasticity": OwnElasticity(0, X[0], channel == 0),
        "stays": Ratio(X[1], np.ones((J, AGENTS))),
        "first half": Ratio(
            np.broadcast_to(np.arange(AGENTS) < AGENTS // 2, (J, AGENTS)).astype(float),
            np.ones((J, AGENTS)),
        ),
        "maker 0 in channel 1": Ratio(
            np.repeat((manufacturer == 0) & (channel == 1), AGENTS)
            .reshape(J, AGENTS)
            .astype(float),
            np.repeat(channel == 1, AGENTS).reshape(J, AGENTS).astype(float),
        ),
    }
    targets = {
        name: Target(m, m.value(Q, Q * P, TRUTH), error)
        for (name, m), error in zip(moments.items(), (0.5, 0.05, 0.05, 0.05), strict=True)
    }
    return replace(model, margins=shares(P, w) @ A), targets


PARAMETERS = {
    "money": Parameter(0.3, 0.01, 5.0),
    "loyalty": Parameter(0.5, 0.0, 5.0),
    "credit": Parameter(0.1, 0.0, 1.0),
}


def test_recovers_the_parameters_that_made_the_market():
    model, targets = market()
    found = calibrate(model, PARAMETERS, targets)
    np.testing.assert_allclose(found.value, TRUTH, atol=1e-6)
    np.testing.assert_allclose(found.fitted, found.target, atol=1e-7)
    assert found.solution.converged
    assert found.distance < 1e-12
    P, _ = Logit().evaluate((model.A @ found.psi)[:, None] + model.mu(found.value))
    np.testing.assert_allclose(shares(P, model.weights(found.value)) @ model.A, model.margins)


def test_the_search_is_told_of_step_by_step():
    model, targets = market()
    hard = {n: replace(t, value=t.value * 1.1) for n, t in targets.items()}
    told = []
    found = calibrate(
        model, PARAMETERS, hard, callback=lambda *step: told.append(step), throw=False
    )
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert min(distance for _, distance in told) == found.distance
    off = (found.fitted - found.target) / found.error
    assert found.distance == pytest.approx(off @ off / 2, rel=1e-9)


@pytest.mark.parametrize("bound", ["low", "high"])
def test_a_parameter_at_its_bound_counts_as_known(bound):
    model, targets = market()
    low, high = (0.0, 0.25) if bound == "high" else (0.35, 1.0)
    bounded = PARAMETERS | {"credit": Parameter((low + high) / 2, low, high)}
    found = calibrate(model, bounded, targets, tolerance=1e-4)
    assert found.value[2] == pytest.approx(high if bound == "high" else low, abs=1e-9)
    jacobian = _Search(model, targets, (), None).jacobian(found.value)[:, :2]
    expected = np.linalg.inv(jacobian.T @ jacobian)
    np.testing.assert_allclose(found.covariance[:2, :2], expected, rtol=1e-6)
    assert not found.covariance[2].any()
    assert not found.covariance[:, 2].any()


def test_jacobian_against_central_differences():
    model, targets = market()
    search = _Search(model, targets, (), None)
    theta, h = np.array([0.6, 0.9, 0.2]), 1e-5
    J_found = search.jacobian(theta).copy()
    numeric = np.stack(
        [
            (search.residuals(theta + h * e) - search.residuals(theta - h * e)) / (2 * h)
            for e in np.eye(3)
        ],
        axis=-1,
    )
    np.testing.assert_allclose(J_found, numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["elasticity", "stays", "maker 0 in channel 1", "fixed money"])
def test_moments_change_as_differences_do(name):
    model, targets = market()
    moment = (
        OwnElasticity(None, model.X[0], np.arange(J) < 5)
        if name == "fixed money"
        else targets[name].moment
    )
    rng = np.random.default_rng(1)
    du, dw, dtheta = rng.normal(size=(J, AGENTS)), rng.normal(size=AGENTS) / 99, np.array([1, 0, 0])
    for types in (model.types, limited()):
        exact, numeric = changes(model, types, moment, du, dw=dw, dtheta=dtheta)
        assert exact == pytest.approx(numeric, rel=1e-7, abs=1e-9)


def limited():
    """A third of the cells' consumers do not know offers 3 and 7; those who do like them."""
    group = np.zeros(J, dtype=np.intp)
    group[[3, 7]] = 1
    return ConsiderationTypes(
        probability=np.tile([1 / 3, 2 / 3], (AGENTS, 1)),
        group=group,
        taste=np.array([[0.0, 0.0], [-np.inf, 0.7]]),
    )


def changes(model, types, moment, du, *, dw, dtheta):
    """How a moment changes along du, dw and dtheta: exactly, and by differences."""
    u = model.mu(TRUTH) - 1.0

    def at(t):
        choices = types.choices(u + t * du, model.w0 + t * dw, np.zeros(J))
        return choices, moment.value(choices.purchases, squares(choices), TRUTH + t * dtheta)

    choices, _ = at(0.0)
    dQ, dS = along(choices, du, types.split(dw))
    in_Q, in_S, in_theta = moment.gradient(choices.purchases, squares(choices), TRUTH)
    exact = np.vdot(in_Q, dQ) + in_theta @ dtheta
    exact += 0.0 if in_S is None else np.vdot(in_S, dS)
    return exact, (at(1e-6)[1] - at(-1e-6)[1]) / 2e-6


def test_what_few_know_is_calibrated_as_by_agent():
    """Cells split into types are agents: parameters, psi and errors are the same."""
    model, targets = market()
    typed = replace(model, types=limited())
    by_agent = typed.types.choices(model.base, model.w0, np.zeros(J)).demand.by_agent

    def repeated(x):
        return np.repeat(x, 2, axis=-1)

    def split(x):
        return repeated(x) * np.tile([1 / 3, 2 / 3], AGENTS)

    agents = replace(
        model,
        base=by_agent.utility,
        X=repeated(model.X),
        w0=split(model.w0),
        W=split(model.W),
        types=ConsiderationTypes.none(J, 2 * AGENTS),
    )
    moments = {
        name: replace(
            target,
            moment=replace(target.moment, payment=repeated(target.moment.payment))
            if isinstance(target.moment, OwnElasticity)
            else Ratio(repeated(target.moment.numerator), repeated(target.moment.denominator)),
        )
        for name, target in targets.items()
    }
    one = calibrate(typed, PARAMETERS, targets, tolerance=1e-3)
    other = calibrate(agents, PARAMETERS, moments, tolerance=1e-3)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-6)
    np.testing.assert_allclose(one.psi, other.psi, rtol=1e-6)
    np.testing.assert_allclose(one.fitted, other.fitted, rtol=1e-8)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-5)


def test_sensitivity_is_what_happens_when_a_target_moves():
    """Andrews, Gentzkow and Shapiro: theta moves by sensitivity x the target's move."""
    model, targets = market()
    base = calibrate(model, PARAMETERS, targets)
    for k, name in enumerate(targets):
        step = 1e-4 * targets[name].error
        moved = dict(targets)
        moved[name] = replace(targets[name], value=targets[name].value + step)
        shift = (calibrate(model, PARAMETERS, moved).value - base.value) / step
        np.testing.assert_allclose(base.sensitivity[:, k], shift, rtol=1e-2, atol=1e-4)


def test_money_in_cents_changes_only_its_unit():
    model, targets = market()
    X = model.X.copy()
    X[0] *= 100
    cents = replace(model, X=X)
    elasticity = targets["elasticity"]
    targets_in_cents = targets | {
        "elasticity": replace(elasticity, moment=replace(elasticity.moment, payment=X[0]))
    }
    start = PARAMETERS | {"money": Parameter(0.003, 0.0001, 0.05)}
    a, b = calibrate(model, PARAMETERS, targets), calibrate(cents, start, targets_in_cents)
    np.testing.assert_allclose(b.value * [100, 1, 1], a.value, rtol=1e-6)
    np.testing.assert_allclose(b.fitted, a.fitted, rtol=1e-7)


def test_order_of_rows_does_not_matter():
    model, targets = market()
    order, agents = (
        np.random.default_rng(3).permutation(J),
        np.random.default_rng(4).permutation(AGENTS),
    )

    def turned(t):
        m = t.moment
        if isinstance(m, Ratio):
            return replace(
                t,
                moment=Ratio(
                    m.numerator[order][:, agents],
                    np.ones((J, AGENTS)) * m.denominator[order][:, agents],
                ),
            )
        return replace(t, moment=OwnElasticity(0, m.payment[order][:, agents], m.offers[order]))

    shuffled = Model(
        base=model.base[order][:, agents],
        X=model.X[:, order][:, :, agents],
        w0=model.w0[agents],
        W=model.W[:, agents],
        A=model.A[order],
        margins=model.margins,
        types=model.types,
    )
    a = calibrate(model, PARAMETERS, targets)
    b = calibrate(shuffled, PARAMETERS, {n: turned(t) for n, t in targets.items()})
    np.testing.assert_allclose(b.value, a.value, rtol=1e-7)


def test_a_flat_direction_is_named():
    """Two parameters that only enter as a sum cannot be told apart."""
    model, targets = market()
    X = model.X.copy()
    X[1] = X[0]
    found = calibrate(
        replace(model, X=X, W=np.zeros_like(model.W)),
        {
            "money": Parameter(0.3, -5.0, 5.0),
            "twin": Parameter(0.5, -5.0, 5.0),
            "nothing": Parameter(0.5, 0.0, 1.0),
        },
        {n: t for n, t in targets.items() if n != "elasticity"},
        throw=False,
    )
    named = {name for direction in found.unidentified_directions for name in direction}
    assert {"money", "twin"} <= named
    assert "nothing" in named


def test_too_few_targets():
    model, targets = market()
    with pytest.raises(InputError, match="at least 3 targets for 3 parameters"):
        calibrate(model, PARAMETERS, {"stays": targets["stays"]})


def test_margins_that_cannot_hold_are_named():
    model, targets = market()
    A = np.hstack([model.A, model.A[:, [0]] + model.A[:, [1]]])
    margins = np.append(model.margins, model.margins[:2].sum() * 1.2)
    names = ["maker 0", "maker 1", "maker 2", "maker 3", "channel 0", "channel 1", "first two"]
    with pytest.raises(UnreachableError, match="first two") as caught:
        calibrate(replace(model, A=A, margins=margins), PARAMETERS, targets, margin_names=names)
    assert "maker 2" not in str(caught.value)


def test_a_search_cut_short_is_not_called_converged():
    model, targets = market()
    hard = {n: replace(t, value=t.value * 3) for n, t in targets.items()}
    with pytest.raises(ConvergenceError, match="standard errors"):
        calibrate(model, PARAMETERS, hard, tolerance=1e-30)
    assert not calibrate(model, PARAMETERS, hard, tolerance=1e-30, throw=False).solution.converged
