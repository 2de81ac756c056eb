"""Inversion without a Jacobian: an accelerated contraction, J x I a step.

Without heterogeneity mean utilities are a closed form b of shares (Berry 1994). The contraction
delta <- delta + b(S) - b(s(delta)) (Fukasawa 2024; that of Berry, Levinsohn and Pakes, with the
outside option and nests beside it) takes what agents have in common in one step, and Anderson's
acceleration the rest: 10 to 20 steps where tastes are moderate, whatever J. Where they are not it
slows down, and Newton's method, which costs J^3 a step, goes on from the best point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, DemandCurve, DemandModel, MarketDemand
from inroads.choice.nested import Nested
from inroads.numerics.acceleration import AcceleratedSteps
from inroads.solution import Solution, Status

_TINY = np.finfo(float).tiny
# From so many products on a step of Newton's costs more than the whole contraction, which may then
# take longer: steps in all, and within how many the error must halve.
_LARGE = 200
_STEPS, _PATIENCE = 30, 4
_STEPS_IF_LARGE, _PATIENCE_IF_LARGE = 100, 12


@dataclass(frozen=True)
class Contraction:
    """Where it ended: delta (B, J), the largest |log s - log S| of each market (B,), demand there,
    and how many steps were taken."""

    delta: Array
    size: Array
    demand: MarketDemand
    steps: int

    def solution(self, tolerance: float) -> Solution[Array]:
        """Of all markets."""
        residual = float(self.size.max(initial=0.0))
        status = Status.CONVERGED if residual <= tolerance else Status.STALLED
        return Solution(self.delta, status, residual, self.steps)


def contract(
    curve: DemandCurve,
    model: DemandModel,
    S: Array,
    start: Array,
    *,
    tolerance: float,
    max_steps: int = _STEPS_IF_LARGE,
) -> Contraction:
    """Stacked markets with shares S (B, J), from `start` (B, J), as far as it gets quickly."""
    log_S, target = np.log(S), mean_utilities_without_tastes(model, S)
    large = S.shape[-1] >= _LARGE
    trials = AcceleratedSteps(start, _PATIENCE_IF_LARGE if large else _PATIENCE)
    last, steps = min(max_steps, _STEPS_IF_LARGE if large else _STEPS), 0
    while True:
        tried, demand = trials.x, curve(trials.x)
        s = np.maximum(demand.shares, _TINY)
        log_s = np.log(s)
        size = np.abs(log_S - log_s).max(axis=-1)
        trials.record(target - _without_tastes(model, s, log_s), size)
        open_markets = ~(trials.smallest <= tolerance)
        if steps == last or not (open_markets & trials.progressing()).any():
            break
        steps += 1
    if trials.best is not tried:
        demand = curve(trials.best)
    return Contraction(trials.best, trials.smallest, demand, steps)


def mean_utilities_without_tastes(model: DemandModel, S: Array) -> Array:
    """b (..., J): delta at which agents who are all alike choose S (..., J) (Berry 1994).

    ln s_j - ln s_0 - sum_l rho_l ln(share of l's inner nest, at last the product, in l's nest).
    """
    return _without_tastes(model, S, np.log(S))


def _without_tastes(model: DemandModel, S: Array, log_S: Array) -> Array:
    rest = np.maximum(1.0 - S.sum(axis=-1, keepdims=True), _TINY)
    delta = log_S - np.log(rest)
    if isinstance(model, Nested):
        inner = log_S
        for rho, level, (order, starts) in reversed(
            list(zip(model.rho, model.levels, model.folds, strict=True))
        ):
            nest = np.log(np.add.reduceat(S[..., order], starts, axis=-1))[..., level[2]]
            delta -= rho * (inner - nest)
            inner = nest
    return np.asarray(delta)
