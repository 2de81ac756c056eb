"""A merger of some firms in a calibrated market, with efficiencies and divestitures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from inroads.choice.base import Array, Mask
from inroads.conduct.screens import hhi
from inroads.errors import UnreachableError, refuse
from inroads.mergers.calibrated.model import MarketModel, Outcome
from inroads.mergers.calibrated.ownership import Ownership

#: What a firm that is not there yet is called when a product goes to it.
NEW = "a new firm"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Firms by name; parties: those that merge, the acquirer first; savings (J,): fractions off
    marginal costs; divested: product -> firm, which may be `NEW`; stake, control: what the acquirer
    has of the others, all of both in a merger."""

    model: MarketModel
    products: list[str]
    firms: list[str]
    parties: list[str]
    savings: Array
    divested: Mapping[str, str]
    collusion_after: float | None = None
    stake: float = 1.0
    control: float = 1.0

    @cached_property
    def _party_numbers(self) -> list[int]:
        return [self.firms.index(name) for name in self.parties]

    @cached_property
    def is_party(self) -> Mask:
        """Products (J,) of the firms that merge."""
        return np.isin(self.model.ownership.sellers, self._party_numbers)

    @property
    def is_merger(self) -> bool:
        """Whether the acquirer has all of the others."""
        return self.stake == 1.0

    @property
    def event(self) -> str:
        """What happens, in words."""
        if self.is_merger:
            return f"Merger of {' and '.join(self.parties)}"
        acquirer, *targets = self.parties
        bought = f"{acquirer} buys {self.stake:.3g} of {' and '.join(targets)}"
        return f"{bought} with control of {self.control:.3g}"

    @cached_property
    def ownership_after(self) -> Ownership:
        """After the merger and divestitures; a new firm has a number of its own."""
        moves = {
            self.products.index(product): len(self.firms) if firm == NEW else self.firms.index(firm)
            for product, firm in self.divested.items()
        }
        acquirer, *targets = self._party_numbers
        owned = self.model.ownership.acquired(acquirer, targets, self.stake, self.control)
        return owned.moved(moves)

    @cached_property
    def sellers_after(self) -> list[str]:
        """Who sells each product (J,); firms that merge joined by a plus."""
        merged, names = " + ".join(self.parties), [*self.firms, NEW]
        named = [merged if self.is_merger and name in self.parties else name for name in names]
        return [named[f] for f in self.ownership_after.sellers]

    @cached_property
    def after(self) -> Outcome:
        """The equilibrium after the merger."""
        model = self.model
        if self.collusion_after is not None:
            model = model.colluding(self.collusion_after)
        return model.solve(self.ownership_after.owns, self.savings)

    @property
    def harm(self) -> float:
        """Of consumers."""
        return self.model.harm(self.model.before, self.after)

    @property
    def revenue(self) -> float:
        """What is spent on all products before, per unit of the market's size."""
        return float(self.model.before.prices @ self.model.before.quantities)

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
        """HHI before, after at shares of before, and in the equilibrium after; the modified one
        where firms hold parts of others. Of several goods their mean, by what is spent on each."""
        now, then = self.model.before, self.after
        before, after = self.model.ownership.owns, self.ownership_after.owns
        return self._hhi(now, before), self._hhi(now, after), self._hhi(then, after)

    def _hhi(self, at: Outcome, owns: Array) -> float:
        spent, good = at.prices * at.quantities, self.model.good
        sold = spent if self.model.counts_money else at.quantities
        indices = [
            hhi(sold[good == g], owns[np.ix_(good == g, good == g)])
            for g in range(int(good.max()) + 1)
        ]
        return float(np.average(indices, weights=np.bincount(good, spent)))

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
                yield name, self.firms[self.model.ownership.sellers[j]], firm, case


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
