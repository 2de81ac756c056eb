"""What a solver hands back: a value, how it ended, and how far from exact it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from inroads.errors import ConvergenceError

T_co = TypeVar("T_co", covariant=True)


class Status(Enum):
    """How a solver ended."""

    CONVERGED = "converged"
    MAX_ITERATIONS = "out of iterations"
    STALLED = "no further progress"
    UNREACHABLE = "unreachable"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, repr=False)
class Solution(Generic[T_co]):
    """The last value of a solver, how it ended, and how far from exact it is.

    Parameters
    ----------
    value : object
        What was solved for, also where the solver failed.
    status : Status
        How it ended.
    residual : float
        In the unit that the solver's docstring names; kept also when the solver failed, so that a
        reader can see by how much.
    iterations : int
        How many there were.

    Examples
    --------
    >>> import inroads as ir
    >>> solution = ir.Solution(0.5, ir.Status.CONVERGED, 1e-14, 3)
    >>> solution.converged, solution.unwrap()
    (True, 0.5)
    """

    value: T_co
    status: Status
    residual: float
    iterations: int

    def __repr__(self) -> str:
        how = f"{self.status.value}, residual {self.residual:.1e}, {self.iterations} iterations"
        return f"<Solution: a {type(self.value).__name__}, {how}>"

    @property
    def converged(self) -> bool:
        """Whether the solver met its tolerance."""
        return self.status is Status.CONVERGED

    def unwrap(self) -> T_co:
        """The value, of a solver that converged.

        Returns
        -------
        object
            `value`.

        Raises
        ------
        ConvergenceError
            Which carries this solution, unless converged.
        """
        if self.converged:
            return self.value
        raise ConvergenceError(
            f"expected a converged solution; found status '{self.status.value}' after "
            f"{self.iterations} iterations with residual {self.residual:.3g}. "
            "Remedy: read .solution on this error, then loosen the tolerance, allow more "
            "iterations, or start elsewhere.",
            self,
        )
