"""A merger of some firms in a calibrated market, with efficiencies and divestitures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.screens import hhi
from inroads.errors import UnreachableError, refuse
from inroads.mergers.model import MarketModel, Outcome

#: What a firm that is not there yet is called when a product goes to it.
NEW = "a new firm"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Firms by name; parties: those that merge; savings (J,): fractions off marginal costs;
    divested: product -> firm, which may be `NEW`."""

    model: MarketModel
    products: list[str]
    firms: list[str]
    parties: list[str]
    savings: Array
    divested: Mapping[str, str]
    collusion_after: float | None = None

    @cached_property
    def is_party(self) -> Mask:
        """Products (J,) of the firms that merge."""
        numbers = [self.firms.index(name) for name in self.parties]
        return np.isin(self.model.owner, numbers)

    @cached_property
    def owner_after(self) -> Index:
        """Owners (J,) after the merger and divestitures; a new firm has a number of its own."""
        owner = np.where(self.is_party, self.firms.index(self.parties[0]), self.model.owner)
        for product, firm in self.divested.items():
            number = len(self.firms) if firm == NEW else self.firms.index(firm)
            owner[self.products.index(product)] = number
        return owner.astype(np.intp)

    @cached_property
    def after(self) -> Outcome:
        """The equilibrium after the merger."""
        model = self.model
        if self.collusion_after is not None:
            model = model.colluding(self.collusion_after)
        return model.solve(self.owner_after, self.savings)

    @property
    def harm(self) -> float:
        """Of consumers."""
        return self.model.harm(self.model.before, self.after)

    @property
    def rises(self) -> Array:
        """Price changes (J,), fractions."""
        return self.after.prices / self.model.before.prices - 1.0

    @property
    def mean_rise_of_parties(self) -> float:
        """Of prices of the parties' products, by what was sold before."""
        sold = self.model.before.quantities * self.is_party
        return float(self.rises @ sold / sold.sum())

    def concentration(self) -> tuple[float, float, float]:
        """HHI before, after at shares of before, and in the equilibrium after."""
        s, then = self.model.before.quantities, self.after.quantities
        after = np.unique(self.owner_after, return_inverse=True)[1]
        return hhi(s, self.model.owner), hhi(s, after), hhi(then, after)

    def offsetting_saving(self) -> float:
        """The fraction that all costs of the parties must fall by for consumers to lose nothing.

        Raises UnreachableError where not even costs of nearly nothing would do.
        """

        def harm(saving: float) -> float:
            return replace(self, savings=np.where(self.is_party, saving, self.savings)).harm

        now = harm(0.0)
        if np.isnan(now):
            raise refuse(
                expected="a demand of which consumers' harm is defined",
                found="one that does not say",
                where="demand",
                remedy="read CMCR, or use linear, ces, aids or logit.",
            )
        if now <= 0:
            return 0.0
        # From the least saving on: at costs near zero there may be no equilibrium to look at.
        high = 0.02
        while harm(high) > 0:
            if high > 0.9:
                raise UnreachableError(
                    "expected savings that make up for the merger; found none below 90 percent of "
                    "costs. Remedy: look at divestitures."
                )
            high = min(high * 2, 0.95)
        return float(brentq(harm, 0.0, high, xtol=1e-12))

    def single_divestitures(self) -> Iterator[tuple[str, str, str, Simulation]]:
        """Each product of a party, sold to each firm that is none, or to a new one."""
        buyers = [firm for firm in self.firms if firm not in self.parties] + [NEW]
        for j in np.flatnonzero(self.is_party):
            for firm in buyers:
                name = self.products[j]
                case = replace(self, divested={**self.divested, name: firm})
                yield name, self.firms[self.model.owner[j]], firm, case


def divestitures(
    remedies: Mapping[str, object], firms: list[str], parties: list[str]
) -> dict[str, str]:
    """Product -> firm, refused where nobody takes it or a party does."""
    out: dict[str, str] = {}
    for product, firm in remedies.items():
        name = "" if firm is None else str(firm)
        if name != NEW and name not in firms:
            raise refuse(
                expected=f"a firm that takes {product}",
                found=name or "nobody",
                where="remedies",
                remedy=f"name one of {', '.join(firms)}, or '{NEW}'.",
            )
        if name in parties:
            raise refuse(
                expected=f"a firm outside the merger that takes {product}",
                found=f"{name}, which merges",
                where="remedies",
                remedy="name another firm.",
            )
        out[product] = name
    return out
