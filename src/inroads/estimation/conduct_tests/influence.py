"""How the estimate of demand moves with each product: what a test that uses it has to count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.conduct_tests.models import ConductModel
from inroads.estimation.inference.covariance import MomentJacobian
from inroads.estimation.inference.delta_method import DemandAtParameters
from inroads.estimation.problem import problem_again

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Utility's units by which parameters are moved for differences.
_STEP = 1e-5


def parameter_influence(estimate: Estimate) -> Array:
    """Each product's influence on the estimates (N, K), of which their error is the mean.

    (G'WG)^-1 G'W z_i xi_i, with the weights of the estimate; zero for parameters at a bound and
    along what moments do not determine.
    """
    if estimate.micro:
        raise refuse(
            expected="an estimate without micro data",
            found="one with them, whose sampling error is not of products",
            where="test_conduct",
            remedy="give demand_error=False.",
        )
    problem = problem_again(estimate)
    n_linear = len(problem.names) - len(problem.theta_names)
    theta = estimate.params.to_numpy()[n_linear:]
    slopes = problem.equations.jacobian(problem.equations.at(theta))
    residuals = [estimate.xi, estimate.omega] if len(estimate.omega) else [estimate.xi]
    jacobian = MomentJacobian.at(
        problem.regressions,
        residuals,
        slopes.dy,
        problem.bounds.length if theta.size else np.zeros(0),
        at_bounds=np.isin(problem.theta_names, [*estimate.at_bounds, *estimate.at_edge]),
    )
    factor = np.asarray(np.linalg.cholesky(estimate.weights), dtype=float)
    bread, _ = jacobian.bread(factor)
    pairs = zip(problem.regressions, residuals, strict=True)
    g = np.hstack([e.Z * residual[:, None] for e, residual in pairs])
    return np.asarray((g - g.mean(axis=0)) @ bread.T)


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
