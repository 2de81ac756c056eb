"""Inversion: from anywhere, for every feasible vector of shares, and honest about the rest."""

import numpy as np
import pytest

from inroads.choice import Logit, Nested, invert, invert_aggregates, shares
from inroads.choice.inversion import slopes
from inroads.choice.inversion.accelerated import contract, mean_utilities_without_tastes
from inroads.choice.inversion.share_matching import _DAMPING, FAR, Matching, match
from inroads.choice.inversion.slopes import solve_kernel
from inroads.errors import ConvergenceError, InputError, UnreachableError
from inroads.solution import Status


def test_plain_logit_in_closed_form():
    S = np.array([0.2, 0.05, 0.6])
    found = invert(S, np.zeros((3, 1)), np.ones(1)).value
    np.testing.assert_allclose(found, np.log(S / (1 - S.sum())), atol=1e-13)


def test_one_level_nested_in_closed_form():
    S, groups, rho = np.array([0.2, 0.05, 0.3, 0.1]), np.array([0, 0, 1, 1]), 0.8
    within = S / np.array([0.25, 0.25, 0.4, 0.4])
    found = invert(S, np.zeros((4, 1)), np.ones(1), model=Nested(groups, rho)).value
    np.testing.assert_allclose(found, np.log(S / 0.35) - rho * np.log(within), atol=1e-11)


def test_a_thousand_hard_cases():
    """Shares down to 1e-12, an outside share down to 1e-6, tastes up to 17 standard deviations."""
    rng = np.random.default_rng(20171215)
    for _ in range(1000):
        J, agents = rng.integers(2, 40), rng.integers(5, 200)
        mu = rng.normal(size=(J, agents)) * rng.uniform(0, 17)
        S = np.exp(-rng.exponential(1, size=J) * rng.choice([1, 5, 10]))
        outside = 10 ** -rng.uniform(0, 6)
        S = np.maximum(S / S.sum(), 1e-12)
        S *= (1 - outside) / S.sum()
        w = rng.dirichlet(np.ones(agents))
        delta = invert(S, mu, w).value
        P, _ = Logit().evaluate(mu + delta[:, None])
        np.testing.assert_allclose(shares(P, w), S, rtol=1e-12)


@pytest.mark.parametrize("seed", [15, 29, 173, 18, 64, 104, 362])
def test_where_newtons_system_is_nearly_singular(seed):
    """Next to nobody buys nothing, tastes of 15 standard deviations: in sets (odd), in nests."""
    rng = np.random.default_rng(seed)
    J, agents = int(rng.integers(8, 30)), int(rng.integers(10, 90))
    mu, w = rng.normal(0, rng.uniform(12, 17), (J, agents)), rng.dirichlet(np.ones(agents))
    if seed % 2:
        model = Logit()
        mu[rng.random(mu.shape) < 0.3] = -np.inf
        S = shares(model.evaluate(mu + 3 * rng.normal(size=(J, 1)))[0], w)
    else:
        inner = rng.integers(0, 6, J)
        model = Nested(np.stack([inner // 2, inner]), [0.3, 0.95])
        S = rng.dirichlet(np.full(J, 0.5)) * (1 - 10 ** -rng.uniform(3, 6))
        S = np.maximum(S, 1e-12)
    solution = invert(S, mu, w, model=model)
    assert solution.iterations < 120
    P, _ = model.evaluate(mu + solution.value[:, None])
    np.testing.assert_allclose(shares(P, w), S, rtol=1e-11)


def test_of_a_share_so_small_that_phi_hides_it_the_residual_is_the_judge():
    """What a share of 1e-12 adds to phi is lost in rounding."""
    rng = np.random.default_rng([0, 1354])
    J, agents = int(rng.integers(2, 40)), int(rng.integers(1, 200))
    mu = rng.normal(size=(J, agents)) * rng.uniform(0, 17)
    w, outside = rng.dirichlet(np.ones(agents)), rng.normal(size=agents) * rng.uniform(0, 3)
    assert rng.choice(["mixed", "nested", "nested twice", "sets"]) == "nested twice"
    inner = rng.integers(0, 6, J)
    model = Nested(np.stack([inner // 2, inner]), np.sort(rng.uniform(0, 0.95, 2)))
    S = np.exp(-rng.exponential(1, size=J) * rng.choice([1, 5, 10]))
    S = np.maximum(S / S.sum(), 1e-12)
    S *= (1 - 10 ** -rng.uniform(0, 6)) / S.sum()
    P, _ = model.evaluate(
        mu + invert(S, mu, w, outside=outside, model=model).value[:, None], outside
    )
    np.testing.assert_allclose(shares(P, w), S, rtol=1e-11)


def test_markets_stacked_are_markets_alone_and_start_does_not_matter():
    rng = np.random.default_rng(1)
    mu = rng.normal(size=(6, 8, 30)) * np.array([0.1, 1, 2, 4, 8, 16])[:, None, None]
    mu[0, 3, :10] = -np.inf
    w, u0 = rng.dirichlet(np.ones(30), size=6), rng.normal(size=(6, 30))
    S = rng.dirichlet(np.ones(9), size=6)[:, :8]
    together = invert(S, mu, w, outside=u0)
    for b in range(6):
        alone = invert(S[b], mu[b], w[b], outside=u0[b], start=rng.normal(size=8) * 5)
        np.testing.assert_allclose(together.value[b], alone.value, atol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_nested_mixed_logit_round_trip(rho):
    rng = np.random.default_rng(2)
    tree = np.array([[0, 0, 0, 1, 1, 1], [0, 0, 1, 2, 2, 3]])
    model = Nested(tree, [rho / 2, rho])
    mu, w = rng.normal(size=(6, 50)), rng.dirichlet(np.ones(50))
    delta = rng.normal(size=6)
    P, _ = model.evaluate(mu + delta[:, None])
    np.testing.assert_allclose(invert(shares(P, w), mu, w, model=model).value, delta, atol=1e-9)


@pytest.mark.parametrize("S", [[0.5, 0.5], [0.5, 0.0], [1.2, -0.3], [0.7, 0.4]])
def test_shares_that_no_model_has(S):
    with pytest.raises(InputError, match="shares above 0"):
        invert(S, np.zeros((2, 1)), np.ones(1))


def test_an_offer_nobody_can_choose_is_named():
    mu = np.zeros((2, 3))
    mu[1] = -np.inf
    with pytest.raises(InputError, match="offer 1 in nobody's"):
        invert([0.1, 0.1], mu, np.ones(3) / 3)


@pytest.mark.parametrize("solve", [invert, lambda S, mu, w: invert_aggregates(np.eye(2), S, mu, w)])
def test_negative_weights_and_nan_are_refused(solve):
    with pytest.raises(InputError, match="weights of at least 0"):
        solve([0.1, 0.1], np.zeros((2, 3)), np.array([0.6, 0.6, -0.2]))
    with pytest.raises(InputError, match="numbers or -inf"):
        solve([0.1, 0.1], np.full((2, 3), np.nan), np.full(3, 1 / 3))


def test_out_of_iterations_raises_or_says_so():
    mu = np.random.default_rng(3).normal(size=(5, 20)) * 5
    arguments = ([0.1, 0.2, 0.3, 0.05, 0.01], mu, np.full(20, 0.05))
    with pytest.raises(ConvergenceError, match="out of iterations"):
        invert(*arguments, max_iterations=1)
    told = invert(*arguments, max_iterations=1, throw=False)
    assert told.status is Status.MAX_ITERATIONS
    assert told.residual > 1e-13


def test_a_step_that_goes_too_far_is_halved_until_phi_falls():
    """Market by market: the longest of the step's halves with which phi falls enough."""
    rng = np.random.default_rng(3)
    mu = rng.normal(size=(8, 6, 20)) * np.linspace(1, 14, 8)[:, None, None]
    S = np.maximum(rng.dirichlet(np.full(7, 0.5), size=8)[:, :6], 1e-9)
    S *= 0.999 / np.maximum(S.sum(axis=-1, keepdims=True), 0.999)
    problem = Matching(
        model=Logit(), T=S, mu=mu, w=rng.dirichlet(np.ones(20), size=8), outside=np.zeros((8, 20))
    )
    curve, psi = problem.curve, np.log(S) - np.log1p(-S.sum(axis=-1, keepdims=True))
    longest = 0
    for _ in range(5):
        point = problem.at(curve, psi)
        direction, slope = problem.directions(point)
        assert (slope < 0).all()
        ahead, moved = problem.step(curve, point)
        assert moved.all()
        taken = np.abs(ahead.psi - point.psi).max(axis=-1) / np.abs(direction).max(axis=-1)
        halvings = np.round(-np.log2(taken)).astype(int)
        for b, times in enumerate(halvings):
            for k in range(times + 1):
                tried = problem.at(curve, point.psi + 0.5**k * direction)
                falls = tried.phi[b] <= point.phi[b] + 1e-4 * 0.5**k * slope[b]
                assert falls == (k == times)
            np.testing.assert_allclose(ahead.psi[b], tried.psi[b], rtol=1e-12)
        psi, longest = ahead.psi, max(longest, halvings.max())
    assert longest >= 3


def test_a_market_that_goes_no_further_does_not_stop_the_others():
    """One begins at what is no number, and stays there; the others are solved all the same."""
    rng = np.random.default_rng(5)
    mu, w = rng.normal(size=(5, 4, 25)) * 6, rng.dirichlet(np.ones(25), size=5)
    S = rng.dirichlet(np.ones(5), size=5)[:, :4]
    problem = Matching(model=Logit(), T=S, mu=mu, w=w, outside=np.zeros((5, 25)))
    right = match(problem, np.zeros((5, 4)), 1e-13, 100)
    start = np.where(np.arange(5)[:, None] == 2, np.nan, np.zeros((5, 4)))
    told = match(problem, start, 1e-13, 100)
    assert told.status is Status.STALLED
    others = np.arange(5) != 2
    np.testing.assert_allclose(told.value[others], right.value[others], atol=1e-12)


def test_the_slope_along_a_direction_is_that_of_phi():
    """Newton's step where it is trusted, the contraction's where it is not, with their slopes."""
    rng = np.random.default_rng(8)
    S = np.array([[0.2, 0.3, 0.1], [1e-9, 0.6, 0.3]])
    mu, w = rng.normal(size=(2, 3, 30)) * [[[1.0]], [[9.0]]], np.full((2, 30), 1 / 30)
    problem = Matching(model=Logit(), T=S, mu=mu, w=w, outside=np.zeros((2, 30)))
    for psi in (np.zeros((2, 3)), np.array([[-3.0, 2.0, 0.0], [60.0, -70.0, 5.0]])):
        point = problem.at(problem.curve, psi)
        direction, slope = problem.directions(point)
        h = 1e-6
        up, down = (problem.at(problem.curve, psi + s * h * direction).phi for s in (1, -1))
        np.testing.assert_allclose(slope, (up - down) / (2 * h), rtol=1e-4)


def test_a_direction_is_newtons_damped_newtons_or_the_contractions():
    """Next to nobody buys nothing. With H = G(w), T the targets and e the errors of log shares,
    (H + d diag(s)) x = -s e for the first d that descends; else, and far out, x = -e."""
    rng = np.random.default_rng(0)
    damped = set()
    for _ in range(100):
        J, agents = rng.integers(2, 5), rng.integers(1, 4)
        problem = Matching(
            model=Logit(),
            T=rng.dirichlet(np.ones(J), size=1) * (1 - 10.0 ** -rng.uniform(1, 8)),
            mu=rng.normal(0, 6, (1, J, agents)),
            w=rng.dirichlet(np.ones(agents), size=1),
            outside=np.zeros((1, agents)),
        )
        point = problem.at(problem.curve, rng.normal(6, 6, (1, J)))
        found, _ = problem.directions(point)
        (s,), (e,), H = point.matched, point.error, point.demand.jacobian()[0]
        candidates = {"contraction": -e}
        for d in _DAMPING if point.size[0] < FAR else ():
            x = -np.linalg.solve(H + d * np.diag(s), s * e)
            candidates[d] = x * FAR / max(FAR, np.abs(x).max())
        how = [d for d, x in candidates.items() if np.allclose(found[0], x, rtol=1e-5)]
        assert how
        damped |= set(how)
    assert damped >= {"contraction", 0.0, 1e-4, 1e-2}


@pytest.mark.parametrize("sums", [False, True])
def test_within_nests_the_contraction_takes_a_part_of_the_error(sums):
    """1 - rho of it, as shares answer 1 / (1 - rho) times as much; of sums, as the strongest."""
    rho = np.array([[0.2, 0.2, 0.7, 0.7]])
    A = np.kron(np.eye(2), np.ones((2, 1))) if sums else None
    problem = Matching(
        model=Nested([0, 0, 1, 1], rho),
        T=np.full((1, 2 if sums else 4), 0.2),
        mu=np.zeros((1, 4, 1)),
        w=np.ones((1, 1)),
        outside=np.zeros((1, 1)),
        A=A,
    )
    point = problem.at(problem.curve, np.full(problem.T.shape, -2 * FAR))
    direction, _ = problem.directions(point)
    part = 1 - (0.7 if sums else rho)
    np.testing.assert_allclose(direction, -part * point.error, rtol=1e-12)


def test_share_above_what_its_buyers_weigh_is_unreachable():
    mu = np.zeros((2, 4))
    mu[0, 1:] = -np.inf
    told = invert([0.3, 0.1], mu, np.full(4, 0.25), throw=False)
    assert told.status is Status.UNREACHABLE


class TestMargins:
    """Sums of shares: by maker and by channel."""

    def setup_method(self):
        rng = np.random.default_rng(4)
        J, agents = 60, 300
        self.mu = rng.normal(size=(J, agents)) * 2
        self.mu[:10, :100] = -np.inf
        self.w = rng.dirichlet(np.ones(agents))
        self.A = np.hstack([np.eye(8)[np.arange(J) % 8], np.eye(5)[np.arange(J) % 5]])
        psi = rng.normal(size=13) * 2 - 3
        P, _ = Logit().evaluate((self.A @ psi)[:, None] + self.mu)
        self.T = shares(P, self.w) @ self.A
        self.u = self.A @ psi

    def test_meets_targets_and_finds_the_utilities_that_made_them(self):
        found = invert_aggregates(self.A, self.T, self.mu, self.w)
        np.testing.assert_allclose(self.A @ found.value, self.u, atol=1e-10)
        assert found.value[-1] == 0.0
        assert found.iterations < 20

    def test_identity_margins_are_inversion(self):
        S = np.full(60, 0.9 / 60)
        a = invert_aggregates(np.eye(60), S, self.mu, self.w).value
        np.testing.assert_allclose(a, invert(S, self.mu, self.w).value, atol=1e-9)

    def test_contradictory_targets_are_named(self):
        T = self.T.copy()
        T[3] *= 1.1
        with pytest.raises(UnreachableError, match="contradict") as caught:
            invert_aggregates(self.A, T, self.mu, self.w)
        assert abs(caught.value.direction @ self.A.T).max() < 1e-9
        assert abs(caught.value.direction @ T) > 1e-4
        told = invert_aggregates(self.A, T, self.mu, self.w, throw=False)
        assert told.status is Status.UNREACHABLE

    def test_a_target_that_contradicts_one_of_several_is_found(self):
        """Two targets are of the same offers, and a third is of others."""
        A = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
        with pytest.raises(UnreachableError, match="contradict") as caught:
            invert_aggregates(A, [0.3, 0.2, 0.21], np.zeros((2, 1)), np.ones(1))
        np.testing.assert_allclose(caught.value.direction, [0.0, -1.0, 1.0], atol=1e-12)

    def test_targets_beyond_choice_sets_are_named(self):
        A = np.zeros((60, 2))
        A[:10, 0] = A[10:, 1] = 1
        most = self.w[100:].sum()
        with pytest.raises(UnreachableError, match="can choose") as caught:
            invert_aggregates(A, [most * 1.02, 0.01], self.mu, self.w)
        assert np.argmax(np.abs(caught.value.direction)) == 0
        fine = invert_aggregates(A, [most * 0.98, 0.01], self.mu, self.w)
        assert fine.converged

    def test_a_margin_of_nothing_is_refused(self):
        T = self.T.copy()
        T[2] = 0
        with pytest.raises(InputError, match="target 2"):
            invert_aggregates(self.A, T, self.mu, self.w)


class TestLargeMarkets:
    """The contraction and conjugate gradients against Newton's method and the factor of G."""

    def setup_method(self):
        rng = np.random.default_rng(5)
        self.J, self.agents = 320, 150
        x = np.column_stack([np.ones(self.J), rng.uniform(1, 3, self.J), rng.normal(size=self.J)])
        self.mu = (x * [1.0, 0.5, 1.5]) @ rng.normal(size=(3, self.agents))
        self.w = rng.dirichlet(np.ones(self.agents))
        P, _ = Logit().evaluate(rng.normal(-3, 1, (self.J, 1)) + self.mu)
        self.S = shares(P, self.w)
        self.start = np.log(self.S) - np.log1p(-self.S.sum())

    def contracted(self, model):
        curve = model.demand(self.mu[None], self.w[None], np.zeros((1, self.agents)))
        return contract(curve, model, self.S[None], self.start[None], tolerance=1e-13)

    def test_contraction_agrees_with_newton(self):
        found = self.contracted(Logit())
        assert found.size[0] <= 1e-13
        assert found.steps < 20
        problem = Matching(
            model=Logit(),
            T=self.S[None],
            mu=self.mu[None],
            w=self.w[None],
            outside=np.zeros((1, self.agents)),
        )
        newton = match(problem, self.start[None], 1e-13, 50)
        np.testing.assert_allclose(found.delta, newton.value, atol=1e-10)
        np.testing.assert_allclose(found.demand.shares[0], self.S, rtol=2e-13)

    @pytest.mark.parametrize("rho", [0.5, [0.3, 0.8]])
    def test_contraction_within_nests(self, rho):
        levels = np.stack([np.arange(self.J) % 5, np.arange(self.J) % 20])[: np.size(rho)]
        found = self.contracted(Nested(levels, rho))
        assert found.size[0] <= 1e-12
        assert found.steps < 60

    def test_without_tastes_it_is_the_inverse(self):
        levels = np.stack([np.arange(self.J) % 5, np.arange(self.J) % 20])
        for model in (Logit(), Nested(levels[0], 0.7), Nested(levels, [0.3, 0.8])):
            b = mean_utilities_without_tastes(model, self.S)
            P, _ = model.evaluate(b[:, None])
            np.testing.assert_allclose(P[:, 0], self.S, rtol=1e-11)

    def test_slopes_by_conjugate_gradients(self):
        delta = invert(self.S, self.mu, self.w).value
        P, _ = Logit().evaluate(delta[:, None] + self.mu)
        b = np.random.default_rng(6).normal(size=(self.J, 3)) * self.S[:, None]
        found = solve_kernel(P[None], self.w[None], b[None])
        expected = np.linalg.solve(Logit().kernel(P, self.w), b)
        np.testing.assert_allclose(found[0], expected, atol=1e-10 * np.abs(expected).max())

    def test_some_ten_steps_give_the_slopes_of_several_markets(self, monkeypatch):
        """Also of one that next to nobody leaves."""
        monkeypatch.setattr(slopes, "_MAX_STEPS", 15)
        delta = self.start + np.array([[0.0], [6.0]])
        P, _ = Logit().evaluate(delta[..., None] + self.mu)
        w = np.stack([self.w, np.roll(self.w, 7)])
        b = np.random.default_rng(6).normal(size=(2, self.J, 3)) * self.S[:, None]
        found = solve_kernel(P, w, b)
        for k in range(2):
            expected = np.linalg.solve(Logit().kernel(P[k], w[k]), b[k])
            np.testing.assert_allclose(found[k], expected, atol=1e-10 * np.abs(expected).max())

    def test_where_all_are_alike_the_preconditioner_is_the_inverse(self, monkeypatch):
        monkeypatch.setattr(slopes, "_MAX_STEPS", 1)
        P, w = np.repeat(self.S[None, :, None], 2, axis=2), np.array([[0.3, 0.7]])
        b = np.random.default_rng(6).normal(size=(1, self.J, 3)) * self.S[:, None]
        expected = np.linalg.solve(Logit().kernel(P[0], w[0]), b[0])
        np.testing.assert_allclose(solve_kernel(P, w, b)[0], expected, rtol=1e-9)

    def test_slopes_of_what_nobody_leaves_are_refused(self):
        assert solve_kernel(np.full((1, 2, 1), 0.5), np.ones((1, 1)), np.ones((1, 2, 1))) is None

    def test_strong_tastes_fall_back_on_newton(self):
        mu = np.random.default_rng(7).normal(size=self.mu.shape) * 15
        found = invert(self.S, mu, self.w)
        P, _ = Logit().evaluate(found.value[:, None] + mu)
        np.testing.assert_allclose(shares(P, self.w), self.S, rtol=1e-12)
