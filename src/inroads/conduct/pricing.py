"""Retail prices in equilibrium: each price set by the firm that controls it, others given.

The firm f that sets p_k keeps price_fk of it, so dPi_f/dp_k = price_fk s_k + sum_j m_fj ds_j/dp_k
(+ what agent-specific stakes add) is zero. Newton with the exact Jacobian; where a step of it does
not bring prices nearer, the markup fixed point of Morrow and Skerlos (2011) in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.buyers import Buyers, Choices
from inroads.conduct.price_search import search
from inroads.conduct.stakes import Stakes
from inroads.errors import InputError
from inroads.solution import Solution, Status

_MAX_ITERATIONS = 5000


@dataclass(frozen=True)
class Retail:
    """Who buys, what firms earn, and who sets each retail price.

    setter (J,): the firm in 0..F-1 that sets p_j; -1 where p_j is held as it is.
    """

    buyers: Buyers
    stakes: Stakes
    setter: Index

    def __post_init__(self) -> None:
        free = np.flatnonzero(self.setter >= 0)
        kept = self.stakes.price[..., self.setter[free], free]
        if not (kept > 0).all():
            j = int(free[np.argwhere(~(kept > 0))[0][-1]])
            raise InputError.single(
                expected="price setters that keep a part of the price they set",
                found=f"offer {j}, of whose price firm {self.setter[j]} keeps nothing",
                where="stakes.price",
                remedy="correct the setter, or hold the price (setter -1).",
            )

    def at(
        self, prices: Array, wholesale: Array | None = None, present: Mask | None = None
    ) -> Conditions:
        """First-order conditions at prices and wholesale prices (..., J), offers `present`."""
        w = np.zeros_like(prices) if wholesale is None else wholesale
        choices = self.buyers.at(prices, present)
        free = np.broadcast_to(self.setter >= 0, choices.shares.shape)
        if present is not None:
            free = free & present
        return Conditions(self, prices, w, choices, free)

    def of(self, worlds: Mask) -> Retail:
        """Of worlds (...), those marked, as one leading axis."""
        return Retail(self.buyers.of(worlds), self.stakes.of(worlds), self.setter)

    @cached_property
    def setters(self) -> list[tuple[int, Index]]:
        """Each firm that sets prices, with the offers it prices."""
        return [
            (int(f), np.flatnonzero(self.setter == f)) for f in np.unique(self.setter) if f >= 0
        ]


@dataclass(frozen=True)
class Conditions:
    """Everything about pricing at one point. free (..., J): prices that are set by somebody."""

    retail: Retail
    prices: Array
    wholesale: Array
    choices: Choices
    free: Mask

    @cached_property
    def margins(self) -> Array:
        """(..., F, J), see `Stakes`."""
        return self.retail.stakes.margins(self.prices, self.wholesale)

    @cached_property
    def profits(self) -> Array:
        """(..., F), money per consumer in the market."""
        return self.retail.stakes.profits(self.choices, self.prices, self.wholesale)

    def gradients(self) -> Array:
        """dPi_f/dp_k (..., F, J) of every firm in every price."""
        stakes, D = self.retail.stakes, self.choices.jacobian
        out = stakes.price * self.choices.shares[..., None, :] + self.margins @ D
        for f, stake in stakes.agents.items():
            out[..., f, :] += self.choices.gradient(stake)
        return np.asarray(out)

    def own(self) -> Array:
        """dPi/dp_k (..., J) of the firm that sets p_k; zero where nobody does."""
        return self._own

    @cached_property
    def _own(self) -> Array:
        stakes, choices = self.retail.stakes, self.choices
        setter = np.maximum(self.retail.setter, 0)
        kept = stakes.price[..., setter, np.arange(len(setter))]
        lost = np.einsum("...kj,...jk->...k", self.margins[..., setter, :], choices.jacobian)
        out = kept * choices.shares + lost
        for f, rows in self.retail.setters:
            if f in stakes.agents:
                out[..., rows] += choices.gradient(stakes.agents[f], rows)
        return np.asarray(np.where(self.free, out, 0.0))

    def gap(self) -> Array:
        """How far each price is from its best answer (..., J), in money, to first order.

        Morrow and Skerlos's step: the first-order condition over the slope that own demand would
        have were there no other offers; unlike the condition itself it does not vanish as p grows.
        """
        setter = np.maximum(self.retail.setter, 0)
        kept = self.retail.stakes.price[..., setter, np.arange(len(setter))]
        scale = kept * self.choices.steepness
        # Where an offer no longer sells, nothing says how far it is from its best answer.
        nowhere = np.where(self.free, np.inf, 0.0)
        return np.divide(self.own(), scale, out=nowhere, where=self.free & (scale > 0))

    def jacobian(self) -> Array:
        """d own_k / dp_l (..., J, J); the identity's row where nobody sets p_k."""
        stakes, D = self.retail.stakes, self.choices.jacobian
        setter = np.maximum(self.retail.setter, 0)
        m, kept = self.margins, stakes.price[..., setter, :]
        alike = [rows for f, rows in self.retail.setters if f not in stakes.agents]
        out = self.choices.own_curvature(m[..., setter, :]) if alike else np.zeros_like(D)
        for f, rows in self.retail.setters:
            if f in stakes.agents:
                stake = m[..., f, :, None] + stakes.agents[f]
                out[..., rows, :] = self.choices.curvature(stake, rows)
        own = np.einsum("...jj->...j", kept)[..., None]
        out = out + own * D + kept * D.swapaxes(-1, -2)
        return np.asarray(np.where(self.free[..., None], out, np.eye(out.shape[-1])))

    def in_wholesale(self) -> Array:
        """d own_k / dw_j (..., J, J)."""
        setter = np.maximum(self.retail.setter, 0)
        pays = self.retail.stakes.wholesale[..., setter, :]
        out = pays * self.choices.jacobian.swapaxes(-1, -2)
        return np.asarray(np.where(self.free[..., None], out, 0.0))

    def pass_through(self) -> Array:
        """dp_k/dw_j (..., J, J) along the equilibrium, by the implicit function theorem."""
        return np.asarray(-np.linalg.solve(self.jacobian(), self.in_wholesale()))

    def cost_pass_through(self, borne: Array) -> Array:
        """dp_k/dc_j (..., J, J), firm f bearing borne_fj (..., F, J) of a unit of cost of j."""
        setter = np.maximum(self.retail.setter, 0)
        moved = -borne[..., setter, :] * self.choices.jacobian.swapaxes(-1, -2)
        moved = np.where(self.free[..., None], moved, 0.0)
        return np.asarray(-np.linalg.solve(self.jacobian(), moved))


def solve_prices(
    retail: Retail,
    start: Array,
    wholesale: Array | None = None,
    present: Mask | None = None,
    *,
    tolerance: float = 1e-12,
    max_iterations: int = _MAX_ITERATIONS,
    throw: bool = True,
) -> Solution[Array]:
    """Equilibrium retail prices (..., J) from a start (..., J), wholesale prices given (..., J).

    present (..., J): offers that exist, where not all do; the others, and those that nobody sets,
    keep their prices. Leading axes are worlds, solved together.

    The residual is the largest `Conditions.gap` relative to the largest of the price and the
    money that a unit of utility is worth. Raises ConvergenceError where a world misses
    `tolerance`, unless throw=False.
    """
    shape = np.broadcast_shapes(
        np.shape(start),
        () if wholesale is None else wholesale.shape,
        () if present is None else present.shape,
        retail.buyers.utility.shape[:-1],
    )
    p = np.broadcast_to(np.asarray(start, dtype=float), shape)
    given = (
        None if wholesale is None else np.broadcast_to(wholesale, shape),
        None if present is None else np.broadcast_to(present, shape),
    )
    p, residual, iteration = search(
        retail, p, given, retail.buyers.unit, tolerance, (0, max_iterations)
    )
    status = Status.CONVERGED if residual <= tolerance else Status.MAX_ITERATIONS
    solution = Solution(p, status, residual, iteration)
    if throw:
        solution.unwrap()
    return solution
