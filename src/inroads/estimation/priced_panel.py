"""Demand of a panel at any prices: markets of one size as stacks of `PricedDemand`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice import consumer_surplus, shares
from inroads.choice.base import Array
from inroads.conduct.log_priced_demand import LogPricedDemand
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.errors import refuse
from inroads.estimation.design.absorbed_effects import AbsorbedEffects
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.panel_formulas import ExplainedUtility
from inroads.estimation.markets.characteristic_slopes import characteristic_slopes
from inroads.estimation.markets.fitted_prices import own_price_slopes
from inroads.estimation.markets.price_response import check_price_response
from inroads.estimation.markets.stacks import MarketStack, market_stacks
from inroads.estimation.markets.substitution import (
    When,
    diversion_tables,
    elasticity_tables,
    market_label,
)
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers


@dataclass(frozen=True)
class PricedStack:
    """Markets of one size: positions of products (B, J), their buyers, choices at panel prices."""

    products: np.ndarray
    buyers: PricedDemand
    choices: DemandAtPrices

    @property
    def surplus_of_payers(self) -> Array:
        """Consumer surplus (B,) of agents who mind paying, per consumer of all; nan where utility
        has no one value in money."""
        buyers = self.buyers
        if isinstance(buyers, LogPricedDemand) or buyers.alpha_by_offer:
            return np.full(len(self.products), np.nan)
        money = np.where(buyers.alpha > 0, buyers.alpha, np.inf)
        return consumer_surplus(self.choices.inclusive, buyers.weights, money)

    @property
    def upward_weight(self) -> float:
        """The weight of agents who like to pay, in all markets together."""
        alpha = self.buyers.alpha
        lowest = alpha.min(axis=-2) if self.buyers.alpha_by_offer else alpha
        return float((self.buyers.weights * (lowest < 0)).sum())


@dataclass(frozen=True, kw_only=True)
class PricedPanel:
    """Demand at given parameters. The fields are those of `post_estimation.FittedDemand`."""

    panel: Panel
    design: Design
    delta: Array
    sigma: Array
    pi: Array
    price_coefficient: float
    rho: Array
    only_group: bool = False
    explained: ExplainedUtility | None = None

    @property
    def explained_utility(self) -> ExplainedUtility:
        """What formulas explain of mean utility; refused where demand is given as arrays."""
        if self.explained is None:
            raise refuse(
                expected="demand that knows its formulas",
                found="arrays alone",
                where="demand",
                remedy="take it from fit.fitted, or from ir.known_demand.",
            )
        return self.explained

    @cached_property
    def xi(self) -> Array:
        """What formulas and absorbed effects leave of mean utilities (N,)."""
        left = self.delta - self.explained_utility.of(self.panel.products)
        return self.design.without_fixed_effects(left)

    @cached_property
    def absorbed_effects(self) -> AbsorbedEffects | None:
        """Fixed effects of the panel's products; None where none were absorbed."""
        explained, products = self.explained_utility, self.panel.products
        absorb = explained.formulas.demand.absorb
        if absorb is None:
            return None
        effects = self.delta - self.xi - explained.of(products)
        return AbsorbedEffects.of_panel(absorb, products, effects)

    @cached_property
    def market_stacks(self) -> list[MarketStack]:
        """Every market with its agents, stacked by size and nests."""
        return list(market_stacks(self.design, self.panel))

    @cached_property
    def stacks(self) -> list[PricedStack]:
        """Every market, stacked by size and nests."""
        given = np.asarray(self.panel.products.get("prices", 0.0), dtype=float)
        prices = np.broadcast_to(given, (len(self.panel),))
        stacks = []
        for stack in self.market_stacks:
            tastes = stack.tastes(self.design, self.sigma, self.pi)
            kind, held = PricedDemand, prices[stack.products]
            if self.design.log_slopes is None:
                dudp = stack.price_coefficients(self.design, tastes, self.price_coefficient)
            else:
                kind, held = LogPricedDemand, np.log(held)
                dudp = self.price_coefficient + tastes.weighted(self.design.log_slopes[1])
            utility = self.delta[stack.products][..., None] + stack.mu(tastes)
            by_offer = dudp if dudp.ndim == utility.ndim else dudp[..., None, :]
            at_zero = utility - by_offer * held[..., None]
            model = stack.choice_model(self.rho)
            buyers = kind(
                utility=at_zero,
                alpha=-dudp,
                weights=stack.w,
                outside=self.design.outside_utility,
                model=model,
            )
            p = prices[stack.products]
            stacks.append(PricedStack(stack.products, buyers, buyers.at_prices(p)))
        return stacks

    def column(self, name: str) -> Array:
        """A column of products.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        (N,) array
            As the panel has it.

        Raises
        ------
        InputError
            Where there is none such.
        """
        if name not in self.panel.products:
            raise refuse(
                expected=f"a column '{name}'",
                found="none",
                where="products",
                remedy="add it to the table of products.",
            )
        return np.asarray(self.panel.products[name].to_numpy())

    def buyers_of(self, market: object) -> tuple[np.ndarray, PricedDemand]:
        """A market's products and its buyers.

        Parameters
        ----------
        market : object
            One of market_ids.

        Returns
        -------
        products : (J,) array of int
            Positions in the panel.
        buyers : PricedDemand
            Of the market.

        Raises
        ------
        InputError
            Where there is no such market.
        """
        ids, market_id = self.column("market_ids"), market_label(self, market)
        for s in self.stacks:
            for row, p in enumerate(s.products):
                if ids[p[0]] == market_id:
                    b = s.buyers
                    arrays = {"utility": b.utility, "alpha": b.alpha, "weights": b.weights}
                    return p, replace(b, **{name: array[row] for name, array in arrays.items()})
        raise AssertionError(market_id)

    def elasticities(self, market: object = None, *, of: str = "prices") -> pd.DataFrame:
        """Elasticities of shares in prices or another column; see `Estimate.elasticities`."""
        if of == "prices":
            check_price_response(self, "demand")
        slopes = None if of == "prices" else characteristic_slopes(self, of)
        tables = elasticity_tables(self, of, slopes)
        return tables.long() if market is None else tables.of_market(market)

    def diversion(self, market: object = None, *, when: When = "dearer") -> pd.DataFrame:
        """Where buyers go; see `Estimate.diversion`."""
        if when == "dearer":
            check_price_response(self, "demand")
        tables = diversion_tables(self, when)
        return tables.long() if market is None else tables.of_market(market)

    def own_elasticities(self) -> Array:
        """Elasticities of shares in own prices.

        Returns
        -------
        (N,) array
            e_jj.
        """
        check_price_response(self, "demand")
        result = np.zeros(len(self.panel))
        prices, S = self.column("prices"), self.column("shares")
        for s in self.stacks:
            slopes = own_price_slopes(s.choices)
            result[s.products] = slopes * prices[s.products] / S[s.products]
        return result

    def concentration(self, firms: Array | None = None) -> pd.Series:
        """HHI of firms' shares of sales.

        Parameters
        ----------
        firms : (N,) array, optional
            Who owns each product; as estimated unless given.

        Returns
        -------
        Series
            By market, 0 to 10,000.
        """
        owner = self.column("firm_ids") if firms is None else self.values_by_product("firms", firms)
        frame = pd.DataFrame(
            {"m": self.column("market_ids"), "f": owner, "s": self.column("shares")}
        )
        frame["s"] /= frame.groupby("m")["s"].transform("sum")
        squares = frame.groupby(["m", "f"], sort=False)["s"].sum() ** 2
        hhi = 10_000 * squares.groupby("m", sort=False).sum()
        return hhi.rename("HHI").reindex(self.panel.markets)

    def check_everybody(self, what: str) -> None:
        """Refuse what is made by all consumers, where this is demand of some of them."""
        self.panel.require_outside(what)
        if self.only_group:
            raise refuse(
                expected="demand of all consumers",
                found="demand of a group, to whom alone nobody sells",
                where=what,
                remedy="take it from fit.fitted; a group has elasticities, diversion and surplus.",
            )

    def values_by_product(self, name: str, values: Array) -> Array:
        """Values (N,) in the panel's order, refused where there is not one for each product."""
        array = np.asarray(self.panel.in_order(values))
        if array.shape != (len(self.panel),):
            raise refuse(
                expected=f"{name} of {len(self.panel)} products",
                found=f"shape {array.shape}",
                where=name,
                remedy="give one value a product, in the panel's order.",
            )
        invalid = np.asarray(pd.isna(array))
        if name != "firms":
            numbers = pd.to_numeric(pd.Series(array), errors="coerce").to_numpy(float)
            invalid = ~np.isfinite(numbers)
            array = array if invalid.any() else numbers
        if invalid.any():
            row = int(np.argmax(invalid))
            raise refuse(
                expected="a firm" if name == "firms" else "a finite number",
                found=f"{array[row]} for {self._product_name(row)}",
                where=name,
                row=row_numbers(self.panel.products, self.panel.rows)[row],
                remedy="give one for each product.",
            )
        return array

    def _product_name(self, row: int) -> str:
        """A product in words."""
        products = self.panel.products
        name = products["product_ids"].iloc[row] if "product_ids" in products else "a product"
        return f"{name} of market {products['market_ids'].iloc[row]}"


def shares_at(fitted: PricedPanel) -> Array:
    """Shares (N,) at delta and tastes; of prices nothing needs to be known but that they are in."""
    result = np.zeros(len(fitted.panel))
    for s in fitted.market_stacks:
        tastes = s.tastes(fitted.design, fitted.sigma, fitted.pi)
        utility = fitted.delta[s.products][..., None] + s.mu(tastes)
        P, _ = s.choice_model(fitted.rho).evaluate(utility, fitted.design.outside_utility)
        result[s.products] = shares(P, s.w)
    return result


def price_coefficient(design: Design, beta: Array) -> float:
    """du/dprices common to all agents, from the coefficients of `linear` (K1,).

    du/dln prices where prices are in logarithms everywhere (`Design.log_slopes`). Raises InputError
    where a column of `linear` is neither free of prices nor a multiple of them.
    """
    if design.log_slopes is not None:
        return float(beta @ design.log_slopes[0])
    if np.isnan(design.linear_slopes).any():
        raise refuse(
            expected="prices, a multiple of them, or their logarithm throughout, in `linear`",
            found=design.linear[int(np.argmax(np.isnan(design.linear_slopes)))],
            where="linear",
            remedy="write prices as they are: only of these is what follows known.",
        )
    return float(beta @ design.linear_slopes)
