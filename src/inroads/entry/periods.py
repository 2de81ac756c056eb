"""A panel in the order of time: which products and firms are new in which period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.errors import InputError, refuse
from inroads.tables.naming import label, suggestion
from inroads.tables.panel import Panel


@dataclass(frozen=True, eq=False, kw_only=True)
class EntryPanel:
    """Rows of a panel (N) in periods.

    periods (N,): positions in `period_ids`, the earliest first; product_ids, firm_ids (N,): ids by
    which products and firms are new; firm_column: of products, which names firms.
    """

    panel: Panel
    period_ids: tuple[object, ...]
    periods: np.ndarray
    product_ids: np.ndarray
    firm_ids: np.ndarray
    firm_column: str

    @cached_property
    def is_new(self) -> np.ndarray:
        """Whether a product was in no earlier period (N,); nothing is new in the first."""
        first = self._first(self.product_ids)
        return np.asarray((first == self.periods) & (self.periods > 0))

    @cached_property
    def firm_is_new(self) -> np.ndarray:
        """Whether a row's firm was in no earlier period (N,)."""
        return np.asarray(self._first(self.firm_ids) == self.periods)

    @cached_property
    def age(self) -> np.ndarray:
        """Periods since the product's first (N,)."""
        return np.asarray(self.periods - self._first(self.product_ids))

    def before(self, period: int) -> Panel:
        """The markets of earlier periods."""
        return self.rows(self.periods < period)

    def rows(self, mask: np.ndarray) -> Panel:
        """The panel of these products (N,), whole markets, and their agents."""
        panel = self.panel
        rows = None if panel.rows is None else panel.rows[mask]
        return with_products(panel, panel.products[mask], rows)

    def position(self, period: object) -> int:
        """Where a period stands; raises InputError for none of them and for the first."""
        name = label(period, self.period_ids)
        if name is None or name == self.period_ids[0]:
            examples = ", ".join(map(str, self.period_ids[1:5]))
            raise refuse(
                expected=f"a period after the first ({examples}, ...)",
                found=repr(period),
                where="first",
                remedy="what is new in the first period nobody knows.",
            )
        return self.period_ids.index(name)

    def _first(self, ids: np.ndarray) -> np.ndarray:
        codes = pd.factorize(ids)[0]
        first = np.full(codes.max(initial=0) + 1, len(self.period_ids))
        np.minimum.at(first, codes, self.periods)
        return np.asarray(first[codes])


def with_products(panel: Panel, products: pd.DataFrame, rows: np.ndarray | None) -> Panel:
    """A panel of other products, with the agents of their markets."""
    agents, agent_rows = panel.agents, panel.agent_rows
    if agents is not None:
        stay = agents["market_ids"].isin(products["market_ids"]).to_numpy()
        agents = agents[stay]
        agent_rows = None if agent_rows is None else agent_rows[stay]
    return replace(panel, products=products, agents=agents, rows=rows, agent_rows=agent_rows)


def entry_panel(panel: Panel, new: str, firm: str, period: str) -> EntryPanel:
    """The panel by period; raises InputError for columns at fault and where nothing is to learn.

    Periods are in the order of their ids.
    """
    products = panel.products
    for argument, column in (("new", new), ("firm", firm), ("period", period)):
        if column not in products:
            raise refuse(
                expected=f"a column of products for {argument}=",
                found=repr(column),
                where="products",
                remedy=suggestion(str(column), map(str, products.columns)) or "add the column.",
            )
        if products[column].isna().any():
            raise refuse(
                expected="an id in every row",
                found="a blank cell",
                where="products",
                column=column,
                remedy="fill in the blank cells.",
            )
    if (products.groupby("market_ids")[period].nunique() > 1).any():
        raise refuse(
            expected="one period for all products of a market",
            found="several",
            where="products",
            column=period,
            remedy="correct the column.",
        )
    ids = products[period].to_numpy()
    try:
        order = sorted(set(ids))
    except TypeError as error:
        raise refuse(
            expected="periods that have an order",
            found="numbers beside text",
            where="products",
            column=period,
            remedy="write all of them as numbers, or all as text.",
        ) from error
    positions = {value: position for position, value in enumerate(order)}
    entries = EntryPanel(
        panel=panel,
        period_ids=tuple(order),
        periods=np.array([positions[value] for value in ids]),
        product_ids=products[new].to_numpy(),
        firm_ids=products[firm].to_numpy(),
        firm_column=firm,
    )
    if len(pd.unique(entries.firm_ids)) < 2:
        raise _nothing_to_learn("firms", "one only", firm, "name the column that tells them apart.")
    if not entries.is_new.any():
        expected = "products that earlier periods do not have"
        raise _nothing_to_learn(expected, "none", new, "name the column by which products are new.")
    return entries


def _nothing_to_learn(expected: str, actual: str, column: str, remedy: str) -> InputError:
    return refuse(expected=expected, found=actual, where="products", column=column, remedy=remedy)
