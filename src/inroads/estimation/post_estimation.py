"""What follows from an estimate: elasticities, diversion, margins, surplus, prices, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.display import Card, Displayed
from inroads.errors import ConvergenceError, refuse
from inroads.estimation.consumer_groups.by_group import By, Groups, by_group, groups_of, of_group
from inroads.estimation.markets.fitted_prices import (
    as_ownership,
    bertrand_margins,
    prices_in_equilibrium,
)
from inroads.estimation.markets.price_response import (
    check_one_value_of_money,
    check_price_response,
    warn_of_upward_demand,
)
from inroads.estimation.priced_panel import PricedPanel
from inroads.estimation.specification.conduct import Conduct
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.market.market import Market


@dataclass(frozen=True, kw_only=True, repr=False)
class FittedDemand(Displayed, PricedPanel):
    """Demand at given parameters, with firms that count profits as in estimation, each its own
    unless supply said otherwise; `Estimate.fitted`.

    Parameters
    ----------
    panel : Panel
        Of N products.
    design : Design
        The panel as arrays.
    delta : (N,) array
        Mean utilities.
    sigma, pi : (K2, K2) and (K2, D) arrays
        Of random coefficients.
    price_coefficient : float
        Common to all agents.
    rho : (L,) array
        Nesting parameters, by level.
    only_group : bool
        Whether it is demand of a group (`of_group`), which has no costs.
    explained : ExplainedUtility, optional
        Formulas and their coefficients, for predictions and products changed or launched.
    """

    def _card(self) -> Card:
        return Card(
            line=f"FittedDemand on {repr(self.panel)[1:-1]}",
            next_steps=("f.elasticities()", "f.prices(firms)", "f.market(id)"),
        )

    def ownership(self, products: np.ndarray, firms: Array | None) -> Array:
        """How much the firm of j counts k's profit.

        Parameters
        ----------
        products : (B, J) array of int
            Positions in the panel, a row a market.
        firms : (N,) array or None
            Who owns each product; as estimated where None.

        Returns
        -------
        (B, J, J) array
            1 for one's own products; kappa, or 0, for others.
        """
        return as_ownership(self.ownership_or_firms(products, firms))

    def ownership_or_firms(self, products: np.ndarray, firms: Array | None) -> np.ndarray:
        """The same, but codes of firms where each counts its own profit and no other.

        Parameters
        ----------
        products : (B, J) array of int
            Positions in the panel, a row a market.
        firms : (N,) array or None
            Who owns each product; as estimated where None.

        Returns
        -------
        (B, J) array of int, or (B, J, J) array
            Firms, or ownership.
        """
        if firms is not None:
            codes: np.ndarray = pd.factorize(self.values_by_product("firms", firms))[0]
            return np.asarray(codes[products])
        conduct = self.design.conduct or Conduct.from_products(self.panel.products)
        return np.asarray(conduct.ownership_or_firms(products))

    def margins(self, firms: Array | None = None) -> Array:
        """Margins p - c at which prices are a Bertrand-Nash equilibrium.

        Parameters
        ----------
        firms : (N,) array, optional
            Who owns each product; as estimated unless given.

        Returns
        -------
        (N,) array
            Money a unit.

        Raises
        ------
        InputError
            Where nobody minds paying.
        """
        self.check_everybody("margins")
        check_price_response(self, "somebody")
        result = np.zeros(len(self.panel))
        shares = self.column("shares")
        for s in self.stacks:
            owns = self.ownership_or_firms(s.products, firms)
            result[s.products] = bertrand_margins(s.choices, owns, shares[s.products])
        return result

    def costs(self) -> Array:
        """Marginal costs at which prices are a Bertrand-Nash equilibrium.

        Returns
        -------
        (N,) array
            Money a unit.
        """
        return np.asarray(self.column("prices") - self.margins())

    def profits(self) -> pd.Series:
        """Profits of every firm.

        Returns
        -------
        Series
            By market and firm: money per consumer in the market.
        """
        by_product = pd.Series(self.margins() * self.column("shares"), name="profit")
        keys = [self.column("market_ids"), self.column("firm_ids")]
        by_firm = by_product.groupby(keys, sort=False).sum()
        return by_firm.rename_axis(["market_ids", "firm_ids"])

    def consumer_surplus(self) -> pd.Series:
        """Consumer surplus, of use in differences; who likes to pay is left out, with a warning.

        Returns
        -------
        Series
            By market: money per consumer.

        Raises
        ------
        InputError
            Where nobody minds paying.
        """
        self.panel.require_outside("consumer_surplus")
        check_price_response(self, "somebody")
        if self.design.log_slopes is not None:
            raise refuse(
                expected="utility that is linear in money",
                found="the logarithm of prices",
                where="consumer_surplus",
                remedy="write prices as they are; in logarithms no unit of utility has a price.",
            )
        check_one_value_of_money(self, "consumer_surplus")
        warn_of_upward_demand(self)
        ids, surplus = self.column("market_ids"), dict[object, float]()
        for s in self.stacks:
            pairs = zip(s.products, s.surplus_of_payers, strict=True)
            surplus |= {ids[p[0]]: float(value) for p, value in pairs}
        return pd.Series(surplus, name="consumer_surplus").reindex(self.panel.markets)

    def by_group(
        self,
        by: By | Groups,
        *,
        quantiles: int | None = None,
        after: FittedDemand | None = None,
        market: object = None,
        sizes: Mapping[object, float] | None = None,
    ) -> pd.DataFrame:
        """What groups of consumers buy and would do; `Estimate.by_group` adds standard errors.

        Parameters
        ----------
        by, quantiles, market, sizes
            As in `Estimate.by_group`.
        after : FittedDemand, optional
            Another state, such as ``fitted.at_prices(prices)``.

        Returns
        -------
        DataFrame
            A row a group: consumers (share of all), buyers (share of the group), mean_price paid,
            own_elasticity (mean over units), diversion_to_none (of buyers lost to dearer products),
            surplus (money a consumer of the group); buyers_after, mean_price_after and
            surplus_change. Who likes to pay has no surplus, with a warning.
        """
        groups = by if isinstance(by, Groups) else groups_of(self, by, quantiles)
        return by_group(self, groups, after, market=market, sizes=sizes)

    def of_group(self, members: ArrayLike) -> FittedDemand:
        """Demand of some agents alone: their elasticities, diversion and surplus.

        Parameters
        ----------
        members : (A,) mask
            Of agents, some in every market.

        Returns
        -------
        FittedDemand
            Shares are the group's. It has no margins and costs, which are made by all consumers.
        """
        return of_group(self, members)

    def prices(self, firms: Array | None = None, costs: Array | None = None) -> Array:
        """Equilibrium prices if products had other owners or costs.

        Parameters
        ----------
        firms : (N,) array, optional
            Who owns each product; as estimated unless given.
        costs : (N,) array, optional
            Of a unit; the implied ones unless given.

        Returns
        -------
        (N,) array
            Prices.

        Raises
        ------
        InputError
            For firms or costs that are blank and where nobody minds paying.
        ConvergenceError
            Naming a market, where prices are not found.
        """
        self.panel.require_outside("prices")
        check_price_response(self, "somebody")
        cost = self.costs() if costs is None else self.values_by_product("costs", costs)
        observed, result = self.column("prices"), np.zeros(len(self.panel))
        with one_blas_thread():
            for s in self.stacks:
                owns = self.ownership_or_firms(s.products, firms)
                solution = prices_in_equilibrium(
                    s.buyers, owns, cost[s.products], observed[s.products]
                )
                if not solution.converged:
                    market = self.column("market_ids")[s.products[0, 0]]
                    raise ConvergenceError(
                        "expected equilibrium prices; found none, to a residual of "
                        f"{solution.residual:.3g}, in the markets of {market}'s size. Remedy: look "
                        "for agents who like to pay among them, or change less at once.",
                        solution,
                    )
                result[s.products] = solution.value
        return result

    def one_step_prices(self, firms: Array) -> Array:
        """Prices after a change of owners, shares and their slopes held as they are.

        Parameters
        ----------
        firms : (N,) array
            Who then owns each product.

        Returns
        -------
        (N,) array
            Costs and the new margins.
        """
        return self.costs() + self.margins(firms)

    def at_prices(self, prices: Array) -> FittedDemand:
        """Demand at other prices, with the shares bought there.

        Parameters
        ----------
        prices : (N,) array
            Of products.

        Returns
        -------
        FittedDemand
            With another panel.
        """
        delta, shares = self.delta.copy(), np.zeros(len(self.panel))
        prices = self.values_by_product("prices", prices)
        logs, observed = self.design.log_slopes, self.column("prices").astype(float)
        if logs is not None and not (prices > 0).all():
            raise refuse(
                expected="prices above 0, whose logarithm utility holds",
                found=f"{prices.min():g}",
                where="prices",
                remedy="correct it.",
            )
        change = prices - observed if logs is None else np.log(prices / observed)
        for s in self.stacks:
            shares[s.products] = s.buyers.at_prices(prices[s.products]).shares
        delta += self.price_coefficient * change
        products = self.panel.products.assign(prices=prices, shares=shares)
        panel = replace(self.panel, products=products)
        # Random columns that hold prices move along with them.
        slopes = self.design.random_slopes if logs is None else logs[1]
        X2 = self.design.X2 + np.outer(change, slopes)
        return replace(self, panel=panel, delta=delta, design=replace(self.design, X2=X2))

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
            Offers named by product_ids, firms those of firm_ids; see `Estimate.market`.

        Raises
        ------
        InputError
            For a market that is not in the panel, ownership given product by product, and costs
            below zero.
        """
        from inroads.estimation.to_market import market_from_estimate

        self.check_everybody("market")
        return market_from_estimate(self, market, size, below_zero)
