"""What follows from an estimate: elasticities, diversion, margins, concentration, surplus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice import Logit, Nested, diversion_ratios, elasticities
from inroads.choice.model import Array, ChoiceModel
from inroads.conduct.bertrand import margins, ownership
from inroads.errors import InputError
from inroads.fit.demand import Design
from inroads.tables.panel import Panel


@dataclass(frozen=True)
class Stack:
    """Markets of one size at the estimate: positions of products (B, J), P (B, J, I), weights,
    inclusive values and alpha = du/dp (all B, I), ds_j/dp_k (B, J, J)."""

    products: np.ndarray
    P: Array
    w: Array
    inclusive: Array
    alpha: Array
    jacobian: Array


@dataclass(frozen=True)
class After:
    """Demand at given delta (N,), sigma, pi, coefficient of prices and nesting parameter."""

    panel: Panel
    design: Design
    delta: Array
    sigma: Array
    pi: Array
    prices: float
    rho: float | None

    def stacks(self) -> Iterator[Stack]:
        """Every market, gathered by size."""
        agents = self.panel.agents
        for block in self.panel.blocks:
            p, a = block.products, block.agents
            if self.design.random and agents is not None:
                w = agents["weights"].to_numpy(float)[a]
                nodes, people = self.design.nodes[a], self.design.demographics[a]
                tastes = nodes @ self.sigma.T + people @ self.pi.T
                mu = self.design.X2[p] @ tastes.swapaxes(-1, -2)
            else:
                w, tastes = np.ones((len(p), 1)), np.zeros((len(p), 1, 0))
                mu = np.zeros((*p.shape, 1))
            alpha = np.full(w.shape, self.prices)
            if "prices" in self.design.random:
                alpha = alpha + tastes[..., self.design.random.index("prices")]
            u = self.delta[p][..., None] + mu
            if self.rho is None:
                P, inclusive = Logit().evaluate(u)
                yield Stack(p, P, w, inclusive, alpha, Logit().kernel(P, w * alpha))
                continue
            nests = self.panel.products["nesting_ids"].to_numpy()
            for row in range(len(p)):
                model: ChoiceModel = Nested(pd.factorize(nests[p[row]])[0], self.rho)
                one = slice(row, row + 1)
                P, inclusive = model.evaluate(u[one])
                D = model.kernel(P, (w * alpha)[one])
                yield Stack(p[one], P, w[one], inclusive, alpha[one], D)

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
        ids, found = self.column("market_ids"), dict[object, pd.DataFrame]()
        names = self.panel.products.get("product_ids", pd.Series(range(len(ids)))).to_numpy()
        for s in self.stacks():
            if of == "elasticities":
                tables = elasticities(s.jacobian, prices[s.products], shares[s.products])
            else:
                tables = diversion_ratios(s.jacobian)
            for p, table in zip(s.products, tables, strict=True):
                columns = [*names[p], *(["none"] if table.shape[1] > len(p) else [])]
                found[ids[p[0]]] = pd.DataFrame(table, names[p], columns)
        return found

    def own_elasticities(self) -> Array:
        """e_jj (N,)."""
        out = np.zeros(len(self.panel))
        prices, shares = self.column("prices"), self.column("shares")
        for s in self.stacks():
            own = np.einsum("bjj->bj", s.jacobian)
            out[s.products] = own * prices[s.products] / shares[s.products]
        return out

    def margins(self, firms: Array | None = None) -> Array:
        """p - c (N,) of firms that own their products, at Bertrand-Nash prices."""
        out = np.zeros(len(self.panel))
        owner = self.column("firm_ids") if firms is None else firms
        shares = self.column("shares")
        for s in self.stacks():
            owns = ownership(owner[s.products])
            out[s.products] = margins(s.jacobian, shares[s.products], owns)
        return out

    def consumer_surplus(self) -> pd.Series:
        """Money per consumer, by market; meaningful where everyone dislikes paying."""
        ids, found = self.column("market_ids"), dict[object, float]()
        for s in self.stacks():
            each = (s.w * s.inclusive / -s.alpha).sum(axis=-1)
            found |= {ids[p[0]]: float(x) for p, x in zip(s.products, each, strict=True)}
        return pd.Series(found, name="consumer surplus").reindex(self.panel.markets)

    def concentration(self, firms: Array | None = None) -> pd.Series:
        """HHI of firms' shares of sales, 0 to 10,000, by market."""
        owner = self.column("firm_ids") if firms is None else firms
        frame = pd.DataFrame(
            {"m": self.column("market_ids"), "f": owner, "s": self.column("shares")}
        )
        frame["s"] /= frame.groupby("m")["s"].transform("sum")
        squares = frame.groupby(["m", "f"], sort=False)["s"].sum() ** 2
        hhi = 10_000 * squares.groupby("m", sort=False).sum()
        return hhi.rename("HHI").reindex(self.panel.markets)
