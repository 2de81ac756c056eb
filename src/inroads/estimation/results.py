"""The result of an estimation: a frozen object with its numbers by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation import saving
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.trust_region import Bounds
from inroads.estimation.implied.demand_result import DemandResult
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.tested import Tested
from inroads.estimation.micro.moments import SampleMoment
from inroads.estimation.printing import Printed
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Errors
from inroads.solution import Status
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Estimate(Printed, Tested, DemandResult):
    """Estimated demand, alone or with supply.

    Attributes
    ----------
    params, standard_errors : Series
        By name: columns of `linear`, gamma[...], prices beside supply, sigma[...], pi[...], rho.
    covariance : DataFrame
        Of `params`; nan for parameters at a bound and for those that moments do not determine.
    objective : float
        N g'Wg at the end.
    efficient : bool
        Whether the last step's weights are efficient.
    weights : (M, M) array
        W, the inverse of the moments' covariance where `efficient`.
    condition : float
        The condition number of that covariance (of moments scaled to what independent residuals
        would give them; those met exactly apart), nan without.
    converged, status, residual, evaluations, steps
        How the search ended; residual is what a further step would gain, relative to the
        objective's root; evaluations are those of all starts and steps.
    errors : str, Clustered or NeweyWest
        What covariances assume of errors.
    searches : DataFrame
        How the search from each start ended in the first step.
    at_bounds : tuple of str
        Parameters at a bound, which count as known.
    at_edge : tuple of str
        Standard deviations at zero, the edge of the model (Andrews 1999). They have no standard
        error but an interval (`conf_int`, `profile`); standard errors of others are as if these
        were not known. Rows of `covariance` are of their squares.
    bounds : Bounds
        Of what was searched.
    unidentified_directions : tuple of mappings
        Directions in which parameters may move unseen, each {parameter: how far}.
    overidentification : ChiSquared
        The test that all moments can be zero at once (Hansen 1982).
    delta, xi : (N,) arrays
        Mean utilities and unobserved quality, fixed effects taken out.
    omega, costs : (N,) arrays
        Beside supply: unobserved cost and marginal costs; empty without.
    sigma, pi : DataFrame
        With zeros where nothing was searched.
    micro, micro_covariance
        Moments of micro data, and the covariance that was given for them, if any.
    micro_fit : DataFrame
        observed, fitted and sampling_error (standard error of the observed), a row a moment.
    layout : ParameterLayout
        What was searched, and from where.
    demand, panel, design
        What was estimated, on which data, as which arrays.
    """

    params: pd.Series
    standard_errors: pd.Series
    covariance: pd.DataFrame
    objective: float
    converged: bool
    status: Status
    residual: float
    evaluations: int
    steps: int
    efficient: bool
    condition: float
    errors: Errors
    weights: Array
    searches: pd.DataFrame
    at_bounds: tuple[str, ...]
    at_edge: tuple[str, ...]
    bounds: Bounds
    unidentified_directions: tuple[Mapping[str, float], ...]
    overidentification: ChiSquared
    delta: Array
    xi: Array
    omega: Array
    costs: Array
    sigma: pd.DataFrame
    pi: pd.DataFrame
    micro: tuple[SampleMoment, ...]
    micro_covariance: Array | None
    micro_fit: pd.DataFrame
    layout: ParameterLayout
    demand: Demand
    panel: Panel
    design: Design = field(metadata={"saved": False})

    @property
    def optima(self) -> Array:
        """Objectives at which the searches of the first step ended, rising."""
        return np.sort(self.searches["objective"].to_numpy(float))

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything to one file, a zip of JSON and arrays.

        Parameters
        ----------
        path : path
            `Estimate.load` reads it.

        Raises
        ------
        InputError
            For a folder that cannot be written to, and ids of a kind that JSON does not have.
        """
        saving.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Estimate:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path
            Of the file.

        Returns
        -------
        Estimate
            As it was, the design made anew.

        Raises
        ------
        InputError
            For a file that is damaged or another's.
        """
        return saving.load(cls, path)
