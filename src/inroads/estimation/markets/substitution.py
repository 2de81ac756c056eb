"""Who substitutes to what, market by market: elasticities and diversion, as matrices and long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from inroads.choice import diversion_ratios, elasticities, price_jacobian
from inroads.choice.base import Array
from inroads.errors import one_of, refuse
from inroads.tables.naming import label, suggestion

if TYPE_CHECKING:
    from inroads.estimation.priced_panel import PricedPanel, PricedStack

#: the outside option, as a column of diversion
NONE = "none"
#: why buyers leave a product
When = Literal["dearer", "removed"]


@dataclass(frozen=True)
class SubstitutionTables:
    """A matrix for each market: products (J,) as positions in the panel, values (J, C).

    Columns are the market's products, then "none" where C is J + 1. columns and value name what
    the long form has beside market_ids and product_ids.
    """

    fitted: PricedPanel
    columns: str
    value: str
    matrices: Sequence[tuple[np.ndarray, Array]]

    def long(self) -> pd.DataFrame:
        """A row a pair: market_ids, product_ids, `columns`, `value`; markets in their order."""
        ids, names = self.fitted.column("market_ids"), self._names
        order = {market: k for k, market in enumerate(self.fitted.panel.markets)}
        matrices = sorted(self.matrices, key=lambda pair: order[ids[pair[0][0]]])
        rows = [np.repeat(p, m.shape[1]) for p, m in matrices]
        others = [np.tile(self._columns(p, m), len(p)) for p, m in matrices]
        values = [m.ravel() for _, m in matrices]
        if self.columns == "to":
            # Nobody is diverted to what they leave.
            others_only = [np.arange(m.shape[1]) != np.arange(len(p))[:, None] for p, m in matrices]
            rows, others, values = (
                [column[keep.ravel()] for column, keep in zip(columns, others_only, strict=True)]
                for columns in (rows, others, values)
            )
        row = np.concatenate(rows)
        return pd.DataFrame(
            {
                "market_ids": ids[row],
                "product_ids": names[row],
                self.columns: np.concatenate(others),
                self.value: np.concatenate(values),
            }
        )

    def of_market(self, market: object) -> pd.DataFrame:
        """The matrix of one market; InputError where there is none such."""
        ids = self.fitted.column("market_ids")
        name = market_label(self.fitted, market)
        for p, matrix in self.matrices:
            if ids[p[0]] == name:
                return pd.DataFrame(matrix, self._names[p], self._columns(p, matrix))
        raise AssertionError(name)

    @property
    def _names(self) -> np.ndarray:
        """Names of products (N,): their ids, or else their places in the market."""
        products = self.fitted.panel.products
        ids = self.fitted.column("market_ids")
        positions = pd.Series(ids).groupby(ids, sort=False).cumcount()
        return np.asarray(products.get("product_ids", positions).to_numpy())

    def _columns(self, products: np.ndarray, matrix: Array) -> np.ndarray:
        names = self._names[products].astype(object)
        return names if matrix.shape[1] == len(products) else np.append(names, NONE)


def elasticity_tables(
    fitted: PricedPanel, column: str, slopes: Array | None = None
) -> SubstitutionTables:
    """Elasticities of shares in a column of products.

    slopes (N, I): du_ij/dx_j of each product's agents where the column is not prices.
    """
    x, shares = fitted.column(column).astype(float), fitted.column("shares")

    def matrices(s: PricedStack) -> Array:
        jacobian = s.choices.jacobian
        if slopes is not None:
            agents = s.buyers.weights.shape[-1]
            by_agent = slopes[s.products][..., :agents]
            jacobian = price_jacobian(s.choices.P, s.buyers.weights, -by_agent, s.buyers.model)
        return elasticities(jacobian, x[s.products], shares[s.products])

    pairs = [pair for s in fitted.stacks for pair in zip(s.products, matrices(s), strict=True)]
    return SubstitutionTables(fitted, "with_respect_to", "elasticity", pairs)


def diversion_tables(fitted: PricedPanel, when: When) -> SubstitutionTables:
    """Where buyers go whose product becomes a little dearer, or is withdrawn."""
    one_of("when", when, "dearer", "removed")
    if when == "dearer":
        pairs = [
            pair
            for s in fitted.stacks
            for pair in zip(s.products, diversion_ratios(s.choices.jacobian), strict=True)
        ]
    else:
        pairs = [pair for s in fitted.stacks for pair in _second_choices(s, fitted)]
    if not fitted.design.outside:
        pairs = [(products, D[:, :-1]) for products, D in pairs]
    return SubstitutionTables(fitted, "to", "diversion", pairs)


def _second_choices(s: PricedStack, fitted: PricedPanel) -> Iterator[tuple[np.ndarray, Array]]:
    """Where buyers of j go when j is withdrawn (B, J, J + 1), prices held."""
    J = s.products.shape[1]
    prices = np.asarray(fitted.panel.products.get("prices", 0.0), dtype=float)
    p = np.broadcast_to(prices, (len(fitted.panel),))[s.products]
    D = np.zeros((*s.products.shape, J + 1))
    for j in range(J):
        present = np.broadcast_to(np.arange(J) != j, p.shape)
        change = s.buyers.at_prices(p, present).shares - s.choices.shares
        change[:, j] = 0.0
        D[:, j, :J] = change / s.choices.shares[:, [j]]
    D[..., J] = 1.0 - D[..., :J].sum(axis=-1)
    return zip(s.products, D, strict=True)


def market_label(fitted: PricedPanel, market: object) -> object:
    """The market as the panel calls it; InputError where there is none such."""
    markets = fitted.panel.markets
    name = label(market, markets)
    if name is None:
        examples = ", ".join(map(str, markets[:5]))
        raise refuse(
            expected=f"a market of the panel ({examples}, ...)",
            found=repr(market),
            where="market",
            remedy=suggestion(str(market), map(str, markets)) or "give one of market_ids.",
        )
    return name
