"""From where the steps of GMM ended to an `Estimate`: numbers get their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.estimation.gmm_steps import GmmResult
from inroads.estimation.micro.moments import SampleMoment
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
    micro: Sequence[SampleMoment] = (),
    micro_covariance: ArrayLike | None = None,
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
        micro=tuple(micro),
        micro_covariance=None if micro_covariance is None else np.asarray(micro_covariance, float),
        micro_fit=_micro_fit(problem, result),
        weights=np.asarray(result.weight_factor @ result.weight_factor.T),
        searches=result.searches,
        at_bounds=tuple(theta_names[result.at_bounds]),
        at_edge=tuple(theta_names[result.at_edge]),
        bounds=problem.bounds,
        unidentified_directions=result.inference.unidentified_directions,
        overidentification=result.inference.overidentification,
        delta=equations.mean_utility(values, result.beta),
        xi=result.residuals[0],
        omega=np.zeros(0) if design.supply is None else result.residuals[1],
        costs=values.costs,
        sigma=pd.DataFrame(sigma, design.random, design.random),
        pi=pd.DataFrame(pi, design.random, design.demographic_names),
        layout=equations.layout,
        demand=demand,
        panel=problem.panel,
        design=design,
    )


def _micro_fit(problem: EstimationProblem, result: GmmResult) -> pd.DataFrame:
    """Micro moments as observed and at the estimate, with the sampling error of the former."""
    micro = getattr(problem.equations, "micro", None)
    if micro is None:
        return pd.DataFrame(columns=["observed", "fitted", "sampling_error"], dtype=float)
    residual = result.residuals[-1] / np.sqrt(micro.N)
    S = problem.moment_covariance(result.point.values, result.beta)
    M = len(residual)
    return pd.DataFrame(
        {
            "observed": micro.observed,
            "fitted": micro.observed + residual,
            "sampling_error": np.sqrt(np.diag(S)[-M:] / micro.N),
        },
        index=pd.Index([m.name for m in micro.moments], name="moment"),
    )
