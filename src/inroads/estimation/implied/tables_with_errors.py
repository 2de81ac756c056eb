"""Tables that follow from demand at known parameters, with standard errors where asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from inroads.estimation.consumer_groups.by_group import By, groups_of
from inroads.estimation.implied.prediction import Xi, predict
from inroads.estimation.markets.substitution import When, market_label
from inroads.estimation.post_estimation import FittedDemand
from inroads.tables.read import TableSource

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult
    from inroads.market.moves.base import Move

#: another state of demand, as of prices after a merger
After = Callable[[FittedDemand], FittedDemand]
#: none, those of the delta method, or how they are found
StandardErrors = bool | Literal["delta", "bootstrap"]


class TablesWithErrors:
    """Tables that follow from demand at known parameters: `DemandResult` has them.

    Standard errors are those of `standard_errors_of`: intervals of the delta method are normal
    (nothing keeps those of a share near zero above it), those of the bootstrap quantiles.
    """

    def predict(
        self,
        products: TableSource | None = None,
        agents: TableSource | None = None,
        *,
        xi: Xi = 0.0,
        standard_errors: StandardErrors = False,
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
        standard_errors : bool, "delta" or "bootstrap"
            Whether `predicted` has them, and how. xi given as numbers counts as known, and absorbed
            effects have the error of the parameters alone.

        Returns
        -------
        DataFrame
            A row a product: ids, prices, shares where there are some, mean_utility, predicted;
            with standard errors standard_error, low and high (95 percent) of predicted.

        Raises
        ------
        InputError
            For levels of categories, absorbed effects or products that the panel does not have, and
            standard errors where parameters have no covariance.

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
        return self._with_errors(
            lambda fitted: predict(fitted, products, agents, xi=xi),
            lambda table: table["predicted"],
            standard_errors,
        )

    def elasticities(
        self,
        market: object = None,
        *,
        of: str = "prices",
        standard_errors: StandardErrors = False,
    ) -> pd.DataFrame:
        """Elasticities of shares in prices, or in another column of products.

        Parameters
        ----------
        market : object, optional
            One of market_ids, for its matrix; all of them, a row a pair, unless given.
        of : str
            A column of products that formulas use.
        standard_errors : bool, "delta" or "bootstrap"
            Whether elasticities have them, and how; one market too has then a row a pair.

        Returns
        -------
        DataFrame
            market_ids, product_ids, with_respect_to, elasticity: percent change of the product's
            share for one percent on the other's price; with standard errors standard_error, low and
            high (95 percent). Of one market without them (J, J): row j the share.

        Raises
        ------
        InputError
            Where nobody minds paying, for a column whose effect is not known, and standard errors
            where parameters have no covariance.

        Examples
        --------
        >>> import pandas as pd
        >>> import inroads as ir
        >>> products = pd.DataFrame({
        ...     "market_ids": [1, 1], "product_ids": ["a", "b"], "prices": [1.0, 2.0],
        ...     "shares": [0.2, 0.3],
        ... })
        >>> known = ir.known_demand(
        ...     ir.Demand("1 + prices"), ir.read_panel(products), {"1": 0.5, "prices": -0.5},
        ...     covariance=pd.Series({"prices": 0.1}),
        ... )
        >>> known.elasticities(standard_errors=True)["standard_error"].round(3).tolist()
        [0.08, 0.06, 0.02, 0.14]
        """
        if not standard_errors:
            return cast("DemandResult", self).fitted.elasticities(market, of=of)
        return self._pairs(
            lambda fitted: fitted.elasticities(of=of), "elasticity", market, standard_errors
        )

    def diversion(
        self,
        market: object = None,
        *,
        when: When = "dearer",
        standard_errors: StandardErrors = False,
    ) -> pd.DataFrame:
        """Where buyers go who leave a product.

        Parameters
        ----------
        market : object, optional
            One of market_ids, for its matrix; all of them, a row a pair, unless given.
        when : {"dearer", "removed"}
            Whether it becomes a little dearer, or is no longer there (second choices; Conlon and
            Mortimer 2021).
        standard_errors : bool, "delta" or "bootstrap"
            Whether diversion has them, and how; one market too has then a row a pair.

        Returns
        -------
        DataFrame
            market_ids, product_ids, to, diversion; `to` is "none" for the outside option, if there
            is one; with standard errors standard_error, low and high (95 percent). Of one market
            without them (J, J + 1): row j the product left, the last column none.

        Raises
        ------
        InputError
            Where nobody minds paying, and standard errors where parameters have no covariance.
        """
        if not standard_errors:
            return cast("DemandResult", self).fitted.diversion(market, when=when)
        return self._pairs(
            lambda fitted: fitted.diversion(when=when), "diversion", market, standard_errors
        )

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
        groups = groups_of(cast("DemandResult", self).fitted, by, quantiles)

        def quantities(fitted: FittedDemand) -> pd.Series:
            then = None if after is None else after(fitted)
            table = fitted.by_group(groups, after=then, market=market, sizes=sizes)
            return table.rename_axis(columns="quantity").stack()

        derived = cast("DemandResult", self).standard_errors_of(
            quantities, method=method, draws=draws, seed=seed
        )
        return derived.to_frame()

    def counterfactual(
        self,
        market: object,
        *moves: Move,
        size: float = 1.0,
        below_zero: bool = False,
        standard_errors: StandardErrors = True,
        draws: int = 200,
        seed: int = 0,
    ) -> pd.DataFrame:
        """What moves do in one market, firms answering, with standard errors.

        Costs and mean utilities are inferred anew at each value of the parameters, so that the
        market before is always the panel's. Equilibria are not proved:
        ``fit.market(market).after(*moves).solve()`` proves the one at the estimate.

        Parameters
        ----------
        market : object
            One of market_ids.
        *moves : Move
            `Change`, `Launch`, `Withdraw`, `Merge`, `Tax`, ..., one after the other.
        size : float
            Consumers in the market.
        below_zero : bool
            Whether implied costs may be below zero.
        standard_errors : bool, "delta" or "bootstrap"
            Whether changes have them, and how.
        draws, seed
            Of the bootstrap.

        Returns
        -------
        DataFrame
            before, after, change, and the change's standard_error, low and high (95 percent), by
            quantity and name: price and share of offers, profit of firms, consumer_surplus of all.
            The price of an offer that is launched has no change; its error is that of the price
            after.

        Raises
        ------
        InputError
            For moves that make no sense, and standard errors where parameters have no covariance.
        ConvergenceError
            Where no equilibrium is found.

        Examples
        --------
        >>> import pandas as pd
        >>> import inroads as ir
        >>> products = pd.DataFrame({
        ...     "market_ids": [1, 1], "product_ids": ["a", "b"], "firm_ids": ["A", "B"],
        ...     "prices": [1.0, 2.0], "shares": [0.2, 0.3], "size": [1.0, 2.0],
        ... })
        >>> params = {"1": 0.0, "prices": -2.0, "size": 1.5}
        >>> known = ir.known_demand(
        ...     ir.Demand("1 + prices + size"), ir.read_panel(products), params,
        ...     covariance=pd.Series({"prices": 0.2, "size": 0.1}),
        ... )
        >>> larger = known.counterfactual(1, ir.Change("a", size=1.2))
        >>> larger.loc["share", "standard_error"].round(3).to_dict()
        {'a': 0.003, 'b': 0.001}
        """
        from inroads.estimation.counterfactuals.market_changes import market_changes, moved

        # What is wrong with the market or the moves is said before anything is drawn.
        cast("DemandResult", self).market(market, size, below_zero).after(*moves)
        return self._with_errors(
            lambda fitted: market_changes(fitted.market(market, size, True), moves),
            moved,
            standard_errors,
            draws=draws,
            seed=seed,
        )

    def _pairs(
        self,
        table_of: Callable[[FittedDemand], pd.DataFrame],
        column: str,
        market: object,
        standard_errors: StandardErrors,
    ) -> pd.DataFrame:
        """A long table of pairs with standard errors, of one market where one is named."""

        def rows(fitted: FittedDemand) -> pd.DataFrame:
            table = table_of(fitted)
            if market is None:
                return table
            own = table[table["market_ids"] == market_label(fitted, market)]
            return own.reset_index(drop=True)

        return self._with_errors(rows, lambda table: table[column], standard_errors)

    def _with_errors(
        self,
        table_of: Callable[[FittedDemand], pd.DataFrame],
        numbers: Callable[[pd.DataFrame], pd.Series],
        standard_errors: StandardErrors,
        *,
        draws: int = 200,
        seed: int = 0,
    ) -> pd.DataFrame:
        """A table, with the standard errors of its numbers where they are asked for."""
        result = cast("DemandResult", self)
        table = table_of(result.fitted)
        if not standard_errors:
            return table
        derived = result.standard_errors_of(
            lambda fitted: numbers(table_of(fitted)),
            method="delta" if standard_errors is True else standard_errors,
            draws=draws,
            seed=seed,
        )
        return table.assign(
            standard_error=derived.standard_errors, low=derived.low, high=derived.high
        )
