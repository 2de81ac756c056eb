"""The one hierarchy of errors. A message says what was expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inroads.solution import Solution


class InroadsError(Exception):
    """Every error that inroads raises on purpose."""


class CalibrationWarning(UserWarning):
    """Numbers were found, but the data hardly support them: one is at its bound, or margins are
    missed by far."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in the input: where it is, what was found, what was expected, the remedy.

    `file`, `row` (the line as a spreadsheet counts it, header = 1) and `column` are None where the
    problem has no such place. `value` is the cell as it was written.
    """

    file: str | None
    row: int | None
    column: str | None
    value: str | None
    expected: str
    remedy: str

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else None,
                f"column '{self.column}'" if self.column is not None else None,
            )
            if part
        )
        found = "nothing" if self.value is None or self.value == "" else self.value
        text = f"found {found}; expected {self.expected}. Remedy: {self.remedy}"
        return f"{place}: {text}" if place else text


class InputError(InroadsError):
    """The input is wrong. `problems` holds every problem found, not only the first.

    Parameters
    ----------
    problems : iterable of Problem
        At least one.

    Examples
    --------
    >>> import inroads as ir
    >>> try:
    ...     ir.read_panel("panel.txt")
    ... except ir.InputError as error:
    ...     problem = error.problems[0]
    >>> problem.expected, problem.value
    ('a file ending in .csv, .parquet, .xlsx or .dta', 'panel.txt')
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{len(self.problems)} problems:\n{lines}"


def refuse(
    expected: str,
    found: str | None,
    where: str | None,
    remedy: str,
    *,
    row: int | None = None,
    column: str | None = None,
) -> InputError:
    """An error of one problem, to be raised; `where` is a file, an argument or any other place."""
    return InputError(
        [Problem(file=where, row=row, column=column, value=found, expected=expected, remedy=remedy)]
    )


class MissingExtraError(InroadsError, ImportError):
    """A part of inroads whose packages are not installed."""


def require_extra(extra: str, *modules: str) -> None:
    """Raise MissingExtraError, which names the extra, unless its modules can be imported."""
    missing = [module for module in modules if not _is_installed(module)]
    if missing:
        raise MissingExtraError(
            f"expected the packages of inroads[{extra}]; found no {', '.join(missing)}. "
            f'Remedy: pip install "inroads[{extra}]".'
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


class ConvergenceError(InroadsError):
    """A solver ended without meeting its tolerance.

    Parameters
    ----------
    message : str
        What was expected, found, and the remedy.
    solution : Solution
        Where it stood.
    """

    solution: Solution[Any]

    def __init__(self, message: str, solution: Solution[Any]) -> None:
        self.solution = solution
        super().__init__(message, solution)

    def __str__(self) -> str:
        return str(self.args[0])


class UnreachableError(InroadsError):
    """Targets that no parameters can meet: contradictory, or at the edge of what is possible.

    Parameters
    ----------
    message : str
        What was expected, found, and the remedy.
    direction : (K,) array, optional
        Where known, one entry a target: the combination of targets along which the objective falls
        without bound.
    """

    direction: NDArray[np.float64] | None

    def __init__(self, message: str, direction: NDArray[np.float64] | None = None) -> None:
        self.direction = direction
        super().__init__(message, direction)

    def __str__(self) -> str:
        return str(self.args[0])


def one_of(where: str, value: object, *choices: str) -> None:
    """Refuse a value that is none of the choices."""
    if value not in choices:
        raise refuse(
            expected=" or ".join(f"'{choice}'" for choice in choices),
            found=repr(value),
            where=where,
            remedy="choose one of them.",
        )
