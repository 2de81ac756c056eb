"""How the estimates move with each product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.inference.covariance import MomentJacobian
from inroads.estimation.problem import problem_again

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


def parameter_influence(estimate: Estimate) -> Array:
    """Each product's influence on the estimates (N, K), of which their error is the mean.

    (G'WG)^-1 G'W z_i xi_i, with the weights of the estimate; zero for parameters at a bound and
    along what moments do not determine.
    """
    if estimate.micro:
        raise refuse(
            expected="an estimate without micro data",
            found="one with them, whose sampling error is not of products",
            where="estimate",
            remedy="estimate without micro=, or, in test_conduct, give demand_error=False.",
        )
    problem = problem_again(estimate)
    n_linear = len(problem.names) - len(problem.theta_names)
    theta = estimate.params.to_numpy()[n_linear:]
    beta = estimate.params.to_numpy()[:n_linear]
    values = problem.equations.at(theta)
    slopes = problem.equations.jacobian(values)
    residuals = problem.residuals(values.y, beta)
    jacobian = MomentJacobian.at(
        problem.regressions,
        residuals,
        slopes.dy,
        problem.bounds.length if theta.size else np.zeros(0),
        at_bounds=np.isin(problem.theta_names, [*estimate.at_bounds, *estimate.at_edge]),
        beta=beta,
    )
    factor = np.asarray(np.linalg.cholesky(estimate.weights), dtype=float)
    bread, _ = jacobian.bread(factor)
    pairs = zip(problem.regressions, residuals, strict=True)
    g = np.hstack([e.Z * residual[:, None] for e, residual in pairs])
    return np.asarray((g - g.mean(axis=0)) @ bread.T)
