"""A calibrated market: what is sold at which prices whoever owns what, at any costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.certificate import Certificate, MoveProof, certify_conduct, certify_point
from inroads.conduct.demand_systems import AIDS, CES, DemandSystem
from inroads.conduct.horizontal import Conduct, Demand, PostedPrices
from inroads.conduct.horizontal.posted import best_answer, posted_retail
from inroads.conduct.screens import compensating_variation
from inroads.errors import ConvergenceError, UnreachableError, refuse
from inroads.mergers.calibrated.ownership import Ownership
from inroads.mergers.calibrated.taxes import Taxes
from inroads.numerics.newton import newton_by_differences


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An equilibrium (J,): prices, costs, quantities per unit of the market's size; net: what
    sellers get of prices, taxes taken off."""

    prices: Array
    costs: Array
    quantities: Array
    net: Array

    @property
    def margins(self) -> Array:
        """What sellers get, less costs (J,)."""
        return self.net - self.costs

    @property
    def tax_revenue(self) -> float:
        """What buyers pay and sellers do not get."""
        return float((self.prices - self.net) @ self.quantities)

    @property
    def profits(self) -> Array:
        """Of each offer (J,)."""
        return self.margins * self.quantities


@dataclass(frozen=True, kw_only=True)
class MarketModel(ABC):
    """What every calibrated market answers. ownership, costs (J,) without taxes: as things are.

    collusion: what part of others' profits sellers count at least. parameters: what was
    calibrated, by name. owns (J, J): how much of k's profit the seller of j owns.
    """

    ownership: Ownership
    costs: Array
    taxes: Taxes
    collusion: float = 0.0
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    @abstractmethod
    def prices(self) -> Array:
        """As observed (J,)."""

    @property
    def counts_money(self) -> bool:
        """Whether demand divides money, of which shares are then, and the market's size."""
        return False

    @property
    def good(self) -> Index:
        """What each offer is of (J,), where units of different things do not add up."""
        return np.zeros(len(self.costs), dtype=np.intp)

    @abstractmethod
    def solve(self, owns: Array, savings: Array | float = 0.0) -> Outcome:
        """The equilibrium of owners, marginal costs lower by fractions `savings` (J,)."""

    def colluding(self, weight: float) -> Self:
        """The same market, sellers counting a part of one another's profits."""
        return replace(self, collusion=weight)

    def counted(self, owns: Array) -> Array:
        """What sellers count of profits (J, J) in money that buyers pay."""
        return self.taxes.weighed(np.maximum(owns, self.collusion))

    @abstractmethod
    def certificate(
        self, owns: Array, at: Outcome, savings: Array | float, sellers: list[str]
    ) -> Certificate | MoveProof:
        """What speaks for an outcome at these savings being an equilibrium of owners, and what
        against; sellers (J,): by name."""

    @abstractmethod
    def implied_margins(self, owns: Array) -> Array:
        """What sellers get, less costs (J,), at which what is sold now is an equilibrium."""

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
        """dp_j/dc_k (J, J) as things are, costs without taxes."""

    @abstractmethod
    def monopolist(self, candidate: Mask) -> Array:
        """Prices (J,) were the candidate offers (J,) one firm's, all other prices held."""

    @cached_property
    def before(self) -> Outcome:
        """The equilibrium as things are."""
        return self.solve(self.ownership.owns)

    def separate(self, candidate: Mask) -> Array:
        """owns (J, J) were candidate offers (J,) one firm's that owns nothing else."""
        both = candidate[:, None] & candidate
        return np.where(both, 1.0, self.ownership.owns * (candidate[:, None] == candidate))


@dataclass(frozen=True, kw_only=True)
class PricedModel(MarketModel):
    """Offers with prices of their own."""

    demand: Demand
    conduct: Conduct
    observed: Array
    products: list[str]

    @property
    def prices(self) -> Array:
        """See `MarketModel`."""
        return self.observed

    @property
    def counts_money(self) -> bool:
        """See `MarketModel`."""
        return isinstance(self.demand, CES | AIDS)

    def solve(self, owns: Array, savings: Array | float = 0.0) -> Outcome:
        """See `MarketModel`."""
        costs = self.costs * (1.0 - savings)
        gross = self.taxes.gross(costs)
        solution = self.conduct.solve(self.demand, self.counted(owns), gross, self.prices)
        if not solution.converged:
            raise ConvergenceError(
                "expected prices in equilibrium; found none on the way from today's (residual "
                f"{solution.residual:.3g}). Remedy: {type(self.demand).__name__} may have none, "
                "its prices running away: try demand='logit' or 'ces', a market elasticity "
                "further below -1, or fewer parties.",
                solution,
            )
        p = solution.value
        q = self.conduct.quantities(self.demand, p, gross).shares
        if (q < 0).any():
            j = int(q.argmin())
            raise UnreachableError(
                f"expected quantities of 0 or more; found {q[j]:.4g} of {self.products[j]} in "
                "equilibrium: its price leaves the range where this demand means something. "
                "Remedy: use logit or ces, or leave the product out."
            )
        return Outcome(prices=p, costs=costs, quantities=q, net=self.taxes.net(p))

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def certificate(
        self, owns: Array, at: Outcome, savings: Array | float, sellers: list[str]
    ) -> Certificate | MoveProof:
        """See `MarketModel`; of posted prices without capacities."""
        if not isinstance(self.conduct, PostedPrices):
            return certify_conduct(
                self.conduct,
                self.demand,
                owns=self.counted(owns),
                costs=self.taxes.gross(at.costs),
                prices=at.prices,
                sellers=sellers,
                products=self.products,
            )
        if self.conduct.limits is not None:
            raise refuse(
                expected="prices without capacities, for a certificate",
                found="a column 'capacities'",
                where="capacities",
                remedy="leave it out; what capacities bind is solved to its conditions alone.",
            )
        retail = posted_retail(self.demand, self.counted(owns), self.taxes.gross(at.costs))
        proof = certify_point(retail, prices=at.prices, wholesale=np.zeros_like(at.prices))
        setter = retail.price_setter
        first = [int((setter == f).argmax()) for f in range(int(setter.max()) + 1)]
        return proof.named([sellers[j] for j in first], self.products)

    @property
    def _at(self) -> Array:
        return self.taxes.gross(self.costs) if self.conduct.by_costs else self.prices

    def implied_margins(self, owns: Array) -> Array:
        """See `MarketModel`."""
        wedge = self.conduct.margins(self.demand, self._at, self.counted(owns))
        return np.asarray(wedge / (1.0 + self.taxes.rate))

    def harm(self, before: Outcome, after: Outcome) -> float:
        """Compensating variation; in auctions what is chosen at costs, less what sellers keep."""
        if isinstance(self.demand, DemandSystem) and not self.demand.has_surplus:
            return np.nan
        if not self.conduct.by_costs:
            return compensating_variation(self.demand, before.prices, after.prices)
        now, then = self.taxes.gross(before.costs), self.taxes.gross(after.costs)
        paid = (after.prices - then) @ after.quantities - (before.prices - now) @ before.quantities
        return compensating_variation(self.demand, now, then) + float(paid)

    @cached_property
    def jacobian(self) -> Array:
        """See `MarketModel`."""
        return np.asarray(self.demand.at_prices(self._at).jacobian)

    def pass_through(self) -> Array:
        """By the implicit function theorem, margins moved by differences; where there are
        capacities, of equilibria solved again."""
        if isinstance(self.conduct, PostedPrices) and self.conduct.limits is not None:
            return self._passed_within(self.conduct)
        at, owns, J = self._at, self.counted(self.ownership.owns), len(self.prices)
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
        identity = np.eye(J)
        in_gross = identity + slopes if self.conduct.by_costs else np.linalg.inv(identity - slopes)
        return np.asarray(in_gross * (1.0 + self.taxes.rate))

    def _passed_within(self, conduct: PostedPrices) -> Array:
        owns, h = self.counted(self.ownership.owns), 1e-5 * self.prices.mean()
        gross = self.taxes.gross(self.costs)
        moved = [
            (
                conduct.solve(self.demand, owns, gross + h * unit, self.prices).value
                - conduct.solve(self.demand, owns, gross - h * unit, self.prices).value
            )
            / (2 * h)
            for unit in np.eye(len(gross))
        ]
        return np.asarray(np.column_stack(moved) * (1.0 + self.taxes.rate))

    def monopolist(self, candidate: Mask) -> Array:
        """See `MarketModel`."""
        joint, costs = self.taxes.weighed(self.separate(candidate)), self.taxes.gross(self.costs)
        if self.conduct.by_costs:
            margins = self.conduct.margins(self.demand, costs, joint)
            return np.where(candidate, costs + margins, self.prices)

        if isinstance(self.conduct, PostedPrices):
            weights = candidate / (1.0 + self.taxes.rate)
            return best_answer(self.demand, weights, costs, self.prices)

        def gap(x: Array) -> Array:
            p = self.prices.copy()
            p[candidate] = x
            return (p - costs - self.conduct.margins(self.demand, p, joint))[candidate]

        start, unit = self.prices[candidate] * 1.05, self.demand.money_per_util
        prices = self.prices.copy()
        prices[candidate] = newton_by_differences(gap, start, unit).unwrap()
        return prices


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """The market, fitted margins (J,) as fractions of what sellers get, and what is doubtful."""

    model: MarketModel
    fitted: Array
    doubts: tuple[str, ...]
