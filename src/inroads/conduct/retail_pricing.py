"""Retail prices in equilibrium: each price set by the firm that controls it, others given.

The firm f that sets p_k keeps a share r_fk of it, so the first-order condition is
dPi_f/dp_k = r_fk s_k + sum_j m_fj ds_j/dp_k (+ what agent-specific stakes add) = 0. Newton's method
with the exact Jacobian; where a step does not bring prices nearer, the markup fixed point of Morrow
and Skerlos (2011) in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inroads.choice.base import ALL, Array, Index, Mask
from inroads.conduct import retail_solver
from inroads.conduct.consideration_demand import ConsiderationAtPrices, ConsiderationDemand
from inroads.conduct.demand_systems import DemandSystem, SystemAtPrices
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.conduct.stakes import Stakes
from inroads.errors import refuse
from inroads.solution import Solution, Status

_MAX_ITERATIONS = 5000


@dataclass(frozen=True)
class Retail:
    """Who buys, what firms earn, and who sets each retail price.

    price_setter (J,): the firm in 0..F-1 that sets p_j; -1 where p_j is held. held_prices (J,):
    where it is held, at what; as each solve begins unless given.
    """

    demand: PricedDemand | ConsiderationDemand | DemandSystem
    stakes: Stakes
    price_setter: Index
    held_prices: Array | None = None

    def __post_init__(self) -> None:
        is_set = np.flatnonzero(self.price_setter >= 0)
        share = self.stakes.retail_price_share[..., self.price_setter[is_set], is_set]
        if not (share > 0).all():
            j = int(is_set[np.argwhere(~(share > 0))[0][-1]])
            raise refuse(
                expected="price setters that keep a share of the price they set",
                found=f"offer {j}, of whose price firm {self.price_setter[j]} keeps nothing",
                where="stakes.retail_price_share",
                remedy="correct the price setter, or fix the price (price setter -1).",
            )

    def conditions(
        self, prices: Array, wholesale: Array | None = None, present: Mask | None = None
    ) -> Conditions:
        """First-order conditions at prices and wholesale prices (..., J), offers `present`."""
        w = np.zeros_like(prices) if wholesale is None else wholesale
        choices = self.demand.at_prices(prices, present)
        is_set = np.broadcast_to(self.price_setter >= 0, choices.shares.shape)
        if present is not None:
            is_set = is_set & present
        return Conditions(retail=self, prices=prices, wholesale=w, choices=choices, is_set=is_set)

    def select(self, worlds: Mask) -> Retail:
        """Of worlds (...), those selected, as one leading axis."""
        return replace(self, demand=self.demand.select(worlds), stakes=self.stakes.select(worlds))

    def with_agent_weights(self, weights: Array) -> Retail:
        """The same with agents' weights (..., I), as demand has them."""
        if isinstance(self.demand, DemandSystem):
            raise refuse(
                expected="consumers of several kinds, whose numbers may change",
                found=type(self.demand).__name__,
                where="demand",
                remedy="describe consumers by PricedDemand.",
            )
        return replace(self, demand=replace(self.demand, weights=weights))

    def with_held_prices(self, prices: Array) -> Array:
        """Prices (..., J), those that are held being what they are held at."""
        if self.held_prices is None:
            return prices
        return np.where(self.price_setter < 0, self.held_prices, prices)

    @cached_property
    def price_setters(self) -> list[tuple[int, Index]]:
        """Each firm that sets prices, with the offers it prices."""
        setter = self.price_setter
        return [(int(f), np.flatnonzero(setter == f)) for f in np.unique(setter) if f >= 0]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Pricing at one point. is_set (..., J): prices that a firm sets, of offers on the shelf."""

    retail: Retail
    prices: Array
    wholesale: Array
    choices: DemandAtPrices | ConsiderationAtPrices | SystemAtPrices
    is_set: Mask

    @cached_property
    def margins(self) -> Array:
        """m (..., F, J), see `Stakes`."""
        return self.retail.stakes.margins(self.prices, self.wholesale)

    @cached_property
    def profits(self) -> Array:
        """Pi (..., F), money per consumer in the market."""
        return self.retail.stakes.profits(self.choices, self.prices, self.wholesale)

    def profit_gradients(self, firms: Index | slice = ALL) -> Array:
        """dPi_f/dp_k (..., F, J) of every firm, or of those named, in every price."""
        stakes, D = self.retail.stakes, self.choices.jacobian
        share = stakes.retail_price_share[..., firms, :]
        out = share * self.choices.shares[..., None, :] + self.margins[..., firms, :] @ D
        for row, f in enumerate(np.arange(self.margins.shape[-2])[firms]):
            if f in stakes.agent_stakes:
                out[..., row, :] += self.choices.gradient(stakes.agent_stakes[f])
        return np.asarray(out)

    def foc(self) -> Array:
        """dPi/dp_k (..., J) of the firm that sets p_k; zero where the price is fixed."""
        return self._foc

    @cached_property
    def _foc(self) -> Array:
        stakes, choices = self.retail.stakes, self.choices
        setter = np.maximum(self.retail.price_setter, 0)
        share = stakes.retail_price_share[..., setter, np.arange(len(setter))]
        out = share * choices.shares
        for f, rows in self.retail.price_setters:
            margins = self.margins[..., f, :]
            if f in stakes.agent_stakes:
                stake = margins[..., None] + stakes.agent_stakes[f]
                out[..., rows] += choices.gradient(stake, rows)
            else:
                out[..., rows] += np.einsum(
                    "...j,...jk->...k", margins, choices.jacobian[..., rows]
                )
        return np.asarray(np.where(self.is_set, out, 0.0))

    def foc_in_money(self) -> Array:
        """How far each price is from its best answer (..., J), in money, to first order.

        Morrow and Skerlos's step: the first-order condition over the slope that own demand would
        have were there no other offers; unlike the condition itself it does not vanish as p grows.
        """
        setter = np.maximum(self.retail.price_setter, 0)
        share = self.retail.stakes.retail_price_share[..., setter, np.arange(len(setter))]
        scale = share * self.choices.own_slope
        # Where an offer no longer sells, nothing says how far it is from its best answer.
        unknown = np.where(self.is_set, np.inf, 0.0)
        return np.divide(self.foc(), scale, out=unknown, where=self.is_set & (scale > 0))

    def foc_jacobian(self) -> Array:
        """d foc_k / dp_l (..., J, J); the identity's row where p_k is fixed."""
        stakes, D = self.retail.stakes, self.choices.jacobian
        setter = np.maximum(self.retail.price_setter, 0)
        m, share = self.margins, stakes.retail_price_share[..., setter, :]
        alike = [rows for f, rows in self.retail.price_setters if f not in stakes.agent_stakes]
        out = self.choices.own_curvature(m[..., setter, :]) if alike else np.zeros_like(D)
        for f, rows in self.retail.price_setters:
            if f in stakes.agent_stakes:
                stake = m[..., f, :, None] + stakes.agent_stakes[f]
                out[..., rows, :] = self.choices.curvature(stake, rows)
        own_share = np.einsum("...jj->...j", share)[..., None]
        out = out + own_share * D + share * D.swapaxes(-1, -2)
        return np.asarray(np.where(self.is_set[..., None], out, np.eye(out.shape[-1])))

    def foc_in_wholesale(self) -> Array:
        """d foc_k / dw_j (..., J, J)."""
        setter = np.maximum(self.retail.price_setter, 0)
        received = self.retail.stakes.wholesale_share[..., setter, :]
        out = received * self.choices.jacobian.swapaxes(-1, -2)
        return np.asarray(np.where(self.is_set[..., None], out, 0.0))

    def pass_through(self) -> Array:
        """dp_k/dw_j (..., J, J) along the equilibrium, by the implicit function theorem."""
        return np.asarray(-np.linalg.solve(self.foc_jacobian(), self.foc_in_wholesale()))

    def cost_pass_through(self, borne: Array) -> Array:
        """dp_k/dc_j (..., J, J), firm f bearing borne_fj (..., F, J) of a unit of cost of j."""
        setter = np.maximum(self.retail.price_setter, 0)
        in_cost = -borne[..., setter, :] * self.choices.jacobian.swapaxes(-1, -2)
        in_cost = np.where(self.is_set[..., None], in_cost, 0.0)
        return np.asarray(-np.linalg.solve(self.foc_jacobian(), in_cost))


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

    present (..., J): offers that exist, where not all do; the others keep their prices, and held
    prices are as `Retail` has them. Leading axes are worlds, solved together.

    The residual is the largest `Conditions.foc_in_money` relative to the larger of the price and
    the money that a unit of utility is worth. Raises ConvergenceError where a world misses
    `tolerance`, unless throw=False.
    """
    shape = np.broadcast_shapes(
        np.shape(start),
        () if wholesale is None else wholesale.shape,
        () if present is None else present.shape,
        retail.demand.shape,
    )
    first = np.broadcast_to(retail.with_held_prices(np.asarray(start, dtype=float)), shape)
    if not (retail.price_setter >= 0).any():
        return Solution(first, Status.CONVERGED, 0.0, 0)
    prices, residual, iteration = retail_solver.solve(
        retail,
        first,
        wholesale=None if wholesale is None else np.broadcast_to(wholesale, shape),
        present=None if present is None else np.broadcast_to(present, shape),
        tolerance=tolerance,
        first=0,
        last=max_iterations,
    )
    status = Status.CONVERGED if residual <= tolerance else Status.MAX_ITERATIONS
    solution = Solution(prices, status, residual, iteration)
    if throw:
        solution.unwrap()
    return solution
