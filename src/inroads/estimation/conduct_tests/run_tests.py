"""The test of conduct: costs that models imply, against instruments that do not move costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.conduct_tests.conduct_tests import ConductTests, InstrumentSet
from inroads.estimation.conduct_tests.cost_residuals import (
    CostProjection,
    orthonormal_instruments,
    residual_costs,
)
from inroads.estimation.conduct_tests.markup_slopes import markup_slopes, through_markups
from inroads.estimation.conduct_tests.models import ConductModel, checked_models
from inroads.estimation.conduct_tests.pair_statistics import pair_statistics
from inroads.estimation.gmm.error_covariance import ErrorGroups
from inroads.estimation.inference.influence import parameter_influence
from inroads.estimation.specification.errors import Errors
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Residual costs closer than this, relative to their size, are the same model in these data.
_SAME = 1e-9


def test_conduct(
    fit: Estimate,
    models: Mapping[str, ConductModel],
    costs: str,
    instruments: str | Sequence[str] | Mapping[str, str],
    *,
    absorb: str | None = None,
    log: bool = False,
    demand_error: bool = True,
    errors: Errors | None = None,
    seed: int = 0,
) -> ConductTests:
    """Which of several models of conduct prices speak for (Rivers and Vuong's test).

    A model implies costs p - markup; instruments that move markups and not costs must not explain
    what cost shifters leave of them. Of two models the better is the one whose costs they explain
    less. No model has to be true; with weak instruments the statistic misleads, which F says.

    Parameters
    ----------
    fit : Estimate
        Of demand, alone or with supply.
    models : mapping of str to ConductModel
        At least two, by name: `PriceSetting`, `QuantitySetting`, `MarginalCostPricing`,
        `DoubleMarginalization`, `NashBargaining`, `GivenMarkups`, `ByMarket`.
    costs : str
        Formula of cost shifters.
    instruments : str, sequence or mapping of str
        A formula of columns that move markups and not costs, or several, by name.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out of costs.
    log : bool
        Whether costs are linear in logarithms.
    demand_error : bool
        Whether the sampling error of the estimate of demand counts.
    errors : str, Clustered or NeweyWest, optional
        As in `estimate`; those of the fit unless given.
    seed : int
        Of the draws of the model confidence set.

    Returns
    -------
    ConductTests
        T of each pair, F with its critical values, p values of the model confidence set.

    Raises
    ------
    InputError
        For fewer than two models, models that imply the same costs in these data, instruments that
        costs or fixed effects explain, or that are prices or shares, and costs below zero where
        logarithms are asked for.

    References
    ----------
    Duarte, M., Magnolfi, L., Solvsten, M. and Sullivan, C. (2024), Testing firm conduct,
    Quantitative Economics 15(3).
    Rivers, D. and Vuong, Q. (2002), Model selection tests for nonlinear dynamic models,
    Econometrics Journal 5(1).
    """
    by_name = checked_models(models)
    with one_blas_thread():
        projection = CostProjection(fit, costs, absorb)
        groups = ErrorGroups.of(fit.errors if errors is None else errors, fit.panel)
        markups = {name: model.markups(fit.fitted) for name, model in by_name.items()}
        omega, slopes = residual_costs(fit, markups, projection, log)
        _check_different(by_name, omega)
        if demand_error:
            influence = parameter_influence(fit)
            in_params = markup_slopes(fit, list(by_name.values()))
        tests = {}
        for label, formula in _by_label(instruments).items():
            Z = orthonormal_instruments(projection, formula)
            through_demand = [np.zeros(Z.shape) for _ in by_name]
            if demand_error:
                through_demand = [
                    through_markups(Z, slope, d, influence)
                    for slope, d in zip(slopes, in_params, strict=True)
                ]
            tests[label] = InstrumentSet(
                formula=formula,
                statistics=pair_statistics(Z, omega, through_demand, groups, seed=seed),
            )
    index = fit.panel.products.index
    return ConductTests(
        models=tuple(by_name),
        sets=tests,
        markups=pd.DataFrame(markups, index=index),
        costs=pd.DataFrame({n: fit.fitted.column("prices") - m for n, m in markups.items()}, index),
        demand_error=demand_error,
        errors=str(fit.errors if errors is None else errors),
    )


# pytest takes any imported name that begins with "test" for a test.
test_conduct.__test__ = False  # type: ignore[attr-defined]


def _check_different(models: Mapping[str, ConductModel], omega: Array) -> None:
    for (a, name_a), (b, name_b) in combinations(enumerate(models), 2):
        size = np.linalg.norm(omega[a]) + np.linalg.norm(omega[b])
        if np.linalg.norm(omega[a] - omega[b]) <= _SAME * size:
            raise refuse(
                expected="models that imply different costs in these data",
                found=f"'{name_a}' and '{name_b}', the same but for what costs explain",
                where="models",
                remedy="leave one of them out.",
            )


def _by_label(instruments: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(instruments, str):
        return {"instruments": instruments}
    if isinstance(instruments, Mapping):
        return dict(instruments)
    return {f"instruments {k + 1}": formula for k, formula in enumerate(instruments)}
