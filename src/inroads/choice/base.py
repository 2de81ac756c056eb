"""What every choice model offers: probabilities, inclusive values, and its derivative kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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


class DemandModel(Protocol):
    """A model that shares can be matched with."""

    def demand(self, mu: Array, weights: Array, outside: Array) -> DemandCurve:
        """Demand as a function of mean utilities delta, the work on mu done once.

        Parameters
        ----------
        mu : (..., J, I) array
            Deviations from mean utility; -inf where an agent cannot choose an offer.
        weights : (..., I) array
            Of agents, summing to one.
        outside : (..., I) array
            Utility of the outside option.

        Returns
        -------
        callable
            delta (..., J) -> `MarketDemand` at utilities delta + mu.
        """
        ...


@runtime_checkable
class CellModel(Protocol):
    """A `DemandModel` of one market whose mu and weights are of cells, not of agents."""

    def by_agent(self, mu: Array, weights: Array) -> tuple[Array, Array]:
        """The same by agent.

        Parameters
        ----------
        mu : (1, J, C) array
            By cell.
        weights : (1, C) array
            Of cells.

        Returns
        -------
        mu : (1, J, I) array
            By agent.
        weights : (1, I) array
            Of agents.
        """
        ...


class ChoiceModel(DemandModel, Protocol):
    """A model whose shares are the gradient of a convex surplus (a GEV model)."""

    def evaluate(self, utility: ArrayLike, outside: ArrayLike = 0.0) -> tuple[Array, Array]:
        """Choice probabilities and inclusive values.

        Parameters
        ----------
        utility : (..., J, I) array
            Of offer j to agent i; -inf where it cannot be chosen.
        outside : float or (..., I) array
            Utility of the outside option.

        Returns
        -------
        P : (..., J, I) array
            Probabilities.
        inclusive : (..., I) array
            Expected maximum utility, without Euler's constant.
        """
        ...

    def kernel(self, P: Array, c: Array) -> Array:
        """G_jk = sum_i c_ik dP_ij/du_ik.

        With c = w (agents' weights) this is the Jacobian of shares in mean utilities; it is
        symmetric whenever c does not vary over offers.

        Parameters
        ----------
        P : (..., J, I) array
            Probabilities.
        c : (..., I) or (..., J, I) array
            Weights of the derivatives.

        Returns
        -------
        (..., J, J) array
            G.
        """
        ...

    def own_slope(self, P: Array, c: Array) -> Array:
        """sum_i c_ij dP_ij/du_ij, the competition of other offers left out.

        Parameters
        ----------
        P : (..., J, I) array
            Probabilities.
        c : (..., I) or (..., J, I) array
            Weights of the derivatives.

        Returns
        -------
        (..., J) array
            Slopes.
        """
        ...

    def along(self, P: Array, du: Array, rows: slice | Index = ALL) -> Array:
        """How probabilities move as utilities move along du.

        By symmetry it is also sum_k du_ik dP_ik/du_ij: what a stake of du_ik in k moves with u_ij.

        Parameters
        ----------
        P : (..., J, I) array
            Probabilities.
        du : (..., J, I) array
            Finite.
        rows : slice or (R,) array of int
            Offers asked for.

        Returns
        -------
        (..., R, I) array
            dP.
        """
        ...

    def kernel_along(
        self, P: Array, c: Array, du: Array, left: Array | None = None, *, rows: slice | Index = ALL
    ) -> Array:
        """The derivative of `kernel` as utilities move along du.

        Parameters
        ----------
        P : (..., J, I) array
            Probabilities.
        c : (..., I) or (..., J, I) array
            Weights of the derivatives.
        du : (..., J, I) array
            Finite.
        left : (..., J, I) array, optional
            Weighs rows: sum_i left_ij c_ik d(dP_ij/du_ik).
        rows : slice or (R,) array of int
            Offers j asked for.

        Returns
        -------
        (..., R, J) array
            dG.
        """
        ...

    def kernel_along_own(self, P: Array, c: Array, m: Array, left: Array | None = None) -> Array:
        """The derivative of `kernel` whose row j is taken along du = m_j, alike for all agents.

        Parameters
        ----------
        P : (..., J, I) array
            Probabilities.
        c : (..., I) or (..., J, I) array
            Weights of the derivatives.
        m : (..., J, J) array
            Row j is what utilities move by for row j.
        left : (..., J, I) array, optional
            Weighs rows, as in `kernel_along`.

        Returns
        -------
        (..., J, J) array
            dG.
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
