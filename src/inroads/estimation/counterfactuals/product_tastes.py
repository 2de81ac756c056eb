"""Tastes of a market's agents for its offers, where demographics differ by product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.demographics import demographics_at, stems_by_product
from inroads.estimation.markets.stacks import MarketStack

if TYPE_CHECKING:
    from inroads.estimation.post_estimation import FittedDemand


@dataclass(frozen=True, kw_only=True, eq=False)
class ProductTastes:
    """Random coefficients by offer: agents (I,) are positions in the panel, of one market, row
    `row` of its stack; given {offer: {distance: (I,)}} what differs by product of each."""

    fitted: FittedDemand
    stack: MarketStack
    row: int
    given: Mapping[object, Mapping[str, Array]]

    @classmethod
    def of_market(
        cls, fitted: FittedDemand, stack: MarketStack, row: int, offers: list[object]
    ) -> ProductTastes:
        """As the panel has them of its offers, in the order of the market's rows."""
        agents, formula = fitted.panel.agents, fitted.explained_utility.formulas.demand.demographics
        assert agents is not None
        assert formula is not None
        own = agents.iloc[stack.agents[row]]
        stems = stems_by_product(formula, agents)
        # Blank is what an agent cannot choose: there anything may stand.
        own = own.bfill().ffill()
        given = {
            offer: {stem: own[f"{stem}{j}"].to_numpy() for stem in stems}
            for j, offer in enumerate(offers)
        }
        return cls(fitted=fitted, stack=stack, row=row, given=given)

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of what differs by product."""
        return tuple(next(iter(self.given.values())))

    def of(self, offer: object) -> Array:
        """Tastes (I, K2) for an offer."""
        fitted, agents = self.fitted, self.stack.agents[self.row]
        formula = fitted.explained_utility.formulas.demand.demographics
        assert formula is not None
        D = demographics_at(formula, fitted.panel, agents, self.given[offer])
        one = replace(
            self.stack,
            nodes=self.stack.nodes[[self.row]],
            demographics=D[None],
            by_product={},
        )
        return np.asarray(one.tastes(fitted.design, fitted.sigma, fitted.pi).common[0])

    def with_offer(self, offer: object, characteristics: Mapping[str, Any]) -> ProductTastes:
        """The same with what differs by product, among characteristics, of another offer, or of
        one that is there.

        Raises InputError for what is not one number an agent.
        """
        new = dict(self.given.get(offer, {}))
        I = self.stack.agents.shape[1]
        for stem in self.stems:
            if stem in characteristics:
                values = np.asarray(characteristics[stem])
                if values.shape not in ((), (I,)):
                    raise refuse(
                        expected=f"{stem} of each of {I} agents of the market",
                        found=f"shape {values.shape}",
                        where="characteristics",
                        remedy=f"give {stem}=array, in the order of the market's agents.",
                    )
                new[stem] = np.broadcast_to(values, (I,))
        return replace(self, given={**self.given, offer: new})
