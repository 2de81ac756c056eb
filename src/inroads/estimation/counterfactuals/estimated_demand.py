"""Demand of a market that keeps the formulas it was estimated with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.log_priced_demand import LogPricedDemand
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import refuse
from inroads.estimation.counterfactuals.product_tastes import ProductTastes
from inroads.estimation.design.absorbed_effects import absorbed_columns
from inroads.estimation.design.formula_columns import mentions
from inroads.estimation.design.panel_formulas import PanelFormulas, replay
from inroads.tables.cells import cell_text
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.estimation.post_estimation import FittedDemand


class EffectRule(Protocol):
    """What says of characteristics which absorbed effect they come with: `fit.project(...)`."""

    @property
    def used(self) -> tuple[str, ...]:
        """Characteristics that it needs."""
        ...

    def effect_of(self, characteristics: Mapping[str, Any], effects: pd.Series) -> float:
        """The effect of a product, these being the panel's by id."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class UtilityFormulas:
    """Formulas of one market of an estimate, and the characteristics of its offers.

    fitted: the estimate; beta (K1,): coefficients of `linear`, prices' being zero, whose part is in
    alpha; tastes (I, K2), or those of each offer where demographics differ by product; table: a row
    an offer, by name.
    """

    fitted: FittedDemand
    beta: Array
    tastes: Array | ProductTastes
    table: pd.DataFrame

    @property
    def fixed(self) -> PanelFormulas:
        """Formulas as the estimate's panel fixed them."""
        return self.fitted.explained_utility.formulas

    def utility(self, row: pd.DataFrame, name: object) -> Array:
        """x1 beta + x2 tastes (I,) of the one product in a table, without xi and absorbed effects,
        at price zero (at a price of one where prices are in logarithms)."""
        row = row.assign(prices=0.0 if self.fitted.design.log_slopes is None else 1.0)
        own = self.tastes.of(name) if isinstance(self.tastes, ProductTastes) else self.tastes
        mean = (replay(self.fixed.linear, row) @ self.beta)[0]
        return np.asarray(mean + replay(self.fixed.random, row)[0] @ own.T)

    def moved(self, name: object, characteristics: Mapping[str, Any]) -> UtilityFormulas:
        """The same with what differs by product of an offer, new or there, as it is given."""
        if not isinstance(self.tastes, ProductTastes):
            return self
        return replace(self, tastes=self.tastes.with_offer(name, characteristics))

    @property
    def names(self) -> list[str]:
        """Characteristics that formulas use."""
        random = () if self.fixed.random is None else self.fixed.random.used
        used = dict.fromkeys([*self.fixed.linear.used, *random, *self.by_product])
        return [n for n in used if n != "prices"]

    @property
    def by_product(self) -> tuple[str, ...]:
        """Demographics that differ by product, which an offer has of each agent."""
        return self.tastes.stems if isinstance(self.tastes, ProductTastes) else ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns whose effects were absorbed."""
        return absorbed_columns(self.fixed.demand.absorb)

    def check(self, names: Iterable[str], allowed: Sequence[str], where: str) -> None:
        """Refuse characteristics that are not known."""
        for name in names:
            if name not in allowed:
                raise refuse(
                    expected=f"characteristics in formulas ({', '.join(allowed)})",
                    found=name,
                    where=where,
                    remedy=suggestion(name, allowed) or "a price is set by ir.SetPrice.",
                )

    def check_means(self, names: Iterable[str]) -> None:
        """Refuse characteristics of which absorbed effects hold the mean effect."""
        for name in names:
            if self.ids and name not in (*self.fixed.linear.used, *self.by_product):
                raise refuse(
                    expected="characteristics whose mean effect on utility is known",
                    found=f"{name}, which absorbed effects hold",
                    where="Change",
                    remedy="write it into `linear` and absorb less; or launch it as another "
                    "product, with effect=fit.project(...).",
                )

    def effect(
        self, effect: float | EffectRule | None, characteristics: Mapping[str, Any]
    ) -> float:
        """The absorbed effects of a product: as given, by a rule, or by its ids.

        Ids that all products of a market share are the market's own, unless given.
        """
        effects = self.fitted.absorbed_effects
        if effects is None:
            if effect is None:
                return 0.0
            raise refuse(
                expected="no effect=, as the estimate absorbed none",
                found=str(effect)[:40],
                where="effect",
                remedy="give xi=.",
            )
        if effect is None:
            own = {n: self.table[n].iloc[0] for n in effects.names if self._is_of_market(n)}
            return float(effects.of(pd.DataFrame([own | dict(characteristics)]))[0])
        if len(effects.names) > 1:
            raise refuse(
                expected="one absorbed effect, for a number to say what it is",
                found=f"the sum of {len(effects.names)} ({', '.join(effects.names)})",
                where="effect",
                remedy="name a product like it among characteristics (product_ids=...), and in xi "
                "what it has more than that.",
            )
        if isinstance(effect, float | int):
            return float(effect)
        return effect.effect_of(characteristics, effects.by_id)

    def _is_of_market(self, name: str) -> bool:
        """Whether all products of any one market have the same id."""
        products = self.fitted.panel.products
        return bool((products.groupby("market_ids")[name].nunique() == 1).all())


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
        formulas.check(characteristics, formulas.names, "Change")
        formulas.check_means(characteristics)
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

    def utility_of(
        self, xi: float = 0.0, effect: float | EffectRule | None = None, **characteristics: Any
    ) -> Array:
        """Utility at price zero of a product that is not there, to be given to `Launch`.

        Parameters
        ----------
        xi : float
            What is unobserved of it (`fit.xi` has that of others).
        effect : float or ProjectedEffects, optional
            What the estimate absorbed of it, beside which its ids are not looked at; or
            `fit.project(...)`, which says it of characteristics.
        **characteristics
            All that formulas use but prices, and ids that were absorbed, for their effects; those
            of the market itself need not be given. A demographic that differs by product (distance)
            as (I,) numbers, of each agent of the market.

        Returns
        -------
        (I,) array
            By agent.

        Raises
        ------
        InputError
            For characteristics that are missing or that formulas do not use, and absorbed effects
            that nothing says of a new product.
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
        of_effect = () if effect is None or isinstance(effect, float | int) else effect.used
        allowed = [*formulas.names, *formulas.ids, *of_effect]
        formulas.check(characteristics, allowed, "utility_of")
        own = {c: v for c, v in characteristics.items() if c not in formulas.by_product}
        new, absorbed = object(), formulas.effect(effect, own)
        utility = formulas.moved(new, characteristics).utility(pd.DataFrame([own], [0]), new)
        return np.asarray(utility + absorbed + xi)


@dataclass(frozen=True, kw_only=True, repr=False)
class EstimatedLogDemand(LogPricedDemand, EstimatedDemand):
    """The same where utility falls in the logarithm of price; utility is that at a price of one."""


def with_formulas(
    fitted: FittedDemand, products: np.ndarray, demand: PricedDemand, names: pd.Index
) -> EstimatedDemand:
    """Demand of a market, its `products` (J,) called `names`, with the estimate's formulas."""
    explained = fitted.explained_utility
    priced = [mentions(name, "prices") for name in explained.formulas.linear_names]
    no_tastes = np.zeros((demand.utility.shape[-1], 0))
    formulas = UtilityFormulas(
        fitted=fitted,
        beta=np.where(priced, 0.0, explained.beta),
        tastes=_tastes(fitted, products, list(names)) if fitted.design.random else no_tastes,
        table=fitted.panel.products.iloc[products].set_axis(names),
    )
    given = {f.name: getattr(demand, f.name) for f in fields(PricedDemand)}
    is_log = isinstance(demand, LogPricedDemand)
    return (EstimatedLogDemand if is_log else EstimatedDemand)(**given, formulas=formulas)


def _tastes(
    fitted: FittedDemand, products: np.ndarray, names: list[object]
) -> Array | ProductTastes:
    """Random coefficients of the agents of a market, (I, K2) or of each of its products."""
    for stack in fitted.market_stacks:
        for row, p in enumerate(stack.products):
            if p[0] == products[0] and stack.by_product:
                return ProductTastes.of_market(fitted, stack, row, names)
            if p[0] == products[0]:
                return np.asarray(stack.tastes(fitted.design, fitted.sigma, fitted.pi).common[row])
    raise KeyError(cell_text(products[0]))
