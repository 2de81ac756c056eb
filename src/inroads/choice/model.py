"""What every choice model offers: probabilities, inclusive values, and its derivative kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: delta (..., J) -> probabilities (..., J, I), inclusive values (..., I)
Evaluator = Callable[[Array], tuple[Array, Array]]


class ChoiceModel(Protocol):
    """A model whose shares are the gradient of a convex surplus (a GEV model)."""

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Probabilities (..., J, I) and inclusive values (..., I) at utilities (..., J, I).

        `outside` is the utility of the outside option, a scalar or (..., I).
        The inclusive value is the expected maximum utility, without Euler's constant.
        """
        ...

    def prepare(self, mu: Array, outside: Array) -> Evaluator:
        """`evaluate` at utility delta + mu for many delta, with the work on mu done once."""
        ...

    def kernel(self, P: Array, c: Array) -> Array:
        """G(c) (..., J, J): G_jk = sum_i c_ik dP_ij/du_ik, for weights c (..., I) or (..., J, I).

        With c = w (agents' weights) this is the Jacobian of shares in mean utilities; it is
        symmetric whenever c does not vary over offers.
        """
        ...
