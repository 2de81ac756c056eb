"""Bargaining before retail prices are set: shops answer every wholesale price, on and off path.

Link l chooses its w_j where lambda dGain_shop/Gain_shop + (1 - lambda) dGain_maker/Gain_maker = 0
(linear prices) or where the sum of gains peaks (two-part tariffs, the fee splitting it); profits
move along dp/dw, which the implicit function theorem gives. All worlds, agreed and broken down,
are one stack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.bargaining import Gains, gains
from inroads.conduct.links import Links
from inroads.conduct.price_search import newton_step
from inroads.conduct.pricing import Conditions, Retail, solve_prices
from inroads.errors import ConvergenceError
from inroads.solution import Solution, Status


@dataclass(frozen=True)
class Stage:
    """The retail equilibrium at wholesale prices w (J,): all links, then without each.

    agreed: one world; without: L worlds. moved, moved_without: dPi_f/dw_j with retail prices
    answering, (F, J) and (L, F, J).
    """

    agreed: Conditions
    without: Conditions
    moved: Array
    moved_without: Array

    def gains(self, links: Links) -> Gains:
        """Of each link, off-path retail prices being those without it."""
        return gains(links, self.agreed.profits, self.without.profits)


@dataclass(frozen=True)
class Sequential:
    """The system of wholesale prices of the offers that are bargained over (B of them).

    fees: the weight of the joint surplus in what a link maximises: 0 for linear wholesale prices,
    1 for two-part tariffs, between for what mixes the two. base (J,): the maker's cost per unit, at
    which offers that nobody bargains over change hands. present (J,): offers on the shelf.
    """

    retail: Retail
    links: Links
    base: Array
    present: Mask
    fees: float = 0.0

    @property
    def bargained(self) -> Index:
        """Positions of offers with a link (B,)."""
        return np.flatnonzero(self.links.of_offer >= 0)

    def stage(self, w: Array, start: Array, start_without: Array) -> Stage:
        """Retail prices in all worlds, from starts (J,) and (L, J)."""
        there, apart = self.present & ~self.links.drops, self.links.without(self.retail)
        p = solve_prices(self.retail, start, w, self.present).value
        agreed = self.retail.at(p, w, self.present)
        without = apart.at(solve_prices(apart, start_without, w, there).value, w, there)
        return Stage(agreed, without, _moved(agreed), _moved(without))

    def condition(self, moved: Array, gained: Gains, sold: Array) -> Array:
        """What each bargained w_j still has to gain (..., B), money per unit, zero at the peak."""
        k, at = self.links, self.bargained
        link = k.of_offer[at]
        lam = k.power[link]
        maker, shop = gained.maker[..., link], gained.shop[..., link]
        in_maker = moved[..., k.maker[link], at] / sold[..., at]
        in_shop = moved[..., k.shop[link], at] / sold[..., at]
        joint = in_maker + in_shop
        if self.fees == 1.0:
            return np.asarray(joint * self.retail.buyers.unit)
        volume = sold @ k.drops.T
        linear = lam * maker * in_shop + (1 - lam) * shop * in_maker
        if self.fees > 0:
            # The mix of objectives, over the Nash product and times both gains.
            with np.errstate(invalid="ignore"):
                even = lam**lam * (1 - lam) ** (1 - lam) * shop ** (1 - lam) * maker**lam
            linear = (1 - self.fees) * linear + self.fees * even * joint
        return np.asarray(linear / volume[..., link])

    def at(self, stage: Stage) -> Array:
        """The conditions of a stage (B,)."""
        return self.condition(stage.moved, stage.gains(self.links), stage.agreed.choices.shares)

    def slope(self, w: Array, stage: Stage) -> Array:
        """d condition / dw (B, B), for the search only: gains move exactly, slopes by differences.

        What w_m does to dPi/dw_j is the difference of two exact derivatives, in the world where all
        agree; threat points move along their own retail equilibria.
        """
        at = self.bargained
        h = 1e-6 * np.maximum(np.abs(w[at]), self.retail.buyers.unit)
        stepped = np.tile(w, (len(at), 1))
        stepped[np.arange(len(at)), at] += h
        along = stage.agreed.pass_through()[:, at] * h
        near = solve_prices(self.retail, stage.agreed.prices + along.T, stepped, self.present)
        there = self.retail.at(near.value, stepped, self.present)
        row = np.arange(len(self.links))
        k = self.links
        rate = Gains(
            stage.moved[k.maker] - stage.moved_without[row, k.maker],
            stage.moved[k.shop] - stage.moved_without[row, k.shop],
        )
        now = stage.gains(k)
        after = Gains(
            now.maker + rate.maker[:, at].T * h[:, None],
            now.shop + rate.shop[:, at].T * h[:, None],
        )
        change = self.condition(_moved(there), after, there.choices.shares) - self.at(stage)
        return np.asarray((change / h[:, None]).T)

    def solve(
        self, start: Array, tolerance: float = 1e-11, max_iterations: int = 50
    ) -> Solution[Array]:
        """(p, w) stacked (2J,); residual: the conditions relative to prices and money's unit.

        Where retail prices are not found at the first wholesale prices, the Solution is theirs.
        """
        at, unit = self.bargained, self.retail.buyers.unit
        w = self.base.copy()
        if 0 < self.fees < 1:
            # Mixed objectives are defined only where both sides gain.
            w = replace(self, fees=0.0).solve(start, tolerance, max_iterations).value[len(w) :]
        try:
            stage = self.stage(w, start, np.broadcast_to(start, self.links.drops.shape))
        except ConvergenceError as error:
            first = error.solution
            return Solution(np.concatenate([start, w]), first.status, first.residual, 0)
        wrong = self.at(stage)

        def size(values: Array) -> float:
            return float((np.abs(values) / np.maximum(np.abs(w[at]), unit)).max(initial=0.0))

        residual = size(wrong)
        for iteration in range(max_iterations + 1):
            if residual <= tolerance or not np.isfinite(residual) or iteration == max_iterations:
                break
            try:
                step = newton_step(self.slope(w, stage), wrong)
            except ConvergenceError:
                break
            # Wholesale prices move by no more than a few units of money at once.
            step *= min(1.0, 3 * unit / max(float(np.abs(step).max()), 1e-300))
            for _ in range(12):
                trial = w.copy()
                trial[at] += step
                ahead = self._ahead(trial, w, stage)
                if ahead is not None and size(self.at(ahead)) < residual:
                    break
                step = step / 2
                ahead = None
            if ahead is None:
                break
            w, stage, wrong = trial, ahead, self.at(ahead)
            residual = size(wrong)
        status = Status.CONVERGED if residual <= tolerance else Status.STALLED
        return Solution(np.concatenate([stage.agreed.prices, w]), status, residual, iteration)

    def _ahead(self, trial: Array, w: Array, stage: Stage) -> Stage | None:
        """The stage at another w, retail prices starting along the pass-through; None without."""
        change = trial - w
        start = stage.agreed.prices + stage.agreed.pass_through() @ change
        without = stage.without.prices + stage.without.pass_through() @ change
        try:
            return self.stage(trial, start, without)
        except ConvergenceError:
            return None


def _moved(conditions: Conditions) -> Array:
    """dPi_f/dw_j (..., F, J) with retail prices answering."""
    held = conditions.retail.stakes.wholesale * conditions.choices.shares[..., None, :]
    return np.asarray(held + conditions.gradients() @ conditions.pass_through())
