"""What every choice model offers: probabilities, inclusive values, and its derivative kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]
ALL = slice(None)


@dataclass(frozen=True)
class MarketDemand:
    """Markets at one delta: shares s (..., J) and, when asked, surplus W (...), the Jacobian of
    shares (..., J, J), and probabilities (..., J, I)."""

    shares: Array
    surplus: Callable[[], Array]
    jacobian: Callable[[], Array]
    probabilities: Callable[[], Array]


#: delta (..., J) -> demand at it
DemandCurve = Callable[[Array], MarketDemand]


class ChoiceModel(Protocol):
    """A model whose shares are the gradient of a convex surplus (a GEV model)."""

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Probabilities (..., J, I) and inclusive values (..., I) at utilities (..., J, I).

        `outside` is the utility of the outside option, a scalar or (..., I).
        The inclusive value is the expected maximum utility, without Euler's constant.
        """
        ...

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        """MarketDemand at utility delta + mu for many delta, with the work on mu done once."""
        ...

    def kernel(self, P: Array, c: Array) -> Array:
        """G(c) (..., J, J): G_jk = sum_i c_ik dP_ij/du_ik, for weights c (..., I) or (..., J, I).

        With c = w (agents' weights) this is the Jacobian of shares in mean utilities; it is
        symmetric whenever c does not vary over offers.
        """
        ...

    def own_slope(self, P: Array, c: Array) -> Array:
        """sum_i c_ij dP_ij/du_ij (..., J), the competition of other offers left out."""
        ...

    def along(self, P: Array, du: Array, rows: slice | Index = ALL) -> Array:
        """dP (..., R, I), of the rows asked for, as utilities move along finite du (..., J, I).

        By symmetry it is also sum_k du_ik dP_ik/du_ij: what a stake of du_ik in k moves with u_ij.
        """
        ...

    def kernel_along(
        self, P: Array, c: Array, du: Array, left: Array | None = None, rows: slice | Index = ALL
    ) -> Array:
        """The derivative of `kernel` along du (..., R, J), for the rows j asked for.

        left (..., J, I), if given, weighs rows: sum_i left_ij c_ik d(dP_ij/du_ik).
        """
        ...

    def kernel_along_own(self, P: Array, c: Array, m: Array, left: Array | None = None) -> Array:
        """The derivative of `kernel` (..., J, J) whose row j is taken along du = m_j, all agents'.

        m (..., J, J): row j what utilities move by for row j. Otherwise as `kernel_along`.
        """
        ...


def demand_of(model: ChoiceModel, utility: Array, weights: Array, outside: Array) -> MarketDemand:
    """MarketDemand by way of probabilities: what any model can do."""
    P, inclusive = model.evaluate(utility, outside)
    s = np.matmul(P, weights[..., None])[..., 0]
    return MarketDemand(
        s,
        lambda: np.asarray((inclusive * weights).sum(axis=-1)),
        lambda: model.kernel(P, weights),
        lambda: P,
    )
