"""From where the steps of GMM ended to an `Estimate`: numbers get their names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.estimation.gmm_steps import GmmResult
from inroads.estimation.problem import EstimationProblem
from inroads.estimation.results import Estimate
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Errors


def collect_estimate(
    demand: Demand,
    problem: EstimationProblem,
    result: GmmResult,
    *,
    errors: Errors,
    evaluations: int,
) -> Estimate:
    """The result of the last step; evaluations: of the objective, in all."""
    design, equations, values = problem.design, problem.equations, result.point.values
    index = pd.Index(problem.names)
    sigma, pi = equations.layout.matrices_at(values.theta)
    covariance = result.inference.covariance
    theta_names = np.array(problem.theta_names, dtype=object)
    return Estimate(
        params=pd.Series(np.concatenate([result.beta, values.theta]), index, name="estimate"),
        standard_errors=pd.Series(result.standard_errors, index, name="standard_error"),
        covariance=pd.DataFrame(covariance, index, index),
        objective=result.objective,
        converged=result.solution.converged,
        status=result.solution.status,
        residual=result.solution.residual,
        evaluations=evaluations,
        steps=result.steps,
        efficient=result.efficient,
        condition=result.condition,
        errors=errors,
        weights=np.asarray(result.weight_factor @ result.weight_factor.T),
        searches=result.searches,
        at_bounds=tuple(theta_names[result.at_bounds]),
        at_edge=tuple(theta_names[result.at_edge]),
        bounds=problem.bounds,
        unidentified_directions=result.inference.unidentified_directions,
        overidentification=result.inference.overidentification,
        delta=equations.mean_utility(values, result.beta),
        xi=result.residuals[0],
        omega=result.residuals[1] if len(result.residuals) > 1 else np.zeros(0),
        costs=values.costs,
        sigma=pd.DataFrame(sigma, design.random, design.random),
        pi=pd.DataFrame(pi, design.random, design.demographic_names),
        layout=equations.layout,
        demand=demand,
        panel=problem.panel,
        design=design,
    )
