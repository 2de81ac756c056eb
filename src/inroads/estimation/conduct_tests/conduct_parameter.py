"""One parameter of conduct, bargaining power most of all: on a grid, and estimated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed
from inroads.errors import refuse
from inroads.estimation.conduct_tests.cost_residuals import (
    CostProjection,
    orthonormal_instruments,
    residual_costs,
)
from inroads.estimation.conduct_tests.markup_slopes import markup_slopes, through_markups
from inroads.estimation.conduct_tests.models import ConductModel
from inroads.estimation.gmm.error_covariance import ErrorGroups, covariance_of_rows
from inroads.estimation.inference.influence import parameter_influence
from inroads.estimation.specification.errors import Errors
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# A minimum is found to this part of the grid's range; slopes are differences over this part of it.
_PRECISION = 1e-6
_STEP = 1e-4
# Costs that move by less than this part of themselves along the grid do not hang on the parameter.
_STILL = 1e-9


@dataclass(frozen=True, kw_only=True, repr=False)
class ConductParameter(Displayed):
    """A parameter of conduct: where instruments explain costs least, and what is not rejected.

    Parameters
    ----------
    value : float
        At which instruments explain the least of what shifters leave of costs.
    standard_error : float
        Of it; nan at an end of the grid.
    model : ConductModel
        At that value; `test_conduct` takes it beside others.
    frame : DataFrame
        A row a value of the grid: lack_of_fit; statistic, which is chi-squared where the value is
        true, however weak instruments are (Anderson and Rubin 1949), and its p.
    instruments : int
        How many: the statistic's degrees of freedom.
    """

    value: float
    standard_error: float
    model: ConductModel
    frame: pd.DataFrame
    instruments: int

    def _card(self) -> Card:
        error = "" if np.isnan(self.standard_error) else f" ({self.standard_error:.3g})"
        return Card(
            line=f"ConductParameter {self.value:.4g}{error}",
            table=self.frame,
            next_steps=("found.not_rejected()", "found.chart()"),
        )

    def to_frame(self) -> pd.DataFrame:
        """The grid.

        Returns
        -------
        DataFrame
            value, lack_of_fit, statistic and p.
        """
        return self.frame.copy()

    def not_rejected(self, level: float = 0.95) -> list[float]:
        """Values of the grid that are not rejected.

        Parameters
        ----------
        level : float
            With this probability the true value, were it on the grid, is among them.

        Returns
        -------
        list of float
            All of the grid where instruments say nothing; none where no value fits: then the
            whole family of models, shifters or instruments are at fault.

        Raises
        ------
        InputError
            For a level that is none.
        """
        if not 0 < level < 1:
            raise refuse(
                expected="a level above 0 and below 1",
                found=repr(level),
                where="not_rejected",
                remedy="give 0.95, say.",
            )
        return [float(v) for v in self.frame["value"][self.frame["p"] >= 1 - level]]

    def chart(self) -> Any:
        """The statistic along the grid.

        Returns
        -------
        altair.LayerChart
            Dashed: the critical value at 5 percent.
        """
        from scipy.special import chdtri

        from inroads.charts.curve import curve_and_level

        critical = float(chdtri(self.instruments, 0.05))
        values, statistics = self.frame["value"], self.frame["statistic"]
        return curve_and_level(values, statistics, critical, self.value)


def conduct_parameter(
    fit: Estimate,
    model: Callable[[float], ConductModel],
    costs: str,
    instruments: str,
    *,
    values: Sequence[float] = tuple(np.linspace(0.0, 1.0, 11)),
    absorb: str | None = None,
    log: bool = False,
    demand_error: bool = True,
    errors: Errors | None = None,
) -> ConductParameter:
    """A parameter of conduct, such as bargaining power, from prices, shifters and instruments.

    The value at which instruments explain the least of what shifters leave of costs, the measure by
    which `test_conduct` compares models; so that, to first order, a test of the model at this value
    against another with the same instruments has the statistic of a value that was given.

    Parameters
    ----------
    fit : Estimate
        Of demand.
    model : callable
        Of a value: the model, `lambda power: ir.NashBargaining(channel_weight=power)`, say.
    costs, instruments : str
        Formulas of cost shifters, and of columns that move markups and not costs.
    values : sequence of float
        The grid; the estimate is between its ends.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out of costs.
    log : bool
        Whether costs are linear in logarithms.
    demand_error : bool
        Whether the sampling error of the estimate of demand counts.
    errors : str, Clustered or NeweyWest, optional
        As in `estimate`; those of the fit unless given.

    Returns
    -------
    ConductParameter
        The estimate with its error, the grid, the values that are not rejected.

    Raises
    ------
    InputError
        For fewer than three values, a family whose costs do not move with the parameter, and what
        `test_conduct` refuses.

    References
    ----------
    Anderson, T. W. and Rubin, H. (1949), Estimation of the parameters of a single equation in a
    complete system of stochastic equations, Annals of Mathematical Statistics 20(1).
    Draganska, M., Klapper, D. and Villas-Boas, S. B. (2010), A larger slice or a larger pie? An
    empirical investigation of bargaining power in the distribution channel, Marketing Science
    29(1).
    """
    grid = np.unique(np.asarray(values, dtype=float))
    if len(grid) < 3 or not np.isfinite(grid).all():
        raise refuse(
            expected="at least three values",
            found=repr(list(values)),
            where="conduct_parameter",
            remedy="give numpy.linspace(0, 1, 11), say.",
        )
    with one_blas_thread():
        fitting = _Fitting(fit, model, costs, instruments, absorb, log)
        lack_of_fit = np.array([fitting.lack_of_fit(v) for v in grid])
        fitting.check_moves(grid[0], grid[-1])
        best = _lowest(fitting, grid, lack_of_fit)
        points = [*grid, best]
        influences = _influences(fitting, points, demand_error=demand_error)
        groups = ErrorGroups.of(fit.errors if errors is None else errors, fit.panel)
        frame = _tested(fitting, grid, lack_of_fit, influences[:-1], groups)
        inside = grid[0] < best < grid[-1]
        error = _error(fitting, best, grid, influences[-1], groups) if inside else np.nan
    return ConductParameter(
        value=best,
        standard_error=error,
        model=model(best),
        frame=frame,
        instruments=fitting.Z.shape[1],
    )


class _Fitting:
    """Mean products g (K,) of instruments, Z'Z = N, and costs at values of the parameter."""

    def __init__(
        self,
        fit: Estimate,
        model: Callable[[float], ConductModel],
        costs: str,
        instruments: str,
        absorb: str | None,
        log: bool,
    ) -> None:
        self.fit, self.model, self.log = fit, model, log
        self.projection = CostProjection(fit, costs, absorb)
        self.Z = orthonormal_instruments(self.projection, instruments)

    def residual(self, value: float) -> tuple[Array, Array]:
        """What shifters leave of costs (N,), and d(transformed cost)/dcost (N,)."""
        model = self.model(float(value))
        if not isinstance(model, ConductModel):
            raise refuse(
                expected="a model of conduct for each value",
                found=repr(model)[:80],
                where="model",
                remedy="write lambda power: ir.NashBargaining(channel_weight=power), say.",
            )
        markups = {f"{value:g}": model.markups(self.fit.fitted)}
        omega, slopes = residual_costs(self.fit, markups, self.projection, self.log)
        return omega[0], slopes[0]

    def g(self, value: float) -> Array:
        """Z'omega / N (K,)."""
        return np.asarray(self.Z.T @ self.residual(value)[0] / len(self.Z))

    def lack_of_fit(self, value: float) -> float:
        """g'g."""
        return float(np.sum(self.g(value) ** 2))

    def check_moves(self, low: float, high: float) -> None:
        """Refuse a family of one model."""
        at_low, at_high = self.residual(low)[0], self.residual(high)[0]
        if np.linalg.norm(at_high - at_low) <= _STILL * np.linalg.norm(at_low):
            raise refuse(
                expected="costs that hang on the parameter",
                found=f"the same at {low:g} and {high:g}, but for what shifters explain",
                where="model",
                remedy="put the value that it is given into the model.",
            )


def _lowest(fitting: _Fitting, grid: Array, lack_of_fit: Array) -> float:
    """Where the lack of fit is least, between the neighbours of the best value of the grid."""
    from scipy.optimize import minimize_scalar

    k = int(np.argmin(lack_of_fit))
    ends = grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)]
    tolerance = _PRECISION * (grid[-1] - grid[0])
    minimum = minimize_scalar(
        fitting.lack_of_fit, bounds=ends, method="bounded", options={"xatol": tolerance}
    )
    if float(minimum.fun) > lack_of_fit[k]:
        return float(grid[k])
    near_end = min(minimum.x - grid[0], grid[-1] - minimum.x) < 2 * tolerance
    return float(grid[k] if near_end and k in (0, len(grid) - 1) else minimum.x)


def _influences(fitting: _Fitting, points: list[float], *, demand_error: bool) -> list[Array]:
    """Each product's influence on g at each point (N, K), demand's error in it."""
    fit, Z = fitting.fit, fitting.Z
    at_points = [fitting.residual(v) for v in points]
    on_g = [Z * (omega[:, None]) - Z.T @ omega / len(Z) for omega, _ in at_points]
    if not demand_error:
        return on_g
    influence = parameter_influence(fit)
    in_params = markup_slopes(fit, [fitting.model(float(v)) for v in points])
    through = [
        through_markups(Z, slope, d, influence)
        for (_, slope), d in zip(at_points, in_params, strict=True)
    ]
    return [own + demand for own, demand in zip(on_g, through, strict=True)]


def _tested(
    fitting: _Fitting, grid: Array, lack_of_fit: Array, influences: list[Array], groups: ErrorGroups
) -> pd.DataFrame:
    """N g'S^-1 g of each value, with its p."""
    from scipy.special import chdtrc

    N, K = fitting.Z.shape
    statistics = []
    for value, on_g in zip(grid, influences, strict=True):
        g = fitting.g(value)
        statistics.append(N * g @ np.linalg.solve(covariance_of_rows(on_g, groups), g))
    columns = {"value": grid, "lack_of_fit": lack_of_fit, "statistic": statistics}
    return pd.DataFrame(columns | {"p": chdtrc(K, np.array(statistics))})


def _error(fitting: _Fitting, value: float, grid: Array, on_g: Array, groups: ErrorGroups) -> float:
    """Of the value where g'g is least: its influences are -G'on_g / G'G."""
    step = min(_STEP * (grid[-1] - grid[0]), value - grid[0], grid[-1] - value)
    G = (fitting.g(value + step) - fitting.g(value - step)) / (2 * step)
    variance = covariance_of_rows((on_g @ G / (G @ G))[:, None], groups)
    return float(np.sqrt(variance.item() / len(on_g)))
