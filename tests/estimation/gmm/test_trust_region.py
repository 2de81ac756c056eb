"""The search: steps in ball and box, saddles, walls, bounds, starts, Ctrl-C; steps of GMM."""

import io
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import inroads as ir
from inroads.errors import refuse
from inroads.estimation.gmm.moments import Equation, Projection
from inroads.estimation.gmm.objective import EquationSlopes, EquationValues, Objective, Point
from inroads.estimation.gmm.trust_region import Bounds, Curvature, SecantState, search
from inroads.estimation.progress import Progress, progress_callback
from inroads.numerics.trust_step import bounded_step, decrement
from tests.estimation.cereals import BARE as CEREALS
from tests.estimation.cereals import drawn_panel as panel

ANYWHERE = (np.full(4, -np.inf), np.full(4, np.inf))


def quadratic(seed, definite):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(4, 4))
    H = A @ A.T + 0.1 * np.eye(4) if definite else (A + A.T) / 2
    return rng.normal(size=4), H, rng.uniform(0.5, 2.0, size=4)


def value(g, H, p):
    return g @ p + p @ H @ p / 2


class TestLearning:
    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_where_rounding_hides_the_gain_gradients_tell_the_models_apart(self, sign):
        """Residuals of known curvature S, a step of 1e-9: the objective does not move, the gradient
        does as J'J + S says, whatever the objective's last digits."""
        S, far = np.array([[0.5, 0.2], [0.2, -0.3]]), 1e3
        J = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])

        def at(theta, last_digits=0.0):
            r = np.array([*(J[:2] @ theta), far + theta @ S @ theta / (2 * far) + last_digits])
            slopes = J.copy()
            slopes[2] = S @ theta / far
            return Point(theta=theta, r=r, J=slopes, lengths=np.ones(2), values=None, slopes=None)

        old = at(np.array([1e-4, 2e-4]))
        for noise in (-1e-12, 0.0, 1e-12):
            new = at(old.theta - 1e-9, noise)
            limits = Bounds(np.full(2, -np.inf), np.full(2, np.inf), np.ones(2))
            learnt = Curvature(old, limits, SecantState(sign * S, np.ones(2)))
            learnt.update(old, new, gain_is_hidden=True)
            assert learnt.uses_secant == (sign > 0)


class TestSteps:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("definite", [True, False])
    @pytest.mark.parametrize("radius", [0.1, 1.0, 50.0])
    def test_the_minimum_in_a_ball(self, seed, definite, radius):
        """(H + m D^2) p = -g with m >= 0, m = 0 inside: necessary and sufficient."""
        g, H, D = quadratic(seed, definite)
        p = bounded_step(g, H, D, radius, low=ANYWHERE[0], high=ANYWHERE[1])
        length = np.linalg.norm(D * p)
        assert length <= radius * 1.002
        multiplier = -(p @ (H @ p + g)) / length**2
        np.testing.assert_allclose(
            H @ p + multiplier * D**2 * p, -g, atol=1e-8 * (1 + abs(multiplier))
        )
        assert multiplier > -1e-9
        assert np.linalg.eigvalsh(H / np.outer(D, D))[0] + multiplier > -1e-9
        if length < 0.99 * radius:
            assert multiplier < 1e-9

    def test_the_hard_case_goes_to_the_edge(self):
        """Downwards curvature, no slope along it: as far as the ball, lower than standing still."""
        g, H = np.array([1.0, 0.0]), np.diag([1.0, -2.0])
        p = bounded_step(g, H, np.ones(2), 3.0, low=np.full(2, -np.inf), high=np.full(2, np.inf))
        assert np.linalg.norm(p) == pytest.approx(3.0, rel=1e-6)
        assert p[0] == pytest.approx(-1 / 3, rel=1e-6)

    @pytest.mark.parametrize("seed", range(8))
    def test_no_point_of_the_box_is_lower_than_the_step(self, seed):
        g, H, D = quadratic(seed, True)
        rng = np.random.default_rng(seed + 100)
        low, high = -rng.uniform(0, 0.3, size=4), rng.uniform(0, 0.3, size=4)
        low[0] = 0.0
        p = bounded_step(g, H, D, 100.0, low=low, high=high)
        assert (p >= low).all()
        assert (p <= high).all()
        for radius in 0.5 ** np.arange(20):
            straight = np.clip(-radius * g / D**2, low, high)
            assert value(g, H, p) <= value(g, H, straight) + 1e-12
        box = list(zip(low, high, strict=True))
        exact = minimize(lambda x: value(g, H, x), p, jac=lambda x: g + H @ x, bounds=box)
        assert value(g, H, p) == pytest.approx(exact.fun, rel=1e-6)

    def test_decrement(self):
        g, H, D = quadratic(0, True)
        assert decrement(g, H, D) == pytest.approx(np.sqrt(g @ np.linalg.solve(H, g)), rel=1e-9)
        assert decrement(g, np.diag([1.0, 1.0, 1.0, -1e-3]), D) == np.inf
        flat = np.diag([1.0, 1.0, 1.0, 0.0])
        assert decrement(np.array([1.0, 0, 0, 0]), flat, D) == pytest.approx(1.0)
        assert decrement(np.array([1.0, 0, 0, 0.1]), flat, D) == np.inf


class Curve:
    """y(theta) in three observations, told apart by three instruments; a wall where y fails."""

    def __init__(self, y, slopes, wall=np.inf):
        self.y, self.dy, self.wall = y, slopes, wall

    def cold_start(self):
        return None

    def at(self, theta, warm=None):
        if theta[0] > self.wall:
            raise refuse("a small number", "a large one", None, "none")
        y, none = np.asarray(self.y(theta), dtype=float), np.zeros(0)
        return EquationValues(theta=theta, y=(y,), delta=none, costs=none, iterations=0)

    def jacobian(self, values):
        return EquationSlopes((np.asarray(self.dy(values.theta), dtype=float),), None)


def climb(curve, start, low=None, high=None, hear=lambda *_: None):
    n = len(start)
    m = len(curve.at(np.asarray(start, dtype=float)).y[0]) if curve.wall > start[0] else 2
    equations = [Equation(np.zeros((m, 0)), np.eye(m))]
    objective = Objective(curve, Projection(equations, np.eye(m) * np.sqrt(m)), hear)
    limits = Bounds(
        np.full(n, -np.inf) if low is None else np.asarray(low, dtype=float),
        np.full(n, np.inf) if high is None else np.asarray(high, dtype=float),
        np.full(n, 0.1),
    )
    return search(objective, np.asarray(start, dtype=float), limits)


def rosenbrock(wall=np.inf):
    return Curve(
        lambda t: [10 * (t[1] - t[0] ** 2), 1 - t[0]],
        lambda t: [[-20 * t[0], 10.0], [-1.0, 0.0]],
        wall,
    )


class TestSmallProblems:
    def test_rosenbrock(self):
        found = climb(rosenbrock(), [-1.2, 1.0])
        assert found.solution.converged
        np.testing.assert_allclose(found.solution.value, 1.0, atol=1e-6)

    def test_large_residuals_are_searched_to_the_end(self):
        """Brown and Dennis's function: least squares at 85822.2, where J'J alone is far off."""
        t = np.arange(1, 21) / 5

        def parts(x):
            return x[0] + t * x[1] - np.exp(t), x[2] + x[3] * np.sin(t) - np.cos(t)

        def slopes(x):
            a, b = parts(x)
            return 2 * np.column_stack([a, a * t, b, b * np.sin(t)])

        found = climb(
            Curve(lambda x: np.square(parts(x)).sum(axis=0), slopes),
            [25.0, 5.0, -5.0, -1.0],
        )
        assert found.solution.converged
        assert found.objective == pytest.approx(85822.20162635628, rel=1e-10)
        assert found.solution.iterations < 60

    def test_a_saddle_is_left(self):
        """At zero the gradient is zero, and the objective the highest nearby."""
        saddle = Curve(lambda t: [t[0] ** 2 - 1, t[1]], lambda t: [[2 * t[0], 0], [0, 1]])
        found = climb(saddle, [0.0, 0.0])
        assert found.solution.converged
        assert found.objective < 1e-12
        assert abs(found.solution.value[0]) == pytest.approx(1.0)

    def test_a_minimum_that_only_curvature_shows(self):
        """With the sign turned, zero is the minimum, although J is zero there."""
        valley = Curve(lambda t: [t[0] ** 2 + 1, t[1]], lambda t: [[2 * t[0], 0], [0, 1]])
        found = climb(valley, [0.5, 1.0])
        assert found.solution.converged
        assert found.objective == pytest.approx(1.0)
        assert abs(found.solution.value[0]) < 1e-4

    def test_a_wall_is_never_an_answer(self):
        """The minimum lies behind points that cannot be computed."""
        found = climb(rosenbrock(wall=0.5), [-1.2, 1.0])
        assert not found.solution.converged
        assert np.isfinite(found.objective)
        assert found.solution.value[0] <= 0.5

    def test_a_start_behind_the_wall_is_told_with_its_reason(self):
        found = climb(rosenbrock(wall=0.5), [0.7, 1.0])
        assert found.objective == np.inf
        assert not found.solution.converged
        assert "a large one" in found.reason

    def test_bounds_hold_at_every_evaluation(self):
        seen = []
        curve = rosenbrock()
        inner = curve.at
        curve.at = lambda t, warm=None: seen.append(t.copy()) or inner(t)
        found = climb(curve, [-1.2, 1.0], [-2.0, -1.0], [0.5, 2.0])
        assert found.solution.converged
        np.testing.assert_allclose(found.solution.value, [0.5, 0.25], atol=1e-8)
        assert (np.array(seen) <= [0.5, 2.0]).all()
        assert (np.array(seen) >= [-2.0, -1.0]).all()

    def test_a_bound_that_does_not_bind_changes_nothing(self):
        found = climb(rosenbrock(), [-1.2, 1.0], [-3.0, -3.0], [1.0, 1.0])
        np.testing.assert_allclose(found.solution.value, 1.0, atol=1e-6)
        assert found.solution.converged

    def test_ctrl_c_keeps_the_best_point(self):
        heard = []

        def hear(objective, gain, iterations):
            heard.append(objective)
            if len(heard) == 8:
                raise KeyboardInterrupt

        found = climb(rosenbrock(), [-1.2, 1.0], hear=hear)
        assert found.solution.status is ir.Status.INTERRUPTED
        assert found.objective == min(heard[:-1])


START = {"sigma": np.eye(4)}


class TestBounds:
    def test_a_parameter_at_its_bound_is_named(self):
        found = ir.estimate(
            CEREALS,
            panel(),
            start=START,
            bounds={"sigma": (0, None)},
            steps=1,
            n_starts=1,
        )
        free = ir.estimate(CEREALS, panel(), start=START, steps=1, n_starts=1)
        assert found.converged
        # Unbounded, both are below zero.
        assert found.at_bounds == ()
        assert found.at_edge == ("sigma[1]", "sigma[prices]")
        assert found.params["sigma[prices]"] == 0.0
        assert found.objective > free.objective
        assert np.isnan(found.standard_errors["sigma[prices]"])
        assert "sigma[prices] is zero, the edge of the model" in found.summary()
        assert found.overidentification.degrees == free.overidentification.degrees + 2

    def test_by_name_and_by_array_are_the_same(self):
        sigma = np.array([0.1, 5.0, np.inf, np.inf])
        by_array = ir.estimate(
            CEREALS,
            panel(),
            start={"sigma": np.diag([0.05, 1.0, 0.1, 0.5])},
            bounds={"sigma": (None, sigma)},
            steps=1,
            n_starts=1,
        )
        by_name = ir.estimate(
            CEREALS,
            panel(),
            start={"sigma": np.diag([0.05, 1.0, 0.1, 0.5])},
            bounds={"sigma[1]": (None, 0.1), "sigma[prices]": (-np.inf, 5)},
            steps=1,
            n_starts=1,
        )
        pd.testing.assert_series_equal(by_array.params, by_name.params)

    @pytest.mark.parametrize(
        ("bounds", "message"),
        [
            ({"sigm": (0, 1)}, "bounds of what is searched"),
            ({"sigma": 0}, r"\(low, high\)"),
            ({"sigma": (2, 1)}, "low <= high"),
            ({"sigma[prices]": (2, 3)}, r"start of sigma\[prices\] within its bounds"),
            ({"sigma": (np.zeros(3), None)}, "shape of the start"),
            ({"sigma": ("x", None)}, "numbers in bounds"),
            ({"sigma": (np.nan, None)}, "numbers in bounds"),
        ],
    )
    def test_bad_bounds(self, bounds, message):
        with pytest.raises(ir.InputError, match=message):
            ir.estimate(CEREALS, panel(), start=START, bounds=bounds)


class TestStarts:
    def test_three_by_default_and_the_same_for_a_seed(self):
        found = ir.estimate(CEREALS, panel(), start=START, steps=1)
        again = ir.estimate(CEREALS, panel(), start=START, steps=1)
        assert len(found.searches) == 3
        pd.testing.assert_frame_equal(found.searches, again.searches)
        assert found.searches.loc[1, "start_sigma[sugar]"] == 1.0
        assert "3 of 3 starts found the lowest objective" in found.summary()

    def test_a_random_start_that_fails_is_kept_and_named(self, monkeypatch):
        from inroads.estimation.gmm import starts as steps

        inside = steps.other_starts

        def one_far(start, limits, names, count, *, seed):
            return [1e200 * start, *inside(start, limits, names, count - 1, seed=seed)]

        monkeypatch.setattr(steps, "other_starts", one_far)
        found = ir.estimate(CEREALS, panel(), start=START, steps=1)
        assert found.converged
        assert found.optima[-1] == np.inf
        assert found.searches.loc[2, "objective"] == np.inf
        assert "without an end: start 2: " in found.summary()

    def test_a_given_start_that_fails_is_refused_with_the_reason(self):
        with pytest.raises(ir.InputError, match="a start at which the objective"):
            ir.estimate(CEREALS, panel(), start={"sigma": 1e200 * np.eye(4)})


class TestSteppedWeights:
    def test_iterated_weights_are_their_own(self):
        found = ir.estimate(CEREALS, panel(), start=START, steps="iterated", n_starts=1)
        assert found.converged
        assert 3 < found.steps < 40
        again = ir.estimate(
            CEREALS,
            panel(),
            start={"sigma": np.diag(found.sigma)},
            steps=2,
            initial_weighting=found.weights,
            n_starts=1,
        )
        moved = (again.params - found.params).abs() / found.standard_errors
        assert moved.max() < 1e-3
        two = ir.estimate(CEREALS, panel(), start=START, n_starts=1)
        assert ((two.params - found.params).abs() / found.standard_errors).max() > 1e-3

    def test_of_a_linear_model_by_hand(self):
        demand = ir.Demand("0 + prices", absorb="product_ids")
        found = ir.estimate(demand, panel(), steps="iterated")
        X, Z = found.design.X1, found.design.Z
        N = len(Z)
        y = found.design.without_fixed_effects(found.delta)
        W = np.linalg.inv(Z.T @ Z / N)
        for _ in range(60):
            A = X.T @ Z @ W @ Z.T
            b = np.linalg.solve(A @ X, A @ y)
            g = Z * (y - X @ b)[:, None]
            g = g - g.mean(axis=0)
            W = np.linalg.inv(g.T @ g / N)
        assert found.params["prices"] == pytest.approx(b[0], rel=1e-6)

    def test_threads_change_nothing(self):
        one, two = (
            ir.estimate(CEREALS, panel(), start=START, n_starts=1, steps=1, workers=w)
            for w in (1, 2)
        )
        pd.testing.assert_series_equal(one.params, two.params, check_exact=True)

    @pytest.mark.parametrize(
        "wrong", [{"steps": 3}, {"n_starts": 0}, {"n_starts": 1.5}, {"workers": 0}]
    )
    def test_numbers_out_of_range(self, wrong):
        with pytest.raises(ir.InputError, match=next(iter(wrong))):
            ir.estimate(CEREALS, panel(), start=START, **wrong)


class TestProgress:
    @pytest.mark.parametrize("at", [2, 9, 19])
    def test_ctrl_c_gives_the_best_so_far(self, at):
        heard: list[Progress] = []

        def report(progress):
            heard.append(progress)
            if len(heard) == at:
                raise KeyboardInterrupt

        found = ir.estimate(CEREALS, panel(), start=START, n_starts=2, callback=report)
        assert len(heard) == at
        assert found.status is ir.Status.INTERRUPTED
        assert not found.converged
        assert found.objective == min(p.objective for p in heard[: at - 1])
        assert np.isfinite(found.standard_errors).all()
        assert "NOT converged (interrupted)" in found.summary()
        if at == 2:
            assert found.searches["status"].tolist() == ["interrupted", "interrupted"]
            assert "not tried" in found.summary()

    def test_ctrl_c_in_the_second_step_keeps_the_first(self):
        calls = []

        def report(progress):
            calls.append(progress)
            if progress.step == 2:
                raise KeyboardInterrupt

        found = ir.estimate(CEREALS, panel(), start=START, n_starts=1, callback=report)
        assert found.steps == 1
        assert found.status is ir.Status.INTERRUPTED
        assert found.objective == pytest.approx(184.47681406452847, rel=1e-9)

    def test_what_is_reported(self):
        heard: list[Progress] = []
        found = ir.estimate(
            CEREALS,
            panel(),
            start=START,
            n_starts=2,
            callback=heard.append,
        )
        assert len(heard) == found.evaluations
        assert [p.step for p in heard] == sorted(p.step for p in heard)
        assert {(p.step, p.start) for p in heard} == {(1, 1), (1, 2), (2, 1)}
        assert heard[-1].inner_iterations > 0
        assert "step 1, start 2 of 2: evaluation 1, objective" in " ".join(map(str, heard))

    def test_silent_where_nobody_looks(self, capfd):
        ir.estimate(CEREALS, panel(), start=START, steps=1, n_starts=1)
        out, err = capfd.readouterr()
        assert out == ""
        assert err == ""

    def test_a_line_on_a_terminal(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        def progress(start, n_starts, evaluations, gain, seconds):
            return Progress(
                step=1,
                start=start,
                n_starts=n_starts,
                evaluations=evaluations,
                objective=5.0,
                gain=gain,
                inner_iterations=3,
                seconds=seconds,
            )

        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        with progress_callback(None) as line:
            line(progress(1, 1, 1, np.nan, 0.5))
            assert screen.getvalue() == ""
            line(progress(2, 3, 4, 0.1, 2.0))
        assert "start 2 of 3: evaluation 4, objective 5" in screen.getvalue()
