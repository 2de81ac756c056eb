"""Demand at known parameters, estimated or published, and all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.consumer_groups.by_group import By, groups_of
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.implied.prediction import Xi, predict
from inroads.estimation.implied.replayed_design import characteristic_slopes
from inroads.estimation.inference.delta_method import (
    DerivedEstimate,
    DerivedQuantity,
    standard_errors_of,
)
from inroads.estimation.markets.substitution import When, elasticity_tables
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.priced_panel import price_coefficient
from inroads.estimation.specification.demand import Demand
from inroads.tables.panel import Panel
from inroads.tables.read import TableSource

if TYPE_CHECKING:
    from inroads.market.market import Market

#: another state of demand, as of prices after a merger
After = Callable[[FittedDemand], FittedDemand]


class DemandResult:
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

    def predict(
        self,
        products: TableSource | None = None,
        agents: TableSource | None = None,
        *,
        xi: Xi = 0.0,
    ) -> pd.DataFrame:
        """Shares that demand predicts, by its formulas as they were fixed on the panel.

        Parameters
        ----------
        products : path or table, optional
            With market_ids, prices and what formulas use; the panel's unless given. Prices are as
            given: `fit.market(id)` is for firms that answer.
        agents : path or table, optional
            The panel's in markets that it has unless given.
        xi : number, (N,) array or "estimated"
            What is unobserved of products: 0, so that `predicted` beside `shares` says what
            characteristics explain; as estimated, found by market_ids and product_ids, for the
            panel's own products changed; or any numbers.

        Returns
        -------
        DataFrame
            A row a product: ids, prices, shares where there are some, mean_utility, predicted.

        Raises
        ------
        InputError
            For levels of categories, absorbed effects or products that the panel does not have.

        Examples
        --------
        >>> import pandas as pd
        >>> import inroads as ir
        >>> products = pd.DataFrame({
        ...     "market_ids": [1, 1, 2, 2], "product_ids": ["a", "b"] * 2,
        ...     "prices": [1.0, 2.0, 1.5, 2.5], "shares": [0.2, 0.3, 0.3, 0.3],
        ... })
        >>> known = ir.known_demand(
        ...     ir.Demand("1 + prices"), ir.read_panel(products), {"1": 0.5, "prices": -0.5}
        ... )
        >>> known.predict()["predicted"].round(3).tolist()
        [0.384, 0.233, 0.346, 0.21]
        >>> dearer = products.assign(prices=products["prices"] * 1.1)
        >>> known.predict(dearer, xi="estimated")["predicted"].round(3).tolist()
        [0.198, 0.282, 0.295, 0.281]
        """
        return predict(self, products, agents, xi=xi)

    def elasticities(self, market: object = None, *, of: str = "prices") -> pd.DataFrame:
        """Elasticities of shares in prices, or in another column of products.

        Parameters
        ----------
        market : object, optional
            One of market_ids, for its matrix; all of them, a row a pair, unless given.
        of : str
            A column of products that formulas use.

        Returns
        -------
        DataFrame
            market_ids, product_ids, with_respect_to, elasticity: percent change of the product's
            share for one percent on the other's price. Of one market (J, J): row j the share.

        Raises
        ------
        InputError
            Where nobody minds paying, and for a column whose effect is not known.
        """
        if of == "prices":
            return self.fitted.elasticities(market)
        tables = elasticity_tables(self.fitted, of, characteristic_slopes(self, of))
        return tables.long() if market is None else tables.of_market(market)

    def diversion(self, market: object = None, *, when: When = "dearer") -> pd.DataFrame:
        """Where buyers go who leave a product.

        Parameters
        ----------
        market : object, optional
            One of market_ids, for its matrix; all of them, a row a pair, unless given.
        when : {"dearer", "removed"}
            Whether it becomes a little dearer, or is no longer there (second choices; Conlon and
            Mortimer 2021).

        Returns
        -------
        DataFrame
            market_ids, product_ids, to, diversion; `to` is "none" for the outside option, if there
            is one. Of one market (J, J + 1): row j the product left, the last column none.

        Raises
        ------
        InputError
            Where nobody minds paying.
        """
        return self.fitted.diversion(market, when=when)

    def by_group(
        self,
        by: By,
        *,
        quantiles: int | None = None,
        after: After | None = None,
        market: object = None,
        sizes: Mapping[object, float] | None = None,
        method: Literal["delta", "bootstrap"] = "delta",
        draws: int = 200,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Purchases, prices, substitution and welfare by group of consumers, with their errors.

        Parameters
        ----------
        by : str or (A,) array
            A column of agents, or a label for each agent.
        quantiles : int, optional
            So many parts of all consumers by that column; its values are groups unless given.
        after : callable, optional
            Another state of demand: ``lambda f: f.at_prices(f.prices(firms))`` is a merger.
        market : object, optional
            One of market_ids; all together unless given.
        sizes : mapping, optional
            Consumers by market; markets weigh alike unless given.
        method, draws, seed
            As in `standard_errors_of`.

        Returns
        -------
        DataFrame
            estimate, standard_error, low, high by group and quantity: those of
            `FittedDemand.by_group`, which has them as a table without errors.

        Raises
        ------
        InputError
            Where consumers do not differ, for an unknown column and too many groups.
        """
        groups = groups_of(self.fitted, by, quantiles)

        def quantities(fitted: FittedDemand) -> pd.Series:
            then = None if after is None else after(fitted)
            table = fitted.by_group(groups, after=then, market=market, sizes=sizes)
            return table.rename_axis(columns="quantity").stack()

        return self.standard_errors_of(quantities, method=method, draws=draws, seed=seed).to_frame()

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
