"""Errors and solutions: what they carry, and that they survive a trip to another process."""

import pickle

import numpy as np
import pytest

from inroads.errors import ConvergenceError, InputError, Problem, UnreachableError, refuse
from inroads.solution import Solution, Status


def test_one_problem_and_several() -> None:
    problem = Problem(
        file="a.csv",
        row=4,
        column="price",
        value="-5",
        expected="a number above 0",
        remedy="correct it.",
    )
    line = "a.csv, row 4, column 'price': found -5; expected a number above 0. Remedy: correct it."
    assert str(InputError([problem])) == line
    assert str(InputError([problem, problem])) == f"2 problems:\n  {line}\n  {line}"
    single = refuse(expected="a number", found=None, where=None, remedy="write one.")
    assert str(single) == "found nothing; expected a number. Remedy: write one."


def test_a_converged_solution_unwraps() -> None:
    assert Solution(3, Status.CONVERGED, 1e-14, 5).unwrap() == 3


@pytest.mark.parametrize(
    "status", [s for s in Status if s is not Status.CONVERGED], ids=lambda s: s.name
)
def test_any_other_raises_with_the_solution(status: Status) -> None:
    solution = Solution(3, status, 0.25, 5)
    assert not solution.converged
    with pytest.raises(ConvergenceError, match=r"5 iterations with residual 0\.25") as caught:
        solution.unwrap()
    assert caught.value.solution is solution


def test_errors_are_pickled() -> None:
    problem = Problem(file=None, row=None, column=None, value=None, expected="a", remedy="b")
    solution = Solution(1, Status.STALLED, 0.1, 2)
    assert pickle.loads(pickle.dumps(InputError([problem]))).problems == (problem,)
    assert pickle.loads(pickle.dumps(ConvergenceError("x", solution))).solution == solution
    direction = pickle.loads(pickle.dumps(UnreachableError("x", np.ones(2)))).direction
    np.testing.assert_array_equal(direction, np.ones(2))
