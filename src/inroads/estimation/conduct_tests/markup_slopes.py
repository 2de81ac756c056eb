"""How markups move with the estimates of demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.estimation.conduct_tests.models import ConductModel
from inroads.estimation.inference.delta_method import DemandAtParameters

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Utility's units by which parameters are moved for differences.
_STEP = 1e-5


def markup_slopes(estimate: Estimate, models: list[ConductModel]) -> list[Array]:
    """dmarkups/dparameters (N, K) of each model, by central differences, demand solved again."""
    demand = DemandAtParameters(estimate)
    center = estimate.params.to_numpy()
    slopes = [np.zeros((len(estimate.panel), len(center))) for _ in models]
    for k in _that_move_markups(estimate):
        step = _STEP * max(1.0, abs(center[k]))
        moved = []
        for side in (step, -step):
            point = center.copy()
            point[k] += side
            at_point = demand.at(point)
            moved.append([model.markups(at_point) for model in models])
        for slope, up, down in zip(slopes, *moved, strict=True):
            slope[:, k] = (up - down) / (2 * step)
    return slopes


def through_markups(Z: Array, cost_slope: Array, in_params: Array, influence: Array) -> Array:
    """What the error of demand adds to z_i omega_i (N, K): each product's, by its markups' slopes.

    cost_slope (N,): d(transformed cost)/dcost; in_params (N, P): dmarkups/dparameters; influence
    (N, P): of each product on the estimates.
    """
    return np.asarray(-influence @ ((Z * cost_slope[:, None]).T @ in_params / len(Z)).T)


def _that_move_markups(estimate: Estimate) -> list[int]:
    """Positions of parameters that markups depend on: prices', theta, nesting parameters."""
    linear = estimate.design.linear_slopes
    n_known = len(linear)
    n_costs = len(estimate.design.cost_names)
    fixed = {*estimate.at_bounds, *estimate.at_edge}
    return [
        k
        for k, name in enumerate(estimate.params.index)
        if name not in fixed
        and (linear[k] != 0 if k < n_known else not n_known <= k < n_known + n_costs)
    ]
