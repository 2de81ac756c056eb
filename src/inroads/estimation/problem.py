"""An estimation problem, checked: the equations, the bounds, and whether there is enough data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.design.matrices import Design, build_design
from inroads.estimation.equations import (
    EstimationEquations,
    NonlinearValues,
    build_equations,
)
from inroads.estimation.gmm.bounds import parse_bounds
from inroads.estimation.gmm.error_covariance import ErrorGroups, moment_covariance
from inroads.estimation.gmm.moments import (
    Equation,
    Projection,
    residuals_of,
)
from inroads.estimation.gmm.objective import EquationValues
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.trust_region import Bounds
from inroads.estimation.gmm.weights import tsls_weight_factor
from inroads.estimation.micro.moments import SampleMoment
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Errors
from inroads.estimation.specification.supply import Supply
from inroads.numerics.columns import independent_columns
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


@dataclass(frozen=True, kw_only=True)
class EstimationProblem:
    """Equations on a panel. groups: which errors may be correlated."""

    design: Design
    equations: EstimationEquations
    panel: Panel
    bounds: Bounds
    groups: ErrorGroups

    @property
    def regressions(self) -> list[Equation]:
        """X, Z and unit of each equation."""
        return self.equations.regressions

    @property
    def names(self) -> tuple[str, ...]:
        """Of linear parameters, then of theta."""
        return tuple(self.equations.names)

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Of theta."""
        return self.names[len(self.names) - self.equations.start.size :]

    def residuals(self, y: Sequence[Array], beta: Array) -> list[Array]:
        """xi, and omega beside supply (N,), at y of each equation."""
        return residuals_of(self.regressions, y, beta)

    def moment_covariance(self, values: EquationValues, beta: Array) -> Array:
        """S (M, M), centred; micro moments are independent of the others."""
        residuals = self.residuals(values.y, beta)
        micro = getattr(self.equations, "micro", None)
        if micro is None:
            return moment_covariance(self.regressions, residuals, self.groups)
        S = moment_covariance(self.regressions[:-1], residuals[:-1], self.groups)
        if not isinstance(values, NonlinearValues):
            values = self.equations.at(values.theta)
        assert isinstance(values, NonlinearValues)
        return np.asarray(block_diag(S, micro.covariance(values.state)))

    def exact_moment_refused(self, weights: Array, n_equations: int) -> InputError:
        """The error that the combination `weights` (M,) of moments is met exactly, by name."""
        design = self.design
        names = [*design.instruments, *(f"{n} (supply)" for n in design.supply_instruments)]
        names += [f"{n} (innovations)" for n in design.innovation_instruments]
        names += [f"{n} (covariance)" for n in design.covariance_instruments]
        Z = np.hstack([e.Z for e in self.regressions if e.factor is None])
        weights = weights[: Z.shape[1]]
        column = int(np.argmax(np.abs(weights) * np.linalg.norm(Z, axis=0)))
        values = np.abs(Z[:, column])
        rows = row_numbers(self.panel.products)
        used = [row for row, v in zip(rows, values, strict=True) if v > 1e-9 * values.max()]
        where = f", which only row {used[0]} moves" if len(used) == 1 else ""
        return refuse(
            expected="moments with some variance, for efficient weights",
            found=f"the moment of {names[column]} met exactly{where}",
            where="products",
            remedy=f"drop {names[column]}, or use steps=1.",
        )


class Starts(TypedDict, total=False):
    """Where the search starts, by group of parameters."""

    sigma: ArrayLike
    pi: ArrayLike
    prices: float
    rho: ArrayLike


def build_problem(
    demand: Demand,
    panel: Panel,
    supply: Supply | None = None,
    start: Mapping[str, Any] | None = None,
    *,
    bounds: Mapping[str, Any] | None = None,
    errors: Errors = "robust",
    workers: int = 1,
    micro: Sequence[SampleMoment] = (),
    micro_covariance: ArrayLike | None = None,
) -> EstimationProblem:
    """Equations, bounds and groups of errors of an estimation (see `estimate`).

    Raises InputError for formulas and tables at fault, a start or bounds that do not fit, fewer
    moments than parameters, columns that instruments do not move, and too few clusters.
    """
    starts = _starts_by_group(demand, start)
    design = build_design(demand, panel, supply, starts.get("sigma"))
    if design.searches_prices != ("prices" in starts):
        raise refuse(
            expected="start={'prices': ...} beside supply and prices in `linear`, only there",
            found=f"{starts['prices']} where it is not searched" if "prices" in starts else "none",
            where="estimate",
            remedy="give a value to start from, -1.0 say, or take it out.",
        )
    layout = ParameterLayout.from_start(design, **starts)
    parsed_bounds = parse_bounds(layout, design, bounds)
    problem = EstimationProblem(
        design=design,
        equations=build_equations(
            design, panel, layout, workers, micro=micro, micro_covariance=micro_covariance
        ),
        panel=panel,
        bounds=parsed_bounds,
        groups=ErrorGroups.of(errors, panel),
    )
    _check_identification_counts(problem)
    return problem


def problem_again(estimate: Estimate) -> EstimationProblem:
    """The problem that an estimate solved."""
    layout = estimate.layout
    start = {"sigma": layout.sigma, "pi": layout.pi, "prices": layout.prices}
    if len(layout.rho):
        start["rho"] = layout.rho
    return build_problem(
        estimate.demand,
        estimate.panel,
        estimate.design.supply,
        start if layout.start.size else None,
        errors=estimate.errors,
        micro=estimate.micro,
        micro_covariance=estimate.micro_covariance,
    )


def _starts_by_group(demand: Demand, start: Mapping[str, Any] | None) -> Starts:
    if demand.random and not start:
        raise refuse(
            expected="start={'sigma': ..., 'pi': ...} for the random coefficients",
            found="none",
            where="estimate",
            remedy="give a value for each entry that is to be estimated.",
        )
    given = {key: value for key, value in (start or {}).items() if value is not None}
    unknown = [key for key in given if key not in Starts.__annotations__]
    if unknown:
        raise refuse(
            expected="start of sigma, pi, prices, rho",
            found=repr(unknown[0]),
            where="estimate",
            remedy="correct the name.",
        )
    return cast(Starts, given)


def _check_identification_counts(problem: EstimationProblem) -> None:
    """Refuse more parameters than moments, regressors that no instrument moves, few clusters."""
    regressions, names = problem.regressions, problem.names
    n_linear = sum(e.X.shape[1] for e in regressions)
    n_moments = sum(e.Z.shape[1] for e in regressions)
    if n_moments < len(names):
        searched = list(names[n_linear:])
        instruments = list(problem.design.instruments)
        raise refuse(
            expected=f"at least as many moments as parameters: {n_linear} in formulas and "
            f"{len(searched)} searched ({', '.join(searched)})",
            found=f"{n_moments} moments: {', '.join(instruments)}"
            + (
                f", and {n_moments - len(instruments)} beside those of demand"
                if len(regressions) > 1
                else ""
            ),
            where="products",
            remedy=f"add {len(names) - n_moments} excluded instruments, or search less.",
        )
    projection = Projection(regressions, tsls_weight_factor(regressions))
    lengths = np.concatenate([np.linalg.norm(e.X, axis=0) / e.unit for e in regressions])
    independent = independent_columns(projection.weighted_regressors, lengths)
    # Coefficients of derived residuals (phi) have no column where residuals are zero.
    own = [e.derived is not None for e in regressions for _ in e.X.T]
    unmoved = [names[k] for k in range(n_linear) if k not in independent and not own[k]]
    if unmoved:
        raise refuse(
            expected="instruments that move each regressor apart from the others",
            found=f"none that so move {', '.join(unmoved)}",
            where="products",
            remedy="drop the column, or add an instrument for it.",
        )
    groups = problem.groups.independent_groups()
    if groups is not None and groups <= n_moments:
        raise refuse(
            expected=f"more clusters than moments ({n_moments})",
            found=f"{groups} clusters",
            where="errors",
            remedy="cluster less coarsely, use fewer instruments, or errors='robust'.",
        )
