"""Plants that make goods, each good at one price: Cournot, or Stackelberg where firms lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.certificate import MoveProof
from inroads.conduct.certificate.gap import largest_gap
from inroads.conduct.certificate.moves import best_move
from inroads.conduct.certificate.plants import output_lines
from inroads.conduct.horizontal.homogeneous import Plants, quantities
from inroads.conduct.horizontal.plants import PlantGame
from inroads.errors import ConvergenceError, refuse
from inroads.mergers.calibrated.model import MarketModel, Outcome


@dataclass(frozen=True, kw_only=True)
class GoodsModel(MarketModel):
    """Quantities are set.

    game: goods, plants and their costs (without taxes). sold (J,): as observed. leaders (J,): what
    is made by firms that move first, of one good.
    """

    game: PlantGame
    sold: Array
    leaders: Mask

    @property
    def good(self) -> Index:
        """See `MarketModel`."""
        return self.game.good

    @cached_property
    def prices(self) -> Array:
        """See `MarketModel`."""
        return self.game.prices(self.sold)

    def solve(self, owns: Array, savings: Array | float = 0.0) -> Outcome:
        """See `MarketModel`; costs of the outcome are marginal ones."""
        return self._at_costs(owns, self._cheaper(self.costs * (1.0 - savings), savings))

    def _cheaper(self, costs: Array, savings: Array | float) -> PlantGame:
        return replace(self.game, costs=costs, cost_slopes=self.game.cost_slopes * (1.0 - savings))

    def _at_costs(self, owns: Array, game: PlantGame) -> Outcome:
        taxed = self._taxed(game)
        if self.leaders.any():
            q = self._led(owns, taxed)
        else:
            solution = taxed.solve(self.counted(owns), self.sold)
            if not solution.converged:
                raise ConvergenceError(
                    "expected outputs in equilibrium; found none on the way from today's (residual "
                    f"{solution.residual:.3g}). Remedy: look at costs and the market elasticity.",
                    solution,
                )
            q = solution.value
        P = game.prices(q)
        return Outcome(prices=P, costs=game.marginal_costs(q), quantities=q, net=self.taxes.net(P))

    def _taxed(self, game: PlantGame) -> PlantGame:
        """In money that buyers pay."""
        slopes = game.cost_slopes * (1.0 + self.taxes.rate)
        return replace(game, costs=self.taxes.gross(game.costs), cost_slopes=slopes)

    def _led(self, owns: Array, game: PlantGame) -> Array:
        """Output (J,) where followers answer leaders."""
        rows, firm = np.unique(self.counted(owns), axis=0, return_inverse=True)
        if not (((rows == 0) | (rows == 1)).all() and (rows.sum(axis=0) == 1).all()):
            raise refuse(
                expected="firms that own their plants wholly, and one tax rate, for Stackelberg",
                found="parts of profits, or several rates",
                where="conduct",
                remedy="use conduct='cournot'.",
            )
        firm = firm.reshape(-1).astype(np.intp)
        first = np.array([self.leaders[firm == f].any() for f in range(len(rows))])
        plants = Plants(costs=game.costs, cost_slopes=game.cost_slopes, capacity=game.capacity)
        return quantities(game.demands[0], plants, firm, first)

    def certificate(
        self, owns: Array, at: Outcome, savings: Array | float, sellers: list[str]
    ) -> MoveProof:
        """See `MarketModel`: no firm gains by another output, leaders with followers' answers."""
        game = self._cheaper(self.costs * (1.0 - savings), savings)
        counted = self.counted(owns)
        q, taxed = at.quantities, self._taxed(game)
        gap = at.prices - taxed.marginal_costs(q) - taxed.wedge(q, counted)
        full = taxed.is_full(q)
        gap = np.where(q > 0, np.where(full, np.minimum(gap, 0.0), gap), np.maximum(gap, 0.0))
        leaders = self.leaders
        worst = largest_gap(np.where(leaders, 0.0, gap), at.prices, float(at.prices.mean()))
        lines = output_lines(taxed, counted, q, leaders, sellers)
        return MoveProof(
            move="output",
            aim="profit",
            residual=worst.named(sellers),
            deviation=best_move(lines),
        )

    def implied_margins(self, owns: Array) -> Array:
        """Those of quantity setters."""
        wedge = self.game.wedge(self.before.quantities, self.counted(owns))
        return np.asarray(wedge / (1.0 + self.taxes.rate))

    def harm(self, before: Outcome, after: Outcome) -> float:
        """The change of consumer surplus, over all goods."""
        totals = [np.bincount(self.good, at.quantities) for at in (before, after)]
        gained = [
            d.consumer_surplus(float(now), float(then))
            for d, now, then in zip(self.game.demands, *totals, strict=True)
        ]
        return -float(sum(gained))

    @property
    def jacobian(self) -> None:
        """None: there is one price a good."""
        return None

    def pass_through(self) -> Array:
        """By differences."""
        owns, h = self.ownership.owns, 1e-5 * float(self.prices.mean())
        moved = [
            (
                self._at_costs(owns, replace(self.game, costs=self.costs + h * unit)).prices
                - self._at_costs(owns, replace(self.game, costs=self.costs - h * unit)).prices
            )
            / (2 * h)
            for unit in np.eye(len(self.costs))
        ]
        return np.column_stack(moved)

    def monopolist(self, candidate: Mask) -> Array:
        """Prices were what candidates make one firm's, all other output held."""
        joint = self.taxes.weighed(self.separate(candidate))
        now = self.before.quantities
        solution = self._taxed(self.game).solve(joint, now, candidate)
        q = solution.unwrap()
        return np.where(candidate, self.game.prices(q), self.prices)
