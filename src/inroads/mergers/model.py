"""A calibrated market: what is sold at which prices whoever owns what, at any costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bertrand import ownership
from inroads.conduct.certificate import Certificate
from inroads.conduct.demand_systems import DemandSystem
from inroads.conduct.equilibrium import solve as solve_equilibrium
from inroads.conduct.horizontal import Colluding, Conduct, Demand, PostedPrices
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, quantities
from inroads.conduct.horizontal.posted import best_answer, posted_retail
from inroads.conduct.screens import compensating_variation
from inroads.errors import ConvergenceError, UnreachableError, refuse
from inroads.numerics.newton import newton_by_differences


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An equilibrium (J,): prices, costs, quantities per unit of the market's size."""

    prices: Array
    costs: Array
    quantities: Array

    @property
    def margins(self) -> Array:
        """p - c (J,)."""
        return self.prices - self.costs

    @property
    def profits(self) -> Array:
        """Of each offer (J,)."""
        return self.margins * self.quantities


class MarketModel(ABC):
    """What every calibrated market answers. owner (J,), costs (J,), prices (J,): as observed."""

    owner: Index
    costs: Array
    prices: Array

    @abstractmethod
    def solve(self, owner: Index, savings: Array | float = 0.0) -> Outcome:
        """The equilibrium of owners (J,), marginal costs lower by fractions `savings` (J,)."""

    def colluding(self, weight: float) -> MarketModel:
        """The same market, sellers counting a part of one another's profits."""
        raise refuse(
            expected="offers with prices of their own, for collusion",
            found="one good",
            where="collusion_after",
            remedy="leave it out.",
        )

    @abstractmethod
    def implied_margins(self, owner: Index) -> Array:
        """p - c (J,) at which what is sold now is an equilibrium of owners (J,)."""

    @abstractmethod
    def harm(self, before: Outcome, after: Outcome) -> float:
        """What makes up to consumers for going from one to the other; positive is harm, nan where
        demand does not say."""

    @property
    @abstractmethod
    def jacobian(self) -> Array | None:
        """dq_j/dp_k (J, J) as things are; None where there is one price."""

    @abstractmethod
    def pass_through(self) -> Array:
        """dp_j/dc_k (J, J) as things are."""

    @abstractmethod
    def monopolist(self, candidate: Mask) -> Array:
        """Prices (J,) were the candidate offers (J,) one firm's, all other prices held."""

    @cached_property
    def before(self) -> Outcome:
        """The equilibrium as things are."""
        return self.solve(self.owner)


@dataclass(frozen=True, kw_only=True)
class PricedModel(MarketModel):
    """Offers with prices of their own."""

    demand: Demand
    conduct: Conduct
    owner: Index
    costs: Array
    prices: Array
    products: list[str]

    def solve(self, owner: Index, savings: Array | float = 0.0) -> Outcome:
        """See `MarketModel`."""
        owns, costs = ownership(owner), self.costs * (1.0 - savings)
        solution = self.conduct.solve(self.demand, owns, costs, self.prices)
        if not solution.converged:
            raise ConvergenceError(
                "expected prices in equilibrium; found none on the way from today's (residual "
                f"{solution.residual:.3g}). Remedy: {type(self.demand).__name__} may have none, "
                "its prices running away: try demand='logit' or 'ces', a market elasticity "
                "further below -1, or fewer parties.",
                solution,
            )
        p = solution.value
        q = self.conduct.quantities(self.demand, p, costs).shares
        if (q < 0).any():
            j = int(q.argmin())
            raise UnreachableError(
                f"expected quantities of 0 or more; found {q[j]:.4g} of {self.products[j]} in "
                "equilibrium: its price leaves the range where this demand means something. "
                "Remedy: use logit or ces, or leave the product out."
            )
        return Outcome(prices=p, costs=costs, quantities=q)

    def colluding(self, weight: float) -> PricedModel:
        """See `MarketModel`."""
        inner = self.conduct.conduct if isinstance(self.conduct, Colluding) else self.conduct
        return replace(self, conduct=Colluding(inner, weight))

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def certificate(self, owner: Index, at: Outcome) -> Certificate:
        """What speaks for an outcome, solved to the last digit, being an equilibrium of owners
        (J,), and what against: of posted prices without capacities."""
        if not isinstance(self.conduct, PostedPrices) or self.conduct.limits is not None:
            raise refuse(
                expected="posted prices without capacities, for a certificate",
                found=type(self.conduct).__name__,
                where="conduct",
                remedy="use conduct='bertrand'; others are solved to their conditions alone.",
            )
        retail = posted_retail(self.demand, ownership(owner), at.costs)
        proof = solve_equilibrium(retail, start=at.prices, throw=False).value.certificate
        assert proof is not None
        return proof

    @property
    def _at(self) -> Array:
        return self.costs if self.conduct.by_costs else self.prices

    def implied_margins(self, owner: Index) -> Array:
        """See `MarketModel`."""
        return np.asarray(self.conduct.margins(self.demand, self._at, ownership(owner)))

    def harm(self, before: Outcome, after: Outcome) -> float:
        """Compensating variation; in auctions what is chosen at costs, less what sellers keep."""
        if isinstance(self.demand, DemandSystem) and not self.demand.has_surplus:
            return np.nan
        if not self.conduct.by_costs:
            return compensating_variation(self.demand, before.prices, after.prices)
        gross = compensating_variation(self.demand, before.costs, after.costs)
        return gross + float(after.profits.sum() - before.profits.sum())

    @cached_property
    def jacobian(self) -> Array:
        """See `MarketModel`."""
        return np.asarray(self.demand.at_prices(self._at).jacobian)

    def pass_through(self) -> Array:
        """By the implicit function theorem, margins moved by differences."""
        at, owns, J = self._at, ownership(self.owner), len(self.prices)
        h = 1e-5 * np.maximum(np.abs(at), self.demand.money_per_util)
        moved = [
            (
                self.conduct.margins(self.demand, at + h[k] * unit, owns)
                - self.conduct.margins(self.demand, at - h[k] * unit, owns)
            )
            / (2 * h[k])
            for k, unit in enumerate(np.eye(J))
        ]
        slopes = np.column_stack(moved)
        if self.conduct.by_costs:
            return np.asarray(np.eye(J) + slopes)
        return np.asarray(np.linalg.inv(np.eye(J) - slopes))

    def monopolist(self, candidate: Mask) -> Array:
        """See `MarketModel`."""
        joint = ownership(np.where(candidate, -1, self.owner))
        if self.conduct.by_costs:
            margins = self.conduct.margins(self.demand, self.costs, joint)
            return np.where(candidate, self.costs + margins, self.prices)

        if isinstance(self.conduct, PostedPrices):
            return best_answer(self.demand, candidate, self.costs, self.prices)

        def gap(x: Array) -> Array:
            p = self.prices.copy()
            p[candidate] = x
            return (p - self.costs - self.conduct.margins(self.demand, p, joint))[candidate]

        start, unit = self.prices[candidate] * 1.05, self.demand.money_per_util
        prices = self.prices.copy()
        prices[candidate] = newton_by_differences(gap, start, unit).unwrap()
        return prices


@dataclass(frozen=True, kw_only=True)
class OneGoodModel(MarketModel):
    """Plants of one good: Cournot, or Stackelberg where some firms lead.

    leaders (J,): plants of firms that move first.
    """

    demand: InverseDemand
    plants: Plants
    owner: Index
    leaders: Mask

    @property
    def costs(self) -> Array:  # type: ignore[override]
        """c (J,), at no output."""
        return self.plants.costs

    @cached_property
    def prices(self) -> Array:  # type: ignore[override]
        """P (J,)."""
        return np.full(len(self.owner), self.demand.price)

    def solve(self, owner: Index, savings: Array | float = 0.0) -> Outcome:
        """See `MarketModel`; costs of the outcome are marginal ones."""
        return self._at_costs(owner, self.costs * (1.0 - savings), savings)

    def _at_costs(self, owner: Index, costs: Array, savings: Array | float) -> Outcome:
        numbered = np.unique(owner, return_inverse=True)[1].astype(np.intp)
        first = np.array([self.leaders[numbered == f].any() for f in range(numbered.max() + 1)])
        slopes = self.plants.cost_slopes * (1.0 - savings)
        plants = Plants(costs=costs, cost_slopes=slopes, capacity=self.plants.capacity)
        q = quantities(self.demand, plants, numbered, first)
        P = np.full(len(q), self.demand.at(float(q.sum())))
        return Outcome(prices=P, costs=costs + slopes * q, quantities=q)

    def implied_margins(self, owner: Index) -> Array:
        """-P' Q_f of quantity setters."""
        q = self.before.quantities
        slope = self.demand.slope(float(q.sum()))
        return np.asarray(-slope * (ownership(owner) @ q))

    def harm(self, before: Outcome, after: Outcome) -> float:
        """The change of consumer surplus."""
        return -self.demand.consumer_surplus(
            float(before.quantities.sum()), float(after.quantities.sum())
        )

    @property
    def jacobian(self) -> None:
        """None: there is one price."""
        return None

    def pass_through(self) -> Array:
        """By differences."""
        J, h = len(self.owner), 1e-5 * self.demand.price
        moved = [
            (
                self._at_costs(self.owner, self.costs + h * unit, 0.0).prices
                - self._at_costs(self.owner, self.costs - h * unit, 0.0).prices
            )
            / (2 * h)
            for unit in np.eye(J)
        ]
        return np.column_stack(moved)

    def monopolist(self, candidate: Mask) -> Array:
        """The price of one firm with these plants, all other output held."""
        q = self.before.quantities
        rest = float(q[~candidate].sum())
        of = np.flatnonzero(candidate)

        def excess(own: float) -> float:
            Q = own + rest
            output = self.plants.output(of, self.demand.at(Q), self.demand.slope(Q))
            return float(output.sum()) - own

        own = float(brentq(excess, 1e-9 * self.demand.quantity, float(q[candidate].sum()) * 1.5))
        return np.where(candidate, self.demand.at(own + rest), self.prices)
