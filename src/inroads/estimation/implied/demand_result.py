"""Demand at known parameters, estimated or published, and all that follows from it."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.panel_formulas import ExplainedUtility, PanelFormulas
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.implied.tables_with_errors import TablesWithErrors
from inroads.estimation.inference.delta_method import (
    DerivedEstimate,
    DerivedQuantity,
    standard_errors_of,
)
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.priced_panel import price_coefficient
from inroads.estimation.specification.demand import Demand
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.market.market import Market


class DemandResult(TablesWithErrors):
    """What follows from demand at known parameters: `Estimate` and `KnownDemand` are such."""

    params: pd.Series
    covariance: pd.DataFrame
    at_bounds: tuple[str, ...]
    at_edge: tuple[str, ...]
    delta: Array
    xi: Array
    sigma: pd.DataFrame
    pi: pd.DataFrame
    layout: ParameterLayout
    demand: Demand
    panel: Panel
    design: Design

    @cached_property
    def formulas(self) -> PanelFormulas:
        """Formulas as they were fixed on the panel."""
        return PanelFormulas(self.demand, self.panel)

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
            explained=ExplainedUtility(self.formulas, self.params),
        )

    def frame(self) -> pd.DataFrame:
        """Products with what demand and prices imply of them.

        Returns
        -------
        DataFrame
            N rows: ids, shares, prices, own_elasticity, and, where there is an outside option,
            margin, cost and markup (p - c) / p.
        """
        products = self.panel.products
        ids = [c for c in ("market_ids", "firm_ids", "product_ids") if c in products]
        frame = products[[*ids, "shares", "prices"]].copy()
        frame["own_elasticity"] = self.fitted.own_elasticities()
        if not self.panel.outside:
            return frame
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
        return self.fitted.market(market, size, below_zero)

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
            merger prices, or of one market in equilibrium (`fitted.market(id)`), after moves too.
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
