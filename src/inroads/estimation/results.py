"""The result of an estimation: a frozen object with its numbers by name."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation import saving
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.gmm.trust_region import Bounds
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.delta_method import (
    DerivedEstimate,
    DerivedQuantity,
    standard_errors_of,
)
from inroads.estimation.inference.tested import Tested
from inroads.estimation.micro.moments import SampleMoment
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.priced_panel import price_coefficient
from inroads.estimation.printing import Printed
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Errors
from inroads.solution import Status
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.market.market import Market


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Estimate(Printed, Tested):
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

    @cached_property
    def fitted(self) -> FittedDemand:
        """Demand at the estimate: elasticities, diversion, margins, surplus, concentration."""
        design = self.design
        if design.searches_prices:
            price = float(self.params["prices"])
        else:
            price = price_coefficient(design, self.params.to_numpy()[: len(design.linear)])
        return FittedDemand(
            panel=self.panel,
            design=design,
            delta=self.delta,
            sigma=self.sigma.to_numpy(),
            pi=self.pi.to_numpy(),
            price_coefficient=price,
            rho=self.params[list(rho_names(len(design.nests)))].to_numpy(),
        )

    def elasticities(self) -> dict[object, pd.DataFrame]:
        """Elasticities of every market.

        Returns
        -------
        dict of (J, J) DataFrame
            By market: row j, column k, percent change of j's share for one percent on k's price.
        """
        return self.fitted.by_market("elasticities")

    def diversion(self) -> dict[object, pd.DataFrame]:
        """Diversion ratios of every market.

        Returns
        -------
        dict of (J, J + 1) DataFrame
            By market: where product j's lost buyers go; the last column is none.
        """
        return self.fitted.by_market("diversion")

    def frame(self) -> pd.DataFrame:
        """Products with what demand and prices imply of them.

        Returns
        -------
        DataFrame
            N rows: ids, shares, prices, own_elasticity, margin, cost and markup (p - c) / p.
        """
        products = self.panel.products
        ids = [c for c in ("market_ids", "firm_ids", "product_ids") if c in products]
        frame = products[[*ids, "shares", "prices"]].copy()
        frame["own_elasticity"] = self.fitted.own_elasticities()
        frame["margin"] = self.fitted.margins()
        frame["cost"] = frame["prices"] - frame["margin"]
        frame["markup"] = frame["margin"] / frame["prices"]
        return frame

    def market(self, market: object, size: float = 1.0, below_zero: bool = False) -> Market:
        """A market of the panel in which firms respond, at the costs that its prices imply.

        Parameters
        ----------
        market : object
            One of market_ids.
        size : float
            Consumers in the market.
        below_zero : bool
            Whether implied costs may be below zero.

        Returns
        -------
        Market
            Offers named by product_ids, firms those of firm_ids; it keeps the formulas, so that
            `Change` moves characteristics, and `market.consumers.utility_of` is for `Launch`.

        Raises
        ------
        InputError
            For a market that is not in the panel, ownership given product by product, and costs
            below zero.
        """
        from inroads.estimation.to_market import market_with_formulas

        return market_with_formulas(self, market, size, below_zero)

    def standard_errors_of(
        self,
        quantity: DerivedQuantity,
        *,
        method: Literal["delta", "bootstrap"] = "delta",
        draws: int = 200,
        seed: int = 0,
        executor: Executor | None = None,
    ) -> DerivedEstimate:
        """Standard errors of numbers that follow from the estimate.

        Parameters
        ----------
        quantity : callable
            Of a `FittedDemand`: gives a number, an array or a Series, of its elasticities, margins,
            merger prices, or of one market in equilibrium (`fitted.market(id)`).
        method : {"delta", "bootstrap"}
            Central differences along the principal directions of the covariance, with normal
            intervals; or quantiles of `draws` draws of estimates, from `seed`.
        draws : int
            Of the bootstrap.
        seed : int
            Of the bootstrap.
        executor : Executor, optional
            Who makes the draws, any `concurrent.futures.Executor`; the numbers are the same.

        Returns
        -------
        DerivedEstimate
            Values, covariance and 95 percent intervals.

        Raises
        ------
        InputError
            Where estimates have no covariance.
        ConvergenceError
            Where the delta method meets a point at which `quantity` fails.
        """
        return standard_errors_of(
            self, quantity, method=method, draws=draws, seed=seed, executor=executor
        )

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
