"""What follows from an estimate: elasticities, diversion, margins, surplus, prices, and so on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice import diversion_ratios, elasticities
from inroads.choice.model import Array
from inroads.conduct.bertrand import margins, ownership
from inroads.conduct.buyers import Buyers, Choices
from inroads.conduct.pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.errors import ConvergenceError, InputError
from inroads.estimation.design.matrices import Design
from inroads.estimation.markets.stacks import parts
from inroads.estimation.price_response import check_paying
from inroads.estimation.specification import Conduct
from inroads.tables.naming import label
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers
from inroads.threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.scenario.industry import Industry


@dataclass(frozen=True)
class Stack:
    """Markets alike: positions of products (B, J), their buyers, and choices at observed prices."""

    products: np.ndarray
    buyers: Buyers
    choices: Choices


@dataclass(frozen=True)
class After:
    """Demand at given delta (N,), sigma, pi, coefficient of prices common to all agents, and
    nesting parameters rho (L,). Firms count profits as in estimation, each its own unless said."""

    panel: Panel
    design: Design
    delta: Array
    sigma: Array
    pi: Array
    common: float
    rho: Array

    @cached_property
    def stacks(self) -> list[Stack]:
        """Every market, gathered by size and nests."""
        prices = self.panel.products["prices"].to_numpy(float)
        found = []
        for part in parts(self.design, self.panel):
            tastes = part.tastes(self.design, self.sigma, self.pi)
            alpha = part.alpha(self.design, tastes, self.common)
            p = prices[part.products]
            at_zero = self.delta[part.products][..., None] + part.mu(tastes)
            at_zero = at_zero - alpha[..., None, :] * p[..., None]
            buyers = Buyers(at_zero, -alpha, part.w, 0.0, part.model(self.rho))
            found.append(Stack(part.products, buyers, buyers.at(p)))
        return found

    def column(self, name: str) -> Array:
        """A column of products."""
        if name not in self.panel.products:
            raise InputError.single(
                expected=f"a column '{name}'",
                found="none",
                where="products",
                remedy="add it to the table of products.",
            )
        return np.asarray(self.panel.products[name].to_numpy())

    def by_market(self, of: str) -> dict[object, pd.DataFrame]:
        """A table for each market, "elasticities" or "diversion", in the order of its products."""
        prices, shares = self.column("prices"), self.column("shares")
        check_paying(self, "demand")
        ids, found = self.column("market_ids"), dict[object, pd.DataFrame]()
        products = self.panel.products
        places = products.groupby("market_ids", sort=False).cumcount()
        names = products.get("product_ids", places).to_numpy()
        for s in self.stacks:
            if of == "elasticities":
                tables = elasticities(s.choices.jacobian, prices[s.products], shares[s.products])
            else:
                tables = diversion_ratios(s.choices.jacobian)
            for p, table in zip(s.products, tables, strict=True):
                columns = [*names[p], *(["none"] if table.shape[1] > len(p) else [])]
                found[ids[p[0]]] = pd.DataFrame(table, names[p], columns)
        return {market: found[market] for market in self.panel.markets}

    def own_elasticities(self) -> Array:
        """e_jj (N,)."""
        check_paying(self, "demand")
        out = np.zeros(len(self.panel))
        prices, shares = self.column("prices"), self.column("shares")
        for s in self.stacks:
            own = np.einsum("bjj->bj", s.choices.jacobian)
            out[s.products] = own * prices[s.products] / shares[s.products]
        return out

    def owns(self, products: np.ndarray, firms: Array | None) -> Array:
        """How much the firm of j counts k's profit (B, J, J): as estimated, or firms (N,) alone."""
        if firms is not None:
            return ownership(self._each("firms", firms)[products])
        conduct = self.design.conduct or Conduct.of(self.panel.products)
        return conduct.owns(products)

    def margins(self, firms: Array | None = None) -> Array:
        """p - c (N,) at Bertrand-Nash prices; InputError where nobody minds paying."""
        check_paying(self, "somebody")
        out = np.zeros(len(self.panel))
        shares = self.column("shares")
        for s in self.stacks:
            owns = self.owns(s.products, firms)
            out[s.products] = margins(s.choices.jacobian, shares[s.products], owns)
        return out

    def costs(self) -> Array:
        """Marginal costs (N,) that make prices a Bertrand-Nash equilibrium."""
        return np.asarray(self.column("prices") - self.margins())

    def profits(self) -> pd.Series:
        """Of every firm, by market: money per consumer in the market."""
        each = self.margins() * self.column("shares")
        keys = [self.column("market_ids"), self.column("firm_ids")]
        found = pd.Series(each, name="profit").groupby(keys, sort=False).sum()
        return found.rename_axis(["market_ids", "firm_ids"])

    def consumer_surplus(self) -> pd.Series:
        """Money per consumer, by market; InputError where somebody does not mind paying."""
        check_paying(self, "everybody")
        ids, found = self.column("market_ids"), dict[object, float]()
        for s in self.stacks:
            each = s.choices.surplus
            found |= {ids[p[0]]: float(x) for p, x in zip(s.products, each, strict=True)}
        return pd.Series(found, name="consumer surplus").reindex(self.panel.markets)

    def concentration(self, firms: Array | None = None) -> pd.Series:
        """HHI of firms' shares of sales, 0 to 10,000, by market."""
        owner = self.column("firm_ids") if firms is None else self._each("firms", firms)
        frame = pd.DataFrame(
            {"m": self.column("market_ids"), "f": owner, "s": self.column("shares")}
        )
        frame["s"] /= frame.groupby("m")["s"].transform("sum")
        squares = frame.groupby(["m", "f"], sort=False)["s"].sum() ** 2
        hhi = 10_000 * squares.groupby("m", sort=False).sum()
        return hhi.rename("HHI").reindex(self.panel.markets)

    def prices(self, firms: Array | None = None, costs: Array | None = None) -> Array:
        """Equilibrium prices (N,) if products were owned by `firms` (N,) and cost `costs` (N,).

        Costs are the implied ones unless given. Raises InputError for firms or costs that are blank
        and where nobody minds paying, ConvergenceError, naming a market, where prices are not
        found.
        """
        check_paying(self, "somebody")
        cost = self.costs() if costs is None else self._each("costs", costs)
        seen, out = self.column("prices"), np.zeros(len(self.panel))
        with one_blas_thread():
            for s in self.stacks:
                owns = self.owns(s.products, firms)
                stakes = Stakes(owns, np.zeros_like(owns), owns * cost[s.products][..., None, :])
                retail = Retail(s.buyers, stakes, np.arange(owns.shape[-1]))
                found = solve_prices(retail, seen[s.products], throw=False)
                if not found.converged:
                    market = self.column("market_ids")[s.products[0, 0]]
                    raise ConvergenceError(
                        "expected equilibrium prices; found none, to a residual of "
                        f"{found.residual:.3g}, in the markets of {market}'s size. Remedy: look "
                        "for agents who like to pay among them, or change less at once.",
                        found,
                    )
                out[s.products] = found.value
        return out

    def one_step_prices(self, firms: Array) -> Array:
        """Prices (N,) after a change of owners, shares and their slopes held as they are."""
        return self.costs() + self.margins(firms)

    def at_prices(self, prices: Array) -> After:
        """Demand at other prices (N,), with the shares bought there."""
        delta, shares = self.delta.copy(), np.zeros(len(self.panel))
        prices = self._each("prices", prices)
        change = prices - self.column("prices")
        for s in self.stacks:
            shares[s.products] = s.buyers.at(prices[s.products]).shares
        delta += self.common * change
        products = self.panel.products.assign(prices=prices, shares=shares)
        panel = replace(self.panel, products=products)
        return replace(self, panel=panel, delta=delta, design=self._moved(change))

    def _each(self, name: str, values: Array) -> Array:
        """Values (N,) in the panel's order, refused where there is not one for each product."""
        found = np.asarray(self.panel.in_order(values))
        if found.shape != (len(self.panel),):
            raise InputError.single(
                expected=f"{name} of {len(self.panel)} products",
                found=f"shape {found.shape}",
                where=name,
                remedy="give one value a product, in the panel's order.",
            )
        bad = np.asarray(pd.isna(found))
        if name != "firms":
            number = pd.to_numeric(pd.Series(found), errors="coerce").to_numpy(float)
            bad = ~np.isfinite(number)
            found = found if bad.any() else number
        if bad.any():
            place = int(np.argmax(bad))
            raise InputError.single(
                expected="a firm" if name == "firms" else "a finite number",
                found=f"{found[place]} for {self._called(place)}",
                where=name,
                row=row_numbers(self.panel.products, self.panel.rows)[place],
                remedy="give one for each product.",
            )
        return found

    def _called(self, place: int) -> str:
        """A product in words."""
        product = self.panel.products.iloc[place]
        name = product.get("product_ids", "a product")
        return f"{name} of market {product['market_ids']}"

    def _moved(self, change: Array) -> Design:
        """The design with the random columns of prices moved along."""
        slopes = self.design.random_slopes
        return replace(self.design, X2=self.design.X2 + np.outer(change, slopes))

    def market(self, market: object, size: float = 1.0, below_zero: bool = False) -> Industry:
        """A market of the panel in which firms respond (see `handover.industry`)."""
        from inroads.estimation.to_market import industry

        return industry(self, market, size, below_zero)

    def buyers_of(self, market: object) -> tuple[np.ndarray, Buyers]:
        """Positions of a market's products (J,) and its buyers; InputError where there is none."""
        ids, known = self.column("market_ids"), label(market, self.panel.markets)
        for s in self.stacks:
            for row, p in enumerate(s.products):
                if known is not None and ids[p[0]] == known:
                    b = s.buyers
                    parts = {"utility": b.utility, "money": b.money, "weights": b.weights}
                    return p, replace(b, **{name: part[row] for name, part in parts.items()})
        near = ", ".join(map(str, self.panel.markets[:5]))
        raise InputError.single(
            expected=f"a market of the panel ({near}, ...)",
            found=repr(market),
            where="market",
            remedy="give one of market_ids.",
        )


def price_coefficient(design: Design, beta: Array) -> float:
    """du/dprices common to all agents, from the coefficients of `linear` (K1,).

    Raises InputError where a column of `linear` is neither free of prices nor a multiple of them.
    """
    if np.isnan(design.linear_slopes).any():
        raise InputError.single(
            expected="prices, or a multiple of them, in `linear`",
            found=design.linear[int(np.argmax(np.isnan(design.linear_slopes)))],
            where="linear",
            remedy="write prices as they are: only of these is what follows known.",
        )
    return float(beta @ design.linear_slopes)
