"""Demand of a market that keeps the formulas it was estimated with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.log_priced_demand import LogPricedDemand
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import refuse
from inroads.estimation.counterfactuals.product_tastes import ProductTastes
from inroads.estimation.design.formula_columns import mentions, plain_name
from inroads.tables.cells import cell_text
from inroads.tables.formulas import DesignSpec, apply, design_matrix
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult


@dataclass(frozen=True, kw_only=True, eq=False)
class UtilityFormulas:
    """Formulas fixed on the panel, their coefficients, and the characteristics of offers.

    neutral: the price at which prices add nothing to utility, 1 where they are in logarithms.

    linear and beta (K1,), prices' being zero, whose part is in alpha; random and tastes (I, K2), or
    those of each offer where demographics differ by product; table: a row an offer, by name.
    absorbed: whether fixed effects hold part of mean utilities.
    """

    linear: DesignSpec
    beta: Array
    random: DesignSpec | None
    tastes: Array | ProductTastes
    table: pd.DataFrame
    absorbed: bool
    neutral: float = 0.0

    def utility(self, row: pd.DataFrame, name: object) -> Array:
        """x1 beta + x2 tastes (I,) of the one product in a table, at price zero, without xi."""
        row = row.assign(prices=self.neutral)
        utility = (apply(self.linear, row).to_numpy(float) @ self.beta)[0]
        own = self.tastes.of(name) if isinstance(self.tastes, ProductTastes) else self.tastes
        if self.random is not None:
            utility = utility + apply(self.random, row).to_numpy(float)[0] @ own.T
        return np.asarray(np.broadcast_to(utility, (len(own),)))

    def moved(self, name: object, characteristics: Mapping[str, Any]) -> UtilityFormulas:
        """The same with what differs by product of an offer, new or there, as it is given."""
        if not isinstance(self.tastes, ProductTastes):
            return self
        return replace(self, tastes=self.tastes.with_offer(name, characteristics))

    @property
    def names(self) -> list[str]:
        """Characteristics that formulas use."""
        random = () if self.random is None else self.random.used
        used = dict.fromkeys([*self.linear.used, *random, *self.by_product])
        return [n for n in used if n != "prices"]

    @property
    def by_product(self) -> tuple[str, ...]:
        """Demographics that differ by product, which an offer has of each agent."""
        return self.tastes.stems if isinstance(self.tastes, ProductTastes) else ()

    def check(self, characteristics: Mapping[str, Any], where: str) -> None:
        """Refuse what formulas do not use, and what absorbed effects hold the mean effect of."""
        for name in characteristics:
            if name not in self.names:
                raise refuse(
                    expected=f"characteristics in formulas ({', '.join(self.names)})",
                    found=name,
                    where=where,
                    remedy=suggestion(name, self.names) or "a price is set by ir.SetPrice.",
                )
            if self.absorbed and name not in (*self.linear.used, *self.by_product):
                raise refuse(
                    expected="characteristics whose mean effect on utility is known",
                    found=f"{name}, which absorbed effects hold",
                    where=where,
                    remedy="write it into `linear` and absorb less; fit.project says what it is.",
                )


@dataclass(frozen=True, kw_only=True, repr=False)
class EstimatedDemand(PricedDemand):
    """Demand of one market of an estimate, with the formulas of its utility.

    Parameters
    ----------
    formulas : UtilityFormulas
        With the market's characteristics.
    """

    formulas: UtilityFormulas

    def with_characteristics(
        self, row: int, name: object, characteristics: Mapping[str, Any]
    ) -> EstimatedDemand:
        """The same with an offer (`row`, called `name`) whose characteristics are others.

        Raises InputError for characteristics that formulas do not use, or an offer without any.
        """
        formulas = self.formulas
        formulas.check(characteristics, "Change")
        if name not in formulas.table.index:
            raise refuse(
                expected="an offer of the panel",
                found=f"{name}, which was added",
                where="Change",
                remedy="launch it with the characteristics that it is to have.",
            )
        moved = formulas.moved(name, characteristics)
        in_table = {c: v for c, v in characteristics.items() if c not in formulas.by_product}
        before = formulas.table.loc[[name]]
        after = before.assign(**in_table)
        utility = self.utility.copy()
        utility[row] += moved.utility(after, name) - formulas.utility(before, name)
        table = formulas.table.copy()
        for column, value in in_table.items():
            table[column] = [
                value if n == name else old
                for n, old in zip(table.index, table[column], strict=True)
            ]
        return replace(self, utility=utility, formulas=replace(moved, table=table))

    def with_launched(self, name: object, characteristics: Mapping[str, Any]) -> EstimatedDemand:
        """The same, whose formulas know an offer that is added, so that it can be changed."""
        formulas = self.formulas
        own = {c: v for c, v in characteristics.items() if c not in formulas.by_product}
        row = pd.DataFrame([{**own, "prices": 0.0}], pd.Index([name]))
        wider = pd.concat([formulas.table, row.astype(object)]).infer_objects()
        moved = formulas.moved(name, characteristics)
        return replace(self, formulas=replace(moved, table=wider))

    def utility_of(self, xi: float = 0.0, **characteristics: Any) -> Array:
        """Utility at price zero of a product that is not there, to be given to `Launch`.

        Parameters
        ----------
        xi : float
            What is unobserved of it (`fit.xi` has that of others).
        **characteristics
            All that formulas use but prices; a demographic that differs by product (distance) as
            (I,) numbers, of each agent of the market.

        Returns
        -------
        (I,) array
            By agent.

        Raises
        ------
        InputError
            For characteristics that are missing or that formulas do not use, and effects absorbed
            by the estimate, which a new product does not have.
        """
        formulas = self.formulas
        missing = [name for name in formulas.names if name not in characteristics]
        if missing:
            raise refuse(
                expected=f"all characteristics ({', '.join(formulas.names)})",
                found=f"none for {missing[0]}",
                where="utility_of",
                remedy="give each.",
            )
        if formulas.absorbed:
            raise refuse(
                expected="an estimate without absorbed effects",
                found="effects that a new product does not have",
                where="utility_of",
                remedy="write characteristics into `linear`; fit.project says what effects hold.",
            )
        formulas.check(characteristics, "utility_of")
        own = {c: v for c, v in characteristics.items() if c not in formulas.by_product}
        new = object()
        row = pd.DataFrame([own], index=[0])
        return np.asarray(formulas.moved(new, characteristics).utility(row, new) + xi)


@dataclass(frozen=True, kw_only=True, repr=False)
class EstimatedLogDemand(LogPricedDemand, EstimatedDemand):
    """The same where utility falls in the logarithm of price; utility is that at a price of one."""


def with_formulas(
    estimate: DemandResult, products: np.ndarray, demand: PricedDemand, names: pd.Index
) -> EstimatedDemand:
    """Demand of a market, its `products` (J,) called `names`, with the estimate's formulas."""
    table = estimate.panel.products
    matrix, linear = design_matrix(estimate.demand.linear, table)
    columns = [plain_name(str(column)) for column in matrix.columns]
    beta = [0.0 if mentions(c, "prices") else float(estimate.params[c]) for c in columns]
    random: DesignSpec | None = None
    tastes: Array | ProductTastes = np.zeros((demand.utility.shape[-1], 0))
    if estimate.demand.random is not None:
        random = design_matrix(estimate.demand.random, table)[1]
        tastes = _tastes(estimate, products, list(names))
    formulas = UtilityFormulas(
        linear=linear,
        beta=np.array(beta),
        random=random,
        tastes=tastes,
        table=table.iloc[products].set_axis(names),
        absorbed=estimate.demand.absorb is not None,
        neutral=0.0 if estimate.design.log_slopes is None else 1.0,
    )
    given = {f.name: getattr(demand, f.name) for f in fields(PricedDemand)}
    is_log = isinstance(demand, LogPricedDemand)
    return (EstimatedLogDemand if is_log else EstimatedDemand)(**given, formulas=formulas)


def _tastes(
    estimate: DemandResult, products: np.ndarray, names: list[object]
) -> Array | ProductTastes:
    """Random coefficients of the agents of a market, (I, K2) or of each of its products."""
    fitted = estimate.fitted
    for stack in fitted.market_stacks:
        for row, p in enumerate(stack.products):
            if p[0] == products[0] and stack.by_product:
                return ProductTastes.of_market(estimate, stack, row, names)
            if p[0] == products[0]:
                return np.asarray(stack.tastes(fitted.design, fitted.sigma, fitted.pi).common[row])
    raise KeyError(cell_text(products[0]))
