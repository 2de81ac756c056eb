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

    linear and beta (K1,), prices' being zero, whose part is in alpha; random and tastes (I, K2);
    table: a row an offer, by name. absorbed: whether fixed effects hold part of mean utilities.
    """

    linear: DesignSpec
    beta: Array
    random: DesignSpec | None
    tastes: Array
    table: pd.DataFrame
    absorbed: bool
    neutral: float = 0.0

    def utility(self, rows: pd.DataFrame) -> Array:
        """x1 beta + x2 tastes (n, I) of products, at price zero, without xi."""
        rows = rows.assign(prices=self.neutral)
        utility = (apply(self.linear, rows).to_numpy(float) @ self.beta)[:, None]
        if self.random is not None:
            utility = utility + apply(self.random, rows).to_numpy(float) @ self.tastes.T
        return np.asarray(np.broadcast_to(utility, (len(rows), len(self.tastes))))

    @property
    def names(self) -> list[str]:
        """Characteristics that formulas use."""
        random = () if self.random is None else self.random.used
        return [n for n in dict.fromkeys([*self.linear.used, *random]) if n != "prices"]

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
            if self.absorbed and name not in self.linear.used:
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
        before = formulas.table.loc[[name]]
        after = before.assign(**characteristics)
        utility = self.utility.copy()
        utility[row] += (formulas.utility(after) - formulas.utility(before))[0]
        table = formulas.table.copy()
        for column, value in characteristics.items():
            table[column] = [
                value if n == name else old
                for n, old in zip(table.index, table[column], strict=True)
            ]
        return replace(self, utility=utility, formulas=replace(formulas, table=table))

    def with_launched(self, name: object, characteristics: Mapping[str, Any]) -> EstimatedDemand:
        """The same, whose formulas know an offer that is added, so that it can be changed."""
        table = self.formulas.table
        row = pd.DataFrame([{**characteristics, "prices": 0.0}], pd.Index([name]))
        wider = pd.concat([table, row.astype(object)]).infer_objects()
        return replace(self, formulas=replace(self.formulas, table=wider))

    def utility_of(self, xi: float = 0.0, **characteristics: Any) -> Array:
        """Utility at price zero of a product that is not there, to be given to `Launch`.

        Parameters
        ----------
        xi : float
            What is unobserved of it (`fit.xi` has that of others).
        **characteristics
            All that formulas use but prices.

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
        return np.asarray(formulas.utility(pd.DataFrame([characteristics]))[0] + xi)


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
    random, tastes = None, np.zeros((demand.utility.shape[-1], 0))
    if estimate.demand.random is not None:
        random = design_matrix(estimate.demand.random, table)[1]
        tastes = _tastes(estimate, products)
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


def _tastes(estimate: DemandResult, products: np.ndarray) -> Array:
    """Random coefficients (I, K2) of the agents of a market."""
    for stack in estimate.fitted.market_stacks:
        for row, p in enumerate(stack.products):
            if p[0] == products[0]:
                fitted = estimate.fitted
                values = stack.random_coefficients(fitted.design, fitted.sigma, fitted.pi)
                return np.asarray(values[row])
    raise KeyError(cell_text(products[0]))
